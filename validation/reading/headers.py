"""What is told of a header that was found: titles above it, its rows, and doubts."""

from collections.abc import Iterator, Sequence

from datasets.model import Finding, Offer, Sample, Step
from validation.reading.layout import JOIN, Layout, Row, declared_layout

SHOWN = 200
SAMPLES = 5


def told_of(layout: Layout, rows: Sequence[Row]) -> Iterator[Finding]:
    """Tell of a header that is not the first row alone; ask where another one may be meant."""
    if layout.titles:
        yield _titles(layout)
    if len(layout.header_rows) > 1:
        yield _joined(layout)
    if layout.counted:
        yield _counted(layout)
    if layout.others:
        yield _question(layout, rows)


def _titles(layout: Layout) -> Finding:
    said = "; ".join(layout.titles)[:SHOWN]
    row = str(layout.header_rows[-1])
    return Finding(
        "title-rows",
        "note",
        row=layout.header_rows[0],
        note=f"the header is in row {row}; above it stands: {said}",
        values={"header_row": row, "titles": said, "count": str(len(layout.titles))},
    )


def _joined(layout: Layout) -> Finding:
    rows = _said(layout.header_rows)
    example = next((label for label in layout.labels if JOIN in label), "")
    return Finding(
        "header-joined",
        "note",
        row=layout.header_rows[-1],
        note=f"the header stands in rows {rows}; each column's labels were joined: {example[:100]}",
        values={"rows": rows, "example_label": example[:100]},
    )


def _counted(layout: Layout) -> Finding:
    return Finding(
        "columns-counted",
        "note",
        row=layout.counted,
        note=f"row {layout.counted} only numbers the columns; it is not read as data",
    )


def _question(layout: Layout, rows: Sequence[Row]) -> Finding:
    taken = _said(layout.header_rows)
    others = " or ".join(_said(other) for other in layout.others)
    return Finding(
        "header-unsure",
        "warning",
        note=f"the header is taken to be row {taken}; it may be row {others} (0 is none)",
        values={"taken": taken, "others": others},
        offers=tuple(_offer(numbers, rows) for numbers in (layout.header_rows, *layout.others)),
    )


def _offer(numbers: Sequence[int], rows: Sequence[Row]) -> Offer:
    """Offer a header; the samples are the first rows under its labels."""
    other = declared_layout(rows, numbers)
    samples = [
        Sample(
            number,
            " | ".join(row)[:SHOWN],
            " | ".join(f"{a}: {b}" for a, b in zip(other.labels, row, strict=False) if b)[:SHOWN],
        )
        for number, row in enumerate(rows, 1)
        if number >= other.first_row and any(row)
    ]
    step = Step("header-rows", values={"rows": _said(numbers)})
    return Offer(step, len(numbers), tuple(samples[:SAMPLES]), exact=False)


def _said(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers)) or "0"
