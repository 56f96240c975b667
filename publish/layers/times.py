"""When the features of a layer were: which columns say it, and from when to when they reach."""

from collections.abc import Sequence

import pyarrow.compute as pc

from datasets.model import Column
from publish.layers.table import SpatialTable


def time_columns(columns: Sequence[Column]) -> tuple[str, ...]:
    """The one column that holds dates or times, if there is just one."""
    found = [column.name for column in columns if column.type in ("date", "datetime")]
    return (found[0],) if len(found) == 1 else ()


def interval(source: SpatialTable, times: Sequence[str]) -> tuple[str | None, str | None]:
    """The first and the last moment in these columns, as ISO 8601; None where there is none."""
    if not times:
        return None, None
    first = pc.min(source.rows[times[0]]).as_py()
    last = pc.max(source.rows[times[-1]]).as_py()
    return first and first.isoformat(), last and last.isoformat()
