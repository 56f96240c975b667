"""Releases from the command line: given or taken back in an officer's name."""

from typing import Any

from datasets.model import Receipt
from publish.catalog import Embedded, User
from publish.desk import Desk
from publish.pipeline import again

type Wanted = dict[str, str | None]
"""`resource`, `field` and `kind`; None is any."""


def release(
    name: str, desk: Desk, *, by: str, reason: str, wanted: Wanted
) -> tuple[list[dict[str, Any]], Receipt]:
    """Release what stops a dataset, and judge its last delivery again.

    Gives the releases and what became of the dataset. Raises ckanapi's errors for an officer who
    may not, or where nothing waits; NotFound where nothing was delivered.
    """
    given = {"id": name, "reason": reason, **wanted, "judge": False}
    made = _as(by, desk).call_action("privacy_release_create", given)
    return made, again(name, desk)


def revoke(name: str, desk: Desk, *, by: str, wanted: Wanted) -> list[dict[str, Any]]:
    """Take back the releases of a dataset; what is public by them stays public until it changes.

    Raises ckanapi's errors for an officer who may not.
    """
    with _as(by, desk).transaction() as catalog:
        standing = [
            each
            for each in catalog.call_action("privacy_release_list", {"id": name})
            if not each["revoked_by"]
            and all(value in (None, each[key]) for key, value in wanted.items())
        ]
        return [
            catalog.call_action("privacy_release_revoke", {"id": each["id"]}) for each in standing
        ]


def _as(name: str, desk: Desk) -> Embedded:
    """Give the catalog to an officer."""
    user = desk.catalog.call_action("user_show", {"id": name})
    return desk.catalog.as_user(User(user["id"], user["name"], user["sysadmin"]))
