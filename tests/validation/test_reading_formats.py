"""Formats of layers beside GeoPackage and Shapefile: honest ones give what GDAL itself reads."""

import datetime
import json
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

PLACES = {"naziv": ["Шабац", "Чачак", "Ниш"], "broj": [1, 2, 3], "udeo": [0.5, 2.0, 0.25]}
POINTS = shapely.points([[19.69, 44.75], [20.35, 43.89], [21.9, 43.32]])
SQUARE = shapely.box(20, 44, 20.5, 44.25)
DONUT = SQUARE.difference(shapely.box(20.1, 44.1, 20.2, 44.2))
AREAS = [DONUT, shapely.box(20.5, 44, 21, 44.25), shapely.MultiPolygon([SQUARE])]
LINES = [shapely.LineString([(20, 44), (21, 45)]), shapely.LineString([(20, 45), (21, 44)])]


def frame(geometry=POINTS, crs: int | None = 4326, **columns):
    held = {name: values[: len(geometry)] for name, values in (columns or PLACES).items()}
    return geopandas.GeoDataFrame(held, geometry=list(geometry), crs=crs)


@pytest.fixture
def rows(read_one, here, cells):
    """Read a file without walls; give the reading, its cells by label, and its geometries."""

    def read(path: Path, format_: str = "", **declared):
        reading = read_one(path, format_, box=here, **declared)
        found = cells(reading) if reading.ok else []
        table = [{n: row[f"c{i}"] for i, n in enumerate(reading.labels)} for row in found]
        shapes = [shapely.from_wkb(row.get("geometry")) for row in found]
        return reading, table, shapes

    return read


def checks(reading) -> list[str]:
    return [finding.check for finding in reading.findings]


def steps(finding) -> list[tuple[str, dict[str, str]]]:
    return [(offer.step.repair, dict(offer.step.values)) for offer in finding.offers]


DRIVEN = {"fgb": "FlatGeobuf", "gml": "GML", "kml": "KML", "geojsonl": "GeoJSONSeq"}


@pytest.mark.parametrize("ending", DRIVEN)
@pytest.mark.parametrize("geometry", [POINTS, AREAS[:2], LINES], ids=["points", "areas", "lines"])
def test_what_gdal_writes_is_read_as_gdal_reads_it(rows, tmp_path, ending, geometry):
    path = tmp_path / f"sloj.{ending}"
    pyogrio.write_dataframe(frame(geometry), path, driver=DRIVEN[ending], layer="sloj")
    ours, table, shapes = rows(path)
    theirs = pyogrio.read_dataframe(path).sort_values("broj")
    order = np.argsort([row["broj"] for row in table])  # an index of places puts them in its order
    assert ours.ok and ours.crs == "EPSG:4326"
    assert [table[i]["naziv"] for i in order] == theirs["naziv"].tolist()
    assert [float(table[i]["udeo"]) for i in order] == theirs["udeo"].tolist()
    assert all(map(shapely.equals, [shapes[i] for i in order], theirs.geometry))


@pytest.mark.parametrize("mark", ["\x1e", ""])
def test_a_sequence_may_have_record_marks_and_any_name(rows, tmp_path, mark):
    path = tmp_path / "sloj.geojson"
    features = json.loads(frame().to_json())["features"]
    path.write_text("".join(f"{mark}{json.dumps(f)}\n" for f in features), encoding="utf-8")
    reading, table, shapes = rows(path)
    assert [row["naziv"] for row in table] == PLACES["naziv"]
    assert shapes == list(POINTS)


def test_a_broken_line_of_a_sequence_is_told_by_its_number(rows, tmp_path):
    path = tmp_path / "sloj.geojsonl"
    lines = [json.dumps(f) for f in json.loads(frame().to_json())["features"]]
    path.write_text("\n".join([lines[0], lines[1][:-2], lines[2]]))
    [finding] = rows(path)[0].findings
    assert (finding.check, finding.values["line"]) == ("json-error", "2")


