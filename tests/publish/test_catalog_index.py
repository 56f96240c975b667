"""The index in memory: it follows the database in every process, and never runs ahead of it."""

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from publish.catalog import Embedded
from publish.catalog.authorization import Sight
from publish.catalog.call import Call, now
from publish.catalog.indexes import index
from publish.catalog.indexes.columns import Order, Shapes, Terms
from publish.catalog.search.ranking import first
from publish.database import open_database


def package(name, **fields):
    return {"name": name, "owner_org": "grad-nis", **fields}


def names(catalog, **given):
    result = catalog.call_action("package_search", {"sort": "name asc", **given})
    return [found["name"] for found in result["results"]]


@pytest.fixture
def other(catalog, tmp_path):
    """The same catalog as another process has it."""
    address = catalog.engine.url.render_as_string(hide_password=False)
    engine = open_database(address, tmp_path)
    yield Embedded(engine, catalog.site, catalog.site_url, catalog.outside)
    engine.dispose()


def test_another_process_sees_what_was_written_purged_and_renamed(catalog, other):
    assert names(other) == []
    for name in ("a1", "b1", "c1"):
        catalog.call_action("package_create", package(name, tags=[{"name": f"tag-{name}"}]))
    assert names(other) == ["a1", "b1", "c1"]
    catalog.call_action("package_patch", {"id": "b1", "name": "z1", "tags": [{"name": "novo"}]})
    other.call_action("dataset_purge", {"id": "a1"})
    catalog.call_action("package_create", package("a2"))  # SQLite may use the number again
    for each in (catalog, other):
        assert names(each) == each.call_action("package_list", {}) == ["a2", "c1", "z1"]
        assert names(each, fq="tags:*") == ["c1", "z1"]
        facets = each.call_action("package_search", {"facet.field": ["tags"]})["facets"]
        assert facets == {"tags": {"novo": 1, "tag-c1": 1}}


def test_a_transaction_searches_what_it_wrote_and_nobody_else_does(catalog, other):
    catalog.call_action("package_create", package("staro"))
    assert names(catalog) == ["staro"]

    class Undone(Exception):
        pass

    with pytest.raises(Undone), catalog.transaction() as within:
        within.call_action("package_create", package("novo", title="Novo"))
        within.call_action("dataset_purge", {"id": "staro"})
        assert names(within) == names(within, q="novo") == ["novo"]
        with ThreadPoolExecutor() as pool:
            assert pool.submit(names, other).result() == ["staro"]
            assert pool.submit(names, catalog).result() == ["staro"]
        raise Undone
    assert names(catalog) == names(other) == ["staro"]
    catalog.call_action("package_create", package("drugo"))  # bears the number that was taken back
    assert names(catalog) == names(other) == ["drugo", "staro"]


def test_readers_and_a_writer_do_not_disturb_each_other(catalog):
    catalog.call_action("package_create", package("p0", tags=[{"name": "ista"}]))
    done = threading.Event()

    def read():
        seen = []
        while not done.is_set():
            asked = {"q": "p0 OR tags:ista", "facet.field": ["tags"], "rows": 100}
            found = catalog.call_action("package_search", asked)
            assert found["facets"]["tags"] == {"ista": found["count"]}
            seen.append(found["count"])
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        try:
            for number in range(1, 15):
                given = package(f"p{number}", tags=[{"name": "ista"}])
                catalog.call_action("package_create", given)
        finally:
            done.set()
    for reader in readers:
        assert reader.result() == sorted(reader.result())
    assert len(names(catalog, rows=100)) == 15


def test_a_reader_that_began_earlier_spoils_nothing_for_others(catalog):
    catalog.call_action("package_create", package("staro", title="Reč"))
    with catalog.engine.connect().execution_options(read_only=True) as connection:
        earlier = dataclasses.replace(catalog, bound=connection)
        assert names(earlier, q="reč") == ["staro"]
        with ThreadPoolExecutor() as pool:  # a connection belongs to its thread
            given = package("novo", title="Reč i red")
            pool.submit(catalog.call_action, "package_create", given).result()
            private = {"id": "staro", "private": True}
            pool.submit(catalog.call_action, "package_patch", private).result()
            assert pool.submit(names, catalog).result() == ["novo"]
            # Neither what is not there yet for it, nor what nobody may see any more.
            assert names(earlier.as_user(None), q="reč") == []
            assert names(earlier, q="red") == []
            assert pool.submit(names, catalog, q="red").result() == ["novo"]
            assert pool.submit(names, catalog, q="reč").result() == ["novo"]


