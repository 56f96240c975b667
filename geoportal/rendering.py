"""Pages from templates: one environment, autoescaped, strict about names that are not there."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from datasets.text import CYRILLIC, ENGLISH, LATIN, Text
from geoportal.portal import Portal
from geoportal.words import word

HERE = Path(__file__).parent
PREFIX = {CYRILLIC: "/sr-cyrl", LATIN: "/sr-latn", ENGLISH: "/en"}
NAMES = {CYRILLIC: "Ћирилица", LATIN: "Latinica", ENGLISH: "English"}


@functools.cache
def environment() -> Environment:
    """The templates of the site; values are escaped, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = asset
    return made


@functools.cache
def vendored() -> dict[str, Any]:
    """What set-up fetched for the browser, by package: version, folder, files."""
    manifest = HERE / "static" / "vendor" / "vendor.json"
    if not manifest.is_file():
        return {}
    found: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    return found


def asset(package: str, file: str) -> str:
    """The address of a file of a fetched package; it bears the version and never changes."""
    folder = vendored().get(package, {}).get("folder", package)
    return f"/static/vendor/{folder}/{file}"


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a template in the language of the request.

    Every template knows: `t(key, **values)` words of the interface, `said(text)` a dataset's
    words, `link(path, **query)` an address in this language, `portal`, `language`, `alternates`.
    """
    portal: Portal = request.app.state.portal
    language: str = request.state.language
    html = (
        environment()
        .get_template(template)
        .render(
            portal=portal,
            site=portal.config.site,
            language=language,
            t=functools.partial(word, language),
            said=lambda text: text.said(language) if isinstance(text, Text) else str(text),
            link=linker(portal, language),
            alternates=alternates(request),
            **values,
        )
    )
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding", "Content-Language": language}
    return HTMLResponse(html, status_code=status, headers=headers)


def linker(portal: Portal, language: str) -> Callable[..., str]:
    """A function that makes addresses in a language; the site's own language has no prefix."""
    prefix = "" if language == portal.config.site.language else PREFIX[language]

    def link(path: str, **query: object) -> str:
        asked = urlencode({k: v for k, v in query.items() if v not in (None, "")})
        return f"{prefix}{path}" + (f"?{asked}" if asked else "")

    return link


def alternates(request: Request) -> list[dict[str, str]]:
    """The same page in each language: for the switch, and for search engines."""
    query = f"?{request.url.query}" if request.url.query else ""
    path = request.scope["path"]
    return [
        {"language": language, "name": NAMES[language], "href": f"{PREFIX[language]}{path}{query}"}
        for language in PREFIX
    ]
