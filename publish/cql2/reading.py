"""A filter out of an address, as a layer understands it."""

import functools
from collections.abc import Callable, Mapping

from publish.cql2 import from_json, from_text
from publish.cql2.check import checked
from publish.cql2.expressions import Expression
from publish.cql2.limits import measure, weigh
from publish.layers.crs import CRS84
from publish.layers.manifest import Manifest

TEXT, JSON, OLD_TEXT = "cql2-text", "cql2-json", "cql-text"
LANGUAGES: Mapping[str, Callable[[str], Expression]] = {
    TEXT: from_text.parse,
    JSON: from_json.parse,
    OLD_TEXT: from_text.parse,  # by this name GDAL knows that it may send filters at all
}


def read(
    text: str, manifest: Manifest, *, language: str = TEXT, filter_crs: str = CRS84
) -> Expression:
    """The filter, checked and in its canonical form: ready for a Query.

    `filter_crs` is the URI of the CRS of its geometries. Raises ValueError for a filter that is
    too large, that cannot be read, or asks what the layer's columns cannot answer.
    """
    weigh(text)
    return checked(_parsed(text, language), manifest, filter_crs)


@functools.lru_cache(128)
def _parsed(text: str, language: str) -> Expression:
    expression = LANGUAGES[language](text)
    measure(expression)
    return expression
