"""The headers of every answer: what a page may load, and that nobody guesses a media type."""

from collections.abc import Sequence
from typing import Any

from geoportal.language import App, Scope

PARTS = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "worker-src": "'self'",
    "connect-src": "'self'",
    "font-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'self'",
    "manifest-src": "'self'",
}
TILED = ("img-src", "connect-src")
"""What brings tiles of other hosts: a picture in one map, a request in the other."""


def policy(hosts: Sequence[str] = ()) -> str:
    """What a page may load; `hosts` are those of the basemaps in config.yml, and no others.

    >>> "connect-src 'self' https://tiles.example.rs;" in policy(["https://tiles.example.rs"])
    True
    """
    allowed = {name: " ".join((PARTS[name], *hosts)) for name in TILED}
    return "; ".join(f"{name} {value}" for name, value in (PARTS | allowed).items())


POLICY = b"content-security-policy"
ALWAYS = (
    (POLICY, policy().encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class SecurityHeaders:
    """Adds what an answer did not say itself: a page with its own policy keeps it."""

    def __init__(self, app: App, hosts: Sequence[str] = ()) -> None:
        self.app = app
        self.always = tuple({**dict(ALWAYS), POLICY: policy(hosts).encode()}.items())

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer with the headers of ALWAYS, the policy with the hosts of basemaps."""

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(pair for pair in self.always if pair[0] not in given),
                ]
            await send(message)

        await self.app(scope, receive, with_headers)
