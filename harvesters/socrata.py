"""A portal that runs Socrata (Tyler Data & Insights), by its Discovery API."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import Field

from datasets.errors import HarvestError
from datasets.record import Distribution, Known, Page, Record
from harvesters.catalogs import socrata
from harvesters.catalogs.catalog import CatalogSource, Pages, upstream_error
from harvesters.features import socrata_rows
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Fetched, Http
from harvesters.values.mapping import at, table

LIMIT = 100  # of a page of the catalog
REACH = 10_000  # entries that an offset reaches; further ones are asked for by the last id
_AFTER = "after "
_NO_ROWS = ("gone", "status", "wrong-answer")


class Socrata(CatalogSource):
    """All datasets and maps of a portal; filters, charts and stories are none.

    `domain` is the portal's host, where the catalog at `url` holds several portals. A key is an app
    token, which Socrata gives to whoever asks for one.
    """

    domain: str = Field(default="", pattern=r"^[A-Za-z0-9.:-]{0,253}$")
    token_header: str = Field(default="X-App-Token", pattern=r"^[A-Za-z0-9-]{1,100}$")

    @property
    def site(self) -> str:
        """The address of the catalog's host."""
        return re.sub(r"(/api(/.*)?|/browse|/data\.json)?/*$", "", self.url.partition("?")[0])

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the datasets in the order of their ids."""
        pages, place = Pages(self.site), at or "0"
        while place:
            entries, total = self._page(http, place)
            following = self._following(entries, place, total)
            fresh = pages.fresh([socrata.remote_id(each) for each in entries])
            new = [each for each, is_new in zip(entries, fresh, strict=True) if is_new]
            found = [self._record(each) for each in new]
            records = tuple(each for each in found if each)
            yield Page(records, following, total, len(new) - len(records))
            place = following

    def fetch(
        self,
        record: Record,
        distribution: Distribution,
        known: Known | None,
        http: Http,
        into: Path,
    ) -> Fetched | None:
        """Get the rows, page by page, into one file; None when they are those of the last time."""
        try:
            return socrata_rows.paged(distribution, known, http, into)
        except HarvestError as error:
            whole = distribution.hints.get("whole")
            if not whole or error.fault not in _NO_ROWS:
                raise
            return http.fetch(whole, into, known=known)  # views of an older make

    def is_there(self, remote_id: str, http: Http) -> bool | None:
        """Ask for a view by its id; one that was made private refuses."""
        url = f"{self._portal(self.domain)}/api/views/{quote(remote_id, safe='')}.json"
        try:
            http.get(url, accept="application/json").json()
        except HarvestError as error:
            if error.fault in ("gone", "removed"):
                return False
            if error.fault in ("forbidden", "key-wanted"):
                return None
            raise
        return True

    def _portal(self, domain: str) -> str:
        """The address of a portal, which a catalog of several is not."""
        return self.site if domain in ("", urlsplit(self.site).netloc) else f"https://{domain}"

    def _page(self, http: Http, place: str) -> tuple[list[Mapping[str, Any]], int | None]:
        """Entries of the catalog at a place, and how many there are."""
        host = self.domain or urlsplit(self.site).netloc
        query: dict[str, str | int] = {"domains": host, "search_context": host, "limit": LIMIT}
        query["order"] = "dataset_id"
        if place.startswith(_AFTER):
            query["scroll_id"] = place.removeprefix(_AFTER)
        else:
            query["offset"] = place
        url = f"{self.site}/api/catalog/v1"
        answer = table(http.get(url, params=query, accept="application/json").json())
        if answer.get("error"):
            raise upstream_error(url, answer.get("message") or answer["error"])
        results = answer.get("results")
        if not isinstance(results, list):
            raise wrong_answer(url, "a catalog of Socrata")
        total = answer.get("resultSetSize")
        return [table(each) for each in results], total if type(total) is int else None

    def _following(self, entries: list[Mapping[str, Any]], place: str, total: int | None) -> str:
        """The place of the next page: an offset as far as offsets reach, then the last id."""
        if not entries:
            return ""
        last = socrata.remote_id(entries[-1])
        if place.startswith(_AFTER):
            return f"{_AFTER}{last}" if last else ""
        offset = int(place) + len(entries)
        if offset == total:
            return ""
        return str(offset) if offset + LIMIT <= REACH or not last else f"{_AFTER}{last}"

    def _record(self, entry: Mapping[str, Any]) -> Record | None:
        """The record of an entry; None for what is no dataset, or belongs to another portal."""
        domain = socrata.domain(entry)
        if not socrata.is_dataset(entry) or (self.domain and domain != self.domain.lower()):
            return None
        here = self.organization_here(socrata.organization(entry))
        record = socrata.record(entry, self._portal(domain), here)
        told = [
            entry.get("link"),
            entry.get("permalink"),
            at(entry, "resource", "attribution_link"),
        ]
        if record and self.is_ours_back(told, record.distributions):
            return None
        return record
