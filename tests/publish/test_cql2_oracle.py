"""Random filters, in both encodings and on every backend, against geopandas on the same data."""

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas
import orjson
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from publish.cql2.reading import JSON, read
from publish.layers.backends import Backend
from publish.layers.backends.postgis import Postgis
from publish.layers.backends.sqlite import Sqlite
from publish.layers.query import Query

WORDS = ("Рача", "рача", "Čačak", "cacak", "O'Брајен", "100%", "a_b", "a*b[c]?", "a\\b", "", "Đ")
LETTERS = "рчčcaРČ%_*[?\\'b "
DAYS = [datetime.date(2024, 1, day) for day in (1, 15, 31)] + [datetime.date(2024, 2, 1)]
HOURS = [datetime.datetime(2024, 1, day, hour) for day in (1, 15, 31) for hour in (0, 12)]
DAY_END = datetime.datetime(2024, 1, 15, 23, 59, 59, 999999)
COUNT = 90

type Row = Any
type Told = pd.Series
"""True, false or missing for each feature: pandas' logic of three values is that of SQL."""


@dataclass(frozen=True)
class Said:
    """A part of a filter in both encodings, and what it is of each feature."""

    text: str
    json: Any
    of: Callable[[geopandas.GeoDataFrame], Any]


@pytest.fixture(scope="module", params=["sqlite", "postgis"])
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Each backend in turn, PostGIS in a database of its own."""
    if request.param == "sqlite":
        yield Sqlite()
    else:
        kept = Postgis(request.getfixturevalue("postgresql").create())
        yield kept
        kept.pool.close()


def cycle(values: Sequence[Any], step: int) -> list[Any]:
    """Values over and over, every seventh missing."""
    return [None if i % 7 == step else values[i * step % len(values)] for i in range(COUNT)]


def shape(i: int) -> shapely.Geometry | None:
    """Shapes on a grid, so that they touch, hold and equal each other and those asked for."""
    x, y = 20 + i % 5, 44 + i // 5 % 4
    return (
        shapely.Point(x, y),
        shapely.LineString([(x, y), (x + 1, y), (x + 1, y + 1)]),
        shapely.box(x, y, x + 1, y + 1),
        shapely.MultiPoint([(x, y), (x + 2, y + 1)]),
        shapely.MultiPolygon(
            [shapely.box(x, y, x + 1, y + 1), shapely.box(x + 2, y, x + 3, y + 1)]
        ),
        None,
    )[i % 6]


COLUMNS = {
    "a": ("string", cycle(WORDS, 3)),
    "b": ("string", cycle(WORDS, 2)),
    "n": ("integer", cycle([-3, 0, 1, 2, 5, 2**53], 5)),
    "x": ("number", cycle([-2.5, 0.0, 1.0, 2.0, 7.25], 3)),
    "ok": ("boolean", cycle([True, False, False], 2)),
    "d": ("date", cycle(DAYS, 4)),
    "e": ("date", cycle(DAYS[::-1], 3)),
    "t": ("datetime", cycle([*HOURS, DAY_END], 2)),
    "tags": ("string[]", cycle([["Рача"], [], ["a_b", "Рача"], ["O'Брајен", "", "Рача"]], 3)),
    "also": ("string[]", cycle([["a_b"], ["Рача", None], ["Рача", "Рача"], [None]], 2)),
    "counts": ("integer[]", cycle([[1], [2, 1, 1], [], [2**53, None], [0, 5]], 5)),
    "shares": ("number[]", cycle([[1.0], [2.5, 1.0], [], [0.0, None, 7.25]], 3)),
    "flags": ("boolean[]", cycle([[True], [False, True], []], 4)),
}
TYPES = {"string": "string", "integer": "Int64", "number": "Float64", "boolean": "boolean"}


@pytest.fixture
def frame() -> geopandas.GeoDataFrame:
    """The data as geopandas has them, by their ids."""
    shapes = [shape(i) for i in range(COUNT)]
    series = {
        name: pd.Series(values, dtype=TYPES.get(kind, "object"))
        for name, (kind, values) in COLUMNS.items()
    }
    made = geopandas.GeoDataFrame(series, geometry=geopandas.GeoSeries(shapes, crs=4326))
    return made.set_index(pd.RangeIndex(1, COUNT + 1))


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def lost(value: Any) -> bool:
    return not isinstance(value, list) and bool(pd.isna(value))


def by_row(*names: str) -> Callable[..., Callable[[geopandas.GeoDataFrame], Told]]:
    """A column of three truths out of a function of one row's values, none of them missing."""

    def made(rule: Callable[..., bool]) -> Callable[[geopandas.GeoDataFrame], Told]:
        def of(frame: geopandas.GeoDataFrame) -> Told:
            rows = zip(*(frame[name] for name in names), strict=True)
            found = [pd.NA if any(map(lost, row)) else bool(rule(*row)) for row in rows]
            return pd.Series(found, index=frame.index, dtype="boolean")

        return of

    return made


SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda p, q: p == q,
    "<>": lambda p, q: p != q,
    "<": lambda p, q: p < q,
    ">": lambda p, q: p > q,
    "<=": lambda p, q: p <= q,
    ">=": lambda p, q: p >= q,
}
signs = st.sampled_from(sorted(SIGNS))
texts = st.text(LETTERS, max_size=5).map(lambda text: re.sub(r"\\+(?='|$)", "", text))
"""Without a backslash where CQL2 text would take a quote for a letter."""
words = st.sampled_from(WORDS) | texts
numbers = st.sampled_from([-3, -2.5, 0, 1, 2, 2.0, 5, 7.25, 2**53])


@st.composite
def of_numbers(draw: st.DrawFn) -> Said:
    name, sign, value = draw(st.sampled_from(["n", "x"])), draw(signs), draw(numbers)
    rule = by_row(name)(lambda found: SIGNS[sign](found, value))
    json = {"op": sign, "args": [{"property": name}, value]}
    if draw(st.booleans()):
        return Said(f"{name} {sign} {value}", json, rule)
    turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(sign, sign)
    return Said(f"{value}{turned}{name}", json, rule)


@st.composite
def of_words(draw: st.DrawFn) -> Said:
    sign, word, other = draw(signs), draw(words), draw(st.booleans())
    if other:
        json = {"op": sign, "args": [{"property": "a"}, {"property": "b"}]}
        return Said(f"a {sign} b", json, by_row("a", "b")(SIGNS[sign]))
    json = {"op": sign, "args": [{"property": "a"}, word]}
    return Said(f"a {sign} {quoted(word)}", json, by_row("a")(lambda a: SIGNS[sign](a, word)))


def plain(text: str) -> str:
    """The text without marks above and below."""
    letters = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in letters if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", bare)


FOLDS: dict[str, Callable[[str], str]] = {
    "CASEI": str.casefold,
    "ACCENTI": plain,
    "CASEI(ACCENTI": lambda text: plain(text).casefold(),
}


@st.composite
def of_folds(draw: st.DrawFn) -> Said:
    fold, word = draw(st.sampled_from(sorted(FOLDS))), draw(words)
    end = ")" * (fold.count("(") + 1)

    def json(inner: Any) -> Any:
        for op in reversed(fold.lower().split("(")):
            inner = {"op": op, "args": [inner]}
        return inner

    return Said(
        f"{fold}(a{end} = {fold}({quoted(word)}{end}",
        {"op": "=", "args": [json({"property": "a"}), json(word)]},
        by_row("a")(lambda a: FOLDS[fold](a) == FOLDS[fold](word)),
    )


def pattern_of(pattern: str) -> re.Pattern[str]:
    """A LIKE pattern as a regular expression."""
    signs = {"%": ".*", "_": "."}
    parts = re.findall(r"\\.|\\$|[^\\]", pattern, re.DOTALL)
    made = (signs.get(p) or re.escape(p[1:] if len(p) > 1 else p) for p in parts)
    return re.compile("".join(made), re.DOTALL)


