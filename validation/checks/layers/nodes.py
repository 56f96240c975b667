"""The nodes that shapes are drawn by: repeated, too many, too precise, wound the wrong way."""

from collections.abc import Iterator

import attrs
import numpy as np
import shapely

from datasets.model import Step
from validation import shapes
from validation.checks.layers._layer import Fault, LayerCheck

MOST_NODES = 50_000
"""Of one feature: a country's coast at 1:250,000 has so many; browsers stumble over more."""
DECIMALS = 7  # of a degree: 1 cm


@attrs.define(kw_only=True, repr=False)
class Nodes(LayerCheck):
    """Warns of what makes files larger, or programs draw them inside out."""

    type = "geometry-nodes"

    def faults(self) -> Iterator[Fault]:
        """Yield features with repeated and too many nodes, then what is told of GeoJSON alone."""
        geometries = self.subject.geometries
        yield from self.each(
            "nodes-repeated",
            shapes.repeating_nodes(geometries),
            "has a node twice in a row",
            "warning",
            remedies=(Step("drop-repeated-nodes"),),
        )
        many = shapely.get_num_coordinates(geometries) > MOST_NODES
        note = f"has more than {MOST_NODES} nodes"
        yield from self.each("nodes-many", many, note, "warning", most=str(MOST_NODES))
        yield from self._parts()
        if self.subject.format in ("geojson", "json"):
            yield from self._geojson()

    def _parts(self) -> Iterator[Fault]:
        """Tell, once, of a layer of Multi… types in which nothing has two parts."""
        alone = shapes.single_parted(self.subject.geometries)
        several = shapely.get_num_geometries(self.subject.geometries) > 1
        if alone.any() and not several.any():
            count = str(np.count_nonzero(alone))
            yield Fault(
                "parts-single",
                f"has {count} features of a type for several parts that have one",
                "warning",
                values={"count": count},
                remedies=(Step("single-part"),),
            )

    def _geojson(self) -> Iterator[Fault]:
        wrong = shapes.wrongly_wound(self.subject.geometries) & ~self.subject.invalid
        note = "has a ring that goes the wrong way round (RFC 7946)"
        mend = (Step("winding"),)
        yield from self.each("winding-wrong", wrong, note, "warning", remedies=mend)
        fine = np.count_nonzero(self._is_too_fine())
        if fine:
            note = f"has {fine} features with more than {DECIMALS} decimals of a degree"
            values = {"count": str(fine), "most": str(DECIMALS)}
            yield Fault("decimals-many", note, "warning", values=values)

    def _is_too_fine(self) -> shapes.Mask:
        """Tell which features in degrees have more decimals than a centimetre needs."""
        geometries = self.subject.geometries
        coordinates, feature = shapely.get_coordinates(geometries, return_index=True)
        fine = np.zeros(len(geometries), dtype=bool)
        with np.errstate(invalid="ignore"):
            rest = np.abs(coordinates * 10**DECIMALS - np.round(coordinates * 10**DECIMALS))
            fine[feature[((rest > 1e-5) & (np.abs(coordinates) <= 180)).any(axis=1)]] = True
        return fine
