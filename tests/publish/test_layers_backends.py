"""What every backend answers alike: which features, in which order, within which bounds."""

import datetime
from collections.abc import Iterator
from functools import partial

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from publish.layers.backends import Backend
from publish.layers.backends.postgis import Postgis
from publish.layers.backends.sqlite import Sqlite
from publish.layers.features import counts
from publish.layers.query import Query

KINDS = ("липа", "храст", "бреза")


def ids(fragments):
    return [orjson.loads(fragment)["id"] for fragment in fragments]


def found(features, limit=1000, **question):
    """The ids of the first features that a question finds."""
    return ids(features.features(features.ask(**question), limit=limit))


def page(features, query, **part):
    """The ids of one page."""
    return ids(fragment for _, fragment in features.page(query, **part))


def counted(features, **question):
    """How many features a question finds."""
    return features.count(features.ask(**question))


@pytest.fixture(scope="module", params=["sqlite", "postgis"])
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Each backend in turn, PostGIS in a database of its own."""
    if request.param == "sqlite":
        yield Sqlite()
    else:
        kept = Postgis(request.getfixturevalue("postgresql").create())
        yield kept
        kept.pool.close()


@pytest.fixture
def scattered(built):
    """500 shapes of all kinds, 20 features without geometry, and what they are by id."""
    rng = np.random.default_rng(11)
    lonlat = rng.uniform((20.8, 43.9), (21.0, 44.1), (500, 2)).round(7)
    shapes = []
    for i, (x, y) in enumerate(lonlat.tolist()):
        line = shapely.LineString([(x, y), (x + 0.02, y + 0.01), (x, y + 0.02)])
        shapes.append((shapely.Point(x, y), line, line.convex_hull, line.boundary)[i % 4])
    shapes += [None] * 20
    columns = {
        "kind": ("string", [KINDS[i % 3] for i in range(520)]),
        "girth_cm": ("integer", rng.integers(10, 60, 520).tolist()),
        "height_m": ("number", rng.uniform(1, 30, 520).tolist()),
    }
    features, _ = built(shapes, columns)
    return features, {f["id"]: f for f in map(orjson.loads, features.features(limit=1000))}


def matching(rows, box=None, **equal):
    """The ids that a plain reading of the features finds, in the layer's order."""
    for fid, feature in rows.items():
        if any(feature["properties"][name] != value for name, value in equal.items()):
            continue
        geometry = feature["geometry"]
        if box is None or geometry is None or shapely.geometry.shape(geometry).intersects(box):
            yield fid


def test_a_bbox_finds_what_its_geometry_touches_page_by_page(scattered):
    features, rows = scattered
    edge = st.floats(20.79, 21.03, allow_nan=False)
    rise = st.floats(43.89, 44.13, allow_nan=False)
    kind = st.sampled_from((None, *KINDS))

    @settings(deadline=None, max_examples=150)
    @given(st.tuples(edge, edge), st.tuples(rise, rise), kind, st.integers(1, 60))
    def check(xs, ys, kind, limit):
        bbox = (min(xs), min(ys), max(xs), max(ys))
        equal = {} if kind is None else {"kind": kind}
        box = shapely.MultiPoint([bbox[:2], bbox[2:]]).envelope
        wanted = list(matching(rows, box, **equal))
        query = features.ask(bbox=bbox, equal=tuple(equal.items()))
        assert ids(features.features(query, limit=1000)) == wanted
        assert features.count(query) == len(wanted)
        assert len(features.keys(query)) == len(wanted)
        paged, after = [], 0
        while part := features.page(query, after=after, limit=limit):
            paged += ids(fragment for _, fragment in part)
            after = part[-1][0]
        assert paged == wanted
        offset = len(wanted) // 2
        assert page(features, query, offset=offset, limit=limit) == wanted[offset : offset + limit]

    check()


