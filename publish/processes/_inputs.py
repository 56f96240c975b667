"""Readers of inputs: places, areas, collections, words, numbers."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import numpy as np
import orjson
import shapely

from datasets.text import ENGLISH, Text
from publish.layers.crs import CRS84, place, to_lonlat
from publish.layers.query import NUMBER
from publish.processes._polygons import joined, whole
from publish.processes._process import Here, Input, Output, Published

MAX_FEATURES = 1000
MAX_TEXT = 200
FAR = 1e8  # no system here has coordinates beyond
GEOJSON = "https://geojson.org/schema/"


def text(value: Any, _here: Here) -> str:
    """A few words."""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError(f"{_shown(value)} is not text of at most {MAX_TEXT} characters")
    return value.strip()


def number(least: float, most: float, *, whole: bool = False) -> Callable[[Any, Here], float]:
    """A reader of numbers from `least` to `most`, also as text with a point or a comma."""

    def read(value: Any, _here: Here) -> float:
        kind = "a whole number" if whole else "a number"
        found = _number(value)
        if found is None or not least <= found <= most or (whole and found != int(found)):
            raise ValueError(f"{_shown(value)} is not {kind} from {least:g} to {most:g}")
        return int(found) if whole else found

    return read


def flag(value: Any, _here: Here) -> bool:
    """True or false."""
    words = {True: True, False: False, "true": True, "false": False, "on": True}
    if not isinstance(value, bool | str) or value not in words:
        raise ValueError(f"{_shown(value)} is not true or false")
    return words[value]


def one_of(allowed: Callable[[], Mapping[str, str]]) -> Callable[[Any, Here], str]:
    """A reader of one of a few words."""

    def read(value: Any, _here: Here) -> str:
        if not isinstance(value, str) or value not in allowed():
            raise ValueError(f"{_shown(value)} is not one of {', '.join(allowed())}")
        return value

    return read


def collection(value: Any, here: Here) -> Published:
    """A collection by its id, or by its address here."""
    name = value
    if isinstance(value, Mapping) and value.keys() >= {"href"}:
        found = re.fullmatch(r"/collections/([^/?#]+)(/items)?", _path(value["href"], here))
        name = unquote(found[1]) if found else None
    if not isinstance(name, str) or name not in here.layers:
        raise ValueError(f"{_shown(value)} is no collection here; see {here.base_url}/collections")
    return here.layers[name]


def point(value: Any, here: Here) -> tuple[float, float]:
    """Longitude and latitude: a GeoJSON Point, a pair, or both as text with a comma between."""
    value = _published(value, here)
    if isinstance(value, str):
        found = re.fullmatch(r"(?:POINT *\()?([-+.0-9]+)[,; ]+([-+.0-9]+)\)?", value.strip())
        value = [found[1], found[2]] if found else None
    if isinstance(value, Mapping):
        geometry = value.get("geometry") if value.get("type") == "Feature" else value
        is_point = isinstance(geometry, Mapping) and geometry.get("type") == "Point"
        value = geometry.get("coordinates") if is_point else None  # type: ignore[union-attr]
    pair = [_number(each) for each in value[:2]] if isinstance(value, list) else []
    if len(pair) != 2 or None in pair or abs(pair[0] or 0) > 180 or abs(pair[1] or 0) > 90:
        raise ValueError("must be a GeoJSON Point or [longitude, latitude], such as [20.92, 44.01]")
    return float(pair[0] or 0), float(pair[1] or 0)


def area(value: Any, here: Here) -> shapely.Geometry:
    """A polygon in CRS84, valid and not empty.

    Given as GeoJSON (Polygon, MultiPolygon, a Feature or FeatureCollection of these), as
    {"bbox": […], "crs": URI}, as {"collection": …, "feature": …} that is published here or the
    address of such a feature, as text of one of these, as west,south,east,north or as WKT.
    """
    value = _published(value, here)
    if isinstance(value, shapely.Geometry):
        return value
    if isinstance(value, str):
        value = _written(value.strip())
    if isinstance(value, Mapping) and "bbox" in value and "type" not in value:
        value = _box(value["bbox"], value.get("crs", CRS84))
    if isinstance(value, shapely.Geometry):
        return joined([value])
    return joined([_polygon(each) for each in _geometries(value)])


def _published(value: Any, here: Here) -> Any:
    """The geometry of a feature that is named, or the value as it is."""
    if not isinstance(value, Mapping):
        return value
    if "href" in value:
        path = _path(value["href"], here)
        found = re.fullmatch(r"/collections/([^/?#]+)/items/([^?#]+)", path)
        if not found:
            wanted = f"{here.base_url}/collections/…/items/…"
            raise ValueError(f"href: {_shown(value['href'])} is not {wanted}; no other is fetched")
        value = {"collection": unquote(found[1]), "feature": unquote(found[2])}
    if value.keys() != {"collection", "feature"}:
        return value
    layer, name = collection(value["collection"], here), str(value["feature"])
    feature = layer.features.feature(name)
    if feature is None:
        raise ValueError(f"collection {layer.id} has no feature {name[:80]!r}")
    document = orjson.loads(feature)
    if document["geometry"] is None:
        raise ValueError(f"feature {name[:80]!r} of collection {layer.id} has no place")
    geometry = shapely.from_geojson(feature)
    return whole(geometry) if shapely.get_dimensions(geometry) == 2 else document  # noqa: PLR2004


def _path(href: Any, here: Here) -> str:
    """What follows our base in an address, without its query; empty for another's address."""
    bare = str(href).partition("?")[0]
    return bare.removeprefix(here.base_url) if bare.startswith(f"{here.base_url}/") else ""


