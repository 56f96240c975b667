"""Tables to ask: a draft of three stations, a published table, the catalog that has them."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from datasets import names
from datasets.model import Version
from publish import tables
from publish.catalog import Embedded
from publish.catalog.call import now
from publish.versions import Versions

STATIONS = {
    "resource": {"package_id": "vazduh"},
    "fields": [
        {"id": "naziv", "type": "text"},
        {"id": "pm10", "type": "numeric"},
        {"id": "dt", "type": "timestamp"},
    ],
    "primary_key": ["naziv"],
    "records": [
        {"naziv": "Ниш, вртић", "pm10": 40.5, "dt": "2024-01-01T00:00:00"},
        {"naziv": "Šabac", "pm10": 31},
        {"naziv": "Bor", "pm10": 99, "dt": "2024-02-01 10:30"},
    ],
}


class Ask:
    """Calls actions with keywords, as the portal itself or as somebody else."""

    def __init__(self, catalog: Embedded) -> None:
        self.catalog = catalog

    def __getattr__(self, action: str) -> Callable[..., Any]:
        return lambda **given: self.catalog.call_action(action, given)


@pytest.fixture
def ask(catalog: Embedded) -> Ask:
    catalog.call_action("package_create", {"name": "vazduh", "owner_org": "grad-nis"})
    return Ask(catalog)


@pytest.fixture
def stations(ask: Ask) -> str:
    """The id of a resource that is nothing but a table."""
    return str(ask.datastore_create(**STATIONS)["resource_id"])


@pytest.fixture
def publish(
    catalog: Embedded, tmp_path: Path, write_typed: Callable[..., Path]
) -> Callable[..., str]:
    """Publish a version of a dataset with one table; gives the id of its resource."""
    numbers = itertools.count(1)

    def publish(columns: dict[str, tuple[str, list[Any]]], name: str = "cesme") -> str:
        number = next(numbers)
        rows = len(next(iter(columns.values()))[1])
        typed = write_typed(tmp_path / f"{number}.arrow", [None] * rows, columns)
        sha = tables.keep(typed, catalog.outside.store)
        dataset = names.dataset_id("grad", name)
        resource = names.resource_id(dataset, "tabela")
        file = {"id": resource, "url": f"/data/{name}/files/t.csv", "url_type": "emap"}
        package = {
            "id": dataset,
            "name": name,
            "owner_org": "grad-nis",
            "resources": [file | {"datastore_active": True}],
        }
        action = "package_create" if number == 1 else "package_update"
        catalog.call_action(action, package)
        version = Version(
            name, number, str(number), now(), "grad", (), (), {}, {"tabela": sha}, package
        )
        versions = Versions(catalog.engine)
        with catalog.transaction() as within:
            versions.add(within.connection, version)
            versions.point(within.connection, version, seen=str(number))
        return resource

    return publish


@pytest.fixture
def somebody(ask: Ask) -> Ask:
    """Somebody without a name."""
    return Ask(replace(ask.catalog, user=None))
