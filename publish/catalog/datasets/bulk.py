"""Many packages of an organization at once: all of them change, or none."""

from typing import Any

from publish.catalog import authorization
from publish.catalog.call import Call, Given
from publish.catalog.datasets.packages import change
from publish.catalog.documents import storage
from publish.catalog.errors import invalid, missing
from publish.catalog.registry import action
from publish.catalog.validators import MISSING, REQUIRED, Field, check, words

TAKES = {"org_id": REQUIRED, "datasets": Field((words,), required=MISSING)}


@action(writes=True)
def bulk_update_private(call: Call, given: Given) -> None:
    """Make datasets of an organization private.

    :param datasets: a list of names or ids
    :param org_id: the name or id of the organization
    """
    _change_all(call, given, {"private": True})


@action(writes=True)
def bulk_update_public(call: Call, given: Given) -> None:
    """Make datasets of an organization public.

    :param datasets: a list of names or ids
    :param org_id: the name or id of the organization
    """
    _change_all(call, given, {"private": False})


@action(writes=True)
def bulk_update_delete(call: Call, given: Given) -> None:
    """Delete datasets of an organization; each comes back with `state: active`.

    :param datasets: a list of names or ids
    :param org_id: the name or id of the organization
    """
    _change_all(call, given, {"state": "deleted"})


def _change_all(call: Call, given: Given, changed: dict[str, Any]) -> None:
    errors: dict[str, Any] = {}
    values = check(TAKES, given, errors)
    if errors:
        raise invalid(errors)
    organization = storage.find_group(call, values["org_id"], "organization")
    authorization.update_all(call, organization["id"] if organization else None)
    if organization is None:
        raise missing("Organization was not found.")
    for wanted in values["datasets"]:
        row = storage.find_package(call, wanted)
        if row is None or row.owner_id != organization["id"]:
            raise missing(f"Dataset {wanted} is not in this organization")
        change(call, row, changed)
