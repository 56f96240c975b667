"""A web page with a table that is called a workbook: portals and old programs export so.

Excel opens such a page as if it were its own, so that nobody notices. The largest table that holds
no other is read; its cells are texts, and a cell over several columns or rows stands in the first.
"""

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from datasets.model import Finding
from validation.reading import sniff
from validation.reading.cells import Cells, check_width, row_numbers, text_column
from validation.reading.encoding import encoding_of
from validation.reading.headers import told_of
from validation.reading.layout import USUAL_WITHIN, Range, layout_of

LEAST = 2  # rows and columns of a table that is none of the page's layout
MOST_SPAN = 1000

type Row = list[str]


class _Table:
    """The rows of a table as they come, and which cells are over several places."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.merged: list[Range] = []
        self.plain = True
        self.taken: dict[int, int] = {}

    def next_row(self) -> None:
        self.rows.append([])
        self.taken = {column: left - 1 for column, left in self.taken.items() if left > 1}

    def next_cell(self, columns: int, rows: int) -> None:
        """Begin a cell, behind those that reach down from the rows above."""
        if not self.rows:
            self.next_row()
        row = self.rows[-1]
        while len(row) in self.taken:
            row.append("")
        place, number = len(row), len(self.rows)
        check_width(place + columns)
        row += [""] * columns
        if columns > 1 or rows > 1:
            self.merged.append(Range(number, place, number + rows - 1, place + columns - 1))
        if rows > 1:
            self.taken |= dict.fromkeys(range(place, place + columns), rows)

    @property
    def is_data(self) -> bool:
        """Tell whether it may be more than the layout of a page."""
        wide = sum(sum(map(bool, row)) >= LEAST for row in self.rows)
        return self.plain and wide >= LEAST

    @property
    def size(self) -> int:
        return sum(map(len, self.rows))


class _Page(HTMLParser):
    """Finds the tables of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[_Table] = []
        self.open: list[_Table] = []
        self.place: int | None = None
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._begin()
        elif tag == "tr" and self.open:
            self._end_cell()
            self.open[-1].next_row()
        elif tag in ("td", "th") and self.open:
            self._end_cell()
            known = dict(attrs)
            self.open[-1].next_cell(_span(known.get("colspan")), _span(known.get("rowspan")))
            self.place = len(self.open[-1].rows[-1]) - _span(known.get("colspan"))
        elif tag == "br":
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._end_cell()
        if tag == "table" and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.place is not None:
            self.text.append(" ".join(data.split()) or " ")

    def _begin(self) -> None:
        self._end_cell()
        for outer in self.open:
            outer.plain = False
        self.open.append(_Table())
        self.tables.append(self.open[-1])

    def _end_cell(self) -> None:
        if self.place is not None and self.open:
            self.open[-1].rows[-1][self.place] = "".join(self.text).strip()
        self.place, self.text = None, []


def _span(said: str | None) -> int:
    """Read how many places a cell is over; 1 for nonsense."""
    text = (said or "").strip()
    return min(max(int(text), 1), MOST_SPAN) if text.isascii() and text.isdigit() else 1


def read_html(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read the largest table of a page; refuses one that has none."""
    raw = path.read_bytes()
    encoding = encoding_of(raw).name
    page = _Page()
    page.feed(raw.decode(encoding, "replace"))
    page.close()
    tables = [table for table in page.tables if table.is_data]
    if not tables:
        raise sniff.mismatch(arguments["format"], "html")
    return _cells(max(tables, key=lambda table: table.size), encoding, arguments)


def _cells(table: _Table, encoding: str, arguments: Mapping[str, Any]) -> Cells:
    schema = arguments["schema"] or arguments.get("contract") or {}
    names = [str(field.get("name", "")) for field in schema.get("fields", ())]
    layout = layout_of(table.rows[:USUAL_WITHIN], table.merged, names)
    data = table.rows[layout.first_row - 1 :]
    width = max(len(layout.labels), *map(len, data), 0)
    rows = list(layout.header_rows)
    return Cells(
        labels=(*layout.labels, *[""] * (width - len(layout.labels))),
        columns=[text_column(_column(data, i)) for i in range(width)],
        rows=row_numbers(range(layout.first_row, layout.first_row + len(data))),
        encoding=encoding,
        dialect={"headerRows": rows} if rows else {"header": False},
        header_row=rows[-1] if rows else 0,
        restated=True,
        merged=[r for r in table.merged if r.top >= layout.first_row],
        titles=layout.titles,
        findings=(_told(arguments["format"]), *told_of(layout, table.rows[:USUAL_WITHIN])),
    )


def _column(rows: Sequence[Row], i: int) -> list[str]:
    return [row[i] if i < len(row) else "" for row in rows]


def _told(declared: str) -> Finding:
    return Finding(
        "html-workbook",
        "warning",
        note=f"the file is called {declared}, but is a web page; the largest table in it was read",
        values={"declared": declared},
    )
