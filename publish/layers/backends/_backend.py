"""What a backend is: it makes layers of typed tables, and opens them."""

from abc import ABC, abstractmethod
from pathlib import Path

from datasets.model import Layer
from datasets.store import Store
from publish.layers.features import Features


class Backend(ABC):
    """A way of keeping the features of layers; `layers.backend` in config.yml names the file here.

    Whatever it is, a layer's folder has layer.parquet and manifest.json. `url` is `layers.url`,
    or `catalog.url` where that is empty; nothing is opened before it is needed.
    """

    def __init__(self, url: str = "") -> None:
        self.url = url

    @abstractmethod
    def build(self, table: Path, *, layer: str, dataset: str, resource: str, into: Path) -> Layer:
        """Make a layer of a typed table in the empty folder `into`, as `build_layer` says."""

    @abstractmethod
    def features(self, folder: Path) -> Features:
        """The features of a layer, by its folder."""

    @abstractmethod
    def sweep(self, store: Store) -> None:
        """Remove what is kept outside of the layers' folders for layers that are there no more."""

    def fault(self) -> str:
        """What keeps the backend from answering now; empty when it answers."""
        return ""
