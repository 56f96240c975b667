"""From Frictionless' errors to findings: which row, which column, which cell, and the words."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from datasets.model import Finding, Offer, Sample, Schema, Step
from validation import descriptors
from validation.reading.reading import Reading, offer

SHEETS = frozenset({"xlsx", "xls", "xlsm", "ods"})
DELIMITED = frozenset({"csv", "tsv"})

_CONSTRAINT = re.compile(r'constraint "(?P<constraint>\w+)" is "(?P<bound>.*)"', re.DOTALL)
_OTHER_ROW = re.compile(r"the same as in the row at position (?P<other>\d+)")
_LOOKED_UP = re.compile(r'not found in the lookup table "(?P<reference>.*)" as "(?P<key>.*)"')
_PATTERN = re.compile(r'pattern "(?P<pattern>.*)" of field "(?P<field>.*)" can', re.DOTALL)
_VALUE_LENGTH = 200
COUNTING = "ред. бр."


def findings(
    reading: Reading,
    errors: Iterable[Mapping[str, Any]],
    own: frozenset[str] = frozenset(),
    counted: Iterable[tuple[str, str, int]] = (),
) -> list[Finding]:
    """Make a finding of each error but those of `own`, whose faults are findings already.

    Each carries in `values` the `count` of errors of its kind in its column; `counted` has it
    (type, field, number) where the report was cut and names only the first of them.
    """
    made = [_finding(reading, error) for error in errors if error["type"] not in own]
    counts = Counter((finding.check, finding.field) for finding in made)
    for check, field, number in counted:
        counts[check, field] = max(number, counts[check, field])
    return [_counted(finding, counts[finding.check, finding.field]) for finding in made]


def faults(reading: Reading, found: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Make a finding of each fault of our own checks, as the child tells it."""
    return [_of_fault(reading, fault) for fault in found]


def _of_fault(reading: Reading, fault: Mapping[str, Any]) -> Finding:
    return Finding(
        check=fault["check"],
        severity=fault["severity"],
        resource=reading.resource.name,
        row=fault["row"],
        field=fault["field"],
        cell=address(reading, fault["row"], fault["column"] or None),
        note=fault["note"],
        values=fault["values"],
        offers=tuple(offer(said) for said in fault["offers"]),
    )


def _finding(reading: Reading, error: Mapping[str, Any]) -> Finding:
    row, number = error.get("rowNumber"), error.get("fieldNumber")
    name = error.get("fieldName") or error.get("label") or ", ".join(error.get("fieldNames", ()))
    values = {
        "value": str(error.get("cell", error.get("label", "")))[:_VALUE_LENGTH],
        "note": error["note"][:_VALUE_LENGTH],
        **_parts(error["note"]),
        **_expected(reading.schema, name),
    }
    if "fieldCells" in error:
        values["value"] = ", ".join(error["fieldCells"])[:_VALUE_LENGTH]
    if error["type"] in ("blank-label", "missing-label", "extra-cell", "incorrect-label"):
        values["number"] = str(number)
    return Finding(
        check=error["type"],
        resource=reading.resource.name,
        row=row,
        field=name or values.pop("field", ""),
        cell=address(reading, row, number),
        note=error["message"],
        values=values,
        offers=tuple(_names(reading, name, number)) if error["type"] == "blank-label" else (),
    )


def _names(reading: Reading, name: str, number: int | None) -> Iterator[Offer]:
    """Offer names for a column without one; the first one, of whole numbers, may count the rows."""
    if not name or not reading.labels:
        return
    counts = number == 1 and _expected(reading.schema, name).get("type") == "integer"
    for to in (*([COUNTING] if counts and COUNTING not in reading.labels else []), name):
        step, shown = Step("rename-column", name, {"to": to}), Sample(reading.header_row, "", to)
        yield Offer(step, 1, (shown,), exact=False)


def _parts(note: str) -> dict[str, str]:
    """Take apart what Frictionless says in one sentence."""
    for form in (_CONSTRAINT, _OTHER_ROW, _LOOKED_UP, _PATTERN):
        if parts := form.search(note):
            return {key: value[:_VALUE_LENGTH] for key, value in parts.groupdict().items()}
    return {}


def _expected(schema: Schema, name: str) -> dict[str, str]:
    """Give the type and format that the schema has for a field."""
    for field in descriptors.fields(schema):
        if field["name"] == name:
            return {
                "type": str(field.get("type", "any")),
                "format": str(field.get("format", "default")),
            }
    return {}


def _counted(finding: Finding, count: int) -> Finding:
    return replace(finding, values={**finding.values, "count": str(count)})


def address(reading: Reading, row: int | None, number: int | None) -> str:
    """Give a cell's address as a spreadsheet program shows it; empty for layers.

    Text files are opened in such programs too, and get the same rows and columns there.
    """
    kinds = SHEETS | DELIMITED
    if row is None or number is None or reading.resource.format not in kinds:
        return ""
    return f"{letters(reading.number(number - 1))}{row}"


def column(reading: Reading, finding: Finding) -> int:
    """Give the number of the column, from 1, that a finding of reading is about; 0 for none."""
    if finding.field in reading.labels:
        return reading.labels.index(finding.field) + 1
    wanted = finding.cell.rstrip("0123456789")
    there = range(len(reading.labels))
    return next((i + 1 for i in there if letters(reading.number(i)) == wanted), 0)


def letters(column: int) -> str:
    """Give the letters of a column counted from 1.

    >>> [letters(n) for n in (1, 26, 27, 702, 703)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    out = ""
    while column:
        column, rest = divmod(column - 1, 26)
        out = chr(ord("A") + rest) + out
    return out
