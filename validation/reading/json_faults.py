"""What is wrong with JSON that parsers take without a word, or refuse without saying where.

Where it is is told as a JSON path: features[3].geometry.coordinates[0][1].
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from validation.reading.cells import Unreadable

STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"([ \t\r\n]*:)?', re.DOTALL)
NO_NUMBERS = (b"NaN", b"Infinity")


class _Twice(dict[str, Any]):
    """An object that has one key twice."""

    key = ""


class _NoNumber(str):
    """NaN or Infinity."""


def check_keys(raw: bytes, document: Any) -> None:
    """Refuse an object that has a key twice: the parser keeps the last one without a word.

    The keys in the text are counted against those that are left; only where these differ it is
    parsed again, slowly.
    """
    written = sum(1 for found in STRING.finditer(raw) if found[1])
    if written == _kept(document):
        return
    try:
        slow = json.loads(raw, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return
    for path, value in _walked(slow):
        if isinstance(value, _Twice):
            where = f"{path}.{value.key}".lstrip(".")
            raise Unreadable(
                "json-key-twice",
                f"the key {value.key[:80]!r} stands twice in one object: {where[:200]}",
                key=value.key,
                json_path=where,
            )


def check_numbers(raw: bytes) -> None:
    """Refuse NaN and Infinity, which are no JSON, and say where the first one stands."""
    if not any(word in raw for word in NO_NUMBERS):
        return
    try:
        document = json.loads(raw, parse_constant=_NoNumber)
    except (ValueError, RecursionError):
        return
    found = [(path, value) for path, value in _walked(document) if isinstance(value, _NoNumber)]
    if found:
        path, value = found[0]
        raise Unreadable(
            "json-not-a-number",
            f"{value} is no number in JSON: {path[:200]} and {len(found) - 1} more places",
            value=str(value),
            json_path=path,
            count=str(len(found)),
        )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    twice = _Twice(made)
    names = [name for name, _ in pairs]
    twice.key = next(name for name in made if names.count(name) > 1)
    return twice


def _kept(document: Any) -> int:
    """Count the keys of all objects; a list that begins with a number is one of coordinates."""
    count, left = 0, [document]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            count += len(value)
            left += [inner for inner in value.values() if isinstance(inner, dict | list)]
        elif value and not isinstance(value[0], int | float):
            left += [inner for inner in value if isinstance(inner, dict | list)]
    return count


def _walked(document: Any) -> Iterator[tuple[str, Any]]:
    """Yield every value with its path, in the order of the text."""
    left = [("", document)]
    while left:
        path, value = left.pop()
        yield path, value
        if isinstance(value, dict):
            inner = [(f"{path}.{key}".lstrip("."), each) for key, each in value.items()]
            left += reversed(inner)
        elif isinstance(value, list):
            left += [(f"{path}[{i}]", each) for i, each in reversed(list(enumerate(value)))]
