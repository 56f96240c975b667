"""Dates as people write them, made into dates that every program reads."""

import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from validation.reading.cells import Cells
from validation.repairs._columns import in_columns
from validation.repairs._repair import Repair

PARTS: Mapping[str, str] = {
    "%d": "(?P<day>[0-9]{1,2})",
    "%m": "(?P<month>[0-9]{1,2})",
    "%Y": "(?P<year>[0-9]{4})",
    "%y": "(?P<short>[0-9]{2})",
    "%H": "(?P<hour>[0-9]{1,2})",
    "%M": "(?P<minute>[0-9]{2})",
    "%S": "(?P<second>[0-9]{2})",
}
ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2})?$"
PIVOT = 69  # of two digits, from here on the 20th century: Python's and POSIX' rule


class Dates(Repair):
    """Writes dates of one format as 2021-10-05, with the time as 2021-10-05T14:30:00."""

    def mended(self, cells: Cells) -> Cells:
        """Mend the column of the step."""
        if not self.step.field:
            return cells
        form = self.value("format", "%d.%m.%Y.")
        return in_columns(cells, self.step.field, lambda texts: iso(texts, form))


def iso(texts: pa.Array, form: str) -> pa.Array:
    """Write the dates of a format (of strptime: d m Y y H M S) as ISO 8601.

    One or two digits, a full stop at the end or none, a space behind a full stop or none are all
    the same format. What is no such date, or no day of the calendar, stays as it is.

    >>> iso(pa.array(["5.10.2021.", "05. 10. 2021", "31.2.2021."]), "%d.%m.%Y").to_pylist()
    ['2021-10-05', '2021-10-05', '31.2.2021.']
    """
    found = pc.extract_regex(texts, pattern(form))
    parts = {name: pc.struct_field(found, name) for name in _names(found.type)}
    if not {"day", "month"} <= set(parts) or not {"year", "short"} & set(parts):
        return texts
    day = _padded(_year(parts), parts["month"], parts["day"])
    written = day if "hour" not in parts else _with_time(day, parts)
    sure = pc.and_(_on_calendar(day), _on_clock(parts, len(texts)))
    sure = pc.and_(sure, pc.invert(pc.match_substring_regex(texts, ISO)))
    return pc.if_else(pc.fill_null(sure, False), written, texts)


def pattern(form: str) -> str:
    """Give the expression, for RE2, of what is written in a format.

    >>> pattern("%d.%Y.")
    '^(?P<day>[0-9]{1,2})[.] ?(?P<year>[0-9]{4})[.]?$'
    """
    pieces = re.findall(r"%[dmYyHMS]|.", form.rstrip(". "), re.DOTALL)
    loose = "".join(PARTS.get(piece, _literal(piece)) for piece in pieces)
    return f"^{re.sub(r'(?: [?])+', ' ?', loose)}[.]?$"


def _literal(piece: str) -> str:
    if piece == ".":
        return "[.] ?"
    return " ?" if piece == " " else re.escape(piece)


def _names(struct: pa.StructType) -> list[str]:
    return [struct.field(i).name for i in range(struct.num_fields)]


def _year(parts: Mapping[str, pa.Array]) -> pa.Array:
    if "year" in parts:
        return parts["year"]
    short = parts["short"]
    late = pc.greater_equal(pc.cast(short, pa.int8()), PIVOT)
    return pc.binary_join_element_wise(pc.if_else(late, "19", "20"), short, "")


def _padded(*parts: pa.Array, between: str = "-") -> pa.Array:
    return pc.binary_join_element_wise(*(pc.utf8_lpad(p, 2, "0") for p in parts), between)


def _with_time(day: pa.Array, parts: Mapping[str, pa.Array]) -> pa.Array:
    zero = pa.repeat("00", len(day))
    time = [parts["hour"], parts.get("minute", zero), parts.get("second", zero)]
    return pc.binary_join_element_wise(day, _padded(*time, between=":"), "T")


def _on_calendar(day: pa.Array) -> pa.Array:
    """Tell which days were: arrow alone would take the 31st of February for the 3rd of March."""
    parsed = pc.strptime(day, format="%Y-%m-%d", unit="s", error_is_null=True)
    same = pc.equal(pc.day(parsed), pc.cast(pc.utf8_slice_codeunits(day, 8, 10), pa.int64()))
    return pc.fill_null(same, False)


def _on_clock(parts: Mapping[str, pa.Array], rows: int) -> pa.Array:
    sure = pa.repeat(True, rows)
    for name, most in (("hour", 23), ("minute", 59), ("second", 59)):
        if name in parts:
            sure = pc.and_(sure, pc.less_equal(pc.cast(parts[name], pa.int8()), most))
    return pc.fill_null(sure, False)
