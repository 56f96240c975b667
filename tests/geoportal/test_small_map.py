"""A small map is one HTML file: all inside, every value as text."""

import json
import re

import pytest

from geoportal.palette import Symbol
from geoportal.small_map import small_map

PAYLOAD = "</script><img src=x onerror=alert(1)><a href='https://evil.example'>"
COLUMNS = {"naziv": f"Назив {PAYLOAD}", "broj": "Број"}


def feature(geometry, naziv="Парк", broj=1):
    properties = {"naziv": naziv, "broj": broj, "private": "unseen"}
    return {"type": "Feature", "id": "a/1", "geometry": geometry, "properties": properties}


POINT = {"type": "Point", "coordinates": [22.12, 43.41]}
AREA = {"type": "Polygon", "coordinates": [[[20, 44], [21, 44], [21, 45], [20, 44]]]}
LINE = {"type": "LineString", "coordinates": [[20, 44], [21, 45]]}


def made(features, columns=COLUMNS, **words):
    said = {"language": "sr-Cyrl", "title": "Паркови", "credit": "Сврљиг"} | words
    return small_map(features, columns, symbol=Symbol("#0072b2", "circle"), **said)


def markup(page):
    """The page without the insides of its scripts and styles."""
    return re.sub(r"(<(script|style)[^>]*>).*?</\2>", r"\1", page, flags=re.DOTALL)


def drawn(page):
    """The GeoJSON that the page hands to Leaflet."""
    (text,) = re.findall(r"_add\((\{.*\})\);", page)
    return json.loads(text)["features"]


def test_it_needs_nothing_from_elsewhere():
    page = made([feature(POINT)])
    assert not re.findall(r"""(?:src|href)\s*=""", markup(page))
    assert "@import" not in page
    assert len(page) < 200_000


def test_it_has_a_language_a_title_a_landmark_and_can_be_zoomed():
    page = made([feature(POINT)], language="sr-Latn", title="Parkovi")
    assert '<html lang="sr-Latn">' in page
    assert "<title>Parkovi</title>" in page
    assert page.count("<main>") == page.count("</main>") == 1
    assert "user-scalable" not in page and "maximum-scale" not in page


def test_every_word_of_a_publisher_is_text():
    page = made([feature(POINT, naziv=PAYLOAD)], title=PAYLOAD, credit=PAYLOAD)
    assert "<img src=x" not in page
    (only,) = drawn(page)
    assert only["properties"]["naziv"].startswith("&lt;/script&gt;&lt;img")
    assert "unseen" not in page


@pytest.mark.parametrize("geometry", [POINT, AREA, LINE])
def test_points_lines_and_areas_are_drawn(geometry):
    assert [each["geometry"] for each in drawn(made([feature(geometry)]))] == [geometry]


def test_a_feature_without_a_place_is_left_out():
    assert len(drawn(made([feature(None), feature(POINT)]))) == 1


@pytest.mark.parametrize("features", [[], [feature(None)]])
def test_nothing_to_draw_gives_an_empty_map(features):
    assert "L.map(" in made(features)


def test_a_layer_without_columns_is_drawn_without_words():
    page = made([feature(POINT)], columns={})
    assert "foliumpopup" not in page


def test_an_address_in_the_data_is_no_reference():
    assert drawn(made([feature(POINT, naziv="види href=https://example.rs")]))
