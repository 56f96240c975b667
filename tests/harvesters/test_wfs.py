"""WFS: capabilities of all sorts, pages without end and totals that lie, axes; a real MapServer."""

import json
import re
from pathlib import Path

import pytest

from datasets import config
from datasets.errors import HarvestError
from harvesters.features import wfs_capabilities
from harvesters.fetching.http import Http
from harvesters.wfs import WFS
from tests.upstream import Reply

pytest_plugins = ["tests.mapserver"]
CAPABILITIES = """<?xml version="1.0" encoding="{encoding}"?>
<WFS_Capabilities version="{version}" xmlns="http://www.opengis.net/wfs{two}"
 xmlns:ows="http://www.opengis.net/ows{eleven}">
<ows:ServiceIdentification><ows:Title>Општина</ows:Title>
<ows:AccessConstraints>{license}</ows:AccessConstraints></ows:ServiceIdentification>
<ows:ServiceProvider><ows:ProviderName>Град Шабац</ows:ProviderName>
<ows:ServiceContact><ows:IndividualName>Петар Петровић</ows:IndividualName></ows:ServiceContact>
</ows:ServiceProvider>
<ows:OperationsMetadata><ows:Operation name="GetFeature"><ows:Parameter name="outputFormat">
{formats}</ows:Parameter></ows:Operation>{constraint}</ows:OperationsMetadata>
<FeatureTypeList>{types}</FeatureTypeList></WFS_Capabilities>"""
TYPE = """<FeatureType><Name>grad:{name}</Name><Title>Дрвеће</Title>
<Abstract>Стабла у граду</Abstract>
<ows:Keywords><ows:Keyword>зеленило</ows:Keyword></ows:Keywords>
<Default{crs}>urn:ogc:def:crs:EPSG::{epsg}</Default{crs}>
<Other{crs}>urn:ogc:def:crs:EPSG::4326</Other{crs}>
<ows:WGS84BoundingBox><ows:LowerCorner>20.8 43.9</ows:LowerCorner>
<ows:UpperCorner>21.1 44.2</ows:UpperCorner></ows:WGS84BoundingBox></FeatureType>"""
DESCRIBED = b"""<schema xmlns="http://www.w3.org/2001/XMLSchema"><element name="geom"
 type="gml:PointPropertyType"/><element name="vrsta" type="string"/><element name="gid"
 type="xsd:int"/></schema>"""
EXCEPTION = b"""<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1" version="2.0.0">
<ows:Exception exceptionCode="InvalidParameterValue">
<ows:ExceptionText>Cannot sort</ows:ExceptionText></ows:Exception></ows:ExceptionReport>"""


def capabilities(version="2.0.0", encoding="UTF-8", names=("drvece",), **said):
    """Capabilities as bytes; `said` may have formats, epsg, most, license."""
    two = version == "2.0.0"
    formats = said.get("formats", ("application/json",))
    values = "<ows:AllowedValues>{}</ows:AllowedValues>" if two else "{}"
    listed = values.format("".join(f"<ows:Value>{f}</ows:Value>" for f in formats))
    most = said.get("most")
    constraint = (
        f'<ows:Constraint name="CountDefault"><ows:NoValues/><ows:DefaultValue>{most}'
        "</ows:DefaultValue></ows:Constraint>"
        if most
        else ""
    )
    crs, epsg = "CRS" if two else "SRS", said.get("epsg", 4326)
    text = CAPABILITIES.format(
        encoding=encoding,
        version=version,
        two="/2.0" if two else "",
        eleven="/1.1" if two else "",
        formats=listed,
        constraint=constraint,
        license=said.get("license", "NONE"),
        types="".join(TYPE.format(name=name, crs=crs, epsg=epsg) for name in names),
    )
    return text.encode(encoding, "xmlcharrefreplace")


def tree(i, x=20.9, y=44.01):
    return {
        "type": "Feature",
        "id": f"drvece.{i}",
        "geometry": {"type": "Point", "coordinates": [x, y]},
        "properties": {"gid": i, "vrsta": "липа"},
    }


def member(i, srs="urn:ogc:def:crs:EPSG::4326", pos="44.01 20.9", identity="drvece.{}"):
    return (
        f'<wfs:member><g:drvece xmlns:g="urn:grad" gml:id="{identity.format(i)}"><g:gid>{i}</g:gid>'
        f'<g:geom><gml:Point gml:id="p{i}" srsName="{srs}"><gml:pos>{pos}</gml:pos></gml:Point>'
        "</g:geom></g:drvece></wfs:member>"
    )


