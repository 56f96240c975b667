"""Well-known text in a column: is it that, in which system, and about where; without GEOS."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

WKT = re.compile(
    r"\s*(?:SRID\s*=\s*(?P<srid>\d{4,6})\s*;)?\s*"
    r"(?:MULTI)?(?:POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)\s*(?:Z|M|ZM)?\s*(?:\(|EMPTY)",
    re.IGNORECASE,
)
POSITION = re.compile(r"\(\s*(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)")
MOST = 0.9
TRIED_ROWS = 2000


def is_wkt(column: pa.ChunkedArray) -> bool:
    """Tell whether the first rows that say something are well-known text."""
    said = _said(column)
    return bool(said) and sum(bool(WKT.match(text)) for text in said) >= MOST * len(said)


def declared(column: pa.ChunkedArray) -> str:
    """Give the system that all rows name, as PostGIS writes it; empty for none or several."""
    numbers = {m["srid"] if (m := WKT.match(text)) else None for text in _said(column)}
    number = numbers.pop() if len(numbers) == 1 else None
    return f"EPSG:{number}" if number else ""


def middle(column: pa.ChunkedArray) -> tuple[float, float]:
    """Give the median of the shapes' first positions; 0,0 where there is none."""
    found = _firsts(column)
    return tuple(np.median(found, axis=0).tolist()) if len(found) else (0.0, 0.0)


def is_lonlat(column: pa.ChunkedArray) -> bool:
    """Tell whether the numbers can be degrees."""
    found = np.abs(_firsts(column))
    return len(found) > 0 and bool((found <= [180, 90]).all())


def without_srid(column: pa.ChunkedArray) -> list[str | None]:
    """Give the texts as GEOS reads them; None for blank ones."""
    bare = pc.replace_substring_regex(column, r"(?i)^\s*SRID\s*=\s*\d+\s*;", "")
    return [text if text and text.strip() else None for text in bare.to_pylist()]


def _said(column: pa.ChunkedArray) -> list[str]:
    first = column.slice(0, TRIED_ROWS).to_pylist()
    return [text for text in first if text and text.strip()]


def _firsts(column: pa.ChunkedArray) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    found = (POSITION.search(text) for text in _said(column))
    return np.array([match.groups() for match in found if match], dtype=np.float64).reshape(-1, 2)
