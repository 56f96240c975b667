"""The two tiers: who looks at which rows, and the traps that were found on the way."""

import csv
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from frictionless import (
    Checklist,
    Dialect,
    Field,
    FrictionlessException,
    Package,
    Resource,
    Schema,
    checks,
)

from validation import forms, schemas, table
from validation.fast import casting, judging, references, text
from validation.fast.cells import CellsSource
from validation.fast.counting import counts
from validation.fast.judging import validate
from validation.fast.patterns import provable
from validation.forms import Form

PROVED = "rows that are not proved clean"
COMMA = {"csv": {"delimiter": ","}}
INTEGER = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]}


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first tier work on tables of a few rows."""
    monkeypatch.setattr(judging, "HEAD", 2)
    monkeypatch.setattr(judging, "LEAST_CELLS", -(10**9))
    monkeypatch.setattr(judging, "WORTH", 10**9)
    monkeypatch.setattr(references, "LEAST_BYTES", 0)


def of(folder: Path, raw: bytes | str, schema: Any, *others: Resource, **more: Any) -> Resource:
    path = folder / more.pop("path", "t.csv")
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    dialect = Dialect.from_descriptor(more.pop("dialect", COMMA))
    made = Schema.from_descriptor(json.loads(json.dumps(schema)))
    options = {"encoding": "utf-8", **more}
    table = Resource(name="t", path=path.name, schema=made, dialect=dialect, **options)
    return Package(resources=[table, *others], basepath=str(folder)).get_resource("t")


def said(report: Any) -> dict[str, Any]:
    made: dict[str, Any] = report.to_descriptor()
    for stats in (made["stats"], *(task["stats"] for task in made["tasks"])):
        stats.pop("seconds")
    return made


def both(folder: Path, raw: bytes | str, schema: Any, *others: Any, **more: Any) -> tuple[Any, str]:
    """The report, once it is sure that both ways give the same; and which way was taken."""
    limit = more.pop("limit_errors", 1000)
    theirs = of(folder, raw, schema, *(r.to_copy() for r in others), **more).validate(
        limit_errors=limit
    )
    ours, way = validate(of(folder, raw, schema, *others, **more), limit_errors=limit)
    assert said(ours) == said(theirs)
    return ours, way


def kinds(report: Any) -> list[tuple[str, int | None]]:
    return [(error.type, getattr(error, "row_number", None)) for error in report.tasks[0].errors]


def rows(*lines: str, count: int = 8) -> str:
    """A table of clean rows, and these lines after them."""
    return "a,b\n" + "".join(f"{i},x\n" for i in range(count)) + "".join(lines)


def test_only_rows_that_are_not_proved_are_looked_at(tmp_path, monkeypatch):
    seen = []
    plain = judging.Course.saw
    monkeypatch.setattr(
        judging.Course, "saw", lambda self, row: (seen.append(row.row_number), plain(self, row))
    )
    report, way = both(tmp_path, rows("x,1\n", "9,y\n"), INTEGER)
    assert way == PROVED
    assert kinds(report) == [("type-error", 10)]
    assert seen == [2, 3, 10]


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_an_empty_line_is_a_row_without_cells(tmp_path, ending):
    report, way = both(tmp_path, rows("\n", f"5,z{ending}"), INTEGER)
    assert way == PROVED
    assert kinds(report) == [("blank-row", 10)]
    valued = INTEGER | {"missingValues": ["-"]}
    valued["fields"] = [{"name": name, "type": "any"} for name in "ab"]
    report, way = both(tmp_path, rows("\n", ",\n", f"5,z{ending}"), valued)
    assert (way, kinds(report)) == (PROVED, [("blank-row", 10)])
    one = {"fields": [{"name": "a", "type": "string"}]}
    report, way = both(tmp_path, "a\n" + "x\n" * 9 + f"\n\nx{ending}", one)
    assert (way, len(kinds(report))) == (PROVED, 2)


def test_a_table_shorter_than_its_header_is_left_to_frictionless(tmp_path):
    _, way = both(tmp_path, "a,b\n", INTEGER, dialect=COMMA | {"headerRows": [1, 3]})
    assert way == "every row: the table is small"


def test_a_key_that_cannot_be_hashed_breaks_both_ways_alike(tmp_path):
    schema = {"fields": [{"name": "a", "type": "array", "constraints": {"unique": True}}]}
    raw = "a\n" + "\n" * 5 + '"[1]"\n' * 3
    with pytest.raises(TypeError, match="unhashable"):
        of(tmp_path, raw, schema).validate()
    with pytest.raises(TypeError, match="unhashable"):
        validate(of(tmp_path, raw, schema))


def test_a_stray_quote_in_a_long_file_costs_no_time(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "BLOCK_BYTES", 1 << 16)
    raw = rows('7,"\n', count=60_000)
    began = time.process_time()
    with of(tmp_path, raw, INTEGER) as resource, pytest.raises(judging.Doubt):
        list(text.TextSource(resource).parts(2))
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ('8,"x" y\n', "quotes within cells"),
        ("8,x\0y\n", "a NUL byte"),
        ("8,x\r9,y\n", "a bare carriage return"),
        ('8,"x\n', "quotes within cells"),
    ],
)
def test_what_two_readers_could_cut_differently_is_left_to_one(tmp_path, lines, why):
    _, way = both(tmp_path, rows(lines), INTEGER)
    assert way == f"every row: {why}"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"dialect": COMMA | {"commentChar": "#"}}, "rows that are comments"),
        ({"dialect": {"csv": {"delimiter": ",", "escapeChar": "\\"}}}, "quotes or spaces"),
        ({"encoding": "ascii", "raw": rows("8,č\n", count=3000)}, "bytes that do not decode"),
        (
            {"encoding": "utf-8", "raw": rows(count=3000).encode() + b"8,\xff\n"},
            "bytes that do not decode",
        ),
        ({"encoding": "gb18030"}, "encoding gb18030"),
    ],
)
def test_forms_that_cannot_be_proved_are_left_to_frictionless(tmp_path, more, why):
    raw = more.pop("raw", rows())
    _, way = both(tmp_path, raw, INTEGER, **more)
    assert way.startswith(f"every row: {why}")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1250", "cp1251", "utf-16", "utf-16-le"])
def test_a_report_that_is_cut_tells_as_many_bytes_as_frictionless(tmp_path, encoding):
    written = "cp1250" if encoding == "cp1250" else encoding
    letter = "č" if encoding != "cp1251" else "ч"
    bad = f"{letter},{letter * 30}\n"
    raw = (rows(count=3000) + bad * 9 + rows(count=3000)[4:]).encode(written)
    report, way = both(tmp_path, raw, INTEGER, encoding=encoding, limit_errors=5)
    assert (way, len(kinds(report))) == (PROVED, 5)
    assert report.tasks[0].stats["bytes"] < len(raw)


def test_a_table_full_of_errors_ends_before_the_first_tier(tmp_path, monkeypatch):
    monkeypatch.setattr(judging, "HEAD", 500)
    monkeypatch.setattr(judging, "WORTH", 2)
    scans = []
    monkeypatch.setattr(judging, "_scan", lambda *args: scans.append(args))
    report, _ = both(tmp_path, rows(f"x,{'y' * 90}\n" * 9000), INTEGER, limit_errors=1200)
    assert (len(kinds(report)), scans) == (1200, [])


def test_a_check_that_looks_at_every_row_gets_every_row(tmp_path):
    resource = of(tmp_path, rows("1,x\n"), INTEGER)
    report, way = validate(resource, Checklist(checks=[checks.duplicate_row()]))
    assert way == "every row: check duplicate-row looks at every row"
    assert kinds(report) == [("duplicate-row", 10)]


@pytest.mark.parametrize("reference", ["", "r"])
@pytest.mark.parametrize("column", ["number", "word"])
def test_a_foreign_key_to_a_large_table_is_looked_up_in_one_go(
    tmp_path, monkeypatch, reference, column
):
    calls = []
    plain = references._read
    monkeypatch.setattr(references, "_read", lambda *args: calls.append(args) or plain(*args))
    fields = [{"name": "number", "type": "integer"}, {"name": "word", "type": "string"}]
    mine = {"name": "to", "type": "integer" if column == "number" else "string"}
    key = {"fields": ["to"], "reference": {"resource": reference, "fields": [column]}}
    schema = {"fields": [*fields, mine], "foreignKeys": [key]}
    table = "number,word\n" + "".join(f"{i},w{i}\n" for i in range(0, 50, 2)) + "1_000,\nx,y\n7\n"
    (tmp_path / "r.csv").write_text(table)
    other = Resource(name="r", path="r.csv", schema=Schema.from_descriptor({"fields": fields}))
    values = ["4", "5", "1000", "7", "", "48"] if column == "number" else ["w4", "w5", "y", "", "x"]
    raw = "number,word,to\n" + "".join(f"{i},w{i},{values[i % len(values)]}\n" for i in range(30))
    report, way = both(tmp_path, raw, schema, other)
    assert way == PROVED
    assert {kind for kind, _ in kinds(report)} == {"foreign-key"}
    assert len(calls) == 1


@pytest.mark.parametrize("value", ["sNaN", "NaN", "1e999", "-0", "0.0"])
def test_numbers_that_are_odd_as_keys_are_judged_alike(tmp_path, value):
    schema = {"fields": [{"name": "a", "type": "number", "constraints": {"unique": True}}]}
    raw = "a\n" + "".join(f"{i}\n" for i in range(5)) + f"{value}\n"
    if value == "sNaN":
        with pytest.raises(TypeError):
            validate(of(tmp_path, raw, schema))
    else:
        both(tmp_path, raw + f"{value}\n", schema)


def test_a_value_seen_before_the_first_tier_counts_for_those_after(tmp_path):
    schema = {"fields": [{"name": "a", "type": "integer", "constraints": {"unique": True}}]}
    report, way = both(tmp_path, "a\n7\n1\n2\n3\n 7 \n+7\n5\n", schema)
    assert way == PROVED
    notes = [error.note for error in report.tasks[0].errors]
    assert notes == [f"the same as in the row at position {n}" for n in (2, 6)]


def test_a_pattern_is_matched_from_the_start_on_either_side(tmp_path):
    schema = {"fields": [{"name": "a", "type": "string", "constraints": {"pattern": "a|b"}}]}
    report, _ = both(tmp_path, "a\n" + "a\n" * 5 + "xb\nax\nb\n", schema)
    assert kinds(report) == [("constraint-error", 7)]


@pytest.mark.parametrize(
    "pattern", ["(?i)a", r"\D", r"(?=a)a", r"(a)\1", "a{201}", r"a\b", "(?s:.)", "["]
)
def test_a_pattern_that_engines_understand_otherwise_proves_nothing(pattern):
    assert provable(pattern) is None


@pytest.mark.parametrize("pattern", ["(a+)+", r"(\w+\s?)+"])
def test_a_pattern_that_takes_for_ever_is_stopped_on_either_way(tmp_path, monkeypatch, pattern):
    monkeypatch.setattr(schemas, "PATIENCE_S", 0.05)
    schema = {"fields": [{"name": "a", "type": "string", "constraints": {"pattern": pattern}}]}
    raw = "a\n" + "a\n" * 5 + "a" * 40 + "!\n"
    with schemas.watched(), pytest.raises(schemas.SlowPattern):
        validate(of(tmp_path, raw, schema))


def test_a_cut_report_is_counted_to_the_end(tmp_path):
    schema = {
        "fields": [
            {"name": "a", "type": "integer", "constraints": {"required": True, "maximum": 50}},
            {"name": "b", "type": "string", "constraints": {"unique": True}},
            {"name": "c", "type": "date"},
        ],
        "primaryKey": ["a"],
    }
    r = random.Random(4)
    cells = [["1", "60", "x", ""], ["u", "v", "w", ""], ["2024-01-05", "05.10.2021", ""]]
    lines = [",".join(r.choice(column) for column in cells) for _ in range(400)]
    lines[17::40] = ["1", ",,", "7,u,2024-01-05,more", "", "x,y"] * 2
    raw = "a,b,c\n" + "\n".join(lines) + "\n"
    full = of(tmp_path, raw, schema).validate(limit_errors=0)
    resource = of(tmp_path, raw, schema)
    cut, _ = validate(resource, limit_errors=5)
    assert len(cut.tasks[0].errors) == 5
    truth: dict[tuple[str, str], int] = {}
    for error in full.tasks[0].errors:
        place = (error.type, getattr(error, "field_name", ""))
        truth[place] = truth.get(place, 0) + 1
    assert counts(resource) == truth


def test_cells_are_judged_as_the_csv_that_they_would_make(tmp_path):
    r = random.Random(3)
    labels = ["a", "b"]
    pool = ["", "1", "x", 'q"uote', "two\nlines", None, " 8 ", "1"]
    table = [
        [r.choice(pool), r.choice(pool), r.choice([None, None, None, "", "more"])]
        for _ in range(200)
    ]
    columns = {f"c{i}": pa.array([row[i] for row in table], pa.string()) for i in range(3)}
    columns["row"] = pa.array(range(7, 207), pa.int64())
    path = tmp_path / "cells.arrow"
    with pa.ipc.new_file(path, pa.schema([(n, c.type) for n, c in columns.items()])) as out:
        out.write_table(pa.table(columns), max_chunksize=64)
    schema = INTEGER | {"primaryKey": ["a"]}
    form = Form(
        "t", "t.xlsx", str(tmp_path), "0.csv", schema, cells=str(path), labels=labels, header_row=6
    )
    resource, cells = forms.opened(form, Schema.from_descriptor(schema), [])
    ours, way = validate(resource, cells=cells)
    whole = tmp_path / "whole.csv"
    with whole.open("w", newline="", encoding="utf-8") as file:
        file.write("\r\n" * 5)
        csv.writer(file).writerows([labels, *_trimmed(table)])
    dialect = {"headerRows": [6], "csv": forms.CANONICAL}
    theirs = of(tmp_path, whole.read_bytes(), schema, dialect=dialect).validate()
    assert way == PROVED
    assert _errors(ours) == _errors(theirs)
    assert ours.tasks[0].stats["rows"] == theirs.tasks[0].stats["rows"] == 200


def _trimmed(table: list[list[str | None]]) -> list[list[str | None]]:
    return [row if row[2] else row[:2] for row in table]


def _errors(report: Any) -> list[dict[str, Any]]:
    return [error.to_descriptor() for error in report.tasks[0].errors]


def test_rows_of_cells_keep_their_places_though_some_are_left_out(tmp_path):
    path = tmp_path / "cells.arrow"
    table = pa.table({"c0": ["1", "2", "x"] * 40, "row": np.arange(120) * 3})
    with pa.ipc.new_file(path, table.schema) as out:
        out.write_table(table)
    source = CellsSource(path, 1)
    assert [source.place(i) for i in (0, 5, 119)] == [0, 15, 357]
    assert source.count(0, 0) == 120


CAST = [
    ({"type": "integer"}, ["1", "-5", "", "007", "+3"]),
    ({"type": "number", "decimalChar": ",", "groupChar": "."}, ["1.234,50", "-0,1", "", "7"]),
    ({"type": "date"}, ["2024-02-29", "1969-12-31", "", "0001-01-01", "9999-12-31"]),
    ({"type": "date", "format": "%d.%m.%Y."}, ["05.10.2021.", ""]),
    ({"type": "datetime"}, ["2024-02-29T23:59:59", "", "1969-12-31T00:00:01"]),
    ({"type": "datetime", "format": "%d.%m.%Y %H:%M"}, ["05.10.2021 07:30", ""]),
    ({"type": "string", "missingValues": ["-"], "constraints": {"pattern": "a"}}, ["ж", "-", ""]),
    ({"type": "any"}, ["1", ""]),
]


@pytest.mark.parametrize(("field", "texts"), CAST)
def test_a_column_cast_by_proof_has_the_values_that_frictionless_reads(monkeypatch, field, texts):
    made = Field.from_descriptor({"name": "a", **field})
    cells = pa.chunked_array([[*texts, None], texts[1:]], pa.string())
    slowly = table.typed(cells, made)
    monkeypatch.setattr(table, "MANY_ROWS", 0)
    assert table.typed(cells, made).to_pylist() == slowly.to_pylist()
    assert casting.cast(cells, made, slowly.type).to_pylist() == slowly.to_pylist()
    odd = casting.cast(pa.chunked_array([[*texts, "x"]], pa.string()), made, slowly.type)
    assert (odd is None) == (slowly.type != pa.string())


STRICT = {"required": True, "unique": True, "maxLength": 9}


@pytest.mark.parametrize(
    ("every", "size"), [(6, 10_000), pytest.param(1, 3_000_000, marks=pytest.mark.long)]
)
def test_real_files_get_the_report_of_frictionless(shared, tmp_path, every, size):
    files = sorted([*shared.glob("data/**/*.csv"), *shared.glob("data/**/*.tsv")])[::every]
    ways = Counter(way for path in files for way in _on_a_real_file(tmp_path, path, size))
    assert ways[PROVED] > ways.total() / 2 > len(files) / 2


def _on_a_real_file(folder: Path, path: Path, size: int) -> Iterator[str]:
    """Judge the start of a file by three schemas, each in both ways."""
    file = folder / f"t{path.suffix}"
    file.write_bytes(path.read_bytes()[:size])
    try:
        with Resource(path=file.name, basepath=str(folder)) as opened:
            names = opened.schema.field_names
            inferred = opened.schema.to_descriptor()
    except FrictionlessException:
        return
    unlike = {"fields": [{"name": name, "type": "integer"} for name in names]}
    strict = {"fields": [{"name": n, "type": "string", "constraints": STRICT} for n in names]}
    for schema in (inferred, unlike, strict):
        tables = [
            Resource(path=file.name, basepath=str(folder), schema=Schema.from_descriptor(schema))
            for _ in range(2)
        ]
        theirs = tables[0].validate(limit_errors=300)
        ours, way = validate(tables[1], limit_errors=300)
        assert said(ours) == said(theirs), path
        yield way
