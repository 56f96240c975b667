"""Comparing what a map shows with another layer, or with a layer as it was in a former version."""

from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datasets.model import Version
from datasets.serbian import sort_key
from geoportal.emap.state import State
from geoportal.emap.tools import READ, asked, panel, visible
from geoportal.portal import Portal
from geoportal.registry import Shown, View
from geoportal.rendering import linker
from geoportal.words import word

router = APIRouter()
MOST_VERSIONS = 20
PICTURE = "&width=480&height=400"


@router.api_route("/map/compare", methods=READ)
def compare(request: Request) -> Response:
    """A form of what can be laid beside the map; without JavaScript, two pictures."""
    portal: Portal = request.app.state.portal
    view, state = asked(request)
    language: str = request.state.language
    every = sorted(view.collections.values(), key=lambda one: sort_key(one.title.said(language)))
    older = [(each, _older(portal, each)) for each in visible(view, state)]
    name, _, number = state.compare.partition("@")
    dataset = view.collections[name].layer.dataset if name else ""
    link = linker(portal, language)
    return panel(
        request,
        "compare",
        state,
        older=[(shown, versions) for shown, versions in older if versions],
        others=every,
        pictures=_pictures(view, state, language) if name and not number else [],
        history=link(f"/data/{dataset}/history") if number else "",
    )


def _older(portal: Portal, shown: Shown) -> Sequence[Version]:
    """The former versions of a layer that are still here, the last first."""
    before = [v for v in portal.versions.history(shown.layer.dataset) if v.number < shown.version]
    return [
        version
        for version in before[::-1][:MOST_VERSIONS]
        for layer in version.layers
        if layer.id == shown.layer.id and portal.store.layer(layer.id, layer.sha).is_dir()
    ]


def _pictures(view: View, state: State, language: str) -> list[tuple[str, str]]:
    """What the map shows and the layer beside it, each a caption and the address of a picture."""
    title = view.collections[state.compare].title.said(language)
    alone = replace(state, layers=(state.compare,), compare="")
    return [
        (word(language, "compare_left"), f"/map/picture.png?{state.query(compare='')}{PICTURE}"),
        (title, f"/map/picture.png?{alone.query()}{PICTURE}"),
    ]
