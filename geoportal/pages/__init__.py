"""The pages of the site: what is here, the data, the eMap, the reports."""

from fastapi import APIRouter

from geoportal.pages import about, ckan, data, downloads, harvests, home, reports


def routes() -> APIRouter:
    """All addresses of the pages."""
    router = APIRouter()
    for part in (home, data, ckan, about, harvests, reports, downloads):
        router.include_router(part.router)
    return router
