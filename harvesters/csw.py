"""A catalogue of metadata by OGC CSW 2.0.2, in ISO 19139 and its dialects, or in DCAT.

Servers differ in what they take: a query by POST in the order of identifiers is asked for first,
then without order, then by GET; what the first page came by is kept for all others.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal
from xml.sax.saxutils import quoteattr

from pydantic import Field

from datasets.errors import HarvestError
from datasets.record import Page, Record
from harvesters.catalogs import dcat, iso
from harvesters.catalogs.catalog import CatalogSource, Pages, upstream_error
from harvesters.documents import rdf, xml
from harvesters.documents.xml import Element, child, children, local, said
from harvesters.features.paging import with_query
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Http, shown
from harvesters.fetching.reply import Reply
from harvesters.values.mapping import size

_SCHEMAS = {
    "iso": "http://www.isotc211.org/2005/gmd",
    "dcat": "http://www.w3.org/ns/dcat#",
}
_ORDERS = ("apiso:identifier", "dc:identifier", "")
_QUERY = """<?xml version="1.0" encoding="UTF-8"?>
<csw:GetRecords xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" service="CSW" version="2.0.2"
 xmlns:ogc="http://www.opengis.net/ogc" xmlns:gmd="http://www.isotc211.org/2005/gmd"
 xmlns:apiso="http://www.opengis.net/cat/csw/apiso/1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 resultType="results" outputFormat="application/xml" outputSchema={schema} startPosition="{start}"
 maxRecords="{most}">
 <csw:Query typeNames="gmd:MD_Metadata">
  <csw:ElementSetName>full</csw:ElementSetName>{order}
 </csw:Query>
