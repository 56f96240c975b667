"""Time series in a layer: which columns are measurements, of what, and in which unit.

A wide table has a column for each thing that is measured, a long one a row: then a column says of
what the row is (`Материја`), another the value (`Вредност`), and perhaps a third the unit.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from datasets.model import Column
from datasets.serbian import fold
from publish.layers.features import Features
from publish.layers.integrity import parquet

KINDS = frozenset(
    "materija parametar pokazatelj velicina parameter pollutant indicator quantity".split()
)
VALUES = frozenset("vrednost rezultat koncentracija izmereno value result concentration".split())
UNITS = frozenset("jedinica unit uom".split())
NAMES = frozenset(
    "stanica merno postaja naziv ime lokacija mesto sifra oznaka"
    " station site location name code".split()
)
"""Words, folded, by which such columns are called."""

LOOKED_AT = 200
"""So many first features tell whether a layer is a series: neighbours lie side by side."""

MOST_KINDS = 200
MOST_LOCATIONS = 5_000
SHAPES = ("Point", "Polygon")
"""Geometries for which CoverageJSON has a domain."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Something that is measured: its title, its unit if that is known, the column of its values.

    `kind` is what the column of kinds says in its rows, empty in a wide table.
    """

    title: str
    unit: str
    column: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Location:
    """A place with a name: what its column says of it, and where it is as WKB in CRS84."""

    name: str
    wkb: bytes


@dataclass(frozen=True, slots=True)
class Series:
    """How the rows of a layer are read: the column of the moment, that of kinds, what is measured.

    `measured` is by the name under which it is asked for. `names` is the column that names places,
    each with its own; `locations` are these by id. Where no column does, there are none.
    """

    time: str
    kinds: str
    measured: Mapping[str, Measured]
    names: str
    locations: Mapping[str, Location]


@functools.lru_cache(1024)
def series(features: Features) -> Series | None:
    """The series in a layer; None where most places are there once, or nothing is measured."""
    manifest = features.manifest
    if len(manifest.times) != 1 or manifest.geometry_type not in SHAPES:
        return None
    numbers = [
        column
        for column in manifest.columns
        if column.type in ("integer", "number") and column.name != manifest.id_column
    ]
    if not numbers or not _repeats(features):
        return None
    long = _long(features, manifest.columns)
    measured = long[1] if long else {c.name: Measured(c.title, "", c.name) for c in numbers}
    names, locations = _named(features, manifest.columns)
    return Series(manifest.times[0], long[0] if long else "", measured, names, locations)


def _repeats(features: Features) -> bool:
    """Tell whether places come twice and more, one with another."""
    first = [orjson.loads(each)["geometry"] for each in features.features(limit=LOOKED_AT)]
    places = {orjson.dumps(place) for place in first}
    return len(places) * 2 <= len(first)


def _long(
    features: Features, columns: Sequence[Column]
) -> tuple[str, Mapping[str, Measured]] | None:
    """The column of kinds and what is measured in a long table; None for a wide one."""
    kind = _called(columns, ("string",), KINDS)
    value = _called(columns, ("integer", "number"), VALUES)
    if kind is None or value is None:
        return None
    unit = _called(columns, ("string",), UNITS)
    found = _kinds(features, kind, unit)
    if not 0 < len(found) <= MOST_KINDS:
        return None
    return kind, {_asked(of): Measured(of, said, value, of) for of, said in found.items()}


def _called(columns: Sequence[Column], types: Sequence[str], words: frozenset[str]) -> str | None:
    """The one column of some types whose title has one of the words."""
    found = [c.name for c in columns if c.type in types and words & set(fold(c.title).split())]
    return found[0] if len(found) == 1 else None


def _named(features: Features, columns: Sequence[Column]) -> tuple[str, Mapping[str, Location]]:
    """The first column that gives each place a name of its own, and the places by their ids."""
    for column in columns:
        if column.type == "string" and NAMES & set(fold(column.title).split()):
            found = _locations(features, column.name)
            if found:
                return column.name, found
    return "", {}


def _locations(features: Features, column: str) -> Mapping[str, Location]:
    """Names and places of a column; none unless each name has one place and each place one name."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - pyarrow is large, and few layers are series

    pair = [column, "geometry"]
    table = pq.read_table(parquet(features.folder), columns=pair).group_by(pair).aggregate([])
    names, places = (table[each].to_pylist() for each in pair)
    if not 0 < len(names) <= MOST_LOCATIONS or None in names or None in places:
        return {}
    pairs = sorted(zip(names, places, strict=True))
    found = {_id(name): Location(name, wkb) for name, wkb in pairs}
    return found if len(names) == len(found) == len(set(places)) and "" not in found else {}


def _id(name: str) -> str:
    """The name as a part of an address."""
    return " ".join(name.replace("/", "-").split())


def _kinds(features: Features, kind: str, unit: str | None) -> Mapping[str, str]:
    """What is measured, in order, with its unit: none where it has several."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - pyarrow is large, and few layers are series

    names = [kind, unit] if unit else [kind]
    table = pq.read_table(parquet(features.folder), columns=names)
    units: dict[str, set[str]] = {}
    for row in table.group_by(names).aggregate([]).to_pylist():
        if row[kind]:
            units.setdefault(row[kind], set()).add(row[unit] or "" if unit else "")
    return {of: said.pop() if len(said) == 1 else "" for of, said in sorted(units.items())}


def _asked(kind: str) -> str:
    """The name under which a kind is asked for: names stand with commas between."""
    return " ".join(kind.replace(",", " ").split())
