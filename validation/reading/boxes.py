"""The `bbox` that GeoJSON may carry: west, south, east, north. Rule: RFC 7946, section 5."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from datasets.model import Finding
from validation.reading.cells import Cells

NEAR = 1e-4  # degrees, about 10 m: some programs round a bbox


type Boxed = tuple[int | None, str, Any]
"""The number of a feature from 0, None for all of them; the path of its box, and the box."""


def wrong(
    document: Mapping[str, Any], features: Sequence[Mapping[str, Any]], cells: Cells
) -> list[Finding]:
    """Give one warning of the boxes that do not hold what they should, by the first of them."""
    boxed = list(_boxed(document, features))
    if not boxed or cells.geometry is None:
        return []
    bounds = shapely.bounds(shapely.from_wkb(cells.geometry.to_numpy(), on_invalid="ignore"))
    said = ((i, path, _reason(box, _held(bounds, i))) for i, path, box in boxed)
    found = [(i, path, reason) for i, path, reason in said if reason]
    if not found:
        return []
    i, path, reason = found[0]
    note = f"{path}: {reason}; {len(found)} in all"
    values = {"json_path": path, "box": reason, "count": str(len(found))}
    row = None if i is None else i + 1
    return [Finding("geojson-bbox", "warning", row=row, note=note, values=values)]


def _boxed(document: Mapping[str, Any], features: Sequence[Mapping[str, Any]]) -> Iterator[Boxed]:
    """Yield the boxes of the whole, of features, and of their geometries."""
    whole = document.get("type") == "FeatureCollection"
    if whole and "bbox" in document:
        yield None, "bbox", document["bbox"]
    for i, feature in enumerate(features):
        place = f"features[{i}]." if whole else ""
        if "bbox" in feature:
            yield i, f"{place}bbox", feature["bbox"]
        geometry = feature.get("geometry")
        if isinstance(geometry, dict) and "bbox" in geometry:
            bare = geometry is document
            yield i, "bbox" if bare else f"{place}geometry.bbox", geometry["bbox"]


def _held(bounds: NDArray[np.float64], i: int | None) -> NDArray[np.float64] | None:
    """Give what a box should hold; None where there is no place."""
    there = bounds if i is None else bounds[i : i + 1]
    there = there[~np.isnan(there).any(axis=1)]
    if not len(there):
        return None
    return np.concatenate([there[:, :2].min(axis=0), there[:, 2:].max(axis=0)])


def _reason(box: Any, bounds: NDArray[np.float64] | None) -> str:
    """Say what is wrong with a box; empty when it holds the bounds and little else."""
    numbers = isinstance(box, list) and all(type(n) in (int, float) for n in box)
    if not numbers or len(box) not in (4, 6):
        return "not-numbers"
    half = len(box) // 2
    flat = np.array([box[0], box[1], box[half], box[half + 1]], dtype=float)
    if bounds is None or np.allclose(flat, bounds, rtol=0, atol=NEAR):
        return ""
    for order in ((1, 0, 3, 2), (0, 2, 1, 3), (2, 3, 0, 1), (2, 1, 0, 3)):
        if np.allclose(flat[list(order)], bounds, rtol=0, atol=NEAR):
            return "order"
    return "other-place"
