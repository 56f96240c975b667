"""Degrees as people write them: 44,0128 · 44°00'46.1"N · 44 00 46.1 · „44.0128, 20.9114“."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

type Numbers = NDArray[np.float64]
type Pair = tuple[float, float]

_SIDES = {"N": 1, "E": 1, "С": 1, "И": 1, "S": -1, "W": -1, "Ј": -1, "З": -1}
_LETTERS = "".join(_SIDES)
_NUMBER = r"\d{1,3}(?:[.,]\d+)?"
ANGLE = re.compile(
    rf"""(?P<before>[{_LETTERS}])?\s*(?P<sign>-)?(?P<degrees>{_NUMBER})\s*(?:[°ºo]|(?=\s\d)|:|$|(?=[{_LETTERS}]))
    \s*(?:(?P<minutes>{_NUMBER})\s*(?:['′’`´]|(?=\s\d)|:|$|(?=[{_LETTERS}]))
    \s*(?:(?P<seconds>\d{{1,2}}(?:[.,]\d+)?)\s*(?:["″”“]|''|′′|’’)?)?)?
    \s*(?P<after>[{_LETTERS}])?""",
    re.VERBOSE | re.IGNORECASE,
)
POINTS = re.compile(r"\(?\s*(-?\d{1,3}\.\d+)°?\s*[,;\s]\s*(-?\d{1,3}\.\d+)°?\s*\)?")
COMMAS = re.compile(r"\(?\s*(-?\d{1,3},\d+)°?\s*(?:;|,\s|\s)\s*(-?\d{1,3},\d+)°?\s*\)?")
BETWEEN = re.compile(rf"(?<=[{_LETTERS}])[\s,;/]+", re.IGNORECASE)
EASTWARD = "EWИЗ"


def degrees(text: str) -> float:
    r"""Read one angle in degrees; NaN for anything else.

    >>> [round(degrees(t), 5) for t in ("44°00'46.1\"N", "44 00 46,1", "44,0128", "20.5° W")]
    [44.01281, 44.01281, 44.0128, -20.5]
    >>> degrees("44°61'0\""), degrees("44 m")
    (nan, nan)
    """
    found = ANGLE.fullmatch(text.strip())
    if not found:
        return np.nan
    parts = [
        float((found[name] or "0").replace(",", ".")) for name in ("degrees", "minutes", "seconds")
    ]
    whole = found["minutes"] is None or parts[0].is_integer()
    whole &= found["seconds"] is None or parts[1].is_integer()
    letters = ((found["before"] or "") + (found["after"] or "")).upper()
    if not whole or max(parts[1:]) >= 60 or len(letters) > 1:
        return np.nan
    size = parts[0] + parts[1] / 60 + parts[2] / 3600
    return size * (-1 if found["sign"] else 1) * _SIDES.get(letters, 1)


def pair(text: str) -> Pair:
    r"""Read two angles in one text, in the order in which they stand; latitude first by letters.

    >>> pair("44.0128, 20.9114"), pair("44,0128; 20,9114"), pair("44.0128")
    ((44.0128, 20.9114), (44.0128, 20.9114), (nan, nan))
    >>> [round(n, 3) for n in pair("20°54'41.0\"E 44°00'46.1\"N")]
    [44.013, 20.911]
    """
    text = text.strip()
    if found := POINTS.fullmatch(text) or COMMAS.fullmatch(text):
        return (float(found[1].replace(",", ".")), float(found[2].replace(",", ".")))
    parts = BETWEEN.split(text)
    if len(parts) != 2 or len({_is_eastward(part) for part in parts}) != 2:
        return (np.nan, np.nan)
    first, second = map(degrees, parts)
    return (second, first) if _is_eastward(parts[0]) else (first, second)


def _is_eastward(text: str) -> bool:
    return any(letter in EASTWARD for letter in text.upper())


def each(texts: pa.ChunkedArray, read: Callable[[str], float | Pair], width: int = 1) -> Numbers:
    """Read each distinct text once; give an array of `width` columns, NaN for what says nothing."""
    encoded = pc.dictionary_encode(pa.chunked_array(texts, pa.string()).combine_chunks())
    distinct: Sequence[str] = encoded.dictionary.to_pylist()
    values = np.array([read(text) for text in distinct], dtype=np.float64).reshape(-1, width)
    values = np.vstack([values, np.full((1, width), np.nan)])  # the last is for what is not there
    places = pc.fill_null(encoded.indices, len(distinct)).to_numpy(zero_copy_only=False)
    return np.asarray(values[places])
