"""What DCAT says of datasets: DCAT-AP 1 to 3, and what is written in its place.

An identity is `dct:identifier`, else the address of the node, else a hash of title and publisher.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from datasets.model import Finding
from datasets.record import Distribution, Record
from datasets.text import Text
from harvesters.catalogs.catalog import form
from harvesters.catalogs.online import online
from harvesters.documents.contexts import NAMESPACES
from harvesters.fetching.address import without_secrets
from harvesters.sources.collecting import MAX_DISTRIBUTIONS
from harvesters.values import extent, mapping
from harvesters.values.licenses import license_id
from harvesters.values.mailbox import role_mailbox
from harvesters.values.mapping import NOTES

if TYPE_CHECKING:
    from rdflib import Graph, URIRef
    from rdflib.term import Node

DATASETS = ("dcat:Dataset", "dcat:DatasetSeries")
_TITLES = ("dct:title", "rdfs:label", "schema:name", "dc:title")
_NAMES = ("foaf:name", "vcard:organization-name", "vcard:organisation-name", "vcard:fn")
_LABELS = (*_NAMES, "skos:prefLabel", *_TITLES, "rdf:value")
_PERSONS = ("foaf:Person", "vcard:Individual", "schema:Person")
_CHANGED = ("dct:modified", "dct:updated")
_STARTS = ("dcat:startDate", "schema:startDate")
_ENDS = ("dcat:endDate", "schema:endDate")
_AREAS = ("dcat:bbox", "locn:geometry", "geo:asWKT", "ogc:asWKT", "dcat:centroid")
_ELSEWHERE = ("dcat:servesDataset", "dct:hasPart", "dcat:seriesMember")
_MORE = {"geo": "http://www.opengis.net/ont/geosparql#", "ogc": "http://www.opengis.net/rdf#"}


@lru_cache(500)
def iri(name: str) -> "URIRef":
    """Give the address of a term by its short name, such as `dct:title`."""
    from rdflib import URIRef  # noqa: PLC0415 -- where a graph is, it is loaded

    prefix, _, term = name.partition(":")
    return URIRef((NAMESPACES | _MORE)[prefix] + term)


@dataclass(frozen=True, slots=True)
class Said:
    """A node of a graph: what is said of it, by the short names of terms."""

    graph: "Graph"
    node: "Node"

    def all(self, *names: str) -> list["Said"]:
        """The values of the first of these terms that has any."""
        for name in names:
            found = [Said(self.graph, each) for each in self.graph.objects(self.node, iri(name))]
            if found:
                return found
        return []

    def whose(self, *names: str) -> list["Said"]:
        """The nodes of which this one is a value."""
        return [
            Said(self.graph, each)
            for name in names
            for each in self.graph.subjects(iri(name), self.node)
        ]

    def is_a(self, *names: str) -> bool:
        """Tell whether the node is of one of these types."""
        types = set(self.graph.objects(self.node, iri("rdf:type")))
        return any(iri(name) in types for name in names)

    @property
    def address(self) -> str:
        """The node's own address; empty for a blank node and for a literal."""
        from rdflib import URIRef  # noqa: PLC0415 -- where a graph is, it is loaded

        return str(self.node) if isinstance(self.node, URIRef) else ""

    @property
    def own(self) -> str:
        """The text of a literal, or the address of a node; empty for a blank node."""
        from rdflib import BNode  # noqa: PLC0415 -- where a graph is, it is loaded

        return "" if isinstance(self.node, BNode) else str(self.node)

    def text(self, *names: str) -> str:
        """The first value in words: those of a literal, the label of a node, or its address."""
        return next(filter(None, (each.label or each.own for each in self.all(*names))), "")

    def words(self, *names: str, longest: int = mapping.TITLE) -> Text:
        """The values in all their languages."""
        return _in_languages(self.all(*names), longest)

    @property
    def label(self) -> str:
        """The words of a literal, or what a node is called; empty where it is not called.

        What a node is called by another node is passed over: those may call each other in a ring.
        """
        if self._is_literal:
            return self.own
        called = (each for each in self.all(*_LABELS) if each._is_literal)
        return _in_languages(called).own if self._is_described else ""

    @property
    def _is_literal(self) -> bool:
        return bool(self.own) and not self.address

    @property
    def _is_described(self) -> bool:
        return (self.node, None, None) in self.graph


