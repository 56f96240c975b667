"""Pages of a layer: which rows are new, when pages go in circles, whether all came."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from datasets.errors import HarvestError
from datasets.names import file_name
from harvesters.fetching.download import kept_if_whole
from harvesters.fetching.http import Fetched, without_secrets

MOST = 10**15


class Seen:
    """The rows of a layer that came so far; `rows` counts the different ones.

    Rows that come twice with the same id and the same values are one: pages may overlap.
    """

    def __init__(self, address: str) -> None:
        self.rows = 0
        self.address = without_secrets(address)
        self._rows: set[int] = set()
        self._pages: set[int] = set()

    def new(self, page: Sequence[bytes], named: Sequence[bool]) -> list[bool]:
        """Tell which rows of a page are new; `named` are those that have an id.

        Raises HarvestError `paging-loop` for a page that holds nothing new.
        """
        digests = [_digest(row) for row in page]
        again = [name and d in self._rows for d, name in zip(digests, named, strict=True)]
        whole = _digest(b"".join(d.to_bytes(8) for d in digests))
        if page and (all(again) or whole in self._pages):
            raise loop(self.address)
        self._pages.add(whole)
        new = []
        for digest, name in zip(digests, named, strict=True):
            new.append(not (name and digest in self._rows))
            self._rows.add(digest)
        self.rows += sum(new)
        return new

    def check(self, total: int | None) -> None:
        """Raise HarvestError `paging-counts` when the source says that it has another number."""
        if total is None or total == self.rows:
            return
        raise HarvestError(
            f"{self.address}: the source says it has {total} features, and gave {self.rows}"
            " different ones: its paging is broken, or it was changed just now; tell its owner"
            " if it stays so",
            "paging-counts",
            address=self.address,
            total=str(total),
            found=str(self.rows),
        )


def loop(address: str) -> HarvestError:
    """Say that pages come again and again."""
    return HarvestError(
        f"{address}: a page came that was there before: the paging of the source goes in circles;"
        " tell its owner",
        "paging-loop",
        address=address,
    )


def count(value: Any) -> int | None:
    """Give a number of things; None when it is none.

    >>> count(12.0), count("12"), count(-1), count(True), count("unknown")
    (12, 12, None, None, None)
    """
    if isinstance(value, str) and value.strip().isdigit() and value.isascii():
        value = int(value[:16])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < MOST and value == int(value) else None


def _digest(row: bytes) -> int:
    return int.from_bytes(blake2b(row, digest_size=8).digest())


class Bounded:
    """A file that may have so many bytes; `address` is where they come from."""

    def __init__(self, out: BinaryIO, address: str, max_bytes: int) -> None:
        self.size_bytes = 0
        self._out, self._address, self._max_bytes = out, without_secrets(address), max_bytes

    def write(self, piece: bytes) -> None:
        """Write a piece; raises HarvestError `too-large`."""
        self.size_bytes += len(piece)
        if self.size_bytes > self._max_bytes:
            raise HarvestError(
                f"{self._address}: the layer is larger than {self._max_bytes} bytes;"
                " http.max_bytes in config.yml sets the limit",
                "too-large",
                address=self._address,
            )
        self._out.write(piece)


@contextmanager
def new_file(into: Path, name: str) -> Iterator[Path]:
    """Give the path of a new file in a folder of its own; the folder goes if anything fails."""
    with kept_if_whole(into) as folder:
        yield folder / file_name(name)


def made(path: Path, address: str, media_type: str) -> Fetched:
    """Give a file that was made here of many answers as one that was fetched."""
    return Fetched(
        path=path,
        url=without_secrets(address),
        filename=path.name,
        content_type=media_type,
        etag="",
        last_modified="",
        size_bytes=path.stat().st_size,
    )


def with_query(url: str, **parameters: str | int) -> str:
    """Give an address with these parameters, in place of any that are called the same.

    >>> with_query("https://a.rs/wfs?map=x&SERVICE=WMS", service="WFS")
    'https://a.rs/wfs?map=x&service=WFS'
    """
    parts = urlsplit(url)
    kept = parse_qsl(parts.query, keep_blank_values=True)
    given = {name.lower() for name in parameters}
    kept = [(name, value) for name, value in kept if name.lower() not in given]
    query = urlencode([*kept, *parameters.items()])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def same_host(url: str, other: str) -> bool:
    """Tell whether two addresses are on one server, by whatever scheme."""
    return urlsplit(url).netloc.lower() == urlsplit(other).netloc.lower()
