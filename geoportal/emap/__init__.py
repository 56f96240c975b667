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
    taking,
)


def routes() -> APIRouter:
    """All addresses of the eMap."""
    router = APIRouter()
    for part in (page, layers, near, place, search, comparing, drawing, measuring, printing, qr, sharing, taking):
        router.include_router(part.router)
    return router
