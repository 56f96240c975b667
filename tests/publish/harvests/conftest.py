"""A town that is harvested from a server: a list in pages, and a CSV file of each dataset."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from datasets.config import Config
from datasets.record import Distribution, Page, Record
from datasets.text import Text
from harvesters.fetching.http import Http
from harvesters.sources.source import Source
from publish.database import open_database, reading
from publish.desk import Desk, open_desk
from publish.harvests import jobs
from publish.migrations import prepare
from tests.cluster import Cluster
from tests.upstream import Asked, Reply, Upstream


class Listing(Source):
    """A kind that is as plain as can be: `/list?page=1` gives records and the next page."""

    url: str

    def harvest(self, http: Http, at: str = "") -> Iterator[Page]:
        """Read page after page."""
        while True:
            said = http.get(f"{self.url}/list", params={"page": at or "1"}).json()
            at = said["next"]
            records = tuple(_record(entry, self.url) for entry in said["records"])
            yield Page(records, at, said.get("total"), said.get("skipped", 0))
            if not at:
                return

    def is_there(self, remote_id: str, http: Http) -> bool | None:
        """Ask for one record."""
        return bool(http.get(f"{self.url}/records/{remote_id}").json()["there"])


def _record(entry: dict[str, Any], url: str) -> Record:
    file = Distribution(
        key="rows",
        name="rows",
        url=f"{url}/files/{entry['id']}.csv",
        format="csv",
        as_is=not entry.get("judged"),  # to read and judge a file takes a second
    )
    return Record(
        remote_id=entry["id"],
        title=Text(entry["title"]),
        name=entry.get("name", entry["id"]),
        modified=entry.get("modified", ""),
        license_id="cc-by",
        address=f"{url}/records/{entry['id']}",
        distributions=(file,),
    )


@dataclass
class Town:
    """What the server has: entries by id and the rows of their files; `broken` answers instead."""

    upstream: Upstream
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    size: int = 2
    total: bool = True
    broken: Callable[[Asked], Reply | None] = lambda asked: None

    def __post_init__(self) -> None:
        self.upstream.answers["/list"] = self._list

    def put(self, name: str, /, *, rows: int = 3, modified: str = "1", **entry: Any) -> None:
        """Have a dataset, or have it otherwise."""
        said = {"id": name, "title": f"Скуп {name}", "modified": modified}
        self.entries[name] = said | entry
        lines = [f"{i},{name}" for i in range(1, rows + 1)]
        body = "\n".join(["sifra,naziv", *lines, ""]).encode()
        self.upstream.answers[f"/files/{name}.csv"] = self._guarded(Reply(body, type="text/csv"))
        self.upstream.answers[f"/records/{name}"] = {"there": True}

    def drop(self, name: str) -> None:
        """Have a dataset no longer."""
        del self.entries[name]
        self.upstream.answers[f"/records/{name}"] = {"there": False}

    def asked(self, path: str) -> list[str]:
        """The pages, or files, that were asked for since `forget`."""
        found = [each for each in self.upstream.asked if each.path.startswith(path)]
        return [each.query.get("page") or each.path.rpartition("/")[2] for each in found]

    def forget(self) -> None:
        """Begin a new log of what is asked."""
        self.upstream.asked.clear()

    def _guarded(self, reply: Reply) -> Callable[[Asked], Reply]:
        return lambda asked: self.broken(asked) or reply

    def _list(self, asked: Asked) -> Reply:
        if fault := self.broken(asked):
            return fault
        page = int(asked.query["page"])
        first, ids = (page - 1) * self.size, list(self.entries)
        following = str(page + 1) if first + self.size < len(ids) else ""
        said: dict[str, Any] = {
            "records": [self.entries[each] for each in ids[first : first + self.size]],
            "next": following,
        }
        if self.total:
            said["total"] = len(ids)
        return Reply(json.dumps(said).encode())


@pytest.fixture
def town(upstream: Upstream) -> Town:
    """A town of five datasets in three pages."""
    town = Town(upstream)
    for name in ("cesme", "drvece", "klupe", "mostovi", "putevi"):
        town.put(name)
    return town


@pytest.fixture(scope="session")
def with_tables(postgresql: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database of PostgreSQL that nobody opens any more, with the tables of a catalog."""
    address = postgresql.create()
    engine = open_database(address, tmp_path_factory.mktemp("tables"))
    prepare(engine)
    engine.dispose()
    return address


@pytest.fixture(params=["sqlite", "postgresql"])
def own_address(request: pytest.FixtureRequest) -> str:
    """A database of the test's own: PostgreSQL copies tables in a quarter of the time."""
    if request.param == "sqlite":
        return "sqlite:///own.sqlite"
    cluster: Cluster = request.getfixturevalue("postgresql")
    return cluster.create(like=request.getfixturevalue("with_tables"))


@pytest.fixture
def desk(own_address: str, tmp_path: Path) -> Iterator[Desk]:
    """A site on each database, which may ask 127.0.0.1 and does not wait before it asks again."""
    http = {"allow_private": ["127.0.0.1"], "attempts": 1}
    config = Config.model_validate({"http": http, "catalog": {"url": own_address}})
    desk = open_desk(config, tmp_path / "var")
    yield desk
    desk.versions.close()


@pytest.fixture
def source(town: Town) -> Listing:
    """The town as a source: what vanishes is withdrawn at once, and up to two of five may."""
    settings = {"name": "grad", "kind": "listing", "organization": "nis", "url": town.upstream.url}
    return Listing(max_missing=0.4, grace_days=0, verify_every=100, **settings)


@pytest.fixture
def last(desk: Desk) -> Callable[[], jobs.Job]:
    """Give the newest job as it stands."""

    def find() -> jobs.Job:
        with reading(desk.catalog.engine) as connection:
            return jobs.jobs(connection, limit=1)[0]

    return find


def count(connection: Connection, table: Any) -> int:
    """How many rows a table has."""
    return int(connection.scalar(select(func.count()).select_from(table)) or 0)