QUANTISED = {
    "type": "Topology",
    "transform": {"scale": [0.5, 0.25], "translate": [20, 44]},
    "objects": {
        "opštine": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "id": "A", "properties": {"naziv": "запад"}, "arcs": [[0, 1]]},
                {"type": "Polygon", "id": "B", "properties": {"naziv": "исток"}, "arcs": [[2, -1]]},
                {"type": "Point", "properties": {"naziv": "ту"}, "coordinates": [1, 1]},
                {"type": None, "properties": {"naziv": "нигде"}},
            ],
        },
        "putevi": {"type": "LineString", "arcs": [0]},
    },
    "arcs": [
        [[1, 0], [0, 1]],
        [[1, 1], [-1, 0], [0, -1], [1, 0]],
        [[1, 0], [1, 0], [0, 1], [-1, 0]],
    ],
}


def test_a_topology_is_put_together_with_its_quantisation(rows, tmp_path):
    path = tmp_path / "karta.topojson"
    path.write_text(json.dumps(QUANTISED), encoding="utf-8")
    reading, table, shapes = rows(path)
    assert [row["naziv"] for row in table] == ["запад", "исток", "ту", "нигде"]
    assert [row["id"] for row in table] == ["A", "B", "", ""]
    assert shapely.equals(shapes[0], shapely.box(20, 44, 20.5, 44.25))
    assert shapely.equals(shapes[1], shapely.box(20.5, 44, 21, 44.25))
    assert (shapes[2], shapes[3]) == (shapely.Point(20.5, 44.25), None)
    theirs = pyogrio.read_dataframe(path, layer="opštine")
    assert all(map(shapely.equals, shapes[:3], theirs.geometry[:3]))
    [finding] = reading.findings
    assert finding.check == "layers-ignored"
    assert steps(finding) == [("layer", {"layer": "opštine"}), ("layer", {"layer": "putevi"})]


@pytest.mark.parametrize(
    "change",
    [
        {"arcs": [[["a", 1]]]},
        {"arcs": [[[1, 2]], 7]},
        {"transform": {"scale": 1}},
        {"objects": []},
        {"objects": {"a": {"type": "LineString", "arcs": [9]}}},
        {"objects": {"a": {"type": "LineString", "arcs": ["x"]}}},
    ],
)
def test_a_topology_that_does_not_hold_together_is_damaged(rows, tmp_path, change):
    path = tmp_path / "karta.topojson"
    path.write_text(json.dumps({**QUANTISED, **change}))
    assert checks(rows(path)[0]) == ["file-damaged"]


