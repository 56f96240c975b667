"""Which feature of a layer each row of its table is."""

import functools
import re
from collections.abc import Sequence

import numpy as np
import pyarrow.parquet as pq

from publish.columns.asking import Condition, Question, rows
from publish.columns.kept import Kept, Rows
from publish.layers.features import Features
from publish.layers.integrity import parquet


def ids(kept: Kept, features: Features, some: Rows) -> list[str]:
    """The ids of the features that some rows are; empty for a row that is none.

    Every row of a table is a feature, with a place or without. Where no column names features,
    they are numbered as the rows stood in the file, and the rows are in that order still.
    """
    key = features.manifest.id_column
    if key in kept.places:
        return ["" if id is None else str(id) for id in kept.cells(kept.places[key], some)]
    numbers = _numbers(features)
    return [str(numbers[row]) if row < len(numbers) else "" for row in some.tolist()]


def row(kept: Kept, features: Features, fid: str) -> int | None:
    """The row that a feature is; None where there is no such feature."""
    key = features.manifest.id_column
    if key in kept.places:
        try:
            found = rows(kept, Question(conditions=(Condition(key, "is", fid),))).page(0, 1)
        except ValueError:
            return None
        return int(found[0]) if len(found) else None
    numbers = _numbers(features)
    if not re.fullmatch("[0-9]{1,18}", fid):
        return None
    place = int(np.searchsorted(numbers, int(fid)))
    return place if place < len(numbers) and numbers[place] == int(fid) else None


@functools.lru_cache(16)
def _numbers(features: Features) -> Rows:
    """The numbers of all features, rising: as the rows of the table stand."""
    path = parquet(features.folder)
    column = pq.read_table(path, columns=["id"]).column(0)
    return np.sort(column.to_numpy())


def order(kept: Kept, features: Features, found: Sequence[str | int]) -> Rows:
    """The places of features, by their ids as `layer.parquet` has them, in the order of the rows.

    `found` has an id for each line of that file; a row that is no feature has the place -1.
    """
    wanted = ids(kept, features, np.arange(kept.rows))
    places = {str(id): place for place, id in enumerate(found)}
    return np.array([places.get(id, -1) for id in wanted], np.int64)
