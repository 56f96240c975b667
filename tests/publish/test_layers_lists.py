"""Columns of lists: kept as lists, asked for by an item, and said as text where none are known."""

import csv
import datetime
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from publish.cql2 import Call
from publish.cql2.reading import JSON, read
from publish.formats import Selection, formats
from publish.layers import search as sql
from publish.layers import webmercatorquad
from publish.layers.backends import Backend
from publish.layers.backends.postgis import Postgis
from publish.layers.backends.sqlite import Sqlite
from publish.layers.features import Features
from publish.layers.mvt_reading import read_tile
from publish.layers.query import Query
from publish.layers.read import SqliteFeatures, open_layer

BENCHES = [["клупа", 'a"b'], [], None, ["фонтана, мала", "клупа", "клупа"], ["nul\0", None]]
COLUMNS = {
    "oprema": ("string[]", BENCHES),
    "godine": ("integer[]", [[2001, 2**53 + 1], None, [], [7], [0, None]]),
    "ocene": ("number[]", [[1.5, 2.0], [2.0], None, [], [0.25]]),
    "radi": ("boolean[]", [[True], [False, True], [], None, [False]]),
}
NAMES = list(COLUMNS)
ROWS = [
    dict(zip(NAMES, row, strict=True))
    for row in zip(*(v for _, v in COLUMNS.values()), strict=True)
]
PLACES = list(shapely.points([20.5, 20.51, 20.52, 20.53, 20.54], [44.1] * 5))


