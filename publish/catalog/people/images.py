"""Logos of organizations and groups, pictures of users: links, or files that were uploaded.

A file is an image when its first bytes say so, whatever its name. SVG is refused: it runs scripts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import Connection, insert, select

from datasets.names import file_name
from publish.catalog.call import Call, Document, Given, Upload
from publish.catalog.errors import invalid, missing
from publish.catalog.tables import images
from publish.catalog.validators import boolean

UPLOAD = "image_upload"
NOT_IMAGE = "Unsupported upload type"
STARTS: Mapping[bytes, tuple[str, str]] = {
    b"\x89PNG\r\n\x1a\n": ("image/png", ".png"),
    b"\xff\xd8\xff": ("image/jpeg", ".jpg"),
    b"GIF87a": ("image/gif", ".gif"),
    b"GIF89a": ("image/gif", ".gif"),
    b"RIFF": ("image/webp", ".webp"),
}
"""What a file begins with → its media type and the ending of its name."""


def of_group(call: Call, given: Given, document: Document) -> Document:
    """The addresses of a logo: `image_url` as it was sent, or the name of the file that came."""
    return _addresses(call, given, document["image_url"], "group")


def of_user(call: Call, given: Given, image_url: str | None) -> str | None:
    """The address of a user's picture."""
    url: str | None = _addresses(call, given, image_url, "user")["image_url"]
    return url


def display_url(image_url: str | None, folder: str) -> str | None:
    """Where an image is, without our site when it is ours: a bare name is one of ours."""
    if not image_url or "/" in image_url:
        return image_url
    return f"/uploads/{folder}/{image_url}"


@dataclass(frozen=True, slots=True)
class Image:
    """An uploaded image: the hash of its bytes, and what they are."""

    sha256: str
    media_type: str


def find(connection: Connection, folder: str, name: str) -> Image:
    """Give an uploaded image; raises NotFound."""
    c = images.c
    query = select(c.sha256, c.media_type).where(c.folder == folder, c.name == name)
    row = connection.execute(query).first()
    if row is None:
        raise missing()
    return Image(row.sha256, row.media_type)


def _addresses(call: Call, given: Given, image_url: str | None, folder: str) -> Document:
    upload = call.files.get(UPLOAD)
    if upload is not None and upload.filename:
        image_url = _keep(call, upload, folder)
    elif boolean(given.get("clear_upload")):
        image_url = ""
    return {"image_url": image_url, "image_display_url": display_url(image_url, folder)}


def _keep(call: Call, upload: Upload, folder: str) -> str:
    """Make an image durable; gives its name, dated so that no two are the same."""
    most = call.outside.config.catalog.max_image_bytes
    if upload.size_bytes > most:
        raise invalid({UPLOAD: [f"File upload too large: {upload.size_bytes} bytes, not {most}"]})
    media_type, ending = _kind(upload)
    sha256, _ = call.outside.store.keep_file(upload.path)
    day, _, time = call.time.partition("T")
    stem = PurePosixPath(file_name(upload.filename)).stem[:100]
    name = f"{day}-{time.replace(':', '')}{stem}{ending}"
    row = {"folder": folder, "name": name, "sha256": sha256, "media_type": media_type}
    call.connection.execute(insert(images).values(row))
    return name


def _kind(upload: Upload) -> tuple[str, str]:
    with upload.path.open("rb") as file:
        start = file.read(12)
    for known, kind in STARTS.items():
        if start.startswith(known) and (known != b"RIFF" or start[8:] == b"WEBP"):
            return kind
    raise invalid({UPLOAD: [NOT_IMAGE]})