def test_a_box_beside_the_geometry_does_not_find_it(built):
    ell = shapely.Polygon([(0, 0), (3, 0), (3, 1), (1, 1), (1, 3), (0, 3)])
    apart = shapely.MultiPoint([(0, 0), (3, 3)])
    for shape in (ell, apart, shapely.MultiPolygon([shapely.box(0, 0, 1, 1)] * 1)):
        features, _ = built([shape, shapely.Point(9, 9)])
        assert found(features, bbox=(2, 2, 2.9, 2.9)) == []
        assert counted(features, bbox=(2, 2, 2.9, 2.9)) == 0
    features, _ = built([apart, shapely.Point(9, 9)])
    assert counted(features, bbox=(1, -1, 2, 4)) == 0  # between the two points


def test_a_box_decides_to_the_last_decimal(built):
    features, _ = built([shapely.Point(20.9000001, 44), shapely.Point(9, 9)])
    assert found(features, bbox=(20, 43, 20.9, 45)) == []
    assert found(features, bbox=(20, 43, 20.9000001, 45)) == [1]


def test_a_bbox_may_cross_the_antimeridian(built):
    shapes = [shapely.Point(x, 0) for x in (179.5, -179.5, 0)]
    shapes.append(shapely.MultiPoint([(179.9, 0), (-179.9, 0)]))
    features, _ = built([*shapes, None])
    assert sorted(found(features, bbox=(179, -1, -179, 1))) == [1, 2, 4, 5]
    assert counted(features, bbox=(179, -1, -179, 1)) == 4
    assert sorted(found(features, bbox=(-1, -1, 1, 1))) == [3, 5]


def test_a_box_without_width_is_a_point(built):
    features, _ = built([shapely.box(20, 44, 21, 45), shapely.Point(0, 0)])
    assert counted(features, bbox=(20.5, 44.5, 20.5, 44.5)) == 1
    assert counted(features, bbox=(21.5, 44.5, 21.5, 44.5)) == 0


def test_a_bbox_around_everything_is_no_question(scattered):
    features, rows = scattered
    assert features.ask(bbox=(-180.0, -90.0, 180.0, 90.0)) == Query()
    assert counted(features, bbox=(-180, -90, 180, 90)) == len(rows)


def test_an_offset_into_everything_is_a_key(scattered):
    features, rows = scattered
    assert page(features, Query(), offset=300, limit=5) == list(rows)[300:305]
    assert page(features, Query(), offset=100, after=200, limit=5) == list(rows)[300:305]
    assert page(features, Query(), offset=2**62, after=2**62, limit=5) == []


def test_keys_are_the_rows_of_the_parquet_file(scattered):
    features, rows = scattered
    query = features.ask(equal=[("kind", "липа")], sort=["-girth_cm"])
    taken = [fid for table in features.rows(query) for fid in table["id"].to_pylist()]
    assert taken == ids(features.features(query, limit=1000))
    assert [k for k, _ in features.page(query, limit=1000)] == features.keys(query).tolist()
    assert sum(table.num_rows for table in features.rows()) == len(rows)


def test_sorting_goes_by_value_then_by_place(scattered):
    features, rows = scattered

    def girth(fid):
        return rows[fid]["properties"]["girth_cm"]

    up = found(features, sort=["girth_cm"])
    assert up == sorted(rows, key=girth)
    assert found(features, sort=["-girth_cm"]) == up[::-1]
    two = features.ask(sort=["+kind", "-height_m"])
    assert (
        page(features, two, offset=10, limit=20)
        == sorted(
            rows,
            key=lambda fid: (rows[fid]["properties"]["kind"], -rows[fid]["properties"]["height_m"]),
        )[10:30]
    )
    assert len(found(features, bbox=(20.8, 43.9, 20.9, 44), sort=["kind"], limit=7)) == 7