def _written(value: str) -> Any:
    if value.startswith("{"):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise ValueError(f"is not JSON: {error}") from None
    if re.match(r"(MULTI)?POLYGON\b", value, re.IGNORECASE):  # others nest without end
        with np.errstate(over="ignore"):  # what is endless is refused with all that is
            found = shapely.from_wkt(value, on_invalid="ignore")
        if found is not None:
            return found
    return _box(re.split(r"[,; ]+", value), CRS84)


def _box(bbox: Any, uri: Any) -> shapely.Geometry:
    numbers = [_number(each) for each in bbox] if isinstance(bbox, list) else []
    if len(numbers) not in (4, 6) or None in numbers:
        raise ValueError("must be GeoJSON, WKT of a polygon, or a box west,south,east,north")
    half = len(numbers) // 2
    x0, y0, x1, y1 = (float(n or 0) for n in (*numbers[:2], *numbers[half : half + 2]))
    if not -FAR <= x0 < x1 <= FAR or not -FAR <= y0 < y1 <= FAR:
        raise ValueError(f"bbox: {x0:g},{y0:g},{x1:g},{y1:g} must go from the least to the most")
    box: shapely.Geometry = shapely.box(x0, y0, x1, y1)
    if uri == CRS84:
        return box
    place(str(uri))
    # the edges of a box are bent in another system: more vertices follow them
    edge = max(x1 - x0, y1 - y0) / 50
    found: shapely.Geometry = to_lonlat(np.array([shapely.segmentize(box, edge)]), str(uri))[0]
    return found


def _geometries(value: Any) -> list[Any]:
    """The geometries of a GeoJSON document; a collection in a collection is none."""
    kind = value.get("type") if isinstance(value, Mapping) else None
    if kind == "Feature":
        return [value.get("geometry")]
    if kind != "FeatureCollection":
        return [value]
    features = value.get("features")
    if not isinstance(features, list) or not 0 < len(features) <= MAX_FEATURES:
        raise ValueError(f"the FeatureCollection must have 1 to {MAX_FEATURES} features")
    return [each.get("geometry") if isinstance(each, Mapping) else None for each in features]


def _polygon(geometry: Any) -> shapely.Geometry:
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError("must be GeoJSON of polygons, WKT of one, or a box west,south,east,north")
    try:
        found = shapely.from_geojson(orjson.dumps(geometry))
    except (shapely.GEOSException, orjson.JSONEncodeError) as error:
        raise ValueError(f"is not a GeoJSON {kind}: {str(error)[:200]}") from None
    return found


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        value = value.strip().replace(",", ".")
        if not re.fullmatch(NUMBER, value):
            return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _shown(value: Any) -> str:
    return repr(value)[:80]


def layer_of(name: str, title: Text, about: Text) -> Input:
    """An input that is a collection."""
    return Input(name, title, about, {"type": "string"}, collection, "collection")


def form_of(about: Text, otherwise: str, choices: Callable[[], Mapping[str, str]]) -> Input:
    """The input `format`, with what it is when nothing is said."""
    return Input(
        "format",
        Text("Формат", {ENGLISH: "Format"}),
        about,
        {"type": "string", "default": otherwise},
        one_of(choices),
        "choice",
        required=False,
        default=otherwise,
        choices=choices,
    )


def report_of(about: Text) -> Output:
    """The output `report`: what was found, and what was not."""
    return Output(
        "report",
        Text("Извештај", {ENGLISH: "Report"}),
        about,
        {"type": "object", "contentMediaType": "application/json"},
    )
