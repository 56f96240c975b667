"""The embedded catalog: CKAN's Action API over one database.

`call_action` is the whole face, with ckanapi's signature and errors, so that whatever publishes to
a CKAN publishes here, and the other way round.

The files here are what all actions speak: tables, permissions, errors, the call itself. The actions
live in folders by what they are about, each above what it is made of: `indexes` and `documents`
(packages as they are found and kept) below, `people`, `organizations` and `datasets` on them, then
`datastore`, `search`, `harvests`, `following`, `words` and `site`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, IntegrityError

from datasets.config import Site
from datasets.errors import PublishError
from publish.catalog import actions, licenses  # noqa: F401 - the actions are known then
from publish.catalog.call import NOWHERE, SYSTEM, Call, Given, Outside, Upload, User, now
from publish.catalog.datasets import privacy, validations
from publish.catalog.datastore import asking, served
from publish.catalog.datastore.asking import Readable
from publish.catalog.documents import uploads
from publish.catalog.documents.uploads import Download
from publish.catalog.errors import invalid
from publish.catalog.people import accounts, images, tokens
from publish.catalog.people.images import Image
from publish.catalog.registry import ACTIONS, Action, find
from publish.catalog.sources import Seen, Source, Unseen, look
from publish.database import reading, writing

MOST_LOOKS = 5  # a table may be written while it is looked through
CLASH = "It clashes with what is kept here, or does not fit there: read it anew, and try again"

__all__ = ["ACTIONS", "Answer", "Embedded", "User"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an action gave, and the ids of the packages that it changed."""

    result: Any
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Embedded:
    """A catalog in a database. The caller is the portal itself unless `as_user` says another.

    Safe in threads: each call takes a connection of its own, but inside `transaction()`.
    """

    engine: Engine
    site: Site
    site_url: str
    outside: Outside
    user: User | None = SYSTEM
    bound: Connection | None = None
    pending: list[Callable[[], None]] = field(default_factory=list)
    seen: dict[str, Seen] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take the last slash off the site, which addresses begin with."""
        object.__setattr__(self, "site_url", self.site_url.rstrip("/"))

    def call_action(
        self,
        action: str,
        data_dict: Given | None = None,
        context: None = None,
        apikey: str | None = None,
        files: Mapping[str, Upload] | None = None,
        requests_kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Give the result of an action.

        Raises ckanapi's NotFound, NotAuthorized, ValidationError, SearchQueryError, SearchError,
        and CKANAPIError for an action that is not known. `context`, `apikey` and
        `requests_kwargs` are there for ckanapi's signature; the caller is `as_user`'s.
        """
        return self.answer(action, data_dict, files).result

    def answer(
        self, action: str, given: Given | None = None, files: Mapping[str, Upload] | None = None
    ) -> Answer:
        """Give the result of an action together with what it changed."""
        called = find(action)
        if called.pure:
            return self._run(NOWHERE, called, given or {}, {})
        try:
            if self.bound is not None:
                return self._within(self.bound, called, given or {}, files or {})
            return self._alone(called, given or {}, files or {})
        except (IntegrityError, DataError) as error:
            raise invalid({"message": CLASH}) from error

    def _alone(self, called: Action, given: Given, files: Mapping[str, Upload]) -> Answer:
        """Run in a transaction of its own; between two of them what came is looked through."""
        opened = writing if called.writes else reading
        seen: dict[str, Seen] = {}
        for _ in range(MOST_LOOKS):
            once = replace(self, pending=[], seen=seen)
            try:
                with opened(self.engine) as connection:
                    answer = once._run(connection, called, given, files)
            except Unseen as unseen:
                seen |= self._look(unseen.sources)
                continue
            once._finish()
            return answer
        raise PublishError("what is to be public is being written all the time: try again")

    def _look(self, sources: Sequence[Source]) -> dict[str, Seen]:
        return look(sources, self.outside.store, self.outside.config)

    def _within(
        self, connection: Connection, called: Action, given: Given, files: Mapping[str, Upload]
    ) -> Answer:
        """Run inside an open transaction; a failed write leaves nothing of itself there."""
        if not called.writes:
            return self._run(connection, called, given, files)
        within = replace(self, pending=[])
        with connection.begin_nested():
            answer = within._run(connection, called, given, files)
        self.pending.extend(within.pending)
        return answer

    def _finish(self) -> None:
        """Do what waited for the transaction to be kept."""
        for each in self.pending:
            each()

    def _run(
        self, connection: Connection, called: Action, given: Given, files: Mapping[str, Upload]
    ) -> Answer:
        call = self._call(connection, files)
        if called.writes and call.user and call.user.token:
            # It may have been revoked while this call waited for other writers to end.
            call.user = call.user if tokens.holds(connection, call.user) else None
        if called.writes and "privacy_reason" in given:
            call.privacy_reason = given["privacy_reason"]
            given = {key: value for key, value in given.items() if key != "privacy_reason"}
        result = called(call, given)
        privacy.keep_released(call)
        if call.changed:
            call.revision()  # a package that went or became private takes its layers along
        return Answer(result, tuple(call.changed))

    def _call(self, connection: Connection, files: Mapping[str, Upload]) -> Call:
        return Call(
            connection,
            self.user,
            self.site,
            self.site_url,
            now(),
            self.outside,
            files,
            after=self.pending,
            seen=self.seen,
            look=self._look if self.bound is not None else None,
        )

    def download(self, package: str, resource_id: str) -> Download:
        """Say where the bytes of a resource are; raises NotFound and NotAuthorized."""
        with reading(self.engine) as connection:
            return uploads.download(self._call(connection, {}), package, resource_id)

    def image(self, folder: str, name: str) -> Image:
        """Say where an uploaded logo or picture is; raises NotFound."""
        with reading(self.engine) as connection:
            return images.find(connection, folder, name)

    def table(self, wanted: str) -> Readable:
        """Say where the rows of a resource (or alias) are; raises NotFound and NotAuthorized."""
        with reading(self.engine) as connection:
            return asking.readable(self._call(connection, {}), wanted)

    def may_write(self, wanted: str) -> bool:
        """Tell whether the caller may write the table of a resource."""
        with reading(self.engine) as connection:
            return asking.writable(self._call(connection, {}), wanted)

    def recover(self) -> None:
        """Say of what a killed process left half-done that it broke off; for a start."""
        with reading(self.engine) as connection:
            served.sweep(connection, self.outside.store)
            if not validations.unfinished(connection):
                return
        with writing(self.engine) as connection:
            validations.recover(self._call(connection, {}))

    def as_user(self, user: User | None) -> "Embedded":
        """Give this catalog with another caller; None is anonymous."""
        return replace(self, user=user)

    @contextmanager
    def transaction(self) -> Iterator["Embedded"]:
        """Lend this catalog on one open connection: all that is done there, or nothing.

        The connection writes: on SQLite it holds the write lock until the block ends.
        """
        if self.bound is not None:
            within = replace(self, pending=[])
            with self.bound.begin_nested():
                yield within
            self.pending.extend(within.pending)
            return
        once = replace(self, pending=[])
        with writing(self.engine) as connection:
            yield replace(once, bound=connection)
        once._finish()

    @property
    def connection(self) -> Connection:
        """The open connection inside `transaction()`."""
        if self.bound is None:
            raise RuntimeError("a catalog has a connection only inside transaction()")
        return self.bound

    def user_of(self, token: str | None) -> User | None:
        """Give the user of an API token; None when it is missing, unknown or revoked."""
        if not token:
            return None
        with reading(self.engine) as connection:
            found = tokens.user_of(connection, token)
        if found is None:
            return None
        user, is_due = found
        if is_due:
            with suppress(PublishError), writing(self.engine, wait=False) as connection:
                tokens.note_use(connection, user)
        return user

    def create_user(self, name: str, sysadmin: bool = False) -> User:
        """Give the user of a name, made where there is none.

        `sysadmin` raises one who is there already. Raises ValidationError for what is no name.
        """
        with self.transaction() as within:
            return accounts.ensure_user(within.connection, name, sysadmin=sysadmin)

    @staticmethod
    def license_title(license_id: str) -> str:
        """What people read for a licence; an unknown one is its own title."""
        return str(licenses.described(license_id)["license_title"])
