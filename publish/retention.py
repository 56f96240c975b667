"""Which layers are kept: those that the public can reach; others go after a day. Rule: I9.

Of a layer that goes, its description and its GeoParquet stay as blobs, a seventh of it: the layer
can be built of them again. Versions and their files stay for ever.
"""

from collections.abc import Sequence
from pathlib import Path

import orjson

from datasets.errors import NotFound, PublishError
from datasets.model import Layer, Version
from publish.desk import Desk
from publish.layers.build import build_again
from publish.layers.integrity import fault_of
from publish.layers.manifest import MANIFEST, PARQUET, Manifest, manifest

GRACE_S = 86_400.0
"""So long a layer stays that nobody can reach any more: readers, jobs and caches have had it."""


def collect(desk: Desk, grace_s: float = GRACE_S) -> Sequence[str]:
    """Remove the layers and tiles that nobody has been able to reach for so long.

    These are of versions before the last `layers.keep_versions` of a dataset, of datasets that were
    withdrawn, of builds that a killed run left, and what was set aside as broken a month ago. Gives
    the hashes of the layers that went.
    """

    def needed() -> frozenset[str]:
        reachable = desk.versions.reachable(desk.config.layers.keep_versions)
        return frozenset(layer.sha for version in reachable for layer in version.layers)

    gone = desk.store.collect(needed, lambda folder: _leave(folder, desk), grace_s)
    if gone:
        desk.layers.sweep(desk.store)
    return gone


def _leave(folder: Path, desk: Desk) -> None:
    """Keep of a layer what it can be built of again; tiles are made again as they were."""
    sha = folder.name
    if desk.versions.is_tiled(sha):
        desk.versions.untiled(sha)
    if not (folder / MANIFEST).is_file() or fault_of(folder):
        return
    history = desk.versions.history(manifest(folder).dataset)
    if any(layer.sha == sha for version in history for layer in version.layers):
        for name in (MANIFEST, PARQUET):  # the hash of the first is the layer's own
            desk.store.keep_file(folder / name)


def present(version: Version, desk: Desk) -> Sequence[Layer]:
    """The layers of a version, each of them here: what was collected is built again.

    Raises PublishError for a layer of which nothing was left.
    """
    return [
        layer
        if desk.store.take_up(desk.store.layer(layer.id, layer.sha))
        else _built_again(layer, desk)
        for layer in version.layers
    ]


def _built_again(layer: Layer, desk: Desk) -> Layer:
    try:
        described = Manifest.parse(orjson.loads(desk.store.blob(layer.sha).read_bytes()))
        table = desk.store.blob(described.files[PARQUET])
    except NotFound:
        raise PublishError(
            f"layer {layer.id}: nothing is left of {layer.sha[:12]}; publish its files again"
        ) from None
    with desk.store.desk("layer") as into:
        made = build_again(described, table, into)
        desk.store.adopt(into, desk.store.layer(layer.id, made.sha))
    return made
