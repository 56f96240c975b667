"""One file behind one HTTP(S) address: the simplest source, and the commonest."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from datasets.errors import HarvestError, ReadingError
from datasets.record import Distribution, Known, Page, Record
from datasets.text import ENGLISH, Text
from harvesters._descriptor import document
from harvesters._http import Fetched, Http
from harvesters._source import Name, NameOrNothing, Source, WebAddress

_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")


class File(Source):
    """One address, one dataset of one resource; both are named `dataset`, else like the source.

    `format` is needed only where neither the file's ending nor its server tells it.
    """

    organization: Name
    url: WebAddress
    title_en: str = ""
    dataset: NameOrNothing = ""
    format: str = ""
    license: str = ""
    table_schema: dict[str, Any] | Path | None = Field(default=None, alias="schema")

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the one dataset; whether the file is there is seen when it is fetched."""
        name = self.dataset or self.name
        distribution = Distribution(
            key=name,
            name=name,
            url=self.url,
            format=self.format,
            schema=self._schema(),
        )
        translated = {ENGLISH: self.title_en} if self.title_en else {}
        record = Record(
            remote_id=name,
            title=Text(self.title or name, translated),
            name=name,
            license_id=self.license,
            address=self.url,
            distributions=(distribution,),
        )
        yield Page((record,), total=1)

    def fetch(
        self,
        record: Record,
        distribution: Distribution,
        known: Known | None,
        http: Http,
        into: Path,
    ) -> Fetched | None:
        """Fetch the file; raises HarvestError when it does not come whole, or a page comes."""
        fetched = http.fetch(distribution.url, into, known=known)
        if fetched:
            _refuse_page(fetched)
        return fetched

    def _schema(self) -> Mapping[str, Any] | None:
        if not isinstance(self.table_schema, Path):
            return self.table_schema
        try:
            return document(self.table_schema)
        except ReadingError as error:
            raise HarvestError(f"source {self.name!r}: schema: {error}") from None


def _refuse_page(fetched: Fetched) -> None:
    """Refuse a web page, whatever its server calls it, and an empty file."""
    if not fetched.size_bytes:
        raise HarvestError(f"{fetched.url}: the file is empty: tell the server's owner")
    with fetched.path.open("rb") as file:
        start = file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_PAGE) or (start.startswith((b"<?xml", b"<!--")) and b"<html" in start):
        raise HarvestError(
            f"{fetched.url}: a web page came, not a file; give the address of the download button"
        )
