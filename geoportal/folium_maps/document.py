"""Features on a map as one HTML file: folium's only home.

folium does not escape what it shows, runs it as a template and points to CDNs, so every word is
made inert here, the libraries are put inside, and a reference to another place is an error.
"""

import html
import itertools
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from datasets.model import BBox
from geoportal.palette import Symbol
from geoportal.rendering import HERE, asset, environment
from geoportal.words import word

# folium loads pandas, 30 MB of a process that serves, only to know a table if it is given one.
_kept = sys.modules.get("pandas")
sys.modules["pandas"] = None  # type: ignore[assignment]  # what cannot be imported is left out
try:
    import folium
    from folium.features import GeoJsonPopup, GeoJsonTooltip
finally:
    if _kept is None:
        del sys.modules["pandas"]
    else:
        sys.modules["pandas"] = _kept

POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
"""What a document may do that is served here: its scripts run as nobody's."""
STATIC = HERE / "static"
CROWDED = 100  # above this many features, lines are drawn thin
ROOM = 1e-3  # of a degree, about 100 m
MERCATOR = 85.05  # degrees of latitude that the map can show
_SCRIPT = re.compile(r"(<script[^>]*>).*?</script>", re.DOTALL)
_OUTSIDE = re.compile(
    r"""<[^>]+(?:src|href)\s*=\s*["']?\s*(?:https?:)?//[^"'\s>]+|@import|url\(""", re.IGNORECASE
)
_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'

type Feature = Mapping[str, Any]
"""A GeoJSON feature in CRS84."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A layer to draw: its features, and the titles of the columns that are shown, by their names.

    `credit` says whose data these are. Where features have `colours` of their own, one each,
    `legend` says what they mean.
    """

    title: str
    features: Sequence[Feature]
    columns: Mapping[str, str]
    symbol: Symbol
    credit: str = ""
    opacity: float = 1.0
    colours: Sequence[str] = ()
    legend: Sequence[tuple[str, str]] = ()


def document(
    sheets: Sequence[Sheet],
    *,
    language: str,
    title: str,
    note: str = "",
    heading: bool = True,
    view: BBox | None = None,
) -> str:
    """Layers, the first on top, as a whole HTML page.

    `view` is where it looks first, all features if None; `note` stands below the map. Raises
    ValueError when the page would load anything from elsewhere.
    """
    drawn = folium.Map(tiles=None, prefer_canvas=True, attribution_control=False, zoom_snap=0.25)
    drawn.default_js, drawn.default_css = [], []  # ten addresses of CDNs
    filled = [(sheet, features) for sheet in sheets if (features := list(_escaped(sheet)))]
    for sheet, features in reversed(filled):
        _layer(sheet, features).add_to(drawn)
    if box := view or _around(feature for _, features in filled for feature in features):
        drawn.fit_bounds(_corners(box), padding=(24, 24), max_zoom=15 if view is None else 22)
    if len(filled) > 1:
        folium.LayerControl(collapsed=False).add_to(drawn)
    rendered = drawn.get_root().render()
    return _page(rendered, language, title, _parts(sheets, language, title, note, heading))


def _layer(sheet: Sheet, features: Sequence[Feature]) -> folium.GeoJson:
    """The features of a layer with what is said of each."""
    titles = [_inert(said) for said in sheet.columns.values()]
    names = [f"c{i}" for i in range(len(titles))]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name=_inert(sheet.title),
        style_function=_style(sheet, thin=len(features) > CROWDED),
        marker=folium.CircleMarker(radius=6, fill=True),
        tooltip=GeoJsonTooltip(names[:1], labels=False) if names else None,
        popup=GeoJsonPopup(names, aliases=titles) if names else None,
    )


