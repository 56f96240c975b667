"""Where the features of layers are kept: a file for each layer, or tables in PostGIS."""

from datasets.config import Config
from publish.layers.backends._backend import Backend
from publish.layers.backends.sqlite import Sqlite

__all__ = ["Backend", "open_layers"]


def open_layers(_config: Config) -> Backend:
    """Open the backend that config.yml names."""
    return Sqlite()
