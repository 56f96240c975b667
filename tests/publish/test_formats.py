"""Every format of downloads, read back by another program than the one that wrote it."""

import contextlib
import csv
import datetime
import io
import json
import math
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import python_calamine
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pmtiles.reader import MmapSource, Reader

from datasets.errors import PublishError
from datasets.stores.folder import Folder
from datasets.text import ENGLISH, LATIN
from publish.formats import Selection, formats
from publish.formats._cutting import cut
from publish.layers.build import build_layer
from publish.layers.read import SqliteFeatures

E = "http://www.opengis.net/def/crs/EPSG/0/"
ZONE_7 = f"{E}6316"
EVERY = sorted(formats())
IN_ANY_CRS = [name for name in EVERY if formats()[name].any_crs]
WORLD_ONLY = [name for name in EVERY if not formats()[name].any_crs]

NAMES = ["Шабац & <b>", "=1+1", "+381 34 335-022", "-x", 'a,"b"\nc', None]
COLUMNS = {
    "naziv_vrlo_dugacak_a": ("string", NAMES),
    "naziv_vrlo_dugacak_b": ("string", ["б" * 300, *"абвгд"]),
    "broj": ("integer", [2**60, -5, 0, 1, 2, None]),
    "iznos": ("number", [1.5, -0.25, 1e-7, 1e300, None, 3.0]),
    "legalan": ("boolean", [True, False, None, True, True, False]),
    "dan": ("date", [datetime.date(1850, 5, 6), datetime.date(2024, 2, 29), *[None] * 4]),
    "trenutak": ("datetime", [datetime.datetime(2024, 1, 31, 10, 5, 7), *[None] * 5]),
    "sat": ("time", [datetime.time(7, 30), *[None] * 5]),
}
POINTS = list(shapely.points([20.5, 20.6, 20.7, 20.8, 20.9], [44.1, 44.2, 44.3, 44.4, 44.5]))
TITLES = {"broj": "Број", "sat": "Сат"}


@pytest.fixture(scope="module")
def layer(
    tmp_path_factory: pytest.TempPathFactory, write_typed: Callable[..., Path]
) -> Callable[..., Selection]:
    def build(shapes: list[Any], columns: dict[str, Any], **more: Any) -> Selection:
        desk = tmp_path_factory.mktemp("formats")
        into = desk / "layer"
        into.mkdir()
        table = write_typed(desk / "table.arrow", shapes, columns, titles=TITLES, **more)
        build_layer(table, layer="mesta", dataset="mesta", resource="r", into=into)
        return Selection(SqliteFeatures(into), language=LATIN, title="Места")

    return build


@pytest.fixture(scope="module")
def places(layer: Callable[..., Selection]) -> Selection:
    """Six places with a column of every type; one has no geometry."""
    return layer([*POINTS, None], COLUMNS, geometry_type="Point")


@pytest.fixture(scope="module")
def squares(layer: Callable[..., Selection]) -> Selection:
    """A hundred squares of 0.9 × 0.9 in a grid of whole degrees, with an id of their own."""
    corners = [(x, y) for x in range(15, 25) for y in range(40, 50)]
    shapes = [shapely.box(x, y, x + 0.9, y + 0.9) for x, y in corners]
    columns = {
        "sifra": ("string", [f"{x}-{y}" for x, y in corners]),
        "red": ("integer", [y for _, y in corners]),
    }
    return layer(shapes, columns, geometry_type="Polygon", primary_key=["sifra"])


@pytest.fixture(scope="module")
def mixed(layer: Callable[..., Selection]) -> Selection:
    """A point, a line, a polygon with a hole, one of two parts, and nothing."""
    square = shapely.box(20, 44, 21, 45)
    shapes = [
        shapely.Point(20, 44),
        shapely.LineString([(20, 44), (21, 45)]),
        square - shapely.box(20.2, 44.2, 20.4, 44.4),
        shapely.MultiPolygon([square, shapely.box(22, 44, 23, 45)]),
        None,
    ]
    return layer(shapes, {"vrsta": ("string", ["t", "l", "p", "m", None])})


def written(name: str, selection: Selection) -> bytes:
    form = formats()[name]
    form.check(selection)
    return b"".join(form.write(selection))


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    def save(name: str, selection: Selection) -> Path:
        path = tmp_path / f"{selection.name}.{formats()[name].ending}"
        path.write_bytes(written(name, selection))
        return path

    return save


