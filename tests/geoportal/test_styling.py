"""How layers are drawn by their values, and which of their features an address chooses."""

import itertools
import json
import re
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from datasets import config as configuration
from datasets.colours import contrast
from datasets.model import Column
from geoportal.emap import selection
from geoportal.emap.classes import codes, style
from geoportal.emap.first_styles import first_style
from geoportal.emap.looks import counted, look
from geoportal.emap.palettes import RAMPS, ramp
from geoportal.emap.state import State
from geoportal.emap.widgets import widgets
from geoportal.palette import COLOURS
from geoportal.portal import open_portal
from publish.layers import classing
from publish.layers.spread import spread

COLUMNS = [
    Column("naziv", "Назив", "string"),
    Column("broj", "Број", "integer"),
    Column("cena", "Цена", "number"),
    Column("radi", "Ради", "boolean"),
    Column("dan", "Дан", "date"),
    Column("kada", "Када", "datetime"),
]
ATTACKED = {"'); drop table a; --": 0, "\\": 0, "_": 0, "%": 0, "њ\0": 1, "<img src=x": 1}
PALE_OR_DARK_EDGE = ("#17252a", "#e6eef0")  # what a symbol's edge is in the light and dark map


@pytest.fixture(scope="module")
def portal(town):
    config, _ = configuration.load(town / "config.yml")
    opened = open_portal(config, town / "state", "http://town.test")
    yield opened
    opened.versions.close()


@pytest.fixture(scope="module")
def view(portal):
    return portal.registry.view()


@pytest.fixture(scope="module")
def settlements(view):
    return view.collections["naselja-oko-nisa"]


@pytest.fixture(scope="module")
def drawn(portal, view):
    """A style of a layer of the town, by what an address says of it."""

    def of(shown, asked=""):
        return style(portal, shown, asked, view.symbols()[shown.layer.id])

    return of


@given(st.text(), st.text(min_size=1).filter(lambda text: "\0" not in text))
def test_conditions_are_read_back_as_they_were_written(text, value):
    asked = [selection.Condition(COLUMNS[0], "in", tuple(dict.fromkeys((text, value, ""))))]
    kept = [selection.understood(condition) for condition in asked]
    again = selection.conditions(selection.written(filter(None, kept)), COLUMNS)
    assert list(again) == [condition for condition in kept if condition]


@given(st.text())
def test_no_address_is_too_odd_for_conditions(text):
    for chosen in (
        selection.conditions(text, COLUMNS),
        selection.conditions(f"naziv:{text}", COLUMNS),
    ):
        assert all(condition.column in COLUMNS for condition in chosen)
        json.dumps(selection.tiles(chosen))


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("broj:range:1..5", "broj >= 1 AND broj <= 5"),
        ("cena:range:..2.5", "cena <= 2.5"),
        ("radi:in:true", "radi IN (TRUE)"),
        ("naziv:in:O'Hara,", "(naziv IN ('O''Hara') OR naziv IS NULL OR naziv = '')"),
        ("dan:range:2024-01-31..", "dan >= DATE('2024-01-31')"),
        ("kada:range:..2024-01-31", "kada <= TIMESTAMP('2024-01-31T23:59:59Z')"),
        ("broj:in:1 OR 1=1", ""),
        ("broj:range:x..y;dan:range:2024-13-01..;naziv:range:a..b;nema:in:1", ""),
    ],
)
def test_conditions_are_said_in_cql2_and_nothing_else_gets_in(where, said):
    assert selection.cql2(selection.conditions(where, COLUMNS)) == said


def test_a_part_of_a_name_is_found_in_both_scripts_and_without_diacritics(view, settlements):
    def names(text):
        asked = selection.query(settlements, f"naziv:has:{text}")
        found = settlements.features.features(asked, limit=100)
        return [json.loads(feature)["properties"]["naziv"] for feature in found]

    every = [json.loads(f)["properties"]["naziv"] for f in settlements.features.features(limit=100)]
    wanted = [
        name for name in every if "ћ" in name.lower() or "ц" in name.lower() or "ч" in name.lower()
    ]
    assert names("ЧЕ") == names("če")
    assert sorted(names("c")) == sorted(wanted)
    assert names("%") == []


def test_text_of_an_attack_chooses_nothing_and_breaks_nothing(view):
    parks = view.collections["parkovi"]
    for text, count in ATTACKED.items():
        asked = selection.query(
            parks, selection.written([selection.Condition(COLUMNS[0], "has", (text,))])
        )
        assert parks.features.count(asked) == count


