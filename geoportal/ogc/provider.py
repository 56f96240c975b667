"""The pygeoapi provider of our layers: ready-made features out of layer.sqlite.

pygeoapi makes a provider for every request, so making one opens nothing that is not remembered.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pygeoapi.provider.base import (
    BaseProvider,
    ProviderInvalidQueryError,
    ProviderItemNotFoundError,
)

from datasets.model import BBox
from geoportal.ogc import parameters
from geoportal.ogc.part import HURRY_S
from publish.layers import crs
from publish.layers.features import TIMEOUT_S, Features
from publish.layers.query import Query

MOST_AT_ONCE = 2**19
"""Bytes of a page that is made while others wait."""
LAST = "emap:last"
"""A member of a page that is not for the client: its last key, None where nothing follows."""


@functools.lru_cache(1024)
def _fields(features: Features) -> Mapping[str, Mapping[str, Any]]:
    """The JSON Schema of each column of a layer."""
    return {
        column.name: {"title": column.title, **parameters.json_type(column)}
        for column in features.manifest.columns
    }


class LayerProvider(BaseProvider):  # type: ignore[misc]
    """Features of one immutable layer folder.

    With `ready_made` in its definition a feature is an `orjson.Fragment`, to be written into the
    answer byte for byte; without it, or when coordinates are to be transformed, it is a dict.
    `time` and `filter` in it are as we have read them, for pygeoapi knows less of both; `after` is
    the last key of the page before, `hurried` is `Asked.hurried`.
    `crs_transform_spec` is the URI of the system wanted, None for CRS84 (`patches.target_crs`).
    """

    def __init__(self, definition: dict[str, Any]) -> None:
        super().__init__(definition)
        self.ready_made: bool = definition["ready_made"]
        self.after: int | None = definition["after"]
        self.hurried: bool = definition["hurried"]
        self.timeout_s = HURRY_S if self.hurried else TIMEOUT_S
        self.question = {name: definition[name] for name in ("time", "filter")}
        self.manifest = self.data.manifest
        self.id_field = self.manifest.id_column or None
        self._fields = {name: dict(field) for name, field in _fields(self.data).items()}

    def query(
        self,
        offset: int = 0,
        limit: int = 10,
        bbox: list[float] | None = None,
        properties: list[tuple[str, str]] | None = None,
        sortby: list[dict[str, str]] | None = None,
        crs_transform_spec: str | None = None,
        **_unused: object,
    ) -> dict[str, Any]:
        """A page of features as a GeoJSON FeatureCollection, with the count of all that match."""
        box: BBox | None = (bbox[0], bbox[1], bbox[2], bbox[3]) if bbox else None
        equal = [pair for pair in properties or () if pair[0] not in parameters.RESERVED]
        keys = [f"{key['order']}{key['property']}" for key in sortby or ()]
        try:
            query = self.data.ask(bbox=box, equal=equal, sort=keys, **self.question)
            matched, page, last = self._page(query, offset, limit)
        except ValueError as error:
            raise ProviderInvalidQueryError(str(error), user_msg=str(error)) from None
        return {
            "type": "FeatureCollection",
            "features": self._features([fragment for _, fragment in page], crs_transform_spec),
            "numberMatched": matched,
            "numberReturned": len(page),
            LAST: last,
        }

    def _page(
        self, query: Query, offset: int, limit: int
    ) -> tuple[int, list[tuple[int, bytes]], int | None]:
        """How many match, a page of them, and its last key if others follow."""
        timeout_s = self.timeout_s
        if self.after is None:
            matched, page = self.data.counted_page(
                query, offset=offset, limit=limit, timeout_s=timeout_s
            )
            last = page[-1][0] if page and offset + len(page) < matched else None
        else:
            page = self.data.page(query, after=self.after, limit=limit + 1, timeout_s=timeout_s)
            matched = self.data.count(query, timeout_s=timeout_s)
            last = page[limit - 1][0] if len(page) > limit else None
        if self.hurried and sum([len(fragment) for _, fragment in page]) > MOST_AT_ONCE:
            raise TimeoutError("too many bytes to write while others wait")
        return matched, page[:limit], last

    def get(
        self, identifier: str, crs_transform_spec: str | None = None, **_unused: object
    ) -> dict[str, Any]:
        """The feature of an id, as a dict; raises ProviderItemNotFoundError."""
        found = self.data.feature(identifier)
        if found is None:
            said = f"there is no feature {identifier[:80]!r}"
            raise ProviderItemNotFoundError(said, user_msg=said)
        feature: dict[str, Any] = orjson.loads(found)
        if crs_transform_spec is not None:
            crs.project_features([feature], crs_transform_spec)
        return feature

    def _features(self, found: Sequence[bytes], target: str | None) -> Sequence[Any]:
        if self.ready_made and target is None:
            return [orjson.Fragment(fragment) for fragment in found]
        features = [orjson.loads(fragment) for fragment in found]
        if target is not None:
            crs.project_features(features, target)
        return features
