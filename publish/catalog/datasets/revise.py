"""package_revise: change a part of a package, if the package still is what the caller thinks.

A place in a package is written as its keys with two underscores between:
`resources__-1__description`. An item of a list is named by its number, from 0 or from the end, or
by the first five or more characters of its id.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.datasets.packages import package, replace
from publish.catalog.documents import storage
from publish.catalog.documents.package_documents import LISTS, shown
from publish.catalog.errors import invalid
from publish.catalog.registry import action
from publish.catalog.validators import MISSING, Invalid, words

SHORTEST_ID = 5
KEPT = ("groups", "resources")  # as package_update keeps them

type Path = tuple[str, ...]


@action(writes=True)
def package_revise(call: Call, given: Given) -> Document:
    """Change a part of a dataset, if it is still as it is expected to be.

    Nobody else's change comes between the comparison and the writing.

    :param match: an object with the id or name of the dataset, and whatever else must be so
    :param filter: a list of places to take out (`-notes`, `-resources__1`) or to leave (`+extras`),
        the first that fits counts; `-*` takes out all the rest
    :param update: an object with new values
    :param include: a list of places to answer, written as in filter; all when it is left out

    `match__KEY` and `update__KEY` name one place each: `update__resources__-1__description`.
    `update__resources__extend` adds to a list. A file comes as the part
    `update__resources__-1__upload` of a multipart form.
    """
    match = _expected(given)
    wanted = match.get("id") or match.get("name")
    row = package(call, {"id": wanted})
    authorization.read_package(call, row)
    authorization.edit_package(call, row)
    current = shown(call, row)
    patterns = {name: _patterns(given, name) for name in ("filter", "include")}
    if unlike := [*_unlike(current, match), *_unlike_places(current, given)]:
        raise invalid({"match": unlike})
    revised = orjson.loads(orjson.dumps(current))
    _filter(revised, patterns["filter"])
    _update(call, revised, given)
    old = storage.loads(row.document)
    keep = [key for key in LISTS if revised.get(key) == current[key]]
    keep += [key for key in KEPT if revised.get(key) is None and key not in keep]
    fields = {key: old[key] for key in ("name", "state", "private") if key not in revised}
    document = replace(call, row, {**revised, **fields}, keep)
    _filter(document, patterns["include"])
    return {"package": document}


def _expected(given: Given) -> Document:
    """What is to match, with the flat places that are not nested."""
    match = _object(given, "match")
    for key in ("id", "name"):
        if given.get(f"match__{key}"):
            match[key] = given[f"match__{key}"]
    if not (match.get("id") or match.get("name")):
        raise invalid({"match__id": MISSING})
    return match


def _object(given: Given, name: str) -> Document:
    """An object, or the JSON text of one; none is empty."""
    value = given.get(name)
    if isinstance(value, str) and value:
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise invalid({name: ["Could not parse as valid JSON"]}) from None
    if value is not None and value != "" and not isinstance(value, Mapping):
        raise invalid({name: ["Must be an object"]})
    return dict(value or {})


def _patterns(given: Given, name: str) -> list[tuple[bool, Path]]:
    """Whether to keep, and the place, of each pattern."""
    value = given.get(name)
    if isinstance(value, str):
        value = value.split(",") if value else []
    try:
        patterns = [each.strip() for each in words(value or [])]
    except Invalid as error:
        raise invalid({name: error.messages}) from None
    for pattern in patterns:
        if pattern[:1] not in ("+", "-"):
            raise invalid({name: [f"{pattern!r} must begin with + or -"]})
    return [(pattern[0] == "+", _path(pattern[1:])) for pattern in patterns]


def _path(place: str) -> Path:
    return tuple(place.split("__"))


def _unlike(current: Any, expected: Any, place: Path = ()) -> Iterator[str]:
    """The places where something else is than was expected."""
    if isinstance(expected, Mapping) and isinstance(current, Mapping):
        for key, value in expected.items():
            yield from _unlike(current.get(key), value, (*place, str(key)))
    elif isinstance(expected, list) and isinstance(current, list):
        for number, value in enumerate(expected):
            there = current[number] if number < len(current) else None
            yield from _unlike(there, value, (*place, str(number)))
    elif expected != current:
        yield "__".join(place)


def _unlike_places(current: Document, given: Given) -> Iterator[str]:
    for key, value in given.items():
        if key.startswith("match__"):
            path = _path(key.removeprefix("match__"))
            there = _at(current, path)
            if there is None:
                yield "__".join(path)
            else:
                yield from _unlike(there[0], value, path)


def _at(value: Any, path: Path) -> tuple[Any] | None:
    """What is at a place, in a tuple of one; None where nothing is."""
    for step in path:
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and (number := _number(value, step)) is not None:
            value = value[number]
        else:
            return None
    return (value,)


def _number(items: Sequence[Any], step: str) -> int | None:
    """The number of the item that a step names."""
    if step.removeprefix("-").isdecimal() and len(step) < SHORTEST_ID:
        number = int(step)
        return number % len(items) if -len(items) <= number < len(items) else None
    if len(step) < SHORTEST_ID:
        return None
    named = [n for n, item in enumerate(items) if _id(item).startswith(step)]
    return named[0] if len(named) == 1 else None


def _id(item: Any) -> str:
    return str(item.get("id", "")) if isinstance(item, Mapping) else ""


def _filter(value: Any, patterns: Sequence[tuple[bool, Path]]) -> None:
    """Take out of a package what the patterns say; the first that fits a place decides."""
    if not patterns:
        return
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))[::-1]
    for key in keys:
        steps = [(keep, path) for keep, path in patterns if path and _fits(value, key, path[0])]
        ends = [keep for keep, path in steps if len(path) == 1]
        inner = _inner(steps)
        if ends and not ends[0] and not any(keep for keep, _ in inner):
            del value[key]
        elif inner and isinstance(value[key], dict | list):
            _filter(value[key], inner)


def _inner(steps: Sequence[tuple[bool, Path]]) -> list[tuple[bool, Path]]:
    """The patterns for what lies inside, until one that decides on the whole."""
    inner = []
    for keep, path in steps:
        if len(path) == 1:
            break
        inner.append((keep, path[1:]))
    return inner


def _fits(value: Any, key: Any, step: str) -> bool:
    if step == "*":
        return True
    return bool((step if isinstance(value, dict) else _number(value, step)) == key)


def _update(call: Call, revised: Document, given: Given) -> None:
    """Write all new values into a package; raises ValidationError for a place that is not there."""
    for key, value in _object(given, "update").items():
        _write(revised, "update", (key,), value)
    for key, value in {**given, **call.files}.items():
        if key.startswith("update__"):
            _write(revised, key, _path(key.removeprefix("update__")), value)


def _write(revised: Document, told: str, path: Path, value: Any) -> None:
    holder = _at(revised, path[:-1])
    if holder is None or not isinstance(holder[0], dict | list):
        raise invalid({told: ["There is nothing at this place"]})
    try:
        _merge(holder[0], path[-1], value)
    except Invalid as error:
        raise invalid({told: error.messages}) from None


def _merge(holder: Any, step: str, value: Any) -> None:
    """Write a value into an object or a list: objects are merged, all else is replaced."""
    if isinstance(holder, dict):
        if isinstance(value, Mapping) and isinstance(holder.get(step), dict | list):
            for key, inner in value.items():
                _merge(holder[step], str(key), inner)
        else:
            holder[step] = value
    elif step == "extend":
        if not isinstance(value, list):
            raise Invalid("Not a list")
        holder.extend(value)
    else:
        number = _number(holder, step)
        if number is None:
            raise Invalid(f"There is no item {step}")
        if isinstance(value, Mapping) and isinstance(holder[number], dict):
            for key, inner in value.items():
                _merge(holder[number], str(key), inner)
        else:
            holder[number] = value