def gml(members, matched="unknown"):
    return (
        (
            '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" timeStamp="{}" '
            'xmlns:gml="http://www.opengis.net/gml/3.2" numberMatched="{}">{}'
            "</wfs:FeatureCollection>"
        )
        .format(len(members), matched, "".join(members))
        .encode()
    )


class Server:
    """A WFS of `total` features that gives `cut` at once; `hits` is what it says there are."""

    def __init__(self, upstream, total=25, cut=10, hits=None, matched=None, **said):
        self.total, self.cut, self.hits, self.matched = total, cut, hits, matched
        self.capabilities = capabilities(**said)
        self.feature = tree
        self.refused = ()
        self.asked = []
        upstream.answers["/wfs"] = self.answer

    def answer(self, asked):
        query = {name.lower(): value for name, value in asked.query.items()}
        if query["request"] == "GetCapabilities":
            return Reply(self.capabilities, type="text/xml")
        if query["request"] == "DescribeFeatureType":
            return Reply(DESCRIBED, type="text/xml")
        self.asked.append(query)
        if any(word in query for word in self.refused):
            return Reply(EXCEPTION, type="text/xml")
        if query.get("resulttype") == "hits":
            body = gml([], self.hits if self.hits is not None else "unknown")
            return Reply(body, type="text/xml")
        return self.page(query)

    def page(self, query):
        start = int(query.get("startindex", 0))
        most = min(self.cut, int(query.get("count", query.get("maxfeatures", self.cut))))
        numbers = range(start, min(start + most, self.total))
        if "outputformat" in query:
            said = {"features": [self.feature(i) for i in numbers]}
            if self.matched is not None:
                said["numberMatched"] = self.matched
            return {"type": "FeatureCollection", "timeStamp": str(len(self.asked)), **said}
        return Reply(gml([self.feature(i) for i in numbers], self.matched or "unknown"))


def source(upstream, **keys):
    return WFS(name="grad", kind="wfs", url=f"{upstream.url}/wfs", organization="grad", **keys)


def described(source, http):
    return [record for page in source.harvest(http) for record in page.records]


def got(source, http, into):
    record = described(source, http)[0]
    return source.fetch(record, record.distributions[0], None, http, into)


def numbers(fetched):
    if fetched.path.suffix == ".gml":
        return [int(n) for n in re.findall(rb"gid>(\d+)</", fetched.path.read_bytes())]
    return [f["properties"]["gid"] for f in json.loads(fetched.path.read_bytes())["features"]]


def fault(call, *arguments):
    with pytest.raises(HarvestError) as caught:
        call(*arguments)
    return caught.value.fault


# what a service says of itself


def test_a_feature_type_is_a_dataset(upstream, http):
    Server(upstream)
    [record] = described(source(upstream), http)
    assert (record.remote_id, record.title.own, record.name) == (
        "grad:drvece",
        "Дрвеће",
        "grad-drvece",
    )
    assert (record.notes.own, record.tags) == ("Стабла у граду", ("зеленило",))
    assert record.contributors == ("Град Шабац",)  # and no official's name
    [layer] = record.distributions
    assert (layer.key, layer.name, layer.format) == ("grad:drvece", "drvece", "geojson")


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-15", "windows-1251"])
def test_capabilities_in_any_encoding_are_read(upstream, http, encoding):
    Server(upstream, encoding=encoding)
    assert described(source(upstream), http)[0].title.own == "Дрвеће"


def test_header_lines_that_come_once_more_before_the_body_are_left_out(upstream, http):
    server = Server(upstream)
    server.capabilities = b"Content-Type: text/xml\r\nX: y\r\n\r\n" + server.capabilities
    assert len(described(source(upstream), http)) == 1


def test_a_service_of_the_older_version_is_read(upstream, http, tmp_path):
    server = Server(upstream, version="1.1.0", total=25)
    assert numbers(got(source(upstream), http, tmp_path)) == list(range(25))
    assert {query["version"] for query in server.asked} == {"1.1.0"}
    assert {"maxfeatures", "typename"} <= set(server.asked[-1])


