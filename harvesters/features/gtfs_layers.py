"""The two layers of a GTFS feed: its stops as points, its routes as lines.

Rule: gtfs.org/documentation/schedule/reference. Rows without what the rule wants are left out and
counted.
"""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from datasets.text import ENGLISH, Text
from harvesters.features.geojson import written
from harvesters.features.gtfs_feed import Feed, translations
from harvesters.features.gtfs_lines import MAX_ROUTES, MAX_STOPS, Lines, place, refuse_many
from harvesters.features.made import feature_file
from harvesters.values.mapping import text

type Read = Callable[[str], str | int | None]

TITLES = {
    "stop_id": "Шифра стајалишта",
    "stop_code": "Број стајалишта",
    "stop_name": "Стајалиште",
    "stop_desc": "Опис",
    "zone_id": "Зона",
    "parent_station": "Шифра станице",
    "platform_code": "Перон",
    "location_type": "Врста места",
    "wheelchair_boarding": "Улазак у колицима",
    "route_id": "Шифра линије",
    "route_short_name": "Број линије",
    "route_long_name": "Линија",
    "route_desc": "Опис",
    "route_type": "Врста превоза",
    "route_color": "Боја",
    "route_text_color": "Боја текста",
    "agency_name": "Превозник",
}
_SCRIPTS = {"en": "на енглеском", "sr_cyrl": "ћирилицом", "sr_latn": "латиницом"}


def said(value: str) -> str | None:
    """Give the words of a cell on one line, or None where there are none."""
    return text(value, 10_000) or None


def code(value: str) -> int | None:
    """Give a code of GTFS such as 0, 1, 2 or 715, or None."""
    return int(value) if re.fullmatch("[0-9]{1,4}", value) else None


def color(value: str) -> str | None:
    """Give a colour as pages write it, or None.

    >>> color("1a3f6b"), color("red")
    ('#1A3F6B', None)
    """
    bare = value.removeprefix("#").upper()
    return f"#{bare}" if re.fullmatch("[0-9A-F]{6}", bare) else None


class Layer(ABC):
    """A table of the feed as features: each row that has an id of its own and a geometry.

    `left_out` counts the other rows by the reason; `columns` are those that the table has.
    """

    name: ClassVar[str]
    title: ClassVar[Text]
    key: ClassVar[str]
    label: ClassVar[str]  # the column that translations.txt has in other languages
    known: ClassVar[Mapping[str, Read]]
    beside: ClassVar[Sequence[str]]  # columns that are asked for and are no properties
    most: ClassVar[int]

    def __init__(self, feed: Feed) -> None:
        there = feed.columns(self.name)
        self.feed, self.features = feed, 0
        self.columns = {name: read for name, read in self.known.items() if name in there}
        self.others = sorted(translations(feed, self.name, self.label).items())
        self.left_out: Counter[str] = Counter()

    @property
    def schema(self) -> dict[str, Any]:
        """The Table Schema: ids are text, whatever digits they have."""
        numbers = {name for name, read in self.columns.items() if read is code}
        names = [self.key, *self.columns, *(self._other(tag) for tag, _ in self.others)]
        fields = [
            {"name": name, "type": "integer" if name in numbers else "string", "title": title(name)}
            for name in (*names, *self.also(self.beside))
        ]
        return {"fields": fields, "primaryKey": [self.key]}

    def write(self, path: Path, address: str, max_bytes: int) -> None:
        """Write the features in the feed's order; raises HarvestError beyond a limit."""
        seen: set[str] = set()
        asked = (self.key, *self.beside, *self.columns)
        with feature_file(path, address, max_bytes) as add:
            for own, *cells in self.feed.rows(self.name, *asked):
                beside, values = cells[: len(self.beside)], cells[len(self.beside) :]
                key, geometry = said(own), self.geometry(own, beside)
                if not key or key in seen or not geometry:
                    self.left_out["id" if not key else "twice" if key in seen else "place"] += 1
                    continue
                seen.add(key)
                refuse_many(len(seen), self.most, self.name)
                read = zip(self.columns.items(), values, strict=True)
                properties = {name: make(value) for (name, make), value in read}
                others = self._translated(own, properties.get(self.label))
                add(written(geometry), {self.key: key} | properties | others | self.also(beside))
        self.features = len(seen)

    def _translated(self, own: str, label: Any) -> dict[str, str | None]:
        """The label of a row in other languages: by the row's id, else by the words."""
        return {self._other(tag): found.get(own) or found.get(label) for tag, found in self.others}

    def _other(self, tag: str) -> str:
        return f"{self.label}_{tag}"

    def also(self, beside: Sequence[str]) -> dict[str, str | None]:
        """Properties made of the columns beside; always the same names."""
        return {}

    @abstractmethod
    def geometry(self, own: str, beside: Sequence[str]) -> dict[str, Any] | None:
        """The geometry of the row of an id, if it has one."""


class Stops(Layer):
    """All stops that have a place, stations and entrances among them."""

    name = "stops"
    title = Text("Стајалишта", {ENGLISH: "Stops"})
    key, label, most = "stop_id", "stop_name", MAX_STOPS
    known: ClassVar[Mapping[str, Read]] = {
        "stop_code": said,
        "stop_name": said,
        "stop_desc": said,
        "zone_id": said,
        "parent_station": said,
        "platform_code": said,
        "location_type": code,
        "wheelchair_boarding": code,
    }
    beside = ("stop_lon", "stop_lat")

    def geometry(self, own: str, beside: Sequence[str]) -> dict[str, Any] | None:
        """A point."""
        at = place(*beside)
        return {"type": "Point", "coordinates": at} if at else None


class Routes(Layer):
    """All routes that have a line."""

    name = "routes"
    title = Text("Линије", {ENGLISH: "Routes"})
    key, label, most = "route_id", "route_long_name", MAX_ROUTES
    known: ClassVar[Mapping[str, Read]] = {
        "route_short_name": said,
        "route_long_name": said,
        "route_desc": said,
        "route_type": code,
        "route_color": color,
        "route_text_color": color,
    }
    beside = ("agency_id",)

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        agencies = feed.rows("agency", "agency_id", "agency_name")
        self._agencies = {own: name for own, name in agencies}  # noqa: C416 - rows have any width
        self._lines: Lines | None = None

    def also(self, beside: Sequence[str]) -> dict[str, str | None]:
        """The carrier; a feed of one carrier need not name it in each row."""
        only = next(iter(self._agencies.values())) if len(self._agencies) == 1 else ""
        return {"agency_name": said(self._agencies.get(beside[0], only))}

    def geometry(self, own: str, beside: Sequence[str]) -> dict[str, Any] | None:
        """All lines of the route."""
        self._lines = self._lines or Lines(self.feed)
        lines = self._lines.of(own)
        return {"type": "MultiLineString", "coordinates": lines} if lines else None


def title(name: str) -> str:
    """Give the words for a column.

    >>> title("stop_name_sr_latn")
    'Стајалиште (латиницом)'
    """
    if name in TITLES:
        return TITLES[name]
    column, script = next((n, s) for n in TITLES for s in _SCRIPTS if f"{n}_{s}" == name)
    return f"{TITLES[column]} ({_SCRIPTS[script]})"


LAYERS = (Stops, Routes)