@st.composite
def of_patterns(draw: st.DrawFn) -> Said:
    pattern, negated, folded = draw(texts), draw(st.booleans()), draw(st.booleans())
    name: Any = {"property": "a"}
    value: Any = pattern
    column, like = "a", quoted(pattern)
    if folded:
        name, value = ({"op": "casei", "args": [each]} for each in (name, value))
        column, like = "casei(a)", f"CASEI({like})"

    def rule(a: str) -> bool:
        if folded:
            return (pattern_of(pattern.casefold()).fullmatch(a.casefold()) is None) == negated
        return (pattern_of(pattern).fullmatch(a) is None) == negated

    json: Any = {"op": "like", "args": [name, value]}
    return Said(
        f"{column} {'NOT ' * negated}LIKE {like}",
        {"op": "not", "args": [json]} if negated else json,
        by_row("a")(rule),
    )


@st.composite
def of_lists(draw: st.DrawFn) -> Said:
    name = draw(st.sampled_from(["a", "n", "x"]))
    values = draw(st.lists(words if name == "a" else numbers, min_size=1, max_size=4))
    said = ", ".join(quoted(v) if isinstance(v, str) else str(v) for v in values)
    json = {"op": "in", "args": [{"property": name}, values]}
    return Said(f"{name} IN ({said})", json, by_row(name)(lambda found: found in values))


ARRAYS: dict[str, Callable[[set[Any], set[Any]], bool]] = {
    "a_equals": lambda p, q: None not in p | q and p == q,
    "a_contains": lambda p, q: None not in q and q <= p,
    "a_containedBy": lambda p, q: None not in p and p <= q,
    "a_overlaps": lambda p, q: bool((p & q) - {None}),
}
PAIRS = (("tags", "also"), ("counts", "shares"), ("shares", "counts"), ("tags", "tags"))


@st.composite
def of_arrays(draw: st.DrawFn) -> Said:
    op = draw(st.sampled_from(sorted(ARRAYS)))
    if draw(st.booleans()):
        one, other = draw(st.sampled_from(PAIRS))
        json = {"op": op, "args": [{"property": one}, {"property": other}]}
        rule = by_row(one, other)(lambda p, q: ARRAYS[op](set(p), set(q)))
        return Said(f"{op.upper()}({one}, {other})", json, rule)
    name = draw(st.sampled_from(["tags", "counts", "shares", "flags"]))
    items = {"tags": words, "flags": st.booleans()}.get(name, numbers)
    values = draw(st.lists(items, max_size=3))
    said = ", ".join(quoted(v) if isinstance(v, str) else str(v) for v in values)
    array, column = (f"({said})", values), (name, {"property": name})
    if draw(st.booleans()):
        (text, json), (other, also) = column, array
        rule = by_row(name)(lambda found: ARRAYS[op](set(found), set(values)))
    else:
        (text, json), (other, also) = array, column
        rule = by_row(name)(lambda found: ARRAYS[op](set(values), set(found)))
    return Said(f"{op}({text}, {other})", {"op": op, "args": [json, also]}, rule)


@st.composite
def of_ranges(draw: st.DrawFn) -> Said:
    name, low, high = draw(st.sampled_from(["n", "x"])), draw(numbers), draw(numbers)
    json = {"op": "between", "args": [{"property": name}, low, high]}
    return Said(
        f"{name} not between {low} and {high}",
        {"op": "not", "args": [json]},
        by_row(name)(lambda found: not low <= found <= high),
    )


@st.composite
def of_missing(draw: st.DrawFn) -> Said:
    name = draw(st.sampled_from([*COLUMNS, "geometry"]))
    json = {"op": "isNull", "args": [{"property": name}]}
    return Said(f'"{name}" is null', json, lambda frame: frame[name].isna().astype("boolean"))


of_truths = st.sampled_from(
    [
        Said("ok", {"property": "ok"}, lambda frame: frame["ok"]),
        Said("ok = FALSE", {"op": "=", "args": [{"property": "ok"}, False]}, lambda f: ~f["ok"]),
        Said("true", True, lambda f: pd.Series(True, f.index, dtype="boolean")),
    ]
)


type Row = Mapping[str, Any]
type Number = tuple[str, Any, Callable[[Row], Any]]
"""A number in both encodings, and what it is of a row; None where it is none."""


