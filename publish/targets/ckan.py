"""Another CKAN: what is public here is shown there, under ids that stay.

Rules: docs/decisions/0007-catalog.md, and the Action API of CKAN 2.9 to 2.12.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ckanapi.errors import CKANAPIError, NotFound, ValidationError

from datasets.errors import TargetError
from publish.targets import _ckan_files as files
from publish.targets._ckan_session import Site, refused
from publish.targets._package import (
    OF,
    SITE,
    extras,
    files_of,
    identity,
    paired,
    said,
    script,
)
from publish.targets._records import Record
from publish.targets._target import (
    Document,
    Here,
    NotTaken,
    Package,
    Remote,
    Save,
    Target,
    There,
)

TEXTS = ("url", "author", "author_email", "maintainer", "maintainer_email", "license_id", "version")
OF_RESOURCES = ("id", "format", "mimetype", "url", "size", "hash", "resource_type", "schema")
MOST_NAMES = 20
PAGE_ROWS = 100


class Ckan(Target):
    """A CKAN site; `organizations` maps our organizations to those of the site."""

    def connect(self, here: Here) -> Remote:
        """Give the site as it is talked to with the target's token."""
        return _Remote(self, here, Site(self.url, here, self.token()))


class _Ours(Exception):
    """What is to be created is there already."""

    def __init__(self, there: There) -> None:
        super().__init__(there.id)
        self.there = there


