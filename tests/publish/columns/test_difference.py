"""What changed between two tables, by a key, by names, by place, with geometries."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pyarrow as pa
import pytest
from hypothesis import given

from datasets.stores.folder import Folder
from publish import tables
from publish.columns.difference import Difference, difference, value
from publish.columns.kept import Kept, opened

type Columns = dict[str, tuple[str, list[Any]]]


@pytest.fixture(scope="session")
def keep(tmp_path_factory: pytest.TempPathFactory, write_typed: Callable[..., Path]) -> Any:
    """Keep a table of columns, with a primary key or none."""

    def kept(columns: Columns, *key: str) -> Kept:
        folder = tmp_path_factory.mktemp("kept")
        width = len(next(iter(columns.values()))[1])
        table = write_typed(folder / "t.arrow", [None] * width, columns, primary_key=key)
        store = Folder(folder)
        return opened(store, tables.keep(table, store))

    return kept


TREES: Columns = {
    "id": ("integer", [1, 2, 3, 4]),
    "vrsta": ("string", ["липа", "буква", "храст", None]),
    "visina": ("number", [12.0, 8.5, 20.0, 3.0]),
}
LATER: Columns = {
    "id": ("integer", [5, 4, 2, 1]),
    "vrsta": ("string", ["јела", "бор", "буква", "липа"]),
    "visina": ("number", [1.0, 3.0, 9.0, 12.0]),
}


def told(found: Difference, before: Kept, after: Kept, name: str) -> dict[str, Any]:
    """The values of a column in rows that came, went and changed."""
    return {
        "added": [value(after, name, row) for row in found.added],
        "removed": [value(before, name, row) for row in found.removed],
        "changed": [value(after, name, row) for row in found.changed[1]],
    }


def test_rows_are_the_same_by_the_key_wherever_they_stand(keep):
    before, after = keep(TREES, "id"), keep(LATER, "id")
    found = difference(before, after)
    assert found.key == ("id",)
    assert told(found, before, after, "id") == {"added": [5], "removed": [3], "changed": [4, 2]}
    assert {name: cells.tolist() for name, cells in found.cells.items()} == {
        "vrsta": [True, False],
        "visina": [False, True],
    }
    assert found.same == 1


def test_without_a_key_a_column_of_different_values_says_which_row_is_which(keep):
    found = difference(keep(TREES), keep(LATER))
    assert found.key == ("id",)
    assert found.counts == {"changed": 2, "added": 1, "removed": 1}


def test_without_any_name_equal_rows_are_the_same_and_neighbours_that_are_alike(keep):
    streets: Columns = {
        "ulica": ("string", ["А", "А", "Б", "В", "В"]),
        "kraj": ("string", ["x", "y", "x", "x", "y"]),
    }
    later: Columns = {
        "ulica": ("string", ["А", "А", "Б", "Г", "Г"]),
        "kraj": ("string", ["y", "x", "z", "q", "q"]),
    }
    before, after = keep(streets), keep(later)
    found = difference(before, after)
    assert found.key == ()
    assert told(found, before, after, "ulica") == {
        "added": ["Г", "Г"], "removed": ["В", "В"], "changed": ["Б"],
    }  # fmt: skip


def test_a_table_does_not_differ_from_itself(keep):
    trees = keep(TREES)
    assert difference(trees, trees).is_nothing


def test_columns_that_come_go_or_change_their_type_are_told_and_values_compared_as_text(keep):
    later: Columns = {
        "id": ("string", ["1", "2", "3", "4"]),
        "vrsta": TREES["vrsta"],
        "obim": ("number", [1.0, 2.0, 3.0, 4.0]),
    }
    found = difference(keep(TREES, "id"), keep(later, "id"))
    assert [column.name for column in found.come] == ["obim"]
    assert [column.name for column in found.gone] == ["visina"]
    assert [(old.type, new.type) for old, new in found.altered] == [("integer", "string")]
    assert not any(found.counts.values())
    assert not found.is_nothing


def test_a_place_that_moved_is_a_change(keep):
    trees = keep(TREES, "id")
    old, new = (pa.array([b"a", b"b", each, None], pa.binary()) for each in (b"c", b"d"))
    found = difference(trees, trees, (old, new))
    assert list(found.cells) == ["geometry"]
    assert found.changed[1].tolist() == [2]


def test_tables_that_are_too_large_are_refused_with_a_way_out(keep, monkeypatch):
    monkeypatch.setattr("publish.columns.difference.MOST_ROWS", 3)
    with pytest.raises(ValueError, match="take the files"):
        difference(keep(TREES), keep(LATER))


rows_of = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["а", "b", None])), max_size=6)


@given(rows_of.filter(bool), rows_of.filter(bool))
def test_counts_add_up_and_nothing_is_the_same_that_is_not(keep, old, new):
    before, after = (
        keep({"a": ("integer", [r[0] for r in rows]), "b": ("string", [r[1] for r in rows])})
        for rows in (old, new)
    )
    found = difference(before, after)
    counts = found.counts
    assert counts["changed"] + counts["removed"] + found.same == len(old)
    assert counts["changed"] + counts["added"] + found.same == len(new)
    if not found.key:
        assert found.same == sum(min(old.count(row), new.count(row)) for row in set(old))
