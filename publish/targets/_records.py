"""What a target was sent: rows of `target_record`, each written in a transaction of its own."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sqlalchemy import Engine, delete, insert, or_, select

from publish.catalog.call import now
from publish.catalog.tables import target_records

type State = Literal["new", "sending", "live", "refused", "withdrawn"]


@dataclass(slots=True)
class Record:
    """What one target knows of one dataset of ours.

    `sent` is the hash of what it took in the end; empty while anything of it is still to do.
    `parts` has the organization there, its ids for our resources, the files that lie there and the
    keys of our extras.
    """

    target: str
    dataset: str
    name: str
    state: State = "new"
    remote_id: str = ""
    remote_name: str = ""
    sent: str = ""
    parts: dict[str, Any] = field(default_factory=dict)
    changed: str = ""
    error: str = ""


class Records:
    """The records of one target."""

    def __init__(self, engine: Engine, target: str) -> None:
        self.engine, self.target = engine, target

    def get(self, dataset: str, name: str) -> Record:
        """The record of a dataset, a new one if there is none; `name` is its name now."""
        mine = target_records.c.target == self.target
        query = select(target_records).where(mine, target_records.c.dataset == dataset)
        with self._reading() as connection:
            row = connection.execute(query).first()
        return _record(row, name=name) if row else Record(self.target, dataset, name)

    def there(self) -> Iterator[Record]:
        """The records of all that the target shows or may show, by name."""
        c = target_records.c
        query = select(target_records).where(
            c.target == self.target,
            c.state != "withdrawn",
            or_(c.remote_id != "", c.state == "sending"),
        )
        with self._reading() as connection:
            rows = connection.execute(query.order_by(target_records.c.name)).all()
        return map(_record, rows)

    def save(self, record: Record) -> None:
        """Make a record durable."""
        record.changed = now()
        row = asdict(record) | {"parts": json.dumps(record.parts)}
        c = target_records.c
        mine = (c.target == record.target) & (c.dataset == record.dataset)
        with self.engine.begin() as connection:
            connection.execute(delete(target_records).where(mine))
            connection.execute(insert(target_records).values(row))

    def _reading(self) -> Any:
        return self.engine.connect().execution_options(read_only=True)


def _record(row: Any, **now_known: str) -> Record:
    return Record(**{**row._mapping, "parts": json.loads(row.parts), **now_known})
