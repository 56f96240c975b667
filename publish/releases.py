"""Releases of personal data: who let what of which column be public, when, and why.

A release holds for later deliveries too. One of personal numbers, identity cards or passports
holds only for the very file that the officer saw: the next may be of other people.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Column, Connection, Table, Text, insert, select, update

from datasets.model import Dataset, Finding, Report
from publish.database import metadata
from publish.versions import Versions
from validation.judge import Checks
from validation.privacy.released import EXACT, Release

RELEASE = Table(
    "release",
    metadata,
    Column("id", Text, primary_key=True),
    Column("dataset", Text, nullable=False, index=True),  # its id
    Column("resource", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("sha256", Text, nullable=False),  # of the only file for which it holds, or empty
    Column("reason", Text, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("time", Text, nullable=False),
    Column("revoked_by", Text, nullable=False),  # empty while it stands
    Column("revoked", Text, nullable=False),
)
OF_KIND = "personal-"
"""How the checks begin of which a kind can be released."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A kind of personal data in a column that stops a dataset."""

    resource: str
    field: str
    kind: str


@dataclass(frozen=True, slots=True)
class Released:
    """A release as it is kept; `revoked_by` is empty while it stands."""

    id: str
    dataset: str
    resource: str
    field: str
    kind: str
    sha256: str
    reason: str
    user_name: str
    time: str
    revoked_by: str = ""
    revoked: str = ""


def secrets(report: Report) -> list[Secret]:
    """Give what an officer may release of a report, each column and kind once."""
    found = (_secret(f) for f in report.of("error") if f.check.startswith(OF_KIND) and f.resource)
    return list(dict.fromkeys(secret for secret in found if secret.kind != "in-name"))


def _secret(finding: Finding) -> Secret:
    return Secret(finding.resource, finding.field, finding.check.removeprefix(OF_KIND))


def keep(connection: Connection, releases: Sequence[Released]) -> None:
    """Write releases."""
    if releases:
        connection.execute(insert(RELEASE), [asdict(release) for release in releases])


def revoke(connection: Connection, ids: Collection[str], user_name: str, time: str) -> None:
    """Take releases back; that they were given stays known."""
    which = RELEASE.c.id.in_(ids) & (RELEASE.c.revoked_by == "")
    connection.execute(update(RELEASE).where(which).values(revoked_by=user_name, revoked=time))


def of_dataset(connection: Connection, dataset_id: str) -> list[Released]:
    """Give all releases of a dataset, the first one first; revoked ones too."""
    query = select(RELEASE).where(RELEASE.c.dataset == dataset_id)
    rows = connection.execute(query.order_by(RELEASE.c.time, RELEASE.c.id))
    return [Released(**row._mapping) for row in rows]


def find(connection: Connection, release_id: str) -> Released | None:
    """Give a release by its id."""
    row = connection.execute(select(RELEASE).where(RELEASE.c.id == release_id)).first()
    return Released(**row._mapping) if row else None


def sealed(secret: Secret, files: Mapping[str, str]) -> str:
    """Give the hash of the only file for which a release holds; empty where it holds for all.

    `files` are the hashes of the delivery by resource name.
    """
    return files[secret.resource] if secret.kind in EXACT else ""


def applied(checks: Checks, kept: Dataset, versions: Versions) -> Checks:
    """Let the checks of a dataset know what of it was released."""
    with versions.reading() as connection:
        found = of_dataset(connection, kept.id)
    files = {resource.name: resource.sha256 for resource in kept.resources}
    standing = [
        Release(each.resource, each.field, each.kind, each.user_name, each.time[:10], each.reason)
        for each in found
        if not each.revoked_by and each.sha256 in ("", files.get(each.resource))
    ]
    if not standing:
        return checks
    told = [asdict(release) for release in standing]
    settings: dict[str, Any] = {**checks.settings, "releases": told}
    return replace(checks, settings=settings)
