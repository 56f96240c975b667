"""By what a list of datasets can be narrowed down: each value with how many there would be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ckanapi.errors import SearchError, SearchQueryError, ValidationError

from datasets.serbian import sort_key
from datasets.text import CYRILLIC, ENGLISH, Text
from geoportal.pages import listing
from geoportal.pages.question import FIELDS, Question
from geoportal.portal import Portal
from geoportal.rendering import linker
from geoportal.words import word
from publish.catalog.licenses import LICENSES
from publish.dcat.vocabularies import FREQUENCY, THEME, Vocabulary
from publish.quality.assessment import RATINGS

SHOWN = ("theme", "organization", "res_format", "license_id", "frequency", "quality")
"""The facets of the page, in their order; the other parameters are shown where they are chosen."""
FEW = 6  # values that stand open; the others are one step away
RATED = [rating for _, rating in RATINGS] + ["bad"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value: how many datasets there would be with it, and the address that turns it."""

    label: Text
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A parameter of the search with its values, the chosen and the frequent ones first."""

    name: str
    few: Sequence[Choice]
    more: Sequence[Choice]

    @property
    def chosen(self) -> int:
        """How many values are chosen."""
        return sum(choice.is_chosen for choice in (*self.few, *self.more))


def facets(portal: Portal, question: Question, found: listing.Found, language: str) -> list[Facet]:
    """The facets that have anything to choose."""
    made = [_facet(portal, question, found, name, language) for name in SHOWN]
    return [facet for facet in made if facet.few]


def _facet(
    portal: Portal, question: Question, found: listing.Found, name: str, language: str
) -> Facet:
    counts = _counts(portal, question, found, name)
    link = linker(portal, language)
    chosen = question.chosen.get(name, ())
    choices = [
        Choice(
            label=label_of(portal, name, value),
            count=counts.get(value, 0),
            href=link("/data", **question.turned(name, value)),
            is_chosen=value in chosen,
        )
        for value in _ordered(name, {*counts, *chosen} - {""}, counts, chosen)
    ]
    few = max(FEW, len(chosen))
    return Facet(name, choices[:few], choices[few:])


def _counts(
    portal: Portal, question: Question, found: listing.Found, name: str
) -> Mapping[str, int]:
    """How many there would be with each value; of one of which any will do, without the others."""
    field = FIELDS[name]
    if not question.chosen.get(name) or field not in listing.EITHER:
        return found.facets[field]
    others = {key: values for key, values in question.filters.items() if key != field}
    try:
        return listing.counts(portal, question.q, others, question.bbox_lonlat, field)
    except (SearchError, SearchQueryError, ValidationError):  # no expression, but bare words
        return found.facets[field]


def _ordered(
    name: str, values: Iterable[str], counts: Mapping[str, int], chosen: Sequence[str]
) -> list[str]:
    """The chosen ones first, then the most frequent; ratings from the best to the worst."""
    if name == "quality":
        return [each for each in RATED if each in set(values)]
    by_name = sorted(values, key=sort_key)
    return sorted(by_name, key=lambda value: (value not in chosen, -counts.get(value, 0)))


def label_of(portal: Portal, name: str, value: str) -> Text:
    """What people read for a value of a parameter; the value itself where that is not known."""
    if name == "organization":
        return portal.publishers.titles().get(value) or Text(value)
    if name == "theme":
        return of_table(THEME, value)
    if name == "frequency":
        return of_table(FREQUENCY, value)
    if name == "license_id" and value in LICENSES:
        return Text(LICENSES[value].title)
    if name == "quality" and value in RATED:
        key = f"quality_{value}"
        return Text(word(CYRILLIC, key), {ENGLISH: word(ENGLISH, key)})
    return Text(value)


def of_table(table: Vocabulary, code: str) -> Text:
    """What people read for an entry of a table; its code where it is not in it."""
    entry = table.find(code)
    return Text(entry.labels["sr"], {ENGLISH: entry.labels["en"]}) if entry else Text(code)
