"""What a harvester asks of the whole catalog, and answers that are told apart by a revision."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import HTTPException, Request
from fastapi.responses import Response

from geoportal.caching import known
from geoportal.pages import listing
from geoportal.portal import Portal
from publish.catalog.errors import NotAuthorized, SearchError, SearchQueryError, ValidationError
from publish.dcat.terms import date

FIXED = "metadata_created asc, id asc"
"""An order that no change of a dataset changes; a new one comes last."""

MOST_PAGES = 1_000_000
LONGEST = 2000  # characters of a question


@dataclass(frozen=True, slots=True)
class Asked:
    """Which datasets somebody asks for, and which page of them (from 1)."""

    page: int
    q: str = ""
    fq: tuple[str, ...] = ()
    modified_since: str = ""
    ext_bbox: str = ""

    def query(self, page: int) -> str:
        """The query of the address of another page; the first page has no number."""
        pairs = [("q", self.q), *(("fq", each) for each in self.fq)]
        pairs += [("ext_bbox", self.ext_bbox), ("modified_since", self.modified_since)]
        pairs += [("page", str(page) if page > 1 else "")]
        given = [(key, value) for key, value in pairs if value]
        return f"?{urlencode(given)}" if given else ""

    def filters(self) -> list[str]:
        """The filters as package_search takes them."""
        since = date(self.modified_since)
        if since is None:
            return list(self.fq)
        start = since.text if "T" in since.text else f"{since.text}T00:00:00Z"
        return [*self.fq, f"metadata_modified:[{start} TO *]"]


def asked(request: Request) -> Asked:
    """Read the query of a request; raises HTTPException 400 that says what is wrong."""
    query = request.query_params
    if any(len(value) > LONGEST or "\0" in value for value in query.values()):
        raise HTTPException(400, f"a value is longer than {LONGEST} characters or holds a NUL")
    since = query.get("modified_since", "")
    if since and not _is_day(since):
        raise HTTPException(
            400,
            f"modified_since: {since[:50]!r} is no date; write 2026-01-31 or 2026-01-31T12:00:00",
        )
    return Asked(
        _number(query.get("page", "1")),
        query.get("q", ""),
        _filters(request),
        since,
        query.get("ext_bbox", ""),
    )


def _filters(request: Request) -> tuple[str, ...]:
    return tuple(value for value in request.query_params.getlist("fq") if value)


def _is_day(text: str) -> bool:
    found = date(text)
    return found is not None and found.datatype in ("xsd:date", "xsd:dateTime")


def _number(text: str) -> int:
    number = int(text) if re.fullmatch("[0-9]{1,7}", text, re.ASCII) else 0
    if not 1 <= number <= MOST_PAGES:
        raise HTTPException(400, f"page: {text[:20]!r} is no page; pages are numbered from 1")
    return number


def search(
    portal: Portal, asked: Asked, size: int, sort: str = FIXED, **more: object
) -> Mapping[str, Any]:
    """A page of what package_search finds for anybody; raises HTTPException 400 with its words."""
    given = {
        "q": asked.q,
        "fq_list": asked.filters(),
        "sort": sort,
        "rows": size,
        "start": (asked.page - 1) * size,
        **({"ext_bbox": asked.ext_bbox} if asked.ext_bbox else {}),
        **more,
    }
    try:
        found: Mapping[str, Any] = listing.anonymous(portal).call_action("package_search", given)
    except (SearchError, SearchQueryError, ValidationError, NotAuthorized) as error:
        raise HTTPException(400, f"q, fq, ext_bbox: {str(error)[:500]}") from None
    return found


def last_page(asked: Asked, total: int, size: int) -> int:
    """How many pages there are; raises HTTPException 404 where the asked one is behind them."""
    pages = max(1, -(-total // size))
    if asked.page > pages:
        raise HTTPException(404, f"page: there is no page {asked.page}; the last one is {pages}")
    return pages


def tag_of(portal: Portal, form: str) -> str:
    """The validator of a document in a form: it moves with the catalog and with the site."""
    site = zlib.crc32(f"{portal.site_url} {portal.config.site!r}".encode())
    return f'"{portal.versions.revision()}-{site:08x}-{form}"'


def headers_of(tag: str, **more: str) -> dict[str, str]:
    """The headers of a document that anybody may read and should ask for again."""
    return {
        "ETag": tag,
        "Cache-Control": "public, max-age=0, must-revalidate",
        "Access-Control-Allow-Origin": "*",
        **more,
    }


def unchanged(request: Request, headers: Mapping[str, str]) -> Response | None:
    """The answer to who has the document already."""
    return (
        Response(status_code=304, headers=dict(headers))
        if known(request, headers["ETag"])
        else None
    )
