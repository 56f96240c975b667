"""QR codes of addresses of this site, as SVG: for paper, notice boards and screens."""

import functools
import hashlib
import io

import segno
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from geoportal.caching import known
from geoportal.portal import Portal

router = APIRouter()
MOST_LETTERS = 1800
"""Of an address: a code of more has modules too fine for a telephone at arm's length."""


@router.api_route("/qr.svg", methods=["GET", "HEAD"])
def qr_code(request: Request, to: str = "/") -> Response:
    """The code of a path of this site, never of another: it would lend our name to anybody."""
    portal: Portal = request.app.state.portal
    if not is_own(to):
        raise HTTPException(400, "to: not a path of this site such as /map?layers=naselja")
    address = portal.site_url + to
    if len(address) > MOST_LETTERS:
        raise HTTPException(400, f"to: longer than {MOST_LETTERS} letters, too fine for a QR code")
    tag = hashlib.sha256(address.encode()).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache"}
    if known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(qr_svg(address), 200, headers, "image/svg+xml")


def is_own(path: str) -> bool:
    r"""Tell whether it is a path and query, which cannot be read as another host.

    >>> [is_own(path) for path in ("/map?layers=a", "//evil.example", "/\\evil", "map", "/a b")]
    [True, False, False, False, False]
    """
    is_clean = path.isprintable() and not {" ", "\\"} & set(path)
    return path.startswith("/") and not path.startswith("//") and is_clean


@functools.lru_cache(256)
def qr_svg(address: str) -> bytes:
    """The code of an address, with a quiet edge; black on white in every theme, as readers want."""
    made = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(made, kind="svg", border=4, dark="#000", light="#fff", omitsize=True, nl=False)
    return made.getvalue()
