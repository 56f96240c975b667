"""The columns of a dataset's files, as its Table Schemas say them.

Rule: https://specs.frictionlessdata.io/table-schema/
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasets.model import Version
from datasets.sentences import number
from datasets.text import ENGLISH, Text
from geoportal.words import word

MOST_COLUMNS = 500
MOST_VALUES = 8  # of an enumeration
TYPES = (
    *("string", "integer", "number", "boolean", "date", "datetime", "time", "year", "geojson"),
    *("array", "list"),
)
BOUNDS = ("minimum", "maximum", "minLength", "maxLength")


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name in the file, what people call it, its type and rules in words."""

    name: str
    title: Text
    type: str
    description: str
    rules: Sequence[str]


@dataclass(frozen=True, slots=True)
class Described:
    """The columns of a file; `more` are not listed."""

    title: Text
    fields: Sequence[Field]
    more: int


def schemas(version: Version | None, language: str) -> list[Described]:
    """The columns of each file that has any."""
    if version is None:
        return []
    listed = [
        (resource.title or Text(resource.filename), version.schemas.get(resource.name, {}))
        for resource in version.resources
    ]
    return [_described(title, schema, language) for title, schema in listed if _fields(schema)]


def _fields(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = schema.get("fields")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _described(title: Text, schema: Mapping[str, Any], language: str) -> Described:
    fields = _fields(schema)
    keys = schema.get("primaryKey") or []
    keyed = [keys] if isinstance(keys, str) else keys
    made = [_field(each, keyed, language) for each in fields[:MOST_COLUMNS]]
    return Described(title, made, max(0, len(fields) - MOST_COLUMNS))


def _field(said: Mapping[str, Any], keys: Sequence[str], language: str) -> Field:
    name = str(said.get("name") or "")
    titles = said.get("titles")
    english = titles.get(ENGLISH) if isinstance(titles, dict) else None
    type_ = str(said.get("type") or "string")
    return Field(
        name=name,
        title=Text(str(said.get("title") or name), {ENGLISH: str(english)} if english else {}),
        type=word(language, f"column_{type_}") if type_ in TYPES else type_,
        description=str(said.get("description") or ""),
        rules=list(_rules(said, name in keys, language)),
    )


def _rules(said: Mapping[str, Any], is_key: bool, language: str) -> Iterator[str]:
    """The rules of a column in words; one that is not known here is left to the schema itself."""
    constraints = said.get("constraints")
    rules = constraints if isinstance(constraints, dict) else {}
    if is_key:
        yield word(language, "column_key")
    if rules.get("required"):
        yield word(language, "column_required")
    if rules.get("unique") and not is_key:
        yield word(language, "column_unique")
    for rule in BOUNDS:
        if isinstance(bound := rules.get(rule), int | float):
            yield word(language, f"column_{rule.lower()}", value=number(language, bound))
        elif bound:
            yield word(language, f"column_{rule.lower()}", value=str(bound))
    if isinstance(values := rules.get("enum"), list):
        more = "…" if len(values) > MOST_VALUES else ""
        shown = ", ".join(str(value) for value in values[:MOST_VALUES]) + more
        yield word(language, "column_enum", values=shown)
