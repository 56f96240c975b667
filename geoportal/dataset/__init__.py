"""The pages of one dataset: each tab is a module with a router, put into the frame by `frame`."""

from fastapi import APIRouter

from geoportal.dataset import api, ckan, history, map, overview, quality, table


def routes() -> APIRouter:
    """All addresses of the pages of a dataset."""
    router = APIRouter()
    for part in (overview, map, table, api, quality, history, ckan):
        router.include_router(part.router)
    return router
