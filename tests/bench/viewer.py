"""Pages on a phone: first content, first map, 100,000 polygons beside Leaflet, script, memory.

Chromium with software WebGL, its processor four times slower, its network 9 Mbit/s with 150 ms: the
phone of docs/performance.md. Best of three visits, with nothing kept from before. The peer is
Leaflet on canvas with the same features in one GeoJSON, gzipped.
"""

import gzip
import http.server
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import buildings
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from process import free_port, serving

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
LEAFLET = ROOT / "geoportal" / "static" / "vendor" / "leaflet-1.9.4"
COUNT, VISITS, PATIENCE_S = 100_000, 3, 120
FLAGS = (
    "--no-sandbox --disable-quic --disable-background-networking --no-first-run "
    "--disable-component-update --disable-sync --use-angle=swiftshader "
    "--enable-unsafe-swiftshader --ignore-gpu-blocklist"
).split()
SLOWER, BYTES_S, LATENCY_MS = 4, 9_000_000 / 8, 150
PHONE = {"width": 390, "height": 844}
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
IDLE = "document.getElementById('map')?.dataset.idle && performance.now()"
DRAWN = "window.drawn"
SETTLED = "document.readyState === 'complete' && performance.now()"
PAGES = {
    "map": "/map?layers=zgrade",
    "home": "/",
    "data": "/data",
    "dataset": "/data/zgrade",
    "table": "/data/zgrade/table",
    "developers": "/developers",
}


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        command = [str(BIN / "emap"), "--state", str(folder / "state")]
        source = buildings.write(folder / "zgrade.gpkg", COUNT, buildings.EXTENT)
        publish = ["publish", str(source), "--organization", "bench", "--name", "zgrade"]
        subprocess.run([*command, *publish], check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        with (
            serving([*command, "serve", "--port", str(port)], f"{url}/health", {}),
            leaflet(folder, url) as peer,
            chromium() as browser,
        ):
            _tables(browser, url, peer)


def _tables(browser: Browser, url: str, peer: str) -> None:
    print("| page | first content ms | ready ms | script kB | all kB | heap MB |")
    print("|---|---|---|---|---|---|")
    ours = best(browser, url + PAGES["map"], IDLE)
    print(row("/map, 100k polygons", ours), flush=True)
    theirs = best(browser, peer, DRAWN)
    print(row("Leaflet + GeoJSON, the same", theirs), flush=True)
    ready, heap = (theirs[name] / ours[name] for name in ("ready", "heap"))
    print(f"| ratio | | {ready:.1f} | | | {heap:.1f} |")
    for name, path in PAGES.items():
        if name != "map":
            print(row(path, best(browser, url + path, SETTLED)))


def row(name: str, said: Mapping[str, float]) -> str:
    """A line of the table."""
    return (
        f"| {name} | {said['painted']:.0f} | {said['ready']:.0f} | {said['script'] / 1000:.0f} "
        f"| {said['all'] / 1000:.0f} | {said['heap'] / 1e6:.1f} |"
    )


def best(browser: Browser, address: str, ready: str) -> dict[str, float]:
    """The least of each figure in some visits."""
    visits = [visit(browser, address, ready) for _ in range(VISITS)]
    return {name: min(each[name] for each in visits) for name in visits[0]}


def visit(browser: Browser, address: str, ready: str) -> dict[str, float]:
    """One visit of the phone: milliseconds, and bytes on the wire."""
    context = browser.new_context(
        viewport=PHONE, is_mobile=True, has_touch=True, service_workers="block"
    )
    page = context.new_page()
    session = context.new_cdp_session(page)
    wire = _throttled(session)
    page.goto(address, wait_until="commit")
    took = _until(page, ready)
    painted = _until(page, PAINTED)
    session.send("HeapProfiler.collectGarbage")
    metrics = {
        each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]
    }
    context.close()
    script = sum(size for kind, size in wire if kind == "Script")
    return {
        "painted": painted,
        "ready": took,
        "script": script,
        "all": sum(size for _, size in wire),
        "heap": metrics["JSHeapUsedSize"],
    }


def _throttled(session: CDPSession) -> list[tuple[str, float]]:
    """Slow the page down; gives kind and bytes of what comes over the wire, as it comes."""
    wire: list[tuple[str, float]] = []
    kinds: dict[str, str] = {}
    for domain in ("Network", "Performance", "HeapProfiler"):
        session.send(f"{domain}.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BYTES_S,
            "uploadThroughput": BYTES_S,
        },
    )
    session.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: _kind(e)}))
    session.on(
        "Network.loadingFinished",
        lambda e: wire.append((kinds.get(e["requestId"], ""), e["encodedDataLength"])),
    )
    return wire


def _kind(event: Mapping[str, Any]) -> str:
    """A module that is imported is a script too."""
    script = "javascript" in event["response"]["mimeType"]
    return "Script" if script else str(event["type"])


def _until(page: Page, expression: str) -> float:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := page.evaluate(expression):
            return float(found)
        page.wait_for_timeout(50)
    raise TimeoutError(f"{page.url}: {expression} stayed false")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    found = shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def leaflet(folder: Path, url: str) -> Iterator[str]:
    """A page of Leaflet with the same features, served gzipped; gives its address."""
    root = folder / "leaflet"
    shutil.copytree(LEAFLET, root)
    asked = urllib.request.urlopen(f"{url}/ogc/collections/zgrade/items?f=geojson")
    (root / "zgrade.json").write_bytes(asked.read())
    (root / "index.html").write_text(LEAFLET_PAGE, encoding="utf-8")
    handler = partial(_Zipped, directory=str(root))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/index.html"
    server.shutdown()


class _Zipped(http.server.SimpleHTTPRequestHandler):
    """Files, gzipped once."""

    kept: dict[str, bytes] = {}  # noqa: RUF012 - of the whole run

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = self.translate_path(self.path)
        if path not in self.kept:
            self.kept[path] = gzip.compress(Path(path).read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(self.kept[path])))
        self.end_headers()
        self.wfile.write(self.kept[path])


VIEW = json.dumps([buildings.EXTENT[1::-1], buildings.EXTENT[:1:-1]])
LEAFLET_PAGE = f"""<!doctype html><link rel=icon href="data:,">
<meta name=viewport content="width=device-width">
<link rel=stylesheet href=leaflet.css><script src=leaflet.js></script>
<style>#map{{height:100vh}}</style><p>Buildings</p><div id=map></div>
<script>
const map = L.map("map", {{preferCanvas: true}}).fitBounds({VIEW});
fetch("zgrade.json").then((answer) => answer.json()).then((found) => {{
  L.geoJSON(found).addTo(map);
  requestAnimationFrame(() => requestAnimationFrame(() => (window.drawn = performance.now())));
}});
</script>"""
