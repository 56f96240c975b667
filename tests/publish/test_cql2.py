"""What is read as a filter, in its canonical form; what an index is used for; what is not said."""

import re
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.model import Column
from publish.cql2 import Call, Literal, Property, dialects, reading
from publish.cql2.from_text import parse
from publish.cql2.reading import JSON, read
from publish.cql2.spatial import PREDICATES, reach
from publish.cql2.sql import condition
from publish.layers import geojson
from publish.layers import search as sql
from publish.layers.backends.sqlite import Sqlite
from publish.layers.features import Features
from publish.layers.manifest import Manifest
from publish.layers.query import Query
from publish.layers.read import open_layer

COLUMNS = tuple(
    Column(name, name.upper(), kind)
    for name, kind in (
        ("a", "string"),
        ("n", "integer"),
        ("x", "number"),
        ("ok", "boolean"),
        ("d", "date"),
        ("t", "datetime"),
        ("date", "date"),
        ("point", "time"),
    )
)
LAYER = Manifest(
    layer="l",
    dataset="l",
    resource="r",
    geometry_type="Polygon",
    features=9,
    without_geometry=1,
    bbox_lonlat=(20.0, 44.0, 21.0, 45.0),
    columns=COLUMNS,
    id_column="",
    crs="EPSG:4326",
    operation="",
    files={},
)
BOX = "BBOX(20.1, 44.1, 20.2, 44.2)"


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("5 < n", "n > 5"),
        ("n = 5.0", "n = 5"),
        ("NOT (NOT ok)", "ok"),
        ("n = 1 OR (n = 2 OR n = 1)", "n=1 or n=2"),
        ("(ok) AND ((n = 1) and a = 'x')", "ok AND n = 1 AND a = 'x'"),
        ("CASEI(a) = CASEI('ЖЉ')", "casei(a) = 'жљ'"),
        ("ACCENTI(CASEI(a)) = accenti('Čačak')", "accenti(casei(a)) = 'Cacak'"),
        ("a ILIKE 'Ж%'", "CASEI(a) LIKE CASEI('Ж%')"),
        ("d > '2024-01-01'", "d > DATE('2024-01-01')"),
        ("t = '2024-01-01T01:00:00+01:00'", "t = TIMESTAMP('2024-01-01T00:00:00Z')"),
        ("n IN (1, 2.0, 1)", "n in (1,2)"),
        ("n = -3", "-3 = n"),
        ("NOT a LIKE 'x'", "a NOT LIKE 'x'"),
        ("date = DATE('2024-01-01')", "\"date\" = '2024-01-01'"),
        ("point = '10:00:00'", "\"point\" = '10:00:00'"),
        ("S_INTERSECTS(geometry, POINT Z (1 2 3))", "s_intersects(geometry, POINT(1 2))"),
        ("S_INTERSECTS(geometry, BBOX(1, 2, 0, 3, 4, 9))", "s_Intersects(geometry, bbox(1,2,3,4))"),
        ("n + 2 * x ^ 2 = 1", "(n + (2 * (x ^ 2))) = 1"),
        ("n - 1 - 1 = 0", "(n - 1) - 1 = 0"),
        ("n > 1038290 - 21 div 10 - 5 % 2 + 2 * 2 ^ 3", "n > 1038303"),
    ],
)  # fmt: skip
def test_what_is_the_same_is_one_expression(text, same):
    assert read(text, LAYER) == read(same, LAYER)
    assert hash(read(text, LAYER)) == hash(read(same, LAYER))


def test_and_binds_more_than_or_and_not_more_than_both():
    expected = Call("or", (Property("ok"), Call("and", (Call("not", (Property("ok"),)), *one(2)))))
    assert read("ok OR NOT ok AND n = 2", LAYER) == expected


def one(number: int) -> tuple[Call]:
    return (Call("=", (Property("n"), Literal("number", number))),)