class _Remote(Remote):
    def __init__(self, target: Ckan, here: Here, site: Site) -> None:
        self.target, self.here, self.site = target, here, site
        self._publishes_in: set[str] = set()

    def document(self, package: Package) -> Document:
        """The package as package_create takes it."""
        language = self.target.language
        told = extras(package) | identity(package, self.here)
        return {
            "id": package["id"],
            "name": package["name"],
            "title": said(package, "title", language),
            "notes": said(package, "notes", language),
            "owner_org": self.target.organization(package["organization"]["name"]),
            "private": False,
            "state": "active",
            "tags": [{"name": n} for n in sorted({self._tag(t) for t in package["tags"]})],
            "extras": [{"key": key, "value": value} for key, value in told.items()],
            "resources": [self._resource(resource) for resource in package["resources"]],
            "files": files_of(package, self.here) if self.target.files == "upload" else {},
        } | {key: package.get(key) or "" for key in TEXTS}

    def _tag(self, tag: Mapping[str, Any]) -> str:
        return script(tag["name"], self.target.language)

    def _resource(self, resource: Mapping[str, Any]) -> Document:
        kept = {key: resource[key] for key in OF_RESOURCES if resource.get(key) not in (None, "")}
        worded = {
            key: script(resource.get(key), self.target.language) for key in ("name", "description")
        }
        return {"format": "", "url": "", **kept, **worded}

    def find(self, record: Record) -> There | None:
        """By the id on record, by the extra that says what it is, by a name that is ours."""
        if record.remote_id and (found := self._shown(record.remote_id)):
            return found
        for found in self._searched(f'{OF}:"{record.dataset}"'):
            if self._is_ours(found, record.dataset):
                return found
        named = self._shown(record.remote_name or record.name)
        return named if self._is_ours(named, record.dataset) else None

    def _shown(self, name_or_id: str) -> There | None:
        document = self.site.show(name_or_id)
        return _there(document) if document else None

    def _is_ours(self, there: There | None, of: str) -> bool:
        """Tell whether a package says that it is that dataset of this site."""
        if there is None or there.of != of:
            return False
        return _extras(there.document).get(SITE) == self.here.site_url

    def _searched(self, query: str) -> Iterator[There]:
        """All packages that a query finds, page by page; a site may cap the rows silently."""
        start, seen = 0, set[str]()
        while True:
            asked = {"q": query, "rows": PAGE_ROWS, "start": start, "sort": "id asc"}
            result = self._read("package_search", asked)
            rows = result.get("results") if isinstance(result, dict) else None
            page = [_there(self.site.package(row)) for row in rows or []]
            new = [there for there in page if there.id not in seen]
            if not new:
                return
            yield from new
            seen |= {there.id for there in new}
            start += len(page)

    def _read(self, action: str, given: Mapping[str, Any]) -> Any:
        try:
            return self.site.call(action, given)
        except CKANAPIError as error:
            raise TargetError(f"{action}: {self.site.told(error)}") from None

    def send(
        self, document: Document, there: There | None, record: Record, save: Save
    ) -> Sequence[str]:
        """Create the package or patch it, then upload what is to lie there."""
        self._check_organization(document["owner_org"])
        try:
            written = self._replaced(document, there, record) if there else self._created(document)
        except _Ours as found:  # an earlier run was stopped before it heard that it was taken
            written = self._replaced(document, found.there, record)
        record.remote_id, record.remote_name = written["id"], written["name"]
        record.parts |= {
            "resources": _ids(document, written, record),
            "extras": [extra["key"] for extra in document["extras"]],
        }
        save()
        return files.upload(self.site, self.target, self.here, document, written, record, save)

    def _check_organization(self, wanted: str) -> None:
        """Refuse to write where the token may not, and say where it may."""
        if not self._publishes_in:
            listed = self._read("organization_list_for_user", {"permission": "create_dataset"})
            found = [o for o in listed or [] if isinstance(o, dict)]
            self._publishes_in = {str(o.get(key)) for o in found for key in ("name", "id")}
            if not found:
                raise TargetError(
                    "the token may publish in no organization there: it is wrong or revoked, or"
                    " its user is editor of none"
                )
        if wanted not in self._publishes_in:
            raise NotTaken(
                f"the token may not publish in the organization {wanted!r} there; map ours to one"
                f" where it may under `organizations` of the target"
            )

    def _created(self, document: Document) -> dict[str, Any]:
        return self._written("package_create", document, _names(document["name"]))

    def _replaced(self, document: Document, there: There, record: Record) -> dict[str, Any]:
        names = _names(document["name"])
        merged = _merged(document, there, record)
        if there.name in names:
            merged["name"] = there.name
        return self._written("package_patch", merged, names)

    def _written(self, action: str, sent: Document, names: Sequence[str]) -> dict[str, Any]:
        """Write a package under the first name that is free, without ids that are refused."""
        sent = {key: value for key, value in sent.items() if key != "files"}
        for _ in range(MOST_NAMES + 2):
            try:
                return self.site.package(self.site.call(action, sent))
            except ValidationError as error:
                mended = self._mended(action, sent, names, error)
                if mended == sent:
                    raise refused(self.site, error) from None
                sent = mended
            except CKANAPIError as error:
                raise refused(self.site, error) from None
        raise NotTaken(f"the names {names[0]}, {names[1]} … are all taken there")

    def _mended(
        self, action: str, sent: Document, names: Sequence[str], error: ValidationError
    ) -> Document:
        """What to send instead; the same when the faults are of the dataset itself.

        The fields tell what is wrong, not the sentences: a site may speak any language.
        """
        faults, mended = error.error_dict, dict(sent)
        of = _extras(sent)[OF] if action == "package_create" else ""
        if "id" in faults and of and "id" in sent:
            self._look(sent["id"], of)
            del mended["id"]  # only a sysadmin may choose it
        if wrong := _wrong_ids(faults.get("resources")):
            mended["resources"] = [
                {k: v for k, v in resource.items() if k != "id" or place not in wrong}
                for place, resource in enumerate(sent["resources"])
            ]
        if "name" in faults and self._look(sent["name"], of):
            mended["name"] = _after(sent["name"], names)
        return mended

    def _look(self, name_or_id: str, of: str) -> bool:
        """Tell whether a package has the name or id, also one that we may not see.

        Raises _Ours when it is the dataset `of` ours that is being created.
        """
        try:
            there = _there(self.site.package(self.site.call("package_show", {"id": name_or_id})))
        except NotFound:
            return False
        except CKANAPIError:
            return True
        if of and self._is_ours(there, of):
            raise _Ours(there)
        return True

    def differences(
        self, document: Document, there: There, record: Record
    ) -> Iterator[tuple[str, str, str]]:
        """Compare what we send with what is shown; an empty value is as good as none."""
        theirs = there.document
        for key in ("title", "notes", "private", *TEXTS):
            yield from _differ(key, document[key], theirs.get(key))
        owner = theirs.get("organization") or {}
        if document["owner_org"] not in (owner.get("name"), theirs.get("owner_org")):
            yield "organization", document["owner_org"], str(owner.get("name") or "")
        yield from _differ(
            "tags", *(sorted(t["name"] for t in d["tags"]) for d in (document, theirs))
        )
        known = _extras(theirs)
        for extra in document["extras"]:
            yield from _differ(f"extras.{extra['key']}", extra["value"], known.get(extra["key"]))
        yield from self._resource_differences(document, theirs["resources"], record)

    def _resource_differences(
        self, document: Document, there: list[Any], record: Record
    ) -> Iterator[tuple[str, str, str]]:
        pairs = paired(document, record.parts.get("resources", {}), there)
        for ours, theirs in zip(document["resources"], pairs, strict=True):
            where = f"resources.{ours['name'] or ours['id']}"
            if theirs is None:
                yield where, ours["url"], ""
                continue
            lies_there = files.lies_there(document, ours, theirs, record)
            left_out = ("id", *(files.THEIRS if lies_there else ()))
            for key in ours.keys() - {*left_out}:
                yield from _differ(f"{where}.{key}", ours[key], theirs.get(key))

    def withdraw(self, remote_id: str) -> None:
        """Delete the package as CKAN does: it is hidden, and may come back."""
        try:
            self.site.call("package_delete", {"id": remote_id})
        except NotFound:
            return
        except CKANAPIError as error:
            raise refused(self.site, error) from None

    def ours(self) -> Iterator[There]:
        """The packages whose extra names our site."""
        for there in self._searched(f'{SITE}:"{self.here.site_url}"'):
            if there.of and self._is_ours(there, there.of):
                yield there


