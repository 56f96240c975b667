"""Asking which coordinate system is meant: each answer with five places as they would come out."""

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from datasets.model import Offer, Sample, Step
from validation.crs import Geometries, known, to_lonlat
from validation.ranges import likely

SAMPLES = 5


def offers(
    rows: NDArray[np.int64], geometries: Geometries, systems: Sequence[str]
) -> tuple[Offer, ...]:
    """Offer to take each of the systems for these geometries; none is exact: a person decides.

    The samples are a point on each of the first five geometries, in its own numbers before and as
    longitude and latitude after.
    """
    present = ~shapely.is_missing(geometries) & ~shapely.is_empty(geometries)
    count = int(np.count_nonzero(present))
    places, first = geometries[present][:SAMPLES], rows[present][:SAMPLES]
    return tuple(
        Offer(Step("set-crs", values={"crs": system}), count, tuple(made), exact=False)
        for system in systems
        if (made := list(_samples(first, places, system)))
    )


def _samples(rows: NDArray[np.int64], places: Geometries, system: str) -> Iterator[Sample]:
    """Yield where places come out; nothing for a system that PROJ does not know."""
    if known(system) is None:
        return
    points = np.asarray(shapely.point_on_surface(places), dtype=object)
    there = to_lonlat(_with_east_first(points), system).geometries
    for row, before, after in zip(rows.tolist(), points, there, strict=True):
        yield Sample(row, _written(before, 2), _written(after, 5))


def _with_east_first(points: Geometries) -> Geometries:
    """Turn points that are in no system of Serbia but with their axes the other way round.

    That is the repair that is offered next, once the system is known.
    """
    turned = [
        shapely.Point(p.y, p.x) if not likely(p.x, p.y) and likely(p.y, p.x) else p for p in points
    ]
    return np.array(turned, dtype=object)


def _written(point: shapely.Point, digits: int) -> str:
    return f"{point.x:.{digits}f}, {point.y:.{digits}f}"
