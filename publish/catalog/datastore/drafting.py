"""Writing tables: who may edit a resource's dataset may write its table.

A table that was published with a version is never changed: writing begins a draft with its rows,
which is served until another version is published. Without `force` only resources that are nothing
but a table (`url_type` datastore) are written, as in CKAN.
"""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.datasets.resources import resource_create
from publish.catalog.datastore import served
from publish.catalog.datastore.asking import read_json
from publish.catalog.datastore.served import Served
from publish.catalog.datastore.table_fields import (
    listed,
    names,
    new_fields,
    parsed,
    sent_records,
    sound_fields,
)
from publish.catalog.documents import gate, storage
from publish.catalog.documents.marks import mark
from publish.catalog.errors import invalid
from publish.catalog.registry import action
from publish.catalog.validators import MISSING, boolean
from publish.datastore import drafts, filters, table
from publish.datastore.drafts import BadRecords
from publish.datastore.fields import Field
from publish.datastore.filters import BadQuestion, Condition
from publish.datastore.table import About

METHODS = ("upsert", "insert", "update")
ONLY = "_datastore_only_resource"
ALIAS = re.compile(r'[^"%\x00-\x1f]{1,63}')
RESERVED = ("_table_metadata",)
DATED_S = 60

type Write = Callable[[Any, About], About]


@action(writes=True)
def datastore_create(call: Call, given: Given) -> Document:
    """Make a table of a resource, or add fields and rows to the one there is.

    :param resource_id: the id of the resource; or
    :param resource: an object with package_id: a new resource that is nothing but a table
    :param fields: a list of objects with id, and type (int, numeric, text, timestamp, date, bool,
        json, text[] …) and info where known; types left out are guessed from the first record
    :param records: a list of objects: the rows to add
    :param primary_key: a name or a list of names, whose values together are unique; empty for none
    :param indexes: names of fields, or lists of names, that are often asked for
    :param aliases: other names of the table; they replace those there are
    :param delete_fields: true to leave out the fields that `fields` does not name
    :param force: true for a resource that is a link or a file
    :param privacy_reason: why personal data in the rows may be public, from an admin
    """
    given = {**given, "resource": parsed(given.get("resource"))}
    _whole(given)
    errors: dict[str, Any] = {}
    fields = sound_fields(given.get("fields"), errors)
    records = sent_records(given, errors)
    if errors:
        raise invalid(errors)
    found = _created(call, given)
    labels = [each["id"] for each in fields]
    gate.check_records(call, found.package, found.resource_id, labels, records)
    _name(call, found, given)
    _write(call, found, lambda c, said: _made(c, said, given, fields, records))
    return _echoed(given, found.resource_id, "fields", "resource", "primary_key", "aliases") | {
        "delete_fields": boolean(given.get("delete_fields", False)),
        "method": "insert",
    }


def _whole(given: Given) -> None:
    resource = given.get("resource")
    if resource is None:
        if not (given.get("resource_id") or given.get("id")):
            raise invalid({"resource_id": [MISSING]})
    elif given.get("resource_id"):
        raise invalid({"resource": ["cannot be used together with resource_id"]})
    elif not isinstance(resource, Mapping) or not resource.get("package_id"):
        raise invalid({"resource": {"package_id": [MISSING]}})


def _created(call: Call, given: Given) -> Served:
    """The table that datastore_create writes: of a resource made now, or of one there is."""
    if given.get("resource") is not None:
        resource_id = str(uuid.uuid4())
        made = {"id": resource_id, "url_type": "datastore", "datastore_active": True}
        url = f"{call.site_url}/datastore/dump/{resource_id}"
        resource_create(call, {**given["resource"], "url": url, **made})
        found = served.find(call, resource_id)
        assert found is not None
        return found
    wanted = given.get("resource_id") or given.get("id")
    found = served.find(call, wanted)
    if found is None:
        raise invalid({"resource_id": [f"Resource not found: {wanted}"]})
    _may_write(call, found, given)
    return found


def _may_write(call: Call, found: Served, given: Given) -> None:
    authorization.edit_table(call, found.package, found.resource_id)
    forced = boolean(given.get("force", False))
    if _resource(found)["url_type"] != "datastore" and not forced:
        said = "The resource is a file or a link: give force, or make its url_type datastore"
        raise invalid({"read-only": [said]})


