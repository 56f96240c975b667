"""A chart as a Vega-Lite specification: its numbers inside, so that it opens anywhere."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from geoportal.dataset.cells import said

if TYPE_CHECKING:
    from publish.columns.charts import Chart

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
COLOUR = "#0b5563"
WIDTH, HEIGHT = 640, 360
TIME_UNITS = {"day": "yearmonthdate", "month": "yearmonth", "year": "year"}


def specification(
    chart: "Chart", title: str, x: str, y: str, others: str, language: str
) -> dict[str, Any]:
    """The specification, with titles of the chart and its axes; `others` names the last bar."""
    values, encoding = PARTS[chart.wanted.kind](chart, x, y, others, language)
    marks: Mapping[str, dict[str, Any]] = {
        "bar": {"type": "bar"},
        "histogram": {"type": "bar", "binSpacing": 1},
        "line": {"type": "line", "point": True},
        "scatter": {"type": "point", "filled": True, "opacity": 0.6},
    }
    return {
        "$schema": SCHEMA,
        "title": title,
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": values},
        "mark": {**marks[chart.wanted.kind], "color": COLOUR, "tooltip": True},
        "encoding": encoding,
    }


def _bar(chart: "Chart", x: str, y: str, others: str, language: str) -> tuple[Any, Any]:
    values = [{"x": said(language, each.at), "y": each.value} for each in chart.points]
    if chart.others:
        values.append({"x": others, "y": chart.others.value})
    return values, {
        "y": {"field": "x", "type": "nominal", "sort": None, "title": x},
        "x": {"field": "y", "type": "quantitative", "title": y},
    }


def _histogram(chart: "Chart", x: str, y: str, _others: str, _language: str) -> tuple[Any, Any]:
    values = [{"from": each.at, "to": each.to, "y": each.value} for each in chart.points]
    step = chart.points[0].to - chart.points[0].at if chart.points and chart.points[0].to else 1
    return values, {
        "x": {
            "field": "from",
            "type": "quantitative",
            "bin": {"binned": True, "step": step},
            "title": x,
        },
        "x2": {"field": "to"},
        "y": {"field": "y", "type": "quantitative", "title": y},
    }


def _line(chart: "Chart", x: str, y: str, _others: str, _language: str) -> tuple[Any, Any]:
    values = [{"x": each.at, "y": each.value} for each in chart.points]
    return values, {
        "x": {"field": "x", "type": "temporal", "timeUnit": TIME_UNITS[chart.unit], "title": x}
        if chart.unit
        else {"field": "x", "type": "ordinal", "title": x},
        "y": {"field": "y", "type": "quantitative", "title": y},
    }


def _scatter(chart: "Chart", x: str, y: str, _others: str, _language: str) -> tuple[Any, Any]:
    values = [{"x": each.at, "y": each.value} for each in chart.points]
    axes = {"type": "quantitative", "scale": {"zero": False}}
    return values, {
        "x": {"field": "x", "title": x, **axes},
        "y": {"field": "y", "title": y, **axes},
    }


PARTS = {"bar": _bar, "histogram": _histogram, "line": _line, "scatter": _scatter}
