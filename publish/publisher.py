"""Write a package into a catalog: the embedded one, or any CKAN through ckanapi, the same way."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ckanapi.errors import CKANAPIError, NotFound

from datasets.errors import PublishError


class Catalog(Protocol):
    """Anything that answers CKAN's actions: ours, `ckanapi.RemoteCKAN`, `ckanapi.LocalCKAN`."""

    def call_action(self, action: str, data_dict: Any = None) -> Any:
        """Call an action of CKAN's Action API; raises the errors of `ckanapi.errors`."""
        ...


def ensure_organization(catalog: Catalog, organization: Mapping[str, Any]) -> None:
    """Make the organization if the catalog does not know it; raises PublishError."""
    with _told(f"organization {organization['name']!r}"):
        try:
            catalog.call_action("organization_show", {"id": organization["name"]})
        except NotFound:
            catalog.call_action("organization_create", dict(organization))


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
        said = getattr(error, "error_dict", None) or error
        raise PublishError(f"the catalog does not take {what}: {said}") from error
