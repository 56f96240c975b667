"""The rows of a Socrata dataset, page by page into one file: CSV, or GeoJSON.

Rule: https://dev.socrata.com/docs/paging; without an order pages overlap.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from datasets.errors import HarvestError
from datasets.record import Distribution, Known
from harvesters.features.geojson import collection
from harvesters.features.paging import Bounded, loop, made, new_file
from harvesters.fetching.faults import wrong_answer
from harvesters.fetching.http import Fetched, Http, Reply
from harvesters.values.mapping import table

ROWS = 10_000  # of a page
_QUOTED = re.compile(rb'"[^"]*+"')
_MEDIA_TYPES = {"csv": "text/csv", "geojson": "application/geo+json"}

type Add = Callable[[Reply], int]


def paged(
    distribution: Distribution, known: Known | None, http: Http, into: Path
) -> Fetched | None:
    """Get all rows; None when the portal says that they are as they were when they were `known`.

    Raises HarvestError, `broken-off` when they are changed while they are read.
    """
    url, form = distribution.url, distribution.format
    first = _page(http, url, form, 0)
    stamp = first.headers.get("last-modified", "")
    if known and stamp and stamp == known.last_modified:
        return None
    with new_file(into, distribution.filename) as path:
        with _opened(path, form, url, http.max_bytes) as add:
            _all(first, add, lambda done: _page(http, url, form, done))
        return replace(made(path, url, _MEDIA_TYPES[form]), last_modified=stamp)


@contextmanager
def _opened(path: Path, form: str, url: str, max_bytes: int) -> Iterator[Add]:
    """Open a file of a format; yields what adds a page and tells how many rows it has."""
    if form == "geojson":
        with collection(path, url, max_bytes) as features:
            yield lambda reply: features.add(_features(reply, url))
    else:
        with path.open("wb") as file:
            yield _Csv(Bounded(file, url, max_bytes), url).add


def _features(reply: Reply, url: str) -> list[Any]:
    found = table(reply.json()).get("features")
    if not isinstance(found, list):
        raise wrong_answer(url, "GeoJSON of Socrata")
    return found


def _all(first: Reply, add: Add, page: Callable[[int], Reply]) -> None:
    """Add page after page, by the number that came, until one has no rows."""
    reply, done = first, 0
    while came := add(reply):
        done += came
        reply = page(done)
        if reply.headers.get("last-modified") != first.headers.get("last-modified"):
            raise HarvestError(
                f"{first.url}: the rows were changed while they were read: they are read again",
                "broken-off",
                address=first.url,
            )


def _page(http: Http, url: str, form: str, done: int) -> Reply:
    query: dict[str, str | int] = {"$limit": ROWS, "$offset": done, "$order": ":id"}
    reply = http.get(url, params=query, accept=_MEDIA_TYPES[form])
    reply.refuse_page()
    return reply


class _Csv:
    """A table under way: the first line of every page names the columns, and stays once."""

    def __init__(self, out: Bounded, address: str) -> None:
        self._out, self._address, self._head = out, address, b""
        self._pages: set[bytes] = set()

    def add(self, reply: Reply) -> int:
        """Write the rows of a page; give how many there are."""
        head, end, rows = reply.body.partition(b"\n")
        if not self._head:
            self._head = head
            self._out.write(head + end)
        elif head != self._head and rows:
            raise wrong_answer(self._address, "a page of the same columns")
        digest = sha256(rows).digest()
        if rows and digest in self._pages:
            raise loop(self._address)
        self._pages.add(digest)
        whole = rows if not rows or rows.endswith(b"\n") else rows + b"\n"
        self._out.write(whole)
        return _QUOTED.sub(b"", whole).count(b"\n")
