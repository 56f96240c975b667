"""Names inside pygeoapi 0.24 that we replace: all of them, here, each with its reason.

pygeoapi copies names by `from … import`, so each module that holds one is patched. The tests
call every name where it stands; a pygeoapi that moved one fails there and not in production.
"""

import functools
import importlib
import logging
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pygeoapi.api
import pygeoapi.api.environmental_data_retrieval
import pygeoapi.api.itemtypes
import pygeoapi.api.processes
import pygeoapi.crs
import pygeoapi.l10n
import pygeoapi.provider.base

from publish.layers.crs import CRS84

_get_crs = pygeoapi.crs.get_crs
get_crs = functools.lru_cache(256)(_get_crs)


def target_crs(_provider: object, uri: str | None = None) -> str | None:
    """The CRS that the provider brings features into; None for the one they are kept in.

    pygeoapi would ask PROJ for an operation on each request, and take the first it offers, which
    for Serbia's legacy system is a neighbour's.
    """
    return None if uri in (None, CRS84) else uri


def lonlat_already(bbox: Sequence[float], _from_crs: str, _to_crs: str) -> Sequence[float]:
    """The box itself: we have brought it to longitude and latitude before (`parameters.lonlat`).

    pygeoapi transforms two corners only: 19–23°E 42–46°N in UTM 34N ends 10.8 km short.
    """
    return bbox


def as_it_is(document: Any, _pretty: bool = False) -> Any:
    """The document itself, in place of its text: the mount mends it and writes it once.

    pygeoapi's own writer puts `&lt;` for `<` into every value.
    """
    return document


def as_given(_extents: object, datetime_: str | None = None) -> str | None:
    """The parameter `datetime` as it is: we have read it, and nothing at that time is no error.

    pygeoapi answers 400 for a time outside of the extent.
    """
    return datetime_


def read_already(_filter: object, **_crs: object) -> None:
    """Leave `filter` alone: the provider has it as we understood it (`filters.understood`).

    pygeofilter has no NOT of what stands in brackets, no quote in a text and no functions of time.
    """


def load_plugin(_kind: str, definition: dict[str, Any]) -> Any:
    """A provider of ours; pygeoapi imports its module anew each time, and lists all it knows."""
    return _named(definition["name"])(definition)


def no_formatters(_collection: object) -> dict[str, Any]:
    """None of pygeoapi's formats: documents are written by us, and files are `publish.formats`."""
    return {}


@functools.cache
def _named(name: str) -> Any:
    module, _, own = name.rpartition(".")
    return getattr(importlib.import_module(module), own)


def leave_language(_headers: object, *_locales: object, **_more: object) -> None:
    """Do nothing: `answers` says which language a document is in."""


def leave_logging(_config: object) -> None:
    """Do nothing: pygeoapi would send the root logger of the process to standard output."""


_crs, _items = pygeoapi.crs, pygeoapi.api.itemtypes
_series = pygeoapi.api.environmental_data_retrieval
PATCHES: tuple[tuple[ModuleType, str, object], ...] = (
    (_crs, "get_crs", get_crs),
    (pygeoapi.provider.base, "get_crs", get_crs),
    (_items, "transform_bbox", lonlat_already),
    (_items, "create_crs_transform_spec", target_crs),
    (pygeoapi.api, "to_json", as_it_is),
    (_items, "to_json", as_it_is),
    (_items, "load_plugin", load_plugin),
    (_items, "get_dataset_formatters", no_formatters),
    (pygeoapi.api.processes, "to_json", as_it_is),
    (_items, "validate_datetime", as_given),
    (_series, "to_json", as_it_is),
    (_series, "validate_datetime", as_given),
    (_items, "parse_cql2_text", read_already),
    (_items, "modify_pygeofilter", read_already),
    (pygeoapi.api, "setup_logger", leave_logging),
    (pygeoapi.l10n, "set_response_language", leave_language),
)


def apply() -> None:
    """Put our names in place; AttributeError when pygeoapi does not have one of them."""
    for module, name, ours in PATCHES:
        getattr(module, name)
        setattr(module, name, ours)
    # It logs every bad request of a client as an error with a traceback.
    logging.getLogger("pygeoapi").setLevel(logging.CRITICAL)