def _in_languages(said: Iterable[Said], longest: int = mapping.TITLE) -> Text:
    """What the labels of some nodes say, each in its language."""
    pairs = [
        {"@language": getattr(each.node, "language", None) or "", "@value": each.label}
        for each in said
        if each.label
    ]
    return mapping.words(pairs, longest=longest)


def records(graph: "Graph", address: str) -> tuple[list[Record], int]:
    """Give the datasets of a graph, in its order, and how many nodes were skipped as none.

    The second dataset of one identifier gets another and a finding that names the first.
    """
    found: dict[str, Record] = {}
    nodes = dict.fromkeys(
        node for kind in DATASETS for node in graph.subjects(iri("rdf:type"), iri(kind))
    )
    listed = graph.objects(None, iri("dcat:dataset"))  # a catalog may leave out their type
    nodes |= dict.fromkeys(node for node in listed if Said(graph, node).all(*_TITLES))
    skipped = 0
    for node in nodes:
        about = Said(graph, node)
        record = None if _is_elsewhere(about) else _record(about, address)
        if record is None:
            skipped += 1
            continue
        if record.remote_id in found:
            record = _twin(record, about, found)
        found[record.remote_id] = record
    return list(found.values()), skipped


def _is_elsewhere(about: Said) -> bool:
    """Tell whether a node is a mere name, of a dataset in another catalog."""
    return not about.all(*_TITLES) and bool(about.whose(*_ELSEWHERE))


def _record(about: Said, address: str) -> Record | None:
    """Give a dataset as a record; None for one without identifier, address and title."""
    title = about.words(*_TITLES)
    publisher = _publisher(about)
    identifier = _identifier(about, title, publisher)
    if not identifier:
        return None
    area, fault = _area(about)
    return Record(
        remote_id=identifier,
        title=title if title else Text(identifier[:200]),
        name=mapping.slug(title.own),
        organization=mapping.slug(publisher),
        organization_title=publisher,
        notes=about.words("dct:description", "dct:abstract", longest=NOTES),
        license_id=_license(about),
        tags=_tags(about),
        url=_page(about),
        address=mapping.address(about.address) or without_secrets(address),
        contributors=_contributors(about, publisher),
        modified=_modified(about),
        extras=_extras(about, area),
        distributions=tuple(islice(_distributions(about), MAX_DISTRIBUTIONS)),
        findings=(*(() if title else (_untitled(),)), *extent.odd(fault)),
    )


def _identifier(about: Said, title: Text, publisher: str) -> str:
    said = sorted(mapping.text(each.own) for each in about.all("dct:identifier"))
    own = next(filter(None, said), "") or about.address
    if own or not title:
        return own
    return _hash(title.own, publisher)


def _hash(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]


def _untitled() -> Finding:
    return Finding(
        "record-broken",
        note="the record has no title",
        values={"wanted": "title"},
        remedy="give the dataset a title at the source",
    )


def _twin(record: Record, about: Said, found: dict[str, Record]) -> Record:
    first = found[record.remote_id]
    fault = Finding(
        "identity-twice",
        note=f"the identifier {record.remote_id!r} belongs to {str(first.title)!r} too",
        values={"id": record.remote_id, "first": str(first.title)},
        remedy="give each dataset an identifier of its own at the source",
    )
    other = about.address
    if not other or other in found:
        place = str(len(found)) if record.title == first.title else ""
        other = _hash(record.remote_id, record.title.own, record.organization, place)
    return replace(record, remote_id=other, findings=(fault, *record.findings))


