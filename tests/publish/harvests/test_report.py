"""The report on a harvest: what anybody may read, in three languages, as JSON and for Excel."""

import csv
import io
import json

import pytest
from sqlalchemy import insert

from publish.database import reading, writing
from publish.harvests import jobs, report
from publish.harvests.book import Book
from publish.harvests.tables import ITEMS, SOURCES

ROWS = [
    {"remote_id": "1", "dataset": "vrtici", "title": "Вртићи", "action": "created", "version": 1},
    {"remote_id": "2", "dataset": "parking", "title": "=1+1", "action": "failed", "version": 3,
     "address": "https://me:pw@gis.example.rs/2?token=tajna&a=1", "fault": "upstream-error",
     "fault_values": json.dumps({"said": "Invalid URL"}), "reason": "/srv/tajno: Invalid URL"},
    {"remote_id": "3", "dataset": "cesme", "title": "Чесме", "action": "refused",
     "address": "http://gis.local/3", "reason": "type-error: ćelija C5"},
    {"remote_id": "4", "dataset": "putevi", "title": "Путеви", "action": "unchanged"},
]  # fmt: skip


def harvest(engine, source="grad", rows=ROWS, state="done", **told):
    """A job of a source that did this, over by now."""
    with writing(engine) as connection:
        job = jobs.create(connection, source)
    job = jobs.claim(engine, job_id=job.id)
    with writing(engine) as connection:
        blank = {"job": job.number, "state": "done", "address": "", "fault": "",
                 "fault_values": "{}", "reason": "", "version": None}  # fmt: skip
        for number, row in enumerate(rows):
            connection.execute(insert(ITEMS).values(**blank | row, number=number))
        jobs.finish(connection, job, state, **told)
    with reading(engine) as connection:
        return jobs.find(connection, job.id)


@pytest.fixture
def book(catalog):
    return Book(catalog.engine, ("gis.local",))


def test_every_action_is_counted_and_the_unchanged_are_not_listed(book, catalog):
    made = book.report(harvest(catalog.engine).id, "en")
    assert made.counts == {
        "created": 1, "updated": 0, "unchanged": 1, "held": 0,
        "missing": 0, "withdrawn": 0, "refused": 1, "failed": 1,
    }  # fmt: skip
    assert [line.dataset for line in book.lines(made, None, 10)] == ["vrtici", "parking", "cesme"]
    assert [line.dataset for line in book.lines(made, "failed", 10)] == ["parking"]
    assert [line.dataset for line in book.lines(made, None, 1, 1)] == ["parking"]


@pytest.mark.parametrize(
    ("language", "said", "what"),
    [
        ("sr-Cyrl", "Није преузето", "Сервер јавља грешку: „Invalid URL“."),
        ("sr-Latn", "Nije preuzeto", "Server javlja grešku: „Invalid URL“."),
        ("en", "Not fetched", 'The server reports an error: "Invalid URL".'),
    ],
)
def test_a_failure_is_told_in_the_readers_language(book, catalog, language, said, what):
    made = book.report(harvest(catalog.engine).id, language)
    (line,) = book.lines(made, "failed", 10)
    assert (line.said, line.what) == (said, what)
    assert line.how.endswith(".")


def test_neither_secrets_nor_private_places_are_shown_to_anybody(book, catalog):
    made = book.report(harvest(catalog.engine).id, "en")
    told = b"".join(book.as_json(made)) + b"".join(book.as_csv(made))
    assert b"https://gis.example.rs/2?a=1" in told
    for secret in (b"tajna", b"tajno", b"pw@", b"gis.local", b"/srv"):
        assert secret not in told


def test_the_report_as_json_has_the_whole_job(book, catalog):
    job = harvest(
        catalog.engine, state="held", fault="missing-many",
        values={"missing": "5", "known": "10", "share": "50%"}, reason="50 % gone",
    )  # fmt: skip
    told = json.loads(b"".join(book.as_json(book.report(job.id, "en"))))
    assert (told["id"], told["source"], told["state"]) == (job.id, "grad", "held")
    assert told["counts"]["refused"] == 1
    assert told["fault"]["key"] == "missing-many"
    assert told["fault"]["what"].startswith("All at once 5 of 10 datasets are missing (50%)")
    assert [record["action"] for record in told["records"]] == ["created", "failed", "refused"]


def test_the_report_as_csv_opens_in_a_spreadsheet_without_running_anything(book, catalog):
    body = b"".join(book.as_csv(book.report(harvest(catalog.engine).id, "sr-Cyrl")))
    assert body.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";")
    assert head[:3] == ["шта је урађено", "скуп", "назив"]
    assert [row[2] for row in rows] == ["Вртићи", "'=1+1", "Чесме"]


def test_a_large_report_is_read_in_parts(book, catalog, monkeypatch):
    monkeypatch.setattr(report, "BATCH", 7)
    rows = [
        {"remote_id": str(n), "dataset": f"d{n}", "title": "", "action": "created"}
        for n in range(30)
    ]
    made = book.report(harvest(catalog.engine, rows=rows).id, "en")
    told = json.loads(b"".join(book.as_json(made)))
    assert [line["dataset"] for line in told["records"]] == [f"d{n}" for n in range(30)]
    assert [line.dataset for line in book.lines(made, None, 10, 5)] == [
        f"d{n}" for n in range(5, 15)
    ]


def test_a_report_without_records_is_json_all_the_same(book, catalog):
    made = book.report(harvest(catalog.engine, rows=[]).id, "en")
    assert json.loads(b"".join(book.as_json(made)))["records"] == []


def test_a_source_shows_its_last_job_its_pause_and_its_next_run(book, catalog):
    harvest(catalog.engine)
    failed = harvest(catalog.engine, state="failed", fault="unreachable", reason="x")
    with writing(catalog.engine) as connection:
        connection.execute(
            insert(SOURCES).values(
                name="grad", failures=3, paused="2026-01-01T00:00:00", fault="unreachable",
                reason="x", next_run=1_800_000_000.0,
            )
        )  # fmt: skip
    grad, other = book.statuses(["grad", "drugi"])
    assert (grad.last, grad.now, grad.jobs) == (failed, None, 2)
    assert (grad.paused, grad.fault, grad.next_run) == (
        "2026-01-01T00:00:00", "unreachable", 1_800_000_000.0,
    )  # fmt: skip
    assert (other.last, other.jobs, other.public, other.paused) == (None, 0, 0, None)


def test_every_action_and_state_has_its_words():
    for language in ("sr-Cyrl", "sr-Latn", "en"):
        assert all(len(report.word("actions", each, language)) == 2 for each in report.ACTIONS)
        assert all(report.word("states", each, language) for each in jobs.State.__value__.__args__)
