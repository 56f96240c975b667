"""Documents about tiles: tile matrix sets, tilesets, TileJSON."""

import html
from typing import Any

import numpy as np
from starlette.responses import Response

from datasets.model import Column
from geoportal.ogc import config, parameters
from geoportal.ogc.answers import Answer, itself, written
from geoportal.ogc.asked import HTML, JSON, TILEJSON, Asked
from geoportal.ogc.openapi_document import operation
from geoportal.ogc.part import Link, Part, Route
from geoportal.ogc.problems import Problem
from geoportal.registry import Shown
from geoportal.words import word
from publish.layers import webmercatorquad
from publish.layers.crs import CRS84
from publish.layers.labels import in_tiles
from publish.layers.pmtiles import header

MATRIX_SET = "WebMercatorQuad"
MATRIX_SET_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{MATRIX_SET}"
WEB_MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
CELL_SIZE_M = 156543.0339280410  # of zoom 0, at the equator
PIXEL_M = 0.00028
ORIGIN_M = 20037508.3427892
SCHEME = f"{config.REL}/tiling-scheme"
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
ARCHIVE_TYPE = "application/vnd.pmtiles"
LIVE_ZOOMS = (15, 16)
"""At which zooms there are tiles until the archive is built; the browser enlarges the last."""
DIMENSIONS = {"Point": 0, "LineString": 1, "Polygon": 2}


def landing(asked: Asked) -> list[Link]:
    """The link of the landing page to how tiles are cut."""
    title = word(asked.language, "ogc_tile_matrix_sets")
    where = f"{asked.base_url}/tileMatrixSets"
    return [_link(f"{config.REL}/tiling-schemes", where, "application/json", title)]


def matrix_sets(asked: Asked) -> Response:
    """The tile matrix sets that our tiles are cut by: one."""
    asked = asked.check()
    where = f"{asked.base_url}/tileMatrixSets/{MATRIX_SET}"
    # The standard's schema asks for `self`, the OGC's test suite looks for `item`.
    links = [_link(rel, where, "application/json", MATRIX_SET) for rel in ("self", "item")]
    one = {"id": MATRIX_SET, "title": MATRIX_SET, "uri": MATRIX_SET_URI, "links": links}
    document = {"tileMatrixSets": [one], "links": itself(asked)}
    return written(asked, Answer(document, "matrix_sets"))


def matrix_set(asked: Asked) -> Response:
    """The definition of one. Rule: OGC 17-083r4, Annex D.1."""
    asked = asked.check()
    known_set(asked)
    document = {
        "id": MATRIX_SET,
        "title": MATRIX_SET,
        "uri": MATRIX_SET_URI,
        "crs": WEB_MERCATOR,
        "orderedAxes": ["E", "N"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_matrix(z) for z in range(webmercatorquad.MAX_ZOOM + 1)],
        "links": itself(asked),
    }
    return written(asked, Answer(document, "matrix_set"))


def _matrix(z: int) -> dict[str, Any]:
    cell_size_m = CELL_SIZE_M / 2**z
    return {
        "id": str(z),
        "scaleDenominator": cell_size_m / PIXEL_M,
        "cellSize": cell_size_m,
        "pointOfOrigin": [-ORIGIN_M, ORIGIN_M],
        "tileWidth": 256,
        "tileHeight": 256,
        "matrixWidth": 2**z,
        "matrixHeight": 2**z,
    }


def known_set(asked: Asked) -> None:
    """Raise Problem for a tile matrix set that is not ours."""
    given = asked.request.path_params["tms"]
    if given != MATRIX_SET:
        raise Problem(404, f"there is no tile matrix set {given[:80]!r}; there is {MATRIX_SET}")


def tilesets(asked: Asked) -> Response:
    """The tilesets of a collection: one."""
    asked = asked.check((parameters.V,))
    shown = asked.shown(asked.request.path_params["collection"])
    one = tileset_document(asked, shown)
    short = {key: one[key] for key in ("title", "dataType", "crs", "tileMatrixSetURI")}
    where = f"{asked.base_url}/collections/{shown.layer.id}/tiles/{MATRIX_SET}"
    # The OGC's test suite follows every link of a tileset here, and wants JSON of each.
    links = [
        _link("self", where, "application/json", one["title"]),
        *(link for link in one["links"] if link["rel"] == SCHEME),
    ]
    document = {"links": itself(asked), "tilesets": [short | {"links": links}]}
    return written(asked, Answer(document, "tilesets", values={"shown": shown}))


