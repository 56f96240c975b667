"""The gate of every XML file: no DTD, not too deep, well formed, and what its root is.

A DTD can name other files and other servers, or swell without end; no data need one.
"""

from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from validation.reading.cells import Unreadable

MOST_DEPTH = 200
CHUNK = 1 << 20


@dataclass
class Markup:
    """What an XML file says of itself: its root's namespace and name, all its namespaces."""

    root: tuple[str, str] = ("", "")
    namespaces: set[str] = field(default_factory=set)


class _Gate:
    def __init__(self, format_: str) -> None:
        self.found = Markup()
        self._format = format_
        self._depth = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartNamespaceDeclHandler = self._namespace

    def read(self, path: Path) -> None:
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                self._parser.Parse(piece, False)
        self._parser.Parse(b"", True)

    def _refuse(self, *_: object) -> None:
        raise _refused(self._format, "DTD")

    def _start(self, name: str, _attributes: object) -> None:
        if not self._depth:
            namespace, _, local = name.rpartition(" ")
            self.found.root = (namespace, local)
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise _refused(self._format, "depth")

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _namespace(self, _prefix: str | None, uri: str) -> None:
        self.found.namespaces.add(uri)


def checked(path: Path, format_: str) -> Markup:
    """Give what an XML file is; refuse one with a DTD, nested too deep, or not well formed."""
    gate = _Gate(format_)
    try:
        gate.read(path)
    except (expat.ExpatError, LookupError) as error:  # LookupError: an encoding nobody knows
        raise damaged(format_, str(error)) from None
    return gate.found


def damaged(format_: str, detail: str) -> Unreadable:
    """Say that the XML is broken."""
    return Unreadable(
        "file-damaged",
        f"the {format_.upper()} is damaged ({detail}); export it again",
        format=format_,
        detail=detail,
    )


def other(format_: str, found: str = "xml") -> Unreadable:
    """Say that the XML is of another kind."""
    return Unreadable(
        "format-mismatch",
        f"the file is XML, but not {format_.upper()}; declare what it is",
        declared=format_,
        found=found,
    )


def _refused(format_: str, kind: str) -> Unreadable:
    return Unreadable(
        "xml-refused",
        f"the file ({format_}) has a {kind} that is not read here; export it again from its own "
        "program",
        format=format_,
        kind=kind,
    )
