"""PostgreSQL of the test run's own: a cluster in a temporary folder, started once, without fsync.

Where Debian's PostgreSQL is not installed, the tests that need it skip; EMAP_REQUIRE_POSTGRESQL=1
makes that a failure.
"""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, make_url, text

from publish import database
from publish.database import open_database

PROGRAMS = Path("/usr/lib/postgresql")
# What is safe to lose when the machine stops; and a language that sorts not by code point.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=")
# SQLite as well: a test may kill a process at any moment, but it stops no machine.
database.PRAGMAS = tuple(each.replace("= full", "= off") for each in database.PRAGMAS)
LANGUAGE = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=sr")


class Cluster:
    """A running PostgreSQL on a socket in its folder; `create()` gives a new database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count(1)

    def url(self, database: str) -> str:
        """The address of a database, as in `catalog.url`."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, like: str = "") -> str:
        """Make an empty database, or one like that at an address; gives its address."""
        name = f"t{next(self._numbers)}"
        template = make_url(like).database if like else "template1"
        self.run(f"create database {name} template {template} strategy file_copy")
        return self.url(name)

    def run(self, statement: str) -> None:
        """Run a statement as the cluster's owner, outside any transaction."""
        engine = open_database(self.url("postgres"), self.folder)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
        engine.dispose()


class Resettable:
    """A database that is given back as it was when this was made, in a few milliseconds."""

    def __init__(self, address: str, engine: Engine) -> None:
        self.address = address
        with engine.begin() as connection:
            tables = inspect(connection).get_table_names()
            connection.execute(text("create schema kept"))
            for table in tables:
                connection.execute(text(f'create table kept."{table}" as table public."{table}"'))
            filled = [t for t in tables if connection.scalar(text(f'select 1 from kept."{t}"'))]
            counters = (
                "select sequencename, last_value from pg_sequences where schemaname = 'public'"
            )
            counted = [
                f"select setval('{name}', {last or 1}, {bool(last)})"
                for name, last in connection.execute(text(counters))
            ]
        emptied = [f'delete from "{table}"' for table in tables]
        refilled = [f'insert into "{table}" table kept."{table}"' for table in filled]
        # Keys to other tables are not looked at meanwhile, so any order will do.
        begun = "set local session_replication_role = replica"
        self._statement = "; ".join([begun, *emptied, *refilled, *counted])

    def reset(self) -> None:
        """Undo all that was done since."""
        engine = open_database(self.address, Path())
        with engine.begin() as connection:
            connection.exec_driver_sql(self._statement)
        engine.dispose()


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, the newest there is."""
    found = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def owner() -> str | None:
    """The user who may run PostgreSQL when we are root, whom it refuses."""
    if os.getuid():
        return None
    known = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """The cluster of this run."""
    where = programs()
    if where is None:
        assert not os.environ.get("EMAP_REQUIRE_POSTGRESQL"), "PostgreSQL is not installed"
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="emap-postgresql-"))
    user = owner()
    if user:
        shutil.chown(folder, user)
    start(where, folder, user)
    try:
        yield Cluster(folder)
    finally:
        control(where, folder, user, "stop", "--mode=immediate")
        shutil.rmtree(folder)


def start(where: Path, folder: Path, user: str | None) -> None:
    """Make the cluster and wait until it answers."""
    command = [where / "initdb", folder / "data", "--username=postgres", "--auth=trust"]
    command += ["--no-sync", "--encoding=UTF8", *LANGUAGE]
    # In its own folder: that user may not be allowed into ours.
    subprocess.run(command, user=user, cwd=folder, check=True, capture_output=True)
    rules = folder / "data" / "pg_hba.conf"
    rules.write_text(f"local all stranger password\n{rules.read_text()}")
    said = " ".join(f"-c {setting}" for setting in (*FAST, f"unix_socket_directories={folder}"))
    control(where, folder, user, "start", f"--options={said}", f"--log={folder / 'log'}")


def control(where: Path, folder: Path, user: str | None, *words: str) -> None:
    """Start or stop the cluster."""
    command = [where / "pg_ctl", f"--pgdata={folder / 'data'}", "--wait", "--silent", *words]
    subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)
