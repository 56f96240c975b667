"""For developers: where the APIs are, how to begin, and a page to try each operation on."""

from fastapi import APIRouter

from geoportal.developers import pages, trying


def routes() -> APIRouter:
    """All addresses under /developers."""
    router = APIRouter()
    for part in (pages, trying):
        router.include_router(part.router)
    return router
