"""A question of OGC API Records, as `package_search` takes it.

Rule: OGC API Records, Part 1 (20-004r1), Record Core Query Parameters.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datasets.model import BBox
from geoportal.ogc.record import EXTERNAL
from publish.layers.query import Interval

SORTABLE = {"title": "title_string", "created": "metadata_created", "updated": "metadata_modified"}
FACETS = {
    "contacts": "organization",
    "keywords": "tags",
    "formats": "res_format",
    "license": "license_id",
}
"""Properties of records that are counted, and what the catalog calls them."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, `within` some ids if they are given; what is empty is not asked."""

    q: str = ""
    bbox: BBox | None = None
    time: Interval | None = None
    types: Sequence[str] = ()
    ids: Sequence[str] = ()
    external_ids: Sequence[str] = ()
    sort: Sequence[tuple[str, bool]] = ()
    facets: bool = False
    within: Sequence[str] | None = None

    def given(self, offset: int, limit: int) -> dict[str, Any]:
        """The parameters of `package_search` for a page of what is found."""
        said: dict[str, Any] = {
            "q": words(self.q),
            "fq_list": list(filter(None, self._filters())),
            "start": offset,
            "rows": limit,
            "facet.field": list(FACETS.values()) if self.facets else [],
        }
        if self.bbox:
            said["ext_bbox"] = list(self.bbox)
        if self.within is not None:
            said["ext_ids"] = list(self.within)
        if self.sort:
            keys = [f"{SORTABLE[name]} {'desc' if down else 'asc'}" for name, down in self.sort]
            said["sort"] = ", ".join([*keys, "name asc"])
        return said

    def _filters(self) -> list[str]:
        return [
            any_of("dataset_type", self.types),
            any_of("id", self.ids) and f"({any_of('id', self.ids)} OR {any_of('name', self.ids)})",
            " OR ".join(external(value) for value in self.external_ids),
            *(period(self.time) if self.time else ()),
        ]


def words(q: str) -> str:
    r"""The query for `q`: commas mean or; words with blanks between stand so side by side.

    >>> words('kvalitet vazduha, "vrtić')
    'text:("kvalitet vazduha" OR "\\"vrtić")'
    """
    terms = [phrase(" ".join(term.split())) for term in q.split(",") if term.strip()]
    return f"text:({' OR '.join(terms)})" if terms else "*:*"


def phrase(text: str) -> str:
    """A text in quotation marks, so that no letter of it means anything."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def any_of(field: str, values: Sequence[str]) -> str:
    """A filter for any of some values of a field; nothing where there are none."""
    return f"{field}:({' OR '.join(map(phrase, values))})" if values else ""


def external(value: str) -> str:
    """A filter for an external identifier: `scheme:value`, a value, or a scheme alone."""
    scheme, colon, rest = value.partition(":")
    fields = {"name": "name", **{each: f"extras_{each}" for each in EXTERNAL}}
    if not colon and scheme in fields:
        return f"{fields[scheme]}:*"
    if colon and scheme in fields:
        return f"{fields[scheme]}:{phrase(rest)}"
    return " OR ".join(f"{field}:{phrase(value)}" for field in fields.values())


def period(time: Interval) -> list[str]:
    """Filters for what touches an interval, to the day, and for what says no time.

    A period may be said as `2024`, which ends after the first of May: it begins that day's date.
    """
    begin, end = time
    found = []
    if begin:
        day = begin.date().isoformat()
        said = any_of("temporal_end", [day[:4], day[:7]])
        found.append(f"temporal_end:[{day} TO *] OR {said} OR -temporal_end:*")
    if end:
        found.append(f"temporal_start:[* TO {end.date().isoformat()}T99] OR -temporal_start:*")
    return found
