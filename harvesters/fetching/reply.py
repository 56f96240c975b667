"""What servers answer: a document, a file on disk, or a web page in place of either."""

import codecs
import contextlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

import httpx
import orjson

from datasets.errors import HarvestError
from datasets.names import file_name

_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<title")
_START = 1024  # bytes of a page in which it tells that it is one
_EXTENDED = re.compile(r"filename\*\s*=\s*([\w-]*)'[^']*'([^;\s]+)", re.IGNORECASE)
_PLAIN = re.compile(r'filename\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^;]+))', re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
_HUGE = 1 << 63  # no column of a table holds it, nor does every writer of JSON
_NUL = rb"\u0000"
_UNFIT = re.compile("[\0\ud800-\udfff]")  # no database takes them, and no encoding the latter


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that came whole. `url` is where it was in the end, without secrets."""

    path: Path
    url: str
    filename: str
    content_type: str
    etag: str
    last_modified: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said when it was asked once; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


type Files = Mapping[str, tuple[str, BinaryIO]]
"""Files of a form: field to file name and opened file."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A document that came whole, with a status from 200 to 299.

    `url` is where it was in the end, without secrets; `headers` have lower-case names. It is
    `unchanged` when the server said so of what it sent another time.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    unchanged: bool = False

    @property
    def content_type(self) -> str:
        """The media type in lower case without its parameters; empty when the server says none."""
        return content_type(self.headers)

    def json(self) -> Any:
        """The values of a JSON document, fit to be stored: no NaN, huge number or half surrogate.

        Raises HarvestError `page-instead` when a web page came, else `not-json`.
        """
        if _NUL not in self.body:
            with contextlib.suppress(ValueError):  # what it refuses may be mended below
                return orjson.loads(self.body)
        try:
            return fit(json.loads(self._unicode(), parse_constant=lambda _: None))
        except (ValueError, RecursionError):
            self.refuse_page()
            raise HarvestError(
                f"{self.url}: what came is not JSON ({_begins(self.body)}): check the address, or"
                " tell the server's owner",
                "not-json",
                address=self.url,
            ) from None

    def _unicode(self) -> str:
        """The body in UTF-8, 16 or 32, as JSON is; else in the encoding that the server says."""
        try:
            return self.body.decode(json.detect_encoding(self.body))
        except UnicodeDecodeError:
            return self.text()

    def text(self) -> str:
        """The body as text, in the encoding that the server says, else UTF-8; never fails."""
        said = _CHARSET.search(self.headers.get("content-type", ""))
        encoding = "utf-8-sig"
        if said and _is_other(said[1]):
            encoding = said[1]
        return self.body.decode(encoding, "replace")

    def refuse_page(self) -> None:
        """Raise HarvestError `page-instead` when a web page came, whatever its server calls it."""
        if is_page(self.body[:_START]):
            raise page_instead(self.url)


def _is_other(encoding: str) -> bool:
    """Tell whether Python knows an encoding, of text, and not UTF-8 by one of its names."""
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name != "utf-8"
    except (LookupError, UnicodeError):
        return False


def is_page(start: bytes) -> bool:
    r"""Tell whether a file that begins so, in its first 1,024 bytes, is a web page.

    >>> [is_page(b"\n<!DOCTYPE html>"), is_page(b'<?xml version="1.0"?><rdf:RDF/>')]
    [True, False]
    """
    begins = start[:_START].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    return begins.startswith(_PAGE) or (
        begins.startswith((b"<?xml", b"<!--")) and b"<html" in begins
    )


def page_instead(url: str) -> HarvestError:
    """Make the error of a web page that came in place of data."""
    return HarvestError(
        f"{url}: a web page came, not a file; give the address of the download button",
        "page-instead",
        address=url,
    )


def _begins(body: bytes) -> str:
    return repr(body[:40].decode("utf-8", "replace")) if body else "nothing at all"


def fit(value: Any) -> Any:
    """Values of JSON without what cannot be stored: NaN, huge numbers, NUL, lone surrogates."""
    if isinstance(value, str):
        return value if value.isprintable() else _UNFIT.sub("", value)  # the quicker question
    if isinstance(value, dict):
        return {fit(key): fit(each) for key, each in value.items()}
    if isinstance(value, list):
        return [fit(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and abs(value) >= _HUGE:
        return None
    return value


def content_type(headers: Mapping[str, str]) -> str:
    """The media type of an answer in lower case, without parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def filename(answer: httpx.Response) -> str:
    """The name that the server gives the file, else the last part of its address, made safe."""
    header = answer.headers.get("content-disposition", "")
    if found := _EXTENDED.search(header):
        encoding = "latin-1" if found[1].lower() == "iso-8859-1" else "utf-8"
        return file_name(unquote(found[2], encoding, "replace"))
    found = _PLAIN.search(header)
    said = unquote(found[1] or found[2] or "").strip() if found else ""
    return file_name(said or answer.url.path)
