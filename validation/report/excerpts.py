"""What a report shows of the data: the wrong cells with their neighbours, the wrong places.

Runs in the child, where the cells are. A few rows of each cause, no more: a report is read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datasets.model import Excerpt
from validation.reading.cells import Cells
from validation.report.cuts import NEIGHBOURS
from validation.report.words import short

OF_A_CAUSE = 5
MOST_ROWS = 200
MOST_CELLS = 20_000


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that a finding is about: a row as the original counts, a column from 1 or 0."""

    row: int
    column: int = 0


def spots(
    errors: Iterable[Mapping[str, Any]],
    faults: Iterable[Mapping[str, Any]],
    told: Iterable[Mapping[str, Any]] = (),
) -> list[Spot]:
    """Choose the places to show: the first few of each cause.

    `errors` are Frictionless', `faults` those of our checks, `told` what reading found (check,
    field, row, column), all as JSON.
    """
    chosen: dict[tuple[object, ...], list[Spot]] = {}
    for kind, spot in chain(_of_errors(errors), _of_faults(chain(told, faults))):
        of_kind = chosen.setdefault(kind, [])
        if len(of_kind) < OF_A_CAUSE and spot not in of_kind:
            of_kind.append(spot)
    return list(chain.from_iterable(chosen.values()))[:MOST_ROWS]


def _of_errors(errors: Iterable[Mapping[str, Any]]) -> Iterator[tuple[tuple[object, ...], Spot]]:
    for error in errors:
        if error.get("rowNumber") is not None:
            number = error.get("fieldNumber") or 0
            note = error["note"] if error["type"] == "constraint-error" else ""
            yield (error["type"], number, note), Spot(error["rowNumber"], number)


def _of_faults(faults: Iterable[Mapping[str, Any]]) -> Iterator[tuple[tuple[object, ...], Spot]]:
    for fault in faults:
        if fault["row"] is not None:
            yield (fault["check"], fault["field"]), Spot(fault["row"], fault["column"])


def excerpt(wanted: Sequence[Spot], cells: Cells) -> dict[str, Any]:
    """Cut the wanted places out of the cells; an Excerpt as JSON, without places on a map."""
    there = places_of(wanted, cells.rows.to_numpy())
    cut = Excerpt(tuple(map(short, cells.labels)), cells.first_column)
    return asdict(cut) | {"rows": _keyed(_rows(wanted, there, cells))}


def of_errors(errors: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> dict[str, Any]:
    """Cut the places out of what Frictionless' errors repeat of their rows; as JSON."""
    wanted = spots(errors, ())
    by_row = {e["rowNumber"]: e["cells"] for e in errors if e.get("cells")}
    told = {spot.row: by_row[spot.row] for spot in wanted if spot.row in by_row}
    rows = {row: _near(told[row], _columns(wanted, row)) for row in told}
    return asdict(Excerpt(tuple(map(short, labels)))) | {"rows": _keyed(rows)}


def _keyed(by_row: Mapping[int, Any]) -> dict[str, Any]:
    return {str(row): shown for row, shown in by_row.items()}


def places_of(wanted: Sequence[Spot], numbers: NDArray[np.int64]) -> dict[int, int]:
    """Give the place in the table of each wanted row that is there."""
    rows = np.unique(np.array([spot.row for spot in wanted], np.int64))
    found = np.flatnonzero(np.isin(numbers, rows))
    return {int(numbers[i]): int(i) for i in found}


def _rows(
    wanted: Sequence[Spot], there: Mapping[int, int], cells: Cells
) -> dict[int, tuple[str, ...]]:
    most = MOST_CELLS // max(len(cells.columns), 1)
    taken = sorted(there)[: max(most, 1)]
    indices = pa.array([there[row] for row in taken], pa.int64())
    columns = [column.take(indices).to_pylist() for column in cells.columns]
    texts = zip(*columns, strict=True) if columns else ()
    return {
        row: _near(text, _columns(wanted, row)) for row, text in zip(taken, texts, strict=False)
    }


def _columns(wanted: Sequence[Spot], row: int) -> list[int]:
    return [spot.column for spot in wanted if spot.row == row]


def _near(texts: Sequence[str | None], columns: Sequence[int]) -> tuple[str, ...]:
    """Leave of a row what is near its wrong cells; a fault of the whole row shows its beginning."""
    centres = [column or NEIGHBOURS + 1 for column in columns]
    return tuple(
        short(text or "") if any(abs(i - centre) <= NEIGHBOURS for centre in centres) else ""
        for i, text in enumerate(texts, 1)
    )