def test_a_service_that_refuses_the_newer_version_is_asked_for_the_older(upstream, http):
    old = capabilities(version="1.1.0")
    upstream.answers["/wfs"] = lambda asked: Reply(
        EXCEPTION if asked.query["version"] == "2.0.0" else old, type="text/xml"
    )
    assert described(source(upstream), http)[0].distributions[0].hints["version"] == "1.1.0"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (EXCEPTION, "upstream-error"),
        (b"<html><body>Sign in</body></html>", "wrong-answer"),
        (b"<WMS_Capabilities version='1.3.0'/>", "wrong-answer"),
        (b"<WFS_Capabilities version='1.0.0'/>", "wrong-answer"),
        (b"{}", "not-xml"),
        (b"", "not-xml"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><WFS_Capabilities version="2.0.0"/>', "not-xml"),
    ],
)
def test_what_is_no_capabilities_is_told(upstream, http, body, said):
    upstream.answers["/wfs"] = lambda asked: Reply(body, type="text/xml")
    assert fault(described, source(upstream), http) == said


def test_a_broken_feature_type_stops_no_other(upstream, http):
    server = Server(upstream, names=("drvece", "klupe"))
    broken = (
        b"<FeatureType/><FeatureType><Title>?</Title></FeatureType>"
        b"<FeatureType><Name>x</Name><Title/><ows:WGS84BoundingBox><ows:LowerCorner>a b"
        b"</ows:LowerCorner><ows:UpperCorner/></ows:WGS84BoundingBox><MetadataURL/></FeatureType>"
    )
    server.capabilities = server.capabilities.replace(
        b"</FeatureTypeList>", broken + b"</FeatureTypeList>"
    )
    [page] = source(upstream).harvest(http)
    assert [record.remote_id for record in page.records] == ["grad:drvece", "grad:klupe", "x"]
    assert page.skipped == 2


def test_only_the_layers_that_are_wanted_are_taken(upstream, http):
    Server(upstream, names=("drvece", "klupe"))
    wanted = source(upstream, layers=["grad:klupe"])
    assert [record.remote_id for record in described(wanted, http)] == ["grad:klupe"]
    assert wanted.is_there("grad:drvece", http) and not wanted.is_there("grad:nema", http)


def test_owslib_opens_no_connection(upstream, http, monkeypatch):
    """Links to metadata in capabilities lead wherever their author wants."""
    from owslib import util  # noqa: PLC0415 - loaded by this kind alone

    monkeypatch.setattr(util.requests, "request", lambda *_, **__: pytest.fail("owslib asked"))
    for version in ("2.0.0", "1.1.0"):
        server = Server(upstream, version=version)
        link = b'<MetadataURL type="FGDC" format="text/xml">http://169.254.169.254/</MetadataURL>'
        server.capabilities = server.capabilities.replace(
            b"</FeatureType>", link + b"</FeatureType>"
        )
        assert len(described(source(upstream), http)) == 1
    assert {asked.path for asked in upstream.asked} == {"/wfs"}


# pages


@pytest.mark.parametrize("formats", [("application/json",), ("text/xml; subtype=gml/3.2",)])
@pytest.mark.parametrize(("hits", "matched"), [(25, 25), (None, None), (10, None), (None, 25)])
def test_all_pages_come_whatever_the_server_says_of_their_number(
    upstream, http, tmp_path, formats, hits, matched
):
    """A hits answer of 10 for 25 features is what MapServer gives with wfs_maxfeatures 10."""
    server = Server(upstream, formats=formats, hits=hits, matched=matched, most=10)
    if formats != ("application/json",):
        server.feature = member
    assert numbers(got(source(upstream), http, tmp_path)) == list(range(25))
    assert server.asked[-1]["startindex"] in ("20", "25")


def test_a_limit_that_is_not_told_loses_nothing(upstream, http, tmp_path):
    Server(upstream, cut=7)
    assert numbers(got(source(upstream), http, tmp_path)) == list(range(25))


def test_pages_are_sorted_by_a_key_and_come_in_degrees(upstream, http, tmp_path):
    server = Server(upstream, hits=25, epsg=32634)
    got(source(upstream), http, tmp_path)
    pages = [query for query in server.asked if "resulttype" not in query]
    assert {(q["sortby"], q["srsname"]) for q in pages} == {("gid", "EPSG:4326")}
    got(source(upstream, sort_by="vrsta"), http, tmp_path)
    assert server.asked[-1]["sortby"] == "vrsta"


@pytest.mark.parametrize("refused", [("sortby",), ("srsname",), ("sortby", "srsname")])
def test_what_a_server_refuses_is_left_out(upstream, http, tmp_path, refused):
    server = Server(upstream, hits=25)
    server.refused = refused
    assert numbers(got(source(upstream), http, tmp_path)) == list(range(25))


