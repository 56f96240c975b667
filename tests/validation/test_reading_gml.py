"""GML: read by GDAL behind a gate, its axes where the name of its system puts them."""

import re

import pytest
import shapely

from datasets.model import Dataset
from datasets.text import Text
from validation.judge import Checks, validate

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0"
 xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:m="http://m.example.org">"""
LIBRARY = (20.9167, 44.0142)  # Kragujevac, longitude and latitude


def member(i, srs, pos, name="липа"):
    return f"""<wfs:member><m:drvece gml:id="drvece.{i}"><m:vrsta>{name}</m:vrsta>
<m:sifra>00{i}</m:sifra><m:broj>{i}</m:broj><m:visina>1.50</m:visina>
<m:geom><gml:Point srsName="{srs}"><gml:pos>{pos}</gml:pos></gml:Point></m:geom>
</m:drvece></wfs:member>"""


@pytest.fixture
def gml(tmp_path):
    def write(*members, head=HEAD):
        path = tmp_path / "drvece.gml"
        path.write_text(head + "".join(members) + "</wfs:FeatureCollection>", encoding="utf-8")
        return path

    return write


def cells(reading):
    import pyarrow as pa  # noqa: PLC0415 - only where a table is looked into

    with pa.ipc.open_file(reading.cells) as file:
        return file.read_all()


def place(reading):
    return shapely.from_wkb(cells(reading).column("geometry")[0].as_py()).coords[0]


LATLON, LONLAT = "44.0142 20.9167", "20.9167 44.0142"


@pytest.mark.parametrize(
    ("srs", "pos"),
    [
        ("urn:ogc:def:crs:EPSG::4326", LATLON),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", LATLON),
        ("EPSG:4326", LONLAT),
        ("http://www.opengis.net/gml/srs/epsg.xml#4326", LONLAT),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", LONLAT),
    ],
)
def test_a_known_place_comes_out_where_it_is(gml, read_one, srs, pos):
    reading = read_one(gml(member(1, srs, pos)))
    assert reading.ok and place(reading) == pytest.approx(LIBRARY)


def test_metres_of_the_old_system_come_out_at_the_same_place(gml, read_one, sandbox):
    """Kragujevac's library by EPSG:6316, east before north as that system has it."""
    from pyproj import Transformer  # noqa: PLC0415 - only here

    x, y = Transformer.from_crs("EPSG:8682", "EPSG:6316", always_xy=True).transform(
        *Transformer.from_crs("EPSG:4326", "EPSG:8682", always_xy=True).transform(*LIBRARY)
    )
    reading = read_one(gml(member(1, "urn:ogc:def:crs:EPSG::6316", f"{x} {y}")))
    assert reading.crs == "EPSG:6316"
    assert place(reading) == pytest.approx((x, y))
    report = validate(
        Dataset("p", Text("p"), "", "t", "1", (reading.resource,)),
        [reading],
        None,
        Checks(extent=(20.8, 43.9, 21.1, 44.2)),
        sandbox,
    )
    assert report.ok, report.findings


def test_values_stay_as_they_stand(gml, read_one):
    reading = read_one(gml(*(member(i, "EPSG:4326", LONLAT) for i in (1, 2))))
    assert reading.labels == ("gml_id", "vrsta", "sifra", "broj", "visina")
    first = [cells(reading).column(f"c{i}")[0].as_py() for i in range(5)]
    assert first == ["drvece.1", "липа", "001", "1", "1.50"]
    types = {field["name"]: field["type"] for field in reading.schema["fields"]}
    assert (types["sifra"], types["broj"], types["visina"]) == ("string", "integer", "number")


def test_a_file_beside_it_is_not_looked_at(gml, read_one):
    path = gml(member(1, "EPSG:4326", LONLAT))
    path.with_suffix(".gfs").write_text("<GMLFeatureClassList/>")
    path.with_suffix(".xsd").write_text("<schema/>")
    before = {each.name for each in path.parent.iterdir() if each.is_file()}
    assert read_one(path).rows == 1
    assert {each.name for each in path.parent.iterdir() if each.is_file()} == before


def test_an_entity_is_refused_before_gdal_sees_it(gml, read_one, tmp_path):
    secret = tmp_path / "tajna"
    secret.write_text("POVERLJIVO")
    doctype = f'<!DOCTYPE a [<!ENTITY t SYSTEM "file://{secret}">]>'
    head = HEAD.replace('"?>', f'"?>{doctype}')
    reading = read_one(gml(member(1, "EPSG:4326", LONLAT, "&t;"), head=head))
    assert [f.check for f in reading.findings] == ["xml-refused"]
    assert not reading.cells.exists()


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("<a><b/></a>", "format-mismatch"),
        ("<wfs:FeatureCollection ", "file-damaged"),
        (f"{HEAD}<wfs:member></wfs:FeatureCollection>", "file-damaged"),
        (f"{HEAD}</wfs:FeatureCollection>", "no-features"),
        (HEAD + "<a>" * 500 + "</a>" * 500 + "</wfs:FeatureCollection>", "xml-refused"),
        ("vrsta,broj\nlipa,1\n", "format-mismatch"),
        ("<!DOCTYPE html><html>", "format-mismatch"),
    ],
)
def test_what_is_no_layer_is_told(tmp_path, read_one, text, check):
    path = tmp_path / "drvece.gml"
    path.write_text(text, encoding="utf-8")
    assert [f.check for f in read_one(path).findings] == [check]


@pytest.mark.parametrize(
    "place",
    [
        "mapserver/wxs/expected/wfs_200_getfeature.xml",
        "mapserver/wxs/expected/wfs_200_getfeature_outputformat_gml311.xml",
        "mapserver/wxs/expected/wfs_get_feature.xml",
        "ogc-client/wfs/getfeature-props-cities-2-0-0.xml",
        "ogc-client/wfs/getfeature-props-states-1-1-0.xml",
        "geonetwork-ui/wfs-gml.xml",
    ],
)
def test_recorded_features_are_read(shared, tmp_path, read_one, place):
    raw = (shared / "data/upstream/ogc" / place).read_bytes()
    path = tmp_path / "sloj.gml"
    path.write_bytes(raw[raw.index(b"<") :])  # some begin with the lines of the header
    reading = read_one(path)
    members = re.findall(rb"<(?:wfs:member|gml:featureMember)>", raw)
    features = len(members) or len(re.findall(rb'<\w+:\w+ gml:id="[\w.-]+">', raw))
    assert reading.rows == features > 0, reading.findings
