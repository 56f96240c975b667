"""The last delivery of each dataset: what came, whether it was published or not.

So a repair that is accepted, or a release, is judged at once, and nobody has to send the file
again. A dataset without files needs none of that and has no row here.
"""

from dataclasses import replace

from pydantic import TypeAdapter
from sqlalchemy import Column, Connection, Engine, Table, Text, bindparam, delete, insert, select

from datasets.errors import NotFound
from datasets.model import Dataset
from datasets.store import Store
from publish.database import metadata, reading

DELIVERY = Table(
    "delivery",
    metadata,
    Column("dataset", Text, primary_key=True),
    Column("body", Text, nullable=False),
)
_DATASET = TypeAdapter(Dataset)
_FORGET = delete(DELIVERY).where(DELIVERY.c.dataset == bindparam("wanted"))


def keep(connection: Connection, kept: Dataset) -> None:
    """Keep what came of a dataset, without its recipe: that may change before it is read again."""
    connection.execute(_FORGET, {"wanted": kept.name})
    if kept.resources:
        bare = replace(kept, resources=tuple(replace(r, recipe=()) for r in kept.resources))
        body = _DATASET.dump_json(bare).decode()
        connection.execute(insert(DELIVERY).values(dataset=kept.name, body=body))


def last(engine: Engine, name: str, store: Store) -> Dataset:
    """Give the last delivery of a dataset, its files in the store. Raises NotFound."""
    with reading(engine) as connection:
        return within(connection, name, store)


def within(connection: Connection, name: str, store: Store) -> Dataset:
    """Give the last delivery on an open connection. Raises NotFound."""
    body = connection.scalar(select(DELIVERY.c.body).where(DELIVERY.c.dataset == name))
    if body is None:
        raise NotFound(f"nothing of a dataset {name!r} was delivered; publish it first")
    dataset = _DATASET.validate_json(body)
    files = tuple(replace(r, path=store.blob(r.sha256)) for r in dataset.resources)
    return replace(dataset, resources=files)
