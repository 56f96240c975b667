"""The parts of a workbook (ECMA-376, SpreadsheetML) and its cells, as XML.

Text is always an inline string: no spreadsheet takes it for a formula, whatever it begins with.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from xml.sax.saxutils import escape

MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
MOST_DIGITS = 10**15
"""A spreadsheet's numbers keep 15 digits; a longer identifier is text, so that it stays whole."""
FIRST_DAY = datetime(1899, 12, 30)
"""Day 0 of a spreadsheet; days before 1 March 1900 it counts wrongly."""
FIRST_RIGHT = date(1900, 3, 1)
DATE, DATETIME, TIME, HEADER = 1, 2, 3, 4
"""Numbers of the styles in STYLES."""

NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
NOT_KEPT = re.compile(NOT_XML.pattern[:-1] + "\r]")
"""Characters that XML cannot hold, or that its readers change."""
LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
SPACED = re.compile(r"\A\s|\s\Z|[\n\t]|  ")

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OPENXML = "application/vnd.openxmlformats-officedocument.spreadsheetml"

TYPES = (
    f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="{OPENXML}.worksheet+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{OPENXML}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{OPENXML}.styles+xml"/></Types>'
)
ROOT = (
    f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1"'
    f' Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}">'
    '<numFmts count="3"><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy\\."/>'
    '<numFmt numFmtId="165" formatCode="dd\\.mm\\.yyyy\\.\\ hh:mm:ss"/>'
    '<numFmt numFmtId="166" formatCode="hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders><border/></borders>"
    '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="5"><xf/>'
    '<xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/>'
    '<xf numFmtId="166" applyNumberFormat="1"/><xf fontId="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
SHEET = (
    f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    '</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
)
END = "</sheetData></worksheet>"


def workbook(sheets: Sequence[str]) -> str:
    """The workbook part: sheets by their names, `sheet1.xml` and on."""
    said = "".join(
        f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{i}" r:id="r{i}"/>'
        for i, name in enumerate(sheets, 1)
    )
    return f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{said}</sheets></workbook>'


def relations(sheets: Sequence[str]) -> str:
    """Where the workbook's sheets and styles are."""
    targets = [("worksheet", f"worksheets/sheet{i}.xml") for i, _ in enumerate(sheets, 1)]
    targets.append(("styles", "styles.xml"))
    said = "".join(
        f'<Relationship Id="r{i}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, 1)
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{said}</Relationships>'


def sheet_name(title: str, otherwise: str) -> str:
    """A name that a sheet may have, of a title: at most 31 characters, without brackets and : * ?.

    >>> sheet_name("Квалитет ваздуха: дневни просеци PM10", "vazduh")
    'Квалитет ваздуха дневни просеци'
    """
    kept = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "", title).strip("' ")[:31].rstrip("' ")
    return otherwise[:31] if not kept or kept.lower() == "history" else kept


def columns(widths: Sequence[int]) -> str:
    """How wide the columns are, in characters; the rows begin after it."""
    said = "".join(
        f'<col min="{i}" max="{i}" width="{width}" customWidth="1"/>'
        for i, width in enumerate(widths, 1)
    )
    return f"<cols>{said}</cols><sheetData>"


def rows(cells: Iterable[Sequence[str]], first: int) -> str:
    """Rows of cells, numbered from the first: GDAL reads none without its number."""
    return "".join(f'<row r="{i}">{"".join(row)}</row>' for i, row in enumerate(cells, first))


def text(value: str | None, style: int = 0) -> str:
    """A cell that holds a text and is never run; what is too long for a cell is cut short."""
    if value is None:
        return "<c/>"
    said = value if len(value) <= MOST_CHARACTERS else value[: MOST_CHARACTERS - 1] + "…"
    said = NOT_KEPT.sub(_escaped, LOOKS_ESCAPED.sub("_x005F_", said))
    space = ' xml:space="preserve"' if SPACED.search(said) else ""
    look = f' s="{style}"' if style else ""
    return f'<c{look} t="inlineStr"><is><t{space}>{escape(said)}</t></is></c>'


def _escaped(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def number(value: float | None) -> str:
    """A cell with a number."""
    if value is None:
        return "<c/>"
    if isinstance(value, int) and abs(value) >= MOST_DIGITS:
        return text(str(value))
    return f"<c><v>{value!r}</v></c>"


def boolean(value: bool | None) -> str:
    """A cell with true or false."""
    return "<c/>" if value is None else f'<c t="b"><v>{int(value)}</v></c>'


def day(value: date | None) -> str:
    """A cell with a date; as text where a spreadsheet cannot count it."""
    if value is None:
        return "<c/>"
    if value < FIRST_RIGHT:
        return text(value.isoformat())
    return f'<c s="{DATE}"><v>{value.toordinal() - FIRST_DAY.toordinal()}</v></c>'


def moment(value: datetime | None) -> str:
    """A cell with a date and a time, to the microsecond; as text where it cannot be counted."""
    if value is None:
        return "<c/>"
    if value.date() < FIRST_RIGHT:
        return text(value.isoformat())
    return f'<c s="{DATETIME}"><v>{(value - FIRST_DAY).total_seconds() / 86400!r}</v></c>'


def clock(value: time | None) -> str:
    """A cell with a time of day."""
    if value is None:
        return "<c/>"
    seconds = value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    return f'<c s="{TIME}"><v>{seconds / 86400!r}</v></c>'


CELLS: dict[str, Callable[..., str]] = {
    "integer": number,
    "number": number,
    "boolean": boolean,
    "date": day,
    "datetime": moment,
    "time": clock,
}
"""What makes a cell of a value, by the type of its column; any other is `text`."""