def test_a_word_means_something_where_it_stands_and_is_a_name_elsewhere():
    assert read("ok AND NOT ok", LAYER).op == "and"
    like, between, div = (Property(name) for name in ("like", "between", "div"))
    assert parse("like LIKE 'x'") == Call("like", (like, Literal("text", "x")))
    assert parse("between between.5 and div") == Call(
        "between", (between, Literal("number", 0.5), div)
    )
    assert parse("n = -div div 2") == parse("(n) = ((-div) DIV 2)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it ends before it is complete"),
        ("n = ", "it ends before it is complete"),
        ("n IN 1", "no CQL2 text from character 6: '1'"),
        ("n NOT 1", "no CQL2 text from character 7: '1'"),
        ("n IS 1", "no CQL2 text from character 6: '1'"),
        ("n = 1 ok", "no CQL2 text from character 7: 'ok'"),
        ("n = 1 = 1", "no CQL2 text from character 7: '= 1'"),
        ("(n = 1", "it ends before it is complete"),
        ("n BETWEEN 1 OR 2", "no CQL2 text from character 13: 'OR 2'"),
        ("S_INTERSECTS(geometry, BBOX(1, x))", "no CQL2 text from character 32: 'x))'"),
        ("T_AFTER(d, INTERVAL(1, '..'))", "no CQL2 text from character 21: \"1, '..'))\""),
    ],
)
def test_the_place_of_a_mistake_is_told(text, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        parse(text)


def test_a_filter_of_nothing_but_signs_is_read_or_refused_and_does_no_harm():
    assert parse("-" * 8000 + "1") == Literal("number", 1)
    for text in ("-" * 8000 + "n = 1", "NOT " * 2000 + "ok", "^".join("2" * 700) + " = 2"):
        with pytest.raises(ValueError, match=r"nested deeper|more than 500"):
            read(text, LAYER)


def test_quotes_in_texts_are_letters():
    for text in ("'O''Brien'", r"'O\'Brien'"):
        assert read(f"a = {text}", LAYER).args[1] == Literal("text", "O'Brien")
    assert read(r"a = 'C:\x'", LAYER).args[1] == Literal("text", r"C:\x")


def test_long_identifiers_keep_their_digits():
    assert read(f"n = {2**62 + 1}", LAYER).args[1].value == 2**62 + 1
    document = f'{{"op":"=","args":[{{"property":"n"}},{2**62 + 1}]}}'
    assert read(document, LAYER, language=JSON).args[1].value == 2**62 + 1


def test_what_must_meet_a_place_lies_in_its_box():
    box = (20.1, 44.1, 20.2, 44.2)
    for op in ("INTERSECTS", "WITHIN", "TOUCHES", "EQUALS", "CONTAINS", "OVERLAPS", "CROSSES"):
        assert reach(read(f"ok AND S_{op}(geometry, {BOX})", LAYER)) == box
        assert reach(read(f"S_{op}({BOX}, geometry)", LAYER)) == box
    assert read(f"S_WITHIN({BOX}, geometry)", LAYER) == read(f"S_CONTAINS(geometry, {BOX})", LAYER)
    both = f"S_INTERSECTS(geometry, {BOX}) AND S_INTERSECTS(geometry, POINT(20.9 44.9))"
    assert reach(read(both, LAYER)) == (20.9, 44.9, 20.2, 44.2)  # it has to span the two


@pytest.mark.parametrize(
    "text",
    [
        f"ok OR S_INTERSECTS(geometry, {BOX})",
        f"NOT S_INTERSECTS(geometry, {BOX})",
        f"S_DISJOINT(geometry, {BOX})",
        f"S_INTERSECTS({BOX}, {BOX})",
        f"NOT (S_INTERSECTS(geometry, {BOX}) AND ok)",
        "S_INTERSECTS(geometry, geometry)",
    ],
)
def test_what_may_lie_elsewhere_is_looked_for_everywhere(text):
    assert reach(read(text, LAYER)) is None


@pytest.mark.parametrize("dialect", [dialects.Sqlite(), dialects.Postgis()])
def test_no_word_of_a_filter_is_sql(dialect):
    evil = "x'); drop table a; --"
    text = (
        f"a = '{evil.replace(chr(39), chr(39) * 2)}' OR a LIKE '{evil[2:]}%' OR CASEI(a) = 'Q:%s'"
    )
    statement, bound = condition(read(text, LAYER), LAYER, dialect)
    assert "drop" not in statement
    assert "%s" not in statement
    assert evil in bound.values()


texts = st.text(st.sampled_from("an05.'\"()[]{},:= <>+-*/%\\\nчЖNOTINBETWEEDULSk"), max_size=60)


@pytest.mark.parametrize("language", ["cql2-text", JSON])
def test_rubbish_is_a_value_error_and_nothing_else(language):
    @settings(deadline=None, max_examples=200)
    @given(texts | st.text(max_size=30))
    def check(text):
        try:
            read(text, LAYER, language=language)
        except ValueError as error:
            assert str(error)

    check()


def test_what_is_wrong_with_a_value_is_told_with_its_cure():
    for text, said in (
        ("d > '01.02.2024.'", "'01.02.2024.' is no date or timestamp, such as 2024-01-31 or"),
        ("t > TIMESTAMP('2024-01-01')", "'2024-01-01' is no timestamp, such as 2024-01-31T10:00"),
        ("T_DURING(d, INTERVAL('2024-01-01', '2024-02-01'))", "t_during: d is no interval"),
        ("S_INTERSECTS(geometry, POINT(90 180))", "beyond 180 degrees of longitude or 90 of"),
        ("n = 1 / 0", "1 / 0 is no number"),
        ("T_AFTER(d, INTERVAL('2024-02-01', '2024-01-01'))", "'2024-02-01' is after '2024-01-01'"),
        ("n = 1e400", "a number is too large"),
    ):
        with pytest.raises(ValueError, match=re.escape(said)):
            read(text, LAYER)


@pytest.fixture(scope="module")
def many(tmp_path_factory, write_typed) -> Features:
    """5,000 squares with a word, a number and a day each."""
    rng = np.random.default_rng(3)
    corners = rng.uniform((20, 44), (21, 45), (5000, 2)).round(5)
    days = (np.datetime64("2020-01-01") + rng.integers(0, 1500, 5000)).tolist()
    columns = {
        "a": ("string", [f"улица {i % 700}" for i in range(5000)]),
        "n": ("integer", rng.integers(0, 2000, 5000).tolist()),
        "x": ("number", rng.uniform(0, 1, 5000).tolist()),
        "d": ("date", days),
        "t": ("datetime", [None] * 5000),
    }
    squares = shapely.box(*corners.T, *(corners + 0.001).T)
    into = tmp_path_factory.mktemp("many")
    table = write_typed(into.with_suffix(".arrow"), squares, columns, geometry_type="Polygon")
    backend = Sqlite()
    backend.build(table, layer="many", dataset="many", resource="r", into=into)
    return backend.features(into)


def plan(features: Features, text: str, build: Callable[..., tuple[str, object]]) -> str:
    """How SQLite goes about a filter."""
    statement, bound = build(Query(filter=read(text, features.manifest)), features.manifest)
    rows = open_layer(features.folder).execute(
        f"explain query plan {statement}",
        {"limit": 10, "offset": 0, "most": -1, "start": 0, **bound},
    )
    return " / ".join(row[3] for row in rows)


@pytest.mark.parametrize("build", [partial(sql.joined, after=0, every=True), sql.count])
@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("a = 'улица 5'", "i_c0"),
        ("a LIKE 'улица 55%'", "i_c0"),
        ("a IN ('улица 5', 'улица 6') AND x < 0.5", "i_c0"),
        ("n = 5 AND CASEI(a) LIKE '%5'", "i_c1"),
        ("n = 5.0", "i_c1"),
        ("5 >= n AND n > 3", "i_c1"),
        ("n BETWEEN 3 AND 5", "i_c1"),
        ("x < 0.001", "i_c2"),
        ("d = DATE('2021-01-01')", "i_c3"),
        ("T_INTERSECTS(d, INTERVAL('2021-01-01', '2021-01-03'))", "i_c3"),
        ("d = TIMESTAMP('2021-01-01T10:00:00Z')", "i_c3"),
        ("t > DATE('2021-01-01')", "i_c4"),
        ("n = 5 OR a = 'улица 5'", "MULTI-INDEX OR"),
    ],
)
def test_an_indexed_column_is_never_gone_through(many, build, text, index):
    told = plan(many, text, build)
    assert index in told
    assert "SCAN a" not in told


