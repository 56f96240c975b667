"""Tables to take away: the rows that an address of the table asks for, in the same order."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from geoportal.caching import FOR_EVER, known
from geoportal.dataset import asked as asking
from geoportal.dataset.asked import Asked, asked
from geoportal.dataset.frame import Opened, opened
from geoportal.ogc.downloads import Download
from geoportal.pages.problems import problem

if TYPE_CHECKING:
    from publish.columns.kept import Kept

router = APIRouter()


@router.api_route("/data/{name}/table.{kind}", methods=["GET", "HEAD"])
def table_file(request: Request, name: str, kind: str) -> Response:
    """All rows that an address asks for, in the columns that it names, as CSV, XLSX or JSON."""
    from publish.columns.files import FORMATS  # noqa: PLC0415 - pyarrow takes 40 MB

    if kind not in FORMATS:
        there = ", ".join(FORMATS)
        return problem(request, 404, f"no table is given as {kind[:20]!r}; there are {there}")
    found = opened(request, name)
    wanted = asked(found, request.query_params)
    headers = attached(f"{found.name}.{kind}", wanted.version.fingerprint, pinned=wanted.pinned)
    if known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    try:
        made = _written(found, wanted, asking.kept(found, wanted), kind, request.state.language)
    except ValueError as error:
        return problem(request, 400, str(error))
    if request.method == "HEAD":
        made = iter(())
    return Download(made, headers, FORMATS[kind])


def _written(
    found: Opened, wanted: Asked, kept: "Kept", kind: str, language: str
) -> Iterator[bytes]:
    """The bytes of a file. Raises ValueError for what cannot be asked, before the first."""
    from publish.columns import files  # noqa: PLC0415 - as above

    rows, columns = asking.ordered(kept, wanted), _columns(kept, wanted)
    if kind == "xlsx":
        title = found.title.said(language)
        return files.as_xlsx(rows, columns, title, language, found.portal.store.desk)
    return files.as_csv(rows, columns) if kind == "csv" else files.as_json(rows, columns)


def _columns(kept: "Kept", wanted: Asked) -> Sequence[int]:
    """The columns that are named, else all."""
    chosen = [kept.places[each] for each in wanted.columns if each in kept.places]
    return chosen or range(len(kept.columns))


def attached(filename: str, etag: str, *, pinned: bool) -> Mapping[str, str]:
    """The headers of a file that is taken away; what is of a numbered version never changes."""
    return {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Access-Control-Allow-Origin": "*",
        "ETag": f'"{etag}"',
        "Cache-Control": FOR_EVER if pinned else "no-cache",
    }
