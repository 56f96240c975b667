"""Addresses: which may be asked, and how they may be shown."""

import re
from urllib.parse import urlsplit, urlunsplit

import httpx

from datasets.errors import BlockedAddress, HarvestError

_SECRET = re.compile(r"token|key|secret|sig|pass|auth|credential", re.IGNORECASE)

type Place = tuple[str, int]
"""A host as it is written in an address, in lower case, and a port."""


def shown(url: str) -> str:
    """Give an address as it may stand in a message: no password, no query.

    >>> shown("https://me:secret@opendata.rs/f.csv?token=1#x")
    'https://opendata.rs/f.csv'
    """
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    return re.sub(r"^(\w+://)[^/]*@", r"\1", bare)[:300]


def without_secrets(url: str) -> str:
    """Give an address as it may be published: no password, no part of the query that is a key.

    >>> without_secrets("https://me:pw@opendata.rs/f?id=5&api_key=1")
    'https://opendata.rs/f?id=5'
    """
    parts = urlsplit(url)
    query = [p for p in parts.query.split("&") if not _SECRET.search(p.partition("=")[0])]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "&".join(query), ""))


def place(url: httpx.URL) -> Place:
    """Tell where an address leads."""
    return url.raw_host.decode().lower(), url.port or (443 if url.scheme == "https" else 80)


def refuse_address(url: httpx.URL) -> None:
    """Refuse what is not on the web; which hosts may be asked is the guard's."""
    if (url.port or 0) > 65535:
        raise HarvestError(f"port {url.port} does not exist; check the address", "address-wrong")
    if url.scheme not in ("http", "https") or not url.host:
        raise BlockedAddress(
            f"leads to {shown(str(url))!r}; only http:// and https:// are harvested"
        )
