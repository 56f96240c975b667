"""Jobs made of slots, and forgotten when they are old."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from harvesters.folder import Folder
from publish.database import reading, writing
from publish.harvests import jobs
from publish.harvests.planning import forget, plan
from publish.harvests.tables import JOBS, SOURCES

BELGRADE = ZoneInfo("Europe/Belgrade")
NOW = datetime.now(UTC)


def source(name="grad", **keys):
    return Folder.model_validate({"name": name, "kind": "folder", "path": ".", **keys})


@pytest.fixture
def engine(catalog):
    return catalog.engine


def ended(engine, job, state="done", finished=None):
    with writing(engine) as connection:
        values = {"state": state, "finished": finished or NOW.replace(tzinfo=None).isoformat()}
        connection.execute(update(JOBS).where(JOBS.c.id == job.id).values(**values))


def noted(engine):
    with reading(engine) as connection:
        rows = connection.execute(select(SOURCES.c.name, SOURCES.c.next_run))
        return {row.name: row.next_run for row in rows}


def test_a_source_that_is_due_gets_one_job_however_many_planners_look(engine):
    sources = [source("aa", every="1d"), source("bb", cron="0 3 * * *"), source("cc")]
    made = plan(engine, sources, NOW, BELGRADE)
    assert [job.source for job in made] == ["aa", "bb"]
    assert plan(engine, sources, NOW, BELGRADE) == []
    ended(engine, made[0])
    assert plan(engine, sources, NOW + timedelta(seconds=1), BELGRADE) == []


def test_the_next_run_is_noted_for_those_who_ask_when(engine):
    sources = [source("aa", every="1d"), source("bb", every="1d", between="22:00-06:00")]
    noon = datetime(2026, 5, 12, 10, tzinfo=UTC)
    made = plan(engine, sources, noon, BELGRADE)
    assert noted(engine)["bb"] == datetime(2026, 5, 12, 20, tzinfo=UTC).timestamp()
    ended(engine, made[0])
    plan(engine, sources, NOW + timedelta(seconds=1), BELGRADE)
    assert 0 < noted(engine)["aa"] - NOW.timestamp() <= 86_401


def test_what_has_no_schedule_any_more_has_no_next_run(engine):
    [job] = plan(engine, [source(every="1d")], NOW, BELGRADE)
    ended(engine, job)
    plan(engine, [source(every="1d")], NOW + timedelta(seconds=1), BELGRADE)
    assert noted(engine)["grad"]
    plan(engine, [source()], NOW + timedelta(seconds=1), BELGRADE)
    assert noted(engine)["grad"] is None


def test_old_jobs_are_forgotten_but_for_the_last_of_a_source(engine):
    with writing(engine) as connection:
        made = [jobs.create(connection, name) for name in ("aa", "aa", "bb", "aa")]
    for job in made[:3]:
        ended(engine, job, finished="2020-01-01T00:00:00.000000")
    assert forget(engine, NOW, timedelta(days=365)) == 2
    with reading(engine) as connection:
        assert [job.id for job in jobs.jobs(connection)] == [made[3].id, made[2].id]
    assert forget(engine, NOW, timedelta(days=365)) == 0