GDAL = ["flatgeobuf", "geojson", "geojsonseq", "gpkg", "jsonfg", "kml", "shp"]


def frame(name: str, path: Path) -> geopandas.GeoDataFrame:
    if name == "geoparquet":
        return geopandas.read_parquet(path)
    return pyogrio.read_dataframe(path)


@pytest.mark.parametrize("name", [*GDAL, "geoparquet"])
def test_another_program_reads_all_features_where_they_are(name, squares, saved):
    found = frame(name, saved(name, squares))
    assert len(found) == 100
    assert found.crs.to_epsg() == 4326 or found.crs.to_string() == "OGC:CRS84"
    assert set(found["sifra"]) == {f"{x}-{y}" for x in range(15, 25) for y in range(40, 50)}
    one = found[found["sifra"] == "21-44"].iloc[0]
    assert one.geometry.equals(shapely.box(21, 44, 21.9, 44.9))
    assert one["red"] == 44


@pytest.mark.parametrize("name", [n for n in [*GDAL, "geoparquet"] if n in IN_ANY_CRS])
def test_a_file_in_the_legacy_system_comes_back_to_the_same_place(name, squares, saved):
    chosen = replace(squares, crs=ZONE_7, query=squares.features.ask(equal=[("sifra", "20-44")]))
    [[one, crs]] = [[f.geometry.iloc[0], f.crs] for f in [frame(name, saved(name, chosen))]]
    assert crs.to_epsg() == 6316
    east, north = one.centroid.x, one.centroid.y
    assert 7_400_000 < east < 7_600_000 and 4_800_000 < north < 5_000_000
    back = geopandas.GeoSeries([one], crs=6316).to_crs(8685).to_crs(4326).iloc[0]
    assert shapely.hausdorff_distance(back, shapely.box(20, 44, 20.9, 44.9)) < 1e-6


@pytest.mark.parametrize("name", WORLD_ONLY)
def test_a_format_of_wgs84_alone_refuses_another_crs(name, squares):
    with pytest.raises(ValueError, match="leave crs out"):
        formats()[name].check(replace(squares, crs=ZONE_7))


@pytest.mark.parametrize("name", [n for n in EVERY if n != "pmtiles"])
@pytest.mark.parametrize("asked", ["all", "none", "few", "sorted"])
def test_what_is_asked_for_is_in_the_file_and_the_same_twice(name, asked, squares):
    features = squares.features
    chosen = {
        "all": squares,
        "none": replace(squares, query=features.ask(equal=[("red", "7")])),
        "few": replace(squares, query=features.ask(bbox=(15.5, 40.5, 17.5, 42.5))),
        "sorted": replace(squares, query=features.ask(sort=["-sifra"]), offset=2, limit=3),
    }[asked]
    first = written(name, chosen)
    assert first == written(name, chosen)
    assert count(name, first) == {"all": 100, "none": 0, "few": 9, "sorted": 3}[asked]


def count(name: str, data: bytes) -> int:
    counters = {
        "flatgeobuf": lambda: len(pyogrio.read_dataframe(io.BytesIO(data))),
        "gpkg": lambda: rows_of_sqlite(data),
        "shp": lambda: rows_of_dbf(data),
        "csv": lambda: len(list(csv.reader(io.StringIO(data.decode())))) - 1,
        "geojson": lambda: len(json.loads(data)["features"]),
        "geojsonseq": lambda: data.count(b"\x1e"),
        "geoparquet": lambda: pq.read_metadata(io.BytesIO(data)).num_rows,
        "jsonfg": lambda: len(json.loads(data)["features"]),
        "kml": lambda: data.count(b"<Placemark>"),
        "xlsx": lambda: openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].max_row - 1,
    }
    return counters[name]()


def rows_of_sqlite(data: bytes) -> int:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(data)
        [(number,)] = connection.execute("select count(*) from mesta")
        return int(number)


