"""Where a feature is, in the columns of a table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from publish.formats._names import free
from publish.formats._selection import Selection
from publish.layers import crs, geojson

if TYPE_CHECKING:
    import pyarrow as pa


def place_columns(selection: Selection) -> tuple[str, ...]:
    """Names of the columns that say where a feature is, none of which the layer has already."""
    if selection.manifest.geometry_type != "Point":
        wanted: tuple[str, ...] = ("wkt",)
    else:
        wanted = ("lon", "lat") if crs.place(selection.crs).degrees else ("east", "north")
    taken = {column.name for column in selection.columns}
    return tuple(free(name, taken) for name in wanted)


def placed(selection: Selection, rows: "pa.Table") -> list[Sequence[float | str | None]]:
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
