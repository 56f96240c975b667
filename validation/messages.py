"""What a finding says to a clerk: what is wrong and what to do, in the portal's three languages.

The sentences are authored in the folder `sentences`, in Serbian Cyrillic and in English; Serbian
Latin is made of the Cyrillic. The values in them stay as they stand in the data, in plain text: a
page escapes them.
"""

import functools
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from datasets.model import Finding
from datasets.sentences import UNKNOWN, Gaps, Sentence, in_language

CATALOGUE = Path(__file__).with_name("sentences")
"""A folder; its files are read as one, and may each have any of the sections."""
SECTIONS = ("sentences", "groups", "why", "repairs", "verdict", "counted", "where", "words")
EXAMPLES = {
    "integer": "12",
    "number": "12.5",
    "boolean": "true",
    "date": "2024-05-31",
    "datetime": "2024-05-31T14:30:00",
    "time": "14:30:00",
    "year": "2024",
    "yearmonth": "2024-05",
    "duration": "P1Y2M",
    "geopoint": "20.46, 44.81",
    "geojson": '{"type": "Point", "coordinates": [20.46, 44.81]}',
    "object": '{"a": 1}',
    "array": "[1, 2]",
    "list": "a,b",
}
SAMPLE = datetime(2024, 5, 31, 14, 30)  # noqa: DTZ001 - only its digits are shown
DATE_FORMAT = re.compile(r"(?:%[aAbBdHIjmMpSyY]|[^%\0]){1,60}")
"""The formats of which an example is shown; a width, as in %999999999Y, could fill the memory."""


def said(finding: Finding, language: str) -> Sentence:
    """Say a finding in a language of datasets.text.LANGUAGES.

    A check without a sentence of its own is said by its English note.

    >>> late = Finding("type-error", row=7, cell="D7",
    ...                values={"value": "juče", "type": "date", "format": "%d.%m.%Y"})
    >>> said(late, "sr-Latn").what
    'Ćelija D7: „juče“ nije datum zapisan kao „31.05.2024“, ili takav dan ne postoji.'
    >>> said(late, "en").how
    'Write it in that form. If there is no value, leave the cell blank.'
    """
    what, how = in_language(catalogue()["sentences"][key_of(finding)], language)
    values = values_of(finding, language)
    return Sentence(what.format_map(values), how.format_map(values))


def why(check: str, language: str) -> str:
    """Say why a check is there: whom the fault hurts.

    >>> why("blank-row", "sr-Latn")
    'Programi prazan red shvate kao kraj tabele, ili kao red bez vrednosti.'
    """
    reasons = catalogue()["why"]
    words: str = in_language(reasons.get(check, reasons["other"]), language)
    return words


def repair_words(repair: str, language: str) -> Sentence:
    """Say of a repair what its button offers (`what`), and what a report says was done (`how`).

    Both may have gaps for the values of the step, `field` and `count`.
    """
    entry = catalogue()["repairs"].get(repair, {"sr": [repair, repair], "en": [repair, repair]})
    offer, done = in_language(entry, language)
    return Sentence(offer, done)


def known() -> frozenset[str]:
    """Give the checks that have a sentence of their own."""
    return frozenset(key.partition(".")[0] for key in catalogue()["sentences"])


def key_of(finding: Finding) -> str:
    """Give the key of a finding's sentence: its check, or one kind of it after a dot."""
    sentences = catalogue()["sentences"]
    values = finding.values
    variants = (values.get("constraint"), values.get("type"), "same" if "other" in values else "")
    keys = [*(f"{finding.check}.{variant}" for variant in variants if variant), finding.check]
    return next((key for key in keys if key in sentences), "other")


def values_of(finding: Finding, language: str) -> Gaps:
    """Give what may stand in a sentence: the finding's own values, some of them in words."""
    values = Gaps({"resource": finding.resource, "path": finding.resource, **finding.values})
    values.update(field=finding.field or values["field"], cell=finding.cell)
    if finding.row is not None:
        values["row"] = str(finding.row)
    if not values.get("note"):
        values["note"] = finding.note
    values["note"] = values["note"].rstrip(".")
    values["example"] = _example(values)
    for group, words in catalogue()["words"].items():
        if values.get(group) in words:
            values[group] = in_language(words[values[group]], language)
    values["where"] = _where(finding, language)
    if "repair" in values:
        values["repaired"] = repair_words(values["repair"], language).how.format_map(values)
    for name in ("likely", "near", "json_path"):
        values[f"{name}_sentence"] = part(name, language, values) if values.get(name) else ""
    return values


def _example(values: Mapping[str, str]) -> str:
    form = values.get("format", "default")
    if "%" in form and DATE_FORMAT.fullmatch(form):
        return SAMPLE.strftime(form)
    return EXAMPLES.get(values.get("type", ""), UNKNOWN)


def _where(finding: Finding, language: str) -> str:
    """Name the smallest thing that a finding is about."""
    values = {
        "cell": finding.cell,
        "row": str(finding.row),
        "field": finding.field,
        "resource": finding.resource,
    }
    if finding.cell or finding.row is not None:
        place = part("cell" if finding.cell else "row", language, values)
        return place + (part("in_column", language, values) if finding.field else "")
    if finding.field:
        return part("column", language, values)
    return part("file" if finding.resource else "dataset", language, values)


def part(name: str, language: str, values: Mapping[str, str]) -> str:
    """Say a part of a sentence: the name of a place, or what is added behind."""
    words: str = in_language(catalogue()["where"][name], language)
    return words.format_map(values)


@functools.cache
def catalogue() -> Mapping[str, Any]:
    """Give the sections of the catalogue: one mapping for each of SECTIONS."""
    sections: dict[str, Any] = {name: {} for name in SECTIONS}
    for path in sorted(CATALOGUE.glob("*.yaml")):
        for section, entries in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            for key, entry in entries.items():
                if section == "words":
                    sections["words"].setdefault(key, {}).update(entry)
                else:
                    sections[section][key] = entry
    return sections
