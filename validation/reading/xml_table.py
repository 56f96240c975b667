"""XML that is a table: one element repeated, with simple children or attributes.

The file is read twice as a stream: first to see which element repeats, then for its records. A
DTD is refused by the gate of all XML, so there are no entities to swell.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.parsers import expat

import orjson

from datasets.model import Finding
from validation.reading import markup
from validation.reading.cells import Cells, Unreadable, check_width, row_numbers, text_column

CHUNK = 1 << 20
DEEPEST = 5
"""So deep may the repeated element lie: more is no table."""
MOST_PATHS = 10_000
MOST_CELLS = 50_000_000

type Path_ = tuple[str, ...]


def read_xml(path: Path, _arguments: Mapping[str, Any]) -> Cells:
    """Read the records of an XML file."""
    markup.checked(path, "xml")
    counted = _Counted()
    counted.read(path)
    found = _Records(counted.repeated())
    found.read(path)
    labels = list(dict.fromkeys(label for record in found.records for label in record))
    check_width(len(labels))
    if len(labels) * len(found.records) > MOST_CELLS:
        raise Unreadable("file-too-large", "the elements have so many different children")
    return Cells(
        labels=tuple(labels),
        columns=[text_column([r.get(label, "") for r in found.records]) for label in labels],
        rows=row_numbers(range(1, len(found.records) + 1)),
        encoding="utf-8",
        findings=(_told(found.element, len(found.records)),),
    )


def _told(element: str, count: int) -> Finding:
    return Finding(
        "xml-records",
        "note",
        note=f"each of the {count} elements <{element}> was read as a row",
        values={"element": element, "count": str(count)},
    )


class _Walk:
    """Reads an XML file as a stream, and knows where it is; names are without a namespace."""

    def __init__(self) -> None:
        self.at: list[str] = []

    def read(self, path: Path) -> None:
        """Call `begin`, `text` and `end` for what comes."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._stop
        parser.CharacterDataHandler = self.text
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                parser.Parse(piece, False)
        parser.Parse(b"", True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.at.append(name.rpartition(":")[2])
        self.begin(attributes)

    def _stop(self, _name: str) -> None:
        self.end()
        self.at.pop()

    def begin(self, attributes: dict[str, str]) -> None:
        """An element begins."""

    def text(self, text: str) -> None:
        """Text of the innermost element."""

    def end(self) -> None:
        """An element ends."""


class _Counted(_Walk):
    """Counts the elements by the names of all that they are in."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[Path_] = Counter()

    def begin(self, attributes: dict[str, str]) -> None:
        """Count it, if it may be a record."""
        if len(self.at) <= DEEPEST:
            self.counts[tuple(self.at)] += 1
        if len(self.counts) > MOST_PATHS:
            raise _no_table("it has thousands of different elements")

    def repeated(self) -> Path_:
        """Give the element that is the row: the outermost one that repeats, else the only one."""
        for depth in range(2, DEEPEST + 1):
            level = Counter({p: n for p, n in self.counts.items() if len(p) == depth})
            if level and (best := level.most_common(1)[0])[1] > 1:
                return best[0]
        children = [p for p in self.counts if len(p) == 2]  # noqa: PLR2004 - of the root
        if not children:
            raise _no_table("it has no elements inside of its root")
        inner = any(p[:-1] == children[0] for p in self.counts)
        return children[0] if len(children) == 1 and inner else children[0][:1]


class _Records(_Walk):
    """Collects the records: attributes, children and what is in these, with dots."""

    def __init__(self, row: Path_) -> None:
        super().__init__()
        self.row = list(row)
        self.element = row[-1]
        self.records: list[dict[str, str]] = []
        self.open: dict[str, list[str]] = {}
        self.words: list[list[str]] = []

    def begin(self, attributes: dict[str, str]) -> None:
        """Begin a record, or a part of one."""
        if self.at == self.row:
            self.open = {}
            self.words = []
        if self.at[: len(self.row)] != self.row:
            return
        self.words.append([])
        inside = self.at[len(self.row) :]
        for name, value in attributes.items():
            if not name.startswith("xmlns"):
                self._put([*inside, name.rpartition(":")[2]], value)

    def text(self, text: str) -> None:
        """Keep it."""
        if self.words and self.at[: len(self.row)] == self.row:
            self.words[-1].append(text)

    def end(self) -> None:
        """Take a value; at the end of a record, all of it."""
        if self.at[: len(self.row)] != self.row:
            return
        said = "".join(self.words.pop()).strip()
        inside = self.at[len(self.row) :]
        if said or (inside and not self._has_inner(inside)):
            self._put(inside or [self.element], said)
        if not inside:
            self.records.append({label: _joined(values) for label, values in self.open.items()})

    def _has_inner(self, inside: list[str]) -> bool:
        start = ".".join(inside) + "."
        return any(label.startswith(start) for label in self.open)

    def _put(self, inside: list[str], value: str) -> None:
        self.open.setdefault(".".join(inside), []).append(value)
        check_width(len(self.open))


def _joined(values: list[str]) -> str:
    """Write what stands several times in one record as a JSON array."""
    return values[0] if len(values) == 1 else orjson.dumps(values).decode()


def _no_table(reason: str) -> Unreadable:
    return Unreadable("xml-not-a-table", f"the XML is no table: {reason}", detail=reason)
