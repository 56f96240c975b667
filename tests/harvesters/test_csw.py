"""CSW 2.0.2: how it is asked, where it ends, what records of ISO say, and a stock pycsw."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from datasets.errors import HarvestError
from harvesters.catalogs import iso as iso_records
from harvesters.csw import Csw
from harvesters.documents import xml
from tests.upstream import Reply

RECORD = """<gmd:MD_Metadata xmlns:gmd="http://www.isotc211.org/2005/gmd"
 xmlns:gco="http://www.isotc211.org/2005/gco" xmlns:gmx="http://www.isotc211.org/2005/gmx"
 xmlns:xlink="http://www.w3.org/1999/xlink">
 <gmd:fileIdentifier><gco:CharacterString>{id}</gco:CharacterString></gmd:fileIdentifier>
 <gmd:language><gmd:LanguageCode codeListValue="srp"/></gmd:language>
 <gmd:hierarchyLevel><gmd:MD_ScopeCode codeListValue="{level}"/></gmd:hierarchyLevel>
 <gmd:dateStamp><gco:DateTime>2025-02-03T04:05:06</gco:DateTime></gmd:dateStamp>
 <gmd:locale><gmd:PT_Locale id="EN"><gmd:languageCode><gmd:LanguageCode codeListValue="eng"/>
 </gmd:languageCode></gmd:PT_Locale></gmd:locale>
 <gmd:identificationInfo><gmd:MD_DataIdentification>
  <gmd:citation><gmd:CI_Citation>
   <gmd:title><gmx:Anchor xlink:href="https://a.rs/{id}">Катастар {id}</gmx:Anchor>
    <gmd:PT_FreeText><gmd:textGroup><gmd:LocalisedCharacterString locale="#EN">Cadastre {id}\
</gmd:LocalisedCharacterString></gmd:textGroup></gmd:PT_FreeText></gmd:title>
   <gmd:date><gmd:CI_Date><gmd:date><gco:Date>2020-01-02</gco:Date></gmd:date><gmd:dateType>
   <gmd:CI_DateTypeCode codeListValue="publication"/></gmd:dateType></gmd:CI_Date></gmd:date>
  </gmd:CI_Citation></gmd:citation>
  <gmd:abstract><gco:CharacterString>Парцеле.

Други пасус.</gco:CharacterString></gmd:abstract>
  <gmd:pointOfContact><gmd:CI_ResponsibleParty>
   <gmd:individualName><gco:CharacterString>Петар Петровић</gco:CharacterString>
   </gmd:individualName>
   <gmd:organisationName><gco:CharacterString>Служба за катастар</gco:CharacterString>
   </gmd:organisationName>
   <gmd:contactInfo><gmd:CI_Contact><gmd:address><gmd:CI_Address><gmd:electronicMailAddress>
   <gco:CharacterString>{mail}</gco:CharacterString></gmd:electronicMailAddress></gmd:CI_Address>
   </gmd:address></gmd:CI_Contact></gmd:contactInfo>
   <gmd:role><gmd:CI_RoleCode codeListValue="owner"/></gmd:role>
  </gmd:CI_ResponsibleParty></gmd:pointOfContact>
  <gmd:resourceMaintenance><gmd:MD_MaintenanceInformation><gmd:maintenanceAndUpdateFrequency>
   <gmd:MD_MaintenanceFrequencyCode codeListValue="biannually"/></gmd:maintenanceAndUpdateFrequency>
  </gmd:MD_MaintenanceInformation></gmd:resourceMaintenance>
  <gmd:descriptiveKeywords><gmd:MD_Keywords>
   <gmd:keyword><gmx:Anchor xlink:href="https://a.rs/k">парцеле</gmx:Anchor></gmd:keyword>
   <gmd:keyword><gco:CharacterString>катастар; земљиште</gco:CharacterString></gmd:keyword>
  </gmd:MD_Keywords></gmd:descriptiveKeywords>
  <gmd:resourceConstraints><gmd:MD_LegalConstraints><gmd:otherConstraints>
   <gmx:Anchor xlink:href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</gmx:Anchor>
  </gmd:otherConstraints></gmd:MD_LegalConstraints></gmd:resourceConstraints>
  <gmd:extent><gmd:EX_Extent><gmd:geographicElement><gmd:EX_GeographicBoundingBox>
   <gmd:westBoundLongitude><gco:Decimal>{box[0]}</gco:Decimal></gmd:westBoundLongitude>
   <gmd:eastBoundLongitude><gco:Decimal>{box[2]}</gco:Decimal></gmd:eastBoundLongitude>
   <gmd:southBoundLatitude><gco:Decimal>{box[1]}</gco:Decimal></gmd:southBoundLatitude>
   <gmd:northBoundLatitude><gco:Decimal>{box[3]}</gco:Decimal></gmd:northBoundLatitude>
  </gmd:EX_GeographicBoundingBox></gmd:geographicElement></gmd:EX_Extent></gmd:extent>
 </gmd:MD_DataIdentification></gmd:identificationInfo>
 <gmd:distributionInfo><gmd:MD_Distribution><gmd:transferOptions><gmd:MD_DigitalTransferOptions>
  {links}</gmd:MD_DigitalTransferOptions></gmd:transferOptions></gmd:MD_Distribution>
 </gmd:distributionInfo>
