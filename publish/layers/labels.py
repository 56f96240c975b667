"""Names of features in both scripts: the column that names them, and its Latin twin in tiles.

A map writes labels in the script of the page; a browser does not know how to write Latin.
"""

import functools
from collections.abc import Sequence
from dataclasses import replace

from datasets.model import Column
from datasets.serbian import to_latin
from publish.layers.geojson import Value

NAMING = ("naziv", "name", "ime", "naslov", "title")
LATIN = "_lat"
LONGEST = 1000
"""Letters of a text in a tile: longer ones are for tables, and would stop every map."""


def label(columns: Sequence[Column]) -> Column | None:
    """The column that names a feature: one called so, else the first text."""
    texts = [column for column in columns if column.type == "string"]
    named = [column for column in texts if column.name in NAMING]
    return next(iter([*named, *texts]), None)


def latin_label(columns: Sequence[Column]) -> Column | None:
    """The publisher's own Latin names: `naziv_lat` beside `naziv`."""
    own = label(columns)
    wanted = f"{own.name}{LATIN}" if own else ""
    return next((column for column in columns if column.name == wanted), None)


def twin(columns: Sequence[Column]) -> Column | None:
    """The attribute that tiles add, `naziv_lat`; None where the publisher has it already.

    >>> twin([Column("naziv", "Назив", "string")]).name
    'naziv_lat'
    """
    own = label(columns)
    if own is None or latin_label(columns):
        return None
    return replace(own, name=f"{own.name}{LATIN}")


def shortened(text: str, most: int = LONGEST) -> str:
    """A text of so many letters at most.

    >>> shortened("Ђурђевак", 5), shortened("Ниш", 5)
    ('Ђурђ…', 'Ниш')
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def short(value: Value) -> Value:
    """A value as a tile has it."""
    return shortened(value) if isinstance(value, str) else value


@functools.lru_cache(20_000)
def in_latin(name: Value) -> str | None:
    """A name in Latin, None where it is that already.

    >>> in_latin("Ђурђевак"), in_latin("Niš"), in_latin(None)
    ('Đurđevak', None, None)
    """
    latin = to_latin(name) if isinstance(name, str) else name
    return None if latin == name else str(latin)


def in_tiles(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The attributes that features have in tiles: the layer's own, and the Latin twin."""
    added = twin(columns)
    return (*columns, added) if added else tuple(columns)


def with_twin(
    columns: Sequence[Column], values: Sequence[Sequence[Value]]
) -> Sequence[Sequence[Value]]:
    """The values by column with the Latin twin behind them, as `in_tiles` has the columns."""
    own = label(columns)
    if own is None or twin(columns) is None:
        return values
    names = values[list(columns).index(own)]
    latin = {name: in_latin(short(name)) for name in set(names)}
    return [*values, [latin[name] for name in names]]
