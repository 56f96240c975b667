"""How the databases say what a filter asks: the same question, in the words of each.

The features are the table `a` with the columns c0, c1 …; what is compared is always bound.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

import orjson
import shapely

from publish.cql2.expressions import Literal
from publish.cql2.functions import as_glob, as_like
from publish.cql2.grid import INSIDE, OUTSIDE

type Bound = str | int | float | bool | bytes | None


class Dialect(ABC):
    """The SQL of one database; every method takes SQL and gives SQL."""

    geometry: str
    no_geometry: str

    @abstractmethod
    def mark(self, name: str, kind: str) -> str:
        """Where a bound value of a kind of literal goes."""

    def bound(self, literal: Literal) -> Bound:
        """The value of a literal as it is bound."""
        return literal.value

    @abstractmethod
    def like(self, text: str, pattern: str) -> str:
        """Whether a text fits a bound pattern."""

    @abstractmethod
    def pattern(self, pattern: str) -> str:
        """A pattern of CQL2 as `like` takes it."""

    @abstractmethod
    def casei(self, text: str) -> str:
        """A text without case."""

    @abstractmethod
    def accenti(self, text: str) -> str:
        """A text without accents."""

    @abstractmethod
    def real(self, number: str) -> str:
        """A number with a fraction, so that a division does not lose it."""

    @abstractmethod
    def day(self, timestamp: str) -> str:
        """The date of a timestamp."""

    @abstractmethod
    def boxed(self, corners: Sequence[str], place: str) -> str:
        """Whether a feature's box touches that of a place; `corners` are its w, s, e, n."""

    @abstractmethod
    def inside(self, corners: Sequence[str]) -> str:
        """Whether a feature's box lies wholly within a box, its edges left out."""

    @abstractmethod
    def spatial(self, op: str, one: str, other: str) -> str:
        """Whether a predicate of CQL2 holds of two geometries."""

    @abstractmethod
    def listed(self, items: Sequence[Bound]) -> str:
        """A list of values as the one text that is bound for it."""

    @abstractmethod
    def array(self, items: Sequence[str], kind: str) -> str:
        """A list of items; `kind` is the type of a column of such lists."""

    def held(self, place: int, items: Iterator[str], *, every: bool) -> str:
        """Which features have every or any of some items in the list of a column.

        Nothing where `lists` finds them by an index.
        """
        return ""

    @abstractmethod
    def numbers(self, integers: str) -> str:
        """A list of integers as one of any numbers."""

    @abstractmethod
    def lists(self, op: str, one: str, other: str) -> str:
        """Whether a function of CQL2 is true of two lists of one type."""

    def decided(self, op: str, told: str, area: str) -> str:
        """The same predicate, told where it is cheaper without looking at the geometry.

        `told` holds the features' geometry against a polygon whose bound value is `area`.
        """
        return told

    def ordered(self, text: str) -> str:
        """A text in the order of its code points."""
        return text


DECIDED = {
    "s_intersects": ("false", "true"),
    "s_within": ("false", "true"),
    "s_disjoint": ("true", "false"),
}
"""What a predicate is of a feature outside of an area, and of one in its interior; else false."""


class Sqlite(Dialect):
    """The SQL of layer.sqlite; needs what `functions.teach` gave the connection."""

    geometry = "(select feature from f where f.pk = a.pk)"
    no_geometry = "(a.xmin is null)"

    def mark(self, name: str, kind: str) -> str:
        """A named parameter."""
        return f":{name}"

    def like(self, text: str, pattern: str) -> str:
        """GLOB tells case apart, which LIKE does not."""
        return f"({text} glob {pattern})"

    def pattern(self, pattern: str) -> str:
        """The pattern with the signs of GLOB."""
        return as_glob(pattern)

    def casei(self, text: str) -> str:
        """Our function."""
        return f"casei({text})"

    def accenti(self, text: str) -> str:
        """Our function."""
        return f"accenti({text})"

    def real(self, number: str) -> str:
        """A cast."""
        return f"cast({number} as real)"

    def day(self, timestamp: str) -> str:
        """A timestamp is ISO 8601."""
        return f"substr({timestamp}, 1, 10)"

    def boxed(self, corners: Sequence[str], place: str) -> str:
        """By the columns, which are as exact as the geometry."""
        west, south, east, north = corners
        return (
            f"(a.xmax >= {west} and a.xmin <= {east} and a.ymax >= {south} and a.ymin <= {north})"
        )

    def inside(self, corners: Sequence[str]) -> str:
        """By the columns."""
        west, south, east, north = corners
        return f"(a.xmin > {west} and a.xmax < {east} and a.ymin > {south} and a.ymax < {north})"

    def spatial(self, op: str, one: str, other: str) -> str:
        """Our function."""
        return f"spatial('{op}', {one}, {other})"

    def listed(self, items: Sequence[Bound]) -> str:
        """JSON, which columns of lists hold too."""
        return orjson.dumps(items).decode()

    def array(self, items: Sequence[str], kind: str) -> str:
        """JSON again."""
        return f"json_array({', '.join(items)})"

    def held(self, place: int, items: Iterator[str], *, every: bool) -> str:
        """By the table of items, which has them in order."""
        of_item = f"a.pk in (select pk from l{place} where item"
        if every:
            return " and ".join(f"{of_item} = {item})" for item in items)
        return f"{of_item} in ({', '.join(items)}))"

    def numbers(self, integers: str) -> str:
        """As it is: JSON has one kind of number."""
        return integers

    def lists(self, op: str, one: str, other: str) -> str:
        """Our function."""
        return f"lists('{op}', {one}, {other})"

    def decided(self, op: str, told: str, area: str) -> str:
        """By a grid over the area: reading a geometry costs ten times as much."""
        outside, inside = DECIDED.get(op, ("false", "false"))
        return (
            f"(case lies({area}, a.xmin, a.ymin, a.xmax, a.ymax)"
            f" when {OUTSIDE} then {outside} when {INSIDE} then {inside} else {told} end)"
        )


