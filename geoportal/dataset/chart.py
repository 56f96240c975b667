"""Charts of a dataset: those that its columns suggest, and any that a person puts together.

/data/{name}/chart?table=&v=&kind=bar&x=vrsta&y=visina&by=mean
/data/{name}/chart.svg, /data/{name}/chart.json     the same as a picture, as Vega-Lite
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from datasets.model import Column
from datasets.serbian import to_latin
from datasets.text import CYRILLIC
from geoportal.caching import known
from geoportal.dataset import asked as asking
from geoportal.dataset.asked import asked
from geoportal.dataset.cells import said
from geoportal.dataset.drawn_charts import drawn, figure
from geoportal.dataset.frame import Opened, address, framed, opened
from geoportal.dataset.table_files import attached
from geoportal.dataset.vega import specification
from geoportal.pages.problems import problem
from geoportal.rendering import linker
from geoportal.words import word

if TYPE_CHECKING:
    from publish.columns.charts import Chart, Wanted
    from publish.columns.kept import Kept

router = APIRouter()
READ = ["GET", "HEAD"]
LISTED = 60  # numbers of a chart that stand beside it; its file has them all


@dataclass(frozen=True, slots=True)
class Shown:
    """A chart on the page: its words, its picture, its numbers as text, where its files are."""

    chart: "Chart"
    title: str
    x: str
    y: str
    picture: Markup
    rows: Sequence[tuple[str, str]]
    svg: str
    vega: str


@router.api_route("/data/{name}/chart", methods=READ)
def charts(request: Request, name: str) -> Response:
    """The chart that is asked for, else those that the columns suggest."""
    from publish.columns import charts as of_columns  # noqa: PLC0415 - pyarrow takes 40 MB

    found = opened(request, name)
    table = asked(found, request.query_params)
    kept = asking.kept(found, table)
    wanted = _wanted(request)
    try:
        every = [wanted] if wanted else of_columns.suggested(kept)
        shown = [_shown(request, found, kept, each) for each in every]
    except ValueError as error:
        return problem(request, 400, str(error))
    return framed(
        request,
        found,
        "chart",
        "dataset/chart.html",
        asked_table=table,
        kept=kept,
        wanted=wanted,
        shown=shown,
        kinds=of_columns.KINDS,
        measures=of_columns.MEASURES,
        numeric=of_columns.NUMBERS,
        listed=LISTED,
    )


@router.api_route("/data/{name}/chart.{form}", methods=READ)
def chart_file(request: Request, name: str, form: str) -> Response:
    """A chart as SVG or as a Vega-Lite specification."""
    found = opened(request, name)
    table = asked(found, request.query_params)
    wanted = _wanted(request)
    media_type = {"svg": "image/svg+xml", "json": "application/json"}.get(form)
    if wanted is None or media_type is None:
        return problem(request, 404, "a chart is a file with kind=, x= and the ending svg or json")
    headers = attached(f"{found.name}.{form}", table.version.fingerprint, pinned=table.pinned)
    if known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    try:
        shown = _shown(request, found, asking.kept(found, table), wanted)
    except ValueError as error:
        return problem(request, 400, str(error))
    others = _others(shown.chart, request.state.language)
    if form == "svg":
        return Response(shown.picture, headers=headers, media_type=media_type)
    made = specification(shown.chart, shown.title, shown.x, shown.y, others, request.state.language)
    return Response(orjson.dumps(made, option=orjson.OPT_INDENT_2), 200, headers, media_type)


def _wanted(request: Request) -> "Wanted | None":
    """The chart of an address; None where it asks for none, or for one that there is not."""
    from publish.columns import charts as of_columns  # noqa: PLC0415 - as above

    query = request.query_params
    kind, x, y = (query.get(key, "")[:200] for key in ("kind", "x", "y"))
    by = query.get("by", "")
    if kind not in of_columns.KINDS or not x:
        return None
    measure = by if by in of_columns.MEASURES else "mean" if y else "count"
    if not y and kind in ("bar", "line"):
        measure = "count"
    return of_columns.Wanted(kind, x, y if measure != "count" or kind == "scatter" else "", measure)


@functools.lru_cache(256)
def _made(kept: "Kept", wanted: "Wanted") -> "Chart":
    """A chart is made once: tables never change."""
    from publish.columns import charts as of_columns  # noqa: PLC0415 - as above

    return of_columns.chart(kept, wanted)


def _shown(request: Request, found: Opened, kept: "Kept", wanted: "Wanted") -> Shown:
    language: str = request.state.language
    chart = _made(kept, wanted)
    x, y = _title(chart.x, language), _measured(chart, language)
    title = _headed(chart, x, y, language)
    link = linker(found.portal, language)
    own = {key: request.query_params.get(key, "") for key in ("table", "v")}
    query: dict[str, Any] = {
        **own,
        "kind": wanted.kind,
        "x": wanted.x,
        "y": wanted.y,
        "by": wanted.by if wanted.y else "",
    }
    place = address(found.name, "chart")
    return Shown(
        chart,
        title,
        x,
        y,
        drawn(chart, language, title, x, y, _others(chart, language)),
        list(_rows(chart, language)),
        link(f"{place}.svg", **query),
        link(f"{place}.json", **query),
    )


def _title(column: Column, language: str) -> str:
    title = column.title or column.name
    return title if language == CYRILLIC else to_latin(title)


def _measured(chart: "Chart", language: str) -> str:
    """What goes up: the number of rows, or what is made of the second column."""
    if chart.wanted.kind == "scatter" and chart.y:
        return _title(chart.y, language)
    if chart.y is None:
        return word(language, "chart_rows")
    return word(language, f"chart_by_{chart.wanted.by}", y=_title(chart.y, language))


def _headed(chart: "Chart", x: str, y: str, language: str) -> str:
    key = "chart_title_spread" if chart.wanted.kind == "histogram" else "chart_title"
    return word(language, key, x=x, y=y)


def _others(chart: "Chart", language: str) -> str:
    if chart.others is None:
        return ""
    return word(language, "chart_others", n=int(chart.others.at))


def _rows(chart: "Chart", language: str) -> list[tuple[str, str]]:
    """The numbers of a chart as a reader of the language writes them."""
    rows = []
    for point in chart.points[:LISTED]:
        at = figure(language, point.at) if isinstance(point.at, float) else said(language, point.at)
        upto = f" – {figure(language, point.to)}" if point.to is not None else ""
        rows.append((at + upto, figure(language, point.value)))
    if chart.others:
        rows.append((_others(chart, language), figure(language, chart.others.value)))
    return rows
