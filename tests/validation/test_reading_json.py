"""JSON, XML and Parquet that are tables, in all the forms in which programs export them."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

OBJECTS = '[{"id": 1, "naziv": "Бор", "na": null}, {"id": 2, "površina": 1.5}]'


@pytest.fixture
def rows(tmp_path, read_one, here, cells):
    """Read a text as a format; give the reading, and its cells row by row."""

    def read_it(content, ending="json", **declared):
        path = tmp_path / f"a.{ending}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        reading = read_one(path, box=here, **declared)
        if not reading.ok or reading.as_is:
            return reading, []
        return reading, [
            [row[f"c{i}"] for i in range(len(reading.labels))] for row in cells(reading)
        ]

    return read_it


def checks(reading):
    return [finding.check for finding in reading.findings]


def types(reading):
    return [field["type"] for field in reading.schema["fields"]]


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        (OBJECTS, "json"),
        (f'{{"meta": {{"ukupno": 2}}, "result": {{"records": {OBJECTS}}}}}', "json"),
        ('{"id": 1, "naziv": "Бор", "na": null}\n\n{"id": 2, "površina": 1.5}\n', "json"),
        ('{"id": 1, "naziv": "Бор", "na": null}\n{"id": 2, "površina": 1.5}', "jsonl"),
        ('{"id": 1, "naziv": "Бор", "na": null}\r\n{"id": 2, "površina": 1.5}', "ndjson"),
    ],
)
def test_objects_are_rows_wherever_they_stand(rows, text, ending):
    reading, found = rows(text, ending)
    assert reading.labels == ("id", "naziv", "na", "površina")
    assert found == [["1", "Бор", "", ""], ["2", "", "", "1.5"]]
    assert types(reading) == ["integer", "string", "string", "number"]
    assert not reading.findings


def test_arrays_under_a_header_are_rows_and_those_without_are_numbered(rows):
    reading, found = rows('[["шифра", "број"], ["007", 5], ["008"]]')
    assert (reading.labels, found) == (("шифра", "број"), [["007", "5"], ["008", ""]])
    assert types(reading) == ["string", "integer"]
    assert rows("[[1, 2], [3, 4, 5]]")[0].labels == ("field1", "field2", "field3")


def test_objects_inside_get_a_dot_and_arrays_stay_json(rows):
    reading, found = rows('[{"a": {"b": {"c": 1}, "d": 2}, "e": [1, {"f": 2}]}]')
    assert (reading.labels, found) == (("a.b.c", "a.d", "e"), [["1", "2", '[1,{"f":2}]']])
    assert checks(reading) == ["json-flattened"]


def test_of_several_arrays_one_is_read_and_the_others_are_offered(rows):
    reading, found = rows('{"skole": [{"id": 1}], "vrtici": [{"id": 2}, {"id": 3}]}')
    assert (found, checks(reading)) == ([["1"]], ["layers-ignored"])
    names = [offer.step.values["layer"] for offer in reading.findings[0].offers]
    assert names == ["skole", "vrtici"]


def test_geojson_and_topojson_under_the_name_of_json_are_layers(rows):
    point = '{"type": "Point", "coordinates": [20.5, 44.8]}'
    feature = f'{{"type": "Feature", "properties": {{"a": 1}}, "geometry": {point}}}'
    collection = f'{{"type": "FeatureCollection", "features": [{feature}]}}'
    for text in (collection, feature, f"{feature}\n{feature}"):
        assert rows(text)[0].spatial
    assert rows(f"{feature}\n{feature}", "jsonl")[0].spatial
    assert not rows('[{"type": "Point", "naziv": "x"}]')[0].spatial


@pytest.mark.parametrize(
    ("text", "ending", "check"),
    [
        ('[{"a": 1}, [2]]', "json", "json-mixed"),
        ('[{"a": 1}, 2]', "json", "json-mixed"),
        ("[]", "json", "empty-file"),
        ('{"a": []}', "json", "geo"),
        ('[{"a": NaN}]', "json", "json-not-a-number"),
        ('[{"a": 1}', "json", "json-error"),
        ('{"a": 1}\n{"a": ', "jsonl", "json-error"),
        ("[" * 200_000, "json", "json-error"),
        ('{"a":' * 200_000, "jsonl", "json-error"),
        ("[" + ",".join(f'{{"k{i}": 1}}' for i in range(1001)) + "]", "json", "too-many-columns"),
        (f"[{list(range(1_000_000))}]", "json", "too-many-columns"),
        ("a;b\n1;2\n", "json", "format-mismatch"),
        ("a;b\n1;2\n", "xml", "format-mismatch"),
    ],
)
def test_json_that_is_no_table_is_a_finding(rows, text, ending, check):
    if check == "geo":
        assert rows(text, ending)[0].labels == ("a",)
        return
    reading, _ = rows(text, ending)
    assert (checks(reading), reading.ok and not reading.as_is) == ([check], False)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(VALUES)
def test_any_json_is_a_table_or_a_finding(rows, value):
    reading, found = rows(json.dumps(value, ensure_ascii=False))
    assert reading.findings or found
    assert all(len(row) == len(reading.labels) for row in found)


XML = (
    '<?xml version="1.0" encoding="windows-1250"?>\n<x:Ustanove xmlns:x="urn:a">'
    "<x:info>2024</x:info>"
    '<x:lista><x:ustanova id="007"><x:naziv>Škola</x:naziv><x:adresa><x:mesto>Niš</x:mesto>'
    '</x:adresa><x:tel vrsta="f">1</x:tel><x:tel>2</x:tel></x:ustanova>'
    '<x:ustanova id="008"><x:naziv>  Vrtić\n</x:naziv><x:prazno/></x:ustanova></x:lista>'
    "</x:Ustanove>"
)


def test_a_repeated_element_is_a_row(rows):
    reading, found = rows(XML.encode("cp1250"), "xml")
    assert reading.labels == ("id", "naziv", "adresa.mesto", "tel.vrsta", "tel", "prazno")
    assert found == [
        ["007", "Škola", "Niš", "f", '["1","2"]', ""],
        ["008", "Vrtić", "", "", "", ""],
    ]
    [note] = reading.findings
    assert (note.check, note.severity, note.values["element"]) == (
        "xml-records",
        "note",
        "ustanova",
    )


def test_rows_of_attributes_and_a_lone_record_are_read(rows):
    reading, found = rows('<r><row a="1" b="x"/><row a="2"/></r>', "xml")
    assert (reading.labels, found) == (("a", "b"), [["1", "x"], ["2", ""]])
    reading, found = rows("<r><row><a>1</a><b>2</b></row></r>", "xml")
    assert (reading.labels, found) == (("a", "b"), [["1", "2"]])


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ('<!DOCTYPE r [<!ENTITY a "b">]><r><row>&a;</row></r>', "xml-refused"),
        ("<r>samo tekst</r>", "xml-not-a-table"),
        ("<r><row>1</row>", "file-damaged"),
        ("<a>" * 300 + "</a>" * 300, "xml-refused"),
        ("<r>" + "".join(f"<k{i}/>" for i in range(20_000)) + "</r>", "xml-not-a-table"),
    ],
)
def test_xml_that_is_no_table_is_a_finding(rows, text, check):
    reading, _ = rows(text, "xml")
    assert (checks(reading), reading.ok and not reading.as_is) == ([check], False)


def test_parquet_keeps_its_types(rows):
    table = pa.table(
        {
            "šifra": ["007", None],
            "broj": [1, 2],
            "iznos": pa.array([1.5, None]),
            "dan": pa.array([18_000, None], pa.date32()),
            "da": [True, False],
        }
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    reading, found = rows(sink.getvalue().to_pybytes(), "parquet")
    assert reading.labels == ("šifra", "broj", "iznos", "dan", "da")
    assert types(reading) == ["string", "integer", "number", "date", "boolean"]
    assert found == [["007", "1", "1.5", "2019-04-14", "true"], ["", "2", "", "", "false"]]
    assert not reading.spatial


def test_parquet_that_is_cut_short_is_damaged(rows):
    assert checks(rows(b"PAR1" + bytes(100), "parquet")[0]) == ["file-damaged"]
