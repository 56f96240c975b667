"""What came for a distribution: it must be a file, whole, and of a format that has a name."""

import hashlib
from dataclasses import replace
from pathlib import Path

from datasets.errors import HarvestError
from datasets.formats import READABLE
from datasets.record import Distribution, Known
from harvesters.fetching.reply import Fetched, is_page, page_instead
from harvesters.values.formats import file_format

CHUNK = 1 << 20
_SUMS = ("md5", "sha1", "sha256", "sha512")
_PAGES = ("html", "htm", "xhtml")
_END_BYTES = 1 << 18  # of a zip: the names of some thousand files


def accepted(distribution: Distribution, fetched: Fetched, before: Known | None) -> Known:
    """Give what is known of a file now; equal bytes stay where they lay `before`.

    Raises HarvestError for an empty file, a web page in its place, and bytes that are not those
    of which the source gave the hash.
    """
    if not fetched.size_bytes:
        raise HarvestError(
            f"{fetched.url}: the file is empty: tell the server's owner",
            "file-empty",
            address=fetched.url,
        )
    with fetched.path.open("rb") as file:
        if distribution.format not in _PAGES and is_page(file.read(1024)):
            raise page_instead(fetched.url)
    sha256 = _checked(distribution.digest, fetched)
    now = Known(
        key=distribution.key,
        url=fetched.url,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        sha256=sha256,
        size_bytes=fetched.size_bytes,
        filename=fetched.filename,
        content_type=fetched.content_type,
        path=fetched.path,
    )
    if before and before.path and before.sha256 == sha256:
        fetched.path.unlink(missing_ok=True)
        return replace(now, path=before.path)
    return now


def _checked(digest: str, fetched: Fetched) -> str:
    """Give the file's sha256; raises HarvestError when it is not the file that was promised."""
    kind, _, promised = digest.strip().lower().partition(":")
    kinds = {"sha256", kind} if promised and kind in _SUMS else {"sha256"}
    sums = {each: hashlib.new(each, usedforsecurity=False) for each in kinds}
    with fetched.path.open("rb") as file:
        while chunk := file.read(CHUNK):
            for each in sums.values():
                each.update(chunk)
    if promised and kind in sums and sums[kind].hexdigest() != promised:
        raise HarvestError(
            f"{fetched.url}: the file is not the one whose {kind} the source gives: it came"
            " damaged, or the source changed it and not the hash",
            "broken-off",
            address=fetched.url,
        )
    return sums["sha256"].hexdigest()


def form(distribution: Distribution, file: Known, *, whole: bool) -> str:
    """Give the format of a file that came; raises HarvestError when nothing tells it.

    A zip without a shapefile is just a zip. One that a person asked for by its own address
    (`whole`) is what that person says.
    """
    said = file_format(file.filename, distribution.format, file.content_type)
    if not said and not distribution.as_is:
        raise HarvestError(
            f"{file.url}: nothing tells the format of this file; give the source a `format`,"
            f" such as {next(iter(READABLE))}",
            "format-unknown",
            address=file.url,
        )
    if said == "shp" and not whole and file.path:
        return _packed(file.path)
    return said


def _packed(path: Path) -> str:
    """Tell shp or gdb by the names in the directory of a zip, which stands at its end."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _END_BYTES))
        names = file.read().lower()
    if b".shp" in names:
        return "shp"
    return "gdb" if b".gdbtable" in names else "zip"
