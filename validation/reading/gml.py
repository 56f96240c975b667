"""The gate of every GML file: XML without a DTD, not too deep, that holds features.

A DTD can name other files and other servers, or swell without end; no GML needs one.
"""

from pathlib import Path
from xml.parsers import expat

from validation.reading.cells import Unreadable

NAMESPACE = "http://www.opengis.net/gml"
MOST_DEPTH = 200
CHUNK = 1 << 20


class _Gate:
    def __init__(self) -> None:
        self.is_gml = False
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
        raise _refused("DTD")

    def _start(self, _name: str, _attributes: object) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise _refused("depth")

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _namespace(self, _prefix: str | None, uri: str) -> None:
        self.is_gml = self.is_gml or uri.startswith(NAMESPACE)


def check_gml(path: Path) -> None:
    """Refuse XML with a DTD, nested too deep, not well formed, or without anything of GML."""
    gate = _Gate()
    try:
        gate.read(path)
    except expat.ExpatError as error:
        detail = str(error)
        raise Unreadable(
            "file-damaged",
            f"the GML is damaged ({detail}); export it again",
            format="gml",
            detail=detail,
        ) from None
    if not gate.is_gml:
        raise Unreadable(
            "format-mismatch",
            "the file is XML, but not GML: nothing in it is of GML's namespace",
            declared="gml",
            found="xml",
        )


def _refused(kind: str) -> Unreadable:
    return Unreadable(
        "gml-refused",
        f"the GML has a {kind} that is not read here; export it again from its own program",
        kind=kind,
    )
