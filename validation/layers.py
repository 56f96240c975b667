"""A resource with places: its geometries, where they lie, and the checks that judge them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from datasets.model import BBox
from validation import crs
from validation.checks._check import OwnCheck
from validation.checks._plugin import LAYERS, checks
from validation.checks.layers._layer import Subject
from validation.crs import Geometries
from validation.forms import Form
from validation.placement import Placement, located
from validation.points import Places
from validation.table import Placed

type Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LayerOf:
    """A resource's subject and the checks, opened for it."""

    subject: Subject
    checks: Sequence[OwnCheck]

    def placed(self) -> Placed:
        """Give what the typed table holds of the places; only for a subject without errors."""
        lonlat = self.subject.lonlat
        if lonlat is None:
            raise ValueError("a layer that cannot be placed has no typed table")
        system = crs.known(self.subject.crs)
        return Placed(
            shapely.to_wkb(lonlat, output_dimension=2, flavor="iso").tolist(),
            crs.label(system) if system else "",
            self.subject.operation,
            geometry_type(lonlat),
        )


def of_geometries(form: Form, extent: BBox, settings: Settings) -> LayerOf:
    """Open a file's own geometries."""
    cells = form.read()
    wkb = cells.column("geometry").to_numpy()
    geometries: Geometries = shapely.from_wkb(wkb, on_invalid="ignore")
    return _layer(form, cells, geometries, form.crs, extent, settings)


def of_places(
    form: Form, cells: pa.Table, places: Places, extent: BBox, settings: Settings
) -> tuple[LayerOf | None, Sequence[OwnCheck]]:
    """Give a table's places as a layer, none where a person is asked first, and what is told."""
    made = located(cells, places)
    told = [Placement(subject=made)]
    if not places.sure:
        return None, told
    layer = _layer(form, cells, made.geometries, places.crs, extent, settings, places.columns)
    return layer, told


def _layer(
    form: Form,
    cells: pa.Table,
    geometries: Geometries,
    name: str,
    extent: BBox,
    settings: Settings,
    placed_by: Sequence[str] = (),
) -> LayerOf:
    system = crs.known(name)
    lonlat, operation = None, ""
    if system is not None and not crs.mismatched(system, geometries):
        lonlat, operation = crs.to_lonlat(geometries, name)
    subject = Subject(
        cells.column("row").to_numpy(),
        geometries,
        name,
        lonlat,
        operation,
        extent,
        settings,
        form.format,
        [cells.column(f"c{i}") for i in range(len(form.labels))],
        placed_by,
    )
    return LayerOf(subject, [check(subject=subject) for check in checks(LAYERS)])


def geometry_type(geometries: Geometries) -> str:
    """Give the one type of all geometries, Multi… for single and multi, Geometry for a mixture.

    >>> geometry_type(shapely.from_wkt(["POINT (0 0)", "MULTIPOINT (1 1)", None]))
    'MultiPoint'
    """
    present = geometries[~shapely.is_missing(geometries)]
    names = {shapely.GeometryType(i).name for i in np.unique(shapely.get_type_id(present))}
    titles = {NAMES[name] for name in names}
    if len(titles) == 1:
        return titles.pop()
    single = {title.removeprefix("Multi") for title in titles}
    return f"Multi{single.pop()}" if len(single) == 1 else "Geometry"


NAMES = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "LINEARRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
    "GEOMETRYCOLLECTION": "Geometry",
}
