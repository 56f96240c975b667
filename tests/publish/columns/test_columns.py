"""Tables kept column by column: orders, questions and pages, on one of five rows and on many."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from datasets.serbian import sort_key, sort_text
from datasets.stores.folder import Folder
from publish import tables
from publish.columns import build
from publish.columns.asking import Condition, Question, rows
from publish.columns.kept import Kept, opened
from publish.columns.searching import searched

PLACES = {
    "naziv": ("string", ["Његошева", "Ђурђевак, бр. 5", None, "Ниш", "Nin"]),
    "stanovnika": ("integer", [30, None, 7, 2**53 + 1, 7]),
    "cena": ("number", [1.5, float("nan"), -0.5, 1500.25, None]),
    "od": ("date", [date(2024, 2, 29), date(2023, 12, 31), None, date(2024, 1, 1), None]),
    "radi": ("boolean", [True, False, None, True, True]),
}


@pytest.fixture
def kept(tmp_path: Path, write_typed: Callable[..., Path]) -> Callable[..., Kept]:
    """Keep a table of these columns, and open its columns."""

    def keep(columns: dict[str, tuple[str, list[Any]]]) -> Kept:
        width = len(next(iter(columns.values()))[1]) if columns else 0
        table = write_typed(tmp_path / "table.arrow", [None] * width, columns)
        store = Folder(tmp_path / "state")
        return opened(store, tables.keep(table, store))

    return keep


def found(kept: Kept, *conditions: Condition, **question: Any) -> list[int]:
    return rows(kept, Question(conditions=conditions, **question)).page(0, 100).tolist()


def test_values_come_back_as_they_were_published(kept):
    places = kept(PLACES)
    every = np.arange(5)
    assert places.cells(0, every) == PLACES["naziv"][1]
    assert places.cells(1, every) == [30, None, 7, 2**53 + 1, 7]
    assert places.cells(2, every) == [1.5, None, -0.5, 1500.25, None]
    assert places.cells(3, every) == PLACES["od"][1]
    assert places.cells(4, every) == [True, False, None, True, True]


def test_lists_come_back_as_such_and_their_items_are_found_as_words(kept):
    tags = [["Ниш", "a, b"], [], None, ["Niš", None], ["Ниш", "a, b"]]
    lists = kept({"tags": ("string[]", tags), "godine": ("integer[]", [[1], [2], [1], [], None])})
    assert lists.cells(0, np.arange(5)) == tags
    assert [lists.value(1, place) for place in range(4)] == [[1], [2], [], None]
    assert found(lists, words="nis") == [0, 3, 4]
    assert found(lists, Condition("tags", "has", "a, b")) == [0, 4]


def test_a_column_knows_how_many_values_it_has_and_how_many_rows_without_one(kept):
    assert [(each.distinct, each.empty) for each in kept(PLACES).about] == [
        (4, 1), (3, 1), (3, 2), (3, 2), (2, 1),
    ]  # fmt: skip


def test_text_is_in_the_order_of_the_alphabets_and_rows_without_a_value_are_last(kept):
    places = kept(PLACES)
    assert found(places, sort="naziv") == [1, 3, 0, 4, 2]
    assert found(places, sort="naziv", descending=True) == [4, 0, 3, 1, 2]
    assert found(places, sort="stanovnika", descending=True) == [3, 0, 4, 2, 1]


def test_words_are_found_in_any_script_wherever_they_stand_in_a_row(kept):
    places = kept(PLACES)
    assert found(places, words="djurdjevak") == [1]
    assert found(places, words="ЊЕГОШ 30") == [0]
    assert found(places, words="nis -") == [3]
    assert found(places, words="нема") == []


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("naziv", "has", "vak бр"), [1]),
        (Condition("naziv", "is", "Ниш"), [3]),
        (Condition("naziv", "is", "ниш"), []),
        (Condition("naziv", "empty"), [2]),
        (Condition("naziv", "full"), [0, 1, 3, 4]),
        (Condition("stanovnika", "is", "9007199254740993"), [3]),
        (Condition("stanovnika", "from", "8"), [0, 3]),
        (Condition("cena", "to", "1,5"), [0, 2]),
        (Condition("od", "is", "2024"), [0, 3]),
        (Condition("od", "from", "2024-02"), [0]),
        (Condition("od", "to", "2023-12"), [1]),
        (Condition("radi", "is", "true"), [0, 3, 4]),
    ],
)
def test_a_condition_finds_its_rows(kept, condition, expected):
    assert found(kept(PLACES), condition) == expected


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        (Condition("visina", "is", "1"), "there is no column 'visina'"),
        (Condition("stanovnika", "is", "mnogo"), "stanovnika: 'mnogo' is no integer"),
        (Condition("cena", "from", "1e999"), "cena: '1e999' is no number"),
        (Condition("od", "is", "31.12.2024"), "od: '31.12.2024' is no date"),
    ],
)
def test_what_cannot_be_asked_is_named(kept, condition, fault):
    with pytest.raises(ValueError, match=fault):
        found(kept(PLACES), condition)


def test_a_table_without_rows_or_columns_answers_with_nothing(kept):
    assert found(kept({"naziv": ("string", [])}), words="a", sort="naziv") == []
    assert found(kept({})) == []


def test_a_cell_of_ten_megabytes_is_kept_and_its_beginning_is_searched(kept):
    long = "почетак " + "x" * 10_000_000 + " крај"
    table = kept({"a": ("string", ["кратко", long])})
    assert found(table, words="pocetak") == [1]
    assert found(table, words="kraj") == []
    assert table.cells(0, np.array([1])) == [long]


def test_the_order_of_a_large_table_is_made_beforehand_and_is_the_same(kept, monkeypatch):
    numbers = {"a": ("integer", [(i * 7919) % 101 or None for i in range(500)])}
    small = found(kept(numbers), Condition("a", "from", "50"), sort="a", descending=True)
    monkeypatch.setattr(build, "LARGE_ROWS", 100)
    monkeypatch.setattr("publish.columns.kept.LARGE_ROWS", 100)
    monkeypatch.setattr("publish.columns.asking.FEW_ROWS", 100)
    monkeypatch.setattr(build, "FORMAT", 99)
    large = kept(numbers)
    assert (large.folder / build.ORDERS).stat().st_size > 2000
    assert found(large, Condition("a", "from", "50"), sort="a", descending=True) == small


@given(st.lists(st.one_of(st.none(), st.integers(-5, 5)), min_size=1), st.booleans())
def test_pages_are_parts_of_one_order(tmp_path_factory, write_typed, values, descending):
    folder = tmp_path_factory.mktemp("kept")
    table = write_typed(folder / "t.arrow", [None] * len(values), {"a": ("integer", values)})
    store = Folder(folder)
    question = Question(sort="a", descending=descending)
    ordered = rows(opened(store, tables.keep(table, store)), question)
    paged = [i for start in range(0, len(values), 3) for i in ordered.page(start, 3).tolist()]
    shown = [values[i] for i in paged if values[i] is not None]
    assert sorted(paged) == list(range(len(values)))
    assert shown == sorted(shown, reverse=descending)
    assert all(values[i] is None for i in paged[len(shown) :])


@given(st.lists(st.text(st.sampled_from("abčćdđžnjlxЂђЉљњжабš -éЖ"), max_size=6)))
def test_texts_to_sort_by_have_the_order_of_sort_keys(texts):
    assert sorted(texts, key=sort_text) == sorted(texts, key=sort_key)


@given(st.text())
def test_what_is_searched_is_searched_again_alike(text):
    assert searched(searched(text)) == searched(text)[:2000].rstrip()
