"""What a backend is: it makes layers of typed tables, and opens them."""

from abc import ABC, abstractmethod
from pathlib import Path

from datasets.model import Layer
from publish.layers.features import Features


class Backend(ABC):
    """A way of keeping the features of layers; `layers.backend` in config.yml names the file here.

    Whatever it is, a layer's folder has layer.parquet and manifest.json.
    """

    @abstractmethod
    def build(self, table: Path, *, layer: str, dataset: str, resource: str, into: Path) -> Layer:
        """Make a layer of a typed table in the empty folder `into`, as `build_layer` says."""

    @abstractmethod
    def features(self, folder: Path) -> Features:
        """The features of a layer, by its folder."""
