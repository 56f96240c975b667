"""What somebody asks of the catalog: words, choices, an area and an order, and its addresses.

`/data?q=&organization=&theme=&…&ext_bbox=west,south,east,north&sort=`; an area may also come from
a form, as `west`, `south`, `east` and `north`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datasets.model import BBox
from geoportal.pages.listing import conditions

FIELDS = {
    "organization": "organization",
    "theme": "eu_theme",
    "res_format": "res_format",
    "license_id": "license_id",
    "frequency": "eu_frequency",
    "quality": "mqa_rating",
    "tags": "tags",
    "groups": "groups",
}
"""The parameters of an address, and the fields of package_search that they choose by."""
CORNERS = ("west", "south", "east", "north")
WORLD = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True)
class Question:
    """A search; `chosen` are values by parameter, `sort` empty where the usual order is meant."""

    q: str = ""
    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    bbox_lonlat: BBox | None = None
    sort: str = ""

    @property
    def filters(self) -> Mapping[str, Sequence[str]]:
        """What is chosen, by field of package_search."""
        return {FIELDS[name]: values for name, values in self.chosen.items() if values}

    @property
    def box(self) -> str:
        """The area as an address has it; empty for none."""
        return ",".join(f"{each:g}" for each in self.bbox_lonlat or ())

    @property
    def is_narrow(self) -> bool:
        """Whether anything but words is asked."""
        return any(self.chosen.values()) or self.bbox_lonlat is not None

    def query(self, **changed: object) -> dict[str, Any]:
        """The parameters of its address, or of one that asks something else."""
        return {
            "q": self.q,
            **self.chosen,
            "ext_bbox": self.box,
            "sort": self.sort,
            **changed,
        }

    def turned(self, name: str, value: str) -> dict[str, Any]:
        """The parameters of the address where a value is chosen as well, or no longer."""
        values = self.chosen.get(name, ())
        kept = [each for each in values if each != value]
        return self.query(**{name: kept if value in values else [*kept, value]})

    def feed(self) -> dict[str, Any]:
        """The parameters of the feed of what this finds."""
        return {"q": self.q, "fq": conditions(self.filters), "ext_bbox": self.box}


def box_of(said: str, corners: Sequence[str]) -> BBox | None:
    """The area of `west,south,east,north` in degrees, or of four fields; None where all is blank.

    Raises ValueError for what is no area on Earth.

    >>> box_of("20,43,21,44", ["", "", "", ""]), box_of("", ["20", "43,5", "21", "44"])
    ((20.0, 43.0, 21.0, 44.0), (20.0, 43.5, 21.0, 44.0))
    """
    parts = said.split(",") if said.strip() else [each.replace(",", ".") for each in corners]
    if not any(part.strip() for part in parts):
        return None
    west, south, east, north = map(float, parts)
    inside = all(map(math.isfinite, (west, south, east, north))) and (
        WORLD[0] <= west <= east <= WORLD[2] and WORLD[1] <= south <= north <= WORLD[3]
    )
    if not inside:
        raise ValueError(f"{said!r} is not west,south,east,north in degrees")
    return west, south, east, north
