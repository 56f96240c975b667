"""All rows of an ArcGIS layer: counted first, then by pages where they are offered, else by ids."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from datasets.errors import HarvestError
from harvesters.features import esri, paging
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Http
from harvesters.values.mapping import at, entries, listed, text

FORM = "application/x-www-form-urlencoded"
USUAL_LIMIT = 1000  # of servers that do not tell theirs
CUTS = (500, 1000, 2000)  # where old servers cut without a word


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of rows. `crs` names their system where it is not longitude and latitude."""

    rows: Sequence[Mapping[str, Any]]
    crs: str
    more: bool


class Query:
    """The query of one layer; `total` is its number of rows, None until known."""

    def __init__(self, http: Http, url: str, layer: Mapping[str, Any], page_size: int) -> None:
        self.url = url
        self.fields = esri.Fields(layer)
        self.object_id = self.fields.object_id(layer)
        self.total: int | None = None
        self._http, self._layer = http, layer
        limit = paging.count(layer.get("maxRecordCount")) or USUAL_LIMIT
        self._size = min(page_size, limit)

    def pages(self) -> Iterator[Rows]:
        """Give all rows, page by page, in the order of their ids where the server can sort."""
        self.total = self._count()
        if self.total == 0:
            return
        if self._is_paged():
            yield from self._by_offset()
            return
        ids = self._ids()
        if ids:
            self.total = len(ids) if self.total is None else self.total
            yield from self._by_ids(ids)
            return
        yield self._whole()

    def _is_paged(self) -> bool:
        said = at(self._layer, "advancedQueryCapabilities", "supportsPagination")
        return said is True or self._layer.get("supportsPagination") is True

    def _count(self) -> int | None:
        """Ask how many rows there are; some old servers answer with rows, or with an error."""
        try:
            said = self._ask(returnCountOnly="true", returnGeometry="false")
        except HarvestError as error:
            if error.fault != "upstream-error":
                raise
            return None
        return paging.count(said.get("count"))

    def _ids(self) -> list[int]:
        """Ask for all ids, sorted; none when the server does not know the question."""
        try:
            said = self._ask(returnIdsOnly="true", returnGeometry="false")
        except HarvestError as error:
            if error.fault != "upstream-error":
                raise
            return []
        self.object_id = self.object_id or text(said.get("objectIdFieldName"))
        found = {paging.count(each) for each in listed(said.get("objectIds"))}
        return sorted(number for number in found if number is not None)

    def _by_offset(self) -> Iterator[Rows]:
        """Go on by what came, not by what was asked for: limits are lowered silently."""
        order = {"orderByFields": self.object_id} if self.object_id else {}
        offset, more = 0, True
        while more:
            page = self._rows(
                self._ask(
                    **self._wanted, **order, resultOffset=offset, resultRecordCount=self._size
                )
            )
            if not page.rows:
                return
            yield page
            offset += len(page.rows)
            short = len(page.rows) < self._size and not page.more
            more = not short if self.total is None else offset < self.total

    def _by_ids(self, ids: Sequence[int]) -> Iterator[Rows]:
        start = 0
        while start < len(ids):
            some = ids[start : start + self._size]  # the size may become smaller on the way
            yield from self._exactly(some)
            start += len(some)

    def _exactly(self, ids: Sequence[int]) -> Iterator[Rows]:
        """Ask for rows by their ids; where fewer come, the limit is lower: ask for each half."""
        page = self._rows(self._send(**self._wanted, objectIds=",".join(map(str, ids))))
        if len(page.rows) == len(ids) or (len(ids) == 1 and len(page.rows) <= 1):
            if page.rows:
                yield page
            return
        if len(ids) == 1:
            raise wrong_answer(self.url, "a layer that gives one row for one id")
        self._size = max(1, min(self._size, len(page.rows) or len(ids) // 2))
        half = len(ids) // 2
        yield from self._exactly(ids[:half])
        yield from self._exactly(ids[half:])

    def _whole(self) -> Rows:
        """Ask for all at once; raises HarvestError when that many may not be all."""
        page = self._rows(self._ask(**self._wanted))
        limit = paging.count(self._layer.get("maxRecordCount"))
        if self.total is None and (page.more or len(page.rows) in (*CUTS, limit)):
            raise HarvestError(
                f"{self.url}: the server gave {len(page.rows)} rows, offers no further ones and"
                " does not tell how many there are: ask its owner for a newer service",
                "paging-counts",
                address=self.url,
                total="?",
                found=str(len(page.rows)),
            )
        return page

    @property
    def _wanted(self) -> dict[str, str]:
        return {
            "outFields": "*",
            "outSR": esri.wanted_system(self._layer),
            "returnGeometry": "true",
        }

    def _rows(self, said: Mapping[str, Any]) -> Rows:
        if not isinstance(said.get("features"), list):
            raise wrong_answer(self.url, "a page of features of ArcGIS")
        more = said.get("exceededTransferLimit") is True
        more = more or at(said, "properties", "exceededTransferLimit") is True
        return Rows(entries(said["features"]), esri.crs(said.get("spatialReference")), more)

    def _ask(self, **parameters: str | int) -> Mapping[str, Any]:
        url = paging.with_query(f"{self.url}/query", where="1=1", **parameters, f="json")
        return self._said(self._http.get(url, accept="application/json").json())

    def _send(self, **parameters: str | int) -> Mapping[str, Any]:
        content = urlencode({**parameters, "f": "json"}).encode()
        reply = self._http.post(
            f"{self.url}/query", content=content, media_type=FORM, accept="application/json"
        )
        return self._said(reply.json())

    def _said(self, said: Any) -> Mapping[str, Any]:
        esri.refuse_error(said, self.url)
        if not isinstance(said, dict):
            raise wrong_answer(self.url, "an answer of ArcGIS")
        return said