def tileset(asked: Asked) -> Response:
    """What is in the tiles and how they are addressed; `f=tilejson` says it as TileJSON."""
    known_set(asked)
    asked = asked.check((parameters.V,), (JSON, HTML, TILEJSON))
    shown = asked.shown(asked.request.path_params["collection"])
    if asked.format == TILEJSON:
        return written(asked, Answer(tilejson_document(asked, shown), "tileset"))
    document = tileset_document(asked, shown)
    document["links"] = [*itself(asked), *document["links"]]
    return written(asked, Answer(document, "tileset", values={"shown": shown}))


def tileset_document(asked: Asked, shown: Shown) -> dict[str, Any]:
    """Tileset metadata. Rule: OGC Two Dimensional Tile Matrix Set and Tile Set Metadata 2.0."""
    title = shown.title.said(asked.language) or shown.layer.id
    west, south, east, north = shown.layer.bbox_lonlat or config.WORLD
    return {
        "title": title,
        "description": shown.notes.said(asked.language) or title,
        "version": str(shown.version),
        "attribution": shown.organization_title.said(asked.language) or shown.organization,
        "dataType": "vector",
        "crs": WEB_MERCATOR,
        "tileMatrixSetURI": MATRIX_SET_URI,
        "mediaTypes": [MEDIA_TYPE],
        "boundingBox": {
            "lowerLeft": [west, south],
            "upperRight": [east, north],
            "crs": CRS84,
        },
        "layers": [_inside(shown, title)],
        "tileMatrixSetLimits": [
            limits(z, shown) for z in range(zooms(shown)[0], zooms(shown)[1] + 1)
        ],
        "links": _links(asked, shown, title),
    }


def limits(z: int, shown: Shown) -> dict[str, Any]:
    """Which rows and columns of a zoom have tiles, as tileset metadata say it."""
    west, south, east, north = shown.layer.bbox_lonlat or config.WORLD
    corners = webmercatorquad.to_tile(np.array([(west, north), (east, south)]), z, 0, 0, 1)
    (left, top), (right, bottom) = np.clip(np.floor(corners), 0, 2**z - 1).astype(int).tolist()
    return {
        "tileMatrix": str(z),
        "minTileRow": top,
        "maxTileRow": bottom,
        "minTileCol": left,
        "maxTileCol": right,
    }


def _in_tile(column: Column) -> dict[str, Any]:
    """The JSON Schema of a value in a tile, which holds no lists: they are JSON text there."""
    return {"type": "string"} if column.items else parameters.json_type(column)


def _inside(shown: Shown, title: str) -> dict[str, Any]:
    """The one layer in the tiles, as tileset metadata describe it."""
    layer = shown.layer
    lowest, highest = zooms(shown)
    columns = in_tiles(layer.columns)
    properties = {c.name: {"title": c.title, **_in_tile(c)} for c in columns}
    inside = {
        "id": layer.id,
        "title": title,
        "dataType": "vector",
        "minTileMatrix": str(lowest),
        "maxTileMatrix": str(highest),
        "propertiesSchema": {"type": "object", "properties": properties},
    }
    dimension = DIMENSIONS.get(layer.geometry_type.removeprefix("Multi"))
    return inside if dimension is None else inside | {"geometryDimension": dimension}


def _links(asked: Asked, shown: Shown, title: str) -> list[dict[str, Any]]:
    base = asked.base_url
    collection = f"{base}/collections/{shown.layer.id}"
    tiles = f"{collection}/tiles/{MATRIX_SET}"
    address = f"{tiles}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}?v={shown.version}"
    scheme = f"{base}/tileMatrixSets/{MATRIX_SET}"
    json = "application/json"
    whole = f"{asked.portal.site_url}/tiles/{shown.layer.id}.pmtiles?v={shown.version}"
    stored = [_link("enclosure", whole, ARCHIVE_TYPE, "PMTiles")] if shown.archive else []
    return [
        _link("item", address, MEDIA_TYPE, title) | {"templated": True},
        _link(SCHEME, scheme, json, MATRIX_SET),
        _link("describedby", f"{tiles}?f=tilejson", json, "TileJSON"),
        _link(f"{config.REL}/geodata", collection, json, title),
        *stored,
    ]


