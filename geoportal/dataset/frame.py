"""The frame of a dataset's pages: what they all read, and the tabs that lead from one to another.

A tab is a module of this package with a `router` that answers `/data/{name}/<its path>`, and a line
in TABS. It calls `opened`, and `framed` with a template that extends `dataset/frame.html` and fills
its blocks `tab` and, where it needs them, `tab_head` and `tab_scripts`:

    @router.api_route("/data/{name}/table", methods=["GET", "HEAD"])
    def table(request: Request, name: str) -> Response:
        found = opened(request, name)
        return framed(request, found, "table", "dataset/table.html", rows=...)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from datasets.errors import NotFound
from datasets.model import Resource, Version
from datasets.text import Text
from geoportal.pages import listing
from geoportal.portal import Portal
from geoportal.registry import Shown
from geoportal.rendering import linker, page
from publish.package import text_of
from publish.quality import Quality, assess


@dataclass(frozen=True, slots=True)
class Opened:
    """A public dataset as its pages read it; `version` is None if it is in the catalog only."""

    portal: Portal
    package: Mapping[str, Any]
    version: Version | None
    layers: Sequence[Shown]

    @property
    def name(self) -> str:
        """The name that its addresses bear."""
        return str(self.package["name"])

    @property
    def title(self) -> Text:
        """What people call it."""
        return text_of(self.package, "title") or Text(self.name)

    @property
    def publisher(self) -> Text:
        """The title of its organization."""
        return listing.publisher_of(self.package, self.portal.publishers.titles())

    @property
    def organization(self) -> Mapping[str, Any]:
        """CKAN's document of its organization, with extras; empty where that is gone."""
        return self.portal.publishers.by_id().get(self.package["owner_org"], {})

    @property
    def quality(self) -> Quality:
        """How good it is to use."""
        return assess(self.package, self.version, self.organization)

    @property
    def tables(self) -> list[Resource]:
        """The resources of the version whose rows were kept as a table."""
        if self.version is None:
            return []
        return [each for each in self.version.resources if each.name in self.version.tables]


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of a dataset: the end of its address, the key of its word, which datasets have it."""

    path: str
    word: str
    of: Callable[[Opened], bool] = lambda found: True


TABS = (
    Tab("", "overview"),
    Tab("map", "preview_map", lambda found: bool(found.layers)),
    Tab("table", "preview_table", lambda found: bool(found.tables)),
    Tab("chart", "chart", lambda found: bool(found.tables)),
    Tab("api", "addresses"),
    Tab("quality", "tab_quality"),
    Tab("history", "history", lambda found: found.version is not None),
)
"""The tabs in their order; a dataset shows those that have something to show of it."""


def opened(request: Request, name: str) -> Opened:
    """The dataset of a name or an id, as far as anybody may see it; raises NotFound."""
    portal: Portal = request.app.state.portal
    package = listing.public_package(portal, name)
    layers = portal.registry.view().collections.values()
    return Opened(
        portal,
        package,
        portal.versions.current(package["name"]),
        [each for each in layers if each.layer.dataset == package["name"]],
    )


def framed(request: Request, found: Opened, tab: str, template: str, **values: Any) -> HTMLResponse:
    """A page of a dataset inside the frame; raises NotFound where the dataset has no such tab."""
    there = [each for each in TABS if each.of(found)]
    here = next((each for each in there if each.path == tab), None)
    if here is None:
        raise NotFound(f"dataset {found.name!r} has no page {tab!r}")
    link = linker(found.portal, request.state.language)
    return page(
        request,
        template,
        package=found.package,
        title=found.title,
        publisher=found.publisher,
        quality=found.quality,
        picture=f"{found.portal.site_url}{link(address(found.name, 'picture.png'))}"
        if found.layers
        else "",
        version=found.version,
        layers=found.layers,
        refusal=found.portal.versions.refusal(found.name),
        tabs=[(link(address(found.name, each.path)), each.word, each is here) for each in there],
        here=here,
        canonical=link(address(found.name, tab)),
        **values,
    )


def address(name: str, tab: str = "") -> str:
    """The address of a page of a dataset, in no language.

    >>> address("parkovi"), address("parkovi", "map")
    ('/data/parkovi', '/data/parkovi/map')
    """
    return f"/data/{name}/{tab}" if tab else f"/data/{name}"
