"""A published table of 100,000 rows and 10 columns over HTTP: CPU time per question."""

import datetime
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from catalog import cost, served
from packages import STEMS

from datasets import names
from datasets.config import Site
from datasets.model import Version
from datasets.stores.folder import Folder
from datasets.typed import ARROW, SAID
from publish.catalog import Embedded
from publish.catalog.call import Outside, now
from publish.database import open_database
from publish.datastore import artefact
from publish.migrations import prepare
from publish.versions import Versions

ROWS = 100_000
COUNT = 30
PLACES = [a.capitalize() + b for a in STEMS[:20] for b in ("", "grad")]


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        state, config = Path(scratch) / "state", Path(scratch) / "config.yml"
        state.mkdir()
        config.write_text("{}")
        resource, seconds, size = publish(state)
        print(
            f"built in {seconds:.1f} CPU-s, {size / 1e6:.0f} MB\n\n| question | CPU-ms |\n|---|---|"
        )
        with served(state, config) as (pid, client):
            for name, (action, given) in questions(resource).items():
                ms = cost(pid, client, action, lambda _, given=given: given, COUNT)
                print(f"| {name} | {ms:.1f} |")


def questions(resource: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """What is asked."""
    table = f'"{resource}"'
    searches: dict[str, dict[str, Any]] = {
        "first 100 rows": {},
        "equal": {"filters": {"grad": PLACES[0]}},
        "one of two": {"filters": {"grad": PLACES[:2]}},
        "range": {"filters": {"pm10": {"gt": 45}}},
        "range and boolean": {"filters": {"pm10": {"gte": 45, "lt": 46}, "ok": True}},
        "sort by a number": {"sort": "pm10 desc"},
        "sort by two": {"sort": "grad, pm10 desc"},
        "row 90,000 and on": {"offset": 90_000},
        "words, one": {"q": "школа"},
        "words, two": {"q": "skola pijaca"},
        "words of a field": {"q": {"naziv": "школа"}},
        "distinct": {"distinct": True, "fields": "grad"},
        "32,000 rows": {"limit": 32_000},
    }
    queries = {
        "SQL, count": f"select count(*) from {table}",
        "SQL, where and order": f"select naziv from {table} where pm10 > 99 order by pm10 limit 20",
        "SQL, group by": f"select grad, avg(pm10) a from {table} group by grad order by 2 desc",
        "SQL, like": f"select count(*) from {table} where naziv like '%школа%'",
    }
    return {
        name: ("datastore_search", {"resource_id": resource, **given})
        for name, given in searches.items()
    } | {name: ("datastore_search_sql", {"sql": sql}) for name, sql in queries.items()}


def publish(state: Path) -> tuple[str, float, int]:
    """Publish the table; gives its resource, CPU seconds of its build, bytes of its file."""
    engine = open_database("", state)
    prepare(engine)
    store = Folder(state)
    catalog = Embedded(engine, Site(), "", Outside(store))
    dataset = names.dataset_id("bench", "bench")
    resource = names.resource_id(dataset, "tabela")
    package = {
        "id": dataset,
        "name": "tabela",
        "owner_org": "bench",
        "resources": [{"id": resource, "url": "/x", "datastore_active": True}],
    }
    catalog.call_action("organization_create", {"name": "bench"})
    catalog.call_action("package_create", package)
    with store.desk("bench") as into:
        pq.write_table(rows(), into / "t.parquet", compression="zstd", row_group_size=10_000)
        sha = store.keep_file(into / "t.parquet")[0]
    before = time.process_time()
    file = artefact.ensure(store, sha)
    seconds = time.process_time() - before
    version = Version("tabela", 1, "1", now(), "bench", (), (), {}, {"tabela": sha}, package)
    versions = Versions(engine)
    with catalog.transaction() as within:
        versions.add(within.connection, version)
        versions.point(within.connection, version, seen="1")
    versions.close()
    return resource, seconds, file.stat().st_size


def rows() -> pa.Table:
    """Ten columns of four types, always the same."""
    draw = random.Random(2026)
    begin = datetime.datetime(2024, 1, 1)
    columns: dict[str, tuple[str, list[Any]]] = {
        "broj": ("integer", list(range(ROWS))),
        "naziv": ("string", [" ".join(draw.choices(STEMS, k=4)) for _ in range(ROWS)]),
        "grad": ("string", draw.choices(PLACES, k=ROWS)),
        "pm10": ("number", [round(draw.random() * 100, 1) for _ in range(ROWS)]),
        "n": ("integer", [draw.randrange(1000) for _ in range(ROWS)]),
        "dt": ("datetime", [begin + datetime.timedelta(minutes=i) for i in range(ROWS)]),
        "ok": ("boolean", draw.choices([True, False, None], k=ROWS)),
        "opis": ("string", [" ".join(draw.choices(STEMS, k=8)) for _ in range(ROWS)]),
        "lat": ("number", [42 + draw.random() * 4 for _ in range(ROWS)]),
        "lon": ("number", [19 + draw.random() * 4 for _ in range(ROWS)]),
    }
    named = [{"name": n, "title": n, "type": kind} for n, (kind, _) in columns.items()]
    said = {"columns": named, "primary_key": ["broj"]}
    fields = [(name, ARROW[kind]) for name, (kind, _) in columns.items()]
    schema = pa.schema(fields, metadata={SAID: json.dumps(said).encode()})
    return pa.table([pa.array(v, ARROW[kind]) for kind, v in columns.values()], schema=schema)
