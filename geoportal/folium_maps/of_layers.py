"""Layers that are public, as one HTML file: what a map shows, to look at or to take away."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from datasets.model import BBox, Column
from datasets.sentences import number
from datasets.serbian import to_latin
from datasets.text import CYRILLIC, Text
from geoportal.figures import day
from geoportal.folium_maps.document import Sheet, document
from geoportal.palette import Symbol
from geoportal.registry import Shown
from geoportal.words import word
from publish.layers.query import Query

MOST_FEATURES = 2000
"""Of a map: a browser draws so many at once from a file of about a megabyte."""
MOST_BYTES = 3_000_000  # of GeoJSON; large polygons fill a file sooner than their number says
MOST_COLUMNS = 40  # of a layer, in what a click shows
LONGEST_VALUE = 2000  # letters of a cell


@dataclass(frozen=True, slots=True)
class Pick:
    """A public layer for a map: which of its features, and how they are drawn.

    Without a query it is all of them; `colour_of` gives a feature a colour by its values, of which
    `legend` has the colours and words.
    """

    shown: Shown
    symbol: Symbol
    query: Query = Query()
    opacity: float = 1.0
    colour_of: Callable[[Mapping[str, Any]], str] | None = None
    legend: Sequence[tuple[str, str]] = ()


def of_layers(
    picks: Sequence[Pick],
    *,
    language: str,
    title: str = "",
    note: str = "",
    heading: bool = True,
    view: BBox | None = None,
) -> str:
    """Layers, the first on top, as a whole HTML page; `view` is where it looks first.

    Names and values are in Latin for who reads Latin. What does not fit is told below the map.
    """
    counts = [pick.shown.features.count(pick.query) for pick in picks]
    sheets, told = [], [note]
    for pick, most, total in zip(picks, shares(counts), counts, strict=True):
        features = list(_bounded(pick.shown.features.features(pick.query, limit=most)))
        sheets.append(_sheet(pick, features, language))
        if len(features) < total:
            told.append(_cut(language, pick.shown.title, len(features), total))
    return document(
        sheets,
        language=language,
        title=title or " · ".join(sheet.title for sheet in sheets) or word(language, "map"),
        note=" ".join(filter(None, told)),
        heading=heading,
        view=view,
    )


def shares(counts: Sequence[int]) -> list[int]:
    """How many features of each layer are drawn: small ones whole, the rest share what is left.

    >>> shares([10, 50_000, 5_000]), shares([1, 2])
    ([10, 995, 995], [1, 2])
    """
    left, found = MOST_FEATURES, dict.fromkeys(range(len(counts)), 0)
    for done, i in enumerate(sorted(found, key=lambda i: counts[i])):
        found[i] = min(counts[i], left // (len(counts) - done))
        left -= found[i]
    return list(found.values())


def _bounded(fragments: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Features as long as they fit into a file."""
    sizes = itertools.accumulate(map(len, fragments := list(fragments)))
    for fragment, size in zip(fragments, sizes, strict=True):
        if size > MOST_BYTES:
            return
        yield orjson.loads(fragment)


def _sheet(pick: Pick, features: Sequence[dict[str, Any]], language: str) -> Sheet:
    shown, colour_of = pick.shown, pick.colour_of
    columns = shown.layer.columns[:MOST_COLUMNS]
    return Sheet(
        title=_script(language, shown.title.said(language)),
        features=[_said(feature, columns, language) for feature in features],
        columns={column.name: _script(language, column.title) for column in columns},
        symbol=pick.symbol,
        credit=credit(shown, language),
        opacity=pick.opacity,
        colours=[colour_of(feature["properties"]) for feature in features] if colour_of else [],
        legend=pick.legend,
    )


def _said(feature: dict[str, Any], columns: Sequence[Column], language: str) -> dict[str, Any]:
    """A feature whose values are in the reader's script, cut where they are endless."""
    values = feature["properties"]
    shown = {each.name: values.get(each.name) for each in columns}
    return feature | {
        "properties": {
            name: _script(language, value[:LONGEST_VALUE]) if isinstance(value, str) else value
            for name, value in shown.items()
        }
    }


def _script(language: str, text: str) -> str:
    return text if language == CYRILLIC else to_latin(text)


def credit(shown: Shown, language: str) -> str:
    """Whose data a layer is, by which licence, and of which day."""
    publisher = shown.organization_title.said(language) or shown.organization
    said = (_script(language, publisher), shown.license_title, day(language, shown.modified))
    return ", ".join(filter(None, said))


def _cut(language: str, title: Text, drawn: int, total: int) -> str:
    said = _script(language, title.said(language))
    counts = {"shown": number(language, drawn), "total": number(language, total)}
    return word(language, "folium_cut", title=said, **counts)