def test_an_exception_inside_a_200_is_told_with_its_words(upstream, http, tmp_path):
    server = Server(upstream)
    server.refused = ("request",)
    with pytest.raises(HarvestError) as caught:
        got(source(upstream), http, tmp_path)
    assert caught.value.fault == "upstream-error"
    assert caught.value.values["said"] == "Cannot sort"
    assert list(tmp_path.iterdir()) == []


def test_an_error_beyond_the_last_page_is_the_end(upstream, http, tmp_path):
    server = Server(upstream, cut=5)
    plain = server.page
    server.page = lambda query: Reply(EXCEPTION) if int(query["startindex"]) >= 25 else plain(query)
    assert len(numbers(got(source(upstream), http, tmp_path))) == 25


def test_half_of_the_features_is_told_with_both_numbers(upstream, http, tmp_path):
    Server(upstream, matched=50)
    with pytest.raises(HarvestError) as caught:
        got(source(upstream), http, tmp_path)
    assert caught.value.fault == "paging-counts"
    assert (caught.value.values["total"], caught.value.values["found"]) == ("50", "25")


def test_a_server_that_ignores_the_start_is_a_loop(upstream, http, tmp_path):
    server = Server(upstream)
    plain = server.page
    server.page = lambda query: plain({**query, "startindex": "0"})
    assert fault(got, source(upstream), http, tmp_path) == "paging-loop"


def test_an_old_server_without_pages_is_asked_for_all_at_once(upstream, http, tmp_path):
    server = Server(upstream, version="1.1.0", cut=1000)
    plain = server.page
    server.page = lambda query: plain({**query, "startindex": "0"})
    assert numbers(got(source(upstream, page_size=10), http, tmp_path)) == list(range(25))


@pytest.mark.parametrize("formats", [("application/json",), ("text/xml; subtype=gml/3.2",)])
def test_the_same_features_give_the_same_bytes_though_ids_are_made_anew(
    upstream, http, tmp_path, formats
):
    server = Server(upstream, formats=formats, hits=25)
    made = []
    for run in ("a", "b"):
        identity = f"drvece.fid--{run}1f_18{run}" + "_{}"
        server.feature = (
            (lambda i, identity=identity: {**tree(i), "id": identity.format(i)})
            if formats == ("application/json",)
            else (lambda i, identity=identity: member(i, identity=identity))
        )
        made.append(got(source(upstream), http, tmp_path).path.read_bytes())
    assert made[0] == made[1]


def test_a_layer_larger_than_a_dataset_may_be_is_stopped_on_the_way(upstream, tmp_path):
    Server(upstream, total=10**9, cut=1000)
    small = Http(config.Http(allow_private=("127.0.0.1",), max_bytes=500_000))
    assert fault(got, source(upstream), small, tmp_path) == "too-large"


# where things lie


def test_geojson_with_latitude_first_is_turned_by_the_box_of_the_layer(upstream, http, tmp_path):
    server = Server(upstream, total=3)
    server.feature = lambda i: tree(i, 44.01, 20.9)
    made = json.loads(got(source(upstream), http, tmp_path).path.read_bytes())
    assert [f["geometry"]["coordinates"] for f in made["features"]] == [[20.9, 44.01]] * 3


@pytest.mark.parametrize(
    ("srs", "pos", "written"),
    [
        ("urn:ogc:def:crs:EPSG::4326", "44.01 20.9", "urn:ogc:def:crs:EPSG::4326"),
        ("EPSG:4326", "20.9 44.01", "EPSG:4326"),
        ("EPSG:4326", "44.01 20.9", "urn:ogc:def:crs:EPSG::4326"),
        ("urn:ogc:def:crs:EPSG::4326", "20.9 44.01", "EPSG:4326"),
        ("urn:ogc:def:crs:EPSG::6316", "7500000 4875000", "urn:ogc:def:crs:EPSG::6316"),
    ],
)
def test_gml_whose_axes_are_not_as_its_system_promises_gets_the_other_name(
    upstream, http, tmp_path, srs, pos, written
):
    server = Server(upstream, total=3, formats=("text/xml; subtype=gml/3.2",))
    server.feature = lambda i: member(i, srs, pos)
    text = got(source(upstream), http, tmp_path).path.read_text()
    assert set(re.findall('srsName="([^"]*)"', text)) == {written}


