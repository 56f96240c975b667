"""What is shown of a repair before anybody accepts it, and what becomes of shapes."""

import time

import numpy as np
import pyarrow as pa
import pytest
import shapely

from datasets.model import Dataset, Finding, Offer, Step
from datasets.text import Text
from validation.judge import Checks, validate
from validation.reading.cells import Cells, Unreadable, row_numbers, text_column
from validation.repairs import _offers, _recipe

BOWTIE = shapely.from_wkt("POLYGON ((20 44, 20.01 44.01, 20.01 44, 20 44.01, 20 44))")
SQUARE = shapely.box(20, 44, 20.01, 44.01)


def table(**columns: list[str | None]) -> Cells:
    made = [text_column(values) for values in columns.values()]
    return Cells(tuple(columns), made, row_numbers(range(2, 2 + len(made[0]))), header_row=1)


def layer(*shapes: shapely.Geometry | None, crs: str = "EPSG:4326") -> Cells:
    wkb = shapely.to_wkb(np.array(shapes, dtype=object)).tolist()
    names = text_column([f"о{i}" for i in range(len(shapes))])
    rows = row_numbers(range(1, len(shapes) + 1))
    geometry = pa.chunked_array([pa.array(wkb, pa.binary())])
    return Cells(("naziv",), [names], rows, geometry, crs=crs)


def offered(cells: Cells, step: Step, **schema: object) -> Offer:
    return _offers.offered(step, cells, schema, exact=True)


def said(offer: Offer) -> list[tuple[int | None, str, str]]:
    return [(sample.row, sample.before, sample.after) for sample in offer.samples]


def shapes(cells: Cells) -> list[shapely.Geometry | None]:
    return shapely.from_wkb(cells.geometry.to_numpy()).tolist()


def mended(cells: Cells, step: Step) -> Cells:
    return _recipe.mended(cells, [_recipe.opened_one(step)])


def test_cells_are_counted_and_five_of_them_shown():
    offer = offered(table(a=[f" {i} " for i in range(9)], b=["x"] * 9), Step("trim"))
    assert offer.count == 9
    assert said(offer) == [(i + 2, f" {i} ", f"{i}") for i in range(5)]


def test_rows_that_would_go_are_shown_with_what_they_say():
    cells = table(a=["1", "2", "1", ""], b=["x", "y", "x", ""])
    assert said(offered(cells, Step("drop-duplicate-rows"))) == [(4, "1 | x", "")]
    assert said(offered(cells, Step("drop-blank-rows"))) == [(5, "", "")]


def test_a_name_that_would_change_is_shown_at_the_header():
    offer = offered(table(naziv_usta=["1"]), Step("rename-column", "naziv_usta", {"to": "назив"}))
    assert said(offer) == [(1, "naziv_usta", "назив")]


@pytest.mark.parametrize(
    ("repair", "after"), [("drop-column", ""), ("mask-column", "***"), ("aggregate-column", "1987")]
)
def test_no_sample_of_what_must_not_be_public_shows_a_value(repair, after):
    cells = table(rodjen=["5.10.1987.", "6.10.1987."], b=["x", "y"])
    offer = offered(cells, Step(repair, "rodjen", {"to": "year"}))
    assert offer.count in (1, 2)
    assert said(offer) == [(2, "***", after), (3, "***", after)]


def test_of_a_type_the_cell_is_shown_and_what_it_means():
    fields = [{"name": "iznos", "type": "string", "constraints": {"minLength": 1}}]
    cells = table(iznos=["12", "1.234,50", "", "нема", "1.234,50"])
    step = Step("set-type", "iznos", {"type": "number", "decimalChar": ",", "groupChar": "."})
    offer = offered(cells, step, fields=fields)
    assert offer.count == 4
    assert said(offer) == [(3, "1.234,50", "1234.50"), (5, "нема", "✗"), (2, "12", "12")]


def test_of_a_template_the_columns_that_it_knows_are_shown():
    offer = offered(
        table(Ознака=["1"], x=["2"]), Step("use-template", values={"template": "parking"})
    )
    assert said(offer) == [(1, "Ознака", "string")]
    assert offered(table(x=["2"]), Step("use-template", values={"template": "нема"})).count == 0


def test_a_step_that_mends_nothing_says_so():
    assert offered(table(a=["1"]), Step("trim")) == Offer(Step("trim"))


def test_a_million_rows_are_tried_out_in_about_a_second():
    texts = pa.chunked_array([pa.array([f"{i % 5000},{i % 97}" for i in range(1_000_000)])])
    cells = Cells(("a", "b"), [texts, texts], row_numbers(range(1_000_000)))
    start = time.process_time()
    offer = offered(cells, Step("decimals", "a", {"decimal": ","}))
    assert offer.count == 1_000_000
    assert time.process_time() - start < 5  # 0.3 s on a quiet machine


def test_an_offer_of_a_reader_is_tried_out_and_what_is_answered_is_not_asked():
    asked = Finding("a", offers=(Offer(Step("trim", "a")), Offer(Step("eth", "a"))))
    cells = table(a=[" x"]).and_found(asked)
    [found] = _offers.completed(cells, {}, frozenset(), lambda _: None)
    assert [offer.count for offer in found.offers] == [1, 0]
    assert _offers.completed(cells, {}, {Step("eth", "a").id}, lambda _: None) == ()


