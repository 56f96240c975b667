"""Judging tables, beside plain Frictionless on the same files in the same run.

`make bench ARGS=validation`; with a number (`ARGS="validation 10000000"`) one table of so many
rows is judged by us alone, for its memory. Each judging is a process of its own that, as a child
of the sandbox, has no pandas. CPU seconds are those of the call, without starting such a child,
but with what is loaded for the call.
"""

import importlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import process

ROOT = Path(__file__).resolve().parents[2]
TOWNS = ("Нови Сад", "Београд", "Ниш", "Суботица", "Шабац")
WRONG = 0.0004
COMMA = {"csv": {"delimiter": ","}}
KEY = {"fields": ["unit"], "reference": {"resource": "units", "fields": ["id"]}}
SCHEMA: dict[str, Any] = {
    "fields": [
        {
            "name": "id",
            "type": "integer",
            "constraints": {"required": True, "unique": True, "minimum": 1},
        },
        {"name": "kind", "type": "string", "constraints": {"enum": ["a", "b", "c", "d"]}},
        {"name": "name", "type": "string", "constraints": {"maxLength": 40}},
        {"name": "amount", "type": "number", "constraints": {"minimum": 0, "maximum": 10_000}},
        {"name": "opened", "type": "date"},
        {"name": "seen", "type": "datetime"},
        {"name": "code", "type": "string", "constraints": {"pattern": "[0-9]+/[0-9]+"}},
        {"name": "unit", "type": "integer"},
        {"name": "active", "type": "boolean"},
        {"name": "note", "type": "string"},
    ],
    "primaryKey": ["id"],
    "foreignKeys": [KEY],
}
ADVERSE: dict[str, Any] = {
    "fields": [
        {"name": "when", "type": "datetime", "format": "%d.%m.%y %H:%M:%S"},
        {"name": "mail", "type": "string", "format": "email"},
        {"name": "code", "type": "string", "constraints": {"pattern": r"\d+-\D+"}},
        {"name": "place", "type": "geopoint"},
    ]
}


def row(r: random.Random, number: int, units: int) -> list[str]:
    """One row of ten cells, of about a hundred bytes."""
    day = f"20{r.randrange(10, 24)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}"
    return [
        str(number),
        "abcd"[r.randrange(4)],
        f"{TOWNS[r.randrange(5)]} {r.randrange(10_000)}",
        f"{r.random() * 9000:.2f}",
        day,
        f"{day}T{r.randrange(24):02}:{r.randrange(60):02}:{r.randrange(60):02}",
        f"{r.randrange(1000)}/{r.randrange(100)}",
        str(r.randint(1, units)),
        r.choice(("true", "false")),
        f"note {r.randrange(100_000)} words",
    ]


def spoiled(r: random.Random, cells: list[str]) -> list[str]:
    """The same row with one of five faults."""
    faults = {0: "7", 1: "x", 3: "12,5", 4: "2024-02-30"}
    at = r.choice((*faults, 9))
    return cells[:at] + ([faults[at], *cells[at + 1 :]] if at in faults else [])


def rows(count: int, share: float, units: int) -> Iterator[list[str]]:
    """The header and so many rows, of which a share is wrong."""
    r = random.Random(1)
    yield [field["name"] for field in SCHEMA["fields"]]
    for number in range(1, count + 1):
        cells = row(r, number, units)
        yield spoiled(r, cells) if r.random() < share else cells


def adverse(count: int) -> Iterator[list[str]]:
    """Rows whose values are all distinct, of formats for which there is no proof or a hard one."""
    yield [field["name"] for field in ADVERSE["fields"]]
    for i in range(count):
        when = f"{i % 28 + 1:02}.{i % 12 + 1:02}.21 {i % 24:02}:{i % 60:02}:{i // 60 % 60:02}"
        place = f"{i / count * 90:.6f},{44 + i / count:.6f}"
        yield [when, f"Ime.Prezime+{i}@primer{i}.co.rs", f"{i}-slovo", f'"{place}"']