</csw:GetRecords>"""
_ORDER = (
    "<ogc:SortBy><ogc:SortProperty><ogc:PropertyName>{}</ogc:PropertyName>"
    "<ogc:SortOrder>ASC</ogc:SortOrder></ogc:SortProperty></ogc:SortBy>"
)
# Answers to one way of asking that another way may not get.
_REFUSALS = frozenset(
    "file-empty forbidden gone not-xml page-instead server-error status upstream-error"
    " wrong-answer".split()
)
_LEVELS = ("dataset", "series", "nonGeographicDataset", "service")
_NODES = ("RDF", "Dataset", "CatalogRecord", "Catalog")


@dataclass(frozen=True, slots=True)
class _Way:
    """How a server is asked: by POST in an order, or by GET; and from which record on."""

    method: str = "POST"
    order: str = ""
    start: int = 1

    def __str__(self) -> str:
        return f"{self.method} {self.start} {self.order}".strip()

    @classmethod
    def read(cls, at: str) -> "_Way":
        method, start, *order = at.split(" ")
        return cls(method, "".join(order), int(start))


_WAYS = (*(_Way("POST", order) for order in _ORDERS), _Way("GET"))


class Csw(CatalogSource):
    """`url` is the address of the service. `schema` is how records are asked for.

    `levels` are the hierarchy levels that are taken; `page_size` records are asked for at once.
    """

    records_as: Literal["iso", "dcat"] = Field(default="iso", alias="schema")
    levels: tuple[str, ...] = _LEVELS
    page_size: int = Field(default=25, ge=1, le=1000)

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the records, page by page, from the position that the server names next."""
        pages = Pages(self.url)
        page = self._asked(http, _Way.read(at)) if at else self._first(http)
        while True:
            pages.fresh([record.remote_id for record in page.records])
            yield page
            if not page.next:
                return
            page = self._asked(http, _Way.read(page.next))

    def is_there(self, remote_id: str, http: Http) -> bool | None:
        """Ask for the record by its id."""
        reply = http.get(self._by_id(remote_id))
        root = _root(reply)
        if any(True for _ in _records(root)):
            return True
        return False if local(root) == "GetRecordByIdResponse" and not len(root) else None

    def _first(self, http: Http) -> Page:
        """Ask in one way after the other, until one is answered."""
        refused: list[HarvestError] = []
        for way in _WAYS:
            try:
                return self._asked(http, way)
            except HarvestError as error:
                if error.fault not in _REFUSALS:
                    raise
                refused.append(error)
        raise refused[0]

    def _asked(self, http: Http, way: _Way) -> Page:
        reply = self._got(http, way) if way.method == "GET" else self._posted(http, way)
        return self._page(_root(reply), way)

    def _posted(self, http: Http, way: _Way) -> Reply:
        query = _QUERY.format(
            schema=quoteattr(_SCHEMAS[self.records_as]),
            start=way.start,
            most=self.page_size,
            order=_ORDER.format(way.order) if way.order else "",
        )
        return http.post(self.url, content=query.encode(), media_type="application/xml")

    def _got(self, http: Http, way: _Way) -> Reply:
        query = with_query(
            self.url,
            service="CSW",
            version="2.0.2",
            request="GetRecords",
            typeNames="gmd:MD_Metadata",
            elementSetName="full",
            resultType="results",
            outputSchema=_SCHEMAS[self.records_as],
            startPosition=way.start,
            maxRecords=self.page_size,
        )
        return http.get(query)

    def _by_id(self, remote_id: str) -> str:
        return with_query(
            self.url,
            service="CSW",
            version="2.0.2",
            request="GetRecordById",
            elementSetName="full",
            outputSchema=_SCHEMAS[self.records_as],
            id=remote_id,
        )

    def _page(self, root: Element, way: _Way) -> Page:
        results = child(root, "SearchResults")
        if results is None and local(root) not in (*iso.RECORDS, *_NODES, "GetRecordByIdResponse"):
            raise wrong_answer(self.url, "CSW 2.0.2 GetRecords")
        among = root if results is None else results
        returned = len(among) if results is not None else 0
        found, skipped = self._described(among)
        onward = _next(results, way.start, returned)
        kept = [each for each in found if not self._is_back(each)]
        return Page(
            tuple(map(self._placed, kept)),
            next=str(replace(way, start=onward)) if onward else "",
            total=_matched(results),
            skipped=skipped + len(found) - len(kept),
        )

    def _described(self, among: Element) -> tuple[list[Record], int]:
        """Give the records among elements: ISO one by one, RDF as one graph."""
        nodes = [each for each in (among, *among) if local(each) in _NODES]
        if nodes:
            whole = nodes[:1] if nodes[0] is among else nodes
            return dcat.records(rdf.graph_of(whole, self.url), self.url)
        found, skipped = [], 0
        levels = {level.lower() for level in self.levels}
        for element in _records(among):
            record = None
            if iso.level(element) in levels:
                record = iso.record(element, "")
            if record is None:
                skipped += 1
            else:
                found.append(replace(record, address=self._by_id(record.remote_id)))
        return found, skipped

    def _placed(self, record: Record) -> Record:
        here = self.organization_here(record.organization_title)
        return replace(record, organization=here)

    def _is_back(self, record: Record) -> bool:
        return self.is_ours_back((record.remote_id, record.url), record.distributions)


def _root(reply: Reply) -> Element:
    """Give the root of an answer; raises HarvestError `upstream-error` for an exception in it."""
    reply.refuse_page()
    if not reply.body.strip():
        raise HarvestError(f"{reply.url}: the answer is empty: tell its owner", "file-empty")
    root = xml.root(reply.body, shown(reply.url))
    if local(root) in ("ExceptionReport", "ServiceExceptionReport"):
        raise upstream_error(reply.url, said(root))
    return root


def _records(among: Element) -> Iterator[Element]:
    if local(among) in iso.RECORDS:
        yield among
    for name in iso.RECORDS:
        yield from children(among, name)


def _next(results: Element | None, start: int, returned: int) -> int:
    """Give the position of the next record, or 0 where there is none.

    The end is a next record of 0, one beyond those that match, one that is not ahead, or an
    answer without records. A server that names no next record is asked for what follows.
    """
    if results is None or not returned:
        return 0
    written = results.get("nextRecord")
    onward = _count(written) if written is not None else start + returned
    matched = _matched(results)
    if onward is None or onward <= start or (matched is not None and onward > matched):
        return 0
    return onward


def _matched(results: Element | None) -> int | None:
    return _count(results.get("numberOfRecordsMatched")) if results is not None else None


def _count(said: str | None) -> int | None:
    """Give a number that is written in digits; None for anything else."""
    if said is None or not said.strip().isdecimal():
        return None
    return size(said) or 0
