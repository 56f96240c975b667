"""Our maps in the pages of others: frames, files, and how an editor is told of them."""

from fastapi import APIRouter

from geoportal.embeds import maps, oembed


def routes() -> APIRouter:
    """All addresses of what can be embedded."""
    router = APIRouter()
    for part in (maps, oembed):
        router.include_router(part.router)
    return router