def _resource(found: Served) -> Document:
    listed = storage.loads(found.package.document)["resources"]
    return next(resource for resource in listed if resource["id"] == found.resource_id)


def _name(call: Call, found: Served, given: Given) -> None:
    """Give the table its other names, where some are given."""
    if "aliases" not in given:
        return
    wanted = names(given["aliases"], "alias")
    for name in wanted:
        if not ALIAS.fullmatch(name) or name in RESERVED:
            raise invalid({"alias": [f'"{name}" is not a valid alias name']})
    if taken := served.taken_aliases(call, found.resource_id, wanted):
        raise invalid({"alias": [f'The alias "{min(taken)}" is taken']})
    served.set_aliases(call, found.resource_id, wanted)


def _made(
    connection: Any, said: About, given: Given, sent: Sequence[Given], records: Sequence[Any]
) -> About:
    """Bring a table to what datastore_create asks for, and add the rows."""
    if boolean(given.get("delete_fields", False)) and sent:
        keep = [each["id"] for each in sent if each["id"] in said.places]
        said = drafts.narrow(connection, said, keep) if keep != list(said.places) else said
    said = drafts.extend(connection, said, new_fields(said, sent, records))
    said = _informed(said, sent)
    said = _indexed(connection, said, given)
    return drafts.insert(connection, said, records)


def _informed(said: About, sent: Sequence[Given]) -> About:
    """Keep what people wrote about fields: it replaces what was there."""
    told = {each["id"]: each["info"] for each in sent if each.get("info") is not None}
    fields = tuple(Field(f.id, f.type, told[f.id]) if f.id in told else f for f in said.fields)
    return said if fields == said.fields else replace(said, fields=fields)


def _indexed(connection: Any, said: About, given: Given) -> About:
    """Make the key and the indexes asked for; raises ValidationError for unknown fields."""
    changed: dict[str, Any] = {}
    if given.get("primary_key") is not None:
        changed["primary_key"] = tuple(names(given["primary_key"], "primary_key"))
    if given.get("indexes") is not None:
        indexes = [tuple(names(each, "indexes")) for each in listed(given["indexes"]) if each]
        changed["indexes"] = tuple(dict.fromkeys((*said.indexes, *indexes)))
    for name in [
        *changed.get("primary_key", ()),
        *(n for i in changed.get("indexes", ()) for n in i),
    ]:
        if name not in said.places:
            key = "primary_key" if name in changed.get("primary_key", ()) else "indexes"
            raise invalid({key: [f'The field "{name}" does not exist']})
    if not changed:
        return said
    made = replace(said, **changed)
    drafts.index(connection, made)
    return made


def _write(call: Call, found: Served, write: Write, *, dry: bool = False) -> None:
    """Write into the draft of a table, begun now where there is none; all of it or nothing."""
    path = call.outside.store.draft(found.resource_id)
    _begin(call, found, path)
    whole = False
    try:
        with drafts.writing(path, dry=dry) as connection:
            table.remember(connection, write(connection, table.about(connection)))
            if not dry:
                _mark(call, found)
        whole = not dry
    except (BadRecords, BadQuestion) as error:
        raise invalid(_told(error)) from None
    finally:
        if not (found.drafted or whole):
            drafts.remove(path)


def _mark(call: Call, found: Served) -> None:
    """Say in the resource that it has a table, and, where it is nothing else, when it changed.

    The date follows a minute behind: each date is a change of the dataset, and rows come in parts.
    """
    marks: dict[str, Any] = {}
    if not found.drafted:
        served.begin_draft(call, found)
        marks["datastore_active"] = True
    resource = _resource(found)
    ago = datetime.fromisoformat(call.time) - timedelta(seconds=DATED_S)
    if resource["url_type"] == "datastore" and (resource["last_modified"] or "") < ago.isoformat():
        marks["last_modified"] = call.time
    mark(call, found.package.id, found.resource_id, **marks)


def _begin(call: Call, found: Served, path: Path) -> None:
    if found.drafted:
        return
    if found.over:
        drafts.begin_from(path, found.place(call).path)
    else:
        drafts.begin(path, About(()))


