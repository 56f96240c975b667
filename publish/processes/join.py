"""Join: a table put beside a layer by a code or a name, and what did not fit reported."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from datasets.identifiers import municipality, settlement
from datasets.model import Column
from datasets.serbian import fold
from datasets.text import ENGLISH, Text
from publish.processes import _inputs
from publish.processes._process import (
    Bounds,
    Given,
    Here,
    Input,
    Made,
    Output,
    Process,
    Published,
    TooMuch,
    Work,
)
from publish.processes._widened import Widened, saved, titles

if TYPE_CHECKING:
    import pyarrow as pa

MAX_ROWS, MAX_COLUMNS = 100_000, 200
MAX_REPORTED = 1000
LENGTHS = {5: municipality, 6: settlement}
DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})([.,][0-9]+)?")

type Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A small table: its labels, and rows of text as long as these."""

    labels: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass
class Matched:
    """What was found: the row that goes beside each feature, and what went beside none."""

    row_of: dict[str, int] = field(default_factory=dict)
    unmatched: list[dict[str, Any]] = field(default_factory=list)
    features: int = 0
    without_row: int = 0


def sheet(value: Any, _here: Here) -> Sheet:
    """A table as CSV text (with comma, semicolon or tab), or as a list of objects."""
    if isinstance(value, str):
        return _shaped(_parsed(value))
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise ValueError("must be CSV text with a header, or a list of objects")
    labels = list(dict.fromkeys(str(label) for row in value for label in row))
    rows = [[_plain(row.get(label)) for label in labels] for row in value]
    return _shaped([labels, *rows])