def test_a_place_is_found_by_the_tree(many):
    for build in (sql.select, sql.count):
        told = plan(many, f"n < 1000 AND S_INTERSECTS(geometry, {BOX})", build)
        assert "SCAN rt VIRTUAL TABLE INDEX 2" in told
        assert "SCAN a" not in told
        whole = plan(many, "n = 5 AND S_INTERSECTS(geometry, BBOX(20, 44, 21, 45))", build)
        assert "i_c1" in whole
        assert "rt" not in whole.replace("PARTIAL", "").split()


def test_a_filter_may_not_last_for_ever(many):
    query = Query(filter=read("CASEI(a) LIKE '%a%b%c%'", many.manifest))
    with pytest.raises(TimeoutError):
        many.count(query, timeout_s=-1.0)


AREAS = (
    "POLYGON((20.1 44.1, 20.9 44.2, 20.5 44.9, 20.1 44.1))",
    "MULTIPOLYGON(((20 44, 20.4 44, 20.4 44.9, 20 44)), ((20.5 44, 21 44, 21 45, 20.5 44)))",
    "POLYGON((20 44, 21 44, 21 45, 20 45, 20 44), (20.2 44.2, 20.8 44.2, 20.5 44.8, 20.2 44.2))",
)  # fmt: skip


@pytest.mark.parametrize("op", [op.removeprefix("s_") for op in PREDICATES])
@pytest.mark.parametrize("area", AREAS)
def test_what_a_grid_decides_is_what_the_geometries_say(many, op, area):
    shapes = geojson.geometries(many.features(limit=5000))
    expected = getattr(shapely, op)(shapes, shapely.from_wkt(area))
    query = Query(filter=read(f"S_{op}(geometry, {area})", many.manifest))
    assert many.keys(query).tolist() == (np.flatnonzero(expected) + 1).tolist()
    assert many.counted_page(query, limit=3)[0] == many.count(query) == expected.sum()


