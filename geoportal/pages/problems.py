"""What a browser gets when a request fails: a page of the site; programs get JSON."""

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from geoportal.rendering import page

HEADINGS = {
    404: ("not_found_title", "not_found_how"),
    400: ("wrong_request_title", ""),
    503: ("failed_title", "failed_how"),
}
API = ("/api/", "/ogc", "/tiles/")


def problem(request: Request, status: int, detail: str) -> Response:
    """Answer with a page if a person asks for one, else with `{"error": …}`."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if not wants_page or request.scope["path"].startswith(API):
        return JSONResponse({"error": detail}, status_code=status)
    said = detail if status < 500 else ""  # the heading says it already
    heading, advice = HEADINGS.get(status, HEADINGS[400 if status < 500 else 503])
    return page(request, "error.html", status, heading=heading, advice=advice, detail=said)
