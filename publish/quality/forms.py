"""What the formats of files are good for, by the entries of the EU's table "File type".

Rule: MQA, by the lists of machine-readable and of non-proprietary formats of data.europa.eu.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from publish.dcat.vocabularies import FILE_TYPE

OPEN_AND_READABLE = frozenset(
    "CSV TSV ODS JSON JSON_LD GEOJSON GPKG KML KMZ GML PARQUET XML RDF RDF_XML RDF_TURTLE "
    "RDF_N_TRIPLES GTFS ATOM RSS WMS_SRVC WFS_SRVC GEOTIFF".split()
)
READABLE = OPEN_AND_READABLE | {"XLS", "XLSX", "SHP", "GDB", "DXF", "REST"}
OPEN = OPEN_AND_READABLE | {
    "SHP",
    "TXT",
    "ODT",
    "PDF",
    "HTML",
    "PNG",
    "TIFF",
    "JPEG",
    "DOCX",
    "XLSX",
}
LINKED = frozenset({"JSON_LD", "RDF", "RDF_XML", "RDF_TURTLE", "RDF_N_TRIPLES"})


def code(resource: Mapping[str, Any]) -> str:
    """The code of a resource's format in the table; empty for what is not in it.

    >>> code({"format": "GeoPackage"}), code({"format": "xyz"})
    ('GPKG', '')
    """
    entry = FILE_TYPE.find(resource.get("format"))
    return entry.address.rpartition("/")[2] if entry else ""


def any_of(resources: Iterable[Mapping[str, Any]], forms: frozenset[str]) -> bool:
    """Tell whether one of the resources has one of these formats."""
    return any(code(resource) in forms for resource in resources)