def test_an_arc_that_is_named_without_end_is_too_large(rows, tmp_path):
    arcs = [[[i, i] for i in range(30_000)]]
    one = {"type": "LineString", "arcs": [0] * 1000}
    path = tmp_path / "karta.topojson"
    path.write_text(json.dumps({"type": "Topology", "objects": {"a": one}, "arcs": arcs}))
    assert checks(rows(path)[0]) == ["file-too-large"]


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">
<Document><name>Град</name>
<Schema name="s" id="s"><SimpleField name="sifra" type="string"/></Schema>
<Folder><name>Вртићи</name><Folder><name>Центар</name>
<Placemark id="p1"><name>Вртић „Ђурђевак“</name>
<description>
<![CDATA[<table><tr><td onclick="x()">Тел.</td><td>034</td></tr></table>]]></description>
<ExtendedData><Data name="dece"><value>120</value></Data>
<SchemaData schemaUrl="#s"><SimpleData name="sifra">007</SimpleData></SchemaData></ExtendedData>
<Point><coordinates> 20.91,44.01,180 </coordinates></Point></Placemark>
</Folder></Folder>
<Folder><name>Стазе</name>
<Placemark><name>Стаза</name><TimeSpan><begin>2024-05-01</begin></TimeSpan>
<MultiGeometry><LineString><coordinates>20,44 21,45</coordinates></LineString>
<LineString><coordinates>20,45 21,44</coordinates></LineString></MultiGeometry></Placemark>
<Placemark><name>Трка</name><gx:Track><when>2024-05-01T10:00:00Z</when><gx:coord>20 44 0</gx:coord>
<when>2024-05-01T10:01:00Z</when><gx:coord>21 45 0</gx:coord></gx:Track></Placemark>
<Placemark><name>Без места</name></Placemark>
</Folder>
<NetworkLink><Link><href>http://127.0.0.1/a.kml</href></Link></NetworkLink>
</Document></kml>"""


def test_placemarks_keep_their_folders_data_and_descriptions(rows, tmp_path):
    path = tmp_path / "karta.kml"
    path.write_text(KML, encoding="utf-8")
    reading, table, shapes = rows(path)
    first = table[0]
    assert first["id"] == "p1"
    assert (first["folder"], first["dece"], first["sifra"]) == ("Вртићи / Центар", "120", "007")
    assert first["description"].startswith("<table><tr><td onclick=")
    assert shapes[0] == shapely.Point(20.91, 44.01)
    assert shapes[1] == shapely.MultiLineString(LINES)
    assert shapes[2] == LINES[0]
    assert table[1]["begin"] == "2024-05-01"
    assert shapes[3] is None
    types = {field["name"]: field["type"] for field in reading.schema["fields"]}
    assert (types["dece"], types["sifra"]) == ("integer", "string")
    assert [(f.check, f.row) for f in reading.findings] == [
        ("kml-links", None),
        ("dimension-dropped", None),
    ]


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ("<Point><coordinates>20,9 no</coordinates></Point>", "nested too deep"),
        ("<Point><coordinates/></Point>", "coordinates are missing"),
        ("<LineString><coordinates>20,44 21;45</coordinates></LineString>", "not numbers"),
        ("<LineString><coordinates>20,44 1e999,45</coordinates></LineString>", "not numbers"),
        ("<LineString><coordinates>20,44</coordinates></LineString>", "one position"),
        (
            "<Polygon><outerBoundaryIs><LinearRing><coordinates>20,44 21,44 21,45 20,45"
            "</coordinates></LinearRing></outerBoundaryIs></Polygon>",
            "not closed",
        ),
        ("<Model/>", "no geometry type 'Model'"),
    ],
)
def test_a_placemark_that_cannot_be_drawn_is_told_by_its_number(rows, tmp_path, shape, reason):
    good = "<Placemark><Point><coordinates>20,44</coordinates></Point></Placemark>"
    path = tmp_path / "karta.kml"
    path.write_text(f"<kml>{good}<Placemark>{shape}</Placemark></kml>")
    [finding] = rows(path)[0].findings
    assert (finding.severity, finding.row) == ("error", 2)
    assert reason in finding.note


def test_a_kmz_is_read_without_a_look_at_its_pictures(rows, tmp_path):
    with zipfile.ZipFile(tmp_path / "karta.kmz", "w") as archive:
        archive.writestr("images/a.png", b"\x89PNG")
        archive.writestr("Karta Grada.KML", KML)
        archive.writestr("drugi/doc.kml", "<kml/>")
    reading, table, _ = rows(tmp_path / "karta.kmz")
    assert len(table) == 4 and table[0]["sifra"] == "007"


def test_a_kml_of_links_alone_says_so(rows, tmp_path):
    path = tmp_path / "veza.kml"
    path.write_text('<kml xmlns="http://www.opengis.net/kml/2.2"><NetworkLink/></kml>')
    [finding] = rows(path)[0].findings
    assert (finding.check, finding.severity) == ("kml-only-links", "error")


GPX = """<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">
<metadata><name>Излет</name></metadata>
<wpt lat="44.01" lon="20.91"><ele>180</ele><time>2024-05-01T10:00:00Z</time><name>Чесма</name>
<link href="http://a.rs"><text>a</text></link><extensions><x><boja>plava</boja></x></extensions></wpt>
<rte><name>Пут</name><rtept lat="44" lon="20"/><rtept lat="45" lon="21"/></rte>
<trk><name>Стаза</name><trkseg><trkpt lat="44" lon="20"><ele>1</ele></trkpt>
<trkpt lat="45" lon="21"/></trkseg></trk></gpx>"""


def test_waypoints_tracks_and_routes_are_layers_to_choose_from(rows, tmp_path):
    path = tmp_path / "izlet.gpx"
    path.write_text(GPX, encoding="utf-8")
    reading, table, shapes = rows(path)
    assert (reading.sheet, shapes) == ("waypoints", [shapely.Point(20.91, 44.01)])
    assert table == [
        {
            "ele": "180",
            "time": "2024-05-01T10:00:00Z",
            "name": "Чесма",
            "link": "http://a.rs",
            "boja": "plava",
        }
    ]
    [finding] = reading.findings
    layers = [values["layer"] for _repair, values in steps(finding)]
    assert layers == ["waypoints", "tracks", "routes"]
    for name in layers:
        theirs = pyogrio.read_dataframe(path, layer=name).geometry
        chosen = choose(rows, path, name)
        assert chosen[0].sheet == name
        assert list(map(shapely.equals, chosen[2], theirs)) == [True]


def choose(rows, path, name):
    """Read the layer of a name as a recipe asks for it."""
    from datasets.model import Step  # noqa: PLC0415 - only here

    return rows(path, recipe=(Step("layer", values={"layer": name}),))


@pytest.fixture
def parquet(tmp_path):
    def write(layer, **options) -> Path:
        layer.to_parquet(tmp_path / "sloj.parquet", index=False, **options)
        return tmp_path / "sloj.parquet"

    return write


def test_geoparquet_is_read_without_gdal(rows, parquet):
    path = parquet(frame(AREAS).to_crs(6316), write_covering_bbox=True, schema_version="1.1.0")
    reading, table, shapes = rows(path, "geoparquet")
    assert (reading.crs, reading.labels) == ("EPSG:6316", ("naziv", "broj", "udeo"))
    assert [row["naziv"] for row in table] == PLACES["naziv"]
    assert all(map(shapely.equals, shapes, frame(AREAS).to_crs(6316).geometry))
    assert [field["type"] for field in reading.schema["fields"]] == ["string", "integer", "number"]


@pytest.mark.parametrize("lists", [pa.list_, pa.large_list, lambda item: pa.list_(item, 2)])
def test_columns_of_lists_are_arrays(rows, tmp_path, lists):
    columns = {
        "reci": pa.array([["a", "б"], None], lists(pa.string())),
        "brojevi": pa.array([[1, None], [2, 3]], lists(pa.int16())),
        "dani": pa.array([[datetime.date(2024, 1, 31)] * 2, None], lists(pa.date32())),
        "dublje": pa.array([[[1], []], None], lists(pa.list_(pa.int8()))),
    }
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    reading, table, _ = rows(tmp_path / "t.parquet", "parquet")
    assert [field["type"] for field in reading.schema["fields"]] == [
        "array",
        "array",
        "array",
        "string",
    ]
    assert [table[0][name] for name in columns] == [
        '["a","б"]', "[1,null]", '["2024-01-31","2024-01-31"]', "[[1],[]]"
    ]  # fmt: skip
    assert [table[1][name] for name in columns] == ["", "[2,3]", "", ""]


def test_json_in_a_geopackage_is_a_list_where_it_is_one(rows, tmp_path):
    held = {"t": ['["a"]', None], "o": ['{"a":1}', "[1]"], "m": ['["a",1]', "[]"]}
    marks = {"ARROW:extension:name": "arrow.json", "ARROW:extension:metadata": ""}
    fields = [pa.field(name, pa.string(), metadata=marks) for name in held]
    schema = pa.schema([*fields, pa.field("geometry", pa.binary())])
    wkb = shapely.to_wkb(shapely.points([20, 21], [44, 44])).tolist()
    table = pa.table([*map(pa.array, held.values()), pa.array(wkb)], schema=schema)
    path, options = tmp_path / "l.gpkg", {"crs": "EPSG:4326", "geometry_type": "Point"}
    pyogrio.raw.write_arrow(table, path, driver="GPKG", geometry_name="geometry", **options)
    reading, found, _ = rows(path)
    assert [field["type"] for field in reading.schema["fields"]] == ["array", "string", "string"]
    assert [row["t"] for row in found] == ['["a"]', ""]


def test_a_child_reads_parquet_with_no_pipe_of_arrow_in_its_way(read_one, parquet):
    """A number that the child closed was Arrow's pipe, which then drank from the file."""
    readings = [read_one(parquet(frame()), "geoparquet") for _ in range(2)]
    assert [(reading.rows, reading.findings) for reading in readings] == [(3, ())] * 2


