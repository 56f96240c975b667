"""What is told and asked of a table whose rows are places."""

from collections.abc import Iterator
from dataclasses import dataclass

import attrs
import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from datasets.model import Offer
from validation import crs_offers
from validation.checks._check import LIMIT, Fault, OwnCheck, row_error
from validation.crs import Geometries
from validation.points import Places
from validation.wellknown import without_srid

SYSTEMS_SHOWN = " / "
UNREADABLE = row_error(
    "geometry-unreadable", "Unreadable Geometry", "The text of a geometry cannot be read."
)


@dataclass(frozen=True, slots=True)
class Located:
    """A table's places and the geometries made of them; `lost` are rows whose text is none."""

    places: Places
    rows: NDArray[np.int64]
    geometries: Geometries
    lost: NDArray[np.int64]


def located(cells: pa.Table, places: Places) -> Located:
    """Make the geometries; without both numbers, or without text, there is none."""
    rows = cells.column("row").to_numpy()
    if places.wkt is not None:
        texts = np.array(without_srid(places.wkt), dtype=object)
        read: Geometries = shapely.force_2d(shapely.from_wkt(texts, on_invalid="ignore"))
        said = np.array([text is not None for text in texts], dtype=bool)
        return Located(places, rows, read, rows[said & shapely.is_missing(read)])
    made: Geometries = np.full(len(places.x), None, dtype=object)
    there = np.isfinite(places.x) & np.isfinite(places.y)
    made[there] = shapely.points(places.x[there], places.y[there])
    return Located(places, rows, made, rows[:0])


@attrs.define(kw_only=True, repr=False)
class Placement(OwnCheck):
    """Says by which columns rows were put on the map, or asks whether they may be."""

    type = "placement"
    Errors = [UNREADABLE]
    subject: Located

    def faults(self) -> Iterator[Fault]:
        """Yield at most one fault of the table, and one of each text that is no geometry."""
        places = self.subject.places
        columns = ", ".join(places.columns)
        if not places.sure:
            like = SYSTEMS_SHOWN.join(places.systems)
            note = f"the columns {columns} look like coordinates ({like}); the rows are not placed"
            said = {"columns": columns, "crs": like}
            yield Fault("table-unplaced", note, "warning", values=said, offers=self._offers())
        elif places.told:
            note = f"the rows are placed by {columns} in {places.crs}"
            said = {"columns": columns, "crs": places.crs}
            yield Fault("table-placed", note, "note", values=said, offers=self._offers())
        yield from self._unreadable()

    def _offers(self) -> tuple[Offer, ...]:
        made = self.subject
        return crs_offers.offers(made.rows, made.geometries, made.places.systems)

    def _unreadable(self) -> Iterator[Fault]:
        lost = self.subject.lost
        values = {"reason": "its geometry cannot be read", "count": str(len(lost))}
        for row in lost[:LIMIT].tolist():
            note = "its text is no geometry; correct it, or leave the cell empty"
            yield Fault("geometry-unreadable", note, row=row, values=values)
