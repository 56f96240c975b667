"""The language of a request: the first part of its path, else the site's own."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from datasets.text import CYRILLIC, ENGLISH, LATIN

type Scope = MutableMapping[str, Any]
type App = Callable[[Scope, Any, Any], Awaitable[None]]

CKAN_PREFIXES = {"sr": CYRILLIC, "sr_Latn": LATIN, "en": ENGLISH}  # CKAN's names of locales
PREFIXES = {"sr-cyrl": CYRILLIC, "sr-latn": LATIN, **CKAN_PREFIXES}


class LanguagePrefix:
    """Takes `/en`, `/sr-latn`, `/sr-cyrl` or CKAN's name of them off the path, and remembers it.

    Afterwards `request.state.language` is one of datasets.text.LANGUAGES, and
    `request.state.prefix` the part that was taken off, or empty.
    """

    def __init__(self, app: App, default: str) -> None:
        self.app, self.default = app, default

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Pass the request on without its language."""
        if scope["type"] == "http":
            first, _, rest = scope["path"].lstrip("/").partition("/")
            state = scope.setdefault("state", {})
            state["language"] = PREFIXES.get(first, self.default)
            state["prefix"] = f"/{first}" if first in PREFIXES else ""
            if first in PREFIXES:
                scope["path"] = f"/{rest}"
                scope["raw_path"] = scope["path"].encode()
        await self.app(scope, receive, send)
