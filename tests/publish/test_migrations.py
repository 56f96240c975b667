"""A catalog's tables are made, or brought up to date, when it is opened: once, whole, or not."""

import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text

from datasets.errors import ConfigError
from publish import migrations
from publish.catalog.tables import tags
from publish.database import metadata, open_database, reading, writing
from publish.migrations import known, prepare

NEXT = """
import os
import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = "{before}"


def upgrade() -> None:
    with op.batch_alter_table("user") as table:
        table.add_column(sa.Column("nickname", sa.Text(), server_default="none", nullable=False))
    {then}
    with op.batch_alter_table("tag") as table:
        table.add_column(sa.Column("weight", sa.Integer()))
"""


@pytest.fixture
def later(tmp_path, monkeypatch):
    """Write the code of a later release: one more migration, which does `then` in its middle."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = known()[-1]
    number = f"{int(before) + 1:04}"

    def write(then="pass"):
        file = folder / "versions" / f"{number}_later.py"
        file.write_text(NEXT.format(number=number, before=before, then=then))
        return folder

    def release():
        monkeypatch.setattr(migrations, "FOLDER", write())
        return number

    release.write = write
    return release


@pytest.fixture
def opened(address, tmp_path):
    """Open a database of one tag, again and again, as further processes would."""
    engines = []

    def open_it():
        url = engines[0].url.render_as_string(hide_password=False) if engines else address
        engines.append(open_database(url, tmp_path))
        return engines[-1]

    first = open_it()
    prepare(first)
    with writing(first) as connection:
        connection.execute(insert(tags).values(id="1", name="voda"))
    yield open_it
    for engine in engines:
        engine.dispose()


def number(engine):
    with reading(engine) as connection:
        return connection.scalar(text("select version_num from alembic_version"))


def columns(engine, table):
    with reading(engine) as connection:
        return {column["name"] for column in inspect(connection).get_columns(table)}


def names(engine):
    with reading(engine) as connection:
        return list(connection.scalars(select(tags.c.name)))


def described(connection):
    """Every column, key and index of ours, and the code's own tables that are not there."""
    there = inspect(connection)
    return {
        table: (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in there.get_columns(table)),
            sorted(str(i["column_names"]) for i in there.get_indexes(table)),
            sorted(str(k["constrained_columns"]) for k in there.get_foreign_keys(table)),
            sorted(str(u["column_names"]) for u in there.get_unique_constraints(table)),
            there.get_pk_constraint(table)["constrained_columns"],
        )
        for table in there.get_table_names()
    }


def filled(connection):
    """How many rows each table has."""
    tables = inspect(connection).get_table_names()
    return {t: connection.scalar(text(f'select count(*) from "{t}"')) for t in tables}


TIMES = ("created", "dashboard_seen")


def portal(connection):
    """The user that the portal is, but for the time when it was made."""
    [row] = connection.execute(text('select * from "user"')).mappings()
    return {key: len(value) if key in TIMES else value for key, value in row.items()}


def differences(connection):
    options = {"include_object": migrations.ours, "compare_type": True}
    return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def test_the_migrations_make_what_the_code_makes(new_address, tmp_path):
    """Else write the next one: make migration ARGS="What has changed"."""
    made, migrated = (open_database(new_address(), tmp_path) for _ in range(2))
    prepare(made)
    with writing(migrated) as connection, reading(made) as other:
        migrations.migrate(connection)
        assert differences(other) == []
        assert differences(connection) == []
        assert described(connection) == described(other)
        assert filled(connection) == filled(other)
        assert portal(connection) == portal(other)
    for engine in (made, migrated):
        engine.dispose()


def test_a_new_database_is_of_the_newest_version(opened):
    assert number(opened()) == known()[-1]


