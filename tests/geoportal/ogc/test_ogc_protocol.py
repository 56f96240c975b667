"""The short cut beside uvicorn: the same bytes on the wire, and uvicorn itself for all else."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from geoportal.ogc.front import AT_HAND
from geoportal.protocol import Protocol
from publish.layers.tiling import build_tiles

PAGE, TILE = "/ogc/collections/zone/items?limit=7", "/tiles/zone/7/71/46.mvt"
ENDS = b"Connection: close\r\n"


class Wire(asyncio.Transport):
    """A connection whose other end keeps what was written."""

    def __init__(self):
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data):
        self.written += data

    def writelines(self, parts):
        self.written += b"".join(parts)

    def get_extra_info(self, name, default=None):
        return None

    def is_closing(self):
        return self.closed

    def close(self):
        self.closed = True

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass


@pytest.fixture(scope="module")
def tiled(zone, tmp_path_factory):
    """The squares with an archive of tiles."""
    archive = build_tiles(zone.features, zone.layer, tmp_path_factory.mktemp("tiles"))
    return replace(zone, archive=archive)


@pytest.fixture
def on_the_wire(site, client, registry, tiled):
    """What a protocol writes for some bytes, how many tasks that took, and whether it closes."""
    registry.show(tiled)
    tag = client.get(PAGE, headers={"Accept-Encoding": "gzip", "Accept": ""}).headers["etag"]

    async def written(kind, requests):
        state = await lifespan(site)
        settings = uvicorn.Config(site, http=kind, log_level="critical", access_log=False)
        settings.load()
        protocol, wire = kind(settings, ServerState(), state), Wire()
        protocol.connection_made(wire)
        protocol.data_received(requests.replace(b"TAG", tag.encode()))
        tasks = len(protocol.tasks)
        async with asyncio.timeout(10):
            while protocol.tasks or not protocol.cycle.response_complete:
                await asyncio.sleep(0)
        closed = wire.closed
        protocol.connection_lost(None)
        return wire.written, closed, tasks

    with ThreadPoolExecutor(1) as own:  # this one may have an event loop: that of a browser test
        yield lambda *asked: own.submit(lambda: asyncio.run(written(*asked))).result()


async def lifespan(site):
    """The state of an application that has started."""
    state, said = {}, asyncio.Queue()
    for kind in ("startup", "shutdown"):
        said.put_nowait({"type": f"lifespan.{kind}"})

    async def send(_message):
        pass

    await site({"type": "lifespan", "asgi": {}, "state": state}, said.get, send)
    return state


def get(path, *headers, method=b"GET"):
    """A request as it comes over the wire."""
    head = [method + b" " + path.encode() + b" HTTP/1.1\r\nHost: a\r\nAccept: \r\n"]
    return b"".join([*head, b"Accept-Encoding: gzip\r\n", *headers, b"\r\n"])


@pytest.mark.parametrize(
    ("requests", "tasks"),
    [
        (get(PAGE), 0),
        (get(TILE), 0),
        (get(f"{TILE}?v=1"), 0),
        (get(PAGE, b"If-None-Match: TAG\r\n"), 0),
        (get(PAGE) + get(TILE) + get(PAGE), 0),
        (get(PAGE, method=b"HEAD"), 1),
        (get(PAGE, ENDS), 1),
        (get("/ogc/nothing"), 1),
        (get("/nothing") + get(PAGE), 1),
        (get("/nothing") + get(PAGE) * 1000, 1),
    ],
)
def test_what_is_at_hand_takes_no_task_and_has_the_same_bytes(on_the_wire, requests, tasks):
    ours, ours_closed, ours_tasks = on_the_wire(Protocol, requests)
    theirs, theirs_closed, _ = on_the_wire(HttpToolsProtocol, requests)
    assert ours == theirs
    assert ours.count(b"HTTP/1.1 ") == requests.count(b"HTTP/1.1")
    assert (ours_closed, ours_tasks) == (theirs_closed, tasks)


def test_an_application_without_it_is_served_as_ever(on_the_wire, monkeypatch):
    monkeypatch.setattr("geoportal.protocol.AT_HAND", f"no_{AT_HAND}")
    written, _, tasks = on_the_wire(Protocol, get(PAGE))
    assert (written[:15], tasks) == (b"HTTP/1.1 200 OK", 1)
