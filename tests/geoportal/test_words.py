"""The words of the interface: each is there in both authored languages, and each is used."""

import re
import string
from pathlib import Path

import pytest
import yaml

from datasets.serbian import is_cyrillic
from datasets.text import ENGLISH, LANGUAGES, LATIN
from geoportal import words
from geoportal.pages.emap import JS_WORDS

GEOPORTAL = Path(words.__file__).parent
ASKED = re.compile(r"""\b(?:t|counted)\(\s*["']([a-z0-9_]+)["']\s*[,)]""")
MADE = re.compile(r"sort_\w+|causes_\w+|(error|warning|note)s_counted|(held|refused)(_about)?")
"""Keys that templates put together: of a sort, a severity, the action of a refusal."""
LATIN_WORDS = {
    "API", "CKAN", "OGC", "Features", "GeoParquet", "HTML", "JSON", "SHA", "WGS", "TileJSON",
    "JavaScript", "WebGL", "Ctrl", "emap", "run", "naselja", "OpenAPI", "EPSG", "CRS", "Tiles",
    "DCAT", "AP", "Turtle", "CSV", "Records", "MapLibre", "SLD", "LD", "EDR", "Processes", "Styles",
    "QGIS", "ArcGIS", "GeoJSON", "Google", "Earth", "Excel", "LibreOffice",
}  # fmt: skip


def forms(said):
    return said.values() if isinstance(said, dict) else [said]


def placeholders(said):
    return {
        name for text in forms(said) for _, name, _, _ in string.Formatter().parse(text) if name
    }


def test_every_word_that_a_template_asks_for_exists():
    asked = {
        key
        for template in (GEOPORTAL / "templates").rglob("*.html")
        for key in ASKED.findall(template.read_text(encoding="utf-8"))
    }
    assert asked and asked | set(JS_WORDS) <= set(words.words())


def test_every_word_of_the_pages_is_used_somewhere():
    sources = [*(GEOPORTAL / "templates").rglob("*.html"), *GEOPORTAL.rglob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    own = yaml.safe_load((GEOPORTAL / "words.yml").read_text(encoding="utf-8"))
    unused = {
        key
        for key in own
        if f'"{key}"' not in text and key not in JS_WORDS and not MADE.fullmatch(key)
    }
    assert unused == set()


@pytest.mark.parametrize("key", sorted(words.words()))
def test_a_word_is_said_in_serbian_and_english_with_the_same_values(key):
    said = words.words()[key]
    assert set(said) == {"sr", "en"}
    if isinstance(said["sr"], dict):
        assert set(said["sr"]) == {"one", "few", "many"}
        assert set(said["en"]) == {"one", "many"}
    assert placeholders(said["sr"]) == placeholders(said["en"])


@pytest.mark.parametrize("key", sorted(words.words()))
def test_serbian_is_authored_in_cyrillic_alone(key):
    for text in forms(words.words()[key]["sr"]):
        plain = re.sub(r"\{\w+\}", "", text)
        strange = set(re.findall(r"[A-Za-zčćžšđ]{2,}", plain)) - LATIN_WORDS
        assert not strange, text


def test_latin_is_made_whole():
    for key, said in words.words().items():
        if not isinstance(said["sr"], dict):
            values = dict.fromkeys(placeholders(said["sr"]), "1")
            assert not is_cyrillic(words.word(LATIN, key, **values)), key


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (1, ["1 скуп података", "1 skup podataka", "1 dataset"]),
        (3, ["3 скупа података", "3 skupa podataka", "3 datasets"]),
        (12, ["12 скупова података", "12 skupova podataka", "12 datasets"]),
        (1021, ["1.021 скуп података", "1.021 skup podataka", "1,021 datasets"]),
    ],
)
def test_a_sentence_counts_as_its_language_counts(n, said):
    from geoportal.rendering import counted  # noqa: PLC0415 - needs the whole site

    assert [counted(language, "datasets_counted", n) for language in LANGUAGES] == said


def test_an_unknown_word_is_a_fault():
    with pytest.raises(KeyError):
        words.word(ENGLISH, "no_such_key")
