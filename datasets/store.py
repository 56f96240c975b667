"""The port of a store: bytes by their hash, versions and layers as folders that never change."""

from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from datasets.model import Dataset


class Store(Protocol):
    """Blobs, version folders, layers and tiles; nothing in it is ever rewritten."""

    staging: Path

    def keep(self, dataset: Dataset) -> Dataset:
        """Make the dataset's bytes durable: its resources now have a sha256 and lie here."""
        ...

    def keep_file(self, path: Path) -> tuple[str, int]:
        """Make a file's bytes durable; gives their sha256 and size in bytes."""
        ...

    def blob(self, sha256: str) -> Path:
        """The file with these bytes; raises NotFound."""
        ...

    def write_version(self, dataset: str, number: int, documents: Mapping[str, Any]) -> None:
        """Write the documents of a version, each as `<name>.json`, all at once."""
        ...

    def together(self) -> AbstractContextManager["Store"]:
        """Lend this store for many versions: all are durable when the block ends, none before."""
        ...

    def version(self, dataset: str, number: int, document: str) -> Any:
        """Read a document of a version; raises NotFound."""
        ...

    def layer(self, layer: str, sha: str) -> Path:
        """The folder of a layer: layer.sqlite, layer.parquet, manifest.json."""
        ...

    def set_aside(self, folder: Path) -> None:
        """Move a broken layer or its tiles to where nobody reads it and a person may look."""
        ...

    def broken(self) -> Sequence[str]:
        """What was set aside and is not built again: `layers/<layer>/<sha>` and `tiles/<sha>`."""
        ...

    def tiles(self, sha: str) -> Path:
        """The folder where a layer's tile archives lie or will lie."""
        ...

    def table(self, name: str) -> Path:
        """The folder where the rows of a published table lie or will lie, ready to be asked."""
        ...

    def places(self) -> Path:
        """The folder of the index of names, which is made again where it is gone."""
        ...

    def draft(self, resource_id: str) -> Path:
        """The file where the rows of a draft lie or will lie; raises ValueError for no UUID."""
        ...

    def drafts(self) -> Sequence[Path]:
        """The files of all drafts, each named after its resource."""
        ...

    def results(self, job_id: str) -> Path:
        """The folder where the results of a job lie or will lie; raises ValueError for no UUID."""
        ...

    def cache(self, name: str) -> Path:
        """The folder of what a source answered; it may go at any time."""
        ...

    def desk(self, purpose: str) -> AbstractContextManager[Path]:
        """Lend an empty folder on the same file system; gone when the block ends."""
        ...

    def adopt(self, folder: Path, place: Path) -> None:
        """Make a finished folder durable and move it to its place; harmless if it is there."""
        ...

    def take_up(self, place: Path) -> bool:
        """Tell whether a folder is here; it is not collected before its user had the time."""
        ...

    def collect(
        self, needed: Callable[[], Container[str]], leave: Callable[[Path], object], grace_s: float
    ) -> Sequence[str]:
        """Remove the layers and tiles that nobody has needed for so long; gives their hashes.

        `needed` gives the hashes that are needed now; `leave` is told each folder before it
        goes.
        """
        ...

    def sweep(self) -> None:
        """Remove half-done work that a killed process left, once nobody can be at it any more."""
        ...
