"""Write a package into a catalog: the embedded one, or any CKAN through ckanapi, the same way."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from ckanapi.errors import CKANAPIError, NotAuthorized, NotFound, ValidationError

from datasets.errors import PublishError

SAID_BY_CONFIG = ("title", "description", "image_url")
"""What an organization of config.yml says of itself; its extras are made of its title."""
ALONE = {f"include_{what}": False for what in ("dataset_count", "followers", "groups", "users")}
"""Asks for what an organization says of itself, and not for what is counted in the catalog."""


class Catalog(Protocol):
    """Anything that answers CKAN's actions: ours, `ckanapi.RemoteCKAN`, `ckanapi.LocalCKAN`."""

    def call_action(self, action: str, data_dict: Any = None) -> Any:
        """Call an action of CKAN's Action API; raises the errors of `ckanapi.errors`."""
        ...


def ensure_organization(catalog: Catalog, organization: Mapping[str, Any]) -> None:
    """Make the organization if the catalog does not know it, else renew what it says.

    Raises PublishError.
    """
    with _told(f"organization {organization['name']!r}"):
        if not renew_organization(catalog, organization):
            catalog.call_action("organization_create", dict(organization))


def renew_organization(catalog: Catalog, organization: Mapping[str, Any]) -> bool:
    """Let an organization say in the catalog what it says here; False when it is not known there.

    What others wrote of it (users, further extras, a logo) stays. Raises PublishError.
    """
    with _told(f"organization {organization['name']!r}"):
        try:
            there = catalog.call_action("organization_show", {"id": organization["name"], **ALONE})
        except NotFound:
            return False
        if new := _news(organization, there):
            catalog.call_action("organization_patch", {"id": there["id"], **new})
        return True


def _news(here: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    """What an organization says here and not there; one not in config.yml has only its name."""
    own = {key: here[key] for key in SAID_BY_CONFIG if here.get(key, here["name"]) != here["name"]}
    new: dict[str, Any] = {key: value for key, value in own.items() if value != there.get(key)}
    said = {extra["key"]: extra["value"] for extra in there.get("extras", [])}
    ours = {extra["key"]: extra["value"] for extra in here.get("extras", [])}
    if said | ours != said:
        new["extras"] = [{"key": key, "value": value} for key, value in (said | ours).items()]
    return new


def publish_package(catalog: Catalog, package: Mapping[str, Any]) -> Any:
    """Create or replace a package by its id; sending the same one again changes nothing.

    The whole list of resources is sent: CKAN up to 2.11 deletes those left out.
    Raises PublishError with what the catalog had against it.
    """
    whole = {"state": "active", "private": False, **package}
    with _told(f"dataset {package['name']!r}"):
        try:
            catalog.call_action("package_show", {"id": package["id"]})
        except NotFound:
            return catalog.call_action("package_create", whole)
        return catalog.call_action("package_update", whole)


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except CKANAPIError as error:
        raise PublishError(f"the catalog does not take {what}: {in_words(error)}") from error


def in_words(error: CKANAPIError) -> str:
    """What a catalog has against what it was sent: each field and its faults.

    >>> in_words(ValidationError({"name": ["Taken."], "resources": [{}, {"size": ["Bad"]}]}))
    'name: Taken.; resources 2: size: Bad'
    """
    if isinstance(error, ValidationError):
        return "; ".join(faults(error.error_dict)) or "no reason is given"
    if isinstance(error, NotAuthorized) and isinstance(error.extra_msg, Mapping):
        return str(error.extra_msg.get("message") or "not authorized")
    return str(error)


def faults(said: Any, field: str = "") -> Iterator[str]:
    """The faults of a tree of fields, each with the way to it."""
    before = f"{field}: " if field else ""
    if isinstance(said, Mapping):
        inner = ((key, value) for key, value in said.items() if key != "__type")
        for key, value in inner:
            yield from (before + fault for fault in faults(value, str(key)))
    elif isinstance(said, Sequence) and not isinstance(said, str):
        for place, value in enumerate(said, 1):
            where = f"{field} {place}" if isinstance(value, Mapping) else field
            yield from faults(value, where)
    elif said:
        yield f"{before}{said}"
