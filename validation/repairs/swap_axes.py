"""Latitude where longitude should be, or northing where easting should."""

from datasets.model import BBox
from validation import shapes
from validation.reading.cells import Cells
from validation.repairs import _placed
from validation.repairs._geometries import in_geometries
from validation.repairs._repair import Repair

SERBIA: BBox = (18.8, 41.8, 23.1, 46.2)


class SwapAxes(Repair):
    """Turns the two numbers of shapes that lie outside, and inside the other way round.

    What they must lie in is `extent`: west, south, east, north in degrees. In a table the column
    of the step and that of `y` exchange their cells, in the numbers of `crs`.
    """

    def mended(self, cells: Cells) -> Cells:
        """Turn them, by the CRS that the cells have now."""
        box, crs = self._extent(), self.value("crs") or cells.crs or "OGC:CRS84"
        if cells.geometry is None:
            return self._in_columns(cells, crs, box)
        return in_geometries(
            cells, lambda found: shapes.swapped(found, crs, box), shapes.with_axes_swapped
        )

    def _in_columns(self, cells: Cells, crs: str, box: BBox) -> Cells:
        found = _placed.geometries(cells, self.step)
        if found is None:
            return cells
        wrong = shapes.swapped(found, crs, box)
        if self.value("y"):
            return _placed.in_rows(cells, self.step, wrong, _placed.exchanged)
        change = _placed.rewritten(shapes.with_axes_swapped(found, wrong))
        return _placed.in_rows(cells, self.step, wrong, change)

    def _extent(self) -> BBox:
        try:
            west, south, east, north = map(float, self.value("extent").split(","))
        except ValueError:
            return SERBIA
        return (west, south, east, north)
