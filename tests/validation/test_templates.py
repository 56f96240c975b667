"""Templates as files: a filled one validates, a wrong value in it is found."""

import json

import openpyxl
import pytest

from datasets.errors import ConfigError
from datasets.model import Dataset, Resource
from datasets.template import template, templates
from datasets.text import CYRILLIC, LATIN, Text
from validation.judge import Checks, validate
from validation.reading import read
from validation.templates import resembling, write


@pytest.fixture
def judge(here, tmp_path):
    """Read a file and judge it by a template."""

    def report(path, name):
        schema = {"template": name} if name else None
        resource = Resource("a", path, path.suffix[1:], path.name, schema=schema)
        dataset = Dataset("a", Text("А"), "o", "s", "1", (resource,))
        readings = read(dataset, here, tmp_path / f"read-{path.name}")
        return readings[0], validate(dataset, readings, None, Checks(), here)

    return report


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("name", sorted(templates()))
def test_a_filled_template_validates(judge, tmp_path, name, kind):
    path = tmp_path / f"a.{kind}"
    script = LATIN if kind == "csv" else CYRILLIC
    write(template(name), kind, path, script, True)
    reading, report = judge(path, name)
    assert reading.rows == 2
    assert report.ok, [finding.note for finding in report.of("error")]


def test_a_value_that_is_not_on_the_list_is_found_in_its_cell(judge, tmp_path):
    path = tmp_path / "a.xlsx"
    write(template("trees"), "xlsx", path, CYRILLIC, True)
    book = openpyxl.load_workbook(path)
    book.active["G3"] = "онако"
    book.save(path)
    _, report = judge(path, "trees")
    assert [(f.check, f.cell, f.field) for f in report.of("error")] == [
        ("constraint-error", "G3", "Стање")
    ]


def test_a_blank_workbook_has_lists_prompts_and_text_for_codes(tmp_path):
    path = tmp_path / "a.xlsx"
    write(template("parking"), "xlsx", path, LATIN, False)
    sheet = openpyxl.load_workbook(path).active
    assert sheet.title == "Parkirališta"
    assert [cell.value for cell in sheet[1]][:3] == ["Oznaka", "Naziv", "Vrsta"]
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert rules["C2:C5001"].formula1 == '"ulično,otvoreno,garaža"'
    assert "Obavezno." in rules["C2:C5001"].prompt
    assert sheet.column_dimensions["A"].number_format == "@"
    assert sheet.max_row == 1


def test_a_table_that_looks_like_a_template_is_offered_it():
    [found] = resembling(template("bus-stops").example(LATIN)[0])
    assert (found.check, found.severity) == ("template-likely", "note")
    [offer] = found.offers
    assert (offer.step.repair, offer.step.values) == ("use-template", {"template": "bus-stops"})
    assert not offer.exact
    assert not list(resembling(["a", "b"]))


def test_a_style_draws_what_the_template_holds(tmp_path):
    write(template("bicycle-paths"), "style", tmp_path / "s.json", CYRILLIC, False)
    style = json.loads((tmp_path / "s.json").read_text())
    assert (style["version"], style["layers"][0]["type"]) == (8, "line")
    write(template("budget"), "style", tmp_path / "b.json", CYRILLIC, False)
    assert json.loads((tmp_path / "b.json").read_text())["layers"] == []


def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("moje")
    with pytest.raises(ConfigError, match="is there already"):
        write(template("trees"), "csv", path, CYRILLIC, False)
    assert path.read_text() == "moje"


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot be written"):
        write(template("trees"), "csv", tmp_path / "no" / "a.csv", CYRILLIC, False)


def test_a_header_that_a_template_knows_is_not_asked_about(judge, tmp_path):
    path = tmp_path / "a.csv"
    write(template("kindergartens"), "csv", path, CYRILLIC, True)
    for name in ("kindergartens", ""):
        reading, _ = judge(path, name)
        assert "header-unsure" not in {finding.check for finding in reading.findings}
        path = path.rename(tmp_path / "b.csv")


def test_a_template_of_last_time_is_the_contract_of_the_next_delivery(here, tmp_path):
    path = tmp_path / "a.csv"
    write(template("trees"), "csv", path, LATIN, True)
    resource = Resource("a", path, "csv", "a.csv")
    dataset = Dataset("a", Text("А"), "o", "s", "1", (resource,))
    contracts = {"a": template("trees").schema(CYRILLIC)}
    [reading] = read(dataset, here, tmp_path / "read", contracts)
    assert reading.schema["template"] == "trees"
    assert reading.schema["primaryKey"] == ["Oznaka"]
    assert reading.schema["fields"][6]["constraints"]["enum"][0] == "dobro"
