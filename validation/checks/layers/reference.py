"""The coordinate system of a layer: given, known, and one that its coordinates can be in."""

from collections.abc import Iterator, Sequence

import attrs
import numpy as np
import shapely
from pyproj import CRS

from datasets.model import Offer
from validation import crs, crs_offers, ranges, shapes
from validation.checks.layers._layer import Fault, LayerCheck, layer_error

MISSING = layer_error("crs-missing", "Missing CRS", "The layer does not say its CRS.")
UNKNOWN = layer_error("crs-unknown", "Unknown CRS", "The CRS of the layer is not known to PROJ.")
MISMATCH = layer_error(
    "crs-mismatch", "Mismatched CRS", "The coordinates cannot be in the CRS of the layer."
)
INEXACT = layer_error(
    "crs-inexact", "Inexact CRS", "PROJ knows no way from the CRS to WGS 84 but a guess."
)
USUAL = {
    *("EPSG:4326", "EPSG:4258", "OGC:CRS84", "EPSG:8685", "EPSG:8682", "EPSG:25834", "EPSG:32634"),
    *("EPSG:3857", "EPSG:6316", "EPSG:8678", "EPSG:8679"),
}
"""What data of Serbia are in: degrees, UTM 34N, web Mercator, the state system."""
LEGACY = {f"EPSG:{number}" for number in (3907, 3908, 3909, 3910, *range(31275, 31280))}


@attrs.define(kw_only=True, repr=False)
class Reference(LayerCheck):
    """Judges the CRS itself, for the layer as a whole."""

    type = "crs"
    Errors = [MISSING, UNKNOWN, MISMATCH, INEXACT]

    def faults(self) -> Iterator[Fault]:
        """Yield at most one error, and a warning for a deprecated code."""
        name = self.subject.crs
        system = crs.known(name)
        likely = {"likely": ranges.likely(*self._centre())}
        if not name:
            yield Fault("crs-missing", "has no CRS", values=likely, offers=self._asked())
        elif system is None:
            note = f"has an unknown CRS: {name[:100]}"
            yield Fault("crs-unknown", note, values={"crs": name}, offers=self._asked())
        elif crs.mismatched(system, self.subject.geometries) or self._is_elsewhere(system):
            yield self._mismatch(system, likely)
        elif crs.is_ballpark(self.subject.operation):
            note = f"cannot be placed exactly from {crs.label(system)}: {self.subject.operation}"
            offers = self._in_force(crs.code(system))
            yield Fault("crs-inexact", note, values={"crs": crs.label(system)}, offers=offers)
        elif crs.code(system) not in USUAL | LEGACY:
            values = {"crs": crs.label(system)}
            note = f"has a CRS that is not used in Serbia: {crs.label(system)}"
            yield Fault("crs-unusual", note, "warning", values=values)
        if system is not None and crs.code(system) in LEGACY:
            note = f"has a deprecated CRS: {crs.label(system)}"
            values = {"crs": crs.label(system)}
            offers = self._in_force(crs.code(system))
            yield Fault("crs-legacy", note, "warning", values=values, offers=offers)

    def _mismatch(self, system: CRS, likely: dict[str, str]) -> Fault:
        x, y = self._centre()
        note = f"has coordinates like {x:.6g}, {y:.6g}, which cannot be in {crs.label(system)}"
        values = {"crs": crs.label(system), "x": f"{x:.6g}", "y": f"{y:.6g}", **likely}
        return Fault("crs-mismatch", note, values=values, offers=self._asked())

    def _is_elsewhere(self, system: CRS) -> bool:
        """Tell whether the CRS puts outside the extent what another would put into Serbia."""
        there, extent = self.subject.lonlat, self.subject.extent
        other = ranges.likely(*self._centre())
        if there is None or not other or crs.code(system) in (other, *ranges.ALTERNATIVES[other]):
            return False
        placed = shapes.there(there)
        return not shapes.inside(there[placed], extent).any()

    def _asked(self) -> tuple[Offer, ...]:
        """Offer the systems that the numbers can be in."""
        return self._offers(ranges.candidates(*self._centre()))

    def _in_force(self, code: str) -> tuple[Offer, ...]:
        """Offer the code in force in the place of a deprecated one."""
        return self._offers([ranges.IN_FORCE[code]] if code in ranges.IN_FORCE else [])

    def _offers(self, systems: Sequence[str]) -> tuple[Offer, ...]:
        return crs_offers.offers(self.subject.rows, self.subject.geometries, systems)

    def _centre(self) -> tuple[float, float]:
        """Give the middle feature's place: the median is not led astray by a few."""
        bounds = shapely.bounds(self.subject.geometries)
        bounds = bounds[~np.isnan(bounds).any(axis=1)]
        if not len(bounds):
            return (0.0, 0.0)
        x, y = np.median(bounds[:, [0, 2]]), np.median(bounds[:, [1, 3]])
        return float(x), float(y)