def test_what_is_up_to_date_is_left_alone_and_costs_little(opened, tmp_path, project):
    engine = opened()
    url = engine.url.render_as_string(hide_password=False)
    script = (
        "import sys; from pathlib import Path; from publish.database import open_database;"
        "from publish.migrations import prepare; prepare(open_database(sys.argv[1], Path()));"
        "assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script, url], cwd=project, check=True)
    assert names(engine) == ["voda"]


def test_an_older_database_is_brought_up_to_date(opened, later, tmp_path):
    before, newest = known()[-1], later()
    engine = opened()
    prepare(engine)
    assert number(engine) == newest
    assert "nickname" in columns(engine, "user") and "weight" in columns(engine, "tag")
    assert names(engine) == ["voda"]
    with reading(engine) as connection:  # a table that others refer to was copied
        assert connection.scalar(text('select count(*) from "user"')) == 1
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(tmp_path / f"1.sqlite.{before}")) as copy:
            assert copy.execute("select version_num from alembic_version").fetchall() == [(before,)]
            assert copy.execute("select name from tag").fetchall() == [("voda",)]
        with writing(engine) as connection:
            assert connection.scalar(text("pragma foreign_keys")) == 1


def test_four_who_open_a_new_database_at_once_make_it_once(address, tmp_path):
    engines = [open_database(address, tmp_path) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(prepare, engines))
    assert [number(engine) for engine in engines] == [known()[-1]] * 4
    for engine in engines:
        engine.dispose()


OPEN = (
    "import sys; from pathlib import Path; from publish import migrations;"
    "from publish.database import open_database;"
    "migrations.FOLDER = Path(sys.argv[2]);"
    "migrations.prepare(open_database(sys.argv[1], Path()))"
)


def process(engine, folder, project):
    """Open the database in a process of the later release."""
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", OPEN, url, str(folder)]
    return subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True)


def test_two_processes_that_upgrade_at_once_do_it_once(opened, later, project):
    engine = opened()
    newest, folder = later(), later.write()
    running = [process(engine, folder, project) for _ in range(2)]
    for each in running:
        _, said = each.communicate(timeout=60)
        assert each.returncode == 0, said
    assert number(engine) == newest
    assert names(engine) == ["voda"]


def test_a_kill_in_the_middle_leaves_what_was_there(opened, later, project):
    engine = opened()
    before = known()[-1]
    killed = process(engine, later.write("os.kill(os.getpid(), 9)"), project)
    killed.communicate(timeout=60)
    assert killed.returncode == -9
    assert number(engine) == before
    assert "nickname" not in columns(engine, "user")
    prepare(engine)  # the former release still works
    with writing(engine) as connection:
        connection.execute(insert(tags).values(id="2", name="vazduh"))
    newest = later()
    again = opened()
    prepare(again)
    assert number(again) == newest
    assert sorted(names(again)) == ["vazduh", "voda"]


def test_a_database_of_a_later_release_is_refused(opened, later, monkeypatch):
    older = migrations.FOLDER
    newest, engine = later(), opened()
    prepare(engine)
    monkeypatch.setattr(migrations, "FOLDER", older)
    known_up_to = f"its tables are of version {newest}, this eMap knows them up to {known()[-1]}"
    with pytest.raises(ConfigError, match=known_up_to):
        prepare(engine)


def test_a_database_of_another_program_is_refused(address, tmp_path):
    engine = open_database(address, tmp_path)
    with writing(engine) as connection:
        connection.execute(text("create table package (id text)"))
    with pytest.raises(ConfigError, match="has tables of another program.*'package'"):
        prepare(engine)
    assert columns(engine, "package") == {"id"}
    engine.dispose()


def test_every_text_of_postgresql_is_compared_by_code_point(postgresql, tmp_path):
    engine = open_database(postgresql.create(), tmp_path)
    with writing(engine) as connection:
        migrations.migrate(connection)
        strange = text(
            "select table_name || '.' || column_name from information_schema.columns "
            "where table_schema = 'public' and table_name != 'alembic_version' "
            "and data_type in ('text', 'character varying') "
            "and collation_name is distinct from 'C'"
        )
        assert list(connection.scalars(strange)) == []
    engine.dispose()


def test_the_files_of_migrations_follow_one_another():
    assert known() == [f"{number:04}" for number in range(1, len(known()) + 1)]
    assert (Path(migrations.__file__).parent / "versions").is_dir()
