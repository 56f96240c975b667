"""What the map may lie on: sections of config.yml under `map`."""

import re
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from datasets.section import Section

NONE = "none"
ROLES = ("land", "green", "water", "buildings", "roads", "boundaries", "places")
"""What a layer of ours is on a basemap of layers, from the lowest."""
HOST = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", re.IGNORECASE)
PLACES = ("{z}", "{x}", "{y}")
MOST_ZOOM = 22


class Basemap(Section):
    """One basemap. `layers` are collections of ours by what they are; the other kinds are tiles.

    Of `xyz` the `url` has {z}, {x} and {y}; of `wmts` it is the service's address for KVP; of
    `pmtiles` the `path` is a file of vector tiles in the scheme of Protomaps.
    """

    name: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    title: str
    title_en: str = ""
    kind: Literal["layers", "xyz", "wmts", "pmtiles"]
    attribution: str = ""
    attribution_url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    url: str = ""
    dark_url: str = ""
    tile_px: Literal[256, 512] = 256
    max_zoom: int = Field(default=19, ge=0, le=MOST_ZOOM)
    layer: str = ""
    style: str = "default"
    matrix_set: str = "GoogleMapsCompatible"
    format: Literal["image/png", "image/jpeg", "image/webp"] = "image/png"
    path: str = ""
    land: tuple[str, ...] = ()
    green: tuple[str, ...] = ()
    water: tuple[str, ...] = ()
    buildings: tuple[str, ...] = ()
    roads: tuple[str, ...] = ()
    boundaries: tuple[str, ...] = ()
    places: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse a basemap that lacks what its kind is made of."""
        if fault := _fault(self):
            raise ValueError(fault)
        return self

    @property
    def tiles(self) -> tuple[str, ...]:
        """Addresses of pictures with {z}, {x} and {y}: the light one, and the dark one if it is."""
        if self.kind == "wmts":
            return (_kvp(self),)
        return tuple(filter(None, (self.url, self.dark_url))) if self.kind == "xyz" else ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """The sites that a browser asks for its tiles, as a policy names them."""
        found = (HOST.match(address) for address in self.tiles)
        return tuple(dict.fromkeys(host[0].lower() for host in found if host))


def _fault(basemap: Basemap) -> str:
    if basemap.name == NONE:
        return f"the name {NONE} is that of no basemap at all"
    if basemap.kind == "layers":
        roles = any(getattr(basemap, role) for role in ROLES)
        return "" if roles else f"a basemap of layers needs one of {', '.join(ROLES)}"
    if basemap.kind == "pmtiles":
        return "" if basemap.path else "path: is missing; it names a .pmtiles file"
    if basemap.kind == "wmts" and not basemap.layer:
        return "layer: is missing; the service's capabilities name it"
    return _wrong(basemap.url or "?", basemap.kind) or _wrong(basemap.dark_url, basemap.kind)


def _wrong(url: str, kind: str) -> str:
    """What is wrong with an address of tiles; `{s}` would be hosts that no policy names."""
    if not url:
        return ""
    ours = url.startswith("/") and not url.startswith("//")
    good = ours or (HOST.match(url) and urlsplit(url).hostname and not re.search(r"[\s;,'\"]", url))
    if not good:
        return f"url: must begin with https://host or with / for this site, not {url[:60]!r}"
    if kind == "xyz" and not all(place in url for place in PLACES):
        return "url: must have {z}, {x} and {y} in it"
    return "url: {s} is not filled; name one host" if "{s}" in url else ""


def _kvp(basemap: Basemap) -> str:
    """The address of a tile by GetTile. Rule: OGC 07-057r7, §10.2."""
    asked = {
        "SERVICE": "WMTS",
        "REQUEST": "GetTile",
        "VERSION": "1.0.0",
        "LAYER": basemap.layer,
        "STYLE": basemap.style,
        "FORMAT": basemap.format,
        "TILEMATRIXSET": basemap.matrix_set,
        "TILEMATRIX": "{z}",
        "TILEROW": "{y}",
        "TILECOL": "{x}",
    }
    start = basemap.url + ("&" if "?" in basemap.url else "?")
    return start + "&".join(f"{name}={value}" for name, value in asked.items())


class Map(Section):
    """What the map may lie on; `default` is a basemap's name, empty for the first one.

    `layers` are the collections that are on at first, the topmost first; empty for a few of all.
    """

    layers: tuple[str, ...] = ()
    basemaps: tuple[Basemap, ...] = ()
    default: str = ""

    @model_validator(mode="after")
    def _known(self) -> Self:
        names = [basemap.name for basemap in self.basemaps]
        if len(names) != len(set(names)):
            raise ValueError("basemaps: each needs a name of its own")
        if self.default not in ("", NONE, *names):
            raise ValueError(f"default: must be one of {', '.join((NONE, *names))}")
        return self

    @property
    def first(self) -> str:
        """The basemap of an address that names none."""
        return self.default or next((basemap.name for basemap in self.basemaps), NONE)

    def named(self, name: str) -> Basemap | None:
        """The basemap of an address; None for no basemap at all."""
        known = {basemap.name: basemap for basemap in self.basemaps}
        return known.get(name, known.get(self.first)) if name != NONE else None

    @property
    def hosts(self) -> tuple[str, ...]:
        """All sites that a browser asks for tiles."""
        return tuple(dict.fromkeys(host for basemap in self.basemaps for host in basemap.hosts))
