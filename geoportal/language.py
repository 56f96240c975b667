"""The language of a request: the first part of its path, else the site's own."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from datasets.text import CYRILLIC, ENGLISH, LATIN

type Scope = MutableMapping[str, Any]
type App = Callable[[Scope, Any, Any], Awaitable[None]]

PREFIXES = {"sr-cyrl": CYRILLIC, "sr-latn": LATIN, "en": ENGLISH}
CKAN_PREFIXES = {"sr": CYRILLIC, "sr_Latn": LATIN, "en": ENGLISH}  # CKAN's locale names, for /api


class LanguagePrefix:
    """Takes `/en`, `/sr-latn`, `/sr-cyrl` off the path, and remembers what it said.

    Afterwards `request.state.language` is one of datasets.text.LANGUAGES, and
    `request.state.prefix` the part that was taken off, or empty.
    """

    def __init__(self, app: App, default: str) -> None:
        self.app, self.default = app, default

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Pass the request on without its language."""
        if scope["type"] == "http":
            first, _, rest = scope["path"].lstrip("/").partition("/")
            known = CKAN_PREFIXES if rest.startswith("api/") else PREFIXES
            state = scope.setdefault("state", {})
            state["language"] = known.get(first, self.default)
            state["prefix"] = f"/{first}" if first in known else ""
            if first in known:
                scope["path"] = f"/{rest}"
                scope["raw_path"] = scope["path"].encode()
        await self.app(scope, receive, send)