</gmd:MD_Metadata>"""
LINK = """<gmd:onLine><gmd:CI_OnlineResource><gmd:linkage><gmd:URL>{}</gmd:URL></gmd:linkage>
<gmd:protocol><gco:CharacterString>{}</gco:CharacterString></gmd:protocol>
<gmd:name><gco:CharacterString>{}</gco:CharacterString></gmd:name></gmd:CI_OnlineResource></gmd:onLine>"""
SERBIA = (18.8, 42.2, 23.0, 46.2)


def iso(number=1, level="dataset", mail="info@rgz.rs", box=SERBIA, links=()):
    written = "".join(LINK.format(*link) for link in links)
    return RECORD.format(id=number, level=level, mail=mail, box=box, links=written)


def answer(*records, matched=None, onward=None, returned=None):
    onward = "" if onward is None else f'nextRecord="{onward}"'
    matched = len(records) if matched is None else matched
    returned = len(records) if returned is None else returned
    text = (
        '<csw:GetRecordsResponse xmlns:csw="http://www.opengis.net/cat/csw/2.0.2">'
        f'<csw:SearchResults numberOfRecordsMatched="{matched}"'
        f' numberOfRecordsReturned="{returned}" {onward}>{"".join(records)}</csw:SearchResults>'
        "</csw:GetRecordsResponse>"
    )
    return Reply(text.encode(), type="application/xml")


EXCEPTION = Reply(
    b'<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows"><ows:Exception>'
    b"<ows:ExceptionText>no such property</ows:ExceptionText></ows:Exception>"
    b"</ows:ExceptionReport>",
    type="application/xml",
)


def source(upstream, **more):
    return Csw(name="rgz", kind="csw", url=f"{upstream.url}/csw", **more)


def described(text):
    record = iso_records.record(xml.root(text.encode()), "")
    assert record is not None
    return record


def query(asked):
    """What a POST asks for: its position, its number of records, the property of its order."""
    root = etree.fromstring(asked.body)
    return int(root.get("startPosition")), int(root.get("maxRecords")), _order(root)


def _order(root):
    return root.findtext(".//{http://www.opengis.net/ogc}PropertyName") or ""


# ---- records ------------------------------------------------------------------------------------


def test_a_record_is_described_in_the_words_of_iso():
    record = described(iso())
    assert record.remote_id == "1"
    assert (record.title.own, record.title.said("en")) == ("Катастар 1", "Cadastre 1")
    assert record.notes.own == "Парцеле.\n\nДруги пасус."
    assert record.organization_title == "Служба за катастар"
    assert record.organization == "sluzba-za-katastar"
    assert record.tags == ("парцеле", "катастар", "земљиште")
    assert record.modified == "2025-02-03T04:05:06"
    assert record.license_id == "cc-by"
    assert record.findings == ()
    extras = dict(record.extras)
    assert extras.pop("spatial").startswith('{"type":"Polygon","coordinates":[[[18.8,42.2]')
    assert extras == {
        "issued": "2020-01-02",
        "frequency": "annual_2",
        "language": "srp",
        "resource_type": "dataset",
        "rights": "CC BY 4.0",
        "contact_email": "info@rgz.rs",
    }


def test_persons_are_not_named():
    record = described(iso(mail="petar.petrovic@rgz.rs"))
    assert "contact_email" not in record.extras
    assert "Петар" not in repr(record)


def test_links_are_files_services_and_pages_by_what_is_said_and_seen_of_them():
    links = [
        ("https://geo.rs/ows", "OGC:WMS", "parcele"),
        ("https://geo.rs/ows", "OGC:WMS", "zgrade"),
        ("https://geo.rs/wfs?service=WFS", "", "parcele wfs"),
        ("https://geo.rs/parcele.zip", "WWW:LINK-1.0-http--link", "Парцеле"),
        ("https://geo.rs/o-nama", "WWW:LINK-1.0-http--link", "О нама"),
        ("ftp://geo.rs/parcele.zip", "FTP", "стари"),
        ("https://geo.rs/wfs?request=GetFeature&amp;outputFormat=csv", "WWW:DOWNLOAD", "csv"),
    ]
    found = [(d.format, d.type, d.link) for d in described(iso(links=links)).distributions]
    assert found == [
        ("wms", "api", True),
        ("wms", "api", True),
        ("wfs", "api", True),
        ("shp", "file", False),
        ("", "documentation", True),
        ("csv", "file", False),
    ]


def test_two_layers_of_one_service_have_keys_of_their_own():
    links = [("https://geo.rs/ows", "OGC:WMS", name) for name in ("a-sloj", "b-sloj")]
    first, second = described(iso(links=links)).distributions
    assert first.key != second.key


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ((45.0, 20.0, 44.0, 21.0), "turned"),
        ((-180, -90, 180, 90), "world"),
        ((20.5, 44.8, 20.5, 44.8), "point"),
    ],
)
def test_an_area_that_cannot_be_meant_is_found(box, reason):
    (finding,) = described(iso(box=box)).findings
    assert (finding.check, finding.values["type"]) == ("extent-odd", reason)


def test_a_record_of_a_national_profile_is_read_by_what_it_stands_for():
    swiss = iso().replace(
        "<gmd:MD_DataIdentification>",
        '<che:CHE_MD_DataIdentification xmlns:che="http://www.geocat.ch/2008/che"'
        ' gco:isoType="gmd:MD_DataIdentification">',
    )
    swiss = swiss.replace("</gmd:MD_DataIdentification>", "</che:CHE_MD_DataIdentification>")
    assert described(swiss) == described(iso())


def test_a_record_without_an_id_is_known_by_its_title_and_says_so():
    text = iso().replace("fileIdentifier", "fileName")
    record = described(text)
    assert record.remote_id == described(text).remote_id
    assert [(f.check, f.severity) for f in record.findings] == [("record-broken", "warning")]


def test_a_record_without_title_is_an_error_and_one_without_both_is_none():
    text = iso().replace("gmd:title", "gmd:edition")
    assert [(f.check, f.severity) for f in described(text).findings] == [("record-broken", "error")]
    nothing = text.replace("fileIdentifier", "fileName")
    assert iso_records.record(xml.root(nothing.encode()), "") is None


@given(st.data())
def test_a_record_with_anything_in_place_of_anything_is_read(data):
    root = xml.root(iso(links=[("https://a.rs/", "x", "y")]).encode())
    for _ in range(data.draw(st.integers(1, 8))):
        element = data.draw(st.sampled_from(list(root.iter())))
        what = data.draw(st.sampled_from(["remove", "empty", "text", "copy", "code"]))
        if what == "remove" and element.getparent() is not None:
            element.getparent().remove(element)
        elif what == "empty":
            element.clear()
        elif what == "text":
            element.text = data.draw(st.text(st.characters(codec="utf-8", categories=["L", "N"])))
        elif what == "copy" and len(element):
            element.append(element[0])
        else:
            element.set("codeListValue", "?")
    found = iso_records.record(root, "")
    assert found is None or (found.remote_id and found.title)


# ---- pages --------------------------------------------------------------------------------------


def test_pages_follow_the_position_that_the_server_names(upstream, http):
    def answered(asked):
        start, most, order = query(asked)
        assert (most, order) == (2, "apiso:identifier")
        records = [iso(n) for n in range(start, min(start + 2, 6))]
        return answer(*records, matched=5, onward=start + 2 if start < 5 else 0)

    upstream.answers["/csw"] = answered
    rgz = source(upstream, page_size=2)
    pages = list(rgz.harvest(http))
    assert [r.remote_id for p in pages for r in p.records] == ["1", "2", "3", "4", "5"]
    assert [p.total for p in pages] == [5, 5, 5]
    assert pages[-1].next == ""
    resumed = [r.remote_id for p in rgz.harvest(http, pages[0].next) for r in p.records]
    assert resumed == ["3", "4", "5"]


@pytest.mark.parametrize(
    "onward",
    [0, 99, 1, -1, "?"],
    ids=["zero", "beyond all", "not ahead", "negative", "no number"],
)
def test_the_end_is_told_in_several_ways(upstream, http, onward):
    upstream.answers["/csw"] = lambda _: answer(iso(1), iso(2), matched=2, onward=onward)
    assert len(list(source(upstream).harvest(http))) == 1


def test_a_server_that_names_no_next_record_is_asked_for_what_follows(upstream, http):
    def answered(asked):
        start = query(asked)[0]
        return answer(*([iso(start)] if start < 4 else []), matched=3)

    upstream.answers["/csw"] = answered
    assert len([r for p in source(upstream).harvest(http) for r in p.records]) == 3


def test_a_server_that_names_more_and_gives_nothing_is_left(upstream, http):
    upstream.answers["/csw"] = lambda asked: (
        answer(iso(1), matched=9, onward=2) if query(asked)[0] == 1 else answer(matched=9, onward=3)
    )
    assert [len(p.records) for p in source(upstream).harvest(http)] == [1, 0]


def test_pages_that_come_again_are_a_fault(upstream, http):
    upstream.answers["/csw"] = lambda asked: answer(iso(1), matched=9, onward=query(asked)[0] + 1)
    with pytest.raises(HarvestError) as raised:
        list(source(upstream).harvest(http))
    assert raised.value.fault == "paging-loop"


@pytest.mark.parametrize("refusal", [EXCEPTION, Reply(b"no", 400), Reply(b"<html></html>")])
def test_a_server_that_knows_no_order_is_asked_without(upstream, http, refusal):
    upstream.answers["/csw"] = lambda asked: refusal if query(asked)[2] else answer(iso(1))
    (page,) = source(upstream).harvest(http)
    assert len(page.records) == 1
    assert [query(asked)[2] for asked in upstream.asked] == [
        "apiso:identifier",
        "dc:identifier",
        "",
    ]


def test_a_server_that_takes_no_post_is_asked_by_get(upstream, http):
    def answered(asked):
        if asked.method == "POST":
            return Reply(b"", 405)
        assert asked.query["startPosition"] in ("1", "2")
        assert asked.query["map"] == "x"
        start = int(asked.query["startPosition"])
        return answer(iso(start), matched=2, onward=2 if start == 1 else 0)

    upstream.answers["/csw"] = answered
    rgz = Csw(name="rgz", kind="csw", url=f"{upstream.url}/csw?map=x&service=CSW")
    assert [r.remote_id for p in rgz.harvest(http) for r in p.records] == ["1", "2"]
    assert [asked.method for asked in upstream.asked].count("POST") == 3


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (EXCEPTION, "upstream-error"),
        (Reply(b"<html><title>x</title></html>"), "page-instead"),
        (Reply(b""), "file-empty"),
        (Reply(b"<a>"), "not-xml"),
        (Reply(b"<WMS_Capabilities/>"), "wrong-answer"),
        (Reply(b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'), "not-xml"),
    ],
)
def test_what_is_no_csw_fails_with_a_reason(upstream, http, reply, fault):
    upstream.answers["/csw"] = reply
    with pytest.raises(HarvestError) as raised:
        list(source(upstream).harvest(http))
    assert raised.value.fault == fault


def test_an_exception_is_told_in_the_words_of_the_server(upstream, http):
    upstream.answers["/csw"] = EXCEPTION
    with pytest.raises(HarvestError) as raised:
        list(source(upstream).harvest(http))
    assert raised.value.values["said"] == "no such property"


def test_only_the_levels_that_are_wanted_are_taken(upstream, http):
    levels = ("dataset", "map", "service", "")
    upstream.answers["/csw"] = answer(*(iso(n, level) for n, level in enumerate(levels)))
    (page,) = source(upstream).harvest(http)
    assert ([r.remote_id for r in page.records], page.skipped) == (["0", "2", "3"], 1)
    (page,) = source(upstream, levels=("map",)).harvest(http)
    assert [r.remote_id for r in page.records] == ["1"]


def test_a_record_is_asked_for_by_its_id(upstream, http):
    empty = '<csw:GetRecordByIdResponse xmlns:csw="http://www.opengis.net/cat/csw/2.0.2">{}</csw:GetRecordByIdResponse>'
    upstream.answers["/csw"] = lambda asked: Reply(
        empty.format(iso(1) if asked.query["id"] == "1" else "").encode()
    )
    rgz = source(upstream)
    assert (rgz.is_there("1", http), rgz.is_there("2", http)) == (True, False)


# ---- recordings ---------------------------------------------------------------------------------

BROKEN = {
    "error_bad_xml.xml": "not-xml",
    "9250AA67-F3AC-6C12-0CB9-0662231AA181_fgdc.xml": "wrong-answer",
}
BROKEN |= {"capabilities.xml": "wrong-answer", "index.html": "page-instead"}


def test_every_recording_harvests_or_fails_with_a_reason(shared, upstream, http):
    failed, empty = {}, set()
    for path in sorted((shared / "data/upstream/csw").rglob("*.*ml")):
        upstream.answers["/csw"] = Reply(path.read_bytes(), type="text/xml")
        try:
            page = next(iter(source(upstream).harvest(http)))
        except HarvestError as error:
            failed[path.name] = error.fault
            continue
        if not page.records:
            assert page.skipped, path.name
            empty.add(path.name)
        assert not [f for r in page.records for f in r.findings if f.severity == "error"]
    assert failed == BROKEN
    assert all("reuse" in name for name in empty)  # a map, an application: no dataset


@pytest.mark.parametrize(("schema", "count"), [("iso", 6), ("dcat", 6)])
def test_the_recorded_pages_are_followed(shared, upstream, http, schema, count):
    folder = shared / "data/upstream/csw/udata-tests"
    form = {"iso": "geonetwork-iso19139-page-{}.xml", "dcat": "geonetwork-dcat-page-{}.xml"}[schema]
    upstream.answers["/csw"] = lambda asked: Reply(
        (folder / form.format(query(asked)[0])).read_bytes(), type="application/xml"
    )
    pages = list(source(upstream, schema=schema).harvest(http))
    assert [p.total for p in pages] == [6, 6, 6]
    assert len({r.remote_id for p in pages for r in p.records}) == count


# ---- a real server ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pycsw(tmp_path_factory):
    """The address of a stock pycsw with five records, in a process of its own."""
    folder = tmp_path_factory.mktemp("records")
    for number in range(1, 6):
        (folder / f"{number}.xml").write_text(iso(number), encoding="utf-8")
    script = Path(__file__).with_name("pycsw_server.py")
    command = [sys.executable, "-W", "ignore", str(script), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        yield f"http://127.0.0.1:{int(running.stdout.readline())}/csw"
        running.terminate()


def test_pycsw_is_harvested_two_records_at_a_time(pycsw, http):
    rgz = Csw(name="rgz", kind="csw", url=pycsw, page_size=2)
    pages = list(rgz.harvest(http))
    assert [[r.remote_id for r in p.records] for p in pages] == [["1", "2"], ["3", "4"], ["5"]]
    assert {p.total for p in pages} == {5}
    assert "identifier" in pages[0].next  # it took the first way of asking
    assert pages[0].records[0].title.said("en") == "Cadastre 1"
    assert rgz.is_there("3", http) is True
    assert rgz.is_there("no-such", http) is False
