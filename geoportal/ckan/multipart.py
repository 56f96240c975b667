"""A form with files, read piece by piece: files go to a folder, all else is text.

Rules: RFC 7578. Files carry `filename`, or `filename*` as older clients write it. A browser sends a
part without a name or bytes where nobody chose a file: it is passed over.
"""

import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any, BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser
from starlette.concurrency import run_in_threadpool

from geoportal.ckan.errors import BadRequest
from publish.catalog.call import Upload

MOST_PARTS = 1000
MOST_FILES = 10
MOST_TEXT_BYTES = 10_000_000
MOST_NAME_LETTERS = 255


@dataclass(frozen=True, slots=True)
class Form:
    """The texts of a form in their order, and its files by the name of their field."""

    texts: list[tuple[str, str]]
    files: Mapping[str, Upload]


async def read_form(
    pieces: AsyncIterator[bytes], content_type: str, folder: Path, most_bytes: int
) -> Form:
    """Read a body of this Content-Type; a file has at most so many bytes.

    Raises BadRequest: 413 for what is too long, 400 for what is no form or is cut.
    """
    reader = Reader(parameter(content_type, "boundary") or "", folder, most_bytes)
    try:
        async for piece in pieces:
            await run_in_threadpool(reader.write, piece)
        return reader.finished()
    finally:
        reader.close()


@dataclass(slots=True)
class Part:
    """A part of the form that is being read; with a `file` it is one, else a text."""

    name: str
    filename: str = ""
    media_type: str = ""
    file: BinaryIO | None = None
    text: bytearray = field(default_factory=bytearray)
    size_bytes: int = 0


class Reader:
    """Takes a body in pieces; what it has read stands in `texts` and `files`."""

    def __init__(self, boundary: str, folder: Path, most_bytes: int) -> None:
        self.folder, self.most_bytes = folder, most_bytes
        self.texts: list[tuple[str, str]] = []
        self.files: dict[str, Upload] = {}
        self.whole = False
        self._parts = self._text_bytes = 0
        self._headers: dict[str, str] = {}
        self._header, self._value = bytearray(), bytearray()
        self._part = Part("")
        if not boundary:
            raise BadRequest("The multipart form has no boundary in its Content-Type")
        with _readable():
            self._parser = MultipartParser(boundary.encode(), self._callbacks())

    def _callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda piece, start, end: self._header.extend(piece[start:end]),
            "on_header_value": lambda piece, start, end: self._value.extend(piece[start:end]),
            "on_header_end": self._keep_header,
            "on_headers_finished": self._open,
            "on_part_data": self._take,
            "on_part_end": self._keep,
            "on_end": self._end,
        }

    def write(self, piece: bytes) -> None:
        """Read a piece; may be called in a thread, but one call after the other."""
        with _readable():
            self._parser.write(piece)

    def finished(self) -> Form:
        """The form; raises BadRequest when its last boundary never came."""
        if not self.whole:
            raise BadRequest("The body ended too early")
        return Form(self.texts, self.files)

    def close(self) -> None:
        """Close the file that a cut body left open."""
        if self._part.file is not None:
            self._part.file.close()

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise BadRequest(f"A form of more than {MOST_PARTS} parts", 413)
        self._headers.clear()

    def _keep_header(self) -> None:
        try:
            self._headers[self._header.decode("ascii").lower()] = self._value.decode("utf-8")
        except UnicodeDecodeError:
            raise BadRequest("A part of the form has a header that is not UTF-8") from None
        self._header.clear()
        self._value.clear()

    def _open(self) -> None:
        """See from the headers of a part what it is."""
        said = self._headers.get("content-disposition", "")
        name = parameter(said, "name")
        if not name:
            raise BadRequest("A part of the form has no name")
        self._part = Part(name, _filename(said), self._headers.get("content-type", ""))
        if parameter(said, "filename", None) is not None:
            self._part.file = (self.folder / str(self._parts)).open("wb")

    def _take(self, piece: bytes, start: int, end: int) -> None:
        """Take some bytes of a part."""
        part, some = self._part, memoryview(piece)[start:end]
        part.size_bytes += len(some)
        if part.file is not None:
            if part.size_bytes > self.most_bytes:
                raise BadRequest(f"A file is longer than {self.most_bytes} bytes", 413)
            part.file.write(some)
            return
        self._text_bytes += len(some)
        if self._text_bytes > MOST_TEXT_BYTES:
            raise BadRequest(f"The texts of the form are longer than {MOST_TEXT_BYTES} bytes", 413)
        part.text += some

    def _keep(self) -> None:
        """A part is whole."""
        part = self._part
        if part.file is not None:
            self._keep_file(part, part.file)
            return
        try:
            self.texts.append((part.name, part.text.decode("utf-8")))
        except UnicodeDecodeError:
            raise BadRequest(f"The text {part.name!r} is not UTF-8") from None

    def _keep_file(self, part: Part, file: BinaryIO) -> None:
        file.close()
        if not part.filename and not part.size_bytes:
            return
        if not part.filename:
            raise BadRequest(f"The file {part.name!r} has no name")
        if part.name in self.files or len(self.files) == MOST_FILES:
            raise BadRequest(f"The file {part.name!r} comes twice, or is one too many")
        path = Path(file.name)
        self.files[part.name] = Upload(part.filename, path, part.size_bytes, part.media_type)

    def _end(self) -> None:
        self.whole = True


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except FormParserError as error:
        raise BadRequest(f"The multipart form cannot be read: {error}") from None


def parameter(header: str, name: str, missing: str | None = "") -> str | None:
    """A parameter of a header; `missing` when it is not there.

    >>> parameter('form-data; name="a b"; filename=x', "name")
    'a b'
    """
    message = Message()
    message["content-disposition"] = header
    found = message.get_param(name, missing, "content-disposition")
    return found if isinstance(found, str) or found is None else found[2]


def _filename(header: str) -> str:
    """The name of a file, without a folder; empty when there is none.

    >>> _filename("form-data; name=upload; filename*=utf-8''podaci%20%C5%A1abac.csv")
    'podaci šabac.csv'
    """
    message = Message()
    message["content-disposition"] = header
    name = message.get_filename("")
    if "\N{REPLACEMENT CHARACTER}" in name:
        raise BadRequest("The name of a file is not UTF-8")
    if any(letter in "/\\" or not letter.isprintable() for letter in name):
        raise BadRequest(f"The name of a file is no plain name: {name[:80]!r}")
    if len(name) > MOST_NAME_LETTERS:
        raise BadRequest(f"The name of a file is longer than {MOST_NAME_LETTERS} letters")
    return name
