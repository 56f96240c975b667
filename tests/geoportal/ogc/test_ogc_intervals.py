"""What the parameter `datetime` may say, and what it means."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoportal.ogc.intervals import interval
from geoportal.ogc.problems import Problem

DAY = (datetime(2024, 2, 29), datetime(2024, 2, 29, 23, 59, 59, 999999))


@pytest.mark.parametrize(
    ("value", "begin", "end"),
    [
        ("2024-02-29", *DAY),
        ("2024-02-29T10:00:00Z", datetime(2024, 2, 29, 10), datetime(2024, 2, 29, 10)),
        ("2024-02-29t10:00:00z", datetime(2024, 2, 29, 10), datetime(2024, 2, 29, 10)),
        ("2024-02-29T10:00:00.5+01:00", *[datetime(2024, 2, 29, 9, 0, 0, 500000)] * 2),
        ("2024-02-29/2024-02-29", *DAY),
        ("2024-02-29/..", DAY[0], None),
        ("2024-02-29/", DAY[0], None),
        ("../2024-02-29", None, DAY[1]),
        ("/2024-02-29T23:00:00-02:00", None, datetime(2024, 3, 1, 1)),
        ("../..", None, None),
        ("/", None, None),
        ("2024-02-29/P2D", DAY[0], datetime(2024, 3, 2)),
        ("2024-01-31/P1M", datetime(2024, 1, 31), datetime(2024, 2, 29)),
        ("2024-02-29T00:00:00Z/P1Y1M1W1DT1H1M1.5S", DAY[0], datetime(2025, 4, 6, 1, 1, 1, 500000)),
        ("P1Y/2024-02-29T00:00:00Z", datetime(2023, 2, 28), DAY[0]),
        ("PT36H/2024-02-29T00:00:00Z", datetime(2024, 2, 27, 12), DAY[0]),
    ],
)
def test_a_time_or_an_interval_is_read_in_utc(value, begin, end):
    assert interval(value) == (begin, end)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "..",
        "yesterday",
        "2024",
        "2024-02",
        "2024-02-30",
        "2023-02-29",
        "2024-13-01",
        "20240229",
        "2024-02-29T10:00:00",
        "2024-02-29T25:00:00Z",
        "2024-02-29 10:00:00Z",
        "2024-02-29T10:00Z",
        "2024-02-29T10:00:00+99:00",
        "0001-01-01T00:00:00+10:00",
        "9999-12-31T23:59:59-10:00",
        "٢٠٢٤-٠٢-٢٩",
        "2024-03-01/2024-02-29",
        "2024-02-29/2024-03-01/2024-03-02",
        "2024-02-29/P",
        "2024-02-29/PT",
        "2024-02-29/P1",
        "2024-02-29/P1H",
        "2024-02-29/P99999Y",
        "2024-02-29/-P1D",
        "P1D",
        "P1D/P1D",
        "P1D/..",
        "../P1D",
        "P99999Y/2024-02-29",
        "2024-02-29\n",
        "2024-02-29/" + "9" * 10_000,
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(value):
    with pytest.raises(Problem, match="datetime: .* is not a date, a time such as 2024"):
        interval(value)


@given(st.text(alphabet="0123456789-:TZP/.+YMD ", max_size=40))
def test_no_text_makes_it_fall(value):
    try:
        begin, end = interval(value)
    except Problem:
        return
    assert begin is None or end is None or begin <= end