def test_a_feature_that_crosses_itself_is_compared_all_the_same(built):
    bow = shapely.Polygon([(20, 44), (21, 45), (21, 44), (20, 45)])
    features, _ = built([bow, shapely.Point(20.5, 44.9)], {"n": ("integer", [1, 2])})
    for text, count in (
        ("S_INTERSECTS(geometry, BBOX(20.4, 44.4, 20.6, 44.6))", 1),
        ("S_OVERLAPS(geometry, POLYGON((20 44, 20.7 44, 20.7 45, 20 45, 20 44)))", 1),
        ("S_WITHIN(geometry, POLYGON((19 43, 22 43, 22 46, 19 46, 19 43)))", 2),
    ):
        assert features.count(features.ask(filter=read(text, features.manifest))) == count


def test_a_filter_too_large_is_refused_before_a_parser_reads_it(monkeypatch):
    monkeypatch.setattr(reading, "_parsed", None)
    ring = ",".join(f"{i} 4" for i in range(1001))
    for text, said in (
        (f"a = '{'x' * 8192}'", "longer than 8192 bytes"),
        ("(" * 51 + "ok" + ")" * 51, "nested deeper than 50"),
        (f"S_INTERSECTS(geometry, LINESTRING({ring}))", "more than 1000 vertices"),
        ("[[" + "[1,2]," * 1001 + "]]", "more than 1000 vertices"),
        ("n+" * 2000 + "n = 1", "more than 500 conditions"),
        ("NOT " * 1600 + "ok", "more than 500 conditions"),
        ("a = '\x00'", "NUL"),
    ):
        with pytest.raises(ValueError, match=said):
            read(text, LAYER)


def test_a_thousand_vertices_and_five_hundred_values_are_read():
    ring = ",".join(f"{i / 1000:.3f} 4{i % 2}" for i in range(600))
    assert read(f"S_INTERSECTS(geometry, LINESTRING({ring}))", LAYER)
    assert len(read(f"n IN ({','.join(map(str, range(490)))})", LAYER).args) == 491