def test_the_old_system_of_serbia_is_asked_for_as_it_is(upstream, http, tmp_path):
    """Servers that bring it to degrees are often hundreds of metres off."""
    server = Server(upstream, total=3, epsg=6316)
    server.feature = lambda i: tree(i, 7457718.0, 4962968.0)
    made = json.loads(got(source(upstream), http, tmp_path).path.read_bytes())
    assert made["crs"]["properties"]["name"] == "EPSG:6316"
    assert all("srsname" not in query for query in server.asked)


# recordings


def recordings(shared: Path) -> list[Path]:
    folder = shared / "data/upstream/ogc"
    return sorted(path for path in folder.rglob("*.xml"))


def test_every_recorded_document_is_capabilities_or_is_told_in_words(shared):
    """Of 86 documents 19 are capabilities of WFS 1.1 or 2.0; others are told by what they are."""
    read, faults = {}, {}
    for path in recordings(shared):
        try:
            read[path.name] = wfs_capabilities.service(path.read_bytes(), "http://a.rs/wfs")
        except HarvestError as error:
            faults[path.name] = error.fault
    assert set(faults.values()) == {"upstream-error", "wrong-answer", "not-xml"}
    assert all(faults[name] == "upstream-error" for name in faults if "exception-report" in name)
    assert len(read["capabilities-pigma-2-0-0.xml"].types) == 3
    assert len(read["wfs_HSRS_GetCapabilities_1_1_0.xml"].types) == 8
    assert read["wfs_dov_getcapabilities_200.xml"].types[0].output == "application/json"
    assert not any(service.broken for service in read.values())


@pytest.mark.parametrize(
    ("place", "version"),
    [
        ("mapserver/wxs/expected/wfs_200_getfeature.xml", "2.0.0"),
        ("mapserver/wxs/expected/wfs_get_feature.xml", "1.1.0"),
        ("ogc-client/wfs/getfeature-props-states-2-0-0.xml", "2.0.0"),
        ("ogc-client/wfs/getfeature-props-states-1-1-0.xml", "1.1.0"),
        ("ogc-client/wfs/getfeature-props-cities-2-0-0.xml", "2.0.0"),
        ("geonetwork-ui/wfs-gml.xml", "2.0.0"),
    ],
)
def test_recorded_features_come_whole_or_not_at_all(
    shared, upstream, http, tmp_path, place, version
):
    body = (shared / "data/upstream/ogc" / place).read_bytes()
    server = Server(upstream, version=version, formats=("text/xml",))
    server.page = lambda query: Reply(
        body if query.get("startindex", "0") == "0" else gml([]), type="text/xml"
    )
    said = re.search(rb'numberMatched="(\d+)"', body)
    found = len(re.findall(rb"<(?:wfs:member|gml:featureMember)>", body))
    found = found or len(re.findall(rb'<[\w-]+:[\w-]+ gml:id="', body))
    if said and int(said[1]) != found:
        assert fault(got, source(upstream), http, tmp_path) == "paging-counts"
        return
    text = got(source(upstream), http, tmp_path).path.read_bytes()
    assert len(re.findall(rb"<(?:wfs:member|gml:featureMember)>", text)) == found


# a real server


@pytest.fixture
def trees(tmp_path):
    """A file of 250 trees on a line eastwards from 20.9 E, 44.01 N."""

    def write(epsg=4326, x=20.9, y=44.01, step=1e-4):
        features = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [x + i * step, y]},
                "properties": {"gid": i, "vrsta": "липа", "sifra": f"00{i}"},
            }
            for i in range(250)
        ]
        crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}
        document = {"type": "FeatureCollection", "name": "drvece", "crs": crs, "features": features}
        path = tmp_path / f"drvece-{epsg}.geojson"
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("geojson", [True, False])
@pytest.mark.parametrize("most", [100, 1000])
def test_mapserver_gives_all_its_features(mapserver, trees, http, tmp_path, geojson, most):
    server = mapserver(trees(), geojson=geojson, most=most)
    grad = WFS(name="grad", kind="wfs", url=server.url, organization="grad")
    [record] = described(grad, http)
    assert (record.title.own, record.tags) == ("Дрвеће", ("зеленило", "дрвеће"))
    assert record.distributions[0].format == ("geojson" if geojson else "gml")
    made = [got(grad, http, tmp_path).path for _ in range(2)]
    assert made[0].read_bytes() == made[1].read_bytes()
    text = made[0].read_text(encoding="utf-8")
    found = re.findall(r'"sifra":"(\d+)"|sifra>(\d+)</', text)
    assert len({a or b for a, b in found}) == 250