@pytest.mark.parametrize("geometry", [POINTS, AREAS[:2], LINES], ids=["points", "areas", "lines"])
def test_native_geometries_of_geoparquet_are_the_same(rows, parquet, geometry):
    path = parquet(frame(geometry), geometry_encoding="geoarrow", schema_version="1.1.0")
    _, _, shapes = rows(path, "geoparquet")
    assert all(map(shapely.equals, shapes, geometry))


def with_metadata(path: Path, said: object) -> Path:
    held = pq.read_table(path)
    table = pa.table(held.columns, names=held.column_names)  # without the marks of its fields
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(said)}), path)
    return path


WKB = {"encoding": "WKB"}


@pytest.mark.parametrize(
    "said",
    [
        {"primary_column": 'geometry"; drop table x; --', "columns": {"geometry": WKB}},
        {"primary_column": ["geometry"], "columns": {"nema": WKB, "geometry": WKB}},
        {"columns": {"geometry": {**WKB, "covering": {"bbox": {"xmin": ["../x", 1]}}}}},
    ],
)
def test_names_in_the_metadata_of_geoparquet_are_not_trusted(rows, parquet, said):
    reading, table, shapes = rows(with_metadata(parquet(frame()), said), "geoparquet")
    assert (len(table), reading.crs, shapes) == (3, "EPSG:4326", list(POINTS))


