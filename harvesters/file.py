"""One file behind one HTTP(S) address: the simplest source, and the commonest."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from datasets.errors import HarvestError, ReadingError
from datasets.model import Dataset, Resource, Schema
from datasets.text import ENGLISH, Text
from harvesters._descriptor import document
from harvesters._formats import ending, file_format
from harvesters._http import Fetched, Http
from harvesters._source import Name, NameOrNothing, Source

_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")


def _web(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return url


class File(Source):
    """One address, one dataset of one resource; both are named `dataset`, else like the source.

    `format` is needed only where neither the file's ending nor its server tells it.
    """

    organization: Name
    url: Annotated[str, AfterValidator(_web)]
    title: str = ""
    title_en: str = ""
    dataset: NameOrNothing = ""
    format: str = ""
    license: str = ""
    table_schema: dict[str, Any] | Path | None = Field(default=None, alias="schema")

    def harvest(self, http: Http, into: Path) -> Iterator[Dataset]:
        """Fetch the file; raises HarvestError when it does not come whole, or a page comes."""
        schema = self._schema()
        fetched = http.fetch(self.url, into)
        _refuse_page(fetched)
        name = self.dataset or self.name
        yield Dataset(
            name=name,
            title=Text(self.title or name, {ENGLISH: self.title_en} if self.title_en else {}),
            organization=self.organization,
            source=self.name,
            remote_id=name,
            license_id=self.license,
            resources=(self._resource(name, fetched, schema),),
        )

    def _resource(self, name: str, fetched: Fetched, schema: Schema | None) -> Resource:
        form = file_format(fetched.filename, self.format, fetched.content_type)
        if not form:
            raise HarvestError(
                f"{fetched.url}: nothing says which format {fetched.filename!r} has; give the"
                f" source {self.name!r} a `format`, such as csv"
            )
        return Resource(
            name=name,
            path=fetched.path,
            format=form,
            filename=f"{name}.{ending(form)}",
            schema=schema,
            source_url=fetched.url,
            size_bytes=fetched.size_bytes,
        )

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
