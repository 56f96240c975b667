"""The site as an application that can be kept on a device: its manifest, and its service worker."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from datasets.text import ENGLISH, Text
from geoportal.brand import brand
from geoportal.portal import Portal
from geoportal.rendering import HERE, linker, said
from geoportal.versions import versioned
from geoportal.words import word

router = APIRouter()
READ = ["GET", "HEAD"]
WORKER = HERE / "static" / "js" / "worker.js"
SHORT = 12
"""Characters of a name under an icon."""
COLOUR = "#0b5563"


@router.api_route("/manifest.webmanifest", methods=READ)
def manifest(request: Request) -> Response:
    """What a device needs to keep the site beside its applications (W3C Web App Manifest)."""
    portal: Portal = request.app.state.portal
    language: str = request.state.language
    site = portal.config.site
    link = linker(portal, language)
    name = said(language, Text(site.title, {ENGLISH: site.title_en} if site.title_en else {}))
    document = {
        "name": name,
        "short_name": name if len(name) <= SHORT else word(language, "map"),
        "lang": language,
        "start_url": link("/map"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": site.colour or COLOUR,
        "icons": [{"src": brand(site).logo, "sizes": "any"}],
        "shortcuts": [
            {"name": word(language, "data"), "url": link("/data")},
            {"name": word(language, "map"), "url": link("/map")},
        ],
    }
    headers = {"Cache-Control": "no-cache"}
    return JSONResponse(document, headers=headers, media_type="application/manifest+json")


@router.api_route("/service-worker.js", methods=READ)
def service_worker() -> Response:
    """The worker that keeps what was seen; it must lie at the root to see the whole site."""
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/"}
    return Response(versioned(WORKER.read_text(encoding="utf-8")), 200, headers, "text/javascript")
