"""Files of the site for browsers: kept for ever under an address with a version, packed once."""

import functools
import gzip
import os
import re
from pathlib import Path

import anyio.to_thread
import brotli
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from geoportal.caching import FOR_EVER
from geoportal.ogc.packing import BROTLI, PLAIN, coding, is_worth
from geoportal.versions import version

KEPT_FILES = 128
BROTLI_QUALITY, GZIP_LEVEL = 9, 9
"""Once a process: of MapLibre 0.2 s, and a sixth fewer bytes than at the quality of answers."""
_VERSION = re.compile(r"v[0-9a-f]{10}$")


class Static(StaticFiles):
    """The files; without this version in its address a file is asked for again each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file, packed for who takes it so."""
        first, _, rest = path.replace(os.sep, "/").partition("/")
        named = _VERSION.match(first) is not None
        response = await super().get_response(rest if named else path, scope)
        pinned = first == version() or first == "vendor"
        response.headers["Cache-Control"] = FOR_EVER if pinned else "public, max-age=0"
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        if isinstance(response, FileResponse) and "range" not in headers:
            wanted = coding(headers.get("accept-encoding", ""))
            return await anyio.to_thread.run_sync(_answer, response, wanted)
        return response


def _answer(response: FileResponse, wanted: str) -> Response:
    """The file in a coding, if that is worth it."""
    file = Path(response.path)
    found = file.stat()
    if wanted == PLAIN or not is_worth(response.media_type or "", found.st_size):
        return response
    body = _packed(file, found.st_mtime_ns, wanted)
    told = ("cache-control", "etag", "last-modified")
    headers = {name: response.headers[name] for name in told}
    headers["etag"] = f"W/{headers['etag']}"  # the same in other bytes
    headers |= {"Content-Encoding": wanted, "Vary": "Accept-Encoding"}
    return Response(body, 200, headers, response.media_type)


@functools.lru_cache(KEPT_FILES)
def _packed(file: Path, changed_ns: int, wanted: str) -> bytes:
    """A file packed as well as can be; `changed_ns` makes a file that was changed another."""
    body = file.read_bytes()
    if wanted == BROTLI:
        smaller: bytes = brotli.compress(body, quality=BROTLI_QUALITY)
        return smaller
    return gzip.compress(body, GZIP_LEVEL, mtime=0)
