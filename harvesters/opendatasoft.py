"""A portal that runs Opendatasoft (Huwise), by version 2.1 of its API."""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import batched, islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from datasets.errors import HarvestError
from datasets.record import Page, Record
from harvesters.catalogs import opendatasoft
from harvesters.catalogs.catalog import CatalogSource, Pages, upstream_error
from harvesters.documents.stream import objects
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Http, shown
from harvesters.values.mapping import table

LIMIT = 100  # of a page
REACH = 10_000  # beyond it no page is answered
_WHOLE = "whole "
_GONE = ("gone", "removed")


class Opendatasoft(CatalogSource):
    """All datasets of a portal, or those that `where` finds (in its query language).

    Datasets that the portal shows of other portals are left out unless `federated` says otherwise.
    """

    where: str = ""
    federated: bool = False

    @property
    def site(self) -> str:
        """The address of the portal."""
        return re.sub(r"(/api(/.*)?|/explore(/.*)?)?/*$", "", self.url.partition("?")[0])

    @property
    def catalog(self) -> str:
        """The address of the catalog in the API."""
        return f"{self.site}/api/explore/v2.1/catalog"

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the datasets in pages; a large catalog in one document."""
        if at.startswith(_WHOLE):
            yield from self._whole(http, int(at.removeprefix(_WHOLE)))
            return
        pages, offset = Pages(self.site), int(at or 0)
        while True:
            datasets, total = self._page(http, offset)
            if total is not None and total > REACH:
                break
            offset += len(datasets)
            ended = not datasets or offset == total
            yield self._made(datasets, pages, "" if ended else str(offset), total)
            if ended:
                return
        yield from self._whole(http, 0)

    def is_there(self, remote_id: str, http: Http) -> bool | None:
        """Ask for a dataset by its id."""
        try:
            http.get(f"{self.catalog}/datasets/{quote(remote_id, safe='')}").refuse_page()
        except HarvestError as error:
            if error.fault in _GONE:
                return False
            if error.fault == "forbidden":
                return None
            raise
        return True

    def _page(self, http: Http, offset: int) -> tuple[list[Any], int | None]:
        """A page of datasets, and how many there are."""
        query: dict[str, str | int] = {"limit": LIMIT, "offset": offset, "order_by": "dataset_id"}
        if self.where:
            query["where"] = self.where
        url = f"{self.catalog}/datasets"
        answer = table(http.get(url, params=query, accept="application/json").json())
        if "error_code" in answer:
            raise upstream_error(url, answer.get("message") or answer["error_code"])
        datasets = answer.get("results", answer.get("datasets"))
        if not isinstance(datasets, list):
            raise wrong_answer(url, "a list of datasets of Opendatasoft")
        total = answer.get("total_count", answer.get("nhits"))
        return datasets, total if type(total) is int and total >= 0 else None

    def _whole(self, http: Http, done: int) -> Iterator[Page]:
        """The export of the whole catalog, which has no limit."""
        url, pages = f"{self.catalog}/exports/json", Pages(self.site)
        query = f"?where={quote(self.where)}" if self.where else ""
        with tempfile.TemporaryDirectory(prefix="emap-") as folder:
            fetched = http.fetch(url + query, Path(folder))
            datasets = islice(objects(fetched.path, shown(url), "results"), done, None)
            for some in batched(datasets, LIMIT):
                done += len(some)
                yield self._made(some, pages, f"{_WHOLE}{done}", None)
        yield Page((), total=done)

    def _made(
        self, datasets: Sequence[Any], pages: Pages, following: str, total: int | None
    ) -> Page:
        """A page of the datasets that did not come before."""
        fresh = pages.fresh([opendatasoft.remote_id(table(each)) for each in datasets])
        new = [table(each) for each, is_new in zip(datasets, fresh, strict=True) if is_new]
        found = [self._record(each) for each in new]
        records = tuple(each for each in found if each)
        return Page(records, following, total, len(new) - len(records))

    def _record(self, dataset: Mapping[str, Any]) -> Record | None:
        """The record of a dataset; None for what belongs to another portal, or came from here."""
        if not self.federated and opendatasoft.is_elsewhere(dataset):
            return None
        said = opendatasoft.metas(dataset)
        publisher = said.get("publisher")
        here = self.organization_here(publisher) if isinstance(publisher, str) else ""
        record = opendatasoft.record(dataset, self.site, here)
        told = [said.get("references"), said.get("source_domain_address")]
        if record and self.is_ours_back(told, record.distributions):
            return None
        return record
