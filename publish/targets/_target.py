"""The port of a target: one entry of `targets:` in config.yml, and what is talked to there."""

import os
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from datasets.errors import ConfigError, PublishError
from datasets.section import Section
from datasets.store import Store
from harvesters.fetching.http import Http
from harvesters.sources.source import Name
from publish.catalog import Embedded
from publish.targets._records import Record
from publish.versions import Versions

type Package = Mapping[str, Any]
"""A package of our catalog, as `package_show` answers it."""
type Document = dict[str, Any]
"""A dataset as a target takes it or shows it; one to be sent has `files`: the sha256, by our
resource id, of what is to lie there."""
type Save = Callable[[], None]
"""Makes the record durable as it is now."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class NotTaken(PublishError):
    """The target does not take one dataset; the others go on."""


class Failed(NotTaken):
    """The target broke down over one dataset, which it may or may not have taken."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not at the target as it is here.

    `kind` is missing (not there), extra (there, and not here any more), changed (somebody changed
    it there) or behind (changed here since it was last sent); a field and both values where one
    differs.
    """

    dataset: str
    kind: Literal["missing", "extra", "changed", "behind"]
    field: str = ""
    here: str = ""
    there: str = ""


@dataclass(frozen=True, slots=True)
class There:
    """A dataset as the target shows it; `of` is the id of ours that it says it is.

    `gone` says that the public does not see it there.
    """

    id: str
    name: str
    of: str
    document: Document
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Here:
    """Our side of a mirror; `public` is the catalog as anybody sees it."""

    http: Http
    store: Store
    public: Embedded
    versions: Versions
    pause: Callable[[float], None] = time.sleep

    @property
    def site_url(self) -> str:
        """Our public address."""
        return self.public.site_url


class Remote(ABC):
    """A target that is talked to, from the first request to the last of a run."""

    @abstractmethod
    def document(self, package: Package) -> Document:
        """A package of ours as the target is to show it; asks nobody, so it can be hashed."""

    @abstractmethod
    def find(self, record: Record) -> There | None:
        """The dataset at the target: by the id on record, else by what it says it is.

        Only reads.
        """

    @abstractmethod
    def send(
        self, document: Document, there: There | None, record: Record, save: Save
    ) -> Sequence[str]:
        """Create or change the dataset there; gives notes for the receipt.

        Writes what it learns into the record and saves it as soon as it is learnt, so that a
        killed run is gone on with. Raises NotTaken, or TargetError when all should stop.
        """

    @abstractmethod
    def differences(
        self, document: Document, there: There, record: Record
    ) -> Iterator[tuple[str, str, str]]:
        """Field, value here and value there, of the fields that we send."""

    @abstractmethod
    def withdraw(self, remote_id: str) -> None:
        """Take a dataset off the public at the target; harmless when it is gone already."""

    @abstractmethod
    def ours(self) -> Iterator[There]:
        """All public datasets at the target that say they are from this site."""


def _web(url: str) -> str:
    if not re.match(r"https?://[^/@?#]+(/[^?#]*)?$", url):
        raise ValueError("must be http:// or https://, without password, ? and #")
    return url.rstrip("/")


class Target(Section, ABC):
    """Another portal: the file `publish/targets/<kind>.py` defines one subclass.

    A subclass declares the keys that its kind adds. The token is never in config.yml: it comes
    from the environment or from a file.
    """

    name: Name
    kind: str
    url: Annotated[str, AfterValidator(_web)]
    token_env: str = ""
    token_file: Path | None = None
    organizations: Mapping[str, str] = {}
    datasets: tuple[str, ...] = ("*",)
    without: tuple[str, ...] = ()
    language: Literal["", "sr-Cyrl", "sr-Latn", "en"] = ""
    files: Literal["link", "upload"] = "link"
    upload_max_bytes: int = Field(default=10_000_000, gt=0)
    max_withdrawn: float = Field(default=0.2, ge=0, le=1)

    def takes(self, organization: str, name: str) -> bool:
        """Tell whether a dataset is meant for this target.

        A pattern is a dataset's name, or `organization/name`, with `*` and `?`.
        """

        def named(patterns: Sequence[str]) -> bool:
            whole = (p if "/" in p else f"*/{p}" for p in patterns)
            return any(fnmatchcase(f"{organization}/{name}", pattern) for pattern in whole)

        return named(self.datasets) and not named(self.without)

    def organization(self, name: str) -> str:
        """What an organization of ours is called there."""
        return self.organizations.get(name, name)

    def token_fault(self) -> str:
        """What is wrong with where the token is said to be; never shows a value of it."""
        if bool(self.token_env) == bool(self.token_file):
            return "give token_env or token_file, one of both: where the token is kept"
        if self.token_env and not _VARIABLE.fullmatch(self.token_env):
            return "token_env: must be the name of an environment variable, not a token"
        return ""

    def token(self) -> str:
        """The token; raises ConfigError when it is not where it should be."""
        where = f"the variable {self.token_env}" if self.token_env else f"{self.token_file}"
        try:
            kept = (
                self.token_file.read_text(encoding="utf-8")
                if self.token_file
                else os.environ.get(self.token_env, "")
            ).strip()
        except (OSError, UnicodeError):
            kept = ""
        if not kept.isascii() or not kept.isprintable() or not kept or " " in kept:
            raise ConfigError(f"targets: {self.name}: {where} holds no token")
        return kept

    @abstractmethod
    def connect(self, here: Here) -> Remote:
        """Give what is talked to; asks nobody yet. Raises ConfigError without a token."""