def _link(rel: str, href: str, media_type: str, title: str) -> dict[str, Any]:
    return {"rel": rel, "type": media_type, "title": title, "href": href}


def tilejson(asked: Asked) -> Response:
    """TileJSON of a collection, for the viewer."""
    asked = asked.as_json().check((parameters.V,), (JSON,))
    shown = asked.shown(asked.request.path_params["collection"])
    return written(asked, Answer(tilejson_document(asked, shown), "tileset"))


def tilejson_document(asked: Asked, shown: Shown) -> dict[str, Any]:
    """Where the tiles are and what is in them. Rule: TileJSON 3.0.0.

    The attribution is HTML, as the rule says, so the publisher's words are escaped. While the
    archive is being built `emap:building` is true and the zooms are those of live tiles.
    """
    layer, language = shown.layer, asked.language
    title = shown.title.said(language) or layer.id
    lowest, highest = zooms(shown)
    publisher = shown.organization_title.said(language) or shown.organization
    credit = ", ".join(filter(None, (publisher, shown.license_title or shown.license_id)))
    box = list(layer.bbox_lonlat or (-180.0, -85.0, 180.0, 85.0))
    return {
        "tilejson": "3.0.0",
        "name": title,
        "description": shown.notes.said(language) or title,
        "version": f"{shown.version}.0.0",
        "attribution": html.escape(credit),
        "scheme": "xyz",
        "tiles": [
            f"{asked.portal.site_url}/tiles/{layer.id}/{{z}}/{{x}}/{{y}}.mvt?v={shown.version}"
        ],
        "minzoom": lowest,
        "maxzoom": highest,
        "bounds": box,
        "center": [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, lowest],
        "vector_layers": [
            {
                "id": layer.id,
                "description": title,
                "minzoom": lowest,
                "maxzoom": highest,
                "fields": {column.name: column.title for column in in_tiles(layer.columns)},
            }
        ],
        "emap:building": shown.archive is None,
    }


def zooms(shown: Shown) -> tuple[int, int]:
    """The lowest and the highest zoom at which there are tiles."""
    if shown.archive is None:
        return LIVE_ZOOMS
    said = header(shown.archive)
    return said.min_zoom, said.max_zoom


COLLECTION, TEMPLATE = "/collections/{collection}/tiles", "/collections/{collectionId}/tiles"
TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
VECTOR_TILES = "tiles.collection.vector"
"""How the ids of operations begin, whose ends the standard sets (OGC 20-057, Table 11)."""
PART = Part(
    landing=landing,
    routes=(
        Route(COLLECTION, tilesets),
        Route(f"{COLLECTION}/{{tms}}", tileset),
        Route("/tileMatrixSets", matrix_sets),
        Route("/tileMatrixSets/{tms}", matrix_set),
        Route("//tiles/{collection}.json", tilejson),
    ),
    classes=(
        f"{TILES}/core",
        f"{TILES}/tileset",
        f"{TILES}/tilesets-list",
        f"{TILES}/geodata-tilesets",
        f"{TILES}/oas30",
    ),
    paths={
        TEMPLATE: operation(
            "Tilesets of a collection", f"{VECTOR_TILES}.getTileSetsList", names=["v"]
        ),
        f"{TEMPLATE}/{{tileMatrixSetId}}": operation(
            "One tileset", f"{VECTOR_TILES}.getTileSet", names=["v"]
        ),
        "/tileMatrixSets": operation("Tile matrix sets", "tiles.getTileMatrixSetsList"),
        "/tileMatrixSets/{tileMatrixSetId}": operation(
            "One tile matrix set", "tiles.getTileMatrixSet"
        ),
    },
)
