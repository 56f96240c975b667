"""Five stars of open data.

Rule: T. Berners-Lee, https://5stardata.info: open licence, structured, open format, addresses for
the things themselves, links to other data. Each needs those before it.
"""

from collections.abc import Mapping
from typing import Any

from publish.catalog.licenses import described
from publish.dcat.terms import iri
from publish.dcat.words import extras_of
from publish.quality.forms import LINKED, OPEN_AND_READABLE, READABLE, any_of

FEATURES = "/ogc/collections/"


def stars(package: Mapping[str, Any]) -> int:
    """How many of the five stars a package has, 0 to 5."""
    steps = (
        bool(described(package.get("license_id") or "notspecified")["isopen"]),
        any_of(package["resources"], READABLE),
        any_of(package["resources"], OPEN_AND_READABLE),
        _has_addresses(package),
        _is_linked(package),
    )
    return steps.index(False) if False in steps else len(steps)


def _has_addresses(package: Mapping[str, Any]) -> bool:
    """Things have addresses in RDF, and each feature of a layer has its own by the OGC API."""
    resources = package["resources"]
    return any_of(resources, LINKED) or any(FEATURES in (r.get("url") or "") for r in resources)


def _is_linked(package: Mapping[str, Any]) -> bool:
    """A link to what others know of the place that this is about."""
    extras = extras_of(package)
    return iri(extras.get("spatial_uri") or extras.get("spatial-uri")) is not None
