"""The packed R*Tree: SQLite finds it whole, and finds in it what it would find in its own."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.layers import rtree

TREE = "create virtual table rt using rtree(pk, xmin, xmax, ymin, ymax)"
ASKED = "select pk from rt where xmax >= ? and xmin <= ? and ymax >= ? and ymin <= ? order by pk"


def tree(found):
    connection = sqlite3.connect(":memory:")
    connection.execute("pragma page_size = 8192")
    connection.execute(TREE)
    rtree.pack(connection, rtree.outwards(found))
    return connection


def boxes(count):
    rng = np.random.default_rng(count)
    low = rng.uniform((-180, -90), (179, 89), (count, 2))
    return np.concatenate([low, low + rng.choice([0, 1e-9, 0.5], (count, 1))], axis=1)


@pytest.mark.parametrize("count", [0, 1, 51, 52, 51 * 51, 51 * 51 + 1])
def test_sqlite_finds_the_tree_whole(count):
    with closing(tree(boxes(count))) as connection:
        assert connection.execute("select rtreecheck('rt')").fetchone() == ("ok",)
        assert connection.execute("select count(*) from rt").fetchone() == (count,)


def test_no_box_is_missed_and_hardly_one_too_many_is_found():
    found = boxes(3000)
    with closing(tree(found)) as connection:
        for west, south, east, north in boxes(100) + [-1, -1, 1, 1]:
            got = [pk for (pk,) in connection.execute(ASKED, (west, east, south, north))]
            hits = (found[:, 2] >= west) & (found[:, 0] <= east)
            hits &= (found[:, 3] >= south) & (found[:, 1] <= north)
            wanted = set((np.flatnonzero(hits) + 1).tolist())
            assert wanted <= set(got)
            assert len(got) <= len(wanted) + 2


def test_a_tree_of_ours_can_be_written_on_by_sqlite():
    """The nodes have the size that SQLite itself would have chosen."""
    with closing(tree(boxes(60))) as ours, closing(sqlite3.connect(":memory:")) as own:
        own.execute("pragma page_size = 8192")
        own.execute(TREE)
        sizes = "select distinct length(data) from rt_node"
        assert ours.execute(sizes).fetchall() == own.execute(sizes).fetchall()
        ours.executemany("insert into rt values(?, 1, 2, 3, 4)", [(pk,) for pk in range(61, 200)])
        assert ours.execute("select rtreecheck('rt')").fetchone() == ("ok",)


@given(st.lists(st.floats(-180, 180), min_size=2, max_size=40))
def test_a_box_in_single_precision_is_nowhere_smaller(numbers):
    low, high = np.array(numbers), np.array(numbers[::-1])
    exact = np.stack([np.minimum(low, high)] * 2 + [np.maximum(low, high)] * 2, -1)
    west, east, south, north = rtree.outwards(exact).T.astype(np.float64)
    assert (west <= exact[:, 0]).all() and (south <= exact[:, 1]).all()
    assert (east >= exact[:, 2]).all() and (north >= exact[:, 3]).all()
    assert np.abs(east - exact[:, 2]).max() < 1e-4
