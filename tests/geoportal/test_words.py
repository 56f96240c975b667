"""The words of the interface: each is there in both authored languages, and each is used."""

import re
import string
from pathlib import Path

import pytest

from datasets.serbian import is_cyrillic
from datasets.text import CYRILLIC, ENGLISH, LANGUAGES, LATIN
from geoportal import words
from geoportal.emap.page import SCRIPTED

GEOPORTAL = Path(words.__file__).parent
ASKED = re.compile(r"""\b(?:t|counted)\(\s*["']([a-z0-9_]+)["']\s*[,)]""")
MADE = re.compile(
    r"(sort|facet|area|column|quality|freshness|causes|stars|task|side)_\w+"
    r"|(print_paper|share_size)_[a-z0-9_]+|measure_(length|area)|download_(view|area|all)"
    r"|draw_(point|line|polygon|box|circle)"
    r"|(tool|class|style|method|ramp|filter)_[a-z_-]+|(chart|difference)_\w+"
    r"|table_type_\w+(\[\])?|table_(has|is|empty|full)"
    r"|(error|warning|note)s_counted|(held|refused)(_about)?"
)
"""Keys that templates put together: of a sort, a facet, a measure, a severity, a refusal."""
LATIN_WORDS = {
    "API", "CKAN", "OGC", "Features", "GeoParquet", "HTML", "JSON", "SHA", "WGS", "TileJSON",
    "JavaScript", "WebGL", "Ctrl", "emap", "run", "naselja", "OpenAPI", "EPSG", "CRS", "Tiles",
    "DCAT", "AP", "Turtle", "CSV", "Records", "MapLibre", "SLD", "LD", "EDR", "Processes", "Styles",
    "Atom", "QGIS", "ArcGIS", "GeoJSON", "CQL", "Google", "Earth", "Excel", "LibreOffice",
    "MQA", "XLSX", "PDF", "GeoPackage", "CC", "BY", "data", "europa", "eu", "text", "csv",
    "QR", "SVG", "ZIP", "circle", "WCAG", "axe", "core", "brand", "link", "css", "site", "ETag",
    "start", "km", "Shapefile",
}  # fmt: skip


KEYS = sorted(words.authored(CYRILLIC))


def forms(said):
    return [said] if isinstance(said, str) else said


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
    assert asked and asked <= set(KEYS)


def test_every_word_of_the_pages_is_used_somewhere():
    sources = [*(GEOPORTAL / "templates").rglob("*.html"), *GEOPORTAL.rglob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    scripts = "\n".join(
        path.read_text(encoding="utf-8") for path in (GEOPORTAL / "static" / "js").rglob("*.mjs")
    )
    ogc = words.catalogue(words.LOCALE / "sr" / "LC_MESSAGES" / "ogc.po")  # made of parameters
    unused = {
        key
        for key in set(KEYS) - set(ogc)
        if f'"{key}"' not in text and not MADE.fullmatch(key) and not _scripted(key, scripts)
    }
    assert unused == set()


def _scripted(key: str, scripts: str) -> bool:
    """Whether a script says the word: `words.key`, or its key in quotes."""
    bare = key.removeprefix(SCRIPTED)
    return key.startswith(SCRIPTED) and bool(re.search(rf'words\.{bare}\b|"{bare}"', scripts))


def test_every_key_is_authored_in_both_languages():
    assert sorted(words.authored(ENGLISH)) == KEYS
    assert set(words.authored(LATIN)) <= set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_word_is_said_in_serbian_and_english_with_the_same_values(key):
    serbian, english = (words.authored(language)[key] for language in (CYRILLIC, ENGLISH))
    assert all(forms(serbian)) and all(forms(english))
    assert len(forms(serbian)) in (1, 3) and len(forms(english)) in (1, 2)
    assert isinstance(serbian, str) == isinstance(english, str)
    assert placeholders(serbian) == placeholders(english)


@pytest.mark.parametrize("key", KEYS)
def test_serbian_is_authored_in_cyrillic_alone(key):
    for text in forms(words.authored(CYRILLIC)[key]):
        plain = re.sub(r"\{\w+\}", "", text)
        strange = set(re.findall(r"[A-Za-zčćžšđ]{2,}", plain)) - LATIN_WORDS
        assert not strange, text


def test_latin_is_made_whole():
    for key, said in words.words(LATIN).items():
        assert not any(is_cyrillic(text) for text in forms(said)), key


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
