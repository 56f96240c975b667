"""The outputs of an execution as an answer: raw, several in one, a document, or links."""

import base64
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from starlette.responses import Response, StreamingResponse

from geoportal.ogc.answers import COMMON
from geoportal.ogc.problems import Problem

MAX_INLINE = 20_000_000
"""Bytes of outputs that stand in one document, and so in memory."""
CHUNK = 256 * 1024
NO_STORE = {**COMMON, "Cache-Control": "no-store"}
SAFE = {"Content-Security-Policy": "sandbox; default-src 'none'"}


@dataclass(frozen=True, slots=True)
class Result:
    """An output as a file; `href` is where it can be had alone, if it is kept."""

    name: str
    media_type: str
    path: Path
    file: str
    href: str = ""

    @property
    def size_bytes(self) -> int:
        """The size of the file."""
        return self.path.stat().st_size


def answer(
    results: Sequence[Result], outputs: Mapping[str, Mapping[str, Any]], response: str
) -> Response:
    """Answer with the outputs that were asked for, all if none was. Rule: OGC 18-062r2, table 11.

    The files are opened or read before it returns. Raises Problem where too much would stand in
    one document.
    """
    wanted = [each for each in results if not outputs or each.name in outputs]
    links = {
        each.name
        for each in wanted
        if outputs.get(each.name, {}).get("transmissionMode") == "reference"
    }
    if response == "document":
        return _document(wanted, links)
    if links == {each.name for each in wanted}:
        return _links(wanted)
    if len(wanted) == 1:
        return whole(wanted[0])
    return _multipart(wanted, links)


def whole(result: Result) -> Response:
    """One output, handed over as a file and never shown as a page of ours."""
    file = result.path.open("rb")  # it can be read when its folder is gone

    def parts() -> Iterator[bytes]:
        with file:
            while chunk := file.read(CHUNK):
                yield chunk

    headers = {
        **NO_STORE,
        **SAFE,
        "Content-Disposition": f'attachment; filename="{result.file}"',
        "Content-Length": str(result.size_bytes),
    }
    return StreamingResponse(parts(), headers=headers, media_type=result.media_type)


def _links(results: Sequence[Result]) -> Response:
    said = [
        f'<{each.href}>; rel="{each.name}"; type="{each.media_type.partition(";")[0]}"'
        for each in results
    ]
    return Response(status_code=204, headers={**NO_STORE, "Link": ", ".join(said)})


def _document(results: Sequence[Result], links: set[str]) -> Response:
    read = _read([each for each in results if each.name not in links])
    told: dict[str, Any] = {}
    for each in results:
        if each.name in links:
            told[each.name] = {"href": each.href, "type": each.media_type}
        else:
            told[each.name] = _value(each.media_type, read[each.name])
    return Response(orjson.dumps(told), headers=NO_STORE, media_type="application/json")


def _value(media_type: str, body: bytes) -> dict[str, Any]:
    """A qualified value: JSON and text as they are, other bytes as Base64."""
    kind = media_type.partition(";")[0]
    if kind.endswith("json"):
        return {"value": orjson.Fragment(body.strip()), "mediaType": media_type}
    if kind.startswith("text/"):
        return {"value": body.decode(), "mediaType": media_type}
    packed = base64.b64encode(body).decode()
    return {"value": packed, "encoding": "base64", "mediaType": media_type}


def _multipart(results: Sequence[Result], links: set[str]) -> Response:
    """Several outputs in one answer (RFC 2387); one by reference has no body."""
    read = _read([each for each in results if each.name not in links])
    boundary, parts = f"emap-{uuid.uuid4().hex}", []
    for each in results:
        where = f"Content-Location: {each.href}\r\n" if each.name in links else ""
        head = f"--{boundary}\r\nContent-Type: {each.media_type}\r\n{where}"
        said = f"{head}Content-ID: <{each.name}>\r\n\r\n"
        parts.append(said.encode() + read.get(each.name, b"") + b"\r\n")
    parts.append(f"--{boundary}--\r\n".encode())
    kind = f'multipart/related; boundary="{boundary}"; type="{results[0].media_type}"'
    return Response(b"".join(parts), headers=NO_STORE, media_type=kind)


def _read(results: Sequence[Result]) -> dict[str, bytes]:
    size = sum(each.size_bytes for each in results)
    if size > MAX_INLINE:
        names = ", ".join(each.name for each in results)
        raise Problem(
            400,
            f"outputs: {names} are {size} bytes, more than one document may have ({MAX_INLINE});"
            ' ask for one of them raw, or with "transmissionMode": "reference"',
            "TooMuch",
        )
    return {each.name: each.path.read_bytes() for each in results}
