"""The rows of a dataset: any page of them, sorted, searched and narrowed down on the server."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from datasets.errors import NotFound
from datasets.model import Column
from geoportal.dataset import asked as asking
from geoportal.dataset import cells
from geoportal.dataset.asked import ROWS, Asked, asked
from geoportal.dataset.frame import Opened, address, framed, opened
from geoportal.dataset.widgets import widgets
from geoportal.pages.problems import problem
from geoportal.registry import Shown
from geoportal.rendering import linker

if TYPE_CHECKING:
    from publish.columns.kept import Kept

router = APIRouter()
READ = ["GET", "HEAD"]
NUMERIC = ("integer", "number")
WHOLE = 20_000
"""So many characters of a cell are shown on the page of its row."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: where a click sorts, and how it is sorted now, as ARIA says it."""

    column: Column
    href: str
    sorted: str

    @property
    def numeric(self) -> bool:
        """True where figures stand below one another."""
        return self.column.type in NUMERIC


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its number in the file from 1, its own page, the feature that it is, its cells."""

    number: int
    href: str
    place: str
    cells: Sequence[Markup]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A condition that holds: its column, the end of the key of its words, the way without it."""

    column: str
    test: str
    value: str
    without: str


@router.api_route("/data/{name}/table", methods=READ)
def table(request: Request, name: str) -> Response:
    """A page of the rows that an address asks for."""
    found = opened(request, name)
    wanted = asked(found, request.query_params)
    kept = asking.kept(found, wanted)
    if fid := request.query_params.get("feature"):
        wanted = _with_feature(found, wanted, kept, fid)
    try:
        rows = asking.ordered(kept, wanted)
    except ValueError as error:
        return problem(request, 400, str(error))
    language: str = request.state.language
    link = linker(found.portal, language)
    place, here = address(found.name, "table"), asking.shown(kept, wanted)
    latin = request.query_params.get("labels") == "sr-Latn"
    last = asking.pages(rows.count, wanted.rows)
    some = rows.page((min(wanted.page, last) - 1) * wanted.rows, wanted.rows)
    layer = layer_of(found, wanted)
    return framed(
        request,
        found,
        "table",
        "dataset/table.html",
        wanted=wanted,
        kept=kept,
        count=rows.count,
        heads=[_head(kept.columns[i], wanted, link, place) for i in here],
        lines=_lines(found, wanted, kept, some, here, language, latin),
        widgets=widgets(kept, wanted, here),
        chosen=[_chosen(kept, each, wanted, link, place) for each in wanted.conditions],
        pages=last,
        turns=_turns(wanted, last, link, place),
        sizes=ROWS,
        files={kind: link(f"{place}.{kind}", **wanted.but(rows=ROWS[1])) for kind in FILES},
        facts=facts(kept, language),
        layer=layer,
        on_map=_on_map(layer, kept, wanted, link),
        latin=latin,
        script_link=link(place, **wanted.parameters, labels="" if latin else "sr-Latn"),
        all_link=link(place, **wanted.but(q="", conditions=())),
    )


FILES = ("csv", "xlsx", "json")


def layer_of(found: Opened, wanted: Asked) -> Shown | None:
    """The layer whose features the rows are; None of a table that is not on the map now."""
    for each in found.layers:
        if each.layer.resource == wanted.resource.name and each.version == wanted.version.number:
            return each
    return None


