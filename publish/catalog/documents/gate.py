"""The gate of personal data for what comes by the API: files, and rows of tables.

What a pipeline publishes was judged there. Here an action asks, before it makes anything public,
what stands in it. As that takes longer than the catalog may be locked, an action that meets what
nobody has seen ends with `Unseen`: its transaction is undone, the source is looked through, and
the action is made again (`Embedded.answer`). A private dataset takes what it gets; it is asked when
it becomes public.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from publish import releases
from publish.catalog import authorization
from publish.catalog.call import Call, Document
from publish.catalog.documents.storage import PackageRow
from publish.catalog.documents.uploads import FILE, PENDING
from publish.catalog.errors import invalid
from publish.catalog.sources import Draft, FileSource, Records, Seen, Source, Unseen
from publish.catalog.tables import drafts
from publish.releases import Released
from publish.versions import files_of, tables_of
from validation.privacy.gate import FIXED, Personal, form_of
from validation.privacy.kinds import SAID
from validation.privacy.masking import masked_text
from validation.privacy.released import EXACT

LONGEST_REASON = 2000
MOST_CELLS = 20_000_000  # of records in one call
WAY_OUT = (
    "Take it out and send it again; or an admin of the organization sends it with privacy_reason, "
    "which says why it may be public"
)
NO_RELEASE = "Take it out and send it again: nobody can release what stands in a name or a header"


def check_package(call: Call, old: Document, document: Document) -> None:
    """Refuse a package that would make personal data public; `old` is the one before, or empty.

    Raises ValidationError, NotAuthorized for a reason from somebody who may not give one, and
    Unseen.
    """
    if not (_is_on(call) and _is_public(document)):
        return
    found = list(_sources(call, document, appears=not _is_public(old)))
    _need(call, [source for _, _, source in found])
    faults: list[dict[str, Any]] = [{} for _ in document["resources"]]
    for place, key, source in found:
        resource_id = document["resources"][place]["id"]
        seen = call.seen[source.key]
        if told := _refusal(call, document["id"], document["owner_org"], resource_id, seen):
            faults[place][key] = told
    if any(faults):
        raise invalid({"resources": faults})


def check_records(
    call: Call, row: PackageRow, resource_id: str, labels: Sequence[str], records: Sequence[Any]
) -> None:
    """Refuse rows with personal data that would be public; raises as `check_package` does."""
    is_public = row.state == "active" and not row.private
    known = dict.fromkeys(labels)
    known |= {key: None for record in records if isinstance(record, Mapping) for key in record}
    if not (_is_on(call) and is_public and known):
        return
    if len(known) * len(records) > MOST_CELLS:
        raise invalid({"records": [f"More than {MOST_CELLS} cells: send them in parts"]})
    source = Records(list(map(str, known)), records)
    _need(call, [source])
    if told := _refusal(call, row.id, row.owner_id, resource_id, call.seen[source.key]):
        raise invalid({"records": told})


def checked_reason(reason: Any, key: str) -> str:
    """Give the reason of a release; raises ValidationError for one that cannot be shown."""
    said: str = reason.strip() if isinstance(reason, str) else ""
    if not said or len(said) > LONGEST_REASON:
        raise invalid({key: [f"Say why, in 1 to {LONGEST_REASON} characters"]})
    if masked_text(said) != said:
        raise invalid({key: ["The reason is public: leave personal data out of it"]})
    return said


def _is_on(call: Call) -> bool:
    return call.outside.config.validation.privacy.uploads == "check"


def _is_public(document: Mapping[str, Any]) -> bool:
    return document.get("state") == "active" and not document["private"]


def _sources(call: Call, document: Document, *, appears: bool) -> Iterator[tuple[int, str, Source]]:
    """Yield what of a package was not public: its resource's place, a fault's key, the source.

    Where the package itself `appears`, it is all that was written or uploaded.
    """
    written = _drafted(call, document) if appears else frozenset()
    for place, resource in enumerate(document["resources"]):
        if PENDING in resource or (appears and FILE in resource):
            filename = resource["url"].rpartition("/")[2]
            form = form_of(filename, resource["format"] or "")
            if form:
                yield place, "upload", FileSource(_path(call, resource), filename, form)
        if resource["id"] in written:
            yield place, "records", Draft.of(call.outside.store.draft(resource["id"]))


def _path(call: Call, resource: Document) -> Any:
    pending = resource.get(PENDING)
    return pending.path if pending else call.outside.store.blob(resource[FILE])


def _drafted(call: Call, document: Document) -> frozenset[str]:
    """The ids of resources of which a table is shown that somebody wrote."""
    ids = [resource["id"] for resource in document["resources"]]
    if not ids:
        return frozenset()
    query = select(drafts.c.resource, drafts.c.over).where(drafts.c.resource.in_(ids))
    found = call.connection.execute(query).all()
    published = tables_of(call.connection, document["id"]) if found else {}
    return frozenset(row.resource for row in found if row.over == published.get(row.resource, ""))


def _need(call: Call, sources: Sequence[Source]) -> None:
    """See to it that all sources were looked through: now, where nobody can call again."""
    missing = [source for source in sources if source.key not in call.seen]
    if missing and call.look is None:
        raise Unseen(missing)
    if missing and call.look is not None:
        call.seen |= call.look(missing)


def _refusal(
    call: Call, dataset: str, organization: str | None, resource_id: str, seen: Seen
) -> list[str]:
    """Say what stops a source and is not released; a reason of an admin releases it."""
    if not seen.personal:
        return []
    published = files_of(call.connection, dataset).get(resource_id)
    name = published.name if published else resource_id
    standing = {
        (each.field, each.kind)
        for each in releases.of_dataset(call.connection, dataset)
        if each.resource == name and not each.revoked_by and each.sha256 in ("", seen.sha256)
    }
    held = [p for p in seen.personal if (p.field, p.kind) not in standing]
    if not held or any(each.kind in FIXED for each in held) or call.privacy_reason is None:
        return _told(held) if held else []
    authorization.release(call, organization, name)
    reason = checked_reason(call.privacy_reason, "privacy_reason")
    call.released += [_released(call, dataset, name, each, seen, reason) for each in held]
    return []


def _released(
    call: Call, dataset: str, name: str, found: Personal, seen: Seen, reason: str
) -> Released:
    return Released(
        id=str(uuid.uuid4()),
        dataset=dataset,
        resource=name,
        field=found.field,
        kind=found.kind,
        sha256=seen.sha256 if found.kind in EXACT else "",
        reason=reason,
        user_name=call.user_name,
        time=call.time,
    )


def _told(held: Sequence[Personal]) -> list[str]:
    """Say what was found, column by column, and the way out."""
    fixed = any(each.kind in FIXED for each in held)
    return [*dict.fromkeys(map(_sentence, held)), NO_RELEASE if fixed else WAY_OUT]


def _sentence(found: Personal) -> str:
    if found.kind == "in-name":
        return "The name of the file: there are personal data"
    if found.kind == "in-header":
        return f"The header of column {found.column}: there are personal data"
    return f"Column {found.field or found.column}: there are {SAID[found.kind]}"