def test_counts_and_names_are_what_the_caller_may_see(catalog):
    catalog.call_action("package_create", package("javni", tags=[{"name": "voda"}]))
    catalog.call_action("package_create", package("tajni", tags=[{"name": "voda"}], private=True))
    with catalog.transaction() as within:
        call = calls(within)
        assert index.counts(call, "tags") == {"voda": 1}
        assert index.counts(call, "organization", private=True) == {"grad-nis": 2}
        assert index.names(call, Sight()) == ["javni"]


def calls(within):
    """A call on the open connection."""
    return Call(within.connection, within.user, within.site, within.site_url, now(), within.outside)


VALUES = st.dictionaries(
    st.sampled_from(["tags", "format"]), st.sets(st.sampled_from("abcdef"), min_size=1), max_size=2
)
CHANGES = st.lists(st.tuples(st.integers(1, 6), VALUES | st.none()), max_size=60)


@settings(deadline=None)
@given(CHANGES, st.sets(st.integers(1, 6)))
def test_terms_count_and_find_as_a_plain_dictionary_would(changes, wanted):
    terms, plain = Terms(["tags"]), {}
    for number, values in changes:
        if values is None:
            terms.remove(number)
            plain.pop(number, None)
        else:
            terms.put({number: {field: sorted(many) for field, many in values.items()}})
            plain[number] = values
        if len(plain) % 3 == 0:
            terms._tidy()
    mask = np.zeros(7, np.bool_)
    mask[list(wanted)] = True
    for field, known in terms.fields.items():
        counts = terms.counts(mask, [field])
        for value, code in known.items():
            having = {n for n, values in plain.items() if value in values.get(field, ())}
            assert set(np.flatnonzero(terms.having([code], 7)).tolist()) == having
            assert counts[code] == len(having & wanted)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.integers(1, 90), st.text("abc", max_size=3) | st.none())))
def test_an_order_is_that_of_a_sorted_list(changes):
    order, plain = Order(), {}
    for new in changes:
        order.put(new)
        plain = {n: text for n, text in (plain | new).items() if text is not None}
    mask = np.zeros(91, np.bool_)
    mask[list(plain)] = True
    assert order.listed(mask) == sorted(plain.values())
    ranks = order.ranks(91)
    assert all((ranks[a] < ranks[b]) == (plain[a] < plain[b]) for a in plain for b in plain)
    for low, high in (("a", "b"), (None, "b"), ("ab", None)):
        inside = {n for n, t in plain.items() if (low or "") <= t and (high is None or t < high)}
        assert set(order.between(low, high, (True, False)).tolist()) == inside


KEYS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=300)


@given(KEYS, st.integers(0, 300))
def test_the_first_of_many_are_those_of_a_whole_sort(keys, count):
    columns = [np.array([key[i] for key in keys], np.int64) for i in (0, 1)]
    columns.append(np.arange(len(keys)))
    count = min(count, len(keys))
    assert first(columns, count).tolist() == np.lexsort(columns[::-1])[:count].tolist()


def test_shapes_are_found_before_and_after_a_tree_is_made():
    shapes = Shapes()
    for number in range(1, 301):
        x, y = number % 20, number // 20
        shapes.put({number: wkb(x, y)})
    box = (2.5, 2.5, 4.5, 4.5)
    inside = {n for n in range(1, 301) if 2.5 < n % 20 < 4.5 and 2.5 < n // 20 < 4.5}
    assert set(shapes.touching(box).tolist()) == inside
    shapes.put({63: None})
    shapes.put({7: wkb(3, 3)})
    assert set(shapes.touching(box).tolist()) == inside - {63} | {7}
    assert set(shapes.copy().touching(box).tolist()) == inside - {63} | {7}


def wkb(x, y):
    return shapely.to_wkb(shapely.Point(x, y), hex=True)