def rows_of_dbf(data: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return int.from_bytes(file.read("mesta.dbf")[4:8], "little")


def test_a_sorted_part_is_the_part_of_the_sorted_whole(squares):
    query = squares.features.ask(sort=["-sifra"])
    rows = list(csv.DictReader(io.StringIO(written("csv", replace(squares, query=query)).decode())))
    part = written("csv", replace(squares, query=query, offset=2, limit=3)).decode()
    assert list(csv.DictReader(io.StringIO(part))) == rows[2:5]
    assert [row["sifra"] for row in rows[:2]] == ["24-49", "24-48"]


@pytest.mark.parametrize("name", [*GDAL, "geoparquet"])
def test_an_area_cuts_what_crosses_it_and_leaves_out_what_only_touches(name, squares, saved):
    area = shapely.box(20.5, 44.5, 21.9, 46)  # touches the edge of 44.9, ends where 46 begins
    found = frame(name, saved(name, replace(squares, area=area)))
    assert sorted(found["sifra"]) == ["20-44", "20-45", "21-44", "21-45"]
    cut = found[found["sifra"] == "20-44"].geometry.iloc[0]
    assert cut.normalize().equals(shapely.box(20.5, 44.5, 20.9, 44.9).normalize())
    whole = found[found["sifra"] == "21-45"].geometry.iloc[0]
    assert whole.equals(shapely.box(21, 45, 21.9, 45.9))


def test_a_bow_tie_is_mended_before_it_is_cut(layer):
    bow = shapely.Polygon([(20, 44), (21, 45), (21, 44), (20, 45)])
    made = layer([bow], {"a": ("integer", [1])}, geometry_type="Polygon")
    [feature] = json.loads(written("geojson", replace(made, area=shapely.box(20, 44, 20.5, 45))))[
        "features"
    ]
    assert shapely.geometry.shape(feature["geometry"]).area == pytest.approx(0.25)


numbers = st.floats(20, 21).map(lambda x: round(x, 3))
rings = st.lists(st.tuples(numbers, numbers), min_size=4, max_size=9, unique=True)


@settings(max_examples=30)
@given(st.lists(rings.map(shapely.Polygon), min_size=1, max_size=5), st.data())
def test_what_is_cut_is_what_lies_in_the_area_and_nothing_thinner(shapes, data):
    area = shapely.make_valid(data.draw(rings.map(shapely.Polygon)))
    found = cut(np.array(shapes, dtype=object), area, 2)
    for shape, part in zip(shapes, found, strict=True):
        wanted = shapely.intersection(shapely.make_valid(shape), area)
        if part is None:
            assert wanted.area == pytest.approx(0, abs=1e-12)
        elif not part.equals_exact(shape):  # what the area holds is not touched
            assert shapely.get_dimensions(part) == 2
            assert part.area == pytest.approx(wanted.area)


def test_values_stay_as_they_are_in_geojson(places):
    [first, *_, last] = json.loads(written("geojson", places))["features"]
    ready = [json.loads(f) for f in places.features.features(limit=10)]
    assert first == ready[0] and last == ready[-1]
    assert last["geometry"] is None


def test_fragments_made_of_rows_equal_those_of_the_layer(places, squares):
    for whole in (places, squares):
        ready = [f for part in whole.fragments() for f in part]
        name = whole.manifest.columns[0].name
        ordered = replace(whole, query=whole.features.ask(sort=[name]))
        made = [f for part in ordered.fragments() for f in part]
        assert sorted(ready) == sorted(made)


def test_csv_guards_formulas_and_leaves_numbers_and_telephones(places):
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(written("csv", places).decode()))}
    names = [rows[str(i)]["naziv_vrlo_dugacak_a"] for i in range(1, 7)]
    assert names == ["Шабац & <b>", "'=1+1", "+381 34 335-022", "'-x", 'a,"b"\nc', ""]
    assert rows["1"]["broj"] == str(2**60) and rows["2"]["broj"] == "-5"
    assert (rows["1"]["lon"], rows["1"]["lat"]) == ("20.5", "44.1")
    assert (rows["6"]["lon"], rows["6"]["lat"]) == ("", "")
    assert rows["1"]["trenutak"] == "2024-01-31T10:05:07" and rows["1"]["legalan"] == "true"


def test_csv_calls_metres_east_and_north_and_never_takes_a_columns_name(layer):
    made = layer([shapely.Point(20.5, 44)], {"east": ("string", ["x"])}, geometry_type="Point")
    text = written("csv", replace(made, crs=ZONE_7)).decode()
    [row] = csv.DictReader(io.StringIO(text))
    assert row["east"] == "x"
    assert 7_400_000 < float(row["east_"]) < 7_500_000 < 4_870_000 + 3_000_000
    assert 4_870_000 < float(row["north"]) < 4_880_000


