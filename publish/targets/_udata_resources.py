"""The resources of a dataset at a udata portal: each is written by a request of its own."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from datasets.names import file_name
from publish.targets._package import OF, read_back
from publish.targets._records import Record
from publish.targets._target import Document, Here, NotTaken, Save, Target
from publish.targets._udata_api import Api

COMPARED = ("title", "description", "type", "format")


def found(ours: Document, record: Record, there: Sequence[Any]) -> dict[str, Any] | None:
    """The resource there that stands for ours: by id on record, by its extra, by its address."""
    ids = record.parts.get("resources", {})
    known = ids.get(ours["extras"][OF])
    for theirs in there:
        if theirs["id"] == known or (theirs.get("extras") or {}).get(OF) == ours["extras"][OF]:
            return dict(theirs)
    free = (r for r in there if r["id"] not in ids.values())
    same = (r for r in free if (r.get("title"), r.get("url")) == (ours["title"], ours["url"]))
    return next(map(dict, same), None)


def resource_differences(
    document: Document, there: Sequence[Any], record: Record
) -> Iterator[tuple[str, str, str]]:
    """Field, value here and value there, resource by resource."""
    for resource in document["resources"]:
        where = f"resources.{resource['title']}"
        theirs = found(resource, record, there)
        if theirs is None:
            yield where, resource["url"], ""
            continue
        lies = lies_there(document, resource, theirs, record)
        for field in COMPARED if lies else (*COMPARED, "url"):
            here, now = (str(r.get(field) or "").strip() for r in (resource, theirs))
            if here != now:
                yield f"{where}.{field}", here, now


def lies_there(
    document: Document, ours: Document, theirs: Mapping[str, Any] | None, record: Record
) -> bool:
    """Tell whether the bytes that we have now were uploaded, and still are a file there.

    The address of such a file is the portal's.
    """
    wanted = document["files"].get(ours["extras"][OF])
    uploaded = record.parts.get("files", {}).get(ours["extras"][OF])
    is_file = theirs is not None and theirs.get("filetype") == "file"
    return is_file and bool(wanted) and uploaded == wanted


class Resources:
    """Writes the resources of one dataset."""

    def __init__(
        self,
        api: Api,
        target: Target,
        here: Here,
        document: Document,
        record: Record,
        save: Save,
    ) -> None:
        self.api, self.target, self.here, self.document = api, target, here, document
        self.record, self.save = record, save
        self.path = f"/datasets/{record.remote_id}"

    def send(self, there: Sequence[Any]) -> list[str]:
        """Make, change and delete resources; gives notes on files that stay links."""
        notes: list[str] = []
        ours = self.document["resources"]
        # a new resource comes first at the portal, so the last of ours is made first
        for resource in reversed(ours):
            theirs = found(resource, self.record, there)
            notes += self._one(resource, theirs)
        self._forget({resource["extras"][OF] for resource in ours})
        return notes

    def _one(self, ours: Document, theirs: dict[str, Any] | None) -> list[str]:
        path = self._file(ours)
        if path is not None and not lies_there(self.document, ours, theirs, self.record):
            try:
                theirs = self._uploaded(ours, theirs, path)
            except NotTaken as error:
                return [*self._linked(ours, theirs), f"{ours['title']} stays a link: {error}"]
        if path is not None and theirs is not None:
            self._write(ours | {"filetype": "file", "url": theirs["url"]}, theirs)
            return []
        return self._linked(ours, theirs)

    def _file(self, ours: Document) -> Path | None:
        """The bytes of a resource that are to lie there; None for a link."""
        sha256 = self.document["files"].get(ours["extras"][OF])
        path = self.here.store.blob(sha256) if sha256 else None
        fits = path is not None and path.stat().st_size <= self.target.upload_max_bytes
        return path if fits else None

    def _linked(self, ours: Document, theirs: dict[str, Any] | None) -> list[str]:
        """Make the resource a link; a file there cannot become one, so it makes room."""
        if theirs is not None and theirs.get("filetype") == "file":
            self.api.delete(f"{self.path}/resources/{theirs['id']}/")
            theirs = None
        if theirs is None:
            self._remember(ours, self.api.post(f"{self.path}/resources/", ours)["id"])
        else:
            self._write(ours, theirs)
        return []

    def _write(self, ours: Document, theirs: dict[str, Any]) -> None:
        """Write the fields of a resource, if any of them differs."""
        known = theirs.get("extras") or {}
        fields = (*COMPARED, "url")
        same = all(str(ours.get(field) or "") == str(theirs.get(field) or "") for field in fields)
        if not same or known.get(OF) != ours["extras"][OF]:
            extras = known | ours["extras"]
            self.api.put(f"{self.path}/resources/{theirs['id']}/", ours | {"extras": extras})
        self._remember(ours, theirs["id"])

    def _uploaded(
        self, ours: Document, theirs: dict[str, Any] | None, path: Path
    ) -> dict[str, Any]:
        """Send the bytes and read them back; gives the resource. Raises NotTaken."""
        again = theirs is not None and theirs.get("filetype") == "file"
        place = f"resources/{theirs['id']}/upload/" if again and theirs else "upload/"
        with path.open("rb") as file:
            name = file_name(urlsplit(ours["url"]).path)
            made = self.api.upload(f"{self.path}/{place}", {"file": (name, file)})
        if theirs is not None and not again:  # a link cannot become a file
            self.api.delete(f"{self.path}/resources/{theirs['id']}/")
        self._remember(ours, made["id"])
        fault = _checked(made, path) or read_back(self.here, str(made.get("url")), path)
        if fault:
            self.api.delete(f"{self.path}/resources/{made['id']}/")
            raise NotTaken(f"the file {fault} there after the upload")
        files = self.record.parts.get("files", {})
        of = ours["extras"][OF]
        self.record.parts["files"] = files | {of: self.document["files"][of]}
        self.save()
        return made

    def _remember(self, ours: Document, remote_id: str) -> None:
        known = self.record.parts.get("resources", {})
        if known.get(ours["extras"][OF]) != remote_id:
            self.record.parts["resources"] = known | {ours["extras"][OF]: remote_id}
            self.save()

    def _forget(self, kept: set[str]) -> None:
        """Delete what we made there and have no longer; what others added stays."""
        for of, remote_id in list(self.record.parts.get("resources", {}).items()):
            if of not in kept:
                self.api.delete(f"{self.path}/resources/{remote_id}/")
                del self.record.parts["resources"][of]
                self.save()


def _checked(made: Mapping[str, Any], path: Path) -> str:
    """What is wrong with what the portal says of a file that it was sent."""
    said = made.get("checksum") or {}
    size_bytes = path.stat().st_size
    if made.get("filesize") not in (None, size_bytes):
        return "has another size"
    if said.get("type") in ("sha1", "sha256", "md5"):
        with path.open("rb") as file:
            if hashlib.file_digest(file, said["type"]).hexdigest() != said.get("value"):
                return "has another checksum"
    return ""
