"""What is told of the rows and columns of a table that are no data, with a repair for each."""

from collections.abc import Iterator

import numpy as np

from datasets.model import Finding, Step
from datasets.serbian import is_cyrillic
from validation.reading import parts
from validation.reading.cells import Cells
from validation.reading.footnotes import footnotes
from validation.reading.totals import totals
from validation.reading.workbook import address
from validation.repairs._offers import offered

SHOWN = 300
MOST_TOTALS = 20


def remarks(cells: Cells) -> Iterator[Finding]:
    """Tell of totals, lines below, headings, blank rows and columns, merged cells, gaps."""
    if not len(cells.rows) or not cells.columns:
        return
    yield from _totals(cells)
    yield from _footnotes(cells)
    yield from _repeated(cells)
    yield from _headings(cells)
    other = parts.second_table(cells)
    side = parts.beside(cells)
    if other is not None:
        yield _second(cells, other)
    if side is not None:
        yield _beside(cells, side)
    yield from _blank_rows(cells, exact=other is None)
    yield from _blank_columns(cells, exact=side is None)
    yield from _merged(cells) if cells.merged else _gaps(cells)


def _place(cells: Cells, row: int) -> int:
    """Give the place of a row in the original."""
    return int(cells.rows[row].as_py())


def _totals(cells: Cells) -> Iterator[Finding]:
    found = totals(cells)
    texts = parts.heading_texts(cells) if found.places else []
    for i in found.places[:MOST_TOTALS]:
        row, text = _place(cells, i), texts[i][:40]
        first = i == found.places[0]
        offers = (offered(Step("drop-totals"), cells, exact=found.sure),) if first else ()
        yield Finding(
            "total-row",
            "warning",
            row=row,
            note=f"row {row} looks like a total ({text}); a sum among the data "
            "is counted twice by whoever adds them up; take it out",
            values={"text": text, "count": str(len(found.places))},
            offers=offers,
        )


def _footnotes(cells: Cells) -> Iterator[Finding]:
    found = footnotes(cells)
    if not found.texts:
        return
    said = " / ".join(found.texts)[:SHOWN]
    yield Finding(
        "footnotes",
        "warning",
        row=_place(cells, found.start),
        note=f"below the table stands what is no row of it: {said}; take it out, and say it in "
        "the description",
        values={"notes": said, "count": str(len(found.texts))},
        offers=(offered(Step("drop-footnotes"), cells, exact=found.sure),),
    )


def _repeated(cells: Cells) -> Iterator[Finding]:
    places = np.flatnonzero(parts.repeated_headers(cells))
    if len(places):
        yield Finding(
            "header-repeated",
            "warning",
            row=_place(cells, int(places[0])),
            note=f"the header stands among the data again, {len(places)} times; take it out",
            values={"count": str(len(places))},
            offers=(offered(Step("drop-repeated-headers"), cells, exact=True),),
        )


def _headings(cells: Cells) -> Iterator[Finding]:
    places = np.flatnonzero(parts.headings(cells))
    if not len(places):
        return
    text = parts.heading_texts(cells)[int(places[0])][:80]
    label = "одељак" if is_cyrillic("".join(cells.labels)) else "odeljak"
    yield Finding(
        "heading-rows",
        "warning",
        row=_place(cells, int(places[0])),
        note=f"{len(places)} rows are headings of those below them, the first {text!r}; what they "
        "say belongs into a column of its own",
        values={"text": text, "count": str(len(places))},
        offers=(offered(Step("headings-to-column", values={"label": label}), cells, exact=True),),
    )


def _second(cells: Cells, row: int) -> Finding:
    place = _place(cells, row)
    return Finding(
        "second-table",
        row=place,
        note=f"in row {place} another table begins; send each as a file or a sheet of its own",
    )


def _beside(cells: Cells, column: int) -> Finding:
    cell = address(max(1, cells.header_row), cells.number(column))
    return Finding(
        "table-beside",
        row=max(1, cells.header_row),
        cell=cell if cells.sheet else "",
        note=f"from column {column + 1} on another table stands beside the first; send each as a "
        "file or a sheet of its own",
        values={"column_number": str(column + 1)},
    )


def _blank_rows(cells: Cells, *, exact: bool) -> Iterator[Finding]:
    places = np.flatnonzero(parts.blank_rows(cells))
    if len(places):
        yield Finding(
            "blank-rows",
            "warning",
            row=_place(cells, int(places[0])),
            note=f"{len(places)} rows among the data are blank; take them out",
            values={"count": str(len(places))},
            offers=(offered(Step("drop-blank-rows"), cells, exact=exact),),
        )


def _blank_columns(cells: Cells, *, exact: bool) -> Iterator[Finding]:
    columns = parts.blank_columns(cells)
    if columns:
        yield Finding(
            "blank-columns",
            "warning",
            note=f"{len(columns)} columns have neither a label nor a cell; take them out",
            values={"count": str(len(columns))},
            offers=(offered(Step("drop-blank-columns"), cells, exact=exact),),
        )


def _merged(cells: Cells) -> Iterator[Finding]:
    """Tell of merged cells once, and offer for each column to write the value into all of them."""
    first = min(cells.merged, key=lambda r: (r.top, r.left))
    cell = address(first.top, cells.number(first.left))
    down = [r for r in cells.merged if r.bottom > r.top and r.left < len(cells.labels)]
    offers = tuple(
        offered(Step("fill-down", cells.labels[c], {"where": "merged"}), cells, exact=True)
        for c in sorted({r.left for r in down})
        if cells.labels[c]
    )
    yield Finding(
        "merged-cells",
        "warning",
        row=first.top,
        cell=cell,
        note=f"{len(cells.merged)} merged cells in the table, the first at {cell}: only the first "
        "cell of each has the value, the others are blank",
        values={"count": str(len(cells.merged))},
        offers=tuple(offer for offer in offers if offer.count),
    )


def _gaps(cells: Cells) -> Iterator[Finding]:
    for column in parts.gaps(cells):
        label = cells.labels[column] if column < len(cells.labels) else ""
        if label:
            offer = offered(Step("fill-down", label), cells, exact=False)
            yield Finding(
                "value-above",
                "warning",
                field=label,
                note=f"in {label!r} the value stands only in the first row of each group; write it "
                "into every row",
                values={"count": str(offer.count)},
                offers=(offer,),
            )
