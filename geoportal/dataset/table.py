"""The rows of a dataset."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets.model import Column, Resource, Version
from datasets.text import Text
from geoportal.dataset.frame import framed, opened
from geoportal.portal import Portal

router = APIRouter()
SAMPLE_ROWS = 10
NUMERIC = ("integer", "number")


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows of a table."""

    title: Text
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    total: int


@router.api_route("/data/{name}/table", methods=["GET", "HEAD"])
def table(request: Request, name: str) -> Response:
    """The first rows of each table of a dataset."""
    found = opened(request, name)
    samples = (
        [_sample(found.portal, found.version, each) for each in found.tables]
        if found.version
        else []
    )
    return framed(request, found, "table", "dataset/table.html", samples=samples, numeric=NUMERIC)


def _sample(portal: Portal, version: Version, resource: Resource) -> Sample:
    path = portal.store.blob(version.tables[resource.name])
    from publish import tables  # noqa: PLC0415  # pyarrow takes 40 MB

    columns, rows, total = tables.page(path, SAMPLE_ROWS)
    return Sample(resource.title or Text(resource.filename), columns, rows, total)
