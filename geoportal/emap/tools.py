"""Panels of the map's tools: pieces of the map's page, without JavaScript pages of their own."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from geoportal.emap.state import State
from geoportal.portal import Portal
from geoportal.registry import Shown, View
from geoportal.rendering import page

READ = ["GET", "HEAD"]


def asked(request: Request) -> tuple[View, State]:
    """What is public now, and what the address of a tool shows of it."""
    portal: Portal = request.app.state.portal
    view = portal.registry.view()
    return view, State.of(request.query_params, view)


def visible(view: View, state: State) -> list[Shown]:
    """The collections that are on, top first."""
    return [view.collections[name] for name in state.layers]


def panel(request: Request, tool: str, state: State, **values: Any) -> HTMLResponse:
    """The panel of a tool for a state: `piece` in the address wants it without a page around."""
    is_piece = "piece" in request.query_params
    template = f"map/{tool}.html" if is_piece else "map/tool.html"
    return page(request, template, tool=tool, state=state, alone=not is_piece, **values)
