"""CSV (RFC 4180) in UTF-8: a row for each feature, its place in columns of numbers or as WKT."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from publish.formats._format import Format
from publish.formats._selection import Selection
from publish.layers import crs, geojson

if TYPE_CHECKING:
    import pyarrow as pa

type Cell = str | int | float | None

RUNS = re.compile(r"[=@\t\r]|[+-](?![0-9 ()/.,+-]*\Z)")


class CSV(Format):
    """Columns by their names, then the place: `lon`, `lat` of points, `wkt` of all else.

    In a CRS of metres the two are `east` and `north`. A text that a spreadsheet would run as a
    formula has a ' before it; numbers and telephone numbers stay as they are.
    """

    title = "CSV"
    media_type = "text/csv; charset=utf-8; header=present"
    ending = "csv"

    def write(self, selection: Selection) -> Iterator[bytes]:
        """The header, then some thousands of rows at a time."""
        places = place_columns(selection)
        names = [column.name for column in selection.columns]
        yield _text([[*names, *places]])
        for rows in selection.tables():
            yield _text(zip(*cells(rows, selection), *placed(rows, selection), strict=True))


def place_columns(selection: Selection) -> tuple[str, ...]:
    """Names of the columns that say where a feature is, none of which the layer has already."""
    if selection.manifest.geometry_type != "Point":
        wanted: tuple[str, ...] = ("wkt",)
    else:
        wanted = ("lon", "lat") if crs.place(selection.crs).degrees else ("east", "north")
    taken = {column.name for column in selection.columns}
    return tuple(free(name, taken) for name in wanted)


def free(name: str, taken: set[str]) -> str:
    """The name, with _ after it as often as is needed to be another than all these.

    >>> free("lat", {"lat", "lat_"})
    'lat__'
    """
    return name if name not in taken else free(f"{name}_", taken)


def cells(rows: "pa.Table", selection: Selection) -> list[Sequence[Cell]]:
    """The attributes column by column, dates and times as ISO 8601, nothing for null."""
    return [_column(rows[column.name].to_pylist(), column.type) for column in selection.columns]


def _column(values: list[object], kind: str) -> Sequence[Cell]:
    if kind == "boolean":
        words = {None: None, True: "true", False: "false"}
        return [words[value] for value in values]  # type: ignore[index]
    if kind in ("date", "datetime", "time"):
        return [None if value is None else value.isoformat() for value in values]  # type: ignore[attr-defined]
    if kind in ("integer", "number"):
        return values  # type: ignore[return-value]
    return [quoted(value) for value in values]  # type: ignore[arg-type]


def quoted(text: str | None) -> str | None:
    """The text, with a ' before it where a spreadsheet would run it.

    Rule: OWASP, CSV injection; what has only digits and signs after + or - computes nothing.

    >>> [quoted(text) for text in ("=1+1", "-x", "+381 34 335-022", "-5", "а=б")]
    ["'=1+1", "'-x", '+381 34 335-022', '-5', 'а=б']
    """
    return f"'{text}" if text and RUNS.match(text) else text


def placed(rows: "pa.Table", selection: Selection) -> list[Sequence[Cell]]:
    """Where the features are, column by column, as `place_columns` names them."""
    shapes = shapely.from_wkb(rows["geometry"].to_numpy())
    place = crs.place(selection.crs)
    if selection.manifest.geometry_type == "Point":
        return [_numbers(axis(shapes), place.decimals) for axis in (shapely.get_x, shapely.get_y)]
    wkt = shapely.to_wkt(geojson.rounded(shapes), rounding_precision=place.decimals, trim=True)
    return [wkt.tolist()]


def _numbers(values: NDArray[np.float64], decimals: int) -> list[float | None]:
    rounded = np.round(values, decimals) + 0.0
    return [None if number != number else number for number in rounded.tolist()]  # noqa: PLR0124 - NaN


def _text(rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
