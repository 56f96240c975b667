"""Values beside those of the last version: what an ordinary year does is passed over."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from datasets.typed import GEOMETRY, SAID
from validation.shifts import Former, shifts


@pytest.fixture
def compare(tmp_path):
    """Give the shifts between two tables; with `places`, between two layers of points."""

    def found(before, now, was_at=None, is_at=None):
        table, former = tmp_path / "now.arrow", tmp_path / "before.parquet"
        pq.write_table(pa.table(before), former)
        layer = None
        columns = pa.table(now)
        if was_at is not None:
            layer = tmp_path / "layer.parquet"
            boxes = [{"xmin": x, "ymin": y, "xmax": x, "ymax": y} for x, y in was_at]
            pq.write_table(pa.table({**before, "bbox": boxes}), layer)
            wkb = pa.array(shapely.to_wkb(shapely.points(is_at)), pa.binary())
            columns = columns.append_column(GEOMETRY, wkb)
            columns = columns.replace_schema_metadata({SAID: b'{"primary_key": ["id"]}'})
        with pa.OSFile(str(table), "wb") as sink, pa.ipc.new_file(sink, columns.schema) as writer:
            writer.write_table(columns)
        return {(f.check, f.field) for f in shifts(table, Former(former, layer), "r")}

    return found


def test_nothing_is_said_of_the_same_values(compare):
    values = {"a": list(range(20)), "b": ["x", "y"] * 10}
    assert compare(values, values) == set()


def test_a_column_that_went_blank_is_told(compare):
    before = {"a": list(range(20))}
    assert compare(before, {"a": [1, 2, 3, *[None] * 17]}) == {("values-blank", "a")}
    assert compare(before, {"a": [*range(17), None, None, None]}) == set()


@pytest.mark.parametrize(("factor", "told"), [(1000, True), (10, True), (0.01, True), (2, False)])
def test_a_lost_decimal_comma_shows_in_the_middle_value(compare, factor, told):
    before = {"iznos": [float(i) for i in range(10, 40)]}
    now = {"iznos": [value * factor for value in before["iznos"]]}
    assert compare(before, now) == ({("values-scaled", "iznos")} if told else set())


def test_categories_that_were_renamed_are_told_and_names_are_not(compare):
    before = {"vrsta": ["bor", "lipa", "hrast", "breza"] * 6, "ime": [str(i) for i in range(24)]}
    now = {"vrsta": ["бор", "липа", "hrast", "бреза"] * 6, "ime": [str(-i) for i in range(24)]}
    assert compare(before, now) == {("values-replaced", "vrsta")}


def test_few_rows_shift_with_each_that_is_added(compare):
    assert compare({"a": [1, 2, 3]}, {"a": [1000, 2000, 3000]}) == set()


@pytest.mark.parametrize(("by_degrees", "told"), [(0.005, True), (1e-7, False)])
def test_a_layer_in_another_datum_has_moved(compare, by_degrees, told):
    ids = {"id": list(range(30))}
    places = [(20.9 + i / 1000, 44.0) for i in ids["id"]]
    there = [(x + by_degrees, y) for x, y in places]
    expected = {("geometry-moved", "")} if told else set()
    assert compare(ids, {"id": list(range(30))}, places, there) == expected


def test_features_in_another_order_have_not_moved(compare):
    places = [(20.9 + i / 1000, 44.0) for i in range(30)]
    before, now = {"id": list(range(30))}, {"id": list(range(29, -1, -1))}
    assert compare(before, now, places, places[::-1]) == set()
