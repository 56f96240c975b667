"""Taking data from a map: what is in view or in a drawn area, in every format and system.

A layer by itself is a permanent address of the OGC API; several, or what is cut at the edge of an
area, come from here as they are made.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated
from urllib.parse import urlencode

import shapely
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from datasets.model import BBox
from geoportal.emap.areas import area_of
from geoportal.emap.selection import conditions, cql2, during
from geoportal.emap.state import State, parse_box
from geoportal.emap.tools import READ, asked, panel, visible
from geoportal.ogc import downloads
from geoportal.portal import Portal
from geoportal.raster.sight import sight
from geoportal.registry import Shown, View
from geoportal.words import word
from publish.cql2.reading import read
from publish.formats import Format, Selection, formats, zipped
from publish.layers import crs
from publish.layers.crs import CRS84
from publish.layers.query import Query as Question

router = APIRouter()
VIEW, AREA, ALL = "view", "area", "all"
USUAL = "gpkg"
SCREEN = (1024, 768)
MOST_FEATURES = 200_000
"""Of several layers together, or cut at an edge: a single layer has no limit but its own."""
DECIMALS = 6
Text = Annotated[str, Query(max_length=8000)]
Word = Annotated[str, Query(max_length=200)]
Many = Annotated[list[str] | None, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form of downloads says: which layers, where, cut or not, and how they are written."""

    take: Many = None
    within: Word = VIEW
    area: Text = ""
    cut: bool = False
    f: Word = USUAL
    crs: Word = CRS84


@dataclass(frozen=True)
class Part:
    """What of one layer is taken: by box or area, by its filter, in a system; `cut` at the edge."""

    shown: Shown
    bbox: BBox | None
    area: shapely.Geometry | None
    where: str
    time: str
    crs: str
    cut: bool

    @property
    def filter(self) -> str:
        """The layer's own filter and the area, as one of CQL2."""
        within = f"S_INTERSECTS(geometry,{_wkt(self.area)})" if self.area and not self.cut else ""
        if self.where and within:
            return f"({self.where}) AND {within}"
        return self.where or within

    def address(self, form: str) -> str:
        """Where the OGC API has it; always the present version."""
        said = {
            "f": form,
            "crs": "" if self.crs == CRS84 else self.crs,
            "bbox": ",".join(f"{number:.{DECIMALS}f}" for number in self.bbox or ()),
            "filter": self.filter,
            "datetime": self.time if self.shown.features.manifest.times else "",
        }
        given = {name: value for name, value in said.items() if value}
        return f"/ogc/collections/{self.shown.layer.id}/items?{urlencode(given, safe=',:/().')}"

    @cached_property
    def question(self) -> Question:
        """The same as a question; raises ValueError for what the layer cannot answer."""
        features = self.shown.features
        said = read(self.filter, features.manifest) if self.filter else None
        return features.ask(bbox=self.bbox, filter=said, time=during(self.time))

    @cached_property
    def count(self) -> int:
        """How many features; of what is cut, those whose box touches that of the area."""
        return self.selection("").count

    def selection(self, language: str) -> Selection:
        """What a file of it holds."""
        return Selection(
            features=self.shown.features,
            query=self.question,
            crs=self.crs,
            language=language,
            title=self.shown.title.said(language) or self.shown.layer.id,
            area=self.area if self.cut else None,
            archive=self.shown.archive,
        )


@dataclass(frozen=True)
class Order:
    """All that a form of downloads asks for; `wrong` is the key of what it cannot have."""

    parts: Sequence[Part]
    form: Format
    within: str
    area: str
    cut: bool
    crs: str
    view_lonlat: BBox
    wrong: str = ""

    @property
    def count(self) -> int:
        """Features of all layers."""
        return sum(part.count for part in self.parts)


@router.api_route("/map/download", methods=READ)
def download(request: Request, wanted: Annotated[Wanted, Depends()]) -> Response:
    """A form for what is on the map, and how much of each layer it would bring."""
    view, state = asked(request)
    order = _order(request, view, state, wanted)
    language: str = request.state.language
    here = visible(view, state)
    pairs = state.pairs("layers")
    return panel(
        request,
        "download",
        state,
        order=order,
        pairs=[*pairs, ("layers", ",".join(state.layers))],
        symbols=view.symbols(),
        here=here,
        taken={part.shown.layer.id for part in order.parts},
        choices=_choices(here, language),
        file=f"{request.state.prefix}/map/download/file?{request.url.query}",
        address=order.parts[0].address(order.form.name) if _is_one(order) else "",
        most=MOST_FEATURES,
    )


