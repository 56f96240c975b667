"""What a feature is called and where it says it is: names are put together from its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from datasets.model import Column
from publish.layers.labels import NAMING, label, latin_label

STREET = ("ulica", "naziv_ulice", "ulica_naziv", "street")
NUMBER = ("broj", "kucni_broj", "kbr", "house_number", "housenumber")
WHERE = (
    "adresa",
    "address",
    "lokacija",
    *STREET,
    "mesna_zajednica",
    "naselje",
    "mesto",
    "settlement",
    "opstina",
    "grad",
    "municipality",
)
"""Columns that say where something is, the narrowest first."""
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Naming:
    """Which columns name a feature (one, or a street and a number), and which say where it is."""

    named: tuple[str, ...]
    latin: str
    where: tuple[str, ...]

    @classmethod
    def of(cls, columns: Sequence[Column]) -> Self:
        """The naming of a layer with these columns; `named` is empty where nothing names.

        >>> text = lambda name: Column(name, name, "string")
        >>> Naming.of([text("id"), text("ulica"), text("kucni_broj"), text("naselje")])
        Naming(named=('ulica', 'kucni_broj'), latin='', where=('naselje',))
        """
        own, latin = label(columns), latin_label(columns)
        there = {column.name.lower(): column.name for column in columns}
        street = next((there[name] for name in STREET if name in there), "")
        number = next((there[name] for name in NUMBER if name in there), "")
        if own is None:
            return cls((), "", ())
        is_address = own.name not in NAMING and street and number
        named = (street, number) if is_address else (own.name,)
        where = tuple(there[name] for name in WHERE if name in there and there[name] not in named)
        return cls(named, latin.name if latin and not is_address else "", where)

    def name(self, properties: Mapping[str, Any]) -> str:
        """A feature's name as its publisher writes it; empty where it has none.

        >>> Naming(("ulica", "broj"), "", ()).name({"ulica": "Његошева", "broj": 12})
        'Његошева 12'
        """
        return _line(" ".join(_said(properties, self.named)))

    def where_it_is(self, properties: Mapping[str, Any]) -> str:
        """What a feature says of its place, each thing once; empty where it says nothing."""
        parts = dict.fromkeys(_said(properties, self.where))
        return _line(", ".join(parts))

    def also(self, properties: Mapping[str, Any]) -> str:
        """The publisher's own Latin name, by which a feature is found too."""
        return _line(" ".join(_said(properties, (self.latin,)))) if self.latin else ""


def _said(properties: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    values = (properties.get(column) for column in columns)
    return [str(value) for value in values if value not in (None, "")]


def _line(text: str) -> str:
    """A text in one line that is not too long."""
    return " ".join(text[: 4 * LONGEST].split())[:LONGEST]
