"""A request as it is meant, and what in it is for one address alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import httpx

from harvesters.fetching.address import Place, place, without_secrets

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Ask:
    """A request before its redirects, to an address as it was given.

    `tags` belong to the address `tagged`, which is without secrets.
    """

    method: str
    url: str
    headers: Mapping[str, str] = NO_HEADERS
    content: bytes | None = None
    tags: Mapping[str, str] = NO_HEADERS
    tagged: str = ""

    def tag(self, request: httpx.Request) -> None:
        """Give one request on the way the tags when it goes where they are from.

        An ETag, and more so a date, says nothing of another file that a redirect leads to.
        """
        meant = without_secrets(str(request.url)) == self.tagged
        for name, value in self.tags.items():
            request.headers.pop(name, None)
            if meant:
                request.headers[name] = value


@dataclass(frozen=True, slots=True)
class Home:
    """Where a source is, and the headers that nobody else may see."""

    scheme: str
    at: Place
    secrets: Mapping[str, str] = field(default=NO_HEADERS, repr=False)

    @classmethod
    def of(cls, url: str, secrets: Mapping[str, str]) -> "Home":
        """The home at an address; one that is of no server is nowhere, and gets no secret."""
        parts = httpx.URL(url if url.startswith(("http://", "https://", "sftp://")) else "")
        return cls(parts.scheme, place(parts), dict(secrets))

    def seal(self, request: httpx.Request) -> None:
        """Give a request the secrets when it goes home; take them from one that does not."""
        is_home = (request.url.scheme, place(request.url)) == (self.scheme, self.at)
        for name, value in self.secrets.items():
            request.headers.pop(name, None)
            if is_home and self.at[0]:
                request.headers[name] = value


def tags(etag: str, last_modified: str) -> dict[str, str]:
    """The headers that ask for a body only when it is another.

    >>> tags('"a"', "")
    {'If-None-Match': '"a"'}
    """
    said = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in said.items() if value}
