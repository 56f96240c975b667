"""The eMap: the map of all layers, its lists, and the pages that belong to it."""

from fastapi import APIRouter

from geoportal.emap import layers, page


def routes() -> APIRouter:
    """All addresses of the eMap."""
    router = APIRouter()
    for part in (page, layers):
        router.include_router(part.router)
    return router
