"""What must hold of any table: filters against an oracle, words that follow the rows."""

import os
import time
from contextlib import closing
from datetime import datetime

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from datasets.serbian import fold
from publish.catalog.datastore import served
from publish.datastore import drafts, search, table, words
from publish.datastore.fields import Field
from publish.datastore.table import About, Place, folded

NAMES = st.sampled_from(["Bor", "Ниш", "Niš", "nis", "Šabac", "ŠABAC", "x y", "", "'", "100%"])
NUMBERS = st.one_of(st.none(), st.integers(-3, 3), st.sampled_from([0.5, 1e300, 2**53 + 1]))
ROWS = st.lists(st.fixed_dictionaries({"a": st.one_of(st.none(), NAMES), "n": NUMBERS}), max_size=8)
OPERATORS = {
    "eq": lambda x, y: x == y,
    "ne": lambda x, y: x != y,
    "gt": lambda x, y: x > y,
    "gte": lambda x, y: x >= y,
    "lt": lambda x, y: x < y,
    "lte": lambda x, y: x <= y,
}
QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def values(field):
    return NAMES if field == "a" else NUMBERS.filter(lambda value: value is not None)


def conditions(field):
    one = values(field)
    ranges = st.dictionaries(st.sampled_from(list(OPERATORS)), one, min_size=1, max_size=2)
    return st.one_of(st.none(), one, st.lists(st.one_of(st.none(), one), max_size=3), ranges)


def filters(depth=2):
    plain = st.fixed_dictionaries({}, optional={f: conditions(f) for f in ("a", "n")})
    if not depth:
        return plain
    nested = st.lists(filters(depth - 1).filter(bool), min_size=1, max_size=2)
    return st.one_of(
        plain,
        st.builds(
            lambda rest, word, items: {**rest, word: items},
            plain,
            st.sampled_from(["$and", "$or"]),
            nested,
        ),
    )


def holds(wanted, row):
    return all(_holds(key, value, row) for key, value in wanted.items())


def _holds(key, wanted, row):
    if key in ("$and", "$or"):
        return (all if key == "$and" else any)(holds(each, row) for each in wanted)
    value = row[key]
    if wanted is None:
        return value is None
    if isinstance(wanted, list):
        return value in wanted if value is not None else None in wanted
    if not isinstance(wanted, dict):
        wanted = {"eq": wanted}
    return value is not None and all(OPERATORS[op](value, each) for op, each in wanted.items())


@pytest.fixture
def made(tmp_path):
    """Make a table of rows anew; gives its place."""
    path = tmp_path / "t.sqlite"

    def make(rows, key=()):
        drafts.begin(path, About((Field("a", "text"), Field("n", "numeric")), key))
        with drafts.writing(path) as connection:
            said = drafts.insert(connection, table.about(connection), rows)
            drafts.index(connection, said)
            table.remember(connection, said)
        return Place(path, immutable=False)

    return make


def asked(place, **question):
    with table.reading(place) as connection:
        understood = search.ask(table.about(connection), ranked=False, **question)
        rows = list(search.rows(connection, understood, 1000))
        assert search.total(connection, understood) == len(rows)
        return rows


@QUICK
@given(rows=ROWS, wanted=filters())
def test_filters_find_exactly_what_they_say(made, rows, wanted):
    found = {row[0] for row in asked(made(rows), wanted=wanted)}
    assert found == {i for i, row in enumerate(rows, 1) if holds(wanted, row)}


@QUICK
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), NAMES), max_size=12))
def test_words_follow_whatever_is_written_and_deleted(made, changes):
    place = made([], key=("n",))
    with drafts.writing(place.path) as connection:
        said = table.about(connection)
        for delete, n, name in changes:
            if delete:
                where = search.ask(said, wanted={"n": n}).where
                said = drafts.delete(connection, said, where)
            else:
                said = drafts.merge(connection, said, [{"n": n, "a": name}], add=True)
        table.remember(connection, said)
    rows = asked(place)
    assert said.rows == len(rows)
    for word in ("bor", "nis", "sabac", "x y", "100"):
        expected = {row[0] for row in rows if row[1] and word in folded(row[1])}
        assert {row[0] for row in asked(place, q={"a": word})} == expected


@given(st.text(max_size=40))
@settings(max_examples=300)
def test_the_quick_form_of_words_is_the_catalogs(text):
    said = About((Field("a", "text"),))
    ((_, question),) = words.asked(said, {"a": text}, plain=True)
    found = question.removeprefix("c0 : (").removesuffix(")").replace('"', " ").split()
    assert [word for word in found if word != "AND"] == fold(text).split()


def test_a_file_of_no_resource_is_swept_when_it_is_old(ask, stations, catalog):
    store = catalog.outside.store
    orphan = store.draft("00000000-0000-4000-8000-000000000000")
    drafts.begin(orphan, About(()))
    with closing(catalog.engine.connect()) as connection:
        served.sweep(connection, store)
        assert orphan.exists()
        os.utime(orphan, (time.time() - 7200, time.time() - 7200))
        os.utime(store.draft(stations), (1, 1))
        served.sweep(connection, store)
    assert not orphan.exists()
    assert ask.datastore_search(resource_id=stations)["total"] == 3


def test_a_table_says_when_it_changed_but_not_with_each_row(ask, stations):
    first = ask.resource_show(id=stations)["last_modified"]
    assert datetime.fromisoformat(first)
    ask.datastore_upsert(resource_id=stations, records=[{"naziv": "Pirot"}])
    assert ask.resource_show(id=stations)["last_modified"] == first
