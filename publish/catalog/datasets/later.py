"""What is done with a dataset once a call is kept: its last delivery is judged again."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from harvesters.fetching.http import Http
from publish.catalog.call import Call

type Work = Callable[[str, Any], Any]
"""Takes the name of a dataset and the desk of the site."""


def do_after(call: Call, name: str, work: Work, *, wait: bool) -> None:
    """Do it when what was written is kept: at once, or while the caller goes on."""
    done = partial(_done, call, name, work)
    call.after.append(done if wait else partial(_in_thread, done))


def judge_again(name: str, desk: Any) -> None:
    """Judge the last delivery, by what was accepted or released since."""
    from publish.pipeline import again  # noqa: PLC0415 - it imports the catalog

    again(name, desk)


def _in_thread(done: Callable[[], None]) -> None:
    threading.Thread(target=done, name="again", daemon=True).start()


def _done(call: Call, name: str, work: Work) -> None:
    from publish.catalog import Embedded  # noqa: PLC0415 - it imports all actions
    from publish.desk import desk_of  # noqa: PLC0415

    catalog = Embedded(call.connection.engine, call.site, call.site_url, call.outside)
    work(name, desk_of(catalog, Http(call.outside.config.http)))
