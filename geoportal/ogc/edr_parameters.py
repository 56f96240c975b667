"""What queries of EDR are told, each parameter read and described once.

Rule: OGC 19-086r6, 1.1: `crs` is the system of `coords` and `bbox`, and of the answer.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from geoportal.ogc import parameters
from geoportal.ogc.edr_provider import UNITS_M
from geoportal.ogc.parameters import Parameter, one_of
from geoportal.ogc.problems import Problem, bad
from publish.layers import crs
from publish.layers.manifest import Manifest
from publish.layers.query import NUMBER
from publish.layers.series import Series

MOST_VERTICES = 1_000
MOST_RADIUS_M = 100_000

type Read = Callable[[str], object]


def place(*kinds: str) -> Read:
    """A reader of `coords`: well-known text of some kinds; `lonlat` says where on the earth."""

    def read(value: str) -> object:
        wanted = f"well-known text of a {' or '.join(kinds)}"
        try:
            with np.errstate(over="ignore"):  # what is endless is refused as not on the earth
                found = shapely.force_2d(shapely.from_wkt(value))
        except shapely.errors.GEOSException:
            raise bad("coords", value, wanted) from None
        if (
            "\x00" in value
            or found.geom_type.upper() not in kinds
            or found.is_empty
            or not found.is_valid
        ):
            raise bad("coords", value, f"{wanted} that is valid")
        if shapely.get_num_coordinates(found) > MOST_VERTICES:
            raise bad("coords", value, f"{wanted} of at most {MOST_VERTICES} points")
        return found

    return read


def lonlat(values: Mapping[str, object]) -> dict[str, str]:
    """`coords` and `bbox` as parameters in CRS84; they are given in the axis order of `crs`.

    Raises Problem for what is not on the earth.
    """
    uri = str(values.get("crs", crs.CRS84))
    there = {}
    if (shape := values.get("coords")) is not None:
        there["coords"] = shapely.to_wkt(_in_degrees(shape, uri), rounding_precision=-1)
    if "bbox" in values:
        box: Any = parameters.lonlat({"bbox": values["bbox"], "bbox-crs": uri})
        there["bbox"] = ",".join(map(str, box))
    return there


def _in_degrees(shape: Any, uri: str) -> Any:
    wanted = f"on the earth, in the axis order of {uri}"
    try:
        (found,) = crs.to_lonlat(np.array([shape]), uri)
    except ValueError:
        raise bad("coords", shape.wkt, wanted) from None
    west, south, east, north = found.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise bad("coords", shape.wkt, wanted)
    if not found.is_valid:
        raise bad("coords", shape.wkt, f"valid in degrees too, not only in {uri}")
    return found


def distance(value: str) -> object:
    """How far, in the units of `within-units`."""
    found = float(value) if re.fullmatch(NUMBER, value) else -1.0
    if not 0 <= found <= MOST_RADIUS_M:
        raise bad("within", value, f"a number from 0 to {MOST_RADIUS_M} m")
    return found


def coords(*kinds: str) -> Parameter:
    """The parameter `coords` of a query."""
    example = {"POINT": "POINT(20.9 44)", "POLYGON": "POLYGON((20 43,22 43,22 45,20 45,20 43))"}
    text = f"Where, as well-known text in `crs`, else in CRS84: {example[kinds[0]]}"
    return Parameter("coords", text, {"type": "string"}, place(*kinds))


WITHIN = Parameter("within", "How far from the point.", {"type": "number"}, distance)
UNITS = Parameter(
    "within-units",
    "The units of within.",
    {"type": "string", "enum": list(UNITS_M)},
    one_of("within-units", UNITS_M),
)
BBOX = replace(parameters.BBOX, description="Only what touches this box, in CRS84.")
BOX = replace(BBOX, description="Only what touches this box, in `crs`, else in CRS84.")
QUERIES: Mapping[str, tuple[Parameter, ...]] = {
    "position": (coords("POINT"),),
    "radius": (coords("POINT"), WITHIN, UNITS),
    "area": (coords("POLYGON", "MULTIPOLYGON"),),
    "cube": (BOX,),
    "locations": (),
}
"""What each query has to be told."""

CRS = replace(parameters.CRS, description="The CRS of `coords`, of `bbox` and of the answer.")
NAMED_AS = Parameter(
    "parameter-name",
    "What was measured: names of parameter_names with commas between.",
    {"type": "array", "items": {"type": "string"}},
    str,
)


def needed(kind: str, values: Mapping[str, object]) -> None:
    """Raise Problem for a parameter that a query lacks, and for a radius that is too long."""
    for each in QUERIES[kind]:
        if each.name not in values:
            raise Problem(400, f"{each.name}: is missing. {each.description}")
    if kind == "radius":
        most = float(str(values["within"])) * UNITS_M[str(values["within-units"])]
        if most > MOST_RADIUS_M:
            raise bad("within", values["within"], f"at most {MOST_RADIUS_M} m")


def optional(found: Series, manifest: Manifest) -> tuple[Parameter, ...]:
    """The parameters that every query takes."""

    def names(value: str) -> object:
        asked = [each.strip() for each in value.split(",")]
        if not set(asked) <= set(found.measured):
            raise bad("parameter-name", value, f"some of {', '.join(found.measured)}")
        return asked

    read_crs = replace(CRS, read=system(manifest))
    return (parameters.V, parameters.DATETIME, read_crs, replace(NAMED_AS, read=names))


def system(manifest: Manifest) -> Read:
    """A reader of `crs`: the URI of a system that reaches the layer, or its code."""
    uris = crs.offered(manifest)
    known = {crs.authority(uri): uri for uri in uris} | {"CRS84": crs.CRS84}
    read = one_of("crs", uris)
    return lambda value: read(known.get(value, value))