def test_a_spreadsheet_has_types_titles_and_no_formula(places):
    data = written("xlsx", places)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["Места", "Kolone"]
    head, *rows = book["Места"].iter_rows()
    assert [cell.value for cell in head][3] == "Broj"
    by_id = {row[0].value: row for row in rows}
    assert by_id[2][1].value == "=1+1" and by_id[2][1].data_type == "s"
    assert by_id[1][3].value == str(2**60) and by_id[2][3].value == -5
    assert by_id[1][6].value == "1850-05-06"
    assert by_id[2][6].value == datetime.datetime(2024, 2, 29)
    assert by_id[1][7].value == datetime.datetime(2024, 1, 31, 10, 5, 7)
    assert by_id[1][8].value == datetime.time(7, 30)
    assert by_id[2][5].value is False
    assert (by_id[1][9].value, by_id[1][10].value) == (20.5, 44.1)
    again = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert again.get_sheet_by_index(0).to_python()[0][3] == "Broj"
    assert again.get_sheet_by_index(1).to_python()[4] == ["broj", "Broj", "integer"]


def test_odd_characters_reach_a_cell_and_none_breaks_the_sheet(layer):
    odd = [
        "a\x07b",
        "_x0041_",
        " x\r\n",
        "\ufffe",
        "q" * 40_000,
        "<r><t>=1 & 2</t></r>",
        "🌳" * 20_000,
    ]
    made = layer([shapely.Point(20, 44)] * 7, {"tekst": ("string", odd)}, geometry_type="Point")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(written("xlsx", made)))
    found = {row[0]: row[1] for row in book.get_sheet_by_index(0).to_python()[1:]}
    assert [found[i] for i in (1, 2, 3)] == ["a\x07b", "_x0041_", " x\r\n"]
    assert len(found[5]) == 32_767 and found[5].endswith("…")
    assert found[6] == "<r><t>=1 & 2</t></r>"
    assert found[7] == "🌳" * 16_383 + "…"  # a cell counts units of UTF-16


def test_a_sum_that_grew_beyond_all_numbers_is_text_in_a_sheet(places):
    class Summed(Selection):
        def tables(self) -> Any:
            for rows in super().tables():
                at = rows.schema.get_field_index("iznos")
                yield rows.set_column(at, "iznos", pa.array([math.inf] * rows.num_rows))

    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", Summed(places.features))))
    assert {row[4].value for row in book.worksheets[0].iter_rows(min_row=2)} == {"inf"}


def test_a_place_whose_wkt_is_longer_than_a_cell_is_left_out(layer):
    circles = [shapely.Point(20, 44).buffer(0.1, quad_segs=sides) for sides in (2, 800)]
    made = layer(circles, {"broj": ("integer", [1, 2])}, geometry_type="Polygon")
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", made)))
    found = {row[1].value: row[2].value for row in book.worksheets[0].iter_rows(min_row=2)}
    assert found[1].startswith("POLYGON ((") and found[2] is None


def test_a_sheet_refuses_more_features_than_it_has_rows(places):
    class Many(SqliteFeatures):
        def count(self, query: Any, **_: Any) -> int:
            return 1_048_576

    with pytest.raises(ValueError, match="take csv"):
        formats()["xlsx"].check(replace(places, features=Many(places.features.folder)))


def test_a_shapefile_explains_its_names_and_cuts_text_between_characters(places, saved):
    path = saved("shp", places)
    with zipfile.ZipFile(path) as file:
        assert file.read("mesta.cpg") == b"UTF-8"
        head, *names = csv.reader(io.StringIO(file.read("mesta_columns.csv").decode()))
        assert b"6316" not in file.read("mesta.prj") and b"WGS" in file.read("mesta.prj")
        assert tuple(file.read("mesta.dbf")[1:4]) == (100, 1, 1)  # no date of its making
    assert head == ["Kolona u datoteci", "Kolona", "Naslov", "Tip"]
    assert [name for name, *_ in names] == [
        "id", "naziv_vrlo", "naziv_vr_1", "broj", "iznos", "legalan", "dan", "trenutak", "sat",
    ]  # fmt: skip
    found = pyogrio.read_dataframe(path).set_index("id")
    assert found["naziv_vr_1"][1] == "б" * 127
    assert found["naziv_vrlo"][1] == "Шабац & <b>"
    assert found["iznos"].dropna().to_dict() == {1: 1.5, 2: -0.25, 3: 1e-7, 6: 3.0}  # not 1e300
    assert found["trenutak"][1] == "2024-01-31T10:05:07"
    assert found.geometry[6] is None


