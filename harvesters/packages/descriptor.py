"""Read the small JSON or YAML documents that describe data; they are hostile until proved plain."""

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from datasets.errors import ReadingError
from datasets.text import Text
from harvesters.values.mapping import language

MAX_BYTES = 1 << 20
MAX_DEPTH = 24
MAX_VALUES = 100_000


class _Loader(yaml.CSafeLoader):
    """Plain words as YAML 1.2 has them: да, yes, no, 12:30, 007 and 2024-01-01 stay text."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", "-+0123456789"),
    ("null", r"null|~|", ["n", "~", ""]),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), list(_first)
    )


def document(path: Path) -> dict[str, Any]:
    """Read a mapping of JSON values from `.json`, `.yaml` or `.yml`; raises as `plain` does."""
    try:
        with path.open("rb") as file:
            body = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ReadingError(f"{path.name} cannot be read: {error.strerror}") from None
    return plain(body, path.name)


def plain(body: bytes, called: str) -> dict[str, Any]:
    """Read a mapping of JSON values; as JSON where it is called so, else as YAML; text as UTF-8.

    Raises ReadingError when it is larger than 1 MiB, deeper than 24, grows by YAML's references
    beyond 100,000 values, or holds what JSON cannot say.
    """
    if len(body) > MAX_BYTES:
        raise ReadingError(f"{called} is larger than {MAX_BYTES} bytes: put the data beside it")
    try:
        text = body.decode("utf-8-sig")
        value = _json(text) if called.lower().endswith(".json") else _yaml(text)
        _refuse_odd(value)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise ReadingError(f"{called} is not a plain document: {_first_line(error)}") from None
    if not isinstance(value, dict):
        raise ReadingError(f"{called} must be a mapping of keys, such as name and resources")
    return value


def _first_line(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return str(error).partition("\n")[0][:200]


def _json(text: str) -> Any:
    return json.loads(text, parse_constant=_not_json)


def _not_json(word: str) -> Any:
    raise ValueError(f"{word} is not a number that JSON knows")


def _yaml(text: str) -> Any:
    _refuse_bomb(text)
    return yaml.load(text, Loader=_Loader)  # a safe loader: it makes values, never objects


def _refuse_bomb(text: str) -> None:
    """Refuse on YAML's events, before anything is built, what would grow by its own references.

    Raises ValueError for too many values with all references written out, for too many levels,
    and for a value inside itself.
    """
    sizes: dict[str, int] = {}  # of the values that have an anchor
    counts, anchors = [0], [""]  # of the collections that are open
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        size, anchor = 0, ""
        if isinstance(event, yaml.CollectionStartEvent):
            counts.append(1)
            anchors.append(event.anchor or "")
        elif isinstance(event, yaml.CollectionEndEvent):
            size, anchor = counts.pop(), anchors.pop()
        elif isinstance(event, yaml.ScalarEvent):
            size, anchor = 1, event.anchor or ""
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise ValueError(f"*{event.anchor} refers to nothing that is complete before it")
            size = sizes[event.anchor]
        counts[-1] += size
        if anchor:
            sizes[anchor] = size
        if counts[-1] > MAX_VALUES or len(counts) > MAX_DEPTH + 1:
            raise ValueError(f"it has more than {MAX_VALUES} values or {MAX_DEPTH} levels")


def _refuse_odd(value: Any) -> None:
    """Refuse what JSON cannot say, or what no database and page takes; raises ValueError."""
    level, depth = [value], 0
    while level:
        if depth > MAX_DEPTH:
            raise ValueError(f"it is deeper than {MAX_DEPTH} levels")
        for item in level:
            _refuse_odd_scalar(item)
        level = [inner for item in level for inner in _inside(item)]
        depth += 1


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError(f"the keys {[k for k in value if not isinstance(k, str)]} are no text")
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []


def _refuse_odd_scalar(value: Any) -> None:
    if isinstance(value, str):
        value.encode()  # half of a surrogate pair: UnicodeEncodeError, a ValueError
        if "\0" in value:
            raise ValueError("it holds the character NUL")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("it holds a number that is not finite")
    elif not isinstance(value, dict | list | bool | int | float | None):
        raise ValueError(f"it holds a value of type {type(value).__name__}")


def text(described: Mapping[str, Any], key: str) -> Text:
    """Give `title` or `description` with `title_translated` and so on: {language: words}.

    >>> text({"title": "Насеља", "title_translated": {"en": "Settlements"}}, "title").said("en")
    'Settlements'
    """
    own, by_language = described.get(key), described.get(f"{key}_translated")
    translated = {}
    for tag, words in (by_language if isinstance(by_language, dict) else {}).items():
        found = language(tag, words) if isinstance(words, str) else None
        if found and words.strip():
            translated[found] = words.strip()
    said = own.strip() if isinstance(own, str) else ""
    return Text(said or next(iter(translated.values()), ""), translated)
