"""Typed tables as validation leaves them, layers built of them, and a catalog on each database."""

import contextlib
import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from datasets.config import Site
from datasets.model import Layer
from datasets.stores.folder import Folder
from publish.catalog import Embedded
from publish.catalog.call import Outside
from publish.database import open_database
from publish.layers.backends import Backend
from publish.layers.backends.sqlite import Sqlite
from publish.layers.features import Features
from publish.migrations import prepare
from tests.cluster import Cluster, Resettable


@pytest.fixture
def typed_table(tmp_path: Path, write_typed: Callable[..., Path]) -> Callable[..., Path]:
    """Write a typed table: geometries, and columns as {name: (type, values)}."""

    def write(*args: Any, name: str = "table.arrow", **keywords: Any) -> Path:
        return write_typed(tmp_path / name, *args, **keywords)

    return write


@pytest.fixture
def backend() -> Backend:
    """Where layers are kept."""
    return Sqlite()


@pytest.fixture
def built(
    typed_table: Callable[..., Path], tmp_path: Path, backend: Backend
) -> Callable[..., tuple[Features, Layer]]:
    """Build a layer called `trees`, and give its features and its description."""
    numbers = itertools.count()

    def build(*args: Any, layer: str = "trees", **keywords: Any) -> tuple[Features, Layer]:
        into = tmp_path / f"layer-{next(numbers)}"
        into.mkdir()
        table = typed_table(*args, **keywords)
        made = backend.build(table, layer=layer, dataset=layer, resource="points", into=into)
        return backend.features(into), made

    return build


@pytest.fixture
def municipalities(shared: Path) -> tuple[list[shapely.Geometry], dict[str, tuple[str, list[Any]]]]:
    """165 municipality polygons of Serbia, generalised, with a number, a name and an area."""
    path = shared / "data" / "serbia" / "boundaries" / "opstine_165_fixed.geojson"
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    columns = {
        name: (kind, [feature["properties"][name] for feature in features])
        for name, kind in (
            ("maticni_broj", "integer"),
            ("name_cyrl", "string"),
            ("area_km2", "number"),
        )
    }
    return shapes, columns


@pytest.fixture(scope="session")
def file_of_two_cities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalog of two cities as a file of SQLite, made once."""
    folder = tmp_path_factory.mktemp("cities")
    with _opened("", folder) as catalog:
        prepare(catalog.engine)
        _found_two_cities(catalog)
    return folder / "catalog.sqlite"


@pytest.fixture(scope="session")
def database_of_two_cities(
    postgresql: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Resettable:
    """The catalog of two cities as a database of PostgreSQL, made once."""
    address = postgresql.create()
    with _opened(address, tmp_path_factory.mktemp("cities")) as catalog:
        prepare(catalog.engine)
        _found_two_cities(catalog)
        return Resettable(address, catalog.engine)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_address(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Make a database without tables; gives it as `catalog.url` names it."""
    if request.param == "sqlite":
        numbers = itertools.count(1)
        return lambda: f"sqlite:///{next(numbers)}.sqlite"
    cluster: Cluster = request.getfixturevalue("postgresql")
    return cluster.create


@pytest.fixture
def address(new_address: Callable[[], str]) -> str:
    """A database without tables, as `catalog.url` names it."""
    return new_address()


@pytest.fixture
def catalog_at(tmp_path: Path) -> Iterator[Callable[[str], Embedded]]:
    """Open the catalog in a database that has its tables."""
    with contextlib.ExitStack() as opened:
        yield lambda address: opened.enter_context(_opened(address, tmp_path))


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Embedded]:
    """A catalog of two cities; `urednica` edits in Niš, `gost` may only read there."""
    address = ""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("file_of_two_cities"), tmp_path)
    else:
        database: Resettable = request.getfixturevalue("database_of_two_cities")
        database.reset()
        address = database.address
    with _opened(address, tmp_path) as catalog:
        yield catalog


@contextlib.contextmanager
def _opened(address: str, state: Path) -> Iterator[Embedded]:
    engine = open_database(address, state)
    outside = Outside(Folder(state))
    try:
        yield Embedded(engine, Site(title="Отворени подаци"), "https://podaci.example.rs", outside)
    finally:
        engine.dispose()


def _found_two_cities(catalog: Embedded) -> None:
    for name in ("urednica", "gost"):
        catalog.create_user(name)
    users = [
        {"name": "urednica", "capacity": "editor"},
        {"name": "gost", "capacity": "member"},
    ]
    catalog.call_action(
        "organization_create", {"name": "grad-nis", "title": "Град Ниш", "users": users}
    )
    catalog.call_action("organization_create", {"name": "opstina-sabac", "title": "Šabac"})
