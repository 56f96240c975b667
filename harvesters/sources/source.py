"""The port of a source of data: one entry of `sources:` in config.yml."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from datasets.errors import ConfigError
from datasets.names import is_name
from datasets.record import Collected, Distribution, Known, Page, Record
from datasets.section import Section
from harvesters.fetching.http import Fetched, Http
from harvesters.sources import collecting
from harvesters.sources.times import Between, Cron, Period


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


def _web_or_nothing(url: str) -> str:
    return url and _web(url)


Name = Annotated[str, AfterValidator(_named)]
"""A word that may stand in an address, as CKAN has it."""
NameOrNothing = Annotated[str, AfterValidator(_named_or_nothing)]
WebAddress = Annotated[str, AfterValidator(_web)]
"""An address of http or https."""
WebAddressOrNothing = Annotated[str, AfterValidator(_web_or_nothing)]


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
    every: Period = None
    cron: Cron = ""
    between: Between = None
    max_missing: float = Field(default=0.2, ge=0, le=1)
    grace_days: float = Field(default=7, ge=0)
    verify_every: int = Field(default=7, ge=1)

    @field_validator("cron")
    @classmethod
    def _one_rhythm(cls, cron: str, others: ValidationInfo) -> str:
        if cron and others.data.get("every"):
            raise ValueError("stands beside `every`: leave one of them out")
        return cron

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
        return collecting.collect(self, record, known, http, into)

    def needs_files(self, record: Record) -> bool:
        """Tell whether `collect` may ask anybody for anything of a record."""
        return type(self).collect is not Source.collect or collecting.wants_files(self, record)

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


class WebSource(Source):
    """A source at an address of the web, perhaps with a key, which never stands in config.yml.

    The key is read from the variable `token_env` of the environment, or from the file
    `token_file`, and sent as the header `token_header` to the host of `url` alone. Where the
    header wants a word before the key (`Bearer …`), the word is part of what is kept.
    """

    url: WebAddress
    token_env: str = Field(default="", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")
    token_file: Path | None = None
    token_header: str = Field(default="Authorization", pattern=r"^[A-Za-z0-9-]{1,100}$")

    @field_validator("token_file")
    @classmethod
    def _one_place(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if file and info.data.get("token_env"):
            raise ValueError("token_env says already where the key is: give one of both")
        return file

    @property
    def secrets(self) -> Mapping[str, str]:
        """The headers for `Http.bound`, none without a key.

        Raises ConfigError when a key is named and is not there.
        """
        token = self._token()
        return {self.token_header: token} if token else {}

    def _token(self) -> str:
        if self.token_env:
            said, where = os.environ.get(self.token_env, ""), f"variable {self.token_env}"
        elif self.token_file:
            said, where = _first_line(self.token_file), f"file {self.token_file}"
        else:
            return ""
        token = said.strip()
        if token and token.isascii() and token.isprintable():
            return token
        raise ConfigError(f"source {self.name!r}: no key of one line of ASCII in the {where}")


def _first_line(path: Path) -> str:
    try:
        return next(iter(path.read_text(encoding="utf-8").splitlines()), "")
    except (OSError, UnicodeError):
        return ""
