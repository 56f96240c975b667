"""Files that came with a resource: where they lie, and what they make of the resource.

A kept resource bears the SHA-256 of its file under `FILE`, which is never answered and never taken
from outside, so that nobody reaches bytes by naming their hash.
"""

import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass

from datasets.names import file_name
from publish.catalog import authorization
from publish.catalog.call import Call, Document, Given, Upload
from publish.catalog.documents import storage
from publish.catalog.documents.formats import media_type
from publish.catalog.errors import missing
from publish.catalog.validators import boolean

FILE = "_file"
PENDING = "_upload"
DERIVED = ("hash", "size", "mimetype", "last_modified")
"""What is known of a file by looking at it; out of date as soon as there is another."""


def place(package_id: str, resource_id: str) -> str:
    """The address of a resource's file, without our site and the name of the file."""
    return f"/dataset/{package_id}/resource/{resource_id}/download"


def sent_file(sent: Given) -> Upload | None:
    """The file that came with a resource; a form sends an empty one where none was chosen."""
    upload = sent.get("upload")
    return upload if isinstance(upload, Upload) and upload.filename else None


def stays(sent: Given, former: Document | None, url: str) -> bool:
    """Tell whether a resource keeps the file it has: no other file and no link takes its place.

    `url` is the address that was sent, without our site: its own, none, or the bare name of the
    file, which CKAN's clients know it by.
    """
    if former is None or FILE not in former or sent_file(sent) is not None:
        return False
    if boolean(sent.get("clear_upload")):
        return False
    own = url.startswith(place(former["package_id"], former["id"]))
    return own or not url or (sent.get("url_type") == "upload" and "/" not in url)


def settle(
    call: Call, resource: Document, sent: Given, former: Document | None, faults: dict[str, object]
) -> None:
    """Write into a resource what its file makes of it; a new file waits for `keep_all`."""
    upload = sent_file(sent)
    if upload is not None:
        _take(call, resource, sent, upload, faults)
    elif former is not None and stays(sent, former, resource["url"]):
        resource |= {"url": former["url"], "url_type": "upload", FILE: former[FILE]}
    elif former is not None and (FILE in former or boolean(sent.get("clear_upload"))):
        if resource["url"].startswith(place(former["package_id"], former["id"])):
            resource["url"] = ""
        if resource["url_type"] == "upload":
            resource["url_type"] = ""


def _take(
    call: Call, resource: Document, sent: Given, upload: Upload, faults: dict[str, object]
) -> None:
    most = call.outside.config.catalog.max_upload_bytes
    if upload.size_bytes > most:
        faults["upload"] = [
            f"{upload.filename} has {upload.size_bytes} bytes, more than the {most} of "
            "catalog.max_upload_bytes: put it elsewhere and give its address as url, or ask the "
            "site to take more"
        ]
    name = file_name(upload.filename)
    known = media_type(name) or mimetypes.guess_type(name)[0]
    resource |= {
        "url": f"{place(resource['package_id'], resource['id'])}/{name}",
        "url_type": "upload",
        "size": upload.size_bytes,
        "mimetype": sent.get("mimetype") and resource["mimetype"] or known or upload.media_type,
        "last_modified": call.time,
        PENDING: upload,
    }


def keep_all(call: Call, resources: Iterable[Document]) -> None:
    """Make the files that wait durable; raises PublishError when the store cannot."""
    for resource in resources:
        upload: Upload | None = resource.pop(PENDING, None)
        if upload is not None:
            sha256, size_bytes = call.outside.store.keep_file(upload.path)
            resource |= {FILE: sha256, "size": size_bytes}


@dataclass(frozen=True, slots=True)
class Download:
    """What a resource hands over: its own bytes, or the address where they are.

    `url` is complete; `sha256` is empty where the resource is a link. `modified` is naive UTC.
    """

    url: str
    sha256: str
    media_type: str
    modified: str
    public: bool


def download(call: Call, package: str, resource_id: str) -> Download:
    """What a resource of a package hands over; raises NotFound and NotAuthorized."""
    row = storage.package_of(call, resource_id, "active")
    if row is None or package not in (row.id, row.name):
        raise missing()
    authorization.read_resource(call, row, resource_id)
    resources = storage.loads(row.document)["resources"]
    resource = next(each for each in resources if each["id"] == resource_id)
    return Download(
        url=call.absolute(resource["url"]) or "",
        sha256=resource.get(FILE, ""),
        media_type=resource["mimetype"] or "",
        modified=resource["last_modified"] or resource["metadata_modified"],
        public=row.state == "active" and not row.private,
    )
