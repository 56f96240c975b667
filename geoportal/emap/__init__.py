"""The eMap: the map of all layers, its lists, and the pages that belong to it."""

from fastapi import APIRouter

from geoportal.emap import (
    comparing,
    drawing,
    layers,
    measuring,
    near,
    page,
    place,
    printing,
    qr,
    search,
    sharing,
    styling,
    taking,
    timeline,
)


def routes() -> APIRouter:
    """All addresses of the eMap."""
    router = APIRouter()
    tools = (comparing, drawing, measuring, printing, qr, sharing, styling, taking, timeline)
    for part in (page, layers, near, place, search, *tools):
        router.include_router(part.router)
    return router
