"""The features of each layer in a file of its own, layer.sqlite: nothing else is needed."""

from pathlib import Path

from datasets.model import Layer
from datasets.store import Store
from publish.layers.backends._backend import Backend
from publish.layers.features import Features
from publish.layers.read import SqliteFeatures


class Sqlite(Backend):
    """Layers whose folders hold everything."""

    def build(self, table: Path, *, layer: str, dataset: str, resource: str, into: Path) -> Layer:
        """Make the folder of a layer."""
        from publish.layers.build import build_layer  # noqa: PLC0415 - pyarrow is large

        return build_layer(table, layer=layer, dataset=dataset, resource=resource, into=into)

    def features(self, folder: Path) -> Features:
        """The features of a folder."""
        return SqliteFeatures(folder)

    def sweep(self, store: Store) -> None:
        """Nothing is kept anywhere else."""
