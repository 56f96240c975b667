"""WebDAV by fsspec over webdav4, whose requests go through our own client and to one folder."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import ParseError

import httpx
from webdav4.client import (
    Client,
    ClientError,
    ResourceNotFound,
)
from webdav4.fsspec import WebdavFileSystem

from datasets.errors import BlockedAddress, HarvestError
from harvesters.documents import xml
from harvesters.fetching.address import shown
from harvesters.fetching.faults import refused_status
from harvesters.fetching.http import Http
from harvesters.folders.remote_folder import Seen

LISTING_BYTES = 20_000_000
_KEPT = ("content-type", "location", "retry-after")
_ODD = (ClientError, ParseError, ValueError, TypeError, KeyError, AssertionError)
"""What webdav4 raises of an answer that is not as it should be."""


class _Through(httpx.BaseTransport):
    """Sends what webdav4 asks through our client: guarded, bounded, and to the folder alone."""

    def __init__(self, http: Http, home: httpx.URL, secrets: Mapping[str, str]) -> None:
        self._http, self._home, self._secrets = http, home, secrets

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url, home = request.url, self._home
        place = (url.scheme, url.host, url.port) == (home.scheme, home.host, home.port)
        if not place or not f"{url.path}/".startswith(f"{home.path.rstrip('/')}/"):
            raise BlockedAddress(f"leads to {shown(str(url))!r}, out of the folder")
        said = {name: request.headers[name] for name in ("depth",) if name in request.headers}
        answer = self._http.send(
            request.method,
            str(url),
            headers={**said, **self._secrets},
            content=request.read(),
            max_bytes=LISTING_BYTES,
        )
        kept = {n: v for n, v in answer.headers.items() if n in _KEPT}
        made = httpx.Response(answer.status, headers=kept, content=answer.body, request=request)
        if answer.status >= 400:
            raise refused_status(made)
        if answer.status == 207:
            xml.root(answer.body, shown(str(url)))  # neither entities nor a bomb come further
        return made


class Webdav:
    """A folder of a WebDAV server; paths are seen from it."""

    def __init__(self, files: Any, http: Http, url: str) -> None:
        self._files, self._http, self._url = files, http, url.rstrip("/")

    def address(self, path: str) -> str:
        """Where a file is."""
        return f"{self._url}/{quote(path)}"

    def listed(self, path: str) -> list[Seen]:
        """List a folder. Raises HarvestError."""
        address = shown(self.address(path))
        try:
            found = self._files.ls(path, detail=True)
        except HarvestError as error:
            missing = error.fault in ("gone", "removed")
            fault = "folder-missing" if missing and not path else error.fault
            raise HarvestError(
                f"{address}: {error}", fault, **{"address": address, **error.values}
            ) from None
        except (FileNotFoundError, NotADirectoryError, ResourceNotFound):
            raise HarvestError(
                f"{address}: there is no such folder: check the address",
                "folder-missing",
                address=address,
            ) from None
        except _ODD as error:
            raise HarvestError(
                f"{address}: the answer is not WebDAV ({str(error)[:200]}): check the address",
                "wrong-answer",
                address=address,
                wanted="WebDAV",
            ) from None
        before = f"{path}/" if path else ""
        return [_seen(str(one["name"]).removeprefix(before), one) for one in found]

    def get(self, path: str, target: Path, max_bytes: int) -> None:
        """Fetch a file; raises HarvestError when it is larger, or does not come whole."""
        fetched = self._http.fetch(self.address(path), target.parent)
        if fetched.size_bytes > max_bytes:
            raise HarvestError(
                f"{fetched.url}: is larger than {max_bytes} bytes; http.max_bytes in config.yml"
                " sets the limit",
                "too-large",
                address=fetched.url,
                limit=str(max_bytes),
            )
        fetched.path.replace(target)
        fetched.path.parent.rmdir()


def _seen(name: str, one: Mapping[str, Any]) -> Seen:
    size = one.get("size")
    stamp = f"{one.get('etag') or ''} {one.get('modified') or ''}"
    return Seen(
        name.strip("/"), one.get("type") == "directory", size if isinstance(size, int) else 0, stamp
    )


@contextlib.contextmanager
def opened(http: Http, url: str, secrets: Mapping[str, str]) -> Iterator[Webdav]:
    """Lend a folder of a server."""
    own = http.bound(url, secrets=secrets)
    home = httpx.URL(url)
    client = httpx.Client(transport=_Through(own, home, secrets), base_url=home, trust_env=False)
    with contextlib.closing(own), client:
        dav = Client(url, http_client=client, retry=False)
        yield Webdav(WebdavFileSystem(url, client=dav, skip_instance_cache=True), own, url)
