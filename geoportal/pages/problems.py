"""What a request gets that fails: a page of the site, or JSON for programs."""

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from geoportal.rendering import page

HEADINGS = {
    404: ("not_found_title", "not_found_how"),
    400: ("wrong_request_title", ""),
    503: ("failed_title", "failed_how"),
}
OF_PROGRAMS = ("/ogc", "/tiles/", "/catalog.", "/dcat.json", "/data.json", "/feeds/", "/sitemap")


def problem(request: Request, status: int, detail: str) -> Response:
    """Answer with a page; with `{"error": …}` if JSON is asked for, or only programs ask there."""
    accepted = request.headers.get("accept", "")
    wants_json = "json" in accepted and "text/html" not in accepted
    if wants_json or request.scope["path"].startswith(OF_PROGRAMS):
        return JSONResponse({"error": detail}, status_code=status)
    said = detail if status < 500 else ""  # the heading says it already
    heading, advice = HEADINGS.get(status, HEADINGS[400 if status < 500 else 503])
    return page(request, "error.html", status, heading=heading, advice=advice, detail=said)
