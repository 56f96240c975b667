"""Templates: what every one of them has, in both scripts."""

import pytest
from frictionless import Schema

from datasets.errors import ConfigError
from datasets.serbian import is_cyrillic
from datasets.template import fitted, likely, template, templates
from datasets.text import CYRILLIC, LATIN

WANTED = {
    *("kindergartens", "schools", "health-centres", "parking", "playgrounds", "waste-containers"),
    *("waste-calendar", "public-lighting", "bus-stops", "bicycle-paths", "trees"),
    *("cultural-monuments", "budget", "public-procurement", "permits", "water-quality"),
    *("air-quality", "public-buildings-energy", "polling-stations", "local-associations"),
    "communal-reports",
}


def test_all_templates_are_there():
    assert set(templates()) == WANTED


@pytest.mark.parametrize("name", sorted(WANTED))
def test_a_template_is_whole(name):
    found = template(name)
    assert is_cyrillic(found.title["sr"])
    assert not is_cyrillic(found.title["en"] + "".join(field.en for field in found.fields))
    assert is_cyrillic(found.about["sr"])
    assert found.geometry in ("point", "line", "polygon", "none")
    assert found.themes["dcat"]
    assert len(found.rows) == 2
    assert all(len(row) == len(found.fields) for row in found.rows)
    assert set(found.key) <= {field.sr for field in found.fields}
    assert len({field.en for field in found.fields}) == len(found.fields)


@pytest.mark.parametrize("script", [CYRILLIC, LATIN])
@pytest.mark.parametrize("name", sorted(WANTED))
def test_its_schema_is_one_that_frictionless_takes(name, script):
    schema = template(name).schema(script)
    made = Schema.from_descriptor(dict(schema))
    assert made.field_names == template(name).example(script)[0]
    assert not (script == LATIN and is_cyrillic("".join(made.field_names)))


@pytest.mark.parametrize("name", sorted(WANTED))
def test_a_table_with_its_headers_looks_like_it(name):
    assert likely(template(name).example(LATIN)[0]) == name


def test_a_table_with_a_few_common_headers_looks_like_none():
    assert likely(["Назив", "Адреса", "Географска ширина", "Географска дужина"]) == ""


def test_a_schema_takes_the_spelling_of_the_table():
    schema = fitted({"template": "trees"}, ["OZNAKA", "Vrsta", "нешто друго"])
    assert [field["name"] for field in schema["fields"]][:2] == ["OZNAKA", "Vrsta"]


def test_a_schema_follows_the_script_of_most_headers():
    latin = fitted({"template": "trees"}, ["oznaka", "vrsta", "stanje"])
    condition = next(field for field in latin["fields"] if field["name"] == "stanje")
    assert condition["constraints"]["enum"] == ["dobro", "srednje", "loše", "osušeno"]
    assert latin["primaryKey"] == ["oznaka"]


def test_another_schema_stays_as_it_is():
    schema = {"fields": [{"name": "a"}], "template": "no such"}
    assert fitted(schema, ["A"]) is schema


def test_a_template_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(ConfigError, match="kindergartens"):
        template("vrtici")
