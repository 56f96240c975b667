"""Tables of a million rows: pages of any order, differences, charts; CPU milliseconds, best of 3.

`make bench ARGS="table 1000000"`
"""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from datasets.typed import SAID
from publish.columns import asking, build, charts
from publish.columns.asking import Condition, Question, rows
from publish.columns.difference import difference
from publish.columns.kept import Kept

ROWS = 1_000_000
PAGE = 50
STREETS = (
    "Његошева", "Булевар краља", "Трг партизана", "Вука Караџића", "Цара Душана",
    "Ћирпанова", "Ђорђа Вајферта", "Џона Кенедија", "Љубљанска", "Школска",
)  # fmt: skip
QUESTIONS = {
    "first page": (Question(), 0),
    "last page": (Question(), -PAGE),
    "sorted by a text, first page": (Question(sort="naziv"), 0),
    "sorted by a text, last page": (Question(sort="naziv", descending=True), -PAGE),
    "words, a third of the rows": (Question("ljubljanska"), 0),
    "the same sorted, in the middle": (Question("ljubljanska", sort="naziv"), 100_000),
    "part of a text": (
        Question(conditions=(Condition("naziv", "has", "partizana 99"),), sort="povrsina"),
        0,
    ),
    "range of numbers, sorted": (
        Question(
            conditions=(Condition("povrsina", "from", "500"), Condition("povrsina", "to", "600")),
            sort="naziv",
        ),
        50_000,
    ),
    "two thirds of the rows, sorted": (
        Question(conditions=(Condition("aktivan", "is", "true"),), sort="lat", descending=True),
        600_000,
    ),
}


def main(sizes: tuple[str, ...] = ()) -> None:
    """Measure and print, with so many rows."""
    count = int(sizes[0]) if sizes else ROWS
    with tempfile.TemporaryDirectory() as scratch:
        first, seconds = kept(Path(scratch) / "first", table(count))
        print(f"{count} rows x {len(first.columns)} columns built in {seconds:.1f} CPU-s\n")
        print("| question | CPU-ms |\n|---|---|")
        for name, (question, offset) in QUESTIONS.items():
            ms = best(lambda q=question, o=offset: page(first, q, o))
            print(f"| {name} | {ms:.1f} |")
        for wanted in charts.suggested(first):
            ms = best(lambda w=wanted: charts.chart(first, w))
            print(f"| chart: {wanted.kind} | {ms:.1f} |")
        second, _ = kept(Path(scratch) / "second", changed(table(count)))
        print(f"| difference of two versions | {best(lambda: difference(first, second)):.0f} |")


def page(table: Kept, question: Question, offset: int) -> list[list[Any]]:
    """A page as it is first asked for: nothing is remembered of the question."""
    asking._found.cache_clear()
    found = rows(table, question)
    some = found.page(max(offset % max(found.count, 1), 0), PAGE)
    return [table.cells(i, some) for i in range(len(table.columns))]


def best(work: Callable[[], object]) -> float:
    """CPU milliseconds of the fastest of three."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken) * 1000


def kept(folder: Path, made: pa.Table) -> tuple[Kept, float]:
    """The columns of a table, and the CPU seconds of their making."""
    folder.mkdir()
    parquet = folder.with_suffix(".parquet")
    pq.write_table(made, parquet, compression="zstd", row_group_size=10_000)
    begun = time.process_time()
    build.build(parquet, folder)
    return Kept(folder), time.process_time() - begun


def table(count: int) -> pa.Table:
    """Plots with a code, a name, kinds, numbers, a day and a place."""
    chance = np.random.default_rng(1)
    days = np.datetime64("2015-01-01") + chance.integers(0, 4000, count)
    columns: dict[str, tuple[str, pa.Array]] = {
        "sifra": ("string", pa.array([f"P-{i:07d}" for i in range(count)])),
        "naziv": (
            "string",
            pa.array([f"{STREETS[i % 10]} {STREETS[i * 7 % 10]} {i // 10}" for i in range(count)]),
        ),
        "kategorija": ("string", pa.array([STREETS[i] for i in chance.integers(0, 10, count)])),
        "opstina": ("string", pa.array([f"Општина {i}" for i in chance.integers(0, 165, count)])),
        "povrsina": ("number", pa.array(chance.gamma(2, 300, count).round(1))),
        "stanovnika": (
            "integer",
            pa.array(chance.integers(0, 5000, count), mask=chance.random(count) < 0.1),
        ),
        "datum": ("date", pa.array(days.astype("datetime64[D]"))),
        "aktivan": ("boolean", pa.array(chance.random(count) < 0.7)),
        "lat": ("number", pa.array((43 + chance.random(count)).round(6))),
        "lon": ("number", pa.array((21 + chance.random(count)).round(6))),
    }
    said = [{"name": name, "title": name, "type": kind} for name, (kind, _) in columns.items()]
    made = pa.table({name: values for name, (_, values) in columns.items()})
    about = json.dumps({"columns": said, "primary_key": ["sifra"]})
    return made.replace_schema_metadata({SAID: about})


def changed(made: pa.Table) -> pa.Table:
    """The same with every thousandth row gone and an area of every five hundredth another."""
    there = np.arange(made.num_rows) % 1000 != 0
    areas = made["povrsina"].to_numpy() + (np.arange(made.num_rows) % 500 == 5)
    place = made.schema.get_field_index("povrsina")
    said = made.schema.metadata
    made = made.set_column(place, "povrsina", pa.array(areas)).filter(pa.array(there))
    return made.replace_schema_metadata(said)
