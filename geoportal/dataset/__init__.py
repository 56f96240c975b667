"""The pages of one dataset: each tab is a module with a router, put into the frame by `frame`."""

from fastapi import APIRouter

from geoportal.dataset import api, chart, ckan, history, map, overview, quality, table, table_files


def routes() -> APIRouter:
    """All addresses of the pages of a dataset."""
    router = APIRouter()
    for part in (overview, map, table, chart, api, quality, history, table_files, ckan):
        router.include_router(part.router)
    return router