class Postgis(Dialect):
    """The SQL of PostGIS.

    The geometry is `a.geom` in SRID 4326, its box `a.area` (which has the index), a time of day
    is text.
    """

    geometry = "a.geom"
    no_geometry = "(a.area is null)"
    TYPES = {
        "text": "text",
        "integer": "bigint",
        "number": "double precision",
        "boolean": "boolean",
        "date": "date",
        "timestamp": "timestamp",
        "geometry": "geometry",
        "string[]": "text[]",
        "integer[]": "bigint[]",
        "number[]": "double precision[]",
        "boolean[]": "boolean[]",
    }
    OF_LISTS = {
        "a_equals": ("@>", "<@"),
        "a_contains": ("@>",),
        "a_containedBy": ("<@",),
        "a_overlaps": ("&&",),
    }

    def mark(self, name: str, kind: str) -> str:
        """A named parameter of psycopg, with its type."""
        return f"%({name})s::{self.TYPES[kind]}"

    def bound(self, literal: Literal) -> Bound:
        """The value; a geometry as text, which is read once for a statement and not for a row."""
        if not isinstance(literal.value, bytes):
            return literal.value
        placed = shapely.set_srid(shapely.from_wkb(literal.value), 4326)
        ewkb: str = shapely.to_wkb(placed, hex=True, include_srid=True)
        return ewkb

    def like(self, text: str, pattern: str) -> str:
        """LIKE with the backslash for escape."""
        return f"({text} like {pattern})"

    def pattern(self, pattern: str) -> str:
        """The pattern without idle backslashes."""
        return as_like(pattern)

    def casei(self, text: str) -> str:
        """As `functions.without_case`: ICU knows every alphabet, whatever the database knows."""
        icu = 'collate "und-x-icu"'
        return f"replace(lower(upper({text} {icu}) {icu}), 'ς', 'σ')"

    def accenti(self, text: str) -> str:
        """As `functions.without_accents`."""
        marks = r"[\u0300-\u036f]"
        return f"normalize(regexp_replace(normalize({text}, NFD), '{marks}', '', 'g'), NFC)"

    def real(self, number: str) -> str:
        """A cast."""
        return f"({number})::double precision"

    def day(self, timestamp: str) -> str:
        """A cast."""
        return f"({timestamp})::date"

    def boxed(self, corners: Sequence[str], place: str) -> str:
        """By the index of geometries, in which boxes are rounded outwards."""
        return f"(a.geom && {place})"

    def inside(self, corners: Sequence[str]) -> str:
        """By the corners of the feature's box: [0] is the upper one."""
        west, south, east, north = corners
        return (
            f"((a.area[1])[0] > {west} and (a.area[0])[0] < {east}"
            f" and (a.area[1])[1] > {south} and (a.area[0])[1] < {north})"
        )

    def spatial(self, op: str, one: str, other: str) -> str:
        """The function of the same name."""
        return f"ST_{op.removeprefix('s_')}({one}, {other})"

    def listed(self, items: Sequence[Bound]) -> str:
        """As PostgreSQL writes an array, each item between quotes."""
        quoted = (re.sub(r'["\\]', r"\\\g<0>", str(item)) for item in items)
        return "{" + ",".join(f'"{item}"' for item in quoted) + "}"

    def array(self, items: Sequence[str], kind: str) -> str:
        """An array, whose type an empty one does not tell."""
        return f"array[{', '.join(items)}]::{self.TYPES[kind]}"

    def numbers(self, integers: str) -> str:
        """A cast."""
        return f"({integers})::{self.TYPES['number[]']}"

    def lists(self, op: str, one: str, other: str) -> str:
        """Operators that an index of the column answers."""
        return f"({' and '.join(f'{one} {sign} {other}' for sign in self.OF_LISTS[op])})"

    def ordered(self, text: str) -> str:
        """Not the database's own collation: the answers of every backend are in one order."""
        return f'({text} collate "C")'
