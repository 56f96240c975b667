"""One file made of several that were fetched: the parts of a table, the parts of a shapefile."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from datasets.errors import HarvestError
from harvesters.fetching.http import Fetched, Http
from harvesters.fetching.reply import is_page, page_instead
from harvesters.folders.disk import zipped

MAX_PARTS = 1_000
_LINE = 1 << 20  # bytes of a header
_BOM = b"\xef\xbb\xbf"


def fetched_table(urls: Sequence[str], name: str, http: Http, into: Path) -> Fetched:
    """Fetch the parts of a table and join them; each begins with the same header.

    Raises HarvestError when one does not come, or has other columns.
    """
    parts = _fetched(urls, http, into)
    path = into / f"{name}.csv"
    with path.open("wb") as out:
        for part in parts:
            with part.path.open("rb") as file:
                _append(file, out, part, parts[0])
            part.path.unlink()
    return _made(path, parts, "text/csv")


def _append(file: BinaryIO, out: BinaryIO, part: Fetched, first: Fetched) -> None:
    """Add a part: the first with its header, the others without."""
    header = _columns(file.readline(_LINE))
    if part is first:
        file.seek(0)
    elif header != _columns_of(out):
        raise HarvestError(
            f"{part.url}: begins with other columns than {first.url}; parts of one table have the"
            " same header",
            "wrong-answer",
            address=part.url,
            wanted=header.decode("utf-8", "replace")[:100],
        )
    shutil.copyfileobj(file, out)
    if not _ends_line(file):
        out.write(b"\n")


def _columns(line: bytes) -> bytes:
    return line.removeprefix(_BOM).rstrip(b"\r\n")


def _columns_of(out: BinaryIO) -> bytes:
    with Path(out.name).open("rb") as written:
        out.flush()
        return _columns(written.readline(_LINE))


def _ends_line(file: BinaryIO) -> bool:
    if not file.tell():
        return True
    file.seek(-1, 2)
    return file.read(1) in (b"\n", b"\r")


def fetched_shapefile(urls: Sequence[str], name: str, http: Http, into: Path) -> Fetched:
    """Fetch the parts of a shapefile and pack them; the same parts make the same bytes."""
    parts = _fetched(urls, http, into)
    return _made(zipped([part.path for part in parts], name, into), parts, "application/zip")


def _fetched(urls: Sequence[str], http: Http, into: Path) -> list[Fetched]:
    """Fetch all parts; together they are no larger than one file may be."""
    if len(urls) > MAX_PARTS:
        raise HarvestError(
            f"{urls[0]}: is in {len(urls)} parts, and {MAX_PARTS} is the limit: join them",
            "too-many",
            address=urls[0],
            limit=str(MAX_PARTS),
        )
    parts: list[Fetched] = []
    for url in urls:
        part = http.fetch(url, into)
        with part.path.open("rb") as file:
            if is_page(file.read(1024)):
                raise page_instead(part.url)
        parts.append(part)
        if sum(each.size_bytes for each in parts) > http.max_bytes:
            raise HarvestError(
                f"{part.url}: its parts together are larger than {http.max_bytes} bytes;"
                " http.max_bytes in config.yml sets the limit",
                "too-large",
                address=part.url,
                limit=str(http.max_bytes),
            )
    return parts


def _made(path: Path, parts: Sequence[Fetched], content_type: str) -> Fetched:
    return Fetched(
        path=path,
        url=parts[0].url,
        filename=path.name,
        content_type=content_type,
        etag="",
        last_modified="",
        size_bytes=path.stat().st_size,
    )