def test_a_mixture_of_geometries_becomes_three_shapefiles(mixed, saved):
    path = saved("shp", mixed)
    kinds = dict(pyogrio.list_layers(path))
    assert set(kinds) == {"mesta_points", "mesta_lines", "mesta_polygons"}
    read = {name: pyogrio.read_dataframe(path, layer=name) for name in kinds}
    assert [len(read[f"mesta_{word}"]) for word in ("points", "lines", "polygons")] == [2, 1, 2]


@pytest.mark.parametrize("name", ["flatgeobuf", "geojson", "gpkg", "jsonfg", "kml"])
def test_a_mixture_of_geometries_stays_one_layer_elsewhere(name, mixed, saved):
    path = saved(name, mixed)
    found = pyogrio.read_dataframe(path)
    kinds = {g.geom_type for g in found.geometry if g is not None}
    assert kinds == {"Point", "LineString", "Polygon", "MultiPolygon"}
    areas = sorted(round(g.area, 4) for g in found.geometry if g is not None)
    assert areas == [0, 0, 0.96, 2]


def test_a_layer_of_many_parts_says_so_in_the_file(layer, saved):
    square = shapely.box(20, 44, 21, 45)
    two = shapely.MultiPolygon([square, shapely.box(22, 44, 23, 45)])
    made = layer([square, two], {"a": ("integer", [1, 2])})
    for name in ("gpkg", "flatgeobuf"):
        assert pyogrio.read_info(saved(name, made))["geometry_type"] == "MultiPolygon"
        found = pyogrio.read_dataframe(saved(name, made))
        assert {g.geom_type for g in found.geometry} == {"MultiPolygon"}
        assert sorted(shapely.area(found.geometry.to_numpy())) == [1, 2]


def test_a_geopackage_has_types_an_index_and_keeps_columns_called_fid_and_geom(layer, saved):
    columns = {"fid": ("string", ["a"]), "geom": ("date", [datetime.date(2024, 1, 2)])}
    path = saved("gpkg", layer([shapely.Point(20, 44)], columns, geometry_type="Point"))
    found = pyogrio.read_info(path)
    assert (found["fid_column"], found["geometry_name"]) == ("fid_", "geom_")
    assert dict(zip(found["fields"], found["ogr_types"], strict=True)) == {
        "id": "OFTInteger64",
        "fid": "OFTString",
        "geom": "OFTDate",
    }
    assert found["capabilities"]["fast_spatial_filter"]


def test_a_geopackage_says_titles_and_a_version_that_old_programs_know(places, saved):
    with contextlib.closing(sqlite3.connect(saved("gpkg", places))) as file:
        assert file.execute("pragma user_version").fetchone() == (10300,)
        assert file.execute("select identifier from gpkg_contents").fetchone() == ("Места",)
        titles = dict(file.execute("select column_name, name from gpkg_data_columns"))
    assert titles["broj"] == "Broj" and titles["sat"] == "Sat"


def test_json_fg_has_place_and_time_beside_what_geojson_has(layer):
    columns = {"dan": ("date", [datetime.date(2024, 1, 2)])}
    made = layer([shapely.Point(20.5, 44)], columns, geometry_type="Point")
    document = json.loads(written("jsonfg", made))
    assert document["conformsTo"] == ["http://www.opengis.net/spec/json-fg-1/1.0/conf/core"]
    assert document["featureType"] == "mesta" and document["geometryDimension"] == 0
    [feature] = document["features"]
    assert feature["place"] is None and feature["time"] == {"date": "2024-01-02"}
    document = json.loads(written("jsonfg", replace(made, crs=f"{E}4326")))
    [feature] = document["features"]
    assert document["coordRefSys"] == f"{E}4326"
    assert feature["geometry"]["coordinates"] == [20.5, 44.0]
    assert feature["place"]["coordinates"] == [44.0, 20.5]


