"""The objects of a JSON document that may be larger than memory: one after the other.

The document lies on disk; only its brackets and quotes are looked at to find where each object
ends, and each is parsed alone.
"""

import json
import mmap
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from datasets.errors import HarvestError
from harvesters.fetching.http import is_page
from harvesters.fetching.reply import fit, page_instead

LONGEST = 20_000_000  # bytes of one object; a longer one is left out
_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*([\[{\"])")
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}"]', re.DOTALL)


def objects(path: Path, url: str, key: str) -> Iterator[Mapping[str, Any]]:
    """The objects of the list under a key of the document, or of the list that it is.

    One object in the place of the list is one; what is no object is left out. Raises HarvestError
    `page-instead`, `not-json` (at the place where it breaks off), and `wrong-answer` for a document
    that has no such list.
    """
    if not path.stat().st_size:
        raise _not_json(url)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
        if is_page(body[:1024]):
            raise page_instead(url)
        if not (begins := _BEGINS.match(body)):
            raise _not_json(url)
        if begins[1] == b'"':
            raise _no_list(url, key)
        scan = _Scan(key)
        for token in _TOKEN.finditer(body):
            if scan.ended(token, url):
                yield _parsed(body, scan.start, token.end(), url)
        scan.check(url)


class _Scan:
    """Where in a document the brackets so far have led: how deep, and in which list."""

    def __init__(self, key: str) -> None:
        self.start = 0  # of the object that is open
        self._key, self._said = f'"{key}"'.encode(), b""
        self._depth = 0
        self._level = 0  # depth of the list; 0 before it and -1 after it
        self._found = self._alone = False

    def ended(self, token: re.Match[bytes], url: str) -> bool:
        """Take one bracket or text; tell whether an object of the list ends with it."""
        first = token[0][:1]
        if first in b"[{":
            self._open(first, token.start())
        elif first in b"]}":
            return self._close(url)
        elif token.end() - token.start() == 1:
            raise _not_json(url)  # a text without an end
        elif self._depth == 1:
            self._said = token[0]
        return False

    def _open(self, first: bytes, place: int) -> None:
        self._depth += 1
        if self._level > 0:
            if self._depth == self._level + 1:
                self.start = place if first == b"{" else -1
        elif not self._found and self._is_list(first):
            self._found, self._alone = True, first == b"{"
            self._level, self.start = self._depth - self._alone, place

    def _is_list(self, first: bytes) -> bool:
        named = self._depth == 2 and self._said == self._key  # noqa: PLR2004
        return named or (self._depth == 1 and first == b"[")

    def _close(self, url: str) -> bool:
        self._depth -= 1
        if self._depth < 0:
            raise _not_json(url)
        ended = self._depth == self._level > 0 and self.start >= 0
        if self._depth < self._level or (ended and self._alone):
            self._level = -1
        return ended

    def check(self, url: str) -> None:
        """Raise HarvestError when the document broke off, or the list was not there."""
        if self._depth:
            raise _not_json(url)
        if not self._found:
            raise _no_list(url, self._key.decode().strip('"'))


def _parsed(body: mmap.mmap, start: int, end: int, url: str) -> Mapping[str, Any]:
    if end - start > LONGEST:
        return {}
    piece = body[start:end]
    try:
        found: Mapping[str, Any] = orjson.loads(piece)
    except ValueError:  # NaN, another encoding, half of a surrogate pair
        try:
            found = fit(json.loads(piece.decode("utf-8", "replace")))
        except (ValueError, RecursionError):
            raise _not_json(url) from None
    return found


def _no_list(url: str, key: str) -> HarvestError:
    return HarvestError(
        f"{url}: the document has no list {key!r}: check the kind and the address",
        "wrong-answer",
        address=url,
        wanted=f"a list {key!r}",
    )


def _not_json(url: str) -> HarvestError:
    return HarvestError(
        f"{url}: what came is not JSON, or not the whole of it: check the address, or tell the"
        " server's owner",
        "not-json",
        address=url,
    )
