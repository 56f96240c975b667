"""A layer as one HTML file that needs nothing else: preview, download, embed. folium's only home.

folium does not escape what it shows and points to CDNs, so every value is escaped here, the
libraries are put inside, and a reference to another place is an error.
"""

import html
import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import shapely

from geoportal.palette import Symbol
from geoportal.rendering import HERE, asset

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

STATIC = HERE / "static"
CROWDED = 100  # above this many features, lines are drawn thin
ROOM = 1e-3  # of a degree, about 100 m
_SCRIPT = re.compile(r"(<script[^>]*>).*?</script>", re.DOTALL)
_OUTSIDE = re.compile(
    r"""<[^>]+(?:src|href)\s*=\s*["']?\s*(?:https?:)?//[^"'\s>]+|@import|url\(""", re.IGNORECASE
)
_VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'


def small_map(
    features: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str],
    *,
    symbol: Symbol,
    language: str,
    title: str,
    credit: str,
    heading: bool = True,
) -> str:
    """GeoJSON features (in CRS84) as a whole HTML page.

    `columns` are titles by property name; `credit` says whose data these are. Raises ValueError
    when the page would load anything from elsewhere.
    """
    drawn = folium.Map(tiles=None, prefer_canvas=True, attribution_control=False, zoom_snap=0.25)
    drawn.default_js, drawn.default_css = [], []  # ten addresses of CDNs
    placed = [feature for feature in features if feature["geometry"]]
    escaped = [_escaped(i, feature, columns) for i, feature in enumerate(placed)]
    collection = {"type": "FeatureCollection", "features": escaped}
    if placed:
        _layer(collection, columns, symbol).add_to(drawn)
        drawn.fit_bounds(_bounds(placed), padding=(24, 24), max_zoom=15)
    return _page(drawn.get_root().render(), language, title, credit, heading)


def _escaped(i: int, feature: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """A feature whose values are text that HTML shows as it is: folium puts them in raw."""
    values = feature["properties"]
    said = {name: "" if values.get(name) is None else str(values[name]) for name in columns}
    return {
        "type": "Feature",
        "id": i,
        "geometry": feature["geometry"],
        "properties": {name: html.escape(text) for name, text in said.items()},
    }


def _layer(
    collection: Mapping[str, Any], columns: Mapping[str, str], symbol: Symbol
) -> folium.GeoJson:
    names, titles = list(columns), [html.escape(title) for title in columns.values()]
    line = 1 if len(collection["features"]) > CROWDED else 2
    area = {"color": symbol.colour, "weight": line, "fillColor": symbol.colour, "fillOpacity": 0.3}
    point = {"color": "#ffffff", "weight": 1.5, "fillColor": symbol.colour, "fillOpacity": 1}
    return folium.GeoJson(
        collection,
        style_function=lambda f: point if "Point" in f["geometry"]["type"] else area,
        marker=folium.CircleMarker(radius=6, fill=True),
        tooltip=GeoJsonTooltip(names[:1], labels=False) if names else None,
        popup=GeoJsonPopup(names, aliases=titles) if names else None,
    )


def _bounds(placed: Sequence[Mapping[str, Any]]) -> list[list[float]]:
    """South-west and north-east as Leaflet says them; a single point gets some room around it."""
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in placed])
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return [[south - ROOM, west - ROOM], [north + ROOM, east + ROOM]]


def _page(rendered: str, language: str, title: str, credit: str, heading: bool) -> str:
    """The document of folium with the libraries inside, a language, a title and a landmark."""
    js, own = _vendored("leaflet.js"), (STATIC / "css" / "small_map.css").read_text("utf-8")
    css = re.sub(r"url\([^)]*\)", "none", _vendored("leaflet.css")) + own
    said, by = html.escape(title), html.escape(credit)
    head = f"<head><title>{said}</title><style>{css}</style><script>{js}</script>"
    above = f"<main><h1>{said}</h1>" if heading else "<main>"
    page = re.sub(r'<meta name="viewport"[^>]*>', _VIEWPORT, rendered)
    page = page.replace("<html>", f'<html lang="{language}">', 1)
    page = page.replace("<body>", f"<body>{above}", 1)
    page = page.replace("</body>", f"<footer>{by}</footer></main></body>", 1)
    page = page.replace("<head>", head, 1)
    bad = _OUTSIDE.findall(_SCRIPT.sub(r"\1", page))
    if bad:
        raise ValueError(f"a small map would load {bad[0][:80]!r}")
    return page


def _vendored(file: str) -> str:
    """A file of Leaflet as set-up fetched it."""
    path = STATIC / asset("leaflet", file).removeprefix("/static/")
    return re.sub(r"//# sourceMappingURL=.*", "", path.read_text("utf-8"))