@pytest.fixture(scope="module", params=["sqlite", "postgis"])
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Each backend in turn, PostGIS in a database of its own."""
    if request.param == "sqlite":
        yield Sqlite()
        return
    kept = Postgis(request.getfixturevalue("postgresql").create())
    yield kept
    kept.pool.close()


@pytest.fixture
def layer(built: Callable[..., Any]) -> tuple[Features, Any]:
    """Five points with a column of each kind of list."""
    found: tuple[Features, Any] = built(PLACES, COLUMNS, geometry_type="Point")
    return found


@pytest.fixture
def features(layer: tuple[Features, Any]) -> Features:
    return layer[0]


def by_id(features: Features) -> list[dict[str, Any]]:
    every = map(json.loads, features.features(limit=9))
    return [each["properties"] for each in sorted(every, key=lambda each: each["id"])]


def ids(features: Features, query: Query) -> list[int]:
    return sorted(json.loads(f)["id"] for f in features.features(query, limit=9))


def test_a_feature_has_its_lists_as_json_arrays(features):
    assert by_id(features) == ROWS


def test_the_file_for_analysis_has_lists_of_their_type(features):
    table = pq.read_table(features.folder / "layer.parquet")
    kinds = [table.schema.field(name).type for name in NAMES]
    assert kinds == [pa.list_(t) for t in (pa.string(), pa.int64(), pa.float64(), pa.bool_())]
    rows = sorted(table.to_pylist(), key=lambda row: row["id"])
    assert [{name: row[name] for name in NAMES} for row in rows] == ROWS


def test_sqlite_keeps_them_as_json_and_makes_no_index_of_whole_lists(tmp_path, typed_table):
    table = typed_table(PLACES, COLUMNS)
    Sqlite().build(table, layer="l", dataset="l", resource="r", into=tmp_path)
    with closing(sqlite3.connect(tmp_path / "layer.sqlite")) as connection:
        first = connection.execute("select c0, c1, c2, c3 from a where fid = 1").fetchone()
        indexes = connection.execute("select name from sqlite_master where type = 'index'")
        assert not [name for (name,) in indexes if name.startswith("i_c")]
    assert first == ('["клупа","a\\"b"]', "[2001,9007199254740993]", "[1.5,2.0]", "[true]")


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("oprema", "клупа", [1, 4]),
        ("oprema", "фонтана, мала", [4]),
        ("oprema", "клуп", []),
        ("godine", "9007199254740993", [1]),
        ("godine", "9007199254740992", []),
        ("ocene", "2", [1, 2]),
        ("radi", "true", [1, 2]),
        ("radi", "FALSE", [2, 5]),
    ],
)
def test_by_its_name_a_list_is_asked_for_an_item(features, name, value, found):
    assert ids(features, features.ask(equal=[(name, value)])) == found
    assert features.count(features.ask(equal=[(name, value)])) == len(found)


def test_several_items_are_asked_for_together(features):
    both = features.ask(equal=[("oprema", "клупа"), ("godine", "7")])
    assert ids(features, both) == [4]


def test_an_item_of_another_type_and_an_order_by_lists_are_refused(features):
    with pytest.raises(ValueError, match="godine: 'клупа' is no integer, such as 42"):
        features.ask(equal=[("godine", "клупа")])
    with pytest.raises(ValueError, match="oprema: is a list, by which nothing is sorted"):
        features.ask(sort=["-oprema"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A_CONTAINS(oprema, ('клупа'))", [1, 4]),
        ("a_contains(oprema, ('клупа', 'фонтана, мала'))", [4]),
        ("A_CONTAINEDBY(oprema, ('клупа', 'фонтана, мала'))", [2, 4]),
        ("A_EQUALS(oprema, ('фонтана, мала', 'клупа'))", [4]),
        ("A_EQUALS(oprema, ())", [2]),
        ("A_OVERLAPS(oprema, ('a\"b', 'фонтана, мала'))", [1, 4]),
        ("NOT A_OVERLAPS(oprema, ('клупа', 'x'))", [2, 5]),
        ("oprema IS NULL", [3]),
        ("A_CONTAINS(ocene, (2))", [1, 2]),
        ("A_CONTAINS(godine, (7.0))", [4]),
        ("A_CONTAINEDBY((2, 1.5), ocene)", [1]),
        ("A_CONTAINEDBY(ocene, godine)", [4]),
        ("A_CONTAINS(radi, (TRUE, FALSE))", [2]),
        ("A_OVERLAPS((1, 2), (2.0, 3))", [1, 2, 3, 4, 5]),
        ("A_CONTAINS(oprema, (DATE('2024-01-31')))", []),
    ],
)
def test_lists_are_compared_as_sets(features, text, found):
    """Conformance test of array-functions, and our rule for items that are missing."""
    assert ids(features, Query(filter=read(text, features.manifest))) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A_CONTAINS(oprema, (1))", "a_contains: oprema is a list of texts but 1 is a list"),
        ("A_CONTAINS(oprema, ('a', 1))", "array: the items are a number and a text; one kind goes"),
        ("A_CONTAINS(oprema, 'a', 'b')", "a_contains: is of 2, not of 3"),
        ("A_CONTAINS(geometry, ('a'))", "a_contains: geometry is a geometry, not a list"),
        ("A_CONTAINS(oprema, (POINT(1 1), 'a'))", "array: the geometry is a geometry, which no"),
        ("A_CONTAINS(oprema, (('a', 'b'), 'c'))", "array: array(…) is a list of texts, which no"),
        ("oprema = 'клупа'", "oprema is a list of texts, but 'клупа' is a text"),
        ("oprema = oprema", "=: oprema is a list of texts, which is not compared"),
        ("oprema LIKE 'к%'", "like: oprema is a list of texts, not a text"),
    ],
)
def test_what_is_no_question_about_lists_is_told(features, text, said):
    with pytest.raises(ValueError) as refused:
        read(text, features.manifest)
    assert str(refused.value).startswith(said)


def test_both_encodings_and_both_directions_are_one_filter(features):
    text = read("A_CONTAINS(oprema, ('клупа', 'клупа'))", features.manifest)
    turned = read("A_CONTAINEDBY(('клупа'), oprema)", features.manifest)
    document = {"op": "a_contains", "args": [{"property": "oprema"}, ["клупа"]]}
    encoded = read(json.dumps(document), features.manifest, language=JSON)
    assert text == turned == encoded


def written(name: str, features: Features) -> bytes:
    return b"".join(formats()[name].write(Selection(features)))


@pytest.mark.parametrize("name", ["geojson", "geojsonseq", "jsonfg"])
def test_json_formats_have_arrays(features, name):
    text = written(name, features).decode()
    found = (
        [json.loads(each) for each in text.split("\x1e")[1:]]
        if name == "geojsonseq"
        else json.loads(text)["features"]
    )
    assert [f["properties"] for f in sorted(found, key=lambda f: f["id"])] == ROWS


TEXTS = ['["клупа","a\\"b"]', "[2001,9007199254740993]", "[1.5,2.0]", "[true]"]


def test_delimited_text_and_workbooks_have_json(features, tmp_path):
    rows = list(csv.DictReader(io.StringIO(written("csv", features).decode())))
    first = next(row for row in rows if row["id"] == "1")
    assert [first[name] for name in NAMES] == TEXTS
    (tmp_path / "a.xlsx").write_bytes(written("xlsx", features))
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    cells = next(row for row in sheet.iter_rows(values_only=True) if row[0] == 1)
    assert list(cells[1:5]) == TEXTS


@pytest.mark.parametrize("name", ["gpkg", "shp", "flatgeobuf", "kml"])
def test_formats_without_lists_have_json(features, tmp_path, name):
    path = tmp_path / f"trees.{formats()[name].ending}"
    path.write_bytes(written(name, features))
    table = pyogrio.read_dataframe(path)
    first = table[table.geometry.x == 20.5].iloc[0]
    marked_as_json = name == "gpkg"  # so that its reader makes lists of it
    said = [json.loads(text) if marked_as_json else text for text in TEXTS]
    assert [first[column] for column in NAMES] == said


def test_a_tile_has_json(layer):
    features, made = layer
    x, y = webmercatorquad.to_tile(np.array([[20.52, 44.1]]), 12, 0, 0, 1)[0].tolist()
    x, y = int(x), int(y)
    drawn = read_tile(features.tile(made, 12, x, y, 100))["trees"]
    said = {name: dict(zip(drawn.ids, drawn.column(name), strict=True)) for name in NAMES}
    assert [said[name]["1"] for name in ("oprema", "godine", "radi")] == [
        TEXTS[i] for i in (0, 1, 3)
    ]
    assert json.loads(said["ocene"]["1"]) == [1.5, 2.0]
    assert said["oprema"]["3"] is None


@pytest.mark.parametrize(
    "word", ['a"b', "{}", "a\\", "null", "NULL", "фонтана, мала", "", "'", "\0"]
)
def test_an_item_is_a_value_whatever_it_is_made_of(built, word):
    features, _ = built(PLACES[:2], {"tags": ("string[]", [["x", word], ["y"]])})
    for op, items in (("a_contains", [word]), ("a_overlaps", ["z", word])):
        document = {"op": op, "args": [{"property": "tags"}, items]}
        found = read(json.dumps(document), features.manifest, language=JSON)
        assert ids(features, Query(filter=found)) == [1]
        assert ids(features, Query(filter=Call("not", (found,)))) == [2]


def test_a_list_may_have_as_many_values_as_a_filter_may(features):
    values = list(range(480))
    document = {"op": "a_overlaps", "args": [{"property": "godine"}, values]}
    query = Query(filter=read(json.dumps(document), features.manifest, language=JSON))
    assert ids(features, query) == [4, 5]


def test_items_may_be_columns_though_not_so_many(built):
    columns = {"tags": ("string[]", [["x"], ["y"]]), "a": ("string", ["x", "x"])}
    features, _ = built(PLACES[:2], columns)
    found = read("A_CONTAINS(tags, (a, CASEI('X')))", features.manifest)
    assert ids(features, Query(filter=found)) == [1]
    with pytest.raises(ValueError, match="array: more than 100 items go where all of them are"):
        read(f"A_CONTAINS(tags, (a{', a' * 100}))", features.manifest)


def test_one_text_may_be_a_text_a_day_and_a_list(built):
    columns = {
        "a": ("string", ["2024-01-15", '{"x"}']),
        "d": ("date", [datetime.date(2024, 1, 15), None]),
        "tags": ("string[]", [["x"], ["x"]]),
    }
    features, _ = built(PLACES[:2], columns)
    day = read("a = '2024-01-15' AND d = DATE('2024-01-15')", features.manifest)
    assert ids(features, Query(filter=day)) == [1]
    same = read("""a = '{"x"}' AND A_CONTAINS(tags, ('x'))""", features.manifest)
    assert ids(features, Query(filter=same)) == [2]


@pytest.mark.parametrize(
    ("text", "is_looked_up"),
    [
        ("A_CONTAINS(tags, ('t5'))", True),
        ("n < 400 AND A_OVERLAPS(tags, ('t5', 't6'))", True),
        ("A_EQUALS(tags, ('t5', 't6'))", True),
        ("NOT A_CONTAINS(tags, ('t5'))", False),
        ("A_CONTAINS(tags, ('t5')) OR n = 5", False),
        ("A_EQUALS(tags, ())", False),
    ],
)
def test_items_are_found_by_their_table_in_sqlite(tmp_path, typed_table, text, is_looked_up):
    columns = {
        "tags": ("string[]", [[f"t{i % 50}", f"t{i % 70}"] for i in range(500)]),
        "n": ("integer", list(range(500))),
    }
    table = typed_table([shapely.Point(20, 44)] * 500, columns)
    Sqlite().build(table, layer="l", dataset="l", resource="r", into=tmp_path)
    features = SqliteFeatures(tmp_path)
    statement, bound = sql.count(Query(filter=read(text, features.manifest)), features.manifest)
    rows = open_layer(tmp_path).execute(f"explain query plan {statement}", bound)
    plan = " / ".join(row[3] for row in rows)
    assert ("SEARCH l0 USING PRIMARY KEY (item=?)" in plan) == is_looked_up
    assert ("SCAN a" in plan) != is_looked_up
