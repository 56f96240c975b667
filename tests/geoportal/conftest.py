"""A town that published: a demo dataset, one full of attacks in two versions, and a refused one."""

import contextlib
import json
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from datasets import config as configuration
from datasets.config import Config, Site
from geoportal.app import create_app
from geoportal.portal import Portal
from harvesters import open_sources
from publish.catalog import Embedded
from publish.desk import open_desk
from publish.harvests.run import run

PAYLOAD = '<img src=x onerror="alert(1)">'
CONFIG = """
site: {title: еМапа Сврљиг, title_en: eMap Svrljig, description: Пример.}
organizations:
  - {name: svrljig, title: Општина Сврљиг, title_en: Municipality of Svrljig}
validation: {extent: [18.8, 41.8, 23.1, 46.3]}
sources:
  - {name: town, kind: folder, path: data, organization: svrljig}
"""
PARKS = {
    "name": "parkovi",
    "title": f"Паркови {PAYLOAD}",
    "title_translated": {"en": f"Parks {PAYLOAD}"},
    "description": f"Сви **паркови**.\n\n{PAYLOAD} [зло](javascript:alert(1)) [добро](https://example.rs)",
    "keywords": ["паркови", "зеленило"],
    "licenses": [{"name": "CC-BY-4.0"}],
    "resources": [
        {
            "name": "parkovi",
            "title": f"Списак {PAYLOAD}",
            "path": "parkovi.csv",
            "schema": {
                "fields": [
                    {"name": "id", "title": "Број", "type": "string"},
                    {"name": "naziv", "title": f"Назив {PAYLOAD}", "type": "string"},
                    {"name": "otvoren", "title": "Отворен", "type": "boolean"},
                    {"name": "lat", "title": "Ширина", "type": "number"},
                    {"name": "lon", "title": "Дужина", "type": "number"},
                ],
                "primaryKey": ["id"],
            },
        }
    ],
}
ROWS = [
    ("a/1", "Његошев парк", "true", 43.41, 22.12),
    ("a/2", PAYLOAD, "false", 43.42, 22.13),
    ("a/3", "", "", 43.43, 22.14),
]


def write_parks(folder: Path, rows: list[tuple[object, ...]]) -> None:
    """Write the Data Package of the parks with these rows."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(
        ",".join('"' + str(cell).replace('"', '""') + '"' if cell != "" else "" for cell in row)
        + "\n"
        for row in [("id", "naziv", "otvoren", "lat", "lon"), *rows]
    )
    (folder / "parkovi.csv").write_text(text, encoding="utf-8")
    (folder / "datapackage.json").write_text(json.dumps(PARKS), encoding="utf-8")


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Path:
    """The folder of a site whose state folder is `state`: six public rows in three datasets."""
    folder = tmp_path_factory.mktemp("town")
    demo = project / "datasets" / "demo" / "nis"
    for name in ("naselja-oko-nisa", "javne-cesme"):
        shutil.copytree(demo / name, folder / "data" / name)
    (folder / "config.yml").write_text(CONFIG, encoding="utf-8")
    for rows in (ROWS[:2], ROWS):
        write_parks(folder / "data" / "parkovi", rows)
        config, document = configuration.load(folder / "config.yml")
        desk = open_desk(config, folder / "state")
        for source in open_sources(config, document):
            list(run(source, desk))
        desk.versions.close()
    return folder


@contextlib.contextmanager
def serving(config: Config, state: Path) -> Iterator[tuple[str, Portal]]:
    """A site that really serves, at a free port: its address, and what it reads."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = create_app(config, state, address)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield address, app.state.portal
        finally:
            server.should_exit = True
            thread.join()
            app.state.portal.versions.close()


@contextlib.contextmanager
def browsing(config: Config, state: Path) -> Iterator[httpx.Client]:
    """A browser without JavaScript on a site."""
    with (
        serving(config, state) as (address, _),
        httpx.Client(base_url=address, headers={"Accept": "text/html"}, timeout=60) as client,
    ):
        yield client


@pytest.fixture(scope="session")
def pages(town: Path) -> Iterator[httpx.Client]:
    """A browser without JavaScript on the town's site."""
    config, _ = configuration.load(town / "config.yml")
    with browsing(config, town / "state") as client:
        yield client


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[httpx.Client]:
    """A browser on a site where nothing was published."""
    with browsing(Config(site=Site(title="Празно")), tmp_path) as client:
        yield client


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Portal]]:
    """A site in English that all tests of a file share: its address, and what it reads."""
    config = Config(site=Site(title="CKAN", language="en"))
    with serving(config, tmp_path_factory.mktemp("site")) as served:
        yield served


@pytest.fixture
def config() -> Config:
    """The settings of the API's site: it speaks English."""
    return Config(site=Site(title="CKAN", language="en"))


@pytest.fixture
def site(config: Config, tmp_path: Path) -> Iterator[tuple[str, Portal]]:
    """An empty site that serves CKAN's API: its address, and what it reads."""
    with serving(config, tmp_path / "state") as served:
        yield served


@pytest.fixture
def server(site: tuple[str, Portal]) -> str:
    """The address of the API's site."""
    return site[0]


@pytest.fixture
def catalog(site: tuple[str, Portal]) -> Embedded:
    """The catalog of the API's site, called by the portal itself."""
    return site[1].catalog


@pytest.fixture
def client(server: str) -> Iterator[httpx.Client]:
    """A client of the API without a token."""
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client


@pytest.fixture
def admin(catalog: Embedded) -> str:
    """The token of a sysadmin."""
    catalog.create_user("admin", sysadmin=True)
    made = catalog.call_action("api_token_create", {"user": "admin", "name": "test"})
    return str(made["token"])
