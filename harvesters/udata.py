"""A portal that runs udata, such as the national portals of Serbia and France."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from pydantic import Field

from datasets.errors import HarvestError
from datasets.record import Distribution, Known, Page, Record
from harvesters.catalogs import udata
from harvesters.catalogs.catalog import CatalogSource, Pages
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Fetched, Http
from harvesters.sources.collecting import MAX_DISTRIBUTIONS
from harvesters.values.mapping import address, at, listed, table, text

PAGE_SIZE = 100
MOST_PAGES = 50  # of the resources of one dataset
_DATASET = (
    "id,title,slug,description,tags,license,frequency,temporal_coverage,spatial{geom},page,extras,"
    "harvest,archived,deleted,private,created_at,last_modified,internal,organization{id,name,slug}"
)
_RESOURCE = (
    "id,title,description,url,latest,filetype,type,format,mime,filesize,checksum,last_modified"
)
_FIELDS = f"data{{{_DATASET},resources{{{_RESOURCE}}}}},next_page,page,page_size,total"
_GONE = ("gone", "removed")


class Udata(CatalogSource):
    """All datasets of a portal, or those of `remote_organization` (its slug or id there).

    `url` is the address of the portal or of its API.
    """

    remote_organization: str = Field(default="", pattern=r"^[\w.-]{0,200}$")
    token_header: str = Field(default="X-API-KEY", pattern=r"^[A-Za-z0-9-]{1,100}$")

    @property
    def api(self) -> str:
        """The address of version 1 of the API."""
        bare = re.sub(r"(/api(/\d)?(/datasets)?)?/*$", "", self.url.partition("?")[0])
        return f"{bare.rstrip('/')}/api/1"

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the datasets, the oldest first, by the addresses of next pages."""
        pages, query = Pages(self.api), at or self._first(http)
        while query:
            answer = self._page(http, query)
            query = self._next(answer)
            datasets = listed(answer["data"])
            fresh = pages.fresh([text(table(each).get("id")) for each in datasets])
            new = [table(each) for each, is_new in zip(datasets, fresh, strict=True) if is_new]
            found = [self._record(each, http) for each in new]
            records = tuple(each for each in found if each)
            yield Page(records, query, _total(answer), len(new) - len(records))

    def fetch(
        self,
        record: Record,
        distribution: Distribution,
        known: Known | None,
        http: Http,
        into: Path,
    ) -> Fetched | None:
        """Get a file at its lasting address, else where it was when the portal was read."""
        try:
            return http.fetch(distribution.url, into, known=known)
        except HarvestError as error:
            elsewhere = distribution.hints.get("url")
            if not elsewhere or error.fault not in _GONE:
                raise
            return http.fetch(elsewhere, into, known=known)

    def is_there(self, remote_id: str, http: Http) -> bool | None:
        """Ask for a dataset: unknown (404), deleted (410), archived and private ones are gone."""
        url = f"{self.api}/datasets/{quote(remote_id, safe='')}/"
        try:
            dataset = table(http.get(url, accept="application/json").json())
        except HarvestError as error:
            if error.fault in _GONE:
                return False
            if error.fault == "forbidden":
                return None
            raise
        return udata.is_public(dataset)

    def _first(self, http: Http) -> str:
        query: dict[str, str | int] = {"page": 1, "page_size": PAGE_SIZE, "sort": "created"}
        if self.remote_organization:
            query["organization"] = self._organization_id(http)
        return urlencode(query)

    def _organization_id(self, http: Http) -> str:
        """The id that lists take: a slug is refused there."""
        named = self.remote_organization
        if re.fullmatch("[0-9a-f]{24}", named):
            return named
        url = f"{self.api}/organizations/{quote(named)}/"
        answer = http.get(url, accept="application/json").json()
        found = text(at(answer, "id"), 100)
        if not found:
            raise wrong_answer(url, "an organization of udata")
        return found

    def _page(self, http: Http, query: str) -> Mapping[str, Any]:
        url = f"{self.api}/datasets/?{query}"
        reply = http.get(url, accept="application/json", headers={"X-Fields": _FIELDS})
        answer = table(reply.json())
        data = answer.get("data")
        if not isinstance(data, list) or not _may_be_datasets(data):
            raise wrong_answer(url, "a list of datasets of udata")
        return answer

    def _next(self, answer: Mapping[str, Any]) -> str:
        """The query of the next page; its host may be one inside, so this one is asked."""
        return urlsplit(address(answer.get("next_page"), self.api)).query if answer["data"] else ""

    def _record(self, dataset: Mapping[str, Any], http: Http) -> Record | None:
        """The record of a dataset; None for what is not public, or came from here."""
        if not udata.is_public(dataset):
            return None
        theirs = [text(at(dataset, "organization", key)) for key in ("slug", "id", "name")]
        resources = self._resources(dataset, http)
        record = udata.record(dataset, resources, self.api, self.organization_here(*theirs))
        if record and self.is_ours_back([*udata.told(dataset)], record.distributions):
            return None
        return record

    def _resources(self, dataset: Mapping[str, Any], http: Http) -> list[Any]:
        """The resources in the dataset; where it only counts them, those of version 2 by page."""
        inside = dataset.get("resources")
        if not isinstance(inside, Mapping):
            return listed(inside)
        remote_id = quote(text(dataset.get("id"), 100), safe="")
        url = f"{self.api.removesuffix('/1')}/2/datasets/{remote_id}/resources/"
        found: list[Any] = []
        for page in range(1, MOST_PAGES + 1):
            query = {"page": page, "page_size": PAGE_SIZE}
            answer = table(http.get(url, params=query, accept="application/json").json())
            found += listed(answer.get("data"))
            if not answer.get("next_page") or len(found) >= MAX_DISTRIBUTIONS:
                break
        return found


def _may_be_datasets(data: list[Any]) -> bool:
    """Tell a list of datasets from one of organizations or reuses."""
    return not data or any("resources" in table(each) or "title" in table(each) for each in data)


def _total(answer: Mapping[str, Any]) -> int | None:
    said = answer.get("total")
    return said if type(said) is int and said >= 0 else None
