"""Pages from templates: one environment, autoescaped, strict about names that are not there."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from datasets.model import Column
from datasets.sentences import number
from datasets.serbian import is_cyrillic, to_latin
from datasets.text import CYRILLIC, ENGLISH, LATIN, Text
from geoportal import figures
from geoportal.brand import brand
from geoportal.markdown import markdown
from geoportal.portal import Portal
from geoportal.versions import Versions
from geoportal.words import word

HERE = Path(__file__).parent
PREFIX = {CYRILLIC: "/sr-cyrl", LATIN: "/sr-latn", ENGLISH: "/en"}
NAMES = {
    CYRILLIC: ("Ћирилица", "Ћир"),
    LATIN: ("Latinica", "Lat"),
    ENGLISH: ("English", "EN"),
}


@functools.cache
def environment() -> Environment:
    """The templates of the site; values are escaped, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        extensions=[Versions],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = asset
    made.globals["data_block"] = data_block
    made.globals["plain"] = plain
    return made


def plain(value: object) -> str:
    """A value of a feature as JSON writes it, but a text without quotes and a list in one line.

    >>> plain(True), plain(None), plain(["липа", "јела"])
    ('true', '', 'липа, јела')
    """
    if isinstance(value, list):
        return figures.in_line([plain(item) for item in value])
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


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


@functools.cache
def faces(language: str) -> tuple[str, ...]:
    """The fonts that the first lines of a page need, to be asked for before its styles are read."""
    cyrillic = ("cyrillic-400", "cyrillic-700", "latin-400")
    names = cyrillic if language == CYRILLIC else ("latin-400", "latin-700")
    return tuple(asset("noto-sans", f"noto-sans-{name}-normal.woff2") for name in names)


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a template in the language of the request, with the names of `context`."""
    language: str = request.state.language
    html = environment().get_template(template).render(**{**context(request), **values})
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding", "Content-Language": language}
    return HTMLResponse(html, status_code=status, headers=headers)


def context(request: Request) -> dict[str, Any]:
    """What every template knows beside its own values.

    `t(key, **values)` words of the interface, `counted(key, n)` a sentence that counts,
    `said(text)` a dataset's words, `spoken(text)` the same marked with their language,
    `data(value)` a cell, `titled(column)` the head of a column, `link(path, **query)` an address in
    this language; `number`, `size` and `day` as the language writes them.
    """
    portal: Portal = request.app.state.portal
    language: str = request.state.language
    site = portal.config.site
    look = brand(site)
    return {
        "portal": portal,
        "site_title": Text(site.title, {ENGLISH: site.title_en} if site.title_en else {}),
        "site_about": Text(
            site.description, {ENGLISH: site.description_en} if site.description_en else {}
        ),
        "logo": look.logo,
        "branded": look.branded,
        "faces": faces(language),
        "language": language,
        "path": request.scope["path"],
        "asked_query": request.url.query,
        "oembed_address": oembed_address(portal, language, request),
        "alternates": alternates(request),
        "t": functools.partial(word, language),
        "counted": functools.partial(counted, language),
        "said": functools.partial(said, language),
        "spoken": functools.partial(spoken, language),
        "data": functools.partial(data, language),
        "titled": functools.partial(titled, language),
        "link": linker(portal, language),
        "number": functools.partial(number, language),
        "size": functools.partial(figures.size, language),
        "day": functools.partial(figures.day, language),
        "as_text": Text,
        "notes_language": functools.partial(tongue, language),
        "markdown": markdown,
    }


def counted(language: str, key: str, n: int) -> str:
    """A sentence that counts, its number written as the language writes it."""
    return word(language, key, n=n, shown=number(language, n))


def said(language: str, text: Text | str) -> str:
    """A dataset's words in a language; a bare string stays as it is."""
    return text.said(language) if isinstance(text, Text) else str(text)


def spoken(language: str, text: Text | str) -> Markup:
    """A dataset's words, escaped, in an element that names their language if it is not the page's.

    >>> spoken("en", Text("Насеља"))
    Markup('<span lang="sr-Cyrl">Насеља</span>')
    >>> spoken("en", Text("Насеља", {"en": "Settlements <1>"}))
    Markup('Settlements &lt;1&gt;')
    """
    words, own = said(language, text), tongue(language, text)
    if own == language or not any(letter.isalpha() for letter in words):
        return Markup.escape(words)
    return Markup('<span lang="{}">{}</span>').format(own, words)


def tongue(language: str, text: Text | str) -> str:
    """The language in which a dataset's words come out on a page."""
    if language == ENGLISH and isinstance(text, Text) and ENGLISH in text.translated:
        return ENGLISH
    if is_cyrillic(said(language, text)):
        return CYRILLIC
    return LATIN if language == ENGLISH else language


def titled(language: str, column: Column) -> Markup:
    """The title of a column, in Latin for who does not read Cyrillic.

    >>> titled("en", Column("naziv", "Назив", "string"))
    Markup('<span lang="sr-Latn">Naziv</span>')
    """
    return spoken(language, column.title if language == CYRILLIC else to_latin(column.title))


def data(language: str, value: str) -> Markup:
    """A value of the data: in Latin for who reads Latin, with the original behind it.

    >>> data("sr-Latn", "Његош")
    Markup('Njegoš <span class="original" lang="sr-Cyrl">Његош</span>')
    """
    if not is_cyrillic(value):
        return Markup.escape(value)
    if language == CYRILLIC:
        return Markup.escape(value)
    latin = to_latin(value)
    shown = Markup.escape(latin) if language == LATIN else spoken(language, latin)
    return Markup('{} <span class="original" lang="{}">{}</span>').format(shown, CYRILLIC, value)


def data_block(value: object) -> Markup:
    r"""A value as JSON that can stand inside a script element, which no text in it can end.

    >>> data_block({"a": "</script>&"})
    Markup('{"a":"\\u003c/script\\u003e\\u0026"}')
    """
    written = orjson.dumps(value).decode()
    for letter in "<>&\u2028\u2029":
        written = written.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(written)


def linker(portal: Portal, language: str) -> Callable[..., str]:
    """A function that makes addresses in a language; the site's own language has no prefix."""
    prefix = "" if language == portal.config.site.language else PREFIX[language]

    def link(path: str, **query: object) -> str:
        given = {key: value for key, value in query.items() if value not in (None, "", [])}
        asked = urlencode(given, doseq=True, safe=",/")
        return f"{prefix}{path}" + (f"?{asked}" if asked else "")

    return link


def oembed_address(portal: Portal, language: str, request: Request) -> str:
    """Where other sites are told how to show this page in a frame of theirs."""
    query = f"?{request.url.query}" if request.url.query else ""
    here = f"{portal.site_url}{linker(portal, language)(request.scope['path'])}{query}"
    return f"{portal.site_url}/oembed?{urlencode({'url': here})}"


def alternates(request: Request) -> list[dict[str, str]]:
    """The same page in each language: for the switch, and for search engines."""
    query = f"?{request.url.query}" if request.url.query else ""
    path = request.scope["path"]
    return [
        {
            "language": language,
            "name": NAMES[language][0],
            "short": NAMES[language][1],
            "href": f"{prefix}{path}{query}",
        }
        for language, prefix in PREFIX.items()
    ]
