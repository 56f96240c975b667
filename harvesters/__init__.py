"""Where data come from: one file a kind of source, opened from config.yml."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from datasets.config import Config, Document, Place
from datasets.errors import ConfigError
from datasets.kinds import kind, kinds
from harvesters._package import UPLOAD
from harvesters._source import Source


def open_sources(config: Config, document: Document) -> list[Source]:
    """Open the entries of `sources:` in order.

    Raises ConfigError with file and line for an unknown kind, a key that the kind does not have,
    a wrong value, or a name that is used twice.
    """
    sources = [
        _open(entry, document, ("sources", place)) for place, entry in enumerate(config.sources)
    ]
    _refuse_twins(sources, document)
    return sources


def _open(entry: Mapping[str, Any], document: Document, place: Place) -> Source:
    model = _model(entry.get("kind"), document, place)
    return document.parse(model, _placed(model, entry, document.path.resolve().parent), place)


def _model(name: Any, document: Document, place: Place) -> type[Source]:
    where = f"{document.path}:{document.line((*place, 'kind'))}: {'.'.join(map(str, place))}"
    if not name or not isinstance(name, str):
        raise ConfigError(f"{where}: has no kind; there are {', '.join(kinds(__name__))}")
    try:
        # mypy: an abstract class is what is asked for; the kind found is a concrete one
        return kind(__name__, name, Source)  # type: ignore[type-abstract]
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def _placed(model: type[Source], entry: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Give the entry with relative paths made absolute, from the folder of config.yml."""
    placed = dict(entry)
    for name, field in model.model_fields.items():
        key = field.alias or name
        if Path in (field.annotation, *get_args(field.annotation)) and isinstance(
            entry.get(key), str
        ):
            placed[key] = folder / entry[key]
    return placed


def _refuse_twins(sources: Sequence[Source], document: Document) -> None:
    taken = {UPLOAD: "what people upload"}
    for place, source in enumerate(sources):
        where = f"{document.path}:{document.line(('sources', place, 'name'))}"
        if source.name in taken:
            raise ConfigError(
                f"{where}: sources.{place}.name: {source.name!r} is the name of"
                f" {taken[source.name]}; give the source a name of its own"
            )
        taken[source.name] = f"the source at {where}"
