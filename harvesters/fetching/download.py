"""Bodies of answers: counted as they come, and a file that broke off is gone on with."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from datasets.errors import HarvestError
from harvesters.fetching.address import without_secrets
from harvesters.fetching.faults import refused_status
from harvesters.fetching.reply import Fetched, content_type, filename

_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)", re.ASCII)


class Download:
    """A file on its way into a folder: after a break, a server that can sends the rest alone.

    It can when it named the file by a strong ETag, by which it tells that it is the same still.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._path, self._etag, self._size = folder / "file", "", 0

    def asks_for(self) -> dict[str, str]:
        """The headers that ask for what is missing; none when all is."""
        if self._size and self._etag.startswith('"'):
            return {"Range": f"bytes={self._size}-", "If-Range": self._etag}
        return {}

    def take(self, answer: httpx.Response) -> Fetched:
        """Write the body as it was sent, behind what has come of it before."""
        whole = self._begin(answer)
        refuse_promise(answer, self._max_bytes - self._size, self._limit())
        with self._path.open("ab" if self._size else "wb") as out:
            for piece in answer.iter_raw():  # with a size it would wait until that much came
                if self._size + len(piece) > self._max_bytes:
                    raise self._limit()
                out.write(piece)
                self._size += len(piece)
        if whole is not None and self._size != whole:
            raise self._another("the rest that it sent is not what was missing")
        return Fetched(
            path=self._path,
            url=without_secrets(str(answer.url)),
            filename=self._path.name,
            content_type=content_type(answer.headers),
            etag=answer.headers.get("etag", ""),
            last_modified=answer.headers.get("last-modified", ""),
            size_bytes=self._size,
        )

    def _begin(self, answer: httpx.Response) -> int | None:
        """See whether all comes or the rest; gives the size of the whole where it is the rest."""
        asked = bool(self.asks_for())
        if answer.status_code == 206 and asked:
            part = _RANGE.fullmatch(answer.headers.get("content-range", ""))
            same = answer.headers.get("etag", self._etag) == self._etag
            if not part or int(part[1]) != self._size or not same:
                raise self._another("it sent another part than was missing")
            return None if part[2] == "*" else int(part[2])
        if answer.status_code == 416 and asked:
            raise self._another("it has no rest of it")
        if answer.status_code != 200:
            raise refused_status(answer)
        self._path.unlink(missing_ok=True)
        self._path = self._folder / filename(answer)
        self._etag, self._size = answer.headers.get("etag", ""), 0
        return None

    def _another(self, said: str) -> HarvestError:
        """Forget what came, so that the next try begins anew."""
        self._size = 0
        return HarvestError(
            f"the file changed while it was sent, or its server cannot count ({said}): try later",
            "broken-off",
        )

    def _limit(self) -> HarvestError:
        return too_large(
            f"is larger than {self._max_bytes} bytes; http.max_bytes in config.yml sets the limit",
            self._max_bytes,
        )


def body(answer: httpx.Response, max_bytes: int) -> bytes:
    """Take a whole document; raises HarvestError when it is longer."""
    limit = too_large(f"answers with more than {max_bytes} bytes; ask for less at once", max_bytes)
    refuse_promise(answer, max_bytes, limit)
    pieces, size = [], 0
    for piece in answer.iter_raw():
        size += len(piece)
        if size > max_bytes:
            raise limit
        pieces.append(piece)
    return b"".join(pieces)


def refuse_promise(answer: httpx.Response, max_bytes: int, limit: HarvestError) -> None:
    """Refuse what is compressed, or too large by its headers."""
    encoding = answer.headers.get("content-encoding", "identity").lower()
    if encoding not in ("", "identity"):
        raise HarvestError(
            f"came compressed ({encoding[:20]}) unasked: tell the server's owner", "compressed"
        )
    if int(answer.headers.get("content-length", 0)) > max_bytes:
        raise limit


def too_large(message: str, max_bytes: int) -> HarvestError:
    """Make the error of too many bytes."""
    return HarvestError(message, "too-large", limit=str(max_bytes))


@contextmanager
def kept_if_whole(into: Path) -> Iterator[Path]:
    """Lend a new folder in `into`; it is gone when the block fails, or has put nothing there."""
    folder, whole = Path(tempfile.mkdtemp(dir=into, prefix="fetched-")), False
    try:
        yield folder
        whole = any(folder.iterdir())
    finally:
        if not whole:
            shutil.rmtree(folder, ignore_errors=True)