@pytest.mark.parametrize("name", RAMPS)
@pytest.mark.parametrize("k", range(3, 8))
def test_every_colour_of_a_ramp_or_its_edge_stands_out_from_the_map(name, k):
    colours = ramp(name, k)
    assert len(set(colours)) == k
    for ground, edge in zip(("#eef3f2", "#1a2529"), PALE_OR_DARK_EDGE, strict=True):
        assert all(max(contrast(colour, ground), contrast(edge, ground)) >= 3 for colour in colours)


@pytest.mark.parametrize("name", [name for name in RAMPS if "-" not in name])
def test_a_ramp_of_one_hue_darkens_so_that_no_two_classes_look_alike(name):
    light = [contrast(colour, "#000000") for colour in ramp(name, 7)]
    assert all(low / high > 1.2 for low, high in itertools.pairwise(light))


@pytest.mark.parametrize("method", classing.AT_ONCE)
def test_classes_made_at_once_are_those_of_mapclassify(method):
    program = (
        "import json, sys, warnings, numpy as np; warnings.simplefilter('ignore');"
        "import mapclassify;"
        f"of = mapclassify.{ {'quantiles': 'Quantiles', 'equal': 'EqualInterval'}[method] };"
        "print(json.dumps([list(map(float, of(np.array(json.load(sys.stdin)), k=5).bins))]))"
    )
    numbers = np.random.default_rng(7).lognormal(3, 1, 500)
    ran = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(numbers.tolist()).encode(),
        capture_output=True,
        check=True,
    )
    assert classing.AT_ONCE[method](numbers, 5) == pytest.approx(json.loads(ran.stdout)[0])


def test_classes_that_are_searched_for_are_searched_once(drawn, portal, settlements, monkeypatch):
    first = drawn(settlements, "graduated:stanovnistvo:natural:4:green")
    assert first.written == "graduated:stanovnistvo:natural:4:green"
    assert len([entry for entry in first.entries if not entry.rest]) == 4
    monkeypatch.setattr(classing, "searched", None)  # whoever calls it fails
    assert drawn(settlements, "graduated:stanovnistvo:natural:4:green") == first
    assert drawn(settlements, "graduated:stanovnistvo:headtail:3:blue").method == "headtail"
    assert list(portal.store.cache("classes").glob("*.json"))


def test_each_feature_is_in_one_class_and_the_legend_counts_all(drawn, settlements):
    for asked in ("graduated:stanovnistvo:equal:5:blue", "categories:naziv", "single:#d55e00"):
        found = drawn(settlements, asked)
        numbered = codes(settlements, found).tolist()
        fragments = settlements.features.features(limit=1000)
        own = [found.entry(json.loads(fragment)["properties"]) for fragment in fragments]
        assert [found.entries[i] for i in numbered] == own
        assert sum(counted(settlements, found, State(), None)) == settlements.layer.features


def test_a_class_of_the_legend_chooses_as_many_features_as_it_counts(drawn, settlements):
    found = drawn(settlements, "graduated:stanovnistvo:quantiles:4:blue")
    said = look(settlements, found, State(), "sr-Cyrl")["legend"]
    counts = counted(settlements, found, State(), None)
    for entry, count in zip(said, counts, strict=True):
        chosen = selection.query(settlements, entry["where"])
        assert settlements.features.count(chosen) == count


@pytest.mark.parametrize(
    "asked",
    [
        "graduated:naziv",
        "graduated:nema",
        "categories:",
        "single:red",
        "single:javascript:alert(1)",
        "heat:x:y",
        "?",
        "graduated:stanovnistvo:nosuch:999:nosuch",
    ],
)
def test_a_style_that_cannot_be_drawn_becomes_one_that_can(drawn, settlements, asked):
    found = drawn(settlements, asked)
    assert found.entries
    assert all(re.fullmatch("#[0-9a-f]{6}", entry.colour) for entry in found.entries)


def test_first_styles_take_columns_that_tell_amounts_and_leave_keys_and_coordinates(view):
    assert first_style(view.collections["parkovi"]) == "single"
    assert first_style(view.collections["naselja-oko-nisa"]) in ("single", "graduated:stanovnistvo")


