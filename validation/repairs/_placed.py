"""Shapes of a table whose columns say where its rows lie, by the columns that a step names.

`field` is the column of x, or of well-known text or pairs; the option `y` is the column of y.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from datasets.model import Step
from validation.angles import degrees, each, pair
from validation.reading.cells import Cells
from validation.repairs._columns import Column, places, with_columns
from validation.shapes import Geometries, Mask
from validation.wellknown import is_wkt, without_srid

PLAIN = re.compile(r"-?\d+(?:[.,]\d+)?")
GROUPED = re.compile(r"-?\d{1,3}(?:(?P<group>[., \u00a0])\d{3})(?:(?P=group)\d{3})+(?:[.,]\d+)?")
SRID = r"(?i)^\s*(SRID\s*=\s*\d+\s*;)?.*"

type Change = Callable[[list[Column], pa.Array], Sequence[Column]]


def coordinate(text: str) -> float:
    r"""Read one coordinate in degrees or metres, however its number is written; NaN for none.

    >>> [coordinate(t) for t in ("44,81", "7.457.718,20", "4962967.6", "44°30'0\"", "нема")]
    [44.81, 7457718.2, 4962967.6, 44.5, nan]
    """
    bare = text.strip()
    if found := GROUPED.fullmatch(bare):
        bare = bare.replace(found["group"], "")
    return float(bare.replace(",", ".")) if PLAIN.fullmatch(bare) else degrees(bare)


def geometries(cells: Cells, step: Step) -> Geometries | None:
    """Give the shape of each row, None where it has none; None without such columns."""
    chosen = chosen_columns(cells, step)
    if not chosen:
        return None
    first = cells.columns[chosen[0]]
    if len(chosen) == 1 and is_wkt(first):
        texts = np.array(without_srid(first), dtype=object)
        read: Geometries = shapely.from_wkt(texts, on_invalid="ignore")
        return read
    if len(chosen) == 1:
        y, x = each(first, pair, 2).T
    else:
        x, y = (each(cells.columns[i], coordinate)[:, 0] for i in chosen)
    made: Geometries = np.full(len(x), None, dtype=object)
    there = np.isfinite(x) & np.isfinite(y)
    made[there] = shapely.points(x[there], y[there])
    return made


def chosen_columns(cells: Cells, step: Step) -> list[int]:
    """Give the numbers, from 0, of the columns of a step; none where one of them is not there."""
    labels = [label for label in (step.field, step.values.get("y", "")) if label]
    found = [places(cells, label)[:1] for label in labels]
    return [i for columns in found for i in columns] if labels and all(found) else []


def in_rows(cells: Cells, step: Step, wrong: Mask, change: Change) -> Cells:
    """Change the columns of a step in the rows of a mask; the same cells where it has none."""
    if not wrong.any():
        return cells
    chosen = chosen_columns(cells, step)
    changed = change([cells.columns[i] for i in chosen], pa.array(wrong))
    put = dict(zip(chosen, changed, strict=True))
    return with_columns(cells, [put.get(i, column) for i, column in enumerate(cells.columns)])


def cleared(columns: Sequence[Column], wrong: pa.Array) -> list[Column]:
    """Leave the cells of a mask empty."""
    return [pc.if_else(wrong, "", column) for column in columns]


def exchanged(columns: Sequence[Column], wrong: pa.Array) -> list[Column]:
    """Exchange the cells of two columns where a mask holds."""
    x, y = columns
    return [pc.if_else(wrong, y, x), pc.if_else(wrong, x, y)]


def rewritten(shapes: Geometries) -> Change:
    """Give what writes shapes as well-known text, behind the system that a text names."""

    def change(columns: list[Column], wrong: pa.Array) -> list[Column]:
        [texts] = columns
        system = pc.replace_substring_regex(texts, SRID, r"\1")
        written = shapely.to_wkt(shapes, rounding_precision=-1).tolist()
        new = pc.binary_join_element_wise(system, pa.array(written, pa.string()), "")
        return [pc.if_else(wrong, new, texts)]

    return change
