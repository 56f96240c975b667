"""The pygeoapi provider of records: the catalog, as anybody may see it."""

from collections.abc import Sequence
from typing import Any

from pygeoapi.provider.base import (
    BaseProvider,
    ProviderInvalidQueryError,
    ProviderItemNotFoundError,
)

from datasets.model import BBox
from geoportal.ogc.asked import Asked
from geoportal.ogc.catalog_search import FACETS, Search
from geoportal.ogc.intervals import interval
from geoportal.ogc.parameters import FILTER
from geoportal.ogc.record import record
from geoportal.ogc.record_filter import rows
from publish.catalog.errors import CKANAPIError, NotAuthorized, NotFound

TEXT = {"type": "string"}
TIME = {"type": "string", "format": "date-time"}
FIELDS: dict[str, dict[str, Any]] = {
    "type": TEXT | {"title": "Type"},
    "title": TEXT | {"title": "Title"},
    "description": TEXT | {"title": "Description"},
    "created": TIME | {"title": "Created"},
    "updated": TIME | {"title": "Updated"},
    "keywords": {"type": "array", "items": TEXT, "title": "Keywords"},
    "externalIds": {"type": "array", "items": {"type": "object"}, "title": "External identifiers"},
    "license": TEXT | {"title": "License"},
}
"""What can be asked for or sorted by, and some of what a record says."""


class RecordProvider(BaseProvider):  # type: ignore[misc]
    """The datasets of the catalog as records; `data` is the request, for its language."""

    def __init__(self, definition: dict[str, Any]) -> None:
        super().__init__(definition)
        self.include_extra_query_parameters = True
        self.asked: Asked = definition["data"]
        self._fields = {name: dict(field) for name, field in FIELDS.items()}

    def query(
        self,
        offset: int = 0,
        limit: int = 10,
        bbox: list[float] | None = None,
        datetime_: str | None = None,
        properties: list[tuple[str, str]] | None = None,
        sortby: list[dict[str, str]] | None = None,
        q: str | None = None,
        **_unused: object,
    ) -> dict[str, Any]:
        """A page of records as a FeatureCollection, with the count of all that match."""
        given = dict(properties or ())
        expression: Any = self.asked.values.get(FILTER.name)
        wanted = Search(
            q=q or "",
            bbox=flat(bbox) if bbox else None,
            time=interval(datetime_) if datetime_ else None,
            types=_listed(given.get("type")),
            ids=_listed(given.get("ids")),
            external_ids=_listed(given.get("externalIds")),
            sort=[(key["property"], key["order"] == "-") for key in sortby or ()],
            facets=given.get("facets") == "true",
            within=rows(self.asked).ids(expression) if expression else None,
        )
        found = self._call("package_search", wanted.given(offset, limit))
        records = [record(self.asked, package) for package in found["results"]]
        counted = {"facets": facets(found)} if wanted.facets else {}
        return {
            "type": "FeatureCollection",
            "features": records,
            "numberMatched": found["count"],
            "numberReturned": len(records),
            **counted,
        }

    def get(self, identifier: str, **_unused: object) -> dict[str, Any]:
        """The record of a dataset by its id or name; raises ProviderItemNotFoundError."""
        if "\x00" in identifier:  # to the catalog that is no name at all
            said = f"there is no record {identifier[:80]!r}"
            raise ProviderItemNotFoundError(said, user_msg=said)
        return record(self.asked, self._call("package_show", {"id": identifier}))

    def _call(self, action: str, given: dict[str, Any]) -> dict[str, Any]:
        catalog = self.asked.portal.catalog.as_user(None)
        try:
            found: dict[str, Any] = catalog.call_action(action, given)
        except (NotFound, NotAuthorized):
            said = f"there is no record {str(given.get('id'))[:80]!r}"
            raise ProviderItemNotFoundError(said, user_msg=said) from None
        except CKANAPIError as error:
            said = str(error)
            raise ProviderInvalidQueryError(said, user_msg=said) from None
        return found


def flat(bbox: Sequence[float]) -> BBox:
    """A box of four or six numbers without its heights.

    >>> flat([18.0, 42.0, 0.0, 23.0, 46.0, 900.0])
    (18.0, 42.0, 23.0, 46.0)
    """
    half = len(bbox) // 2
    return bbox[0], bbox[1], bbox[half], bbox[half + 1]


def _listed(value: str | None) -> list[str]:
    return [each.strip() for each in (value or "").split(",") if each.strip()]


def facets(found: dict[str, Any]) -> dict[str, Any]:
    """How many records have each value of a property, the most frequent first."""
    return {
        name: {
            "type": "terms",
            "property": name,
            "buckets": [
                {"value": item["display_name"], "count": item["count"]}
                for item in sorted(found["search_facets"][field]["items"], key=_frequent)
            ],
        }
        for name, field in FACETS.items()
    }


def _frequent(item: dict[str, Any]) -> tuple[int, str]:
    return -item["count"], item["name"]
