"""Releases of personal data: an officer of the organization takes the responsibility, in writing.

Names of our own: CKAN has nothing of the kind.
"""

import uuid

import orjson
from sqlalchemy import select

from publish import releases
from publish.catalog import activities, authorization
from publish.catalog.call import Call, Document, Given
from publish.catalog.datasets import packages
from publish.catalog.datasets.later import do_after, judge_again
from publish.catalog.documents import gate, storage
from publish.catalog.errors import invalid, missing
from publish.catalog.registry import action
from publish.catalog.validators import MISSING, Field, boolean, text
from publish.deliveries import DELIVERY
from publish.releases import Released, Secret
from publish.versions import Refusal, Versions

WANTED = {"resource": Field((text,)), "field": Field((text,)), "kind": Field((text,))}
YES = Field((boolean,), default=True)
NEEDED = Field((text,), required=MISSING, blank=False)


@action(
    writes=True,
    takes={"id": NEEDED, "reason": NEEDED, **WANTED, "judge": YES, "async": YES},
)
def privacy_release_create(call: Call, given: Given) -> list[Document]:
    """Release personal data of a dataset that was refused for them, and judge it again.

    Admins of its organization only. Without resource, field and kind all that stops it is
    released. It holds for later deliveries; of personal numbers, identity cards and passports
    only for this file.

    :param id: name or id of the dataset
    :param reason: why it may be public; it is shown with the data
    :param resource: only of this file
    :param field: only of the column with this header
    :param kind: only of this kind: name, phone, email …
    :param judge: false to leave it for the next delivery
    :param async: false to wait until it is judged
    """
    refusal = _refusal(call, given["id"])
    authorization.release(call, _organization(call, refusal), refusal.dataset)
    reason = gate.checked_reason(given["reason"], "reason")
    chosen = _chosen(releases.secrets(refusal.report), given)
    files = _files(call, refusal.dataset)
    made = [_made(call, refusal, secret, files, reason) for secret in chosen]
    releases.keep(call.connection, made)
    _told(call, refusal.id, "released package")
    if given["judge"]:
        do_after(call, refusal.dataset, judge_again, wait=not given["async"])
    return [_document(release) for release in made]


@action(takes={"id": NEEDED})
def privacy_release_list(call: Call, given: Given) -> list[Document]:
    """List what was released of a dataset, revoked releases too, for editors of its organization.

    :param id: name or id of the dataset
    """
    dataset_id, organization = _dataset(call, given["id"])
    authorization.see_releases(call, organization, given["id"])
    return [_document(release) for release in releases.of_dataset(call.connection, dataset_id)]


@action(writes=True, takes={"id": NEEDED})
def privacy_release_revoke(call: Call, given: Given) -> Document:
    """Revoke a release: the next delivery is refused again. What is public by it stays so.

    :param id: id of the release
    """
    release = releases.find(call.connection, given["id"])
    if release is None:
        raise missing("Release was not found.")
    _, organization = _dataset(call, release.dataset)
    authorization.release(call, organization, release.dataset)
    if release.revoked_by:
        raise invalid({"id": ["This release was revoked before"]})
    releases.revoke(call.connection, [release.id], call.user_name, call.time)
    _told(call, release.dataset, "revoked package")
    found = releases.find(call.connection, release.id)
    return _document(found or release)


def keep_released(call: Call) -> None:
    """Keep what the reason of a call released, and write it into the streams of the datasets."""
    releases.keep(call.connection, call.released)
    for dataset_id in dict.fromkeys(release.dataset for release in call.released):
        _told(call, dataset_id, "released package")


def _refusal(call: Call, name_or_id: str) -> Refusal:
    versions = Versions(call.connection.engine, call.connection)
    row = storage.find_package(call, name_or_id)
    name = row.name if row else name_or_id
    refusal = versions.refusal(name)
    if refusal is None:
        raise missing(f'Dataset "{name_or_id}" waits for no release.')
    return refusal


def _dataset(call: Call, name_or_id: str) -> tuple[str, str | None]:
    """The id of a dataset and that of its organization; raises NotFound."""
    row = storage.find_package(call, name_or_id)
    if row is not None:
        return row.id, row.owner_id
    versions = Versions(call.connection.engine, call.connection)
    refusals = (r for r in versions.refusals() if name_or_id in (r.dataset, r.id))
    refusal = next(refusals, None)
    if refusal is None:
        raise missing(f'Dataset "{name_or_id}" was not found.')
    return refusal.id, _organization(call, refusal)


def _organization(call: Call, refusal: Refusal) -> str | None:
    """The id of the organization whose dataset was refused; None before it has any dataset."""
    found = storage.find_group(call, refusal.organization, "organization")
    return found["id"] if found else None


def _chosen(waiting: list[Secret], given: Given) -> list[Secret]:
    """What is to be released of what stops the dataset; raises ValidationError for nothing."""
    chosen = [
        secret
        for secret in waiting
        if all(given[key] in (None, getattr(secret, key)) for key in WANTED)
    ]
    if not chosen:
        there = "; ".join(f"{s.resource}: {s.field}: {s.kind}" for s in waiting) or "nothing"
        raise invalid({"kind": [f"Nothing of the kind waits for a release; there is {there}"]})
    return chosen


def _files(call: Call, dataset: str) -> dict[str, str]:
    """The hashes of the files of the last delivery, by resource name."""
    body = call.connection.scalar(select(DELIVERY.c.body).where(DELIVERY.c.dataset == dataset))
    if body is None:
        raise missing(f'Dataset "{dataset}" was not delivered: publish it again, then release')
    return {each["name"]: each["sha256"] for each in orjson.loads(body)["resources"]}


def _made(
    call: Call, refusal: Refusal, secret: Secret, files: dict[str, str], reason: str
) -> Released:
    return Released(
        id=str(uuid.uuid4()),
        dataset=refusal.id,
        resource=secret.resource,
        field=secret.field,
        kind=secret.kind,
        sha256=releases.sealed(secret, files),
        reason=reason,
        user_name=call.user_name,
        time=call.time,
    )


def _told(call: Call, dataset_id: str, what: str) -> None:
    """Write into the stream of a dataset what happened; one that was never public has none."""
    row = storage.find_package(call, dataset_id)
    if row is not None:
        activities.record(call, what, packages.package_show(call, {"id": row.id}))


def _document(release: Released) -> Document:
    return {
        "id": release.id,
        "dataset_id": release.dataset,
        "resource": release.resource,
        "field": release.field,
        "kind": release.kind,
        "sha256": release.sha256 or None,
        "reason": release.reason,
        "released_by": release.user_name,
        "released": release.time,
        "revoked_by": release.revoked_by or None,
        "revoked": release.revoked or None,
    }
