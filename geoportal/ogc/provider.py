"""The pygeoapi provider of our layers: features as dicts.

pygeoapi makes a provider for every request, so making one opens nothing that is not remembered.
"""

import functools
from collections.abc import Mapping
from typing import Any

import orjson
from pygeoapi.provider.base import (
    BaseProvider,
    ProviderInvalidQueryError,
    ProviderItemNotFoundError,
)

from datasets.model import BBox
from geoportal.ogc import parameters
from publish.layers import crs
from publish.layers.features import Features

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

    `time` and `filter` of its definition are as we have read them, for pygeoapi knows less of
    both; `after` is the last key of the page before.
    `crs_transform_spec` is the URI of the system wanted, None for CRS84 (`patches.target_crs`).
    """

    def __init__(self, definition: dict[str, Any]) -> None:
        super().__init__(definition)
        self.after: int | None = definition["after"]
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
            page = self.data.joined(query, after=self.after, offset=offset, limit=limit)
        except ValueError as error:
            raise ProviderInvalidQueryError(str(error), user_msg=str(error)) from None
        features = orjson.loads(b"[%b]" % page.features)
        if crs_transform_spec is not None:
            crs.project_features(features, crs_transform_spec)
        return {
            "type": "FeatureCollection",
            "features": features,
            "numberMatched": page.matched,
            "numberReturned": page.returned,
            LAST: page.last,
        }

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
