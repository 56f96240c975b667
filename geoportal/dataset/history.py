"""The versions of a dataset, and what changed from one to another, row by row.

/data/{name}/history?page=2
/data/{name}/history/difference?from=1&to=2&table=&show=added&page=2
/data/{name}/history/difference.csv, .json, .geojson     the same, whole
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from datasets.model import Column, Version
from geoportal.caching import known
from geoportal.dataset import cells, difference_map
from geoportal.dataset.compared import Compared, compared
from geoportal.dataset.frame import address, framed, opened
from geoportal.dataset.table_files import attached
from geoportal.ogc.downloads import Download
from geoportal.pages.problems import problem
from geoportal.rendering import linker
from publish.layers.labels import label

if TYPE_CHECKING:
    from publish.columns.kept import Kept, Rows

router = APIRouter()
READ = ["GET", "HEAD"]
VERSIONS, ROWS, COLUMNS = 50, 25, 12
LONGEST = 120
KINDS = ("changed", "added", "removed")


@dataclass(frozen=True, slots=True)
class Step:
    """A version in the list: how many rows its tables have, and the version before it if any."""

    version: Version
    rows: int
    grown: int | None
    before: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """A row that changed: what it is called, where it stands now, and its cells that differ."""

    name: Markup
    row: int
    cells: Sequence[tuple[Column, Markup, Markup]]


@dataclass(frozen=True, slots=True)
class Line:
    """A row that came or went."""

    row: int
    cells: Sequence[Markup]


@router.api_route("/data/{name}/history", methods=READ)
def history(request: Request, name: str) -> Response:
    """All versions, the newest first, some at a time."""
    found = opened(request, name)
    every = found.portal.versions.history(found.name)
    number, pages = _page(request, len(every), VERSIONS)
    steps = _steps(every)[::-1]
    link = linker(found.portal, request.state.language)
    place = address(found.name, "history")
    return framed(
        request,
        found,
        "history",
        "dataset/history.html",
        history=steps[(number - 1) * VERSIONS : number * VERSIONS],
        every=every[::-1],
        pages=pages,
        turn=_turn(number, pages, lambda page: link(place, page=page)),
        difference=f"{place}/difference",
    )


def _steps(every: Sequence[Version]) -> list[Step]:
    """The versions with what they are against the one before."""
    steps = []
    for i, version in enumerate(every):
        rows = sum(version.rows.values())
        before = every[i - 1] if i else None
        grown = rows - sum(before.rows.values()) if before else None
        shared = before is not None and bool(set(before.tables) & set(version.tables))
        steps.append(Step(version, rows, grown, before.number if before and shared else None))
    return steps


def _page(request: Request, count: int, size: int) -> tuple[int, int]:
    """The page that is asked for and how many there are."""
    asked = request.query_params.get("page", "")
    pages = max(1, -(-count // size))
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1
    return min(max(number, 1), pages), pages


def _turn(number: int, pages: int, to: Any) -> dict[str, Any]:
    return {
        "page": number,
        "previous": to(number - 1) if number > 1 else "",
        "next": to(number + 1) if number < pages else "",
    }


@router.api_route("/data/{name}/history/difference", methods=READ)
def difference(request: Request, name: str) -> Response:
    """What changed between two versions, a page of one kind of changes at a time."""
    found = opened(request, name)
    try:
        two = compared(found, request.query_params)
    except ValueError as error:
        return problem(request, 400, str(error))
    language: str = request.state.language
    counts = two.found.counts
    shown = request.query_params.get("show", "")
    if shown not in KINDS:
        shown = next((kind for kind in KINDS if counts[kind]), KINDS[0])
    number, pages = _page(request, counts[shown], ROWS)
    link, place = linker(found.portal, language), f"{address(found.name, 'history')}/difference"
    query = dict(two.parameters)
    start = (number - 1) * ROWS
    base = link(f"/place/{two.layers[1][0].id}/") if two.layers else ""
    some = {"added": two.found.added, "removed": two.found.removed}.get(shown)
    kept = two.old if shown == "removed" else two.new
    return framed(
        request,
        found,
        "history",
        "dataset/difference.html",
        two=two,
        counts=counts,
        shown_kind=shown,
        kinds=[(kind, counts[kind], link(place, **query, show=kind)) for kind in KINDS],
        changes=list(_changes(two, start, language)) if some is None else [],
        lines=[] if some is None else _lines(kept, some[start : start + ROWS], language),
        columns=kept.columns[:COLUMNS],
        numeric=("integer", "number"),
        key=[two.new.columns[two.new.places[key]] for key in two.found.key],
        touched=_touched(two),
        every=found.portal.versions.history(found.name)[::-1],
        pages=pages,
        turn=_turn(number, pages, lambda page: link(place, **query, show=shown, page=page)),
        files={kind: link(f"{place}.{kind}", **query) for kind in _kinds_of_files(two)},
        drawn=difference_map.picture(two, base) if two.layers else "",
        most_drawn=difference_map.MOST_DRAWN,
        swipe=link(
            "/map", layers=two.layers[1][0].id, compare=f"{two.layers[1][0].id}@{two.before.number}"
        )
        if two.layers and two.after.number == (found.version and found.version.number)
        else "",
        place=link(place),
    )


def _kinds_of_files(two: Compared) -> list[str]:
    small = sum(two.found.counts.values()) <= difference_map.MOST_FEATURES
    return ["csv", "json", *(["geojson"] if two.layers and small else [])]


def _touched(two: Compared) -> list[tuple[Column, int]]:
    """The columns in which rows changed, and how many did, those with most first."""
    found = [(name, int(cells.sum())) for name, cells in two.found.cells.items()]
    return [(_column(two, name), n) for name, n in sorted(found, key=lambda pair: -pair[1])]


def _column(two: Compared, name: str) -> Column:
    place = two.new.places.get(name)
    return Column(name, "", "") if place is None else two.new.columns[place]


def _changes(two: Compared, start: int, language: str) -> Iterator[Change]:
    from publish.columns.difference_files import changes  # noqa: PLC0415 - pyarrow takes 40 MB

    for each in changes(two.found, two.old, two.new, start, ROWS):
        row = each["row"][1]
        yield Change(
            _name(two, row - 1, each["key"], language),
            row,
            [
                (_column(two, name), _cell(language, was), _cell(language, now))
                for name, (was, now) in each["cells"].items()
            ],
        )


def _cell(language: str, value: Any) -> Markup:
    return cells.shown(language, value, most=LONGEST)


def _name(two: Compared, row: int, key: dict[str, Any], language: str) -> Markup:
    """What people call a row: its name, else its key."""
    from publish.columns.difference import value  # noqa: PLC0415 - as above

    own = label(two.new.columns)
    named = value(two.new, own.name, row) if own else None
    if named:
        return cells.shown(language, named, most=LONGEST)
    return Markup(", ").join(cells.shown(language, each) for each in key.values())


def _lines(kept: "Kept", some: "Rows", language: str) -> list[Line]:
    columns = [
        [_cell(language, value) for value in kept.cells(i, some)]
        for i in range(min(len(kept.columns), COLUMNS))
    ]
    rows = list(zip(*columns, strict=True)) if columns else [()] * len(some)
    return [Line(row + 1, values) for row, values in zip(some.tolist(), rows, strict=True)]


@router.api_route("/data/{name}/history/difference.{kind}", methods=READ)
def difference_file(request: Request, name: str, kind: str) -> Response:
    """All that changed between two versions as CSV, JSON or, of what is on the map, GeoJSON."""
    media_type = MEDIA_TYPES.get(kind)
    if media_type is None:
        return problem(
            request, 404, f"no difference is given as {kind[:20]!r}; there are csv, json"
        )
    found = opened(request, name)
    try:
        two = compared(found, request.query_params)
        made = _written(two, kind)
    except ValueError as error:
        return problem(request, 400, str(error))
    numbers = f"{two.before.number}-{two.after.number}"
    etag = f"{two.before.fingerprint[:20]}-{two.after.fingerprint[:20]}-{two.resource.name}"
    pinned = {"from", "to"} <= set(request.query_params)
    headers = attached(f"{found.name}-{numbers}.{kind}", etag, pinned=pinned)
    if known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if request.method == "HEAD":
        made = iter(())
    return Download(made, headers, media_type)


MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "json": "application/json",
    "geojson": "application/geo+json",
}


def _written(two: Compared, kind: str) -> Iterator[bytes]:
    """The bytes of a file. Raises ValueError for one that cannot be."""
    from publish.columns.difference_files import as_csv, as_json  # noqa: PLC0415 - as above

    if kind == "geojson":
        if two.layers is None:
            raise ValueError("this table is not on the map in both versions; take csv or json")
        return difference_map.geojson(two)
    if kind == "csv":
        return as_csv(two.found, two.old, two.new)
    said = {"dataset": two.after.dataset, "table": two.resource.name}
    versions = {"from": two.before.number, "to": two.after.number}
    return as_json(two.found, two.old, two.new, {**said, **versions})
