"""A site with two layers built for real, and a registry that a test publishes into."""

import itertools
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import shapely
import uvicorn
from fastapi import FastAPI

from datasets.config import Config, Layers, Site
from datasets.stores.folder import Folder
from datasets.text import Text
from geoportal import ogc
from geoportal.registry import Shown, View
from publish.catalog import Embedded
from publish.catalog.call import Outside
from publish.database import open_database
from publish.layers.backends import Backend
from publish.layers.backends.postgis import Postgis
from publish.layers.backends.sqlite import Sqlite
from publish.layers.integrity import Broken
from publish.migrations import prepare

SETTLEMENTS = (  # GeoNames, CC BY 4.0
    ("Шабац", 19.69, 44.74667, 55163, True),
    ("Чачак", 20.34966, 43.89139, 73331, True),
    ("Крагујевац", 20.91667, 44.01667, 147473, True),
    ("Рача", 20.98444, 44.22861, 2744, False),
    ("Ваљево", 19.89821, 44.27513, 61035, True),
    ("Лајковац", 20.16594, 44.37016, 3443, False),
    ('<script>alert("Б & Б")</script>', 20.5, 44.5, 0, False),
)
TITLES = {"naziv": "Назив", "stanovnistvo": "Становника", "grad": "Град", "limit_": "limit"}


REVISIONS = itertools.count()
"""The site lives longer than a registry, and keeps what it answered at each revision."""


class Registry:
    """The registry of a test: every version stays, `view` is swapped whole."""

    def __init__(self) -> None:
        self.all: dict[tuple[str, int], Shown] = {}
        self.now = View(next(REVISIONS), {})

    def show(self, shown: Shown) -> None:
        """Make a version of a collection the present one."""
        self.all[shown.layer.id, shown.version] = shown
        self.now = View(next(REVISIONS), {**self.now.collections, shown.layer.id: shown})

    def hide(self, collection: str) -> None:
        """Withdraw a collection."""
        left = {k: v for k, v in self.now.collections.items() if k != collection}
        self.now = View(next(REVISIONS), left)

    def lose(self, broken: Broken) -> None:
        """Show collections without the archives of a folder."""
        for shown in self.now.collections.values():
            if shown.archive and shown.archive.parent == broken.folder:
                self.show(replace(shown, archive=None))

    def view(self) -> View:
        return self.now

    glimpse = view

    def pinned(self, collection: str, version: int) -> Shown | None:
        return self.all.get((collection, version))


