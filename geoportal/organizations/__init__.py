"""Publishers: their datasets, their map, and how good what they publish is."""

from fastapi import APIRouter

from geoportal.organizations import files, pages


def routes() -> APIRouter:
    """All addresses of publishers."""
    router = APIRouter()
    for part in (files, pages):
        router.include_router(part.router)
    return router
