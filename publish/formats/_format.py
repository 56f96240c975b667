"""What a format of downloads is: a class that writes a selection of a layer as bytes."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

from publish.formats._selection import Selection
from publish.layers.crs import CRS84

CHUNK_BYTES = 256 * 1024


class Format(ABC):
    """A way of writing features; the name of its file is what `f=` and `clip` call it.

    `title` is the format's own name, the same in every language; the sentence that says whom it is
    for is `format_<name>` in the catalogues ogc.po of geoportal/locale. `ending` is that of its
    files. The same selection of the same layer gives the same bytes.
    """

    title: ClassVar[str]
    media_type: ClassVar[str]
    ending: ClassVar[str]
    any_crs: ClassVar[bool] = True
    """False for a format that by its rules knows one CRS alone."""
    is_text: ClassVar[bool] = False
    """True where gzip makes it much smaller on its way."""

    @property
    def name(self) -> str:
        """The word for it: the name of its file."""
        return type(self).__module__.rpartition(".")[2]

    def check(self, selection: Selection) -> None:
        """Raise ValueError, saying what to do instead, for a selection that it cannot hold."""
        if not self.any_crs and selection.crs != CRS84:
            raise ValueError(
                f"{self.title} knows no coordinates but WGS 84 longitude and latitude;"
                f" leave crs out, or take another format"
            )

    @abstractmethod
    def write(self, selection: Selection) -> Iterator[bytes]:
        """The bytes of a file, as they become known; what is held in memory is one part.

        `check` the selection first. Raises TimeoutError where the question takes too long.
        """

    def begin(self, selection: Selection) -> tuple[int | None, Iterator[bytes]]:
        """The length of a file, where it is known before it is sent, and its bytes."""
        return None, self.write(selection)


class FileFormat(Format):
    """A format whose bytes are known only when all features are written."""

    @abstractmethod
    def save(self, selection: Selection, path: Path) -> None:
        """Write a file of a selection to a path where nothing is."""

    def write(self, selection: Selection) -> Iterator[bytes]:
        """The bytes of a file that is made on the selection's desk."""
        yield from self.begin(selection)[1]

    def begin(self, selection: Selection) -> tuple[int | None, Iterator[bytes]]:
        """Make the file; it is deleted when its last byte is read.

        Raises PublishError when it cannot be written, as when the disk is full.
        """
        with ExitStack() as desk:
            path = desk.enter_context(selection.desk("file")) / f"{selection.name}.{self.ending}"
            self.save(selection, path)
            return path.stat().st_size, _sent(desk.pop_all(), path)


def _sent(desk: ExitStack, path: Path) -> Iterator[bytes]:
    with desk:
        yield from read(path)


def read(path: Path) -> Iterator[bytes]:
    """The bytes of a file, a part at a time."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
