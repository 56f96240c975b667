"""Validation of resources on demand, under the names of ckanext-validation.

A run is a row that outlives its process: when that ends too early, the next start says so. The
report is Frictionless' own. Files that came with a schema are judged as soon as they are kept.
"""

import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, delete, insert, select, update

from datasets.errors import EmapError
from datasets.formats import NAMED, READABLE
from datasets.names import file_name
from publish.catalog import authorization
from publish.catalog.call import SYSTEM, Call, Document, Given, now
from publish.catalog.documents import storage
from publish.catalog.documents.marks import mark
from publish.catalog.documents.storage import PackageRow
from publish.catalog.documents.uploads import FILE
from publish.catalog.errors import invalid, missing
from publish.catalog.registry import action
from publish.catalog.tables import packages, resources, validations
from publish.catalog.validators import BOOLEAN, MISSING, Field, boolean, json_list
from publish.database import writing
from publish.validating import WORKER, Task, is_dead, judge
from publish.versions import files_of

UNFINISHED = ("created", "running")
LONGEST_H = 2  # a run on another machine that took longer is dead
BROKEN_OFF = "The program ended before the validation did: run it again"
NO_FILE = "The resource has no file that can be read: upload one, or give the address of one"
MOST = 1000  # of a batch


@dataclass(frozen=True, slots=True)
class Run:
    """One validation of one resource."""

    id: str
    package_id: str
    resource_id: str
    task: Task


@action(writes=True)
def resource_validation_run(call: Call, given: Given) -> None:
    """Validate the file of a resource by its `schema`, or by what can be told of it.

    `resource_validation_show` has the report; the resource gets validation_status and
    validation_timestamp.

    :param resource_id: the id of the resource
    :param async: false to wait until it is done
    """
    row, resource = _resource(call, given)
    authorization.edit_resource(call, row, resource["id"])
    _begin(call, row, resource, wait=not boolean(given.get("async", True)))


@action()
def resource_validation_show(call: Call, given: Given) -> Document:
    """Show the last validation of a resource: status, times, report or error.

    :param resource_id: the id of the resource
    """
    row, resource = _resource(call, given)
    authorization.read_resource(call, row, resource["id"])
    query = select(validations).where(validations.c.resource == resource["id"])
    found = call.connection.execute(query).first()
    if found is None:
        raise missing("No validation report exists for this resource")
    shown: Document = {
        "id": found.id,
        "resource_id": found.resource,
        "status": found.status,
        "created": found.created,
        "finished": found.finished,
        "report": orjson.loads(found.report) if found.report else None,
        "error": orjson.loads(found.error) if found.error else None,
    }
    return shown


@action(writes=True)
def resource_validation_delete(call: Call, given: Given) -> None:
    """Delete the validation of a resource, with its report.

    :param resource_id: the id of the resource
    """
    row, resource = _resource(call, given)
    authorization.edit_resource(call, row, resource["id"])
    gone = delete(validations).where(validations.c.resource == resource["id"])
    if not call.connection.execute(gone).rowcount:
        raise missing("No validation report exists for this resource")
    mark(call, row.id, resource["id"], validation_status="", validation_timestamp="")


@action(
    writes=True,
    takes={"dataset_ids": Field((json_list,)), "query": Field(), "async": BOOLEAN},
)
def resource_validation_run_batch(call: Call, given: Given) -> Document:
    """Validate all files of some datasets, or of all. Sysadmins only.

    :param dataset_ids: names or ids, as a list
    """
    authorization.validate_all(call)
    if given["query"] is not None:
        raise invalid({"query": ["Give dataset_ids: package_search tells them"]})
    rows = list(_packages(call, given["dataset_ids"]))
    begun = 0
    for row in rows:
        for resource in storage.loads(row.document)["resources"]:
            if begun < MOST and _task(call, row, resource) is not None:
                _begin(call, row, resource, wait=False)
                begun += 1
    return {"output": f"Validation of {begun} resources in {len(rows)} datasets has begun"}


def _packages(call: Call, wanted: list[str] | None) -> Iterable[PackageRow]:
    if wanted is None:
        active = storage.package_rows.where(packages.c.state == "active")
        yield from call.connection.execute(active).all()
        return
    for name in wanted:
        row = storage.find_package(call, name)
        if row is None:
            raise missing(f'Dataset "{name}" was not found.')
        yield row


def _resource(call: Call, given: Given) -> tuple[PackageRow, Document]:
    wanted = given.get("resource_id") or given.get("id")
    if not isinstance(wanted, str) or not wanted:
        raise invalid({"resource_id": [MISSING]})
    row = storage.package_of(call, wanted[:100], "active") if wanted.isprintable() else None
    if row is None:
        raise missing("Resource was not found.")
    listed = storage.loads(row.document)["resources"]
    return row, next(resource for resource in listed if resource["id"] == wanted)


