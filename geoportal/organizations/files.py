"""Scores to take away and to ask for by programs.

/scores.csv /scores.json                       every dataset of every publisher
/organization/NAME/scores.csv|json             those of one
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from datasets.errors import NotFound
from datasets.text import Text
from geoportal.caching import known
from geoportal.portal import Portal
from publish.quality import Scored

router = APIRouter()
READ = ["GET", "HEAD"]
UNSAFE = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet takes for a formula."""


@router.api_route("/scores.{form}", methods=READ)
def every(request: Request, form: str) -> Response:
    """The scores of all datasets."""
    portal: Portal = request.app.state.portal
    cards = portal.scores.by_organization()
    return _file(request, "scores", form, [each for c in cards.values() for each in c.scored])


@router.api_route("/organization/{name}/scores.{form}", methods=READ)
def of_one(request: Request, name: str, form: str) -> Response:
    """The scores of a publisher's datasets."""
    portal: Portal = request.app.state.portal
    if name not in portal.publishers.titles():
        raise NotFound(f"there is no organization {name!r}")
    card = portal.scores.by_organization().get(name)
    return _file(request, f"{name}-scores", form, card.scored if card else ())


def _file(request: Request, name: str, form: str, scored: Iterable[Scored]) -> Response:
    portal: Portal = request.app.state.portal
    if form not in ("csv", "json"):
        raise NotFound(f"there are scores.csv and scores.json, no scores.{form[:20]}")
    rows = [row(each, portal) for each in scored]
    made = JSONResponse({"datasets": rows}) if form == "json" else _csv(rows)
    etag = f'"{hashlib.blake2b(made.body, digest_size=12).hexdigest()}"'
    made.headers.update({"Cache-Control": "no-cache", "ETag": etag})
    made.headers["Access-Control-Allow-Origin"] = "*"
    if form == "csv":
        made.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return Response(status_code=304, headers={"ETag": etag}) if known(request, etag) else made


def row(scored: Scored, portal: Portal) -> Mapping[str, Any]:
    """A dataset's scores under names that stay: measures are MQA's."""
    quality = scored.quality
    fresh = quality.freshness
    publisher = portal.publishers.titles().get(scored.organization) or Text(scored.organization)
    return {
        "dataset": scored.name,
        "title": str(scored.title),
        "organization": scored.organization,
        "organization_title": str(publisher),
        "url": f"{portal.site_url}/data/{scored.name}",
        "points": quality.points,
        "of": quality.of,
        "rating": quality.rating,
        "stars": quality.stars,
        "freshness": fresh.state,
        "age_days": fresh.age_days,
        "every_days": fresh.every_days,
        **{m.name: m.points for part in quality.parts for m in part.measures},
    }


def _csv(rows: list[Mapping[str, Any]]) -> Response:
    """A table that spreadsheets open in Serbian: with a mark of UTF-8 and semicolons."""
    text = io.StringIO()
    columns = list(rows[0]) if rows else ["dataset", "points", "of"]
    table = csv.DictWriter(text, columns, delimiter=";")
    table.writeheader()
    table.writerows({key: _cell(value) for key, value in each.items()} for each in rows)
    return Response(("\ufeff" + text.getvalue()).encode(), media_type="text/csv; charset=utf-8")


def _cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula.

    >>> _cell("=1+1"), _cell(-1)
    ("'=1+1", -1)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(UNSAFE) else value
