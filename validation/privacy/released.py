"""Releases: an officer's word that personal data in a column may be public all the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from validation.privacy.table import Hit

EXACT = frozenset({"jmbg", "jmbg-possible", "jmbg-short", "id-card", "passport"})
"""Kinds of which only the very bytes are released that the officer has seen."""


@dataclass(frozen=True, slots=True)
class Release:
    """Who let which kind of personal data in which column be public, when and why."""

    resource: str
    field: str
    kind: str
    by: str
    when: str
    reason: str


def of_resource(settings: Mapping[str, Any], resource: str) -> list[Release]:
    """Give the releases that hold for a resource; `settings` are Checks.settings."""
    releases = (Release(**said) for said in settings.get("releases", ()))
    return [release for release in releases if release.resource == resource]


def release_of(hit: Hit, labels: Sequence[str], releases: Iterable[Release]) -> Release | None:
    """Give the release of what was found, if there is one."""
    label = labels[hit.column] if hit.column < len(labels) else ""
    kinds = {hit.kind, "phone"} if hit.kind == "landline" else {hit.kind}
    return next((r for r in releases if r.field == label and r.kind in kinds), None)
