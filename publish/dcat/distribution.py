"""A resource as a distribution of its dataset.

Rule: DCAT-AP 3.0.1, Distribution; udata matches distributions by their addresses and reads formats
from the labels of the EU's table.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from publish.dcat.graph import About, Graph
from publish.dcat.issuer import Issuer, dataset_address
from publish.dcat.rights import licence, rights
from publish.dcat.terms import IRI, Blank, Literal, Node, Term, clean, date, iri, labelled, of_id
from publish.dcat.vocabularies import FILE_TYPE
from publish.dcat.words import extras_of, loose

MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
DIGESTS = {32: "md5", 40: "sha1", 64: "sha256"}
NO_FILE = frozenset({"API", "HTML", "REST", "WMS_SRVC", "WFS_SRVC"})
"""Formats that one looks at or asks, of the table of file types."""

_MEDIA = re.compile(r"[A-Za-z0-9][\w.+-]*/[A-Za-z0-9][\w.+-]*", re.ASCII)


def distribution_address(issuer: Issuer, resource: Mapping[str, Any]) -> IRI:
    """The address that stands for a resource, the same in every version of its dataset."""
    return issuer.address(f"/dataset/{resource['package_id']}/resource/{resource['id']}")


def distribution(
    graph: Graph,
    issuer: Issuer,
    package: Mapping[str, Any],
    resource: Mapping[str, Any],
    legislation: list[Node],
) -> IRI:
    """Describe one resource and give its address; `legislation` is what obliges to publish it."""
    address = distribution_address(issuer, resource)
    about = graph.about(address, "dcat:Distribution")
    about.say("dct:identifier", Literal(resource["id"]))
    about.say("dct:title", *loose(resource.get("name")))
    about.say("dct:description", *loose(resource.get("description")))
    _addresses(about, dataset_address(issuer, package), resource)
    _form(graph, about, resource)
    about.say(
        "dct:license", licence(graph, resource.get("license_id") or package.get("license_id"))
    )
    about.say("dct:rights", rights(graph, extras_of(package)))
    about.say("dct:issued", date(resource.get("created")))
    about.say("dct:modified", modified(resource))
    about.say("spdx:checksum", _checksum(graph, resource))
    about.say("dcatap:applicableLegislation", *legislation)
    if ours := _service(issuer, resource):
        about.say("dcat:accessService", ours)
    return address


def modified(resource: Mapping[str, Any]) -> Literal | None:
    """When the file was changed, else when what is said about it was."""
    return date(resource.get("last_modified")) or date(resource.get("metadata_modified"))


def _addresses(about: About, page: IRI, resource: Mapping[str, Any]) -> None:
    """Say where it is; a resource without an address that leads anywhere is behind the page."""
    url = iri(resource.get("url"))
    about.say("dcat:accessURL", url or page)
    if url and is_file(resource):
        about.say("dcat:downloadURL", url)


def is_file(resource: Mapping[str, Any]) -> bool:
    """Tell whether the address of a resource is that of a file, not of a page or a service."""
    kind = str(resource.get("resource_type") or "")
    if kind == "api" or _code(resource.get("format")) in NO_FILE:
        return False
    if kind.startswith("file") or resource.get("url_type") == "upload":
        return True
    try:
        path = urlsplit(resource.get("url") or "").path
    except ValueError:
        return False
    return FILE_TYPE.find(path.rpartition(".")[2].lower()) is not None


def _code(format_: Any) -> str:
    entry = FILE_TYPE.find(format_)
    return entry.address.rpartition("/")[2] if entry else ""


def _form(graph: Graph, about: About, resource: Mapping[str, Any]) -> None:
    """Say the format, the media type and the size."""
    written = clean(str(resource.get("format") or "")).strip()[:200]
    about.say("dct:format", FILE_TYPE.use(graph, written) or _other_format(graph, written))
    if media := media_type(resource):
        about.say("dcat:mediaType", graph.link(IRI(MEDIA_TYPES + media), "dct:MediaType"))
    size = resource.get("size")
    if isinstance(size, int) and size >= 0:
        about.say("dcat:byteSize", Literal(str(size), "", "xsd:nonNegativeInteger"))


def media_type(resource: Mapping[str, Any]) -> str:
    """The media type that was said, else that of the format; empty if neither is known.

    >>> media_type({"mimetype": "text/csv; charset=x", "format": "GeoJSON"})
    'application/geo+json'
    """
    said = resource.get("mimetype")
    if isinstance(said, str) and _MEDIA.fullmatch(said):
        return said.lower()
    entry = FILE_TYPE.find(resource.get("format"))
    return entry.media if entry else ""


def _other_format(graph: Graph, written: str) -> Blank | None:
    if not written:
        return None
    label = labelled("format", written)
    graph.about(label, "dct:MediaTypeOrExtent").say("rdfs:label", Literal(written))
    return label


def digest(resource: Mapping[str, Any]) -> tuple[str, str] | None:
    """The algorithm and the digest of a file, which CKAN keeps as bare hexadecimal digits."""
    said = str(resource.get("hash") or "").rpartition(":")[2].lower()
    algorithm = DIGESTS.get(len(said))
    return (algorithm, said) if algorithm and re.fullmatch("[0-9a-f]+", said) else None


def _checksum(graph: Graph, resource: Mapping[str, Any]) -> Term | None:
    found = digest(resource)
    if found is None:
        return None
    algorithm, value = found
    kind = graph.link(
        IRI(f"http://spdx.org/rdf/terms#checksumAlgorithm_{algorithm}"), "spdx:ChecksumAlgorithm"
    )
    about = graph.about(label := of_id("sum", resource["id"]), "spdx:Checksum")
    about.say("spdx:algorithm", kind)
    about.say("spdx:checksumValue", Literal(value, "", "xsd:hexBinary"))
    return label


def _service(issuer: Issuer, resource: Mapping[str, Any]) -> IRI | None:
    """The OGC API, for a resource that is one of its collections."""
    ours = str(resource.get("url") or "").startswith(issuer.address("/ogc/collections/"))
    return issuer.address("/ogc") if ours else None