def write(path: Path, lines: Iterator[list[str]]) -> None:
    """Write a plain CSV."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(",".join(cells) + "\n" for cells in lines)


def prepared(folder: Path, lines: Iterator[list[str]], schema: dict[str, Any], units: int) -> None:
    """Lay a table, its schema and the table that it refers to into a folder."""
    write(folder / "t.csv", lines)
    (folder / "schema.json").write_text(json.dumps(schema))
    write(folder / "units.csv", iter([["id"], *([str(i)] for i in range(1, units + 1))]))


def prepared_workbook(folder: Path, count: int) -> None:
    """Lay a workbook of typed cells into a folder."""
    import openpyxl  # noqa: PLC0415 - for this case only

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("table")
    for number, cells in enumerate(rows(count, 0, 49)):
        typed: list[Any] = list(cells)
        if number:
            typed[0], typed[3], typed[7] = int(cells[0]), float(cells[3]), int(cells[7])
        sheet.append(typed)
    book.save(folder / "t.xlsx")
    plain = [{"name": field["name"], "type": field["type"]} for field in SCHEMA["fields"]]
    (folder / "schema.json").write_text(json.dumps({"fields": plain}))


def judge(way: str, folder: Path) -> None:
    """Judge the table of a folder in this process; print what it took."""
    sys.path.insert(0, str(ROOT))
    from validation.sandbox.child import keep_out  # noqa: PLC0415 - not in the parent

    keep_out(gdal=False)
    import validation.judging  # noqa: F401, PLC0415 - what every child has

    judged: Callable[[Path], int] = {"theirs": theirs, "ours": ours, "workbook": workbook}[way]
    judged_s = time.process_time()
    errors = judged(folder)
    used = time.process_time() - judged_s
    peak = process.memory_mb(os.getpid(), "VmHWM")
    print(json.dumps({"cpu_s": used, "peak_mb": peak, "errors": errors}))


def opened(folder: Path) -> Any:
    """The table as Frictionless has it."""
    from frictionless import Dialect, Package, Resource, Schema  # noqa: PLC0415 - not in the parent

    schema = Schema.from_descriptor(json.loads((folder / "schema.json").read_text()))
    units = Schema.from_descriptor({"fields": [{"name": "id", "type": "integer"}]})
    if (folder / "t.xlsx").exists():
        return Resource(path="t.xlsx", basepath=str(folder), schema=schema)
    said: dict[str, Any] = {"encoding": "utf-8", "dialect": Dialect.from_descriptor(COMMA)}
    tables = [Resource(name="t", path="t.csv", schema=schema, **said)]
    tables.append(Resource(name="units", path="units.csv", schema=units, **said))
    return Package(resources=tables, basepath=str(folder)).get_resource("t")


def theirs(folder: Path) -> int:
    """Judge as Frictionless does; give the number of errors."""
    return len(opened(folder).validate().tasks[0].errors)


def ours(folder: Path) -> int:
    """Judge by both tiers."""
    from validation.fast.judging import validate  # noqa: PLC0415 - not in the parent

    report, _ = validate(opened(folder))
    return len(report.tasks[0].errors)


def workbook(folder: Path) -> int:
    """Read a workbook and judge it, as the children of the sandbox do, but in this process."""
    from datasets.config import Limits  # noqa: PLC0415 - not in the parent
    from validation.judge import validate_file  # noqa: PLC0415
    from validation.sandbox import Sandbox  # noqa: PLC0415

    class Here(Sandbox):
        def __init__(self) -> None:
            self.limits = Limits()

        def run(self, task: str, arguments: Any, **_: Any) -> Any:
            module, _, function = task.partition(":")
            return getattr(importlib.import_module(module), function)(arguments)

    schema = json.loads((folder / "schema.json").read_text())
    return len(validate_file(folder / "t.xlsx", schema, Here()).of("error"))


def measured(way: str, folder: Path) -> dict[str, Any]:
    """Judge in a process of its own."""
    command = [sys.executable, __file__, way, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def compare(name: str, folder: Path, way: str = "ours") -> None:
    """Print one case."""
    a, b = measured("theirs", folder), measured(way, folder)
    if a["errors"] != b["errors"]:
        raise RuntimeError(f"{name}: {a['errors']} errors against {b['errors']}")
    ratio = a["cpu_s"] / b["cpu_s"]
    told = f"{a['cpu_s']:.2f} | {b['cpu_s']:.2f} | {ratio:.1f}x | {b['peak_mb']:.0f}"
    print(f"| {name} | {b['errors']} | {told} |", flush=True)


def main(sizes: Sequence[str] = ()) -> None:
    """Measure and print."""
    print("| table | errors | Frictionless, CPU s | ours | ratio | our peak, MB |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="emap-") as scratch:
        for size in map(int, sizes):
            prepared(Path(scratch), rows(size, 0, 49), SCHEMA, 49)
            said = measured("ours", Path(scratch))
            told = f"{said['errors']} | | {said['cpu_s']:.2f} | | {said['peak_mb']:.0f}"
            print(f"| {size} rows | {told} |")
        if not sizes:
            all_cases(Path(scratch))


def all_cases(folder: Path) -> None:
    """Measure every case."""
    million, large = 1_000_000, 200_000
    for count in (10_000, 100_000, million):
        for share, name in ((0.0, "clean"), (WRONG, "an error in a thousand rows")):
            prepared(folder, rows(count, share, 49), SCHEMA, 49)
            compare(f"{count} rows x 10, {name}", folder)
    prepared(folder, rows(million, 0, million), SCHEMA, million)
    compare("1000000 rows, a foreign key to 1000000", folder)
    prepared(folder, rows(large, 1, 49), SCHEMA, 49)
    compare("200000 rows, every one wrong", folder)
    prepared(folder, adverse(large), ADVERSE, 49)
    compare("200000 rows, all distinct, no proofs", folder)
    prepared_workbook(folder, 100_000)
    compare("XLSX of 100000 rows x 10, read and judged", folder, "workbook")


if __name__ == "__main__":
    judge(sys.argv[1], Path(sys.argv[2]))