def _escaped(sheet: Sheet) -> Iterator[dict[str, Any]]:
    """Features that have a place, their values `c0`, `c1` … in the order of the columns."""
    colours = itertools.chain(sheet.colours, itertools.repeat(sheet.symbol.colour))
    for i, (feature, colour) in enumerate(zip(sheet.features, colours, strict=False)):
        if not feature["geometry"]:
            continue
        values = feature["properties"]
        said = ("" if values.get(k) is None else str(values[k]) for k in sheet.columns)
        yield {
            "type": "Feature",
            "id": i,
            "geometry": feature["geometry"],
            "properties": {f"c{k}": _inert(text) for k, text in enumerate(said)},
            "colour": colour,
        }


def _inert(text: str) -> str:
    """A text that HTML shows as it is, and in which no template finds anything to do.

    branca takes the script that it made of our words for a Jinja template and renders it again:
    `{{…}}` in a cell would run in this process.

    >>> _inert("<b>{{7*7}}{% raw %}")
    '&lt;b&gt;&#123;&#123;7*7}}&#123;% raw %}'
    """
    return html.escape(text).replace("{", "&#123;")


def _style(sheet: Sheet, *, thin: bool) -> Callable[[Feature], dict[str, Any]]:
    """How folium draws a feature: points with a white edge, all else in its colour."""
    line, of = 1 if thin else 2, sheet.opacity

    def style(feature: Feature) -> dict[str, Any]:
        colour = feature["colour"]
        if "Point" in feature["geometry"]["type"]:
            edge = {"color": "#ffffff", "weight": 1.5, "opacity": of}
            return {**edge, "fillColor": colour, "fillOpacity": of}
        fill = 0.7 if sheet.colours else 0.3
        edge = {"color": colour, "weight": line, "opacity": of}
        return {**edge, "fillColor": colour, "fillOpacity": fill * of}

    return style


def _around(features: Iterable[Feature]) -> BBox | None:
    """The box of all geometries; of a single point, with some room around it."""
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    if not len(shapes):
        return None
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west - ROOM, south - ROOM, east + ROOM, north + ROOM


def _corners(box: BBox) -> list[list[float]]:
    """South-west and north-east as Leaflet says them, without the poles, which it cannot show."""
    west, south, east, north = box
    return [[max(south, -MERCATOR), west], [min(north, MERCATOR), east]]


def _parts(
    sheets: Sequence[Sheet], language: str, title: str, note: str, heading: bool
) -> tuple[str, str]:
    """What stands above and below the map."""
    part = environment().get_template("folium_map.html")
    values = {"sheets": sheets, "language": language, "title": title, "note": note}
    above = part.render(**values, below=False, heading=heading)
    return above, part.render(**values, below=True, heading=heading)


def _page(rendered: str, language: str, title: str, parts: tuple[str, str]) -> str:
    """The document of folium with the libraries inside, a language, a title and a landmark."""
    js, own = _leaflet(language), (STATIC / "css" / "folium_map.css").read_text("utf-8")
    css = re.sub(r"url\([^)]*\)", "none", _vendored("leaflet.css")) + own
    head = f"<head><title>{html.escape(title)}</title><style>{css}</style><script>{js}</script>"
    above, below = parts
    page = re.sub(r'<meta name="viewport"[^>]*>', _VIEWPORT, rendered)
    page = page.replace("<html>", f'<html lang="{language}">', 1)
    page = page.replace("<body>", f"<body><main>{above}", 1)
    page = page.replace("</body>", f"{below}</main></body>", 1)
    page = page.replace("<head>", head, 1)
    bad = _OUTSIDE.findall(_SCRIPT.sub(r"\1", page))
    if bad:
        raise ValueError(f"a map would load {bad[0][:80]!r}")
    return page


def _leaflet(language: str) -> str:
    """Leaflet whose buttons speak a language."""
    js = _vendored("leaflet.js")
    for english, key in (("Zoom in", "folium_zoom_in"), ("Zoom out", "folium_zoom_out")):
        js = js.replace(f'"{english}"', json.dumps(word(language, key)))
    return js


def _vendored(file: str) -> str:
    """A file of Leaflet as set-up fetched it."""
    path = STATIC / asset("leaflet", file).removeprefix("/static/")
    return re.sub(r"//# sourceMappingURL=.*", "", path.read_text("utf-8"))
