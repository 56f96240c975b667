"""Templates: what municipalities publish most, as Table Schemas in two scripts.

Each is a file of the folder `templates`: titles, fields, two rows as an example, a colour and a
shape for the map, and its themes. What is authored in Cyrillic is made Latin here.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from pathlib import Path
from typing import Any

import yaml

from datasets.errors import ConfigError
from datasets.model import Schema
from datasets.serbian import fold, is_cyrillic, to_latin
from datasets.text import CYRILLIC, LATIN

FOLDER = Path(__file__).with_name("templates")
TRUE, FALSE = ["да", "da", "true"], ["не", "ne", "false"]
CONSTRAINTS = ("required", "unique", "enum", "minimum", "maximum", "pattern")
ALIKE = 0.8
"""The share of a template's required columns that a table must have to look like it."""

HEADER_WITHIN = 10
"""So many first rows are looked at for the header of a template."""

type Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its title in Cyrillic and in English, and what its values must be."""

    sr: str
    en: str
    type: str
    about: str = ""
    format: str = ""
    constraints: Mapping[str, Any] = made(default_factory=dict)

    def descriptor(self, script: str) -> dict[str, Any]:
        """Give the field of a Table Schema, named as its header in a script."""
        said: dict[str, Any] = {
            "name": in_script(self.sr, script),
            "type": self.type,
            "title": in_script(self.sr, script),
            "titles": {"sr": self.sr, "en": self.en},
        }
        if self.about:
            said["description"] = in_script(self.about, script)
        if self.format:
            said["format"] = self.format
        if self.type == "boolean":
            said |= {"trueValues": TRUE, "falseValues": FALSE}
        if self.constraints:
            said["constraints"] = {
                name: in_script(value, script) if name == "enum" else value
                for name, value in self.constraints.items()
            }
        return said


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of dataset that many municipalities have.

    `geometry` is point, line, polygon or none; `themes` are codes of DCAT-AP (EDUC), INSPIRE (us)
    and of the high-value datasets (c_b79e35eb), empty where there is none; `rows` are examples.
    """

    name: str
    title: Mapping[str, str]
    about: Mapping[str, str]
    geometry: str
    themes: Mapping[str, str]
    style: Mapping[str, str]
    key: Sequence[str]
    fields: Sequence[Field]
    rows: Sequence[Row]

    def schema(self, script: str = CYRILLIC) -> Schema:
        """Give the Table Schema, its fields named as the headers in a script."""
        key = {"primaryKey": in_script(list(self.key), script)} if self.key else {}
        return {
            "template": self.name,
            "fields": [field.descriptor(script) for field in self.fields],
            "missingValues": [""],
            **key,
        }

    def example(self, script: str = CYRILLIC) -> list[list[str]]:
        """Give the header and the rows of the example, all of it text."""
        header = [field.sr for field in self.fields]
        rows: list[list[str]] = in_script([header, *self.rows], script)
        return rows


def in_script(value: Any, script: str) -> Any:
    """Give a text, or a list of texts, in a script.

    >>> in_script(["Назив", 3], "sr-Latn")
    ['Naziv', 3]
    """
    if isinstance(value, list | tuple):
        return [in_script(each, script) for each in value]
    return to_latin(value) if isinstance(value, str) and script == LATIN else value


@functools.cache
def templates() -> Mapping[str, Template]:
    """Give all templates by name."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.yaml"))}


def template(name: str) -> Template:
    """Give a template. Raises ConfigError that names those there are."""
    found = templates().get(name)
    if found is None:
        known = ", ".join(templates())
        raise ConfigError(f"there is no template {name[:60]!r}; there are {known}")
    return found


def _read(path: Path) -> Template:
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = [["" if cell is None else _written(cell) for cell in row] for row in said["rows"]]
    fields = [_field(field) for field in said["fields"]]
    return Template(path.stem, **{**said, "fields": fields, "rows": rows})


def _written(cell: Any) -> str:
    return cell if isinstance(cell, str) else str(cell)


def _field(said: Mapping[str, Any]) -> Field:
    constraints = {name: said[name] for name in CONSTRAINTS if name in said}
    rest = {name: value for name, value in said.items() if name not in CONSTRAINTS}
    return Field(**rest, constraints=constraints)


def fitted(schema: Schema, labels: Sequence[str]) -> Schema:
    """Give the schema of a template as a table writes it: its script, its spelling of headers.

    A schema that is of no template stays as it is.
    """
    named = schema.get("template")
    if not named or (found := templates().get(str(named))) is None:  # 20 files that most need not
        return schema
    script = CYRILLIC if any(map(is_cyrillic, labels)) else LATIN
    written = {fold(label): label for label in labels}
    made = found.schema(script)
    names = {
        field["name"]: written.get(fold(field["name"]), field["name"]) for field in made["fields"]
    }
    fields = [{**field, "name": names[field["name"]]} for field in made["fields"]]
    key = {"primaryKey": [names[name] for name in made["primaryKey"]]} if found.key else {}
    return {**made, "fields": fields, **key}


def likely(labels: Sequence[str]) -> str:
    """Give the template that a table looks like by its headers, or nothing.

    >>> likely(["sifra objekta", "NAZIV", "Установа", "оснивач", "Адреса", "Капацитет"])
    'kindergartens'
    >>> likely(["Назив", "Адреса"])
    ''
    """
    words = {fold(label) for label in labels}
    shares = {name: _share(name, words) for name in templates()}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= ALIKE else ""


def _share(name: str, words: set[str]) -> float:
    """Give the share of required columns that are there, if a third of all columns is."""
    wanted, every = _words(name)
    there = len(wanted & words) / len(wanted)
    return there if len(every & words) >= len(every) / 3 else 0.0


@functools.cache
def _words(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """Give the headers of a template as they are compared: the required ones, and all."""
    fields = templates()[name].fields
    wanted = frozenset(fold(f.sr) for f in fields if f.constraints.get("required"))
    return wanted, frozenset(fold(field.sr) for field in fields)


def headers(schema: Schema, rows: Sequence[Row]) -> list[str]:
    """Give the names that the columns of a table should have, as far as anything tells.

    Those of a schema or its template, else a row among the first that is a template's header.
    """
    found = templates().get(str(schema.get("template", "")))
    if found is not None:
        return [field.sr for field in found.fields]
    named = [f.get("name", "") for f in schema.get("fields", ()) if isinstance(f, Mapping)]
    if named:
        return [str(name) for name in named]
    return next((list(row) for row in rows[:HEADER_WITHIN] if likely(row)), [])