def _parsed(value: str) -> list[list[str]]:
    head = value.lstrip("\ufeff").partition("\n")[0]
    delimiter = max("\t;,", key=head.count)
    reader = csv.reader(io.StringIO(value.lstrip("\ufeff")), delimiter=delimiter)
    try:
        return [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ValueError(f"is not CSV: {error}") from None


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or isinstance(value, int | float | str):
        return "" if value is None else str(value)
    raise ValueError(f"{str(value)[:80]!r} is no plain value")


def _shaped(rows: Sequence[Sequence[str]]) -> Sheet:
    if len(rows) < 2:  # noqa: PLR2004 - a header and a row
        raise ValueError("has no rows; the first line is the header")
    labels = tuple(label.strip() for label in rows[0])
    if len(rows) > MAX_ROWS + 1 or len(labels) > MAX_COLUMNS:
        raise TooMuch(f"the table is larger than {MAX_ROWS} rows of {MAX_COLUMNS} columns")
    if len(set(labels)) < len(labels):
        raise ValueError(f"has two columns of one name: {', '.join(labels)[:200]}")
    width = len(labels)
    cells = (tuple(cell.strip() for cell in row[:width]) for row in rows[1:])
    return Sheet(labels, tuple(row + ("",) * (width - len(row)) for row in cells))


class Join(Process):
    """Matches rows and features by a key that forgives spelling: see `key`."""

    title = Text("Спајање табеле са слојем", {ENGLISH: "Join a table to a layer"})
    description = Text(
        "Табела уз објекте слоја по шифри општине или насеља (или називу), са списком редова који "
        "нису нашли место.",
        {
            ENGLISH: "A table beside the features of a layer by the code of a municipality or "
            "settlement (or a name), with the rows that found no place."
        },
    )
    inputs = (
        _inputs.layer_of(
            "collection",
            Text("Колекција", {ENGLISH: "Collection"}),
            Text("слој уз који иде табела", {ENGLISH: "the layer that the table goes beside"}),
        ),
        Input(
            "property",
            Text("Својство слоја", {ENGLISH: "Property of the layer"}),
            Text("у њему је шифра или назив", {ENGLISH: "it holds the code or name"}),
            {"type": "string"},
            _inputs.text,
            "text",
        ),
        Input(
            "table",
            Text("Табела", {ENGLISH: "Table"}),
            Text(
                "CSV са заглављем, или ћелије пренете из Excel-а",
                {ENGLISH: "CSV with a header, or cells pasted from Excel"},
            ),
            {
                "oneOf": [
                    {"type": "string", "contentMediaType": "text/csv"},
                    {"type": "array", "items": {"type": "object"}},
                ]
            },
            sheet,
            "table",
        ),
        Input(
            "column",
            Text("Колона табеле", {ENGLISH: "Column of the table"}),
            Text("у њој је иста шифра или назив", {ENGLISH: "it holds the same code or name"}),
            {"type": "string"},
            _inputs.text,
            "text",
        ),
        _inputs.form_of(
            Text("формат објеката", {ENGLISH: "the format of the features"}), "geojson", titles
        ),
    )
    outputs = (
        Output(
            "features",
            Text("Објекти", {ENGLISH: "Features"}),
            Text("слој са колонама табеле", {ENGLISH: "the layer with the table's columns"}),
            {"type": "object", "contentMediaType": "application/geo+json"},
        ),
        _inputs.report_of(
            Text(
                "шта је спојено, и који редови нису",
                {ENGLISH: "what was joined, and which rows were not"},
            ),
        ),
    )

    def check(self, given: Given, bounds: Bounds) -> None:
        """Look for both columns, and at the size of the layer."""
        layer, table = given["collection"], given["table"]
        if given["column"] not in table.labels:
            there = ", ".join(table.labels)[:500]
            raise ValueError(f"inputs: column: {given['column']!r} is not in the table: {there}")
        try:
            layer.features.manifest.place(given["property"])
        except ValueError as error:
            raise ValueError(f"inputs: property: {error}") from None
        if (there := layer.features.manifest.features) > bounds.features:
            raise TooMuch(
                f"inputs: collection: {layer.id} has {there} features, more than {bounds.features}"
            )

    def run(self, given: Given, work: Work) -> tuple[Made, ...]:
        """Match, and write the features with what stands beside them."""
        self.check(given, work.bounds)
        matched = match(given["collection"], given["property"], given["table"], given["column"])
        work.go_on(0.3)
        media_type, path = saved(_widened(given, matched, work), given, work)
        rows = len(given["table"].rows)
        report = {
            "rows": rows,
            "matched": rows - len(matched.unmatched),
            "unmatched": matched.unmatched[:MAX_REPORTED],
            "unmatched_count": len(matched.unmatched),
            "features": matched.features,
            "features_without_row": matched.without_row,
        }
        told = work.folder / "report.json"
        told.write_bytes(orjson.dumps(report))
        return Made("features", media_type, path), Made("report", "application/json", told)


def key(text: str) -> str:
    """One form of a code or a name, however a spreadsheet wrote it.

    A code loses spaces, `.0` and leading zeros; a name its script, accents and case.

    >>> [key(each) for each in ("70017", " 70017.0", "070017", "Аранђеловац", "ARANĐELOVAC")]
    ['70017', '70017', '70017', 'arandelovac', 'arandelovac']
    """
    bare = re.sub(r"\s", "", text)
    if found := re.fullmatch(r"0*([0-9]+)([.,]0+)?", bare):
        return found[1]
    return fold(text)


def match(layer: Published, name: str, table: Sheet, column: str) -> Matched:
    """Find the row of each feature; the first of several rows of one key counts."""
    place = table.labels.index(column)
    known: dict[str, int] = {}
    found = Matched()
    for number, row in enumerate(table.rows):
        word = key(row[place])
        if word and word in known:
            said = f"the same as row {known[word] + 1}"
            found.unmatched.append(_unmatched(number, row[place], "repeated", said))
        elif word:
            known[word] = number
        else:
            found.unmatched.append(_unmatched(number, row[place], "empty", "the cell is empty"))
    used = _used(layer, name, known, found)
    for word, number in known.items():
        if word not in used:
            found.unmatched.append(_unmatched(number, table.rows[number][place], *_why(word)))
    found.unmatched.sort(key=lambda each: each["row"])
    return found


def _used(layer: Published, name: str, known: Mapping[str, int], found: Matched) -> set[str]:
    """Look for the row of each value of a property; gives the keys that were found."""
    counts: dict[str, int] = defaultdict(int)
    for rows in layer.features.rows():
        for value in rows[name].to_pylist():
            counts["" if value is None else str(value)] += 1
    used = set[str]()
    for value, count in counts.items():
        found.features += count
        word = key(value)
        if word in known:
            found.row_of[value] = known[word]
            used.add(word)
        else:
            found.without_row += count
    return used


def _unmatched(number: int, value: str, reason: str, said: str) -> dict[str, Any]:
    return {"row": number + 1, "value": value[:200], "reason": reason, "detail": said}


def _why(word: str) -> tuple[str, str]:
    """Why no feature has a key: codes of registers end in a check digit."""
    check = LENGTHS.get(len(word)) if word.isdigit() else None
    if check and not check(word):
        return "no-code", "the check digit is wrong: this is the code of no place"
    return "no-feature", "no feature of the layer has it"


def _widened(given: Given, matched: Matched, work: Work) -> Widened:
    from validation.table import public_names  # noqa: PLC0415 - pyarrow is large

    layer, table = given["collection"], given["table"]
    own = [column.name for column in layer.features.manifest.columns]
    labels = [label or f"{number}" for number, label in enumerate(table.labels, 1)]
    names = public_names([*own, *labels])[len(own) :]
    used = [table.rows[number] for number in matched.row_of.values()]
    kinds = [_type([row[i] for row in used]) for i in range(len(labels))]
    added = [Column(*each) for each in zip(names, labels, kinds, strict=True)]

    def values(rows: "pa.Table") -> "list[pa.Array]":
        said = ["" if v is None else str(v) for v in rows[given["property"]].to_pylist()]
        beside = [matched.row_of.get(each) for each in said]
        return [_cells(table, beside, i, kind) for i, kind in enumerate(kinds)]

    return Widened(
        features=layer.features,
        language=work.language,
        title=layer.title.said(work.language) or layer.id,
        progress=lambda read: work.go_on(0.3 + 0.7 * read / max(matched.features, 1)),
        added=tuple(added),
        values=values,
    )


def _type(cells: Sequence[str]) -> str:
    """The type of a column: numbers where every cell is surely one, else text.

    A code with a leading zero is text, and so is 1.234, which may be a thousand or one.
    """
    said = [cell for cell in cells if cell]
    if not said or not all(DECIMAL.fullmatch(cell) for cell in said):
        return "string"
    if any(re.fullmatch(r"-?[0-9]{1,3}[.,][0-9]{3}", cell) for cell in said):
        return "string"
    return "number" if any("." in cell or "," in cell for cell in said) else "integer"


def _cells(table: Sheet, beside: Sequence[int | None], i: int, kind: str) -> "pa.Array":
    import pyarrow as pa  # noqa: PLC0415 - large

    found = ["" if row is None else table.rows[row][i] for row in beside]
    if kind == "integer":
        return pa.array([int(cell) if cell else None for cell in found], pa.int64())
    if kind == "number":
        numbers = [float(cell.replace(",", ".")) if cell else None for cell in found]
        return pa.array(numbers, pa.float64())
    return pa.array([cell or None for cell in found], pa.string())
