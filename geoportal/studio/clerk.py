"""Who is at the studio, and for which organizations; what a dataset of theirs stands at."""

import hashlib
import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from datasets.errors import NotFound
from datasets.model import Dataset, Version
from datasets.text import Text
from geoportal.portal import Portal
from geoportal.studio.answers import Refused, SignedOut
from publish import deliveries
from publish.catalog.call import User
from publish.catalog.errors import NotFound as Unknown
from publish.database import reading
from publish.package import text_of
from publish.sessions import user_of
from publish.versions import Refusal

COOKIE = "emap-session"


@dataclass(frozen=True, slots=True)
class Clerk:
    """Somebody who is signed in.

    `organizations` are those whose datasets they may change, by name; `led` those of which they
    are admins. A sysadmin leads all. `csrf` is the secret of the session's forms.
    """

    user: User
    csrf: str
    organizations: Mapping[str, Text]
    led: frozenset[str]

    def is_own(self, csrf: str) -> bool:
        """Tell whether a form carries the secret of this session."""
        return is_alike(csrf, self.csrf)

    def may_edit(self, organizations: frozenset[str]) -> bool:
        """Tell whether they may change what belongs to all of some organizations."""
        return self.user.sysadmin or organizations <= self.organizations.keys()

    def leads(self, organizations: frozenset[str]) -> bool:
        """Tell whether they may release what belongs to all of some organizations."""
        return self.user.sysadmin or organizations <= self.led


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known under a name: its last delivery, why that is not public, what is public.

    `organizations` are all to which any of it belongs; `package_id` is that of the catalog.
    """

    name: str
    title: Text
    organizations: frozenset[str]
    source: str
    package_id: str
    delivery: Dataset | None
    refusal: Refusal | None
    current: Version | None


def is_https(request: Request) -> bool:
    """Tell whether browsers reach the site by https, so that cookies may insist on it."""
    portal: Portal = request.app.state.portal
    return portal.site_url.startswith("https://") or request.url.scheme == "https"


def cookie_name(request: Request, name: str = COOKIE) -> str:
    """The name of a cookie; with the prefix that no other host can set, where there is https."""
    return f"__Host-{name}" if is_https(request) else name


def csrf_of(secret: str) -> str:
    """The secret that forms carry, made of the cookie's, which it does not tell."""
    return hashlib.sha256(b"form\0" + secret.encode(errors="replace")).hexdigest()


def is_alike(given: str, wanted: str) -> bool:
    """Tell whether a form carries the secret that it should, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())


def clerk_of(request: Request) -> Clerk | None:
    """Who is signed in; None when nobody is, or not any more."""
    portal: Portal = request.app.state.portal
    secret = request.cookies.get(cookie_name(request), "")
    if not secret:
        return None
    with reading(portal.catalog.engine) as connection:
        user = user_of(connection, secret)
    if user is None:
        return None
    titles = _organizations(portal, user, "update_dataset")
    led = _organizations(portal, user, "admin")
    return Clerk(user, csrf_of(secret), titles, frozenset(led))


def _organizations(portal: Portal, user: User, permission: str) -> dict[str, Text]:
    asked = {"permission": permission}
    own = portal.catalog.as_user(user).call_action("organization_list_for_user", asked)
    known = portal.publishers.titles()  # with their translations
    found = {o["name"]: known.get(o["name"]) or Text(o["title"] or o["name"]) for o in own}
    if user.sysadmin:  # one that has no dataset yet is not in the catalog
        found = {o.name: Text(o.title) for o in portal.config.organizations} | found
    return found


def signed_in(request: Request) -> Clerk:
    """Who is signed in; raises SignedOut."""
    clerk = clerk_of(request)
    if clerk is None:
        raise SignedOut
    return clerk


Signed = Annotated[Clerk, Depends(signed_in)]


def standing(portal: Portal, name: str) -> Standing | None:
    """What is known under a name; None when nothing is."""
    refusal = portal.versions.refusal(name)
    pointer = portal.versions.pointer(name)
    current = portal.versions.current(name)
    package = _package(portal, name)
    delivery = None
    with suppress(NotFound):
        delivery = deliveries.last(portal.catalog.engine, name, portal.store)
    if not (refusal or pointer or package or delivery):
        return None
    delivered = [each.organization for each in (refusal, delivery) if each]
    source = pointer.source if pointer else refusal.source if refusal else ""
    return Standing(
        name=name,
        title=_title(name, package, delivery, refusal),
        organizations=frozenset([*delivered, *_owners(portal, name, package)]),
        source=source,
        package_id=package["id"] if package else "",
        delivery=delivery,
        refusal=refusal,
        current=current,
    )


def _title(
    name: str,
    package: Mapping[str, Any] | None,
    delivery: Dataset | None,
    refusal: Refusal | None,
) -> Text:
    if delivery:
        return delivery.title
    said = text_of(package, "title") if package else Text(refusal.title if refusal else "")
    return said or Text(name)


def _package(portal: Portal, name: str) -> Mapping[str, Any] | None:
    """The package of this very name, also one that is private or was withdrawn."""
    try:
        found: Mapping[str, Any] = portal.catalog.call_action("package_show", {"id": name})
    except Unknown:
        return None
    return found if found["name"] == name else None


def _owners(portal: Portal, name: str, package: Mapping[str, Any] | None) -> list[str]:
    """Whose a package is; where a person purged it, whose its last version was."""
    if package:
        return [(package.get("organization") or {}).get("name", "")]
    return [str(version.package["owner_org"]) for version in portal.versions.history(name)[-1:]]


def editable(request: Request, clerk: Clerk, name: str) -> Standing:
    """What is known under a name, for who may change it. Raises NotFound, Refused."""
    found = standing(request.app.state.portal, name)
    if found is None:
        raise NotFound(f"there is no dataset {name[:100]!r}")
    if not clerk.may_edit(found.organizations):
        raise Refused(403, "studio_others")
    return found