def _publisher(about: Said) -> str:
    """Name the office that publishes; a person is not named."""
    for each in (*about.all("dct:publisher"), *about.all("dct:creator")):
        if not each.is_a(*_PERSONS) and (name := _office(each)):
            return name
    return ""


def _office(agent: Said) -> str:
    """Name an agent: in its own words, else by the last part of an address that ends in words."""
    if name := mapping.text(agent.label):
        return name
    last = unquote(urlsplit(agent.address).path.rpartition("/")[2]) if agent.address else ""
    return mapping.text(last) if " " in last else ""


def _contributors(about: Said, publisher: str) -> tuple[str, ...]:
    agents = (*about.all("dct:creator"), *about.all("dct:contributor"))
    names = (_office(each) for each in agents if not each.is_a(*_PERSONS))
    return tuple(dict.fromkeys(n for n in names if n and n != publisher and "@" not in n))


def _license(about: Said) -> str:
    """Give the dataset's licence, else that of its distributions, else what is said of rights."""
    terms: list[str] = []
    for each in (about, *about.all("dcat:distribution")):
        for said in each.all("dct:license"):
            terms += [said.own, said.label]
    rights = [said.label or said.own for said in about.all("dct:rights")]
    plain = [[mapping.prose(said, 300) for said in each] for each in (terms, rights)]
    return license_id(*filter(None, plain[0])) or license_id(*filter(None, plain[1]))


def _tags(about: Said) -> tuple[str, ...]:
    """Give the keywords of one language: Serbian, none, English, or the first."""
    keywords = about.all("dcat:keyword", "dct:subject", "schema:keywords")
    by_language: dict[str, list[str]] = {}
    for each in keywords:
        tag = str(getattr(each.node, "language", None) or "").lower()
        by_language.setdefault(tag, []).append(each.label)
    ranked = sorted(by_language, key=_rank)
    return mapping.tags(by_language[ranked[0]]) if ranked else ()


def _rank(tag: str) -> int:
    order = ("sr", "", "en")
    return order.index(tag[:2]) if tag[:2] in order else len(order)


def _page(about: Said) -> str:
    for each in (*about.all("dcat:landingPage", "foaf:page", "foaf:homepage"), about):
        if found := mapping.address(each.own):
            return found
    return ""


def _catalog_record(about: Said) -> list[Said]:
    return [*about.whose("foaf:primaryTopic"), *about.all("foaf:isPrimaryTopicOf")]


def _modified(about: Said) -> str:
    """Give the latest stamp that the dataset or its record has, as it is written."""
    for each in (about, *_catalog_record(about)):
        if stamps := [mapping.text(said.own) for said in each.all(*_CHANGED)]:
            return max(stamps)
    return ""


def _extras(about: Said, area: str) -> dict[str, str]:
    start, end = _period(about)
    return mapping.extras(
        issued=mapping.date(about.text("dct:issued", "dct:created")),
        frequency=_frequency(about),
        temporal_start=start,
        temporal_end=end,
        spatial=area,
        spatial_uri=next(filter(None, (s.address for s in about.all("dct:spatial"))), ""),
        theme=_lines(about, "dcat:theme"),
        language=_lines(about, "dct:language"),
        conforms_to=_lines(about, "dct:conformsTo"),
        access_rights=mapping.text(about.text("dct:accessRights")),
        source_version=mapping.text(about.text("dcat:version", "owl:versionInfo"), 100),
        provenance=mapping.prose(about.text("dct:provenance"), 10_000),
        in_series=_lines(about, "dcat:inSeries"),
        contact_email=_mailbox(about),
    )


def _frequency(about: Said) -> str:
    """Give how often it is renewed; an address that is of no list of such words says nothing."""
    for each in about.all("dct:accrualPeriodicity"):
        if found := mapping.frequency(each.address if "freq" in each.address else each.label):
            return found
    return ""