def _extras(document: Mapping[str, Any]) -> dict[str, str]:
    return {str(e.get("key")): str(e.get("value")) for e in document["extras"]}


def _there(document: dict[str, Any]) -> There:
    gone = document.get("state", "active") != "active"
    return There(document["id"], document["name"], _extras(document).get(OF, ""), document, gone)


def _names(wanted: str) -> list[str]:
    """The names to try, in order: the wanted one, then with -2, -3 and so on."""
    return [wanted, *(f"{wanted[:97]}-{n}" for n in range(2, MOST_NAMES))]


def _after(name: str, names: Sequence[str]) -> str:
    place = names.index(name) + 1 if name in names else 0
    return names[place] if place < len(names) else name


def _wrong_ids(faults: object) -> set[int]:
    """The places of resources whose id the site refuses."""
    listed = faults if isinstance(faults, list) else []
    return {
        place for place, fault in enumerate(listed) if isinstance(fault, dict) and "id" in fault
    }


def _merged(document: Document, there: There, record: Record) -> Document:
    """The document over what is there: what others added at the site stays, in its place."""
    mine = {extra["key"] for extra in document["extras"]} | {*record.parts.get("extras", [])}
    others = [extra for extra in there.document["extras"] if extra.get("key") not in mine]
    known = record.parts.get("resources", {})
    pairs = paired(document, known, there.document["resources"])
    resources = [
        files.over(document, ours, theirs, record) if theirs else ours
        for ours, theirs in zip(document["resources"], pairs, strict=True)
    ]
    gone = {*known.values(), *(theirs["id"] for theirs in pairs if theirs)}
    added = [r for r in there.document["resources"] if r.get("id") not in gone]
    return document | {
        "id": there.id,
        "extras": [*document["extras"], *others],
        "resources": [*resources, *added],
    }


def _ids(document: Document, written: Mapping[str, Any], record: Record) -> dict[str, str]:
    """Their id of each resource of ours; a site gives them back in the order they were sent."""
    there = written["resources"]
    if len(there) < len(document["resources"]):
        raise NotTaken("the site kept fewer resources than it was sent")
    return {
        ours["id"]: str(theirs.get("id"))
        for ours, theirs in zip(document["resources"], there, strict=False)
    }


def _differ(field: str, here: Any, there: Any) -> Iterator[tuple[str, str, str]]:
    ours, theirs = ("" if v in (None, "") else str(v).strip() for v in (here, there))
    if ours != theirs:
        yield field, ours, theirs
