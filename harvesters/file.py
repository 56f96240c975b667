"""Files behind HTTP(S) addresses: the simplest source, and the commonest."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Self
from urllib.parse import unquote, urlsplit

from pydantic import BeforeValidator, Field, model_validator

from datasets import names
from datasets.errors import HarvestError, ReadingError
from datasets.record import Collected, Distribution, Known, Page, Record
from datasets.section import Section
from datasets.text import ENGLISH, Text
from harvesters.fetching.http import Http, without_secrets
from harvesters.packages.descriptor import document
from harvesters.sources import collecting
from harvesters.sources.source import (
    Name,
    NameOrNothing,
    WebAddress,
    WebAddressOrNothing,
    WebSource,
)


class Entry(Section):
    """One address of a list: known by its `name`, so that the address may change, else by it."""

    url: WebAddress
    name: NameOrNothing = ""
    title: str = ""
    title_en: str = ""
    format: str = ""

    @property
    def key(self) -> str:
        """What the file is known by for ever."""
        return self.name or without_secrets(self.url)

    @property
    def stem(self) -> str:
        """The last part of the address without its ending."""
        return PurePosixPath(unquote(urlsplit(self.url).path)).stem

    @property
    def said(self) -> Text:
        """Its title, which may be empty."""
        return Text(self.title, {ENGLISH: self.title_en} if self.title_en else {})


def _entry(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


class File(WebSource):
    """One address is a dataset of one resource; both are named `dataset`, else like the source.

    Of a list (`urls`) each is a dataset of its own, or `together` they are the resources of one.
    `format` is needed only where neither the file's ending nor its server tells it. A file that
    does not come is a fault of the whole dataset.
    """

    organization: Name
    urls: tuple[Annotated[Entry, BeforeValidator(_entry)], ...] = ()
    url: WebAddressOrNothing
    together: bool = False
    title_en: str = ""
    dataset: NameOrNothing = ""
    format: str = ""
    license: str = ""
    table_schema: dict[str, Any] | Path | None = Field(default=None, alias="schema")

    @model_validator(mode="before")
    @classmethod
    def _list_alone(cls, said: Any) -> Any:
        alone = isinstance(said, dict) and said.get("urls") and "url" not in said
        return {**said, "url": ""} if alone else said

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        if bool(self.url) == bool(self.urls):
            raise ValueError("needs either `url` or `urls`")
        keys = [entry.key for entry in self.urls]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice:
            raise ValueError(f"`urls` has {twice[0]!r} twice; give each a `name`, or leave one out")
        return self

    @property
    def address(self) -> str:
        """The address, or the first of the list."""
        return self.url or self.urls[0].url

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the datasets; whether their files are there is seen when they are fetched."""
        schema = self._schema()
        if self.url or self.together:
            records = [self._whole(schema)]
        else:
            records = [self._own(entry, schema) for entry in self.urls]
        yield Page(tuple(records), total=len(records))

    def collect(
        self, record: Record, known: Mapping[str, Known], http: Http, into: Path
    ) -> Collected:
        """Fetch the files; raises HarvestError when one does not come, or a page comes."""
        return collecting.collect(self, record, known, http, into, whole=True)

    def _whole(self, schema: Mapping[str, Any] | None) -> Record:
        name = self.dataset or self.name
        if self.url:
            own = Entry(url=self.url, name=name, format=self.format)
            parts = [self._part(own, schema)]
        else:
            parts = [self._part(entry, schema) for entry in self.urls]
        translated = {ENGLISH: self.title_en} if self.title_en else {}
        return Record(
            remote_id=name,
            title=Text(self.title or name, translated),
            name=name,
            license_id=self.license,
            address=without_secrets(self.address),
            distributions=tuple(parts),
        )

    def _own(self, entry: Entry, schema: Mapping[str, Any] | None) -> Record:
        part = self._part(entry, schema)
        return Record(
            remote_id=entry.key,
            title=entry.said or Text(entry.stem or entry.key, entry.said.translated),
            name=entry.name or _slug(entry.stem),
            license_id=self.license,
            address=without_secrets(entry.url),
            distributions=(part,),
        )

    def _part(self, entry: Entry, schema: Mapping[str, Any] | None) -> Distribution:
        return Distribution(
            key=entry.key,
            name=entry.name or entry.stem,
            title=entry.said,
            url=entry.url,
            format=entry.format or self.format,
            schema=schema,
        )

    def _schema(self) -> Mapping[str, Any] | None:
        if not isinstance(self.table_schema, Path):
            return self.table_schema
        try:
            return document(self.table_schema)
        except ReadingError as error:
            raise HarvestError(f"source {self.name!r}: schema: {error}") from None


def _slug(stem: str) -> str:
    try:
        return names.slug(stem)
    except ValueError:
        return ""
