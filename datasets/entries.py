"""The entries of a list in config.yml, each opened as the kind that it names."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from pydantic import BaseModel

from datasets.config import Document, Place
from datasets.errors import ConfigError
from datasets.kinds import kind, kinds


def opened[E: BaseModel](
    section: str,
    entries: Sequence[Mapping[str, Any]],
    document: Document,
    base: type[E],
    package: str,
    taken: Mapping[str, str] = MappingProxyType({}),
) -> list[E]:
    """Open the entries of a section in order; `taken` are names that mean something already.

    Raises ConfigError with file and line for an unknown kind, a key that the kind does not have,
    a wrong value, or a name that is used twice.
    """
    found = [
        _open(entry, document, (section, place), base, package)
        for place, entry in enumerate(entries)
    ]
    _refuse_twins(section, [entry["name"] for entry in entries], document, dict(taken))
    return found


def _open[E: BaseModel](
    entry: Mapping[str, Any], document: Document, place: Place, base: type[E], package: str
) -> E:
    model = _model(entry.get("kind"), document, place, base, package)
    return document.parse(model, _placed(model, entry, document.path.resolve().parent), place)


def _model[E: BaseModel](
    name: Any, document: Document, place: Place, base: type[E], package: str
) -> type[E]:
    where = f"{document.path}:{document.line((*place, 'kind'))}: {'.'.join(map(str, place))}"
    if not name or not isinstance(name, str):
        raise ConfigError(f"{where}: has no kind; there are {', '.join(kinds(package))}")
    try:
        return kind(package, name, base)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def _placed(model: type[BaseModel], entry: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Give the entry with relative paths made absolute, from the folder of config.yml."""
    placed = dict(entry)
    for name, field in model.model_fields.items():
        key = field.alias or name
        if Path in (field.annotation, *get_args(field.annotation)) and isinstance(
            entry.get(key), str
        ):
            placed[key] = folder / entry[key]
    return placed


def _refuse_twins(
    section: str, names: Sequence[str], document: Document, taken: dict[str, str]
) -> None:
    noun = section.removesuffix("s")
    for place, name in enumerate(names):
        where = f"{document.path}:{document.line((section, place, 'name'))}"
        if name in taken:
            raise ConfigError(
                f"{where}: {section}.{place}.name: {name!r} is the name of"
                f" {taken[name]}; give the {noun} a name of its own"
            )
        taken[name] = f"the {noun} at {where}"