def test_what_is_missing_sorts_first(built):
    columns = {"n": ("integer", [2, None, 1, None])}
    features, _ = built([shapely.Point(1, 1)] * 4, columns)
    assert found(features, sort=["n"]) == [2, 4, 3, 1]
    assert found(features, sort=["-n"]) == [1, 3, 4, 2]


def test_values_are_read_in_the_type_of_their_column(built):
    moment = datetime.datetime(2024, 5, 6, 7, 8, 9)
    columns = {
        "s": ("string", ["5", "x"]),
        "i": ("integer", [5, 6]),
        "n": ("number", [5.0, 6.5]),
        "b": ("boolean", [True, False]),
        "d": ("date", [moment.date(), None]),
        "t": ("datetime", [moment, None]),
        "h": ("time", [moment.time(), None]),
    }
    features, _ = built([shapely.Point(1, 1)] * 2, columns)
    right = {"s": "5", "i": "5", "n": "5", "b": "true", "d": "2024-05-06", "h": "07:08:09"}
    right["t"] = "2024-05-06T07:08:09Z"
    for name, text in right.items():
        assert found(features, equal=[(name, text)]) == [1], name
    assert counted(features, equal=list(right.items())) == 1
    wrong = {"i": "5.0", "n": "nan", "b": "1", "d": "06.05.2024", "t": "noon", "h": "7", "s2": ""}
    for name, text in wrong.items():
        with pytest.raises(ValueError, match=name):
            features.ask(equal=[(name, text)])
    with pytest.raises(ValueError, match="i: '9223372036854775808' is no integer, such as 42"):
        features.ask(equal=[("i", str(2**63))])


def test_a_wrong_question_is_told(scattered):
    features, _ = scattered
    for question, said in (
        ({"bbox": (1, 2, float("nan"), 4)}, "finite"),
        ({"bbox": (1, 5, 2, 4)}, "south is above north"),
        ({"equal": [("x' or 1=1 --", "1")]}, "no column .* there are kind, girth_cm, height_m"),
        ({"sort": ["--kind"]}, "no column '-kind'"),
        ({"equal": [("kind", "x")] * 51}, "more than 50"),
    ):
        with pytest.raises(ValueError, match=said):
            features.ask(**question)
    for part, said in (
        ({"offset": -1}, "offset"),
        ({"offset": 2**63}, "offset"),
        ({"limit": -1}, "limit"),
        ({"after": -1}, "after"),
    ):
        with pytest.raises(ValueError, match=said):
            features.page(Query(), **{"limit": 9, **part})
    with pytest.raises(ValueError, match="after: goes with the layer's own order"):
        features.page(features.ask(sort=["kind"]), after=3, limit=9)


def test_a_feature_has_one_address(built):
    columns = {"n": ("integer", [7, -3]), "code": ("string", ["07", "Ш/1 '"])}
    shapes = [shapely.Point(1, 1)] * 2
    numbers, _ = built(shapes, columns, primary_key=["n"])
    spellings = ("7", "-3", "07", "+7", "7.0", "٧", "", "9" * 40, "9223372036854775808")
    assert [fid for fid in spellings if numbers.feature(fid)] == ["7", "-3"]
    words, _ = built(shapes, columns, primary_key=["code"])
    assert orjson.loads(words.feature("Ш/1 '"))["properties"]["n"] == -3
    assert words.feature("7") is None
    assert words.feature("\0") is None


def test_text_of_a_question_is_a_value_and_never_sql(built):
    odd = ["'; drop table a --", "\\' or 1=1", "%s %(x)s :v0 $1", "\N{PILE OF POO}", ""]
    features, _ = built([shapely.Point(1, 1)] * 5, {"s": ("string", odd)})
    for i, text in enumerate(odd):
        assert found(features, equal=[("s", text)]) == [i + 1]
    assert found(features, equal=[("s", "\0")]) == []


