"""XLSX: a sheet of features for a spreadsheet, and a sheet that says what the columns are."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from datasets.text import ENGLISH, Text
from publish.formats import _workbook as xml
from publish.formats._format import Format
from publish.formats._place import place_columns, placed
from publish.formats._selection import Selection
from publish.formats._stream import zipped

if TYPE_CHECKING:
    import pyarrow as pa

WIDTHS = {"string": 28, "datetime": 20}
WIDTH = 14
SECOND = Text("Колоне", {ENGLISH: "Columns"})
HEADS = (
    Text("Колона", {ENGLISH: "Column"}),
    Text("Наслов", {ENGLISH: "Title"}),
    Text("Тип", {ENGLISH: "Type"}),
)


class XLSX(Format):
    """Values in their types under their titles, dates as dates, then the place as in CSV.

    A place whose WKT is longer than a cell can hold stays empty. Text is stored as text, so that
    no cell is run as a formula, and none is changed for it.
    """

    title = "XLSX"
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ending = "xlsx"

    def check(self, selection: Selection) -> None:
        """Raise ValueError for more features than a sheet has rows."""
        super().check(selection)
        if selection.count >= xml.MOST_ROWS:
            raise ValueError(
                f"{selection.count} features are more than the {xml.MOST_ROWS - 1} that a sheet"
                " holds; take csv, or ask for fewer with bbox or limit"
            )

    def write(self, selection: Selection) -> Iterator[bytes]:
        """The workbook, some thousands of rows at a time."""
        first = xml.sheet_name(selection.title, selection.name)
        second = SECOND.said(selection.language)
        sheets = (first, second if first.lower() != second.lower() else f"{second} 2")
        members = {
            "[Content_Types].xml": _once(xml.TYPES),
            "_rels/.rels": _once(xml.ROOT),
            "xl/workbook.xml": _once(xml.workbook(sheets)),
            "xl/_rels/workbook.xml.rels": _once(xml.relations(sheets)),
            "xl/styles.xml": _once(xml.STYLES),
            "xl/worksheets/sheet1.xml": _features(selection),
            "xl/worksheets/sheet2.xml": _columns(selection),
        }
        return zipped(iter(members.items()))


def _once(document: str) -> Iterator[bytes]:
    yield document.encode()


def _features(selection: Selection) -> Iterator[bytes]:
    places = place_columns(selection)
    widths = [WIDTHS.get(column.type, WIDTH) for column in selection.columns]
    titles = [*(selection.said(column) for column in selection.columns), *places]
    head = xml.rows([[xml.text(title, xml.HEADER) for title in titles]], 1)
    yield (xml.SHEET + xml.columns([*widths, *(WIDTH for _ in places)]) + head).encode()
    first = 2
    for rows in selection.tables():
        yield xml.rows(zip(*_cells(selection, rows), strict=True), first).encode()
        first += rows.num_rows
    yield xml.END.encode()


def _cells(selection: Selection, rows: "pa.Table") -> Iterator[Sequence[str]]:
    for column in selection.columns:
        cell = xml.CELLS.get(column.type, xml.text)
        yield [cell(value) for value in rows[column.name].to_pylist()]
    for values in placed(selection, rows):
        yield [_place(value) for value in values]


def _place(value: float | str | None) -> str:
    if isinstance(value, str):
        return xml.text(value if len(value) <= xml.MOST_CHARACTERS else None)
    return xml.number(value)


def _columns(selection: Selection) -> Iterator[bytes]:
    """The second sheet: name, title and type of each column."""
    heads = [xml.text(head.said(selection.language), xml.HEADER) for head in HEADS]
    said = [
        [xml.text(word) for word in (column.name, selection.said(column), column.type)]
        for column in selection.columns
    ]
    widths = (WIDTHS["string"],) * len(HEADS)
    yield (xml.SHEET + xml.columns(widths) + xml.rows([heads, *said], 1) + xml.END).encode()
