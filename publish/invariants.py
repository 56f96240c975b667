"""What must hold of all that is public; `emap check` tells the first breach of each rule.

I1 a public version has all its blobs and layers, with the right hashes; I2 the pointer shows a
version that is there; I6 version numbers have no gap.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from datasets.errors import NotFound
from datasets.model import Version
from datasets.store import Store
from publish.layers.integrity import BrokenArchive, fault_of
from publish.layers.pmtiles import header
from publish.versions import Versions


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that does not hold, of which thing, and how."""

    rule: str
    thing: str
    fault: str


def violations(versions: Versions, store: Store) -> Iterator[Violation]:
    """All breaches, dataset by dataset; reads every public file."""
    archives = versions.archives()
    for pointer in versions.pointers():
        history = versions.history(pointer.dataset)
        numbers = [version.number for version in history]
        if numbers != list(range(1, len(numbers) + 1)):
            yield Violation("I6", pointer.dataset, f"version numbers are {numbers}")
        current = [version for version in history if version.number == pointer.number]
        if not current:
            yield Violation("I2", pointer.dataset, f"there is no version {pointer.number}")
        for version in current:
            yield from _whole(version, store)
            yield from _tiles(version, archives, store)


def _whole(version: Version, store: Store) -> Iterator[Violation]:
    hashes = [resource.sha256 for resource in version.resources] + list(version.tables.values())
    for sha256 in hashes:
        try:
            fault = "" if _digest(store.blob(sha256)) == sha256 else "its bytes have changed"
        except NotFound:
            fault = "is missing"
        if fault:
            yield Violation("I1", f"{version.dataset} blob {sha256[:12]}", fault)
    for layer in version.layers:
        if fault := fault_of(store.layer(layer.id, layer.sha)):
            yield Violation("I1", f"{version.dataset} layer {layer.id}", fault)


def _tiles(version: Version, archives: Mapping[str, str], store: Store) -> Iterator[Violation]:
    for layer in version.layers:
        if layer.sha in archives:
            try:
                header(store.tiles(layer.sha) / archives[layer.sha])
            except BrokenArchive as error:
                yield Violation("I1", f"{version.dataset} layer {layer.id}", str(error))


def _digest(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()