def computed(op: str, p: float | None, q: float | None) -> float | None:
    if p is None or q is None or (q == 0 and op in "/%"):
        return None
    rules: dict[str, Callable[[float, float], float]] = {
        "+": lambda p, q: p + q,
        "-": lambda p, q: p - q,
        "*": lambda p, q: p * q,
        "/": lambda p, q: p / q,
        "%": lambda p, q: p - q * int(p / q),
    }
    return rules[op](p, q)


def column(name: str) -> Number:
    return name, {"property": name}, lambda r: None if pd.isna(r[name]) else float(r[name])


def combined(op: str, one: Number, other: Number) -> Number:
    json = {"op": op, "args": [one[1], other[1]]}
    return f"({one[0]} {op} {other[0]})", json, lambda r: computed(op, one[2](r), other[2](r))


columns = st.sampled_from("nx").map(column)
values = st.sampled_from([0, 2, -3, 0.5]).map(lambda v: (str(v), v, lambda _: float(v)))
with_columns = st.builds(combined, st.sampled_from("+-*/%"), columns, columns | values)
arithmetic = st.recursive(
    with_columns | st.builds(combined, st.sampled_from("+-*/%"), values, columns),
    lambda inner: st.builds(combined, st.sampled_from("+-*/%"), inner, inner | columns | values),
    max_leaves=4,
)


@st.composite
def of_sums(draw: st.DrawFn) -> Said:
    (text, json, number), sign, value = draw(arithmetic), draw(signs), draw(st.sampled_from([1, 0]))

    def of(frame: geopandas.GeoDataFrame) -> Told:
        rows = ({"n": n, "x": x} for n, x in zip(frame["n"], frame["x"], strict=True))
        found = (number(row) for row in rows)
        told = [pd.NA if each is None else SIGNS[sign](each, value) for each in found]
        return pd.Series(told, frame.index, dtype="boolean")

    return Said(f"{text} {sign} {value}", {"op": sign, "args": [json, value]}, of)


PREDICATES = (
    "intersects",
    "disjoint",
    "within",
    "contains",
    "touches",
    "overlaps",
    "crosses",
    "equals",
)
METHODS = {"equals": "geom_equals"}
corner = st.tuples(
    st.sampled_from([19.5, 20, 21, 22, 22.5, 24]), st.sampled_from([43.5, 44, 45, 46.5])
)


@st.composite
def of_places(draw: st.DrawFn) -> Said:
    predicate, (x, y) = draw(st.sampled_from(PREDICATES)), draw(corner)
    width, height = draw(st.sampled_from([0.5, 1, 3])), draw(st.sampled_from([0.25, 1, 2]))
    place = draw(
        st.sampled_from(
            [
                shapely.Point(x, y),
                shapely.LineString([(x, y), (x + width, y + height)]),
                shapely.box(x, y, x + width, y + height),
                shapely.Polygon([(x, y), (x + width, y), (x, y + height)]),
                shapely.MultiPoint([(x, y), (x + 2, y + 1)]),
            ]
        )
    )

    def of(frame: geopandas.GeoDataFrame) -> Told:
        method = METHODS.get(predicate, predicate)
        found = getattr(frame.geometry, method)(place).astype("boolean")
        return found.mask(frame.geometry.isna())

    text = f"S_{predicate.upper()}(geometry, {place.wkt})"
    args = [{"property": "geometry"}, shapely.geometry.mapping(place)]
    return Said(text, {"op": f"s_{predicate}", "args": args}, of)


type Time = tuple[Any, Any]


def less(p: Any, q: Any) -> Any:
    """Whether a moment is before another; a date and a time are compared by the day."""
    if pd.isna(p) or pd.isna(q):
        return pd.NA
    if isinstance(p, datetime.datetime) != isinstance(q, datetime.datetime):
        p, q = (m.date() if isinstance(m, datetime.datetime) else m for m in (p, q))
    return p < q


def no(truth: Any) -> Any:
    return pd.NA if truth is pd.NA else not truth


def same(p: Any, q: Any) -> Any:
    return no(less(p, q)) & no(less(q, p))


