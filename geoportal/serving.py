"""The web server: processes that answer, and beside them one that harvests."""

import os
import signal
import sys
from importlib.util import find_spec

import uvicorn

from publish.harvests.beside import beside
from publish.site import Site
from publish.terminal import err


def serve(site: Site, host: str, port: int, workers: int) -> None:
    """Serve until stopped. Each process opens the state folder itself."""
    shown = f"[{host}]" if ":" in host else host
    site_url = site.config.site.url or f"http://{shown}:{port}"
    os.environ |= {
        "EMAP_CONFIG": str(site.path.resolve()) if site.path else "",
        "EMAP_STATE": str(site.state),
        "EMAP_SITE_URL": site_url,
    }
    err.print(f"eMap serves {site_url}  (stop with Ctrl+C)", markup=False)
    # uvicorn sends itself the signal again when it has stopped: the worker is to be ended before.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with beside(site):
        uvicorn.run(
            "geoportal.app:from_environment",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            log_level="warning",
            access_log=False,
            server_header=False,
            # httptools is not on Windows
            http="geoportal.protocol:Protocol" if find_spec("httptools") else "auto",
        )
