"""What people are told of a fault: complete, in three languages, no gap in the wrong place."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from datasets.errors import BlockedAddress, HarvestError, LeaseLost
from datasets.serbian import is_cyrillic
from datasets.text import LANGUAGES
from publish.harvests.faults import CATALOGUE, faults, told

RAISED = {"HarvestError", "BlockedAddress", "LeaseLost"}


def raised(project: Path) -> set[str]:
    """Find the fault of every error that the code raises by name."""
    found = {BlockedAddress("x").fault, LeaseLost("x").fault, HarvestError("x").fault}
    for folder in ("datasets", "harvesters", "publish"):
        for path in (project / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISED:
                    given = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "fault")]
                    found.update(str(n.value) for n in given if isinstance(n, ast.Constant))
    return found


def test_every_fault_that_is_raised_has_its_sentences(project):
    assert raised(project) <= faults()


def test_the_search_for_faults_finds_them(project):
    assert {"source", "blocked", "lease-lost"} <= raised(project)


def test_every_fault_is_in_the_docs(project):
    text = (project / "docs/errors.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`[a-z`, -]+`) \|", text, re.MULTILINE)
    assert faults() <= {name for cell in cells for name in re.findall(r"[a-z-]+", cell)}


@pytest.mark.parametrize("fault", sorted(faults()))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fault_says_what_happened_and_what_to_do(fault, language):
    sentence = told(fault, {}, language)
    assert sentence.what.endswith((".", ")."))
    assert sentence.how.endswith(".")
    assert "{" not in sentence.what + sentence.how


def test_no_serbian_word_mixes_two_scripts():
    known = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    words = re.findall(r"\w+", " ".join(" ".join(said["sr"]) for said in known.values()))
    mixed = [w for w in words if is_cyrillic(w) and re.search("[A-Za-z]", w)]
    assert mixed == []


def test_values_fill_a_sentence_as_they_are():
    hostile = "{fault.__class__} <b>"
    assert hostile in told("upstream-error", {"said": hostile}, "en").what


def test_a_fault_that_nobody_knows_is_said_all_the_same():
    assert told("nema-ga", {}, "en") == told("source", {}, "en")
