"""Where the features of layers are kept: a file for each layer, or tables in PostGIS."""

from datasets.config import Config
from datasets.kinds import kind
from publish.layers.backends._backend import Backend

__all__ = ["Backend", "open_layers"]


def open_layers(config: Config) -> Backend:
    """Open the backend that config.yml names."""
    name = config.layers.backend
    chosen = kind("publish.layers.backends", name, Backend)  # type: ignore[type-abstract]
    return chosen(config.layers.url or config.catalog.url)
