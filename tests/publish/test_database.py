"""SQLite and PostgreSQL behave alike; what is wrong with an address or a server is told."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ckanapi.errors import ValidationError
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import InternalError

from datasets.errors import ConfigError, PublishError
from publish import database
from publish.catalog.registry import ACTIONS, Action
from publish.catalog.tables import tags
from publish.database import open_database, reading, shown, writing
from publish.migrations import prepare
from publish.versions import Versions


@pytest.fixture
def engine(address: str, tmp_path: Path) -> Iterator[Engine]:
    """A new catalog's database."""
    engine = open_database(address, tmp_path)
    prepare(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def other(engine: Engine, tmp_path: Path) -> Iterator[Engine]:
    """The same database, as another process has it."""
    address = engine.url.render_as_string(hide_password=False)
    other = open_database(address, tmp_path)
    yield other
    other.dispose()


def add(connection, name):
    connection.execute(insert(tags).values(id=name, name=name))


def added(engine, name):
    """Write one name; gives those that were there."""
    with writing(engine) as connection:
        before = names(connection)
        add(connection, name)
    return before


def names(connection):
    return list(connection.scalars(select(tags.c.name).order_by(tags.c.name)))


# Addresses


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "'nonsense': is no address"),
        ("mysql://ana:tajna@h/db", "'mysql://ana:***@h/db': there is no 'mysql' here"),
        ("postgresql+asyncpg://h/db", "there is no 'postgresql+asyncpg' here"),
        ("sqlite://", "'sqlite://': names no database"),
        ("postgresql://ana:tajna@h", "'postgresql://ana:***@h': names no database"),
        ("postgresql://ana:tajna@h:port/db", "'postgresql://ana:***@h:port/db': is no address"),
        ("postgres://ana:taj@na@h/db", "'postgres://ana:***@h/db': write %40 for an @"),
        ("postgresql:///?user=ana&password=tajna", "password=***': names no database"),
    ],
)
def test_a_wrong_address_is_told_without_its_password(url, told, tmp_path):
    with pytest.raises(ConfigError) as wrong:
        open_database(url, tmp_path)
    assert told in str(wrong.value)
    assert "tajna" not in str(wrong.value)
    assert "postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in str(wrong.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_one_driver(scheme, tmp_path):
    pytest.importorskip("psycopg")
    engine = open_database(f"{scheme}://ana:tajna@db.example.rs:5433/katalog", tmp_path)
    assert engine.driver == "psycopg"
    assert shown(engine.url) == "postgresql://ana:***@db.example.rs:5433/katalog"


def test_a_missing_driver_is_told_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match=r"postgresql://ana:\*\*\*@h/db .*emap\[postgresql\]"):
        open_database("postgresql://ana:tajna@h/db", tmp_path)


def test_a_relative_path_begins_in_the_state_folder(tmp_path):
    assert shown(open_database("", tmp_path).url) == str(tmp_path / "catalog.sqlite")
    assert shown(open_database("sqlite:///a.db", tmp_path).url) == str(tmp_path / "a.db")
    assert shown(open_database("sqlite:////srv/a.db", tmp_path).url) == "/srv/a.db"


def test_a_folder_that_is_not_there_is_told(tmp_path):
    engine = open_database("sqlite:///nowhere/a.db", tmp_path)
    with pytest.raises(PublishError, match=r"nowhere/a\.db: unable to open database file"):
        prepare(engine)


def refusal(url, tmp_path):
    engine = open_database(url, tmp_path)
    with pytest.raises(PublishError) as told:
        prepare(engine)
    engine.dispose()
    assert "tajna" not in str(told.value)
    assert "see whether catalog.url is right and its server runs" in str(told.value)
    return str(told.value)


def test_a_server_that_does_not_run_is_told(tmp_path):
    pytest.importorskip("psycopg")
    told = refusal("postgresql://ana:tajna@127.0.0.1:1/db", tmp_path)
    assert told.startswith("catalog postgresql://ana:***@127.0.0.1:1/db: connection failed")


def test_a_database_that_is_not_there_is_told(postgresql, tmp_path):
    assert 'database "nema" does not exist' in refusal(postgresql.url("nema"), tmp_path)


def test_a_wrong_password_is_told(postgresql, tmp_path):
    url = postgresql.url("postgres").replace("postgres@", "stranger:tajna@")
    assert 'password authentication failed for user "stranger"' in refusal(url, tmp_path)


# Transactions


def test_text_is_sorted_by_code_point(engine):
    given = ["čaj", "Caj", "caj", "a b", "a-b", "ab", "Б", "а", "_"]
    with writing(engine) as connection:
        for name in given:
            add(connection, name)
    with reading(engine) as connection:
        assert names(connection) == sorted(given)
        after = select(tags.c.name).where(tags.c.name > "a-b", tags.c.name < "caj")
        assert set(connection.scalars(after)) == {"ab"}