def test_a_column_is_known_as_a_whole(settlements):
    found = spread(settlements.features.folder, "naziv")
    assert found.rows == settlements.layer.features
    assert sum(count for _, count in found.common) + found.empty == found.rows


def test_widgets_follow_the_columns_and_remember_what_was_asked(view):
    made = {
        each.column.name: each for each in widgets(view.collections["parkovi"], "otvoren:in:true")
    }
    assert made["naziv"].kind == "text"
    assert made["otvoren"].kind == "list"
    assert [(o.value, o.chosen) for o in made["otvoren"].options] == [
        ("false", False),
        ("true", True),
        ("", False),
    ]
    assert (made["lat"].kind, made["lat"].low, made["lat"].high) == ("range", "43.41", "43.43")


@pytest.mark.parametrize("tool", ["styling", "filters", "time"])
@pytest.mark.parametrize("prefix", ["", "/sr-latn", "/en"])
def test_each_form_is_a_page_and_a_piece(pages, tool, prefix):
    whole = pages.get(f"{prefix}/map/{tool}?layers=parkovi").raise_for_status().text
    piece = pages.get(f"{prefix}/map/{tool}?layers=parkovi&piece=1").raise_for_status().text
    assert "<h1>" in whole
    assert "<html" not in piece
    assert "<img src=x" not in whole


@pytest.mark.parametrize("tool", ["styling", "filters", "time"])
def test_forms_say_so_when_no_layer_is_on(pages, tool):
    assert "notice" in pages.get(f"/map/{tool}?layers=").raise_for_status().text
    assert pages.get(f"/map/{tool}?layers=gone").is_success


def test_a_form_about_a_layer_that_is_not_there_is_not_found(pages):
    assert pages.get("/map/styling?of=gone").status_code == 404
    assert pages.get("/map/points/gone.json").status_code == 404


def test_without_scripts_the_forms_lead_back_to_the_map(pages):
    def query(path):
        answer = pages.get(path)
        assert answer.status_code == 303
        return parse_qs(urlsplit(answer.headers["location"]).query)

    styled = query("/map/styling/done?layers=parkovi&of=parkovi&kind=categories&kinds=otvoren")
    assert styled["style.parkovi"] == ["categories:otvoren"]
    asked = "in.otvoren=true&low.lat=43.4&high.lat=&has.naziv=%3B%2C%25"
    filtered = query(f"/map/filters/done?layers=parkovi&of=parkovi&time=2024&{asked}")
    assert filtered["where.parkovi"] == ["naziv:has:%3B%2C%25;otvoren:in:true;lat:range:43.4.."]
    assert query("/map/filters/done?layers=parkovi&of=parkovi").get("where.parkovi") is None
    assert query("/map/time/done?begin=2024-01-01&end=")["time"] == ["2024-01-01/.."]
    assert query("/map/time/done?begin=yesterday").get("time") is None


def test_the_filter_counts_and_is_said_for_the_api(pages):
    page = pages.get("/en/map/filters?layers=parkovi&where.parkovi=otvoren:in:true").text
    assert "1 of 3 match." in page
    assert "otvoren IN (TRUE)" in page
    answer = pages.get("/ogc/collections/parkovi/items?f=json&filter=otvoren IN (TRUE)").json()
    assert answer["numberMatched"] == 1


def test_points_are_sent_with_their_ids_and_chosen_as_the_address_says(pages):
    found = pages.get("/map/points/parkovi.json?where.parkovi=otvoren:in:true").json()["features"]
    assert found == [
        {
            "type": "Feature",
            "properties": {"id": "a/1"},
            "geometry": {"type": "Point", "coordinates": [22.12, 43.41]},
        }
    ]


def test_a_serving_process_does_not_load_mapclassify(project):
    program = (
        "import sys, geoportal.app; print('mapclassify' in sys.modules, 'sklearn' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["False", "False"]


def test_a_state_with_styles_keeps_them_in_its_address(view):
    asked = QueryParams(
        "layers=parkovi&style.parkovi=categories:otvoren&where.parkovi=lat:range:1.."
    )
    again = QueryParams(State.of(asked, view).query())
    assert again["style.parkovi"] == "categories:otvoren"
    assert again["where.parkovi"] == "lat:range:1.."


def test_the_own_colours_of_layers_are_offered(pages):
    page = pages.get("/map/styling?layers=parkovi").text
    assert sum(f'value="{colour[1:]}"' in page for colour in COLOURS) >= len(COLOURS) - 1
