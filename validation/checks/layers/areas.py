"""Areas that do not fit: slivers, areas that overlap, gaps between areas that should meet."""

from collections.abc import Iterator
from typing import NamedTuple

import attrs
import numpy as np
import shapely
from numpy.typing import NDArray

from validation.checks.layers._layer import LIMIT, Fault, LayerCheck, Mask

COMPACT = 0.002  # 4πA/L²: a circle has 1, a strip of 1 by 1500 so much
USUAL = 0.1  # a layer of which more are thin is one of roads or rivers
LEAST = 1e-4  # of the smaller area: less is a matter of rounding
EDGE_MATCHED = 0.5  # of the areas share an edge with another: a layer of parcels, of districts
SAMPLE = 200
GAP = 0.01  # of the usual width of an area: what is narrower was not meant


class Pairs(NamedTuple):
    """Areas that overlap, by their places in the layer, and the area that they share."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    shared: NDArray[np.float64]


@attrs.define(kw_only=True, repr=False)
class Areas(LayerCheck):
    """Warns of areas that a careful drawing would not have; only valid ones can be measured."""

    type = "geometry-areas"

    def faults(self) -> Iterator[Fault]:
        """Yield slivers, overlaps with what they overlap, and edges of gaps."""
        at = np.flatnonzero(self.subject.areas & (self.subject.first_like < 0))
        areas = self.subject.geometries[at]
        if not len(at):
            return
        yield from self.each(
            "geometry-sliver", self._mask(at[_thin(areas)]), "is a sliver", "warning"
        )
        meet = _share_edges(areas)
        suspect = _uneven(areas) if meet else np.ones(len(areas), dtype=bool)
        yield from self._overlaps(at[suspect], overlapping(areas[suspect]))
        if meet:
            width = GAP * float(np.sqrt(np.median(shapely.area(areas))))
            gaps = self._mask(at[_uneven(areas, width) & ~suspect])
            yield from self.each("areas-gap", gaps, "leaves a narrow gap to another", "warning")

    def _overlaps(self, at: NDArray[np.int64], pairs: Pairs) -> Iterator[Fault]:
        rows = self.subject.rows
        order = np.lexsort((pairs.one, pairs.other))[:LIMIT]
        size = shapely.area(self.subject.geometries[at[pairs.other[order]]])
        for k, whole in zip(order, size, strict=True):
            one, other = rows[at[pairs.one[k]]], rows[at[pairs.other[k]]]
            share = f"{min(pairs.shared[k] / whole, 1):.2%}"
            values = {"other": str(one), "share": share, "count": str(len(pairs.one))}
            note = f"overlaps feature {one} by {share} of itself"
            yield Fault("areas-overlap", note, "warning", int(other), values)

    def _mask(self, at: NDArray[np.int64]) -> Mask:
        mask = np.zeros(len(self.subject.rows), dtype=bool)
        mask[at] = True
        return mask


def _thin(areas: NDArray[np.object_]) -> Mask:
    length = np.maximum(shapely.length(areas), 1e-300)
    thin: Mask = 4 * np.pi * shapely.area(areas) / length**2 < COMPACT
    return thin if np.count_nonzero(thin) <= max(USUAL * len(areas), 1) else np.zeros_like(thin)


def overlapping(areas: NDArray[np.object_]) -> Pairs:
    """Give the pairs of valid areas that share more than their edges, the first one first."""
    one, other = shapely.STRtree(areas).query(areas)
    pairs = one < other
    one, other = one[pairs], other[pairs]
    inner = _interiors_meet(areas, one, other)
    one, other = one[inner], other[inner]
    shared = shapely.area(shapely.intersection(areas[one], areas[other]))
    sizes = shapely.area(areas)
    told = shared > LEAST * np.minimum(sizes[one], sizes[other])
    return Pairs(one[told], other[told], shared[told])


def _interiors_meet(
    areas: NDArray[np.object_], one: NDArray[np.int64], other: NDArray[np.int64]
) -> Mask:
    """Tell which pairs meet in more than a line; neighbours that touch are most of them."""
    meet: Mask = shapely.intersects(areas[one], areas[other])
    meet[meet] = ~shapely.touches(areas[one[meet]], areas[other[meet]])
    return meet


def _share_edges(areas: NDArray[np.object_]) -> bool:
    """Tell whether areas meet along edges, by a sample of them."""
    sample = areas[:: max(1, len(areas) // SAMPLE)][:SAMPLE]
    one, other = shapely.STRtree(areas).query(sample, predicate="touches")
    shared = shapely.length(shapely.intersection(sample[one], areas[other])) > 0
    return len(np.unique(one[shared])) > EDGE_MATCHED * len(sample)


def _uneven(areas: NDArray[np.object_], gap: float = 0) -> Mask:
    """Tell which areas have an edge that is not exactly their neighbour's, or a narrower gap.

    Much sooner than to look at each pair of neighbours. Rule: GEOS' coverages.
    """
    edges = shapely.coverage_invalid_edges(areas, gap_width=gap)
    return np.asarray(~shapely.is_empty(edges))
