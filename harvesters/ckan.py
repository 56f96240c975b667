"""A portal that runs CKAN, or answers as CKAN does: DKAN, another eMap."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import Field

from datasets.errors import HarvestError
from datasets.record import Page, Record
from harvesters.catalogs import ckan
from harvesters.catalogs.catalog import CatalogSource, Pages, upstream_error
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Http
from harvesters.values.mapping import at, entries, listed, table, text

ROWS = 100
SHOWN = 20  # packages of a page where each is asked for singly
READINGS = 3  # of a catalog that changes while it is read
_LIST = "list "
_NO_SEARCH = ("gone", "status", "wrong-answer", "not-json", "page-instead", "upstream-error")
_GONE = ("gone", "removed")


class Ckan(CatalogSource):
    """All datasets of a portal, or those of `remote_organization`, or those that `fq` finds.

    `fq` is a filter of CKAN's search, such as `tags:vode`. Sites without a search are read by
    `package_list`.
    """

    remote_organization: str = Field(default="", pattern=r"^[\w.-]{0,100}$")
    fq: str = ""

    @property
    def site(self) -> str:
        """The address of the portal, without that of its API."""
        bare = re.sub(r"(/api(/\d)?(/action.*)?|/dataset)?/*$", "", self.url.partition("?")[0])
        return bare.rstrip("/")

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the datasets by the search, in the order of their ids."""
        if at.startswith(_LIST):
            yield from self._listed(http, at.removeprefix(_LIST))
            return
        start, count, reading = map(int, at.split()) if at else (0, None, 1)
        try:
            answer = self._found(http, start)
        except HarvestError as error:
            if at or self.fq or error.fault not in _NO_SEARCH:
                raise  # a filter that the search refuses is not left out
            yield from self._instead(http, error)
            return
        yield from self._searched(http, answer, start, count, reading)

    def is_there(self, remote_id: str, http: Http) -> bool | None:
        """Ask for a package: one that is deleted or unknown is gone; None when it is refused."""
        try:
            package, dkan = self._package(http, remote_id)
        except HarvestError as error:
            if error.fault in _GONE:
                return False
            if error.fault == "forbidden":  # CKAN says so of private ones, a firewall of any
                return None
            raise
        return ckan.is_public(package, dkan=dkan)

    def _searched(
        self, http: Http, answer: Mapping[str, Any], start: int, count: int | None, reading: int
    ) -> Iterator[Page]:
        """Go on by the number received until all came, or a page is empty.

        `count` is what the first page said. When the last one says another number, something may
        have slipped from one page to the other: all is read again.
        """
        pages, count = Pages(self.site), _count(answer) if count is None else count
        while True:
            results, now = listed(answer["results"]), _count(answer)
            start += len(results)
            records, skipped = self._records(results, pages)
            ended = now == count and (not results or pages.received >= now >= 0)
            if not results and not ended:
                self._refuse_restless(reading, now, count)
                pages.again()
                start, count, reading = 0, now, reading + 1
            total = now if now >= 0 else None
            yield Page(records, "" if ended else f"{start} {count} {reading}", total, skipped)
            if ended:
                return
            answer = self._found(http, start)

    def _refuse_restless(self, reading: int, now: int, count: int) -> None:
        if reading < READINGS:
            return
        raise HarvestError(
            f"{self.site}: said it has {count} datasets, and at the end {now}, in each of"
            f" {READINGS} readings: it is being changed; try later",
            "paging-counts",
            address=self.site,
            total=str(now),
            found=str(count),
        )

    def _found(self, http: Http, start: int) -> Mapping[str, Any]:
        """A page of the search, with or without CKAN's envelope; raises HarvestError."""
        query: dict[str, str | int] = {"rows": ROWS, "start": start, "sort": "id asc"}
        if filters := self._filters():
            query["fq"] = filters
        result = self._ask(http, "package_search", query)
        if not isinstance(at(result, "results"), list):
            raise wrong_answer(self.url, "package_search of CKAN")
        return table(result)

    def _filters(self) -> str:
        """The filter of the search, in the language of Solr."""
        whose = self.remote_organization and f"organization:{self.remote_organization}"
        return f"{whose} AND ({self.fq})" if whose and self.fq else whose or self.fq

    def _ask(self, http: Http, action: str, query: Mapping[str, str | int]) -> Any:
        url = f"{self.site}/api/3/action/{action}"
        answer = http.get(url, params=query, accept="application/json").json()
        said = table(answer)
        if said.get("success") is False or ("error" in said and "result" not in said):
            if "Not Found" in text(at(said, "error", "__type")):
                raise HarvestError(f"{url}: CKAN knows no such thing", "gone", address=url)
            raise upstream_error(url, at(said, "error", "message") or said.get("error"))
        return said.get("result", answer)

    def _records(self, packages: Sequence[Any], pages: Pages) -> tuple[tuple[Record, ...], int]:
        """The records of a page that did not come before, and how many entries are no datasets."""
        ids = [text(at(each, "id")) or text(at(each, "name")) for each in packages]
        new = [each for each, is_new in zip(packages, pages.fresh(ids), strict=True) if is_new]
        found = [self._record(table(each)) for each in new]
        records = tuple(each for each in found if each)
        return records, len(new) - len(records)

    def _record(self, package: Mapping[str, Any], *, dkan: bool = False) -> Record | None:
        """The record of a package; None for what is no public dataset, or came from here."""
        if not ckan.is_public(package, dkan=dkan):
            return None
        theirs = [text(at(package, "organization", key)) for key in ("name", "id", "title")]
        record = ckan.record(package, self.site, self.organization_here(*theirs))
        if record and self.is_ours_back([*ckan.told(package)], record.distributions):
            return None
        return record

    def _instead(self, http: Http, error: HarvestError) -> Iterator[Page]:
        """Read a site without a search by its list; tell the first error where that fails too."""
        try:
            yield from self._listed(http, "")
        except HarvestError as second:
            raise error if second.fault in _NO_SEARCH else second from None

    def _listed(self, http: Http, after: str) -> Iterator[Page]:
        """Ask for each dataset of `package_list` whose name comes after another, in order."""
        answer = self._ask(http, "package_list", {})
        if not isinstance(answer, list) or not _may_be_names(answer):
            raise wrong_answer(self.url, "package_list of CKAN")
        names = sorted({said for each in answer if (said := text(each, 200))})
        left = [name for name in names if name > after]
        for place in range(0, max(len(left), 1), SHOWN):
            some = left[place : place + SHOWN]
            found = [self._shown(http, name) for name in some]
            records = tuple(each for each in found if each and self._is_wanted(each))
            more = place + SHOWN < len(left)
            following = f"{_LIST}{some[-1]}" if more else ""
            yield Page(records, following, len(names), len(some) - len(records))

    def _is_wanted(self, record: Record) -> bool:
        wanted = self.remote_organization
        return not wanted or self.organization_here(wanted) == record.organization

    def _shown(self, http: Http, name: str) -> Record | None:
        """Ask for one package; None for what is no public dataset."""
        try:
            package, dkan = self._package(http, name)
        except HarvestError as error:
            if error.fault in (*_GONE, "forbidden"):
                return None
            raise
        return self._record(package, dkan=dkan)

    def _package(self, http: Http, name: str) -> tuple[Mapping[str, Any], bool]:
        """Ask for one package, and tell whether DKAN answered, which gives a list of one."""
        result = self._ask(http, "package_show", {"id": name})
        package = next(iter(entries(result)), None)
        if package is None:
            raise wrong_answer(self.url, "package_show of CKAN")
        return package, isinstance(result, list)


def _may_be_names(answer: list[Any]) -> bool:
    """Tell a list of names from a list of anything else."""
    return not answer or any(isinstance(each, str) for each in answer)


def _count(answer: Mapping[str, Any]) -> int:
    """How many the search says there are; -1 where it does not say."""
    said = answer.get("count")
    return said if type(said) is int and said >= 0 else -1