ALLEN: dict[str, Callable[[Time, Time], Any]] = {
    "after": lambda p, q: less(q[1], p[0]),
    "before": lambda p, q: less(p[1], q[0]),
    "contains": lambda p, q: less(p[0], q[0]) & less(q[1], p[1]),
    "disjoint": lambda p, q: less(p[1], q[0]) | less(q[1], p[0]),
    "during": lambda p, q: less(q[0], p[0]) & less(p[1], q[1]),
    "equals": lambda p, q: same(p[0], q[0]) & same(p[1], q[1]),
    "finishedBy": lambda p, q: less(p[0], q[0]) & same(p[1], q[1]),
    "finishes": lambda p, q: less(q[0], p[0]) & same(p[1], q[1]),
    "intersects": lambda p, q: no(less(p[1], q[0])) & no(less(q[1], p[0])),
    "meets": lambda p, q: same(p[1], q[0]),
    "metBy": lambda p, q: same(p[0], q[1]),
    "overlappedBy": lambda p, q: less(q[0], p[0]) & less(p[0], q[1]) & less(q[1], p[1]),
    "overlaps": lambda p, q: less(p[0], q[0]) & less(q[0], p[1]) & less(p[1], q[1]),
    "startedBy": lambda p, q: same(p[0], q[0]) & less(q[1], p[1]),
    "starts": lambda p, q: same(p[0], q[0]) & less(p[1], q[1]),
}
moments = st.sampled_from([*DAYS, *HOURS])


def spelt(moment: datetime.date) -> tuple[str, Any]:
    """A date or a time in both encodings."""
    if isinstance(moment, datetime.datetime):
        return f"TIMESTAMP('{moment.isoformat()}Z')", {"timestamp": f"{moment.isoformat()}Z"}
    return f"DATE('{moment}')", {"date": moment.isoformat()}


@st.composite
def of_moments(draw: st.DrawFn) -> Said:
    name, sign, moment = draw(st.sampled_from("dt")), draw(signs), draw(moments)
    text, json = spelt(moment)
    rules: dict[str, Callable[[Any], bool]] = {
        "=": lambda p: same(p, moment),
        "<>": lambda p: not same(p, moment),
        "<": lambda p: less(p, moment),
        ">": lambda p: less(moment, p),
        "<=": lambda p: not less(moment, p),
        ">=": lambda p: not less(p, moment),
    }
    args = [{"property": name}, json]
    return Said(f"{name} {sign} {text}", {"op": sign, "args": args}, by_row(name)(rules[sign]))


OPERANDS = (
    (("d", "e"), "INTERVAL(d, e)", {"interval": [{"property": "d"}, {"property": "e"}]}),
    (("d", "d"), "d", {"property": "d"}),
    (("t", "t"), "t", {"property": "t"}),
)


@st.composite
def of_times(draw: st.DrawFn) -> Said:
    relation = draw(st.sampled_from(sorted(ALLEN)))
    instants = relation in ("after", "before", "disjoint", "equals", "intersects")
    columns, text, json = draw(st.sampled_from(OPERANDS if instants else OPERANDS[:1]))
    begin, end = draw(st.lists(moments, min_size=2, max_size=2))
    if less(end, begin):
        begin, end = end, begin
    ends = [
        f"{m.isoformat()}Z" if isinstance(m, datetime.datetime) else str(m) for m in (begin, end)
    ]

    def of(frame: geopandas.GeoDataFrame) -> Told:
        rows = zip(*(frame[name] for name in columns), strict=True)
        found = [ALLEN[relation](row, (begin, end)) for row in rows]
        return pd.Series(found, frame.index, dtype="boolean")

    return Said(
        f"T_{relation.upper()}({text}, INTERVAL('{ends[0]}', '{ends[1]}'))",
        {"op": f"t_{relation}", "args": [json, {"interval": ends}]},
        of,
    )


leaves = st.one_of(
    of_numbers(), of_words(), of_folds(), of_patterns(), of_lists(), of_ranges(), of_missing(),
    of_truths, of_sums(), of_places(), of_places(), of_moments(), of_times(), of_arrays(),
)  # fmt: skip


