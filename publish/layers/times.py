"""When the features of a layer were: which columns say it, and from when to when they reach.

A table says its times without an offset; here and in the APIs they are UTC.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from datasets.model import Column
from datasets.serbian import fold

if TYPE_CHECKING:
    import pyarrow as pa

    from publish.layers.table import SpatialTable

PAIRS = (
    ("od", "do"),
    ("pocetak", "kraj"),
    ("pocetak", "zavrsetak"),
    ("pocetka", "kraja"),
    ("pocetka", "zavrsetka"),
    ("pocinje", "zavrsava"),
    ("primljeno", "reseno"),
    ("prijavljeno", "reseno"),
    ("otvoreno", "zatvoreno"),
    ("begin", "end"),
    ("start", "end"),
    ("from", "to"),
    ("since", "until"),
    ("received", "solved"),
    ("opened", "closed"),
)
"""Words, folded, that make a beginning and an end of two columns that are called alike."""

PLAIN = frozenset(
    "vreme datum trenutak termin merenja mereno osmatranja uzorka uzorkovanja i u"
    " time date datetime timestamp phenomenon observation observed measured sampled at of"
    " the and".split()
)
"""A column called by these words alone says when its feature was, whatever others say."""

KEEPING = frozenset(
    "azurirano azuriranja izmena izmene izmenjeno kreirano unos unosa uneto upisa upisano"
    " created edited modified updated inserted changed imported".split()
)
"""A column with one of these words tells of the row in its register, not of what it is about."""


def time_columns(columns: Sequence[Column]) -> tuple[str, ...]:
    """The column that says when a feature was, or the two that say from when to when.

    Two of one type whose names differ in a word of PAIRS; else the one called by PLAIN words; else
    the one that there is. None where that leaves a choice: a wrong time would be worse than none.

    >>> time_columns([Column("d1", "Датум почетка", "date"), Column("d2", "Датум краја", "date")])
    ('d1', 'd2')
    >>> time_columns([Column("m", "Мерено", "datetime"), Column("p", "Датум објаве", "date")])
    ('m',)
    >>> time_columns([Column("a", "Датум објаве", "date"), Column("b", "Датум уговора", "date")])
    ()
    """
    found = {
        column: words
        for column in columns
        if column.type in ("date", "datetime")
        and KEEPING.isdisjoint(words := _words(column.title) or _words(column.name))
    }
    for begin, words in found.items():
        for end, others in found.items():
            if begin.type == end.type and _is_pair(words, others):
                return begin.name, end.name
    plain = [column for column, words in found.items() if words and words <= PLAIN]
    choice = plain or list(found)
    return (choice[0].name,) if len(choice) == 1 else ()


def _words(title: str) -> frozenset[str]:
    """The words of a title in one spelling: `startDate` has two."""
    return frozenset(fold(re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", title)).split())


def _is_pair(words: frozenset[str], others: frozenset[str]) -> bool:
    return any(words - others == {begin} and others - words == {end} for begin, end in PAIRS)


def interval(source: "SpatialTable", times: Sequence[str]) -> tuple[str | None, str | None]:
    """The first and the last moment in these columns, as ISO 8601; None where there is none.

    A feature that has a beginning and no end goes on, and so does the interval of all.
    """
    import pyarrow.compute as pc  # noqa: PLC0415 - pyarrow is large, and only who builds needs it

    if not times:
        return None, None
    return _iso(pc.min(_reaching(source, times, 0))), _iso(pc.max(_reaching(source, times, -1)))


def _reaching(source: "SpatialTable", times: Sequence[str], end: int) -> "pa.ChunkedArray":
    """One end of every feature that has a time; nothing at all when one of them is open there."""
    import pyarrow.compute as pc  # noqa: PLC0415

    column, other = source.rows[times[end]], source.rows[times[-1 - end]]
    timed = column.filter(pc.or_(column.is_valid(), other.is_valid()))
    return timed.slice(0, 0) if timed.null_count else timed


def _iso(moment: "pa.Scalar") -> str | None:
    return moment.as_py().isoformat() if moment.is_valid else None


def reach(said: Sequence[str | None]) -> Iterator[datetime | None]:
    """The two ends of an interval in UTC: a date begins at midnight, and ends with its day.

    >>> [str(end) for end in reach(("2024-01-31", "2024-01-31"))]
    ['2024-01-31 00:00:00+00:00', '2024-01-31 23:59:59+00:00']
    """
    for text, of_day in zip(said, (time.min, time(23, 59, 59)), strict=True):
        if text is None:
            yield None
        elif "T" in text:
            yield datetime.fromisoformat(text).replace(tzinfo=UTC)
        else:
            yield datetime.combine(datetime.fromisoformat(text), of_day, UTC)
