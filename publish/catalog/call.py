"""What an action is called with: who asks, on which connection, at what time."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import Connection, update

from datasets.config import Config, Site
from datasets.names import NAMESPACE
from datasets.store import Store
from publish.catalog.sources import Look, Seen
from publish.releases import Released
from publish.versions import REVISION

type Given = Mapping[str, Any]
"""The arguments of an action, as JSON gives them."""

type Document = dict[str, Any]
"""A CKAN object as it is answered."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with a name and, perhaps, all rights; `token` is the id of the one shown."""

    id: str
    name: str
    sysadmin: bool = False
    token: str = ""


SYSTEM = User(str(uuid.uuid5(NAMESPACE, "user\nemap")), "emap", sysadmin=True)
"""The portal itself: publishes what was harvested."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call; it lies at `path` until the call ends."""

    filename: str
    path: Path
    size_bytes: int
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """What actions reach beyond the database: the files of the site and its configuration."""

    store: Store
    config: Config = Config()


def now() -> str:
    """The time as CKAN writes it: UTC, microseconds, no zone."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


NOWHERE = cast(Connection, None)  # the connection of actions that use none


@dataclass(slots=True)
class Call:
    """One call of an action, inside one transaction.

    `changed` collects the ids of the packages that the call really changed; `after` what is to be
    done when all of it is kept. `seen` is what was looked through for it, `look` does so where the
    call cannot be made again; `privacy_reason` says why what is found may be public, `released`
    collects what that released (publish.catalog.documents.gate).
    """

    connection: Connection
    user: User | None
    site: Site
    site_url: str
    time: str
    outside: Outside
    files: Mapping[str, Upload] = MappingProxyType({})
    changed: list[str] = field(default_factory=list)
    after: list[Callable[[], None]] = field(default_factory=list)
    capacities: dict[str, str] | None = None  # by group, as read once; see authorization.roles
    seen: dict[str, Seen] = field(default_factory=dict)
    look: Look | None = None
    privacy_reason: Any = None
    released: list[Released] = field(default_factory=list)
    _revision: int = 0

    def revision(self) -> int:
        """Count this transaction as a change of the catalog, once; gives the number it has.

        What is written bears the number, so that others see what is new since the one they know.
        """
        if not self._revision:
            counted = update(REVISION).values(number=REVISION.c.number + 1)
            self._revision = self.connection.scalars(counted.returning(REVISION.c.number)).one()
        return self._revision

    @property
    def user_name(self) -> str:
        """The caller's name; empty for an anonymous one."""
        return self.user.name if self.user else ""

    def absolute(self, url: str | None) -> str | None:
        """Give a stored address of ours with the site in front; others stay."""
        return self.site_url + url if url and url.startswith("/") else url

    def relative(self, url: str) -> str:
        """Take the site off an address of ours, so that the site may move."""
        ours = bool(self.site_url) and url.startswith(self.site_url + "/")
        return url[len(self.site_url) :] if ours else url