def joined(op: str, parts: Sequence[Said]) -> Said:
    def of(frame: geopandas.GeoDataFrame) -> Told:
        found = parts[0].of(frame)
        for part in parts[1:]:
            found = found & part.of(frame) if op == "and" else found | part.of(frame)
        return found

    text = f" {op} ".join(f"({part.text})" for part in parts)
    return Said(text, {"op": op, "args": [part.json for part in parts]}, of)


def turned(part: Said) -> Said:
    return Said(f"not ({part.text})", {"op": "not", "args": [part.json]}, lambda f: ~part.of(f))


filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(joined, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
        inner.map(turned),
    ),
    max_leaves=5,
)


def test_a_filter_finds_what_geopandas_finds(built, frame):
    features, _ = built([shape(i) for i in range(COUNT)], COLUMNS)
    ids = [orjson.loads(fragment)["id"] for fragment in features.features(limit=COUNT)]

    @settings(deadline=None, max_examples=150)
    @given(filters)
    def check(said):
        expression = read(said.text, features.manifest)
        encoded = orjson.dumps(said.json).decode()
        assert read(encoded, features.manifest, language=JSON) == expression
        truths = said.of(frame).fillna(False)
        expected = sorted(frame.index[truths])
        query = Query(filter=expression)
        assert sorted(ids[key - 1] for key in features.keys(query)) == expected
        assert features.count(query) == len(expected)

    check()


EWKB = "0101000020e610000000000000000034400000000000004640"


@pytest.mark.parametrize(
    "text",
    [
        "d < DATE('2024-01-15') OR a = '2024-01-15'",
        "t > TIMESTAMP('2024-01-15T12:00:00Z') OR a = '2024-01-15T12:00:00'",
        f"S_INTERSECTS(geometry, POINT(20 44)) OR a = '{EWKB}'",
    ],
)
def test_a_text_that_looks_like_another_value_is_bound_apart(built, text):
    features, _ = built([shape(i) for i in range(COUNT)], COLUMNS)
    place, same = text.split(" OR ")
    found = [
        features.count(Query(filter=read(part, features.manifest)))
        for part in (place, same, text, f"{same} OR {place}")
    ]
    assert found[2] == found[3] == found[0] + found[1]


VALUES = {
    "a": "'foo'",
    "n": "1",
    "x": "3.14",
    "ok": "true",
    "d": "DATE('2024-01-15')",
    "t": "TIMESTAMP('2024-01-15T12:00:00Z')",
}


def test_every_comparison_of_every_kind_is_answered(built):
    """Conformance tests `comparison` of basic-cql2 and property-property."""
    features, _ = built([shape(i) for i in range(COUNT)], COLUMNS)

    def keys(text: str) -> set[int]:
        return set(features.keys(Query(filter=read(text, features.manifest))).tolist())

    for name, value in VALUES.items():
        there = keys(f"{name} IS NOT NULL")
        for one, other in ((name, value), (value, name)):
            found = {sign: keys(f"{one} {sign} {other}") for sign in SIGNS}
            for sign, opposite in (("=", "<>"), (">", "<="), ("<", ">=")):
                assert not found[sign] & found[opposite]
                assert found[sign] | found[opposite] == there
        for same in (name, value):
            everything = there if same == name else set(range(1, COUNT + 1))
            found = {sign: keys(f"{same} {sign} {same}") for sign in SIGNS}
            assert found["="] == found["<="] == found[">="] == everything
            assert not found["<>"] | found["<"] | found[">"]
        assert not keys(f"{value} IS NULL")


@pytest.mark.parametrize(
    "text", ["x ^ 5000 > 1", "(x - 5) ^ 0.5 > 1", "x / 0 = 1", "1e308 * n > 1"]
)
def test_what_cannot_be_computed_is_not_found_or_refused(built, text):
    features, _ = built([shape(i) for i in range(COUNT)], COLUMNS)
    query = Query(filter=read(text, features.manifest))
    try:
        assert features.count(query) < COUNT
    except ValueError as error:
        assert "cannot be computed" in str(error)