type Build = Callable[..., Shown]


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Where layers are kept: files; EMAP_LAYERS=postgis runs all of these tests on PostGIS."""
    if os.environ.get("EMAP_LAYERS") != "postgis":
        yield Sqlite()
        return
    kept = Postgis(request.getfixturevalue("postgresql").create())
    yield kept
    kept.pool.close()


@pytest.fixture(scope="session")
def build(
    tmp_path_factory: pytest.TempPathFactory, write_typed: Callable[..., Path], backend: Backend
) -> Build:
    """Build a layer of geometries and columns {name: (type, values)}, as the registry shows it."""

    def built(
        collection: str,
        geometries: Sequence[shapely.Geometry | None],
        columns: dict[str, tuple[str, Sequence[Any]]],
        version: int = 1,
        kind: str = "Point",
        key: Sequence[str] = (),
    ) -> Shown:
        folder = tmp_path_factory.mktemp(collection)
        table = write_typed(
            folder / "table.arrow",
            geometries,
            columns,
            primary_key=key,
            geometry_type=kind,
            titles={name: TITLES.get(name, name) for name in columns},
        )
        into = folder / "layer"
        into.mkdir()
        names = {"layer": collection, "dataset": collection, "resource": "r"}
        layer = backend.build(table, **names, into=into)
        return Shown(
            layer=layer,
            version=version,
            features=backend.features(into),
            archive=None,
            title=Text(collection.title(), {"sr-Cyrl": "Насеља", "en": "Settlements"}),
            notes=Text("Опис <b>скупа</b>"),
            organization="grad",
            organization_title=Text("Град Шабац"),
            license_id="CC-BY-4.0",
            license_title="Creative Commons Attribution 4.0",
            modified="2025-01-01T10:00:00",
        )

    return built


@pytest.fixture(scope="session")
def naselja(build: Build) -> Shown:
    """Seven settlements; one of them is called like a script."""
    names, east, north, people, towns = zip(*SETTLEMENTS, strict=True)
    columns = {
        "naziv": ("string", names),
        "stanovnistvo": ("integer", people),
        "grad": ("boolean", towns),
        "limit_": ("string", ["a"] * len(names)),
    }
    return build("naselja", list(shapely.points(east, north)), columns)


@pytest.fixture(scope="session")
def zone(build: Build) -> Shown:
    """250 squares in a row of ten, and two features without a place."""
    squares = [shapely.box(19 + x, 42 + y, 19.9 + x, 42.09 + y) for x, y in grid()]
    numbers = list(range(1, len(squares) + 3))
    columns = {"broj": ("integer", numbers), "oznaka": ("string", [f"z{n}" for n in numbers])}
    return build("zone", [*squares, None, None], columns, kind="Polygon", key=["oznaka"])


def grid() -> list[tuple[float, float]]:
    """Corners of 250 places in Serbia."""
    return [(i % 5 * 1.0, i // 5 * 0.1) for i in range(250)]


class Served(uvicorn.Server):
    """A server in a thread, which says when it listens."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(uvicorn.Config(app, log_level="error", lifespan="off"))
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@pytest.fixture(scope="session")
def empty_catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """A catalog without datasets: the layers of the tests came from nowhere."""
    folder = tmp_path_factory.mktemp("catalog")
    engine = open_database("", folder)
    prepare(engine)
    yield Embedded(engine, Site(title="еМапа"), "http://127.0.0.1", Outside(Folder(folder)))
    engine.dispose()


@pytest.fixture(scope="session")
def site(empty_catalog: Embedded, backend: Backend) -> Iterator[FastAPI]:
    """The OGC routes on a real port of this machine; `site.state.portal` has no registry yet."""
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    kept = Layers(backend=type(backend).__name__.lower(), url=backend.url)
    config = Config(site=Site(title="еМапа", title_en="eMap", url=url), layers=kept)
    app = FastAPI(openapi_url=None)
    app.state.portal = SimpleNamespace(
        config=config,
        site_url=url,
        registry=None,
        catalog=empty_catalog,
        store=empty_catalog.outside.store,
    )
    app.add_middleware(ogc.Front, language=config.site.language, handlers={})
    server = Served(app)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    assert server.ready.wait(10)
    yield app
    server.should_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture
def registry(site: FastAPI, naselja: Shown, zone: Shown) -> Registry:
    """The registry of the site, for one test; it shows both layers."""
    made = site.state.portal.registry = Registry()
    made.show(zone)
    made.show(naselja)
    return made


@pytest.fixture(scope="session")
def connection(site: FastAPI) -> Iterator[httpx.Client]:
    """A connection to the site; asking for it alone shows no layer."""
    with httpx.Client(base_url=site.state.portal.site_url, verify=False, timeout=60) as made:
        yield made


@pytest.fixture
def client(connection: httpx.Client, registry: Registry) -> httpx.Client:
    """Asks the site, where both layers are shown."""
    return connection


@pytest.fixture
def publish(registry: Registry, build: Build) -> Callable[[str, int, int], Shown]:
    """Show a version of a collection of points which all say the version."""

    def published(collection: str, version: int, count: int) -> Shown:
        points = [shapely.Point(20 + i / 100, 44) for i in range(count)]
        columns = {"verzija": ("integer", [version] * count)}
        shown = build(collection, points, columns, version=version)
        registry.show(shown)
        return shown

    return published