@pytest.mark.parametrize(
    "said",
    [
        {"columns": {"nema": WKB}},
        {"columns": {"naziv": WKB}},
        {"columns": {"geometry": {"encoding": "point"}}},
        ["geometry"],
    ],
)
def test_metadata_of_geoparquet_that_fit_no_column_are_told(rows, parquet, said):
    assert checks(rows(with_metadata(parquet(frame()), said), "geoparquet")[0]) == ["file-damaged"]


def test_geoparquet_without_a_crs_is_asked_and_missing_shapes_stay_missing(rows, parquet):
    path = parquet(frame([POINTS[0], None, POINTS[2]]))
    reading, _, shapes = rows(
        with_metadata(path, {"columns": {"geometry": {**WKB, "crs": None}}}), "geoparquet"
    )
    assert (reading.crs, shapes[1]) == ("", None)


@pytest.fixture
def geodatabase(tmp_path):
    """Write layers as a zipped geodatabase, its folder under another name if told."""

    def write(layers, folder="Podaci/grad.gdb/") -> Path:
        own = tmp_path / "grad.gdb"
        whole = {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"}
        for name, layer in layers.items():
            pyogrio.write_dataframe(
                layer,
                own,
                layer=name,
                driver="OpenFileGDB",
                append=own.exists(),
                layer_options=whole,
            )
        path = tmp_path / "grad.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for part in sorted(own.iterdir()):
                archive.write(part, folder + part.name)
        return path

    return write


@pytest.mark.parametrize("folder", ["grad.gdb/", "Podaci/Grad.GDB/", ""])
def test_a_zipped_geodatabase_is_read_in_any_folder(rows, geodatabase, folder):
    layer = frame(AREAS[:2]).to_crs(6316)
    path = geodatabase({"mesta": layer}, folder)
    reading, table, shapes = rows(path, "gdb")
    assert (reading.sheet, reading.crs, reading.ok) == ("mesta", "EPSG:6316", True)
    assert [row["naziv"] for row in table] == PLACES["naziv"][:2]
    assert (shapely.hausdorff_distance(shapes, layer.geometry.to_numpy()) < 0.001).all()


def test_layers_of_a_geodatabase_are_offered_with_what_they_hold(rows, geodatabase):
    path = geodatabase({"mesta": frame(), "putevi": frame(LINES)})
    reading, _, _ = rows(path, "zip")
    [finding] = reading.findings
    assert steps(finding) == [("layer", {"layer": "mesta"}), ("layer", {"layer": "putevi"})]
    assert [offer.count for offer in finding.offers] == [3, 2]
    assert finding.offers[0].samples[0].after == "naziv, broj, udeo"


@pytest.mark.parametrize("ending", ["geojson", "gpkg"])
def test_a_zip_may_hold_one_file_of_another_format(rows, tmp_path, ending):
    pyogrio.write_dataframe(frame(), tmp_path / f"mesta.{ending}")
    with zipfile.ZipFile(tmp_path / "mesta.zip", "w") as archive:
        archive.write(tmp_path / f"mesta.{ending}", f"Podaci/mesta.{ending}")
        archive.writestr("PROČITAJ.txt", "Мрежа")
    reading, table, _ = rows(tmp_path / "mesta.zip")
    assert (len(table), reading.ok) == (3, True)


def test_a_zip_in_a_zip_is_not_opened(rows, tmp_path):
    with zipfile.ZipFile(tmp_path / "unutra.zip", "w") as archive:
        archive.writestr("a.geojson", "{}")
    with zipfile.ZipFile(tmp_path / "spolja.zip", "w") as archive:
        archive.write(tmp_path / "unutra.zip", "a.geojson")
    [finding] = rows(tmp_path / "spolja.zip")[0].findings
    assert finding.severity == "error"


@pytest.mark.parametrize("part", ["kml", "gpx", "topojson", "geojsonl", "parquet", "fgb", "zip"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9])
def test_a_file_that_was_cut_is_told(rows, tmp_path, geodatabase, parquet, part, share):
    path = tmp_path / f"sloj.{part}"
    match part:
        case "kml":
            path.write_text(KML, encoding="utf-8")
        case "gpx":
            path.write_text(GPX, encoding="utf-8")
        case "topojson":
            path.write_text(json.dumps(QUANTISED))
        case "parquet":
            path = parquet(frame())
        case "zip":
            path = geodatabase({"mesta": frame()})
        case _:
            pyogrio.write_dataframe(frame(), path, driver=DRIVEN[part])
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    reading, _, _ = rows(path, {"parquet": "geoparquet", "zip": "gdb"}.get(part, part))
    assert not reading.ok
    assert all(finding.note for finding in reading.findings)


def test_a_flatgeobuf_with_a_giant_header_is_damaged(rows, tmp_path):
    path = tmp_path / "sloj.fgb"
    pyogrio.write_dataframe(frame(), path)
    raw = bytearray(path.read_bytes())
    raw[8:12] = (0x7FFFFFFF).to_bytes(4, "little")
    path.write_bytes(raw)
    assert checks(rows(path)[0]) == ["file-damaged"]


LAUGHS = '<!DOCTYPE a [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("ending", ["kml", "gpx", "gml"])
@pytest.mark.parametrize(
    ("text", "check"),
    [
        (f"{LAUGHS}<kml>&b;</kml>", "xml-refused"),
        ("<OGRVRTDataSource><a/></OGRVRTDataSource>", "format-mismatch"),
        ("<OGRWFSDataSource><URL>http://127.0.0.1/</URL></OGRWFSDataSource>", "format-mismatch"),
        ("<?xml version='1.0' encoding='nema-takvog'?><kml/>", "file-damaged"),
        ('{"type": "gdal_streamed_alg", "command_line": "gdal vector"}', "format-mismatch"),
    ],
)
def test_what_is_no_layer_is_refused_at_the_gate(rows, tmp_path, ending, text, check):
    path = tmp_path / f"sloj.{ending}"
    path.write_text(text, encoding="utf-8")
    assert checks(rows(path)[0]) == [check]


@pytest.mark.parametrize("ending", ["geojson", "geojsonl", "topojson"])
def test_json_that_starts_programs_is_refused(rows, tmp_path, ending):
    path = tmp_path / f"sloj.{ending}"
    path.write_text('{"type": "gdal_streamed_alg", "command_line": "gdal vector"}')
    assert checks(rows(path)[0]) == ["format-mismatch"]


def test_a_part_of_a_shapefile_alone_is_told(rows, tmp_path):
    pyogrio.write_dataframe(frame(), tmp_path / "ulice.shp")
    [finding] = rows(tmp_path / "ulice.shp")[0].findings
    assert finding.check == "shapefile-part-alone"
    assert ".dbf" in finding.values["missing"]


def test_bytes_in_a_column_are_no_cells(rows, tmp_path):
    table = pa.table({"slika": [b"\x00"], "geometry": [shapely.to_wkb(POINTS[0])]})
    said = {"geo": json.dumps({"columns": {"geometry": WKB}})}
    pq.write_table(table.replace_schema_metadata(said), tmp_path / "a.parquet")
    reading, cells, _ = rows(tmp_path / "a.parquet", "geoparquet")
    assert (checks(reading), cells) == (["reader-warning"], [{"slika": ""}])
