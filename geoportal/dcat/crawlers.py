"""For search engines and for portals that take a catalog as one file.

/robots.txt   what may be crawled, and where the sitemap is
/sitemap.xml  all pages with the day of their last change; an index of several when they are many
/data.json    DCAT-US 1.1, the whole catalog, written while it is sent
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape

import orjson
from fastapi import HTTPException, Request
from fastapi.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from geoportal.dcat.asked import FIXED, Asked, headers_of, search, tag_of, unchanged
from geoportal.portal import Portal
from publish.dcat import data_json
from publish.dcat.datajson import HEAD

MOST_URLS = 50_000  # of one file: https://www.sitemaps.org/protocol.html
AT_ONCE = 1000
FILE_AT_ONCE = 100
SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
PAGES = ("/", "/data", "/map", "/reports")
READ = ["GET", "HEAD"]
ROBOTS = """\
# Everything may be crawled, but for pieces of the map and answers to endless questions.
User-agent: *
Disallow: /tiles/
Disallow: /map/
Disallow: /embed/
Disallow: /ogc/collections/*/items
Disallow: /api/
Allow: /

Sitemap: {site}/sitemap.xml
"""


def robots(request: Request) -> Response:
    """What may be crawled."""
    portal: Portal = request.app.state.portal
    return PlainTextResponse(ROBOTS.format(site=portal.site_url))


def sitemap(request: Request) -> Response:
    """All pages, or the list of their lists."""
    portal: Portal = request.app.state.portal
    headers = headers_of(tag_of(portal, "map"))
    if same := unchanged(request, headers):
        return same
    parts = _parts(portal)
    lines = _urls(portal, 1) if parts == 1 else _index(portal, parts)
    return _sent(request, lines, headers, "application/xml")


def part_of_sitemap(request: Request) -> Response:
    """One of the lists of pages."""
    portal: Portal = request.app.state.portal
    number = int(request.path_params["number"])
    if not 1 <= number <= _parts(portal):
        raise HTTPException(404, f"there is no sitemap {number}")
    headers = headers_of(tag_of(portal, "map"))
    return _sent(request, _urls(portal, number), headers, "application/xml")


def _sent(
    request: Request, parts: Iterator[str], headers: dict[str, str], media_type: str
) -> Response:
    """Send a document while it is written; nothing is written for HEAD."""
    if request.method == "HEAD":
        return Response(headers=headers, media_type=media_type)
    return StreamingResponse(parts, headers=headers, media_type=media_type)


def _parts(portal: Portal) -> int:
    count: int = search(portal, Asked(1), 0)["count"]
    return max(1, -(-(len(PAGES) + count) // MOST_URLS))


def _index(portal: Portal, parts: int) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="{SITEMAPS}">\n'
    for number in range(1, parts + 1):
        place = escape(f"{portal.site_url}/sitemap-{number}.xml")
        yield f"<sitemap><loc>{place}</loc></sitemap>\n"
    yield "</sitemapindex>\n"


def _urls(portal: Portal, number: int) -> Iterator[str]:
    """The pages of one list: what stands first is in the first."""
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{SITEMAPS}">\n'
    first = (number - 1) * MOST_URLS - len(PAGES)
    if number == 1:
        yield from (f"<url><loc>{escape(portal.site_url + path)}</loc></url>\n" for path in PAGES)
    for name, modified in _datasets(portal, max(first, 0), first + MOST_URLS):
        place = escape(f"{portal.site_url}/data/{name}")
        yield f"<url><loc>{place}</loc><lastmod>{modified[:10]}</lastmod></url>\n"
    yield "</urlset>\n"


def _datasets(portal: Portal, start: int, end: int) -> Iterator[tuple[str, str]]:
    """The name and the last change of the datasets from one place in the fixed order to another."""
    while start < end:
        more = {"start": start, "fl": "name,metadata_modified"}
        found = search(portal, Asked(1), min(AT_ONCE, end - start), FIXED, **more)["results"]
        yield from ((each["name"], each["metadata_modified"]) for each in found)
        if not found:
            return
        start += len(found)


def whole_catalog(request: Request) -> Response:
    """The catalog as one file of DCAT-US 1.1."""
    portal: Portal = request.app.state.portal
    headers = headers_of(tag_of(portal, "us"))
    if same := unchanged(request, headers):
        return same
    return _sent(request, _whole(portal), headers, "application/json")


def _whole(portal: Portal) -> Iterator[str]:
    head = {**HEAD, "@id": f"{portal.site_url}/data.json"}
    yield orjson.dumps(head).decode()[:-1] + ',"dataset":['
    issuer, start, before = portal.issuer(), 0, ""
    while found := search(portal, Asked(1), FILE_AT_ONCE, start=start)["results"]:
        listed = orjson.dumps([data_json(issuer, each) for each in found]).decode()
        yield before + listed[1:-1]
        start, before = start + len(found), ","
    yield "]}"


def routes() -> list[BaseRoute]:
    """The addresses for crawlers."""
    return [
        Route("/robots.txt", robots, methods=READ),
        Route("/sitemap.xml", sitemap, methods=READ),
        Route("/sitemap-{number:int}.xml", part_of_sitemap, methods=READ),
        Route("/data.json", whole_catalog, methods=READ),
    ]