def test_kml_is_well_formed_and_says_values_titles_and_time(layer):
    columns = {
        "naziv": ("string", ["А & <Б>\x0b"]),
        "legalan": ("boolean", [True]),
        "trenutak": ("datetime", [datetime.datetime(2024, 1, 31, 10)]),
    }
    made = layer([shapely.Point(20.5, 44)], columns, geometry_type="Point")
    space = {"k": "http://www.opengis.net/kml/2.2"}
    document = etree.fromstring(written("kml", replace(made, language=ENGLISH)))
    [mark] = document.findall(".//k:Placemark", space)
    assert mark.findtext("k:name", namespaces=space) == "А & <Б>"
    assert mark.findtext(".//k:when", namespaces=space) == "2024-01-31T10:00:00Z"
    assert mark.findtext(".//k:coordinates", namespaces=space) == "20.5,44.0"
    values = {e.get("name"): e.text for e in mark.iterfind(".//k:SimpleData", space)}
    assert values["legalan"] == "true"


def test_geoparquet_of_a_part_is_like_the_layers_own(squares, saved):
    stored = pq.read_schema(squares.features.folder / "layer.parquet")
    part = replace(squares, query=squares.features.ask(equal=[("red", "44")]))
    made = pq.read_schema(saved("geoparquet", part))
    assert made.names == stored.names and made.types == stored.types
    geo = json.loads(made.metadata[b"geo"])["columns"]["geometry"]
    assert geo["covering"]["bbox"]["xmin"] == ["bbox", "xmin"] and "crs" not in geo
    whole = formats()["geoparquet"].begin(squares)[0]
    assert whole == (squares.features.folder / "layer.parquet").stat().st_size


def test_tiles_of_a_part_hold_that_part(squares, saved):
    part = replace(squares, query=squares.features.ask(bbox=(20.1, 44.1, 20.2, 44.2)))
    with saved("pmtiles", part).open("rb") as file:
        header = Reader(MmapSource(file)).header()
    west, east = header["min_lon_e7"] / 1e7, header["max_lon_e7"] / 1e7
    assert 19.9 < west < 20.1 and 20.8 < east < 21


def test_tiles_are_made_neither_of_nothing_nor_of_what_has_no_place(squares, places):
    none = replace(squares, query=squares.features.ask(equal=[("red", "7")]))
    with pytest.raises(ValueError, match="1 to 50000"):
        formats()["pmtiles"].check(none)
    nowhere = replace(places, query=places.features.ask(equal=[("broj", "2")]), offset=0)
    nowhere = replace(nowhere, query=places.features.ask(sort=["broj"]), limit=1)
    with pytest.raises(ValueError, match="has a place"):
        written("pmtiles", nowhere)


@pytest.mark.parametrize("name", EVERY)
def test_a_writer_tells_how_far_it_is_and_stops_when_told(name, squares):
    seen: list[int] = []
    part = replace(squares, query=squares.features.ask(bbox=(15, 40, 17, 42)), limit=4)
    written(name, replace(part, progress=seen.append))
    assert seen[0] == 0 and seen[-1] == 4

    def stop(_done: int) -> None:
        raise InterruptedError("enough")

    with pytest.raises(InterruptedError, match="enough"):
        written(name, replace(part, progress=stop))


@pytest.mark.parametrize("name", ["csv", "geojson", "geojsonseq", "jsonfg", "kml"])
def test_the_first_bytes_are_there_before_the_last_features_are_read(name, squares):
    seen: list[int] = []
    parts = formats()[name].write(replace(squares, progress=seen.append))
    next(parts)
    assert 100 not in seen


@pytest.mark.parametrize("share", [0.05, 0.999])
@pytest.mark.parametrize("name", ["flatgeobuf", "gpkg", "pmtiles", "shp", "xlsx"])
def test_a_full_disk_is_told_and_leaves_nothing(name, share, squares, tmp_path, small_disk):
    store = Folder(tmp_path)
    chosen = replace(squares, desk=store.desk, limit=50)
    made = written(name, chosen)
    with small_disk(int(len(made) * share)), pytest.raises(PublishError):
        written(name, chosen)
    assert list(store.staging.iterdir()) == []
