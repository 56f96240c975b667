"""The first page: one search, what people come for, what is new."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets.serbian import sort_key
from datasets.text import Text
from geoportal.pages import listing
from geoportal.pages.facets import label_of
from geoportal.portal import Portal
from geoportal.registry import Shown
from geoportal.rendering import page

router = APIRouter()
NEWEST = 6
MOST_SERVICES = 8
DRAWN = 3  # layers in the picture of the map
FACETS = ("organization", "eu_theme")


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme of the EU's table that some datasets have."""

    code: str
    label: Text
    count: int


@router.api_route("/", methods=["GET", "HEAD"])
def home(request: Request) -> Response:
    """Search, tasks, services nearby, the newest datasets, themes, figures and publishers."""
    portal: Portal = request.app.state.portal
    found = listing.search(portal, rows=NEWEST, facets=FACETS)
    collections = portal.registry.view().collections
    return page(
        request,
        "home.html",
        found=found,
        collections=collections,
        features=sum(each.layer.features for each in collections.values()),
        services=services(collections.values()),
        drawn=list(collections)[:DRAWN],
        themes=list(_themes(portal, found.facets["eu_theme"])),
        publishers=_publishers(portal, found.facets["organization"]),
        refused=len(portal.versions.refusals()),
    )


def services(collections: Iterable[Shown]) -> Sequence[Shown]:
    """Layers of points of which people look for the nearest: those of a template before others."""
    points = [each for each in collections if "Point" in each.layer.geometry_type]
    points.sort(key=lambda each: (not each.template, sort_key(str(each.title))))
    return points[:MOST_SERVICES]


def _themes(portal: Portal, counts: Mapping[str, int]) -> Iterator[Theme]:
    """The themes that there are, the ones of most datasets first."""
    for code in sorted(counts, key=lambda code: (-counts[code], code)):
        yield Theme(code, label_of(portal, "theme", code), counts[code])


def _publishers(portal: Portal, counts: Mapping[str, int]) -> list[tuple[str, Text, int]]:
    known = portal.publishers.titles()
    there = [(name, known[name], counts[name]) for name in known if name in counts]
    return sorted(there, key=lambda each: sort_key(str(each[1])))