def _told(error: BadRecords | BadQuestion) -> Mapping[str, Any]:
    return error.errors if isinstance(error, BadRecords) else {error.key: [str(error)]}


def _echoed(given: Given, resource_id: str, *keys: str) -> Document:
    """The arguments as CKAN answers them, with the id of the resource."""
    answer = {key: given[key] for key in keys if given.get(key) is not None}
    if isinstance(answer.get("resource"), Mapping):
        answer["resource"] = {**answer["resource"], "url": ONLY}
    if "primary_key" in answer and not isinstance(answer["primary_key"], list):
        answer["primary_key"] = listed(answer["primary_key"])
    count = given.get("calculate_record_count", "background")
    return answer | {"resource_id": resource_id, "calculate_record_count": count}


@action(writes=True)
def datastore_upsert(call: Call, given: Given) -> Document:
    """Change, add, or change and add rows of a table, found by its primary key or by `_id`.

    :param resource_id: the id of the resource
    :param records: a list of objects; fields that are left out stay as they are
    :param method: upsert (change or add), insert (add only) or update (change only)
    :param dry_run: true to be told what is wrong, without writing
    :param privacy_reason: why personal data in the rows may be public, from an admin
    :param force: true for a resource that is a link or a file
    """
    errors: dict[str, Any] = {}
    records = sent_records(given, errors)
    method = given.get("method") or "upsert"
    if method not in METHODS:
        errors["method"] = [f'"{method}" is not a method: there are {", ".join(METHODS)}']
    if errors:
        raise invalid(errors)
    found = _table_to_write(call, given)
    dry = boolean(given.get("dry_run", False))
    if not dry:
        gate.check_records(call, found.package, found.resource_id, (), records)

    def write(connection: Any, said: About) -> About:
        if method == "insert":
            return drafts.insert(connection, said, records)
        return drafts.merge(connection, said, records, add=method == "upsert")

    _write(call, found, write, dry=dry)
    answer = _echoed(given, found.resource_id, "dry_run")
    return answer | {"method": method} | ({"records": records} if _wants(given) else {})


def _wants(given: Given) -> bool:
    return boolean(given.get("include_records", False))


def _table_to_write(call: Call, given: Given) -> Served:
    wanted = given.get("resource_id") or given.get("id")
    if not wanted:
        raise invalid({"resource_id": [MISSING]})
    found = served.table(call, wanted)
    _may_write(call, found, given)
    return found


@action(writes=True)
def datastore_delete(call: Call, given: Given) -> Document:
    """Delete rows of a table, or the table.

    :param resource_id: the id of the resource
    :param filters: which rows, as in datastore_search; an empty object for all of them; left out,
        the whole table goes, and with it its aliases
    :param force: true for a resource that is a link or a file
    """
    if given.get("filters") is not None:
        answer: Document = datastore_records_delete(call, given)
        return answer
    found = _table_to_write(call, given)
    if not found.drafted:
        said = "The table was published with its dataset: it goes when the dataset does"
        raise invalid({"resource_id": [said]})
    served.end_draft(call, found)
    mark(call, found.package.id, found.resource_id, datastore_active=bool(found.over))
    drafts.remove(call.outside.store.draft(found.resource_id))
    return {"resource_id": given.get("resource_id") or found.resource_id}


@action(writes=True)
def datastore_records_delete(call: Call, given: Given) -> Document:
    """Delete rows of a table; the table stays.

    :param resource_id: the id of the resource
    :param filters: which rows, as in datastore_search; an empty object for all of them
    :param force: true for a resource that is a link or a file
    """
    errors: dict[str, Any] = {}
    wanted = read_json("filters", given, errors).get("filters")
    if wanted is None:
        errors.setdefault("filters", [MISSING])
    elif not isinstance(wanted, Mapping):
        errors["filters"] = ["filters must be either a dict or null."]
    found = _table_to_write(call, given)
    if errors:
        raise invalid(errors)
    told: dict[str, Any] = {}

    def write(connection: Any, said: About) -> About:
        where: Condition | None = filters.condition(said, wanted)
        told.update({"filterops": where.told} if where else {})
        return drafts.delete(connection, said, where)

    _write(call, found, write)
    resource_id = given.get("resource_id") or found.resource_id
    return {"resource_id": resource_id, "filters": wanted, **told}