def _with_feature(found: Opened, wanted: Asked, kept: "Kept", fid: str) -> Asked:
    """The page on which the row of a feature stands; raises NotFound."""
    from publish.columns import rows_of_features  # noqa: PLC0415 - pyarrow takes 40 MB

    layer = layer_of(found, wanted)
    row = rows_of_features.row(kept, layer.features, fid) if layer else None
    if row is None:
        raise NotFound(f"table {wanted.resource.name!r} has no row of feature {fid[:80]!r}")
    return replace(wanted, page=row // wanted.rows + 1, q="", conditions=(), sort="")


def _head(column: Column, wanted: Asked, link: Any, place: str) -> Head:
    rising, falling = column.name, f"-{column.name}"
    state = {rising: "ascending", falling: "descending"}.get(wanted.sort, "")
    following = {"ascending": falling, "descending": ""}.get(state, rising)
    return Head(column, link(place, **wanted.but(sort=following)), state)


def _lines(
    found: Opened,
    wanted: Asked,
    kept: "Kept",
    some: Any,
    here: Sequence[int],
    language: str,
    latin: bool,
) -> list[Line]:
    columns = [
        [cells.shown(language, value, latin=latin) for value in kept.cells(i, some)] for i in here
    ]
    places = _places(found, wanted, kept, some)
    link = linker(found.portal, language)
    own = {key: value for key, value in wanted.parameters.items() if key in ("table", "v")}
    base = f"{address(found.name, 'table')}/"
    rows = list(zip(*columns, strict=True)) if columns else [()] * len(some)
    return [
        Line(number + 1, link(f"{base}{number + 1}", **own), place and link(place), row)
        for number, place, row in zip(some.tolist(), places, rows, strict=True)
    ]


def _places(found: Opened, wanted: Asked, kept: "Kept", some: Any) -> list[str]:
    """The pages of the features that rows are; empty where they are none."""
    layer = layer_of(found, wanted)
    if layer is None or layer.layer.features != kept.rows:
        return [""] * len(some)
    from publish.columns import rows_of_features  # noqa: PLC0415 - pyarrow takes 40 MB

    ids = rows_of_features.ids(kept, layer.features, some)
    return [f"/place/{layer.layer.id}/{fid}" if fid else "" for fid in ids]


def _chosen(
    kept: "Kept", said: tuple[str, str, str], wanted: Asked, link: Any, place: str
) -> Chosen:
    test, column, value = said
    test = {"1": "empty", "0": "full"}[value] if test == "empty" else test
    title = kept.columns[kept.places[column]].title if column in kept.places else column
    return Chosen(title or column, f"table_{test}", value, link(place, **wanted.without(said)))


def _turns(wanted: Asked, last: int, link: Any, place: str) -> dict[str, Any]:
    """The addresses of the first page, the one before, the one after and the last."""
    here = min(wanted.page, last)
    ways = {"first": 1, "previous": here - 1, "next": here + 1, "last": last}
    there = {key: page for key, page in ways.items() if 1 <= page <= last and page != here}
    links = {key: link(place, **wanted.but(page=page)) for key, page in there.items()}
    return {"page": here, **{key: links.get(key, "") for key in ways}}


def _on_map(layer: Shown | None, kept: "Kept", wanted: Asked, link: Any) -> str:
    """The map with the same conditions."""
    if layer is None:
        return ""
    where = asking.where(kept, wanted)
    return str(link("/map", layers=layer.layer.id, **{f"where.{layer.layer.id}": where}))


@dataclass(frozen=True, slots=True)
class Fact:
    """What a column holds: how many rows have a value, how many different, the first and last."""

    column: Column
    filled: int
    empty: int
    distinct: int
    least: str
    most: str


def facts(kept: "Kept", language: str) -> list[Fact]:
    """What each column holds."""
    return [_fact(kept, i, language) for i in range(len(kept.columns))]


def _fact(kept: "Kept", i: int, language: str) -> Fact:
    about = kept.about[i]
    ends = [kept.value(i, place) for place in (0, about.distinct - 1)] if about.distinct else [""]
    least, most = (str(cells.said(language, each))[:60] for each in (ends[0], ends[-1]))
    return Fact(about.column, kept.rows - about.empty, about.empty, about.distinct, least, most)


@router.api_route("/data/{name}/table/{number:int}", methods=READ)
def row(request: Request, name: str, number: int) -> Response:
    """One row with all of its values, by its number in the file from 1."""
    found = opened(request, name)
    wanted = asked(found, request.query_params)
    kept = asking.kept(found, wanted)
    if not 1 <= number <= kept.rows:
        raise NotFound(f"table {wanted.resource.name!r} has no row {number}")
    language: str = request.state.language
    some = np.array([number - 1])
    link = linker(found.portal, language)
    own = {key: value for key, value in wanted.parameters.items() if key in ("table", "v")}
    place = _places(found, wanted, kept, some)[0]
    values = [kept.cells(i, some)[0] for i in range(len(kept.columns))]
    return framed(
        request,
        found,
        "table",
        "dataset/row.html",
        number_of_row=number,
        rows=kept.rows,
        facts=[
            (column, None if value is None else cells.shown(language, value, most=WHOLE))
            for column, value in zip(kept.columns, values, strict=True)
        ],
        is_cut=any(isinstance(value, str) and len(value) > WHOLE for value in values),
        place=place and link(place),
        back=link(address(found.name, "table"), **own, page=(number - 1) // ROWS[1] + 1),
        before=link(f"{address(found.name, 'table')}/{number - 1}", **own) if number > 1 else "",
        after=link(f"{address(found.name, 'table')}/{number + 1}", **own)
        if number < kept.rows
        else "",
    )
