"""The features of layers in a database of PostGIS: one table for each, never changed.

Beside it the layer's folder has layer.parquet, of which the table was made, and manifest.json.
"""

import weakref
from pathlib import Path

from datasets.errors import ConfigError, PublishError
from datasets.model import Layer
from datasets.store import Store
from publish.layers.backends._backend import Backend
from publish.layers.backends.postgis.connections import Pool
from publish.layers.backends.postgis.features import PostgisFeatures
from publish.layers.features import Features
from publish.layers.manifest import PARQUET, SQLITE
from publish.layers.read import SqliteFeatures

ALIVE_S = 2.0


class Postgis(Backend):
    """Layers in the database of `layers.url`; those that were built as files are read as files."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        scheme, _, place = url.partition("://")
        if scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
            raise ConfigError(
                "layers.url: the backend postgis needs postgresql://USER:PASSWORD@HOST:PORT/DATABASE,"
                " here or as catalog.url"
            )
        self.pool = Pool(f"postgresql://{place}")
        weakref.finalize(self, self.pool.close)

    def build(self, table: Path, *, layer: str, dataset: str, resource: str, into: Path) -> Layer:
        """Make the folder of a layer and its table."""
        from publish.layers.backends.postgis.table import keep  # noqa: PLC0415 - pyarrow is large
        from publish.layers.build import build_layer  # noqa: PLC0415 - as above

        names = {"layer": layer, "dataset": dataset, "resource": resource}
        made = build_layer(table, **names, into=into, files=(PARQUET,))
        keep(self.pool.url, into)
        return made

    def features(self, folder: Path) -> Features:
        """The features of a folder."""
        if (folder / SQLITE).is_file():
            return SqliteFeatures(folder)
        return PostgisFeatures(folder, self.pool)

    def sweep(self, store: Store) -> None:
        """Drop the tables of layers whose folders are not in the store, once nobody builds them."""
        from publish.layers.backends.postgis.table import drop_lost  # noqa: PLC0415 - as above

        drop_lost(self.pool.url, store)

    def fault(self) -> str:
        """Why the database does not answer; empty when it does."""
        try:
            self.pool.rows("select 1", {}, ALIVE_S)
        except (PublishError, TimeoutError) as error:
            return f"layers.url: {error}"
        return ""
