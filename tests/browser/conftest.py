"""Chromium on the demo as `emap serve` serves it, watched for errors and outside requests."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright

from tests.browser.contact_sheet import contact_sheet

FLAGS = (
    "--no-sandbox --disable-quic --disable-background-networking --no-first-run "
    "--disable-component-update --disable-sync --use-angle=swiftshader "
    "--enable-unsafe-swiftshader --ignore-gpu-blocklist"
).split()
NAMES = ("chromium", "chromium-browser", "google-chrome")
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
SHOTS = Path(__file__).parent / "shots"
PATIENCE_S = 40.0  # software WebGL on two busy cores


@dataclass
class Visit:
    """A page that is being looked at, and all that went wrong with it."""

    page: Page
    address: str
    size: str
    faults: list[str] = field(default_factory=list)
    missing: bool = False
    """The page itself is one that is not there."""

    def open(self, path: str) -> None:
        """Go to a path of the site; a map is waited for."""
        self.page.goto(self.address + path, wait_until="load")
        if path.partition("?")[0].endswith("/map") and "/data/" not in path:
            self.until("document.getElementById('map').dataset.idle")

    def until(self, expression: str) -> Any:
        """Ask the page until it says something true: its CSP forbids Playwright's own waiting."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if found := self.page.evaluate(expression):
                return found
            self.page.wait_for_timeout(100)
        raise TimeoutError(f"{expression} stayed false; faults: {self.faults}")

    def shoot(self, name: str) -> None:
        """Keep a picture: people look at these after a run."""
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}-{self.size}.png")


def pytest_sessionfinish() -> None:
    """Put all pictures on one page: tests/browser/shots/index.html."""
    if SHOTS.is_dir():
        (SHOTS / "index.html").write_text(contact_sheet(SHOTS.glob("*.png")), encoding="utf-8")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium with WebGL in software."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        missing = "no Chromium: install Debian's chromium to run the browser tests"
        if os.environ.get("EMAP_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[str]:
    """The address of the demo, served from a state folder of this worker's own."""
    emap = Path(sys.executable).with_name("emap")
    state = tmp_path_factory.mktemp("demo") / "state"
    shutil.copytree(_published(emap, tmp_path_factory.getbasetemp(), project), state)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = project / "datasets" / "demo" / "config.yml"
    options = ["--config", config, "--state", state, "--port", str(port)]
    with subprocess.Popen([emap, "serve", *options], cwd=project) as server:
        address = f"http://127.0.0.1:{port}"
        _answers(f"{address}/health", server)
        yield address
        server.terminate()


def _published(emap: Path, own: Path, project: Path) -> Path:
    """Publish the demo, once for all workers of a run; nothing is written there later."""
    state = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "published-demo"
    with state.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not state.exists():
            made = state.with_suffix(".made")
            subprocess.run([emap, "demo", "--once", "--state", made], check=True, cwd=project)
            made.rename(state)
    return state


def _answers(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and server.poll() is None:
        try:
            if httpx.get(address).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(f"{address} does not answer")


@pytest.fixture
def visit(chromium: Browser, demo: str) -> Iterator[Callable[..., Visit]]:
    """Open a browser window of a size; at the end nothing may have gone wrong in it."""
    visits: list[Visit] = []

    def opened(
        size: str = "desktop", scheme: str = "light", scripts: bool = True, keeping: bool = False
    ) -> Visit:
        width, height = SIZES[size]
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            has_touch=size == "phone",
            is_mobile=size == "phone",
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
            service_workers="allow" if keeping else "block",
        )
        one = Visit(context.new_page(), demo, size)
        _watch(one)
        visits.append(one)
        return one

    yield opened
    for one in visits:
        one.page.context.close()
        assert one.faults == []


def _watch(visit: Visit) -> None:
    ours = (visit.address, "data:", "blob:", "about:")
    page, faults = visit.page, visit.faults
    page.on("console", lambda m: faults.append(m.text) if _is_fault(visit, m) else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(f"dialog {dialog.message}"))
    page.on(
        "request", lambda r: None if r.url.startswith(ours) else faults.append(f"outside {r.url}")
    )
    page.on(
        "response", lambda r: faults.append(f"{r.status} {r.url}") if _failed(visit, r) else None
    )


def _is_fault(visit: Visit, message: ConsoleMessage) -> bool:
    told = "by Playwright" in message.text or (visit.missing and "404" in message.text)
    # without WebGL the style of the drawing library waits in vain, which is told after some seconds
    told |= "preloaded using link preload but not used" in message.text
    return message.type in ("error", "warning") and not told


def _failed(visit: Visit, response: Response) -> bool:
    told = visit.missing and response.request.is_navigation_request()
    return response.status >= 400 and not told
