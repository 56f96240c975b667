"""Places that columns say: exchanged, at 0,0 or told twice, they are mended in the cells."""

import pytest
import shapely

from datasets.model import Dataset, Step
from datasets.text import Text
from validation import shapes
from validation.judge import WORLD, Checks, validate
from validation.reading.cells import Cells, row_numbers, text_column
from validation.repairs import _recipe

SERBIA = (18.8, 41.8, 23.1, 46.2)
EXCHANGED = "naziv;lon;lat\nVrtić;44,81;20,46\nŠkola;44,75;19,69\nPark;43,16;22,6\n"
SURVEYED = "naziv;X;Y\n" + "".join(f"t{i};496{i}967,6;745771{i},2\n" for i in range(10))
WKT = 'id,wkt\n1,SRID=4326;POINT (44.81 20.46)\n2,"POINT Z (19.69 44.75 80)"\n'
AREA = "id;wkt\n1;POLYGON ((20 44, 20.1 44, 20.1 44.1, 20 44))\n"


@pytest.fixture
def judged(tmp_path, read_one, here, cells):
    """Judge a CSV with a recipe; give the report and what its rows say."""

    def judge(text: str, *recipe: Step, extent=SERBIA):
        path = tmp_path / "tabela.csv"
        path.write_text(text, encoding="utf-8")
        reading = read_one(path, box=here, recipe=recipe)
        dataset = Dataset("p", Text("p"), "", "t", "1", (reading.resource,))
        report = validate(dataset, [reading], None, Checks(extent=extent), here)
        width = range(len(reading.labels))
        return report, [[row[f"c{i}"] for i in width] for row in cells(reading)]

    return judge


def offered(report, check):
    [offer] = {f.check: f.offers for f in report.findings if f.offers}[check]
    return offer


@pytest.mark.parametrize("extent", [SERBIA, WORLD])
def test_exchanged_columns_are_an_error_and_exchange_their_cells(judged, extent):
    report, _ = judged(EXCHANGED, extent=extent)
    assert not report.ok
    offer = offered(report, "coordinates-swapped")
    assert (offer.count, offer.exact) == (6, extent == SERBIA)
    assert (offer.samples[0].before, offer.samples[0].after) == ("44,81", "20,46")
    report, rows = judged(EXCHANGED, offer.step, extent=extent)
    assert report.ok
    assert rows[0] == ["Vrtić", "20,46", "44,81"]


def test_one_exchanged_row_of_surveyors_is_turned_and_the_others_stay(judged):
    wrong = SURVEYED.replace("4960967,6;7457710,2", "7.457.710,20;4960967,6")
    report, before = judged(wrong)
    offer = offered(report, "coordinates-swapped")
    assert offer.count == 2
    report, rows = judged(wrong, offer.step)
    assert "coordinates-swapped" not in {f.check for f in report.findings}
    assert rows[0] == ["t0", "4960967,6", "7.457.710,20"]
    assert rows[1:] == before[1:]


def test_well_known_text_is_turned_and_keeps_its_system_and_height(judged):
    report, _ = judged(WKT)
    report, rows = judged(WKT, offered(report, "coordinates-swapped").step)
    assert rows[0] == ["1", "SRID=4326;POINT (20.46 44.81)"]
    assert rows[1] == ["2", "POINT Z (19.69 44.75 80)"]
    assert "coordinates-swapped" not in {f.check for f in report.findings}


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("naziv;lat;lon\na;44,1;20,5\nb;0;0\n", ["b", "", ""]),
        ("naziv;gps\na;44.1, 20.5\nc;44.2, 20.5\nb;0.0, 0.0\n", ["b", ""]),
        ("naziv;wkt\na;POINT (20 44)\nb;POINT (0 0)\n", ["b", ""]),
    ],
)
def test_cells_at_zero_are_cleared_and_the_row_stays(judged, text, after):
    report, _ = judged(text, extent=(-1.0, -1.0, 180.0, 90.0))
    offer = offered(report, "null-island")
    assert not offer.exact
    report, rows = judged(text, offer.step, extent=(-1.0, -1.0, 180.0, 90.0))
    assert rows[-1] == after
    assert "null-island" not in {f.check for f in report.findings}


def test_an_area_written_twice_in_a_table_is_left_out_once(judged):
    twice = AREA + "2;POLYGON ((20.1 44, 20.1 44.1, 20 44, 20.1 44))\n"
    report, _ = judged(twice)
    report, rows = judged(twice, offered(report, "geometry-repeated").step)
    assert [row[0] for row in rows] == ["1"]


@pytest.mark.parametrize("values", [{"y": "nema"}, {"y": "lat"}, {}])
def test_columns_that_are_not_there_harm_nothing(values):
    cells = Cells(("lon",), [text_column(["1", "нема", None])], row_numbers(range(2, 5)))
    for repair in ("swap-axes", "drop-at-zero", "drop-duplicate-features"):
        assert _recipe.opened_one(Step(repair, "lon", values)).mended(cells) is cells


def test_heights_stay_when_the_axes_of_a_layer_are_turned():
    layer = shapely.from_wkt(["POINT Z (44 20 7)", "POINT (44 20)", "POINT (20 44)"])
    turned = shapes.with_axes_swapped(layer, shapely.get_x(layer) == 44)
    assert shapely.to_wkt(turned).tolist() == ["POINT Z (20 44 7)", "POINT (20 44)"] + [
        "POINT (20 44)"
    ]