def test_another_way_of_reading_is_shown_by_its_first_rows_and_dropped_where_it_does_not_read():
    ways = (Step("header-rows", values={"rows": "2"}), Step("sheet", values={"sheet": "x"}))
    cells = table(a=["1", "2"]).and_found(Finding("a", offers=tuple(map(Offer, ways))))

    def reread(repair):
        if repair.step == ways[1]:
            raise Unreadable("no-sheet", "there is none")
        return Cells(("1",), [text_column(["2"])], row_numbers([3]), header_row=2)

    [found] = _offers.completed(cells, {}, frozenset(), reread)
    assert [(offer.step, said(offer)) for offer in found.offers] == [(ways[0], [(2, "a", "1")])]


def test_an_invalid_area_is_mended_and_its_size_shown():
    cells = layer(BOWTIE, SQUARE, None)
    offer = offered(cells, Step("make-valid"))
    assert said(offer) == [
        (
            1,
            "Polygon ↺ 5 · 0.0 m² · 20.00500, 44.00500",
            "MultiPolygon ↻ 8 · 445557.5 m² · 20.00500, 44.00500",
        )
    ]
    after = mended(cells, Step("make-valid"))
    assert shapes(after)[0].is_valid
    assert shapes(after)[1:] == [SQUARE, None]
    assert mended(after, Step("make-valid")) is after


def test_an_area_that_would_collapse_stays_invalid_and_is_reported():
    cells = layer(shapely.from_wkt("POLYGON ((20 44, 21 45, 20 44, 20 44))"))
    assert mended(cells, Step("make-valid")) is cells


def test_the_area_of_a_zone_is_in_square_metres():
    square = shapely.box(7457000, 4962000, 7457010, 4962010)
    turned = shapely.reverse(square)
    offer = offered(layer(turned, crs="EPSG:6316"), Step("winding"))
    assert said(offer) == [
        (
            1,
            "Polygon ↻ 5 · 100.0 m² · 7457005.0, 4962005.0",
            "Polygon ↺ 5 · 100.0 m² · 7457005.0, 4962005.0",
        )
    ]


def test_only_shapes_that_come_inside_are_turned():
    right, wrong, far = (
        shapely.Point(20.46, 44.81),
        shapely.Point(44.81, 20.46),
        shapely.Point(0, 9),
    )
    after = mended(layer(right, wrong, far), Step("swap-axes"))
    assert shapes(after) == [right, right, far]
    extent = Step("swap-axes", values={"extent": "18,41,19,42"})
    cells = layer(wrong)
    assert mended(cells, extent) is cells


def test_another_system_shows_where_places_come_out():
    cells = layer(shapely.Point(7457718.2, 4962967.6), None, crs="EPSG:31277")
    offer = offered(cells, Step("set-crs", values={"crs": "EPSG:6316"}))
    assert said(offer) == [(1, "Point · 7457718.2, 4962967.6", "20.46000, 44.81000")]


@pytest.mark.parametrize(
    ("repair", "before", "after"),
    [
        ("force-2d", "POINT Z (20 44 100)", "POINT (20 44)"),
        ("single-part", "MULTIPOINT (20 44)", "POINT (20 44)"),
        ("drop-repeated-nodes", "LINESTRING (20 44, 20 44, 21 45)", "LINESTRING (20 44, 21 45)"),
        ("drop-empty", "POLYGON EMPTY", None),
        ("drop-at-zero", "POINT (0 0)", None),
    ],
)
def test_a_shape_is_mended_its_neighbour_stays_byte_for_byte_and_nothing_is_done_twice(
    repair, before, after
):
    cells = layer(shapely.from_wkt(before), SQUARE)
    changed = mended(cells, Step(repair))
    assert changed.geometry[1] == cells.geometry[1]
    assert shapes(changed)[0] == (None if after is None else shapely.from_wkt(after))
    assert changed.rows is cells.rows
    assert mended(changed, Step(repair)) is changed


def test_a_shape_that_takes_the_same_place_goes_and_the_first_stays():
    again = shapely.from_wkt("POLYGON ((20.01 44, 20 44, 20 44.01, 20.01 44.01, 20.01 44))")
    point = shapely.Point(20, 44)
    after = mended(layer(SQUARE, point, again, point), Step("drop-duplicate-features"))
    assert after.rows.to_pylist() == [1, 2, 4]  # the points have other names


@pytest.mark.parametrize("repair", sorted(_recipe.known()))
def test_a_repair_of_shapes_leaves_a_table_without_shapes_alone(repair):
    cells = table(a=["1", "2"])
    after = mended(cells, Step(repair))
    assert after.geometry is None


def test_samples_of_which_nothing_is_left_are_left_out(tmp_path, read_one, here):
    path = tmp_path / "osobe.csv"
    path.write_text("ime i prezime,opština\nPetar Petrović,Bor\nAna Anić,Pirot\n, Niš\n")
    reading = read_one(path, box=here)
    dataset = Dataset("p", Text("p"), "", "t", "1", (reading.resource,))
    report = validate(dataset, [reading], None, Checks(), here)
    offers = {offer.step.repair: offer for f in report.findings for offer in f.offers}
    assert (offers["drop-column"].samples, offers["drop-column"].count) == ((), 2)
    assert (offers["mask-column"].samples, offers["mask-column"].count) == ((), 2)
    assert offers["trim"].samples[0].before == " Niš"


def test_a_column_that_goes_is_counted_by_its_cells_a_blank_one_by_itself():
    cells = table(a=["1", "2", ""], b=["", "", ""])
    assert offered(cells, Step("drop-column", "a")).count == 2
    assert offered(cells, Step("drop-column", "b")).count == 1
