from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from datasets.model import Column, Finding, Layer, Resource, Version
from validation.change import HOLDING, changes
from validation.reading import Reading


def version(rows: Mapping[str, int], columns: Sequence[str] = (), schema=None) -> Version:
    layer = Layer(
        id="stanice",
        dataset="stanice",
        resource="stanice",
        sha="0" * 64,
        geometry_type="Point",
        features=3,
        bbox_lonlat=None,
        columns=tuple(Column("c", title, "string") for title in columns),
    )
    resources = (Resource("stanice", Path("a"), "csv", "a.csv", schema=schema),)
    return Version(
        dataset="stanice",
        number=1,
        fingerprint="f",
        created="2026-01-01",
        source="demo",
        resources=resources if schema else (),
        layers=(layer,) if columns else (),
        rows=rows,
        tables={},
        package={},
    )


def reading(rows: int, *labels: str, name: str = "stanice", bad: bool = False) -> Reading:
    resource = Resource(name, Path("a"), "csv", "a.csv")
    schema = {"fields": [{"name": label, "title": label.upper()} for label in labels]}
    findings = (Finding("file-damaged"),) if bad else ()
    return Reading(resource, Path("c"), Path("t"), labels, rows, schema=schema, findings=findings)


@pytest.mark.parametrize(
    ("before", "now", "held"), [(4, 3, False), (5, 3, True), (3, 30, False), (0, 0, False)]
)
def test_a_loss_of_more_than_a_quarter_is_told(before, now, held):
    found = list(changes([reading(now)], version({"stanice": before}), 0.25))
    assert bool(found) is held
    assert {f.check for f in found} <= HOLDING


def test_a_loss_is_told_in_numbers():
    [finding] = changes([reading(312)], version({"stanice": 41_870}), 0.25)
    assert finding.values == {"before": "41870", "now": "312", "share": "99%", "allowed": "25%"}
    assert finding.severity == "error"


def test_a_resource_that_is_gone_is_told_with_its_rows():
    before = version({"stanice": 3, "linije": 7})
    found = [(f.check, f.resource) for f in changes([reading(3)], before, 0.25)]
    assert found == [("rows-lost", "linije"), ("rows-lost", "")]


def test_small_losses_of_many_resources_add_up():
    before = version({"stanice": 10, "linije": 10})
    now = [reading(7), reading(8, name="linije")]
    assert [f.resource for f in changes(now, before, 0.26)] == ["stanice"]
    assert [f.resource for f in changes(now, before, 0.24)] == ["stanice", ""]


def test_a_resource_that_could_not_be_read_is_not_compared():
    assert list(changes([reading(0, bad=True)], version({"stanice": 9}), 0.25)) == []


def test_a_column_that_is_gone_is_a_warning_by_the_layer_of_before():
    before = version({"stanice": 3}, columns=("назив", "КОД", "капацитет"))
    found = list(changes([reading(3, "назив", "код")], before, 0.25))
    assert [(f.check, f.field, f.severity) for f in found] == [
        ("column-gone", "капацитет", "warning")
    ]


def test_a_column_that_is_gone_is_known_by_the_schema_of_before():
    before = version({"stanice": 3}, schema={"fields": [{"name": "a"}, {"name": "b"}, 7]})
    found = changes([reading(3, "b")], before, 0.25)
    assert [f.field for f in found] == ["a"]


def test_rows_that_doubled_are_told_where_there_were_enough():
    assert [f.check for f in changes([reading(40)], version({"stanice": 20}), 0.25)] == [
        "rows-doubled"
    ]
    assert not list(changes([reading(8)], version({"stanice": 4}), 0.25))


def test_a_new_column_is_noted():
    now = reading(3, "naziv", "visina")
    [found] = changes([now], version({"stanice": 3}, ["NAZIV"]), 0.25)
    assert (found.check, found.severity, found.field) == ("column-new", "note", "visina")