def test_a_tile_is_made_of_what_its_box_touches(scattered):
    features, rows = scattered
    box = (20.85, 43.95, 20.9, 44.0)
    shapes = {
        fid: shapely.geometry.shape(row["geometry"]) for fid, row in rows.items() if row["geometry"]
    }
    near = [
        fid
        for fid, shape in shapes.items()
        if shapely.box(*shape.bounds).intersects(shapely.box(*box))
    ]
    whole = features.candidates(box, 1000, 10**9)
    assert [fid for fid, *_ in whole] == near
    fid, fragment, *values = whole[0]
    properties = orjson.loads(fragment)["properties"]
    assert orjson.loads(fragment)["id"] == fid
    assert dict(zip(("kind", "girth_cm", "height_m"), values, strict=True)) == properties
    size_bytes = sum(len(fragment) for _, fragment, *_ in whole)
    assert features.candidates(box, len(near), size_bytes) == whole
    assert features.candidates(box, len(near) - 1, size_bytes) is None
    assert features.candidates(box, len(near), size_bytes - 1) is None


def test_a_question_may_not_last_for_ever(scattered):
    features, _ = scattered
    query = features.ask(bbox=(20.8, 43.9, 21.0, 44.1), equal=[("kind", "липа")])
    ways = (features.page, features.joined)
    for ask in (features.count, features.keys, *(partial(way, limit=1000) for way in ways)):
        with pytest.raises(TimeoutError, match=r"no answer within -1\.0 s"):
            ask(query, timeout_s=-1.0)
    assert features.features(limit=1)  # and the connection is as good as before


@pytest.mark.parametrize("offset", [0, 3, 1000])
@pytest.mark.parametrize("limit", [1, 20, 1000])
@pytest.mark.parametrize(
    "question",
    [
        {},
        {"bbox": (20.85, 43.95, 20.9, 44.0)},
        {"bbox": (1.0, 1.0, 2.0, 2.0)},
        {"bbox": (20.85, 43.95, 20.9, 44.0), "equal": [("kind", "липа")], "sort": ["-girth_cm"]},
        {"equal": [("kind", "липа")]},
    ],
)
def test_a_page_and_its_count_at_once_are_those_asked_for_apart(scattered, question, limit, offset):
    features, _ = scattered
    query = features.ask(**question)
    matched, page = features.counted_page(query, offset=offset, limit=limit)
    assert page == features.page(query, offset=offset, limit=limit)
    assert matched == features.count(query)
    assert features.counted_page(query, offset=offset, limit=limit) == (matched, page)


BY_COUNT = ({}, {"offset": 7}, {"offset": 500})
JOINED = [
    ({"equal": [("kind", "липа")], "sort": ["-girth_cm"]}, BY_COUNT),
    *(
        (question, (*BY_COUNT, {"after": 0}, {"after": 40}))
        for question in (
            {},
            {"bbox": (20.85, 43.95, 20.9, 44.0)},
            {"bbox": (170.0, 40.0, 20.9, 50.0)},
            {"bbox": (1.0, 1.0, 2.0, 2.0)},
            {"bbox": (20.85, 43.95, 20.9, 44.0), "equal": [("kind", "липа")]},
        )
    ),
]


@pytest.mark.parametrize("limit", [1, 20, 1000])
@pytest.mark.parametrize(("question", "part"), [(q, part) for q, parts in JOINED for part in parts])
def test_a_joined_page_is_the_page_in_one_piece(scattered, question, limit, part):
    features, _ = scattered
    query = features.ask(**question)
    rows = features.page(query, limit=limit, **part)
    matched = features.count(query)
    follows = features.page(query, limit=1, **{**part, "offset": part.get("offset", 0) + limit})
    for forgotten in (True, False):
        if forgotten:
            counts.clear()
        page = features.joined(query, limit=limit, **part)
        assert page.features == b",".join(fragment for _, fragment in rows)
        assert (page.matched, page.returned) == (matched, len(rows))
        assert (page.last is not None) == bool(rows and follows)
        if follows and not query.sort and rows:
            assert page.last == rows[-1][0]
