"""What a WFS says of itself, read by owslib from bytes that came through our own client.

A feature type that owslib cannot read is counted and left out; the others go on.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from datasets.model import BBox
from harvesters.documents.xml import Element, child, children, local, said
from harvesters.features import geojson, gml
from harvesters.features.paging import count
from harvesters.fetching.faults import wrong_answer

BREAKS = (AttributeError, LookupError, TypeError, ValueError)
"""What owslib raises where a document is not what it expects."""
WANTED = "a WFS of version 2.0.0 or 1.1.0 with its feature types"
MOST_TYPES = 10_000
LIMITS = ("CountDefault", "DefaultMaxFeatures")
JSON = (  # output formats, best first
    re.compile(r"application/geo\+json", re.I),
    re.compile(r"application/(vnd\.geo\+)?json;?\s*(subtype=geojson|type=geojson)?$", re.I),
    re.compile(r"geo-?json", re.I),
    re.compile(r"(?!.*(jsonp|javascript)).*json", re.I),
)


@dataclass(frozen=True, slots=True)
class FeatureType:
    """A layer. `systems` are the names of its coordinate systems, its own first.

    `output` is the server's word for GeoJSON, empty where it has none.
    """

    name: str
    title: str
    notes: str
    keywords: tuple[str, ...]
    systems: tuple[str, ...]
    bbox_lonlat: BBox | None
    output: str


@dataclass(frozen=True, slots=True)
class Service:
    """A service and its layers. `most` is how many features it gives at once, if it says so."""

    version: str
    provider: str
    license: str
    most: int | None
    types: tuple[FeatureType, ...]
    broken: int


def service(body: bytes, address: str) -> Service:
    """Read capabilities; raises HarvestError for what is none, or of another version."""
    tree = gml.document(body, address)
    version = _version(tree)
    if local(tree) != "WFS_Capabilities" or not version or child(tree, "FeatureTypeList") is None:
        raise wrong_answer(address, WANTED)
    outputs = list(_outputs(tree))
    listed = list(children(tree, "FeatureTypeList", "FeatureType"))[:MOST_TYPES]
    types: dict[str, FeatureType] = {}
    for each in listed:
        found = _feature_type(each, version, outputs)
        if found:
            types.setdefault(found.name, found)
    return Service(
        version=version,
        provider=_provider(tree),
        license=said(child(tree, "ServiceIdentification", "AccessConstraints")),
        most=_most(tree),
        types=tuple(types.values()),
        broken=len(listed) - len(types),
    )


def _version(tree: Element) -> str:
    stated = tree.get("version", "")
    return next((v for v in ("2.0.0", "1.1.0") if stated.startswith(v[:3])), "")


def _outputs(tree: Element) -> Iterable[str]:
    """Give the output formats of GetFeature."""
    for operation in children(tree, "OperationsMetadata", "Operation"):
        if operation.get("name") != "GetFeature":
            continue
        for parameter in children(operation, "Parameter"):
            if parameter.get("name", "").lower() == "outputformat":
                yield from (said(e) for e in parameter.iter() if local(e) == "Value")


def _most(tree: Element) -> int | None:
    """Give the number of features that the service gives when it is not asked for a number."""
    metadata = child(tree, "OperationsMetadata")
    for each in () if metadata is None else metadata.iter():
        if local(each) == "Constraint" and each.get("name") in (
            "CountDefault",
            "DefaultMaxFeatures",
        ):
            return next((n for v in each.iter() if (n := count(said(v)))), None)
    return None


def _provider(tree: Element) -> str:
    """Give the organization behind the service, by owslib."""
    from owslib.ows import ServiceProvider

    element = child(tree, "ServiceProvider")
    if element is None:
        return ""
    try:
        return str(ServiceProvider(element, _namespace(element)).name or "")
    except BREAKS:
        return ""


def _namespace(element: Element) -> str:
    return etree.QName(element).namespace or ""


def _feature_type(element: Element, version: str, outputs: list[str]) -> FeatureType | None:
    systems = _systems(element)
    read = _content(element, version)
    if read is None:
        return None
    name = str(read.id or "").strip()
    if not name:
        return None
    formats = [said(each) for each in children(element, "OutputFormats", "Format")]
    return FeatureType(
        name=name,
        title=str(read.title or ""),
        notes=str(read.abstract or ""),
        keywords=tuple(str(word) for word in read.keywords if word),
        systems=systems,
        bbox_lonlat=geojson.bbox(list(read.boundingBoxWGS84 or ())),
        output=_geojson_format([*formats, *outputs]),
    )


def _content(element: Element, version: str) -> Any:
    """Let owslib read one feature type, without what it often stumbles over if it must."""
    try:
        return _by_owslib(element, version)
    except BREAKS:
        pass
    for each in list(element):
        if local(each) in ("WGS84BoundingBox", "MetadataURL", "OtherCRS", "OtherSRS"):
            element.remove(each)
    try:
        return _by_owslib(element, version)
    except BREAKS:
        return None


def _by_owslib(element: Element, version: str) -> Any:
    """Give owslib's feature type; it opens no connection while its remote metadata are off."""
    # ruff: noqa: PLC0415 - owslib takes half a second, and only this kind needs it
    if version == "2.0.0":
        from owslib.feature import wfs200

        parent = element.getparent()
        return wfs200.ContentMetadata(element, parent, parse_remote_metadata=False)
    from owslib.feature import wfs110

    return wfs110.ContentMetadata(element, parse_remote_metadata=False)


def _systems(element: Element) -> tuple[str, ...]:
    """Give the names of the systems as the server writes them; owslib keeps only the code."""
    names = ("DefaultCRS", "DefaultSRS", "OtherCRS", "OtherSRS")
    return tuple(said(each) for name in names for each in children(element, name) if said(each))


def _geojson_format(formats: list[str]) -> str:
    for like in JSON:
        for each in formats:
            if like.match(each) and "javascript" not in each:
                return each
    return ""
