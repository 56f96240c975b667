"""Filters in an address: OGC API Features, Part 3, with CQL2 as text and as JSON."""

import re
from dataclasses import replace

from geoportal.ogc import parameters
from geoportal.ogc.asked import Asked
from geoportal.ogc.part import Part
from geoportal.ogc.problems import Problem
from publish.cql2.reading import TEXT, read
from publish.layers.crs import CRS84
from publish.layers.manifest import Manifest


def kind(text: str) -> str:
    """A filter without its values: filters of one kind cost about the same.

    >>> kind("a = 'x' AND S_INTERSECTS(geometry, POINT(20.9 44))")
    'a = ? AND S_INTERSECTS(geometry, POINT(?))'
    """
    return VALUES.sub("?", text)


VALUES = re.compile(r"'[^']*'|(?<![\w.])[-+]?[\d.][-+\de.]*(?:[\s,]+[-+]?[\d.][-+\de.]*)*")
"""A text, or numbers in a row, of which a place has as many as it likes."""


def understood(asked: Asked, manifest: Manifest) -> Asked:
    """The request with its `filter` as an expression that the layer can answer.

    Raises Problem naming what in the filter is wrong, and what is there instead.
    """
    values = asked.values
    text = values.get(parameters.FILTER.name)
    if text is None:
        return asked
    language = str(values.get(parameters.FILTER_LANG.name, TEXT))
    filter_crs = str(values.get(parameters.FILTER_CRS.name, CRS84))
    try:
        expression = read(str(text), manifest, language=language, filter_crs=filter_crs)
    except ValueError as error:
        said = f"filter: {error}"
        if language != TEXT or not str(text).lstrip().startswith("{"):
            raise Problem(400, said) from None
        raise Problem(400, f"{said}; for JSON say filter-lang=cql2-json") from None
    return replace(asked, values={**values, parameters.FILTER.name: expression})


FEATURES = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"
CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
PART = Part(
    routes=(),
    classes=(
        f"{FEATURES}/filter",
        f"{FEATURES}/features-filter",
        f"{CQL2}/cql2-text",
        f"{CQL2}/cql2-json",
        f"{CQL2}/basic-cql2",
        f"{CQL2}/advanced-comparison-operators",
        f"{CQL2}/case-insensitive-comparison",
        f"{CQL2}/accent-insensitive-comparison",
        f"{CQL2}/basic-spatial-functions",
        f"{CQL2}/basic-spatial-functions-plus",
        f"{CQL2}/spatial-functions",
        f"{CQL2}/temporal-functions",
        f"{CQL2}/array-functions",
        f"{CQL2}/property-property",
        f"{CQL2}/arithmetic",
    ),
)