def _lines(about: Said, name: str) -> str:
    """Give the values of a term, one a line: addresses where there are any, else words."""
    said = (mapping.text(each.address or each.label) for each in about.all(name))
    return "\n".join(list(dict.fromkeys(filter(None, said)))[:50])


def _mailbox(about: Said) -> str:
    for contact in (*about.all("dcat:contactPoint", "adms:contactPoint"),):
        for each in contact.all("vcard:hasEmail", "vcard:email", "foaf:mbox", "schema:email"):
            said = each.text("vcard:hasValue") or each.own
            if found := role_mailbox(said):
                return found
    return ""


def _period(about: Said) -> tuple[str, str]:
    for each in about.all("dct:temporal"):
        start, end = each.text(*_STARTS), each.text(*_ENDS)
        if not start and not end and "/" in each.own and not each.address:
            start, _, end = each.own.partition("/")
        if found := (mapping.date(start), mapping.date(end)):
            return found
    return "", ""


def _area(about: Said) -> tuple[str, str]:
    """Give the first box that is written, and what is odd about the last one that is none."""
    fault = ""
    for place in about.all("dct:spatial"):
        for said in (place, *(each for term in _AREAS for each in place.all(term))):
            area, fault = extent.written("" if said.address else said.own)
            if area:
                return area, fault
    return "", fault


def _distributions(about: Said) -> Iterator[Distribution]:
    for each in about.all("dcat:distribution", "dcat:Distribution"):
        if found := _distribution(each):
            yield found
    for service in about.whose("dcat:servesDataset"):
        if found := _service(service):
            yield found


def _distribution(about: Said) -> Distribution | None:
    """Give a distribution; None for one that has no address of the web."""
    file = mapping.address(about.text("dcat:downloadURL"))
    page = mapping.address(about.text("dcat:accessURL", "dcat:accessUrl"))
    if not page and not file:
        return next(filter(None, map(_service, about.all("dcat:accessService"))), None)
    said = _last(about.text("dct:format")), mapping.text(about.text("dct:conformsTo"))
    media_type = _media_type(about)
    found = online(file or page, *said, media_type=media_type, download=bool(file))
    title = about.words(*_TITLES)
    return Distribution(
        key=_key(about, file or page),
        name=_name(title, file or page),
        url=file or page,
        format=found.format or form(said[0], "", media_type),
        title=title,
        description=about.words("dct:description", longest=NOTES),
        media_type=media_type,
        modified=mapping.text(next((s.own for s in about.all(*_CHANGED)), "")),
        size_bytes=mapping.size(about.text("dcat:byteSize").partition(".")[0]),
        digest=_digest(about),
        link=not file or found.type == "api",
        type=found.type,
    )


def _service(about: Said) -> Distribution | None:
    url = mapping.address(about.text("dcat:endpointURL"))
    if not url:
        return None
    title = about.words(*_TITLES)
    found = online(url, mapping.text(about.text("dct:conformsTo")), title.own)
    return Distribution(
        key=_key(about, url),
        name=_name(title, url),
        url=url,
        format=found.format if found.type == "api" else "",
        title=title,
        description=about.words("dct:description", longest=NOTES),
        link=True,
        type="api",
    )


def _key(about: Said, url: str) -> str:
    return about.address or without_secrets(url)


def _name(title: Text, url: str) -> str:
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    return mapping.slug(title.own) or mapping.slug(unquote(last)) or "resource"


def _last(said: str) -> str:
    """Give the last part of an address of a list of formats; words stay as they are."""
    return mapping.text(said.rstrip("/").rpartition("/")[2] if said.startswith("http") else said)


def _media_type(about: Said) -> str:
    said = about.text("dcat:mediaType")
    return "/".join(said.rstrip("/").rsplit("/", 2)[-2:]).lower()[:200]


def _digest(about: Said) -> str:
    for each in about.all("spdx:checksum"):
        algorithm = each.text("spdx:algorithm").rpartition("_")[2]
        return mapping.digest(each.text("spdx:checksumValue"), algorithm)
    return ""
