"""What became of a dataset since its last version: rows lost or doubled, columns gone or new."""

from collections.abc import Iterator, Mapping, Sequence

from datasets.model import Finding, Version
from validation import descriptors
from validation.reading.reading import Reading

HOLDING = frozenset({"column-retyped", "rows-lost"})
"""Checks that hold a dataset back for a person to look at: true perhaps, but not believed yet."""


FEW = 10


def changes(readings: Sequence[Reading], previous: Version, max_loss: float) -> Iterator[Finding]:
    """Yield what shrank by more than `max_loss` or doubled, and the columns that went or came.

    `max_loss` is a share of the rows. Resources that could not be read are not compared: that they
    could not is a finding already.
    """
    now = {reading.resource.name: reading for reading in readings}
    unread = {name for name, reading in now.items() if not reading.ok}
    for name, before in previous.rows.items():
        if name in now and name not in unread:
            yield from _lost(name, before, now[name].rows, max_loss)
            yield from _doubled(name, before, now[name].rows)
        elif name not in now and before:
            yield _gone(name, before)
    if not unread and len(previous.rows) > 1:
        total = sum(reading.rows for reading in readings)
        yield from _lost("", sum(previous.rows.values()), total, max_loss)
    for name, columns in _columns(previous).items():
        if columns and name in now and name not in unread:
            yield from _columns_gone(now[name], columns)
            yield from _columns_new(now[name], columns)


def _lost(resource: str, before: int, now: int, max_loss: float) -> Iterator[Finding]:
    if not before or (before - now) / before <= max_loss:
        return
    share = f"{(before - now) / before:.0%}"
    yield Finding(
        check="rows-lost",
        resource=resource,
        note=f"{before} rows became {now}: {share} are gone, {max_loss:.0%} are allowed",
        values={
            "before": str(before),
            "now": str(now),
            "share": share,
            "allowed": f"{max_loss:.0%}",
        },
    )


def _doubled(resource: str, before: int, now: int) -> Iterator[Finding]:
    """A file that was put behind itself by mistake has twice the rows."""
    if before >= FEW and now >= 2 * before:
        yield Finding(
            "rows-doubled",
            "warning",
            resource,
            note=f"{before} rows became {now}; is anything in it twice?",
            values={"before": str(before), "now": str(now)},
        )


def _gone(resource: str, before: int) -> Finding:
    return Finding(
        check="rows-lost",
        resource=resource,
        note=f"the resource is gone, with all its {before} rows",
        values={"before": str(before), "now": "0", "share": "100%", "allowed": "0%"},
    )


def _columns(previous: Version) -> Mapping[str, Sequence[str]]:
    """Give the column titles of each resource of a version, as far as they are known."""
    known = {
        resource.name: [field["name"] for field in descriptors.fields(resource.schema)]
        for resource in previous.resources
        if resource.schema
    }
    for layer in previous.layers:
        known.setdefault(layer.resource, [column.title for column in layer.columns])
    return known


def _columns_gone(reading: Reading, columns: Sequence[str]) -> Iterator[Finding]:
    now = _names(reading)
    for column in columns:
        if column not in now:
            yield Finding(
                check="column-gone",
                severity="warning",
                resource=reading.resource.name,
                field=column,
                note=f"column {column!r} of the last version is gone",
            )


def _columns_new(reading: Reading, columns: Sequence[str]) -> Iterator[Finding]:
    titles = {field["name"]: field.get("title", "") for field in descriptors.fields(reading.schema)}
    for label in reading.labels:
        if label and label not in columns and titles.get(label) not in columns:
            yield Finding(
                "column-new",
                "note",
                resource=reading.resource.name,
                field=label,
                note=f"column {label!r} was not in the last version",
            )


def _names(reading: Reading) -> set[str]:
    """Give all words by which the columns of a reading may be called."""
    fields = descriptors.fields(reading.schema)
    return {*reading.labels, *(f.get("title", "") for f in fields), *(f["name"] for f in fields)}
