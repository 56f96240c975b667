"""Two versions of a table side by side, as the address of a difference names them."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.datastructures import QueryParams

from datasets.errors import NotFound
from datasets.model import Layer, Resource, Version
from datasets.store import Store
from geoportal.dataset.frame import Opened
from publish.layers.features import Features

if TYPE_CHECKING:
    from publish.columns.difference import Difference
    from publish.columns.kept import Kept


@dataclass(frozen=True, slots=True)
class Compared:
    """The two versions, the table that is compared, and what differs.

    `layers` are the features of both where the table is on the map in both; `shaped` tells whether
    their places were compared.
    """

    before: Version
    after: Version
    resource: Resource
    old: "Kept"
    new: "Kept"
    found: "Difference"
    layers: tuple[tuple[Layer, Features], tuple[Layer, Features]] | None
    shaped: bool

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What an address says of it."""
        several = len(self.after.tables) > 1
        said = {"from": self.before.number, "to": self.after.number}
        return {**said, "table": self.resource.name if several else ""}


def compared(found: Opened, query: QueryParams) -> Compared:
    """What an address compares: `from`, `to` (else the two newest) and `table`.

    Raises NotFound for a version or a table that is not there, ValueError for too large ones.
    """
    before, after = _versions(found, query)
    resource = _resource(before, after, query.get("table", ""))
    from publish.columns.kept import opened  # noqa: PLC0415 - pyarrow takes 40 MB

    store = found.portal.store
    old, new = (opened(store, each.tables[resource.name]) for each in (before, after))
    layers = _layers(found, before, after, resource)
    difference, shaped = _difference(old, new, layers and (layers[0][1], layers[1][1]))
    return Compared(before, after, resource, old, new, difference, layers, shaped)


def _versions(found: Opened, query: QueryParams) -> tuple[Version, Version]:
    if found.version is None:
        raise NotFound(f"dataset {found.name!r} has no versions")
    after = _number(query.get("to", "")) or found.version.number
    before = _number(query.get("from", "")) or max(after - 1, 1)
    get = found.portal.versions.get
    return get(found.name, before), get(found.name, after)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _resource(before: Version, after: Version, asked: str) -> Resource:
    both = [r for r in after.resources if r.name in after.tables and r.name in before.tables]
    for resource in both:
        if asked in ("", resource.name):
            return resource
    there = ", ".join(each.name for each in both) or "none"
    raise NotFound(
        f"versions {before.number} and {after.number} have no table {asked[:60]!r} in common;"
        f" there are: {there}"
    )


def _layers(
    found: Opened, before: Version, after: Version, resource: Resource
) -> tuple[tuple[Layer, Features], tuple[Layer, Features]] | None:
    """The layers of a table in both versions, where both are here."""
    two = [_layer(found, version, resource) for version in (before, after)]
    return (two[0], two[1]) if two[0] and two[1] else None


def _layer(found: Opened, version: Version, resource: Resource) -> tuple[Layer, Features] | None:
    store: Store = found.portal.store
    for layer in version.layers:
        folder = store.layer(layer.id, layer.sha)
        if layer.resource == resource.name and folder.is_dir():
            return layer, found.portal.registry.layers.features(folder)
    return None


@functools.lru_cache(8)
def _difference(
    old: "Kept", new: "Kept", layers: tuple[Features, Features] | None
) -> tuple["Difference", bool]:
    """What differs, and whether places were compared too; versions never change."""
    from publish.columns.difference import difference  # noqa: PLC0415 - as above
    from publish.columns.shapes import shapes  # noqa: PLC0415 - as above

    placed = None
    if layers:
        was, now = shapes(old, layers[0]), shapes(new, layers[1])
        placed = None if was is None or now is None else (was, now)
    return difference(old, new, placed), placed is not None
