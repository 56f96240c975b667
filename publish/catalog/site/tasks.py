"""Task statuses: what outside programs note about what they did to a thing of the catalog."""

import uuid
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.errors import invalid, missing
from publish.catalog.registry import action
from publish.catalog.tables import task_statuses as rows
from publish.catalog.validators import REQUIRED, TEXT, Field, check, moment

WHICH = ("entity_id", "task_type", "key")
TAKES = {
    "id": TEXT,
    "entity_id": REQUIRED,
    "entity_type": REQUIRED,
    "task_type": REQUIRED,
    "key": REQUIRED,
    "value": TEXT,
    "state": TEXT,
    "error": TEXT,
    "last_updated": Field((moment,), blank=False),
}


@action(writes=True)
def task_status_update(call: Call, given: Given) -> Document:
    """Note how a task stands; one of the same entity, type and key is replaced. Sysadmins only.

    :param id: the id of the note, else it is found by the next three
    :param entity_id: the id of what the task is about
    :param task_type: a word of the program that notes it
    :param key: which of its notes this is
    :param entity_type: `package`, `resource` or another noun
    :param value: text
    :param state: text
    :param error: text
    :param last_updated: when it was; now if left out
    """
    authorization.change_tasks(call)
    return _noted(call, given)


@action(writes=True)
def task_status_update_many(call: Call, given: Given) -> Document:
    """Note how several tasks stand, all or none. Sysadmins only.

    :param data: a list of what `task_status_update` takes
    """
    authorization.change_tasks(call)
    several = given.get("data")
    if not isinstance(several, list) or not all(isinstance(each, dict) for each in several):
        raise invalid({"data": ["Must be a list of objects"]})
    return {"results": [_noted(call, each) for each in several]}


@action()
def task_status_show(call: Call, given: Given) -> Document:
    """Show how a task stands. Sysadmins only.

    :param id: the id of the note, or else the next three
    :param entity_id: the id of what the task is about
    :param task_type: a word of the program that noted it
    :param key: which of its notes
    """
    authorization.change_tasks(call)
    return _shown(_found(call, given))


@action(writes=True, takes={"id": REQUIRED})
def task_status_delete(call: Call, given: Given) -> None:
    """Delete a note. Sysadmins only.

    :param id: its id
    """
    authorization.change_tasks(call)
    call.connection.execute(delete(rows).where(rows.c.id == _found(call, given).id))


def _noted(call: Call, given: Given) -> Document:
    errors: dict[str, Any] = {}
    values = check(TAKES, given, errors)
    if errors:
        raise invalid(errors)
    values["last_updated"] = values["last_updated"] or call.time
    wanted = values.pop("id")
    found = _of_id(call, wanted) if wanted else _of_three(call, values)
    if wanted and found is None:
        raise missing()
    if found is None:
        made = insert(rows).values(id=str(uuid.uuid4()), **values)
        return _shown(call.connection.execute(made.returning(*rows.c)).one())
    changed = update(rows).where(rows.c.id == found.id).values(**values)
    return _shown(call.connection.execute(changed.returning(*rows.c)).one())


def _found(call: Call, given: Given) -> Row[Any]:
    """The note that is asked for by id, or by what makes it single."""
    errors: dict[str, Any] = {}
    takes = {"id": REQUIRED} if given.get("id") else dict.fromkeys(WHICH, REQUIRED)
    values = check(takes, given, errors)
    if errors:
        raise invalid(errors)
    found = _of_id(call, values["id"]) if "id" in values else _of_three(call, values)
    if found is None:
        raise missing()
    return found


def _of_id(call: Call, task: str) -> Row[Any] | None:
    return call.connection.execute(select(rows).where(rows.c.id == task)).one_or_none()


def _of_three(call: Call, values: Given) -> Row[Any] | None:
    same = (rows.c[name] == values[name] for name in WHICH)
    return call.connection.execute(select(rows).where(*same)).one_or_none()


def _shown(row: Row[Any]) -> Document:
    return {str(name): value for name, value in row._mapping.items()}  # plain text, for orjson
