"""Every repair can be named, said and looked up."""

import re

import pytest

from datasets.errors import ConfigError
from datasets.model import Step
from datasets.serbian import is_cyrillic
from validation.messages import catalogue
from validation.repairs import _recipe


def test_every_repair_has_its_words_and_no_words_are_left_of_one_that_is_gone():
    assert set(catalogue()["repairs"]) == _recipe.known()


def test_every_repair_has_its_heading_in_the_docs(project):
    text = (project / "docs/repairs.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^### `([a-z0-9-]+)`$", text, re.MULTILINE)) == _recipe.known()


@pytest.mark.parametrize("repair", sorted(_recipe.known()))
def test_every_repair_is_said_in_both_languages_with_the_same_gaps(repair):
    entry = catalogue()["repairs"][repair]
    assert set(entry) == {"sr", "en"}
    for at in (0, 1):
        gaps = [set(re.findall(r"{(\w+)}", entry[language][at])) for language in ("sr", "en")]
        assert gaps[0] == gaps[1]
    assert is_cyrillic("".join(entry["sr"]))
    assert not is_cyrillic("".join(entry["en"]))
    assert all(words[1].endswith(".") and words[0][-1] not in ".?" for words in entry.values())


def test_a_name_with_hyphens_is_a_module_with_underscores():
    assert _recipe.opened([{"repair": "trim"}])[0].step == Step("trim")


def test_a_step_that_no_repair_does_is_refused_with_those_there_are():
    with pytest.raises(ConfigError, match="no repair 'sing'; there are .*trim"):
        _recipe.check_step(Step("sing"))
