"""Where data come from: one file a kind of source, opened from config.yml."""

from datasets.config import Config, Document
from datasets.entries import opened
from harvesters._package import UPLOAD
from harvesters._source import Source


def open_sources(config: Config, document: Document) -> list[Source]:
    """Open the entries of `sources:` in order; raises ConfigError with file and line."""
    taken = {UPLOAD: "what people upload"}
    # mypy: an abstract class is what is asked for; the kind found is a concrete one
    return opened("sources", config.sources, document, Source, __name__, taken)  # type: ignore[type-abstract]
