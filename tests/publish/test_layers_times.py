"""Which columns say when a feature was, and from when to when a layer reaches."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import shapely

from datasets.model import Column, Dataset, Layer
from datasets.template import templates
from datasets.text import Text
from publish.layers.features import Features
from publish.layers.times import time_columns
from publish.package import package

type Built = Callable[..., tuple[Features, Layer]]
POINTS = [shapely.Point(20 + i / 10, 44) for i in range(3)]


def named(*titles: str, type_: str = "date") -> list[Column]:
    return [Column(f"c{i}", title, type_) for i, title in enumerate(titles)]


@pytest.mark.parametrize(
    "titles",
    [
        ("Датум почетка радова", "Датум завршетка радова"),
        ("Važi od", "Важи до"),
        ("POČETAK", "KRAJ"),
        ("valid_from", "valid_to"),
        ("startDate", "endDate"),
        ("Примљено", "Решено"),
        ("received", "solved"),
    ],
)
def test_two_columns_called_alike_are_a_beginning_and_an_end(titles: tuple[str, str]) -> None:
    assert time_columns(named(*titles)) == ("c0", "c1")
    assert time_columns(named(*reversed(titles))) == ("c1", "c0")
    assert time_columns(named("Назив", *titles, type_="string")) == ()


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (("Датум прегледа",), ("c0",)),
        (("Датум објаве", "Време мерења"), ("c1",)),
        (("Датум објаве", "Датум уговора"), ()),
        (("Датум", "Време"), ()),
        (("last_edited_date",), ()),
        (("Датум испитивања", "Датум ажурирања", "created_at"), ("c0",)),
        (("Од", "Датум краја"), ()),
    ],
)
def test_one_column_is_the_time_when_there_is_no_other_choice(
    titles: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert time_columns(named(*titles)) == expected


def test_a_beginning_and_an_end_are_of_one_type() -> None:
    assert time_columns([*named("Од"), Column("c1", "До", "datetime")]) == ()


def test_every_template_that_is_about_moments_has_its_time() -> None:
    found = {
        name: [
            template.fields[int(column[1:])].sr
            for column in time_columns(
                [Column(f"c{i}", field.sr, field.type) for i, field in enumerate(template.fields)]
            )
        ]
        for name, template in templates().items()
    }
    assert found["air-quality"] == ["Време"]
    assert found["communal-reports"] == ["Примљено", "Решено"]
    assert found["water-quality"] == ["Датум узорка"]
    assert found["permits"] == ["Датум решења"]
    assert found["public-procurement"] == []  # it is published on one day, and agreed on another


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            {"datum": ("date", [date(2024, 5, 1), None, date(2023, 1, 2)])},
            ("2023-01-02", "2024-05-01"),
        ),
        ({"datum": ("date", [None] * 3)}, (None, None)),
        (
            {"vreme": ("datetime", [datetime(2024, 5, 1, 10)] * 3)},
            ("2024-05-01T10:00:00", "2024-05-01T10:00:00"),
        ),
        (
            {
                "Od": ("date", [date(2024, 5, 1), date(2024, 6, 1), None]),
                "Do": ("date", [date(2024, 5, 9), date(2024, 6, 9), None]),
            },
            ("2024-05-01", "2024-06-09"),
        ),
        (
            {
                "Od": ("date", [date(2024, 5, 1), date(2024, 6, 1), None]),
                "Do": ("date", [date(2024, 5, 9), None, None]),
            },
            ("2024-05-01", None),
        ),
        (
            {
                "Od": ("date", [None, date(2024, 6, 1), None]),
                "Do": ("date", [date(2024, 5, 9), date(2024, 6, 9), None]),
            },
            (None, "2024-06-09"),
        ),
        ({"naziv": ("string", ["a", "b", "c"])}, (None, None)),
    ],
)
def test_a_layer_says_from_when_to_when_it_reaches(
    built: Built, columns: dict[str, tuple[str, list[Any]]], expected: tuple[str | None, str | None]
) -> None:
    features, layer = built(POINTS, columns)
    assert layer.interval == features.manifest.interval == expected


@pytest.mark.parametrize(
    ("own", "intervals", "expected"),
    [
        (
            {},
            [("2023-01-02", "2024-05-01"), ("2022-01-01", "2023-01-01")],
            ("2022-01-01", "2024-05-01"),
        ),
        ({}, [("2023-01-02", None), ("2022-01-01", "2023-01-01")], ("2022-01-01", None)),
        ({"temporal_start": "1999"}, [("2023-01-02", "2024-05-01")], ("1999", None)),
        ({}, [], (None, None)),
    ],
)
def test_a_dataset_says_the_period_of_its_layers_unless_it_says_its_own(
    own: dict[str, str],
    intervals: list[tuple[str | None, str | None]],
    expected: tuple[str | None, str | None],
) -> None:
    kept = Dataset("d", Text("Д"), "grad", "s", "1", extras=own)
    layers = [
        Layer("d", "d", "r", "0" * 64, "Point", 1, None, (), times=("t",), interval=interval)
        for interval in intervals
    ]
    extras = {one["key"]: one["value"] for one in package(kept, 1, layers)["extras"]}
    assert (extras.get("temporal_start"), extras.get("temporal_end")) == expected
