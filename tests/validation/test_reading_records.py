"""Delimited text in pieces: the cells and numbers are those of Python's csv module, always."""

import csv
import io

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from validation.reading import records
from validation.reading.cells import Unreadable
from validation.reading.dialect import Dialect, sniffed_delimiter

PIECES = [
    "a",
    "č",
    "1",
    ",",
    ";",
    "1,2\n",
    "a,b\r\n",
    '"',
    '""',
    "\n",
    "\r\n",
    "\r",
    " ",
    "\0",
    "x,y\n",
    '"x,\ny",z\n',
]


def in_pieces(path, dialect, *, encoding="utf-8"):
    """Give the records that hold data as (number, cells), as the batches have them."""
    found = []
    for batch in records.batches(path, encoding, dialect):
        columns = [column.to_pylist() for column in batch.columns]
        rows = zip(*columns, strict=True) if columns else [()] * len(batch.numbers)
        found += zip(batch.numbers.to_pylist(), rows, strict=True)
    return [(number, [cell for cell in row if cell is not None]) for number, row in found]


def by_csv(text, dialect):
    reader = dialect.reader(io.StringIO(text, newline=""))
    return [(n, record) for n, record in enumerate(reader, 1) if dialect.takes(n, record)]


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(PIECES), max_size=60), st.sampled_from([1, 7, 64]), st.booleans())
def test_records_are_those_of_the_csv_module(tmp_path, monkeypatch, pieces, size, blank):
    text = "".join(pieces)
    monkeypatch.setattr(records, "HEAD_BYTES", size)
    monkeypatch.setattr(records, "BLOCK_BYTES", size)
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    dialect = Dialect(",", skip_blank_rows=blank)
    try:
        found = in_pieces(path, dialect)
    except Unreadable as error:
        assert "quote" in str(error) or "new-line" in str(error)  # noqa: PT017 - either is right
        return
    assert found == by_csv(text, dialect)


ROWS = st.lists(st.lists(st.text("ačž1;,\n\"' ", max_size=6), min_size=3, max_size=3), min_size=1)


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(ROWS, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["utf-8", "utf-16", "cp1250"]))
def test_regular_text_is_cut_by_arrow_in_any_encoding(tmp_path, rows, end, encoding):
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows([["a", "b", "c"], *rows])
    path = tmp_path / "a.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    assert [cells for _, cells in in_pieces(path, Dialect(","), encoding=encoding)] == rows


def test_regular_text_does_go_through_arrow(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + '1,"x, y"\n' * 20_000, encoding="utf-8")
    taken = []
    plain = pa.csv.read_csv
    monkeypatch.setattr(records.pa.csv, "read_csv", lambda *a: taken.append(a) or plain(*a))
    assert len(in_pieces(path, Dialect(","))) == 20_000
    assert taken


@pytest.mark.parametrize(
    "text", ['a,b\n1,"x\n2,y\n', 'a,b\n1,"x', 'a,b\n1,2\n"'], ids=["lines", "end", "alone"]
)
def test_a_quote_that_is_left_open_is_told_however_short_the_file(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Unreadable, match="a quote is never closed"):
        in_pieces(path, Dialect(","))


def test_quotes_inside_of_a_cell_are_letters(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,b\n5" cev,"Мали" принц\n', encoding="utf-8")
    assert in_pieces(path, Dialect(",")) == [(2, ['5" cev', "Мали принц"])]


def test_one_line_that_never_ends_is_refused_without_holding_it(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "MOST_LINE_CHARACTERS", 1 << 20)
    monkeypatch.setattr(records, "MOST_HELD_BYTES", 1 << 18)
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" + b"x" * (3 << 20))
    with pytest.raises(Unreadable, match="a line is longer"):
        in_pieces(path, Dialect(","))


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a^b^c\n1^2,5^3\n", "^"),
        ("a~b\n1~2\n3~4\n", "~"),
        ("a:b\n1:2\n3:4\n", ":"),
        ("id   naziv   br\n1    Bor     5\n22   Ub      7\n", " "),
        ("vreme\n12:30\n08:15\n", ","),
        ("Novi Sad\nStara Pazova\nBela Crkva\n", ","),
        ("sep=|\r\na,b|c\r\n1,2|3\r\n", "|"),
    ],
)
def test_rare_delimiters_are_taken_where_no_usual_one_cuts(text, delimiter):
    assert sniffed_delimiter(text) == delimiter
