"""The port of a source of data: one entry of `sources:` in config.yml."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from datasets.config import Section
from datasets.names import is_name
from datasets.record import Collected, Distribution, Known, Page, Record
from harvesters import _collect
from harvesters._http import Fetched, Http


def _named(word: str) -> str:
    if not is_name(word):
        raise ValueError("must be a name of 2 to 100 of a-z 0-9 - _")
    return word


def _named_or_nothing(word: str) -> str:
    return word and _named(word)


def _web(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return url


Name = Annotated[str, AfterValidator(_named)]
"""A word that may stand in an address, as CKAN has it."""
NameOrNothing = Annotated[str, AfterValidator(_named_or_nothing)]
WebAddress = Annotated[str, AfterValidator(_web)]
"""An address of http or https."""


class Source(Section, ABC):
    """Where datasets come from: the file `harvesters/<kind>.py` defines one subclass.

    A subclass declares the keys that its kind adds. A field of type `Path` may be written
    relative to the folder of config.yml; it is absolute here. A source is values alone: it keeps
    nothing between two calls, so that any worker can go on where another stopped.
    """

    name: Name
    kind: str
    organization: NameOrNothing = ""
    title: str = ""
    files: Literal["readable", "all", "none"] = "readable"
    every: str = ""
    cron: str = ""
    between: str = ""
    max_missing: float = Field(default=0.2, ge=0, le=1)
    grace_days: float = Field(default=7, ge=0)
    verify_every: int = Field(default=7, ge=1)

    @property
    def address(self) -> str:
        """Where the source is: shown to people, and home of its secrets; empty for a folder."""
        return str(getattr(self, "url", ""))

    @abstractmethod
    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Describe the datasets that the source has now, page by page, and fetch none.

        `at` is the `next` of a page: go on there; empty is the start. A broken record has
        findings; a broken source raises HarvestError, and then nothing may be believed gone.
        """

    def collect(
        self, record: Record, known: Mapping[str, Known], http: Http, into: Path
    ) -> Collected:
        """Get the files of one record into `into`, an empty folder; those unchanged are `known`.

        Raises HarvestError when it cannot be got whole now and may be later.
        """
        return _collect.collect(self, record, known, http, into)

    def fetch(
        self,
        record: Record,
        distribution: Distribution,
        known: Known | None,
        http: Http,
        into: Path,
    ) -> Fetched | None:
        """Get one distribution; None when it is unchanged.

        A kind whose files are made of many answers says here how.
        """
        return http.fetch(distribution.url, into, known=known)

    def is_there(self, remote_id: str, http: Http) -> bool | None:
        """Ask for one record by its id: True, False, or None where the kind cannot tell."""
        return None