def _task(call: Call, row: PackageRow, resource: Document) -> Task | None:
    """What is to be judged; None where no file is to be had or nobody here reads its format."""
    schema = resource.get("schema")
    published = files_of(call.connection, row.id).get(resource["id"])
    if published is not None:
        return Task(published.filename, published.sha256, "", schema or published.schema)
    url = resource["url"] or ""
    kind = _format(resource)
    if kind not in READABLE:
        return None
    stem = file_name(url.rpartition("/")[2].partition("?")[0]).rpartition(".")[0] or "file"
    if FILE in resource:
        return Task(f"{stem}.{kind}", resource[FILE], "", schema)
    if url.startswith(("http://", "https://")):
        return Task(f"{stem}.{kind}", "", url, schema)
    return None


def _format(resource: Document) -> str:
    """The format of a file by its label, else by the ending of its address."""
    label = (resource["format"] or "").strip().lower()
    ending = (resource["url"] or "").partition("?")[0].rpartition(".")[2].lower()
    named = label or ending
    return {**NAMED, "zip": "shp", "txt": "csv"}.get(named, named)


def _begin(call: Call, row: PackageRow, resource: Document, *, wait: bool) -> None:
    """Note a run, and begin it when the note is kept."""
    task = _task(call, row, resource)
    if task is None:
        raise invalid({"format": [f"{NO_FILE}; formats are {', '.join(READABLE)}"]})
    mine = validations.c.resource == resource["id"]
    call.connection.execute(delete(validations).where(mine))
    run = Run(str(uuid.uuid4()), row.id, resource["id"], task)
    values = {"status": "created", "created": call.time, "worker": WORKER}
    call.connection.execute(
        insert(validations).values(id=run.id, resource=run.resource_id, **values)
    )
    mark(call, row.id, run.resource_id, validation_status="created", validation_timestamp=call.time)
    work = partial(_work, call.connection.engine, call, run)
    call.after.append(work if wait else partial(_in_thread, work))


def _in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="validation", daemon=True).start()


def _work(engine: Engine, begun: Call, run: Run) -> None:
    """Judge a file and keep what came of it; a run that was replaced meanwhile is left alone."""
    note = partial(_note, engine, begun, run)
    note(status="running")
    outcome: dict[str, Any] = {"status": "error", "error": _dumped({"message": BROKEN_OFF})}
    try:
        report = judge(run.task, begun.outside.store, begun.outside.config)
        status = "success" if report["valid"] else "failure"
        outcome = {"status": status, "report": _dumped(report)}
    except EmapError as error:
        outcome["error"] = _dumped({"message": str(error)})
    finally:
        note(**outcome, finished=now())


def _dumped(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def _note(engine: Engine, begun: Call, run: Run, **values: Any) -> None:
    with writing(engine) as connection:
        call = replace(
            begun,
            connection=connection,
            user=SYSTEM,
            time=now(),
            files={},
            changed=[],
            after=[],
            capacities=None,
            _revision=0,
        )
        _keep(call, run.id, run.package_id, run.resource_id, values)


def _keep(call: Call, run: str, package_id: str, resource_id: str, values: Given) -> None:
    changed = update(validations).where(validations.c.id == run).values(**values)
    if call.connection.execute(changed).rowcount:
        status, time = values["status"], call.time
        mark(call, package_id, resource_id, validation_status=status, validation_timestamp=time)


def judge_changed(call: Call, old: Given, document: Document) -> None:
    """Begin to judge the files of a package that came, or got another schema, with this change.

    `old` is the package as it was, empty for a new one.
    """
    before = {resource["id"]: resource for resource in old.get("resources", ())}
    for resource in document["resources"]:
        former = before.get(resource["id"], {})
        if FILE not in resource or not resource.get("schema"):
            continue
        if any(former.get(key) != resource[key] for key in (FILE, "schema")):
            row = storage.find_package(call, document["id"])
            if row is not None and _task(call, row, resource) is not None:
                _begin(call, row, resource, wait=False)


def unfinished(connection: Connection) -> bool:
    """Tell whether any run is not over."""
    query = select(validations.c.id).where(validations.c.status.in_(UNFINISHED)).limit(1)
    return connection.execute(query).first() is not None


def recover(call: Call) -> None:
    """Say of runs whose process is gone that they broke off."""
    long_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=LONGEST_H)
    query = (
        select(validations, packages.c.id.label("package_id"))
        .join(resources, resources.c.id == validations.c.resource)
        .join(packages, packages.c.number == resources.c.package)
        .where(validations.c.status.in_(UNFINISHED))
    )
    broken = {"status": "error", "error": _dumped({"message": BROKEN_OFF}), "finished": call.time}
    for row in call.connection.execute(query).all():
        if is_dead(row.worker) or row.created < long_ago.isoformat():
            _keep(call, row.id, row.package_id, row.resource, broken)
