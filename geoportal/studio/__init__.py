"""The studio: where a clerk publishes, reads reports and decides, without a command line.

    /sign-in, /sign-out             a session for who shows an API token
    /studio                         what needs attention, and a form to send a file
    /studio/errand/ID               what is being done; the page waits for it
    /studio/data/NAME               the whole report on the last delivery, and what can be decided
    /studio/template/NAME.xlsx      a blank workbook

Everything here is private: never cached, never indexed, and for those only who may edit the
organization. Every POST is checked three times: its origin, its session, its form's secret.
"""

from fastapi import APIRouter

from geoportal.studio import deciding, pages, sending, signing, taking_away


def routes() -> APIRouter:
    """All addresses of the studio."""
    router = APIRouter()
    for part in (signing, pages, sending, deciding, taking_away):
        router.include_router(part.router)
    return router
