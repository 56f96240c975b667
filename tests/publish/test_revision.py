"""The revision, as every request asks for it: exact for what we wrote, soon for what others did."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from publish import versions
from publish.database import open_database, writing
from publish.migrations import prepare
from publish.versions import Versions, moved


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[list[Versions]]:
    """The same catalog opened twice in one process, as by the studio and by the server."""
    engines = [open_database("", tmp_path) for _ in range(2)]
    prepare(engines[0])
    both = [Versions(engine) for engine in engines]
    yield both
    for each in both:
        each.close()


@pytest.fixture
def asleep(monkeypatch):
    """What was looked up is taken for the present, however long ago it was."""
    monkeypatch.setattr(versions, "FRESH_S", 1e9)


def move_elsewhere(folder: Path) -> None:
    """Move the revision as another process does."""
    with contextlib.closing(sqlite3.connect(folder / "catalog.sqlite")) as other, other:
        other.execute("update revision set number = number + 1")


def test_what_this_process_wrote_is_seen_at_once(opened, asleep):
    writer, reader = opened
    for _ in range(3):
        before = reader.revision()
        with writing(writer.engine) as connection:
            moved(connection)
            assert reader.revision() == before
        assert reader.glimpse() == reader.revision() == before + 1


def test_a_write_that_was_taken_back_moves_nothing(opened, asleep):
    writer, reader = opened
    before = reader.revision()
    with pytest.raises(KeyError), writing(writer.engine) as connection:
        moved(connection)
        raise KeyError
    assert reader.revision() == before


def test_what_another_process_wrote_is_seen_when_the_look_is_old(opened, tmp_path, monkeypatch):
    reader = opened[0]
    monkeypatch.setattr(versions, "FRESH_S", 1e9)
    before = reader.revision()
    move_elsewhere(tmp_path)
    assert reader.revision() == before  # no question was asked
    monkeypatch.setattr(versions, "FRESH_S", 0)
    assert reader.glimpse() == reader.revision() == before + 1


def test_another_worker_follows_within_a_fifth_of_a_second(opened, tmp_path):
    reader = opened[0]
    before = reader.revision()
    move_elsewhere(tmp_path)
    ends = time.monotonic() + 0.2
    while reader.revision() == before and time.monotonic() < ends:
        pass
    assert reader.revision() == before + 1
