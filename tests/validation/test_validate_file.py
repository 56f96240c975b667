import json
import re
import zipfile
from typing import Any

import frictionless
import pytest

from datasets.errors import ConfigError, ReadingError
from datasets.model import Schema
from validation.judge import validate_file

STATIONS: Schema = {
    "fields": [
        {"name": "id", "type": "integer", "constraints": {"unique": True}},
        {"name": "назив", "type": "string", "constraints": {"required": True}},
        {"name": "отворено", "type": "date", "format": "%d.%m.%Y"},
        {"name": "lat", "type": "number"},
        {"name": "lon", "type": "number"},
    ],
    "primaryKey": "id",
}
GOOD = (
    "id,назив,отворено,lat,lon\n"
    "1,Београд,05.10.2021,44.81,20.46\n"
    "2,Ниш,31.12.2020,43.32,21.90\n"
    "3,Суботица,,46.10,19.67\n"
)


def timeless(report: dict[str, Any]) -> dict[str, Any]:
    report = json.loads(json.dumps(report))
    for stats in (report["stats"], *(task["stats"] for task in report["tasks"])):
        stats.pop("seconds")
    return report


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD + "x,,2021-05-10,44,20\n3,Три,,1\n",
        GOOD + "\n1,Пет,,44,20,вишак\n",
        "id,назив\n1,a\n",
        "id,ime,отворено,lat,lon\n1,a,,44,20\n",
        "",
    ],
    ids=["clean", "types", "shape", "labels missing", "label wrong", "empty"],
)
def test_a_csv_with_a_schema_gets_exactly_frictionless_report(tmp_path, here, text):
    path = tmp_path / "stanice.csv"
    path.write_text(text, encoding="utf-8")
    ours = validate_file(path, STATIONS, here)
    schema = frictionless.Schema.from_descriptor(dict(STATIONS))
    theirs = frictionless.validate("stanice.csv", basepath=str(tmp_path), schema=schema)
    assert timeless(ours.frictionless) == timeless(theirs.to_descriptor())
    assert ours.ok == theirs.valid
    assert [f.check for f in ours.findings] == [e.type for e in theirs.tasks[0].errors]


@pytest.mark.parametrize("schema_name", ["schema-valid.json", "schema.json"])
def test_real_tables_get_exactly_frictionless_report(shared, here, schema_name):
    folder = shared / "data/messy/csv/frictionless"
    schema = json.loads((folder / schema_name).read_text())
    files = [path for path in sorted(folder.glob("*.csv")) if re.fullmatch("[a-z0-9-]+", path.stem)]
    assert len(files) > 40
    for path in files:
        ours = validate_file(path, schema, here)
        theirs = frictionless.validate(
            path.name, basepath=str(folder), schema=frictionless.Schema.from_descriptor(schema)
        )
        assert timeless(ours.frictionless) == timeless(theirs.to_descriptor()), path.name


@pytest.mark.parametrize(
    ("schema", "check", "word"),
    [
        ({"fields": [{"name": "id", "type": "broj"}]}, "field-error", "broj"),
        ({"fields": "id"}, "schema-error", "array"),
        ({"fields": [1]}, "schema-error", "Table Schema"),
        (
            {"fields": [{"name": "id", "type": "integer", "constraints": {"minimum": "q"}}]},
            "schema-error",
            "minimum",
        ),
        (
            {"fields": [{"name": "id", "type": "object"}], "primaryKey": "id"},
            "schema-error",
            "key",
        ),
        (
            {"fields": [{"name": "id", "type": "string", "constraints": {"pattern": "("}}]},
            "schema-error",
            "id",
        ),
    ],
)
def test_a_schema_that_cannot_be_used_is_a_finding(tmp_path, here, schema, check, word):
    path = tmp_path / "t.csv"
    path.write_text("id\n1\n")
    report = validate_file(path, schema, here)
    assert report.findings[0].check == check
    assert word in report.findings[0].note
    assert not report.frictionless["valid"]


def test_a_pattern_that_would_hang_is_stopped_and_named(tmp_path, sandbox):
    path = tmp_path / "t.csv"
    path.write_text("шифра\n" + "a" * 40 + "b\n")
    field = {"name": "шифра", "type": "string", "constraints": {"pattern": "(a+)+"}}
    report = validate_file(path, {"fields": [field]}, sandbox)
    [finding] = report.findings
    assert (finding.check, finding.field) == ("pattern-unsafe", "шифра")
    assert finding.values["pattern"] == "(a+)+"


def test_a_shapefile_without_prj_is_asked_for_its_system(shared, sandbox, tmp_path):
    folder = shared / "data/serbia/derived-traps"
    path = tmp_path / "opstine.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in folder.glob("opstine_utm34_noprj.*"):
            archive.write(part, part.name)
    report = validate_file(path, None, sandbox)
    [missing] = [f for f in report.findings if f.check == "crs-missing"]
    assert missing.values["likely"] == "EPSG:8682"
    assert not report.ok


def test_a_file_without_a_schema_is_judged_by_the_one_that_reading_proposes(sandbox, tmp_path):
    path = tmp_path / "вртићи.csv"
    path.write_bytes("шифра;износ;датум\n007;1.234,50;31.12.2020.\n".encode("cp1251"))
    report = validate_file(path, None, sandbox)
    assert report.ok
    assert report.frictionless["valid"]
    assert report.frictionless["tasks"][0]["labels"] == ["шифра", "износ", "датум"]


def test_what_is_no_file_and_no_schema_is_said(tmp_path, here):
    with pytest.raises(ReadingError, match="no such file"):
        validate_file(tmp_path / "нема.csv", None, here)
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(ConfigError, match="fields"):
        validate_file(tmp_path / "t.csv", ["a"], here)
