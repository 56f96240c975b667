import ast
import re
from pathlib import Path

import frictionless.errors
import pytest
import yaml
from frictionless.errors import DataError, ResourceError

from datasets.model import Finding
from datasets.serbian import is_cyrillic
from datasets.text import LANGUAGES
from validation.checks import _plugin
from validation.messages import CATALOGUE, SECTIONS, catalogue, known, said, why

FROM_A_SCHEMA = {
    "schema-error",
    "field-error",
    "dialect-error",
    "control-error",
    "metadata-error",
    "package-error",
    "stats-error",
}
FIRST = ("Finding", "Unreadable", "Broken", "Fault", "each", "cells", "_finding")
MADE_OF = {**dict.fromkeys(FIRST, 0), "_own": 1}
"""Where the name of a check stands in the calls that make findings."""
MADE_UP = {"schema-wrong", "dialect-wrong"}  # harvesters: f"{key}-wrong"


def frictionless_types() -> set[str]:
    classes = [c for c in vars(frictionless.errors).values() if isinstance(c, type)]
    return FROM_A_SCHEMA | {c.type for c in classes if issubclass(c, DataError | ResourceError)}


def used(project: Path) -> set[str]:
    """Find the name of every check that the code makes findings of."""
    names = set(MADE_UP)
    for folder in ("datasets", "harvesters", "validation", "publish"):
        for path in (project / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    names.update(check_of(node))
                if isinstance(node, ast.Assign) and is_stopped(node):
                    names.update(ast.literal_eval(node.value).values())
    return names


def is_stopped(node: ast.Assign) -> bool:
    """Tell whether these are the checks of a reader that was stopped, by why it was."""
    return ast.unparse(node.targets[0]) == "STOPPED" and isinstance(node.value, ast.Dict)


def check_of(call: ast.Call) -> list[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name not in MADE_OF:
        return []
    place = MADE_OF[name]
    given = [*call.args[place : place + 1], *(k.value for k in call.keywords if k.arg == "check")]
    told = [n.value for n in given if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return [name for name in told if name]


def test_every_check_has_a_sentence(project):
    own = {error.type for check in _plugin.checks() for error in check.Errors} | {"pattern-unsafe"}
    assert used(project) | frictionless_types() | own <= known()


def test_the_search_for_checks_finds_them(project):
    there = used(project)
    assert {"rows-lost", "file-too-large", "geometry-missing", "crs-legacy", "title-rows"} <= there
    assert len(there) > 50


def test_no_sentence_is_left_of_a_check_that_is_gone(project):
    own = {error.type for check in _plugin.checks() for error in check.Errors} | {"pattern-unsafe"}
    assert known() <= used(project) | frictionless_types() | own | {"other"}


def test_every_check_has_its_heading_in_the_docs(project):
    text = (project / "docs/checks.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^### `([a-z-]+)`", text, re.MULTILINE))
    assert headings == known() - {"other"}


def test_every_check_says_whom_its_fault_hurts(project):
    assert set(catalogue()["why"]) == known()


@pytest.mark.parametrize("section", ["why", "groups", "verdict", "where"])
def test_a_section_says_the_same_in_both_languages(section):
    for key, entry in catalogue()[section].items():
        gaps = [set(re.findall(r"{(\w+)}", entry[language])) for language in ("sr", "en")]
        assert gaps[0] == gaps[1], key
        assert is_cyrillic(entry["sr"]), key
        assert not is_cyrillic(entry["en"]), key
        assert section == "where" or entry["sr"][-1] in ".}", key


def test_the_docs_give_the_same_reasons(project):
    text = (project / "docs/checks.md").read_text(encoding="utf-8")
    for check, words in re.findall(r"^### `([a-z-]+)`\n(.*?)(?=^##|\Z)", text, re.M | re.S):
        assert f"*Why:* {why(check, 'en')}" in words, check


def test_a_file_of_the_catalogue_has_each_section_and_each_key_once():
    for path in CATALOGUE.glob("*.yaml"):
        document = yaml.compose(path.read_text(encoding="utf-8"))
        for mapping in [document, *(value for _, value in document.value)]:
            keys = [key.value for key, _ in mapping.value]
            assert len(keys) == len(set(keys)), path.name
        assert {key.value for key, _ in document.value} <= set(SECTIONS)


def of_rows() -> set[str]:
    """The checks of Frictionless whose errors stand in rows and cells: there may be many."""
    classes = [c for c in vars(frictionless.errors).values() if isinstance(c, type)]
    rows = (frictionless.errors.RowError, frictionless.errors.CellError)
    return {c.type for c in classes if issubclass(c, rows)}


def of_features() -> set[str]:
    """Our own checks that have a fault for each feature or row."""
    classes = {error for check in _plugin.checks() for error in check.Errors}
    return {error.type for error in classes if issubclass(error, frictionless.errors.RowError)}


@pytest.mark.parametrize("check", sorted(of_rows() | of_features()))
def test_many_findings_of_one_cause_have_a_sentence(check):
    assert check in catalogue()["groups"]


def test_a_group_says_the_kinds_that_its_sentences_say():
    kinds = {key for key in catalogue()["sentences"] if "." in key and not key.startswith("extent")}
    assert kinds <= set(catalogue()["groups"])


def entries() -> list[tuple[str, dict[str, list[str]]]]:
    return list(catalogue()["sentences"].items())


@pytest.mark.parametrize(("key", "entry"), entries())
def test_every_sentence_is_said_in_both_languages_with_the_same_words(key, entry):
    assert set(entry) == {"sr", "en"}
    for words in entry.values():
        assert len(words) == 2
        assert all(word.rstrip()[-1] in ".?}" for word in words)
    gaps = [set(re.findall(r"{(\w+)}", " ".join(words))) for words in entry.values()]
    assert gaps[0] == gaps[1], key
    assert is_cyrillic(entry["sr"][1])
    assert not is_cyrillic("".join(entry["en"]))
    assert not re.search("[čćšžđČĆŠŽĐ]", re.sub(r"č, ć, š, ž, đ", "", "".join(entry["sr"])))


@pytest.mark.parametrize("language", LANGUAGES)
def test_any_finding_can_be_said_whatever_it_lacks(language):
    for check in [*known(), "opening-hours"]:
        sentence = said(Finding(check, note="the note"), language)
        assert "{" not in sentence.what + sentence.how
        assert sentence.what
        assert sentence.how


def test_a_clerk_reads_the_cell_the_value_and_the_way_out():
    finding = Finding(
        "constraint-error",
        row=4,
        field="број",
        cell="C4",
        values={"value": "-3", "constraint": "minimum", "bound": "0"},
    )
    assert (
        said(finding, "sr-Cyrl").what == "Ћелија C4, колона „број“: „-3“ је мање од дозвољених 0."
    )
    assert (
        said(finding, "sr-Latn").what == "Ćelija C4, kolona „број“: „-3“ je manje od dozvoljenih 0."
    )
    assert said(finding, "en").what == 'Cell C4, column "број": "-3" is less than 0.'
    assert said(finding, "en").how == "Write a value of 0 or more."


def test_words_of_others_are_put_into_ours():
    finding = Finding(
        "geometry-invalid", row=7, values={"reason": "Self-intersection", "place": "20.5 44.5"}
    )
    assert "ivica seče samu sebe (kod 20.5 44.5)" in said(finding, "sr-Latn").what
    assert "its edge crosses itself" in said(finding, "en").what


def test_the_likely_system_is_told_only_where_there_is_one():
    sure = Finding("crs-missing", resource="sloj", values={"likely": "EPSG:6316"})
    assert said(sure, "en").what.endswith("By their numbers they look like EPSG:6316.")
    assert said(Finding("crs-missing", resource="sloj"), "en").what.endswith("coordinates are in.")


def test_values_are_plain_text_and_never_a_template():
    finding = Finding("type-error", cell="A2", values={"value": "{where}<b>", "type": "integer"})
    assert said(finding, "en").what == 'Cell A2: "{where}<b>" is not a whole number.'


@pytest.mark.parametrize("form", ["%999999999Y", "%", "%q", "\0%Y", "%Y" * 99])
def test_a_hostile_date_format_is_not_tried_out(form):
    finding = Finding("type-error", values={"value": "x", "type": "date", "format": form})
    assert "2024-05-31" in said(finding, "en").what