@router.api_route("/map/download/file", methods=READ)
def download_file(request: Request, wanted: Annotated[Wanted, Depends()]) -> Response:
    """The data themselves: of one layer from the OGC API, else made here."""
    view, state = asked(request)
    order = _order(request, view, state, wanted)
    language: str = request.state.language
    if order.wrong:
        raise HTTPException(400, word(language, order.wrong, most=MOST_FEATURES))
    if _is_one(order):
        same = order.parts[0].address(order.form.name)
        return RedirectResponse(f"{request.state.prefix}{same}", 307)
    portal: Portal = request.app.state.portal
    selections = [replace(part.selection(language), desk=portal.store.desk) for part in order.parts]
    if len(selections) == 1:
        form, only = order.form, selections[0]
        return _sent(form.write(only), f"{only.name}.{form.ending}", form.media_type)
    files = ((f"{s.name}.{order.form.ending}", order.form.write(s)) for s in selections)
    readme = ("README.txt", [_sources(portal, order, language).encode()])
    return _sent(zipped([readme, *files]), "emapa.zip", "application/zip")


def _is_one(order: Order) -> bool:
    """Tell whether the OGC API has it: one layer, and nothing is cut."""
    return len(order.parts) == 1 and not order.cut and not order.wrong


def _order(request: Request, view: View, state: State, wanted: Wanted) -> Order:
    here = visible(view, state)
    seen = parse_box(request.query_params.get("view", ""))
    seen = seen or sight(request, view, state, SCREEN).bbox_lonlat
    area = area_of(wanted.area, view) if wanted.within == AREA else None
    cut = wanted.cut and area is not None
    parts = tuple(
        Part(
            shown=each,
            bbox=seen if wanted.within == VIEW else None,
            area=area,
            where=cql2(conditions(state.where.get(each.layer.id, ""), each.layer.columns)),
            time=state.time if during(state.time) else "",
            crs=wanted.crs,
            cut=cut,
        )
        for each in here
        if wanted.take is None or each.layer.id in wanted.take
    )
    form = formats().get(wanted.f) or formats()[USUAL]
    order = Order(parts, form, wanted.within, wanted.area, cut, wanted.crs, seen)
    return replace(order, wrong=_wrong(order, wanted.area if area is None else ""))


def _wrong(order: Order, not_an_area: str) -> str:
    """The key of why it cannot be had; empty where it can."""
    if not order.parts:
        return "download_no_layer"
    if order.within == AREA and not order.parts[0].area:
        return "download_wrong_area" if not_an_area else "download_no_area"
    if any(order.crs not in crs.offered(p.shown.features.manifest) for p in order.parts):
        return "download_wrong_crs"
    try:
        for part in order.parts:
            order.form.check(part.selection(""))
        is_large = not _is_one(order) and order.count > MOST_FEATURES
    except ValueError:
        return "download_wrong_format"
    return "download_too_much" if is_large else ""


def _choices(here: Sequence[Shown], language: str) -> downloads.Choices | None:
    """Formats, and the systems that all layers can be had in."""
    every = [downloads.choices(each, language) for each in here]
    if not every:
        return None
    shared = [pair for pair in every[0].systems if all(pair in one.systems for one in every)]
    return replace(every[0], systems=tuple(shared), collection="", chosen=USUAL)


def _sources(portal: Portal, order: Order, language: str) -> str:
    """What a reader of the files must know: whose data these are, and of when."""
    system = crs.place(order.crs).name
    lines = [word(language, "download_readme"), f"{word(language, 'ogc_crs_one')}: {system}"]
    for part in order.parts:
        shown = part.shown
        source = shown.organization_title.said(language) or shown.organization
        lines += ["", shown.title.said(language), f"{source} · {shown.license_title}".strip(" ·")]
        lines += [
            f"{shown.modified[:10]} · v{shown.version}",
            portal.site_url + part.address(order.form.name),
        ]
    return "\r\n".join(lines) + "\r\n"


def _sent(parts: Iterator[bytes], name: str, media_type: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-cache",
    }
    return downloads.Download(parts, headers, media_type)


def _wkt(area: shapely.Geometry | None) -> str:
    return str(shapely.to_wkt(area, rounding_precision=DECIMALS, trim=True)).replace(", ", ",")
