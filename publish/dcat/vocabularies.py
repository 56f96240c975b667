"""Controlled vocabularies, read from the tables in `vocabularies/`: each names its source.

An entry is found by its address, its code, one of its labels or words, in either script, without
regard to case and diacritics. Whatever entry is used in a document is described there too: its kind
and its labels, so that the document can be checked and read without fetching anything.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from datasets.serbian import fold
from publish.dcat.graph import Graph
from publish.dcat.terms import IRI, Literal

HERE = Path(__file__).parent / "vocabularies"
_folded = functools.lru_cache(10_000)(fold)  # the same few words, again and again


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a vocabulary, with its labels by language.

    `media` is the media type of a format, `type` that of a licence, `interval` how often, by
    ISO 8601.
    """

    address: IRI
    labels: Mapping[str, str]
    media: str = ""
    type: str = ""
    interval: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """Entries of one kind (`dct:Frequency`), by each name under which one is found."""

    kind: str
    entries: Mapping[str, Entry]

    def find(self, said: object) -> Entry | None:
        """Give the entry that somebody meant."""
        if not isinstance(said, str) or not said:
            return None
        return self.entries.get(said) or self.entries.get(_folded(said[:100]))

    def use(self, graph: Graph, said: object) -> IRI | None:
        """Give the address of the entry that somebody meant, and describe it in the graph."""
        entry = self.find(said)
        if entry is None:
            return None
        if not graph.knows(entry.address, self.kind):
            about = graph.about(entry.address, self.kind)
            label = "skos:prefLabel" if self.kind == "skos:Concept" else "rdfs:label"
            about.say(label, *(Literal(text, tag) for tag, text in entry.labels.items()))
            if entry.type:
                about.say("dct:type", LICENCE_TYPE.use(graph, entry.type))
        return entry.address


def _names(code: str, entry: Entry, words: list[str]) -> Iterator[str]:
    yield entry.address
    yield entry.address.replace("http://", "https://", 1)
    yield from words
    for said in (code, *entry.labels.values(), *words):
        yield fold(said)


@functools.cache
def vocabulary(name: str) -> Vocabulary:
    """Read a table of the folder by its name (`frequency`)."""
    table = yaml.safe_load((HERE / f"{name}.yml").read_text(encoding="utf-8"))
    entries: dict[str, Entry] = {}
    for code, row in table["concepts"].items():
        entry = _entry(IRI(table["base"] + code), row)
        for found in _names(code, entry, row.get("words", [])):
            entries.setdefault(found, entry)
    return Vocabulary(table["class"], entries)


def _entry(address: IRI, row: Mapping[str, Any]) -> Entry:
    labels = {tag: row[tag] for tag in ("en", "sr") if tag in row}
    interval = next((word for word in row.get("words", []) if word.startswith("R/")), "")
    return Entry(address, labels, row.get("media", ""), row.get("type", ""), interval)


ACCESS_RIGHT = vocabulary("access-right")
FILE_TYPE = vocabulary("file-type")
FREQUENCY = vocabulary("frequency")
HVD_CATEGORY = vocabulary("hvd-category")
LANGUAGE = vocabulary("language")
LICENCE = vocabulary("licence")
LICENCE_TYPE = vocabulary("licence-type")
PUBLISHER_TYPE = vocabulary("publisher-type")
THEME = vocabulary("theme")
