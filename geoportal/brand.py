"""A municipality's own look: its logo, and its colour in light and dark.

Rule: WCAG 2.2, 1.4.3: words on a colour, and words in it, have a contrast of 4.5 to 1.
"""

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from datasets.colours import contrast, mixed
from datasets.config import DARK_GROUND, READABLE, Site
from datasets.errors import NotFound
from geoportal.caching import FOR_EVER
from geoportal.portal import Portal

router = APIRouter()
DEFAULT_LOGO = "/static/favicon.svg"
LIGHT_GROUND = "#ffffff"
SOFT_LIGHT, SOFT_DARK = 0.12, 0.22
"""How much of the colour is in a quiet surface."""
MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}


@dataclass(frozen=True, slots=True)
class Brand:
    """Where the logo is, and the mark of the colours; empty where the site has none of its own."""

    logo: str
    branded: str


@functools.lru_cache(8)
def brand(site: Site) -> Brand:
    """The look of a site, as pages name it."""
    logo = f"/brand/logo?v={_mark(Path(site.logo).read_bytes())}" if site.logo else DEFAULT_LOGO
    return Brand(logo, _mark(colours(site).encode()) if site.colour else "")


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def colours(site: Site) -> str:
    """The tokens of the design that follow the colour of a site, as a stylesheet.

    In the dark the colour is `colour_dark`, or the colour made paler until it can be read.
    """
    light, dark = site.colour, site.colour_dark or _paler(site.colour)
    in_light = _tokens(light, LIGHT_GROUND, mixed(light, LIGHT_GROUND, SOFT_LIGHT))
    in_dark = _tokens(dark, DARK_GROUND, mixed(dark, DARK_GROUND, SOFT_DARK))
    return (
        f":root{{{in_light}}}"
        "@media screen and (prefers-color-scheme:dark)"
        f'{{:root:not([data-theme="light"]){{{in_dark}}}}}'
        f'@media screen{{:root[data-theme="dark"]{{{in_dark}}}}}'
    )


def _tokens(colour: str, on: str, soft: str) -> str:
    return f"--brand:{colour};--link:{colour};--on-brand:{on};--brand-soft:{soft}"


def _paler(colour: str) -> str:
    """The colour with as much white as it needs to be read on the dark ground."""
    steps = (mixed(colour, "#ffffff", 1 - step / 20) for step in range(21))
    return next(each for each in steps if contrast(each, DARK_GROUND) >= READABLE + 1)


@router.api_route("/brand/colours.css", methods=["GET", "HEAD"])
def stylesheet(request: Request) -> Response:
    """The colours of the site."""
    site = _site(request)
    if not site.colour:
        raise NotFound(
            "the site has no colours of its own; site.colour in config.yml gives it some"
        )
    return Response(colours(site), 200, {"Cache-Control": FOR_EVER}, "text/css")


@router.api_route("/brand/logo", methods=["GET", "HEAD"])
def logo(request: Request) -> Response:
    """The logo of the site; a drawing in it may run nothing and load nothing."""
    path = _site(request).logo
    if not path:
        raise NotFound("the site has no logo of its own; site.logo in config.yml gives it one")
    headers = {
        "Cache-Control": FOR_EVER,
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    }
    return FileResponse(path, headers=headers, media_type=MEDIA_TYPES[Path(path).suffix.lower()])


def _site(request: Request) -> Site:
    portal: Portal = request.app.state.portal
    return portal.config.site