@pytest.mark.parametrize("writer", ["engine", "other"])
def test_a_writer_begins_when_the_one_before_has_ended(engine, request, writer):
    second = request.getfixturevalue(writer)
    begun = threading.Event()

    def write():
        begun.set()
        with writing(second) as connection:
            seen = names(connection)
            add(connection, "second")
        return seen

    with ThreadPoolExecutor(1) as threads:
        with writing(engine) as connection:
            later = threads.submit(write)
            assert begun.wait(10)
            add(connection, "first")
            assert not later.done()
        assert later.result(timeout=20) == ["first"]


def test_a_reader_sees_one_moment_and_waits_for_nobody(engine, other):
    with reading(engine) as before:
        assert names(before) == []
        with writing(other) as connection:
            add(connection, "a")
            assert names(before) == []
        assert names(before) == []
    with reading(engine) as after:
        assert names(after) == ["a"]


def test_what_fails_leaves_nothing(engine):
    with pytest.raises(RuntimeError), writing(engine) as connection:
        add(connection, "a")
        raise RuntimeError
    with reading(engine) as connection:
        assert names(connection) == []


def test_a_writer_does_not_wait_for_ever(engine, monkeypatch, tmp_path):
    monkeypatch.setattr(database, "WAIT_S", 0.05)
    monkeypatch.setitem(database.LIMITS, "lock_timeout", "50ms")
    hurried = open_database(engine.url.render_as_string(hide_password=False), tmp_path)
    with writing(engine):
        with pytest.raises(PublishError, match="others have been writing for"), writing(engine):
            pass
        with pytest.raises(PublishError, match="lock"), writing(hurried):
            pass
    with writing(hurried) as connection:
        add(connection, "a")
    hurried.dispose()


def test_who_may_not_wait_is_refused_at_once_and_may_wait_the_next_time(engine, other):
    with writing(engine):
        for busy in (engine, other):
            with pytest.raises(PublishError), writing(busy, wait=False):
                pass
    with writing(other, wait=False) as connection:
        add(connection, "a")
    with ThreadPoolExecutor(1) as threads, writing(engine) as connection:
        later = threads.submit(added, other, "c")  # on the connection that did not wait before
        add(connection, "b")
    assert later.result(timeout=20) == ["a", "b"]


def test_a_statement_has_a_time_limit(postgresql, tmp_path, monkeypatch):
    monkeypatch.setitem(database.LIMITS, "statement_timeout", "50ms")
    engine = open_database(postgresql.url("postgres"), tmp_path)
    with pytest.raises(PublishError, match="statement timeout"), reading(engine) as connection:
        connection.execute(text("select pg_sleep(60)"))
    engine.dispose()


def test_the_address_has_the_last_word_on_limits(postgresql, tmp_path):
    url = postgresql.url("postgres") + "&options=-c%20statement_timeout%3D7s"
    engine = open_database(url, tmp_path)
    with reading(engine) as connection:
        assert connection.scalar(text("show statement_timeout")) == "7s"
        assert connection.scalar(text("show lock_timeout")) == "30s"
    engine.dispose()


def test_a_reading_transaction_cannot_write_on_postgresql(postgresql, tmp_path):
    engine = open_database(postgresql.create(), tmp_path)
    prepare(engine)
    with pytest.raises(InternalError, match="read-only transaction"), reading(engine) as connection:
        add(connection, "a")
    engine.dispose()


# What happens to a server


def hang_up(postgresql, engine):
    """Let the server end all connections to a database."""
    wanted = f"datname = '{engine.url.database}' and pid != pg_backend_pid()"
    postgresql.run(f"select pg_terminate_backend(pid) from pg_stat_activity where {wanted}")


def test_connections_that_the_server_ends_are_opened_anew(
    database_of_two_cities, catalog_at, postgresql
):
    database_of_two_cities.reset()
    catalog = catalog_at(database_of_two_cities.address)
    versions = Versions(catalog.engine)
    before = versions.revision()
    assert catalog.call_action("package_list") == []
    hang_up(postgresql, catalog.engine)
    assert versions.revision() == before
    hang_up(postgresql, catalog.engine)
    assert catalog.call_action("package_list") == []
    assert catalog.call_action("organization_list") == ["grad-nis", "opstina-sabac"]
    versions.close()


def test_a_write_whose_connection_ends_leaves_nothing_and_is_told(postgresql, tmp_path):
    engine = open_database(postgresql.create(), tmp_path)
    prepare(engine)
    with pytest.raises(PublishError, match="terminating connection"), writing(engine) as connection:
        add(connection, "a")
        hang_up(postgresql, engine)
        names(connection)
    with reading(engine) as connection:
        assert names(connection) == []
    engine.dispose()


# What slips through our own checks


def test_what_breaks_a_rule_of_the_database_is_a_409(catalog, monkeypatch):
    def twice(call, _given):
        add(call.connection, "a")
        add(call.connection, "a")

    monkeypatch.setitem(ACTIONS, "twice", Action("twice", twice, writes=True, takes=None))
    with pytest.raises(ValidationError) as clash:
        catalog.call_action("twice")
    assert clash.value.error_dict["__type"] == "Validation Error"
    assert clash.value.error_dict["message"].startswith("It clashes with what is kept here")
    with reading(catalog.engine) as connection:
        assert names(connection) == []
