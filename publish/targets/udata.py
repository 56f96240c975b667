"""A udata portal, such as data.gov.rs: datasets and resources through its API v1.

The portal gives its own ids; ours stand in the extras `emap_id` of a dataset and of its resources.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TypeGuard

from datasets.errors import TargetError
from publish.targets import _udata_words as words
from publish.targets._package import OF, SITE, extras, files_of, identity, said, script
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
from publish.targets._udata_api import Api
from publish.targets._udata_resources import Resources, resource_differences

LONGEST_TITLE, LONGEST_DESCRIPTION = 350, 100_000


class Udata(Target):
    """A udata portal; `organizations` maps ours to the slugs or ids of its own.

    `zones` names the portal's zone for an organization of ours, instead of a box around the data.
    `withdraw` says how a dataset leaves the public there.
    """

    zones: Mapping[str, str] = {}
    withdraw: Literal["archive", "private", "delete"] = "archive"

    def connect(self, here: Here) -> Remote:
        """Give the portal as it is talked to with the target's key."""
        return _Remote(self, here, Api(self.url, here, self.token()))


class _Remote(Remote):
    def __init__(self, target: Udata, here: Here, api: Api) -> None:
        self.target, self.here, self.api = target, here, api
        self._known: dict[str, dict[str, str]] = {}
        self._organizations: dict[str, str] = {}
        self._listed: dict[str, list[There]] = {}

    def document(self, package: Package) -> Document:
        """The dataset in the portal's fields; licence and frequency as candidates of its words."""
        own, language = extras(package), self.target.language
        title = said(package, "title", language)[:LONGEST_TITLE]
        tags = {words.tag(script(tag["name"], language)) for tag in package["tags"]}
        zone = self.target.zones.get(package["organization"]["name"], "")
        return {
            "title": title,
            "description": (said(package, "notes", language) or title)[:LONGEST_DESCRIPTION],
            "organization": self.target.organization(package["organization"]["name"]),
            "license": words.licenses(package["license_id"] or ""),
            "frequency": words.frequencies(own.get("frequency", "")),
            "tags": sorted(tags - {""}),
            "spatial": words.spatial(own.get("spatial", ""), zone),
            "temporal_coverage": words.period(
                own.get("temporal_start", ""), own.get("temporal_end", "")
            ),
            "private": False,
            "extras": identity(package, self.here),
            "resources": [self._resource(resource) for resource in package["resources"]],
            "files": files_of(package, self.here) if self.target.files == "upload" else {},
        }

    def _resource(self, resource: Mapping[str, Any]) -> Document:
        language = self.target.language
        made = {
            "title": script(resource["name"], language) or resource["id"],
            "description": script(resource["description"], language),
            "url": resource["url"],
            "filetype": "remote",
            "type": words.resource_type(resource["resource_type"]),
            "format": (resource["format"] or "").lower(),
            "mime": resource["mimetype"] or "",
            "extras": {OF: resource["id"]},
        }
        if resource["size"]:
            made["filesize"] = resource["size"]
        if len(resource["hash"] or "") == 64:
            made["checksum"] = {"type": "sha256", "value": resource["hash"]}
        return made

    def find(self, record: Record) -> There | None:
        """By the id on record, else in the list of the organization, by the extra."""
        if record.remote_id and (found := self._shown(record.remote_id)):
            return found
        for listed in self._of(record.parts.get("organization", "")):
            if listed.of == record.dataset and not listed.gone:
                return self._shown(listed.id)
        return None

    def _shown(self, remote_id: str) -> There | None:
        document = self.api.get(f"/datasets/{remote_id}/")
        if document is None:
            return None
        there = _there(document)
        return None if document.get("deleted") else there

    def _of(self, organization: str) -> list[There]:
        """What an organization has there from this site, also private and archived datasets."""
        if organization not in self._listed:
            found = self._organization(organization)
            items = self.api.pages(f"/organizations/{found}/datasets/") if found else ()
            theirs = [_there(item) for item in items if not item.get("deleted")]
            mine = [t for t in theirs if t.document["extras"].get(SITE) == self.here.site_url]
            self._listed[organization] = mine
        return self._listed[organization]

    def _organization(self, slug_or_id: str) -> str:
        """The id of an organization there; empty when there is none."""
        if slug_or_id not in self._organizations:
            found = self.api.get(f"/organizations/{slug_or_id}/") if slug_or_id else None
            self._organizations[slug_or_id] = str(found["id"]) if _has_id(found) else ""
        return self._organizations[slug_or_id]

    def send(
        self, document: Document, there: There | None, record: Record, save: Save
    ) -> Sequence[str]:
        """Write the dataset, then its resources one by one, as the portal wants it."""
        fields, notes = self._fields(document, self._checked(document["organization"]))
        if there is None:
            made = self.api.post("/datasets/", fields)
        else:
            merged = {**there.document["extras"], **fields["extras"]}
            made = self.api.put(
                f"/datasets/{there.id}/", fields | {"extras": merged, "archived": None}
            )
        record.remote_id, record.remote_name = made["id"], str(made.get("slug") or "")
        save()
        resources = Resources(self.api, self.target, self.here, document, record, save)
        return [*notes, *resources.send(_there(made).document["resources"])]

    def _checked(self, organization: str) -> str:
        """The id of an organization in which the key may publish."""
        found = self._organization(organization)
        if not found:
            raise NotTaken(f"there is no organization {organization!r} there; map ours to one")
        mine = self._mine()
        if mine and found not in mine:
            raise NotTaken(
                f"the token may not publish in the organization {organization!r} there; it may in"
                f" {', '.join(sorted(set(mine.values())))}"
            )
        return found

    def _mine(self) -> dict[str, str]:
        """Slugs of the organizations that the key's owner is in, by id; empty for no limit."""
        if "mine" not in self._known:
            me = self.api.get("/me/")
            if not _has_id(me):
                raise TargetError(f"{self.api.base}/me/: does not say whose the token is")
            listed = [o for o in me.get("organizations") or [] if _has_id(o)]
            mine = {str(o["id"]): str(o.get("slug") or o["id"]) for o in listed}
            if not mine and "admin" not in (me.get("roles") or []):
                raise TargetError("the owner of the token is in no organization there")
            self._known["mine"] = {} if "admin" in (me.get("roles") or []) else mine
        return self._known["mine"]

    def _fields(self, document: Document, organization: str) -> tuple[Document, list[str]]:
        """What is sent of a dataset itself, and what of it the portal has no word for."""
        apart = ("resources", "files")
        own = {k: v for k, v in document.items() if k not in apart and v is not None}
        worded = self._worded(document)
        lost = [
            f"the portal has no word for the {field} {document[field][0]!r}"
            for field, value in worded.items()
            if document[field] and value in (words.NO_LICENSE, words.NO_FREQUENCY)
        ]
        named = [note for note in lost if words.NO_LICENSE not in note]
        return own | worded | {"organization": organization}, named

    def _worded(self, document: Document) -> dict[str, str]:
        """Licence and frequency in the words that this portal knows."""
        return {
            "license": words.known(
                document["license"], self._vocabulary("licenses"), words.NO_LICENSE
            ),
            "frequency": words.known(
                document["frequency"], self._vocabulary("frequencies"), words.NO_FREQUENCY
            ),
        }

    def _vocabulary(self, name: str) -> dict[str, str]:
        """The ids of a list of the portal, by their lower case."""
        if name not in self._known:
            listed = self.api.get(f"/datasets/{name}/")
            ids = [str(i["id"]) for i in listed or [] if _has_id(i)]
            self._known[name] = {known.lower(): known for known in ids}
        return self._known[name]

    def differences(
        self, document: Document, there: There, record: Record
    ) -> Iterator[tuple[str, str, str]]:
        """Compare what we send with what is shown; places are not, for portals redraw them."""
        theirs = there.document
        ours = document | self._worded(document) | {"archived": ""}
        for field in ("title", "description", "license", "frequency", "private", "archived"):
            here, now = (str(d.get(field) or "").strip() for d in (ours, theirs))
            if here != now:
                yield field, here, now
        tags = sorted(map(str, theirs.get("tags") or []))
        if tags != document["tags"]:
            yield "tags", ", ".join(document["tags"]), ", ".join(tags)
        for key, value in document["extras"].items():
            if theirs["extras"].get(key) != value:
                yield f"extras.{key}", value, str(theirs["extras"].get(key) or "")
        yield from resource_differences(document, theirs["resources"], record)

    def withdraw(self, remote_id: str) -> None:
        """Archive, hide or delete the dataset; a portal that cannot archive hides it."""
        path = f"/datasets/{remote_id}/"
        if self.target.withdraw == "delete":
            self.api.delete(path)
            return
        there = self._shown(remote_id)
        if there is None:
            return
        kept = {key: there.document.get(key) for key in ("title", "description")}
        if self.target.withdraw == "archive":
            time = datetime.now(UTC).isoformat(timespec="seconds")
            if self.api.put(path, kept | {"archived": time}).get("archived"):
                return
        self.api.put(path, kept | {"private": True})

    def ours(self) -> Iterator[There]:
        """The datasets of the configured organizations that say they are from this site."""
        for organization in dict.fromkeys(self._listed | dict.fromkeys(self._theirs())):
            yield from (there for there in self._of(organization) if not there.gone)

    def _theirs(self) -> list[str]:
        return list(self.target.organizations.values())


def _has_id(found: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(found, dict) and bool(found.get("id"))


def _there(document: dict[str, Any]) -> There:
    """A dataset as the portal shows it; raises TargetError when it is none."""
    told, resources = document.get("extras") or {}, document.get("resources") or []
    if not (_has_id(document) and isinstance(told, dict) and isinstance(resources, list)):
        raise TargetError("answers with something that is no dataset: check the `url`")
    whole = document | {"extras": told, "resources": [r for r in resources if _has_id(r)]}
    gone = bool(document.get("archived") or document.get("private"))
    return There(
        str(document["id"]), str(document.get("slug") or ""), str(told.get(OF, "")), whole, gone
    )
