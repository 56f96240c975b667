"""DCAT in RDF: a catalog in one document, or in pages that name the next one (hydra)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from datasets.errors import HarvestError
from datasets.record import Page, Record
from harvesters.catalogs import dcat
from harvesters.catalogs.catalog import CatalogSource, Pages
from harvesters.catalogs.dcat import Said, iri
from harvesters.documents import rdf
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Http, shown
from harvesters.fetching.reply import Reply
from harvesters.values.mapping import size

if TYPE_CHECKING:
    from rdflib import Graph

_NEXT = ("hydra:next", "hydra:nextPage")
_PARTS = ("hydra:PartialCollectionView", "hydra:PagedCollection")


class Dcat(CatalogSource):
    """`url` is a document in Turtle, N-Triples, RDF/XML or JSON-LD, or the first of its pages."""

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the datasets of a page, and go on where it says the next one is."""
        pages, asked, address = Pages(self.url), set[str](), at or self.url
        empty = False
        while address:
            asked.add(address)
            reply = http.get(address, accept=rdf.ACCEPT)
            page = self._page(reply, address)
            pages.fresh([record.remote_id for record in page.records])
            if page.next in asked or (empty and not page.records and page.next):
                raise _loop(page.next)
            yield page
            empty, address = not page.records, page.next

    def _page(self, reply: Reply, address: str) -> Page:
        reply.refuse_page()
        if not reply.body.strip():
            raise HarvestError(f"{reply.url}: the answer is empty: tell its owner", "file-empty")
        graph = rdf.graph(reply.body, reply.url, reply.content_type)
        found, skipped = dcat.records(graph, reply.url)
        if not found and not skipped and not _may_be_empty(graph):
            raise wrong_answer(reply.url, "DCAT")
        records = [self._placed(each) for each in found if not self._is_back(each)]
        return Page(
            tuple(records),
            next=_onward(graph, address),
            total=_total(graph),
            skipped=skipped + len(found) - len(records),
        )

    def _placed(self, record: Record) -> Record:
        here = self.organization_here(record.organization_title)
        return replace(record, organization=here)

    def _is_back(self, record: Record) -> bool:
        return self.is_ours_back((record.remote_id, record.url), record.distributions)


def _may_be_empty(graph: "Graph") -> bool:
    """Tell whether a graph without datasets is a catalog of none: not of mere names of some."""
    if (None, iri("dcat:dataset"), None) in graph and not _has(graph, *_PARTS):
        return False
    return _has(graph, "dcat:Catalog", *_PARTS)


def _has(graph: "Graph", *types: str) -> bool:
    return any((None, iri("rdf:type"), iri(each)) in graph for each in types)


def _loop(address: str) -> HarvestError:
    return HarvestError(
        f"{shown(address)}: the pages of the catalog go in circles; tell its owner",
        "paging-loop",
        address=shown(address),
    )


def _onward(graph: "Graph", address: str) -> str:
    """Give the address of the next page; its node or its text, as servers differ.

    A server that knows itself by another name than we do is asked by ours.
    """
    said = [str(each) for name in _NEXT for each in graph.objects(None, iri(name))]
    if not said:
        return ""
    following = urljoin(address, said[0].strip())
    here, there = urlsplit(address), urlsplit(following)
    if here.netloc.lower() == there.netloc.lower():
        return there._replace(scheme=here.scheme).geturl()
    if here.path.rstrip("/") == there.path.rstrip("/"):
        return here._replace(query=there.query).geturl()
    raise wrong_answer(following, f"a page of {here.netloc}")


def _total(graph: "Graph") -> int | None:
    said = [Said(graph, each).own for each in graph.objects(None, iri("hydra:totalItems"))]
    return next((size(each) for each in said if each.isdecimal()), None)
