"""The corrected file, as it may be published or given back."""

import json
from pathlib import Path

import openpyxl
import pytest

from datasets.errors import ReadingError
from datasets.model import Step
from validation.repairs._corrected import corrected

TRIM = (Step("trim"),)
POINT = {"type": "Point", "coordinates": [20.46, 44.81]}
LAYER = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "geometry": POINT, "properties": {"naziv": " Чаир", "broj": 1.50}},
        {"type": "Feature", "geometry": None, "properties": {"naziv": None, "broj": 12345678901}},
    ],
}


@pytest.fixture
def write(read_one, here, tmp_path):
    """Read a file by the recipe that trims, and write it again; gives its text or the file."""

    def written(name: str, text: str, format_: str = "", **declared: object) -> Path:
        path, into = tmp_path / name, tmp_path / "into"
        path.write_text(text, encoding="utf-8")
        into.mkdir()
        return corrected(read_one(path, box=here, recipe=TRIM, **declared), here, into, format_)

    return written


def test_a_table_is_written_as_csv_with_all_its_cells(write):
    made = write("a b.csv", 'šifra;naziv\n001; "x" ;višak\n2;"a,\nb"\n3\n')
    assert made.name == "a b.csv"
    text = made.read_text(encoding="utf-8", newline="")
    assert text == 'šifra,naziv\r\n001,"""x""",višak\r\n2,"a,\nb"\r\n3,\r\n'


def test_a_layer_is_written_as_geojson_in_degrees_with_its_numbers_digit_for_digit(write):
    made = write("parkovi.geojson", json.dumps(LAYER))
    first, second = json.loads(made.read_bytes())["features"]
    assert first == {
        "type": "Feature",
        "geometry": POINT,
        "properties": {"naziv": "Чаир", "broj": 1.5},
    }
    assert second["properties"] == {"naziv": None, "broj": 12345678901}
    assert second["geometry"] is None


def test_metres_become_degrees(write):
    layer = {**LAYER, "crs": {"type": "name", "properties": {"name": "EPSG:6316"}}}
    layer["features"] = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [7457718.2, 4962967.6]},
            "properties": {"a": "b"},
        }
    ]
    made = write("parkovi.geojson", json.dumps(layer))
    [feature] = json.loads(made.read_bytes())["features"]
    assert feature["geometry"]["coordinates"] == pytest.approx([20.46, 44.81], abs=1e-5)


def test_in_a_workbook_a_text_that_begins_like_a_formula_is_text(write):
    made = write("t.csv", "broj,naziv\n12,=1+1\n3.5, x\n", "xlsx")
    rows = list(openpyxl.load_workbook(made).active.values)
    assert rows == [("broj", "naziv"), (12, "=1+1"), (3.5, "x")]
    assert openpyxl.load_workbook(made).active["B2"].data_type == "s"


def test_a_table_is_no_layer(write):
    with pytest.raises(ReadingError, match="cannot be written as 'geojson'"):
        write("t.csv", "a,b\n1,2\n", "geojson")
