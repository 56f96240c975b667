"""Which table answers for a resource: the draft of it, or that of its dataset's public version.

A draft that began from a published table is over as soon as another version is public: the table
that was published last, or written last, is the one that is served.
"""

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from datasets.store import Store
from publish.catalog.call import Call
from publish.catalog.documents import storage
from publish.catalog.documents.storage import PackageRow
from publish.catalog.errors import missing
from publish.catalog.tables import drafts, resources, table_aliases
from publish.catalog.validators import Invalid, text
from publish.datastore.drafts import remove
from publish.datastore.table import Place
from publish.versions import tables_of

GRACE_S = 3600.0  # a writer whose resource is not kept yet may be this old


@dataclass(frozen=True, slots=True)
class Served:
    """The table of a resource.

    `over` is the blob of the published table, empty where there is none; `drafted` says that
    somebody wrote another one since.
    """

    resource_id: str
    package: PackageRow
    over: str
    drafted: bool

    @property
    def there(self) -> bool:
        """Tell whether the resource has a table at all."""
        return self.drafted or bool(self.over)

    def place(self, call: Call) -> Place:
        """The file of the table; one that was published is built when it is first asked for."""
        store = call.outside.store
        if self.drafted:
            return Place(store.draft(self.resource_id), immutable=False)
        from publish.datastore import artefact  # noqa: PLC0415  # pyarrow takes 40 MB

        return Place(artefact.ensure(store, self.over), immutable=True)


def find(call: Call, wanted: Any) -> Served | None:
    """Give the table of a resource, known by id or alias; None when there is no such resource."""
    name = _name(wanted)
    row = storage.package_of(call, name, "active") if name else None
    if row is None and name and (aliased := _aliased(call, name)):
        name = aliased
        row = storage.package_of(call, name, "active")
    if row is None:
        return None
    over = tables_of(call.connection, row.id).get(name, "")
    began = call.connection.scalar(select(drafts.c.over).where(drafts.c.resource == name))
    return Served(name, row, over, drafted=began == over)


def table(call: Call, wanted: Any, what: str = "Resource") -> Served:
    """Give a table that is there; raises NotFound."""
    served = find(call, wanted)
    if served is None or not served.there:
        raise missing(f'{what} "{_name(wanted)}" was not found.')
    return served


def _name(wanted: Any) -> str:
    try:
        return text(wanted)[:100]
    except Invalid:
        return ""


def _aliased(call: Call, name: str) -> str | None:
    query = select(table_aliases.c.resource).where(table_aliases.c.name == name)
    found: str | None = call.connection.scalar(query)
    return found


def aliases(call: Call, resource_id: str) -> list[str]:
    """The other names of a table, the last one given first."""
    query = select(table_aliases.c.name).where(table_aliases.c.resource == resource_id)
    return list(call.connection.scalars(query.order_by(table_aliases.c.number.desc())))


def begin_draft(call: Call, served: Served) -> None:
    """Note that a resource has a draft, begun from what is published now."""
    call.connection.execute(delete(drafts).where(drafts.c.resource == served.resource_id))
    values = {"resource": served.resource_id, "over": served.over, "created": call.time}
    call.connection.execute(insert(drafts).values(**values))


def end_draft(call: Call, served: Served) -> None:
    """Note that a resource has no draft any more; the names of its table are free again."""
    mine = served.resource_id
    call.connection.execute(delete(drafts).where(drafts.c.resource == mine))
    call.connection.execute(delete(table_aliases).where(table_aliases.c.resource == mine))


def set_aliases(call: Call, resource_id: str, names: list[str]) -> None:
    """Give a table these other names, and no more."""
    mine = table_aliases.c.resource == resource_id
    call.connection.execute(delete(table_aliases).where(mine))
    rows = [{"name": n, "resource": resource_id, "number": i} for i, n in enumerate(names)]
    if rows:
        call.connection.execute(insert(table_aliases), rows)


def taken_aliases(call: Call, resource_id: str, names: list[str]) -> set[str]:
    """Of some names, those that another table has, as its alias or its id."""
    others = select(table_aliases.c.name).where(
        table_aliases.c.name.in_(names), table_aliases.c.resource != resource_id
    )
    ids = select(resources.c.id).where(resources.c.id.in_(names))
    return {*call.connection.scalars(others), *call.connection.scalars(ids)}


def sweep(connection: Connection, store: Store) -> None:
    """Remove files of drafts that are of no resource any more, once nobody can be at them."""
    known = set(connection.scalars(select(drafts.c.resource)))
    for path in store.drafts():
        old = time.time() - path.stat().st_mtime > GRACE_S
        if path.stem not in known and old:
            remove(path)
