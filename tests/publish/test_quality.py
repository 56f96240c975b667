"""Points, stars and freshness of datasets."""

from datetime import date

import pytest

from publish.quality import assess, freshness, stars
from publish.quality.measures import MEASURES

TODAY = date(2026, 11, 22)
FILE = {
    "url": "/data/vrtici/files/vrtici.csv",
    "url_type": "emap",
    "resource_type": "file",
    "format": "CSV",
    "mimetype": "text/csv",
    "size": 120,
    "last_modified": "2026-11-01T10:00:00",
}
FEATURES = {"url": "/ogc/collections/vrtici", "url_type": "emap", "resource_type": "api"}
ELSEWHERE = {"url": "https://example.rs/a.pdf", "format": "PDF", "resource_type": "file"}


def package(*resources, **fields):
    return {
        "id": "1",
        "name": "vrtici",
        "title": "Вртићи",
        "license_id": "",
        "tags": [],
        "extras": [],
        "organization": {"name": "nis"},
        "metadata_created": "2026-01-01T00:00:00",
        "metadata_modified": "2026-11-01T00:00:00",
        "resources": list(resources),
    } | fields


def extras(**values):
    return [{"key": key, "value": value} for key, value in values.items()]


COMPLETE = package(
    FILE,
    FEATURES,
    license_id="cc-by",
    tags=[{"name": "вртићи"}],
    maintainer_email="podaci@nis.rs",
    extras=extras(
        theme="EDUC",
        spatial='{"type": "Point", "coordinates": [21.9, 43.3]}',
        temporal_start="2026",
        rights="Слободно за свакога.",
        frequency="monthly",
        spatial_uri="http://publications.europa.eu/resource/authority/country/SRB",
    ),
)


def test_the_measures_are_the_405_points_of_mqa():
    parts = {part: sum(worth for worth, _ in each.values()) for part, each in MEASURES.items()}
    assert parts == {
        "findability": 100,
        "accessibility": 100,
        "interoperability": 110,
        "reusability": 75,
        "contextuality": 20,
    }


def test_a_dataset_that_says_all_has_all_points_and_no_advice():
    found = assess(COMPLETE, today=TODAY)
    assert (found.points, found.of, found.rating, found.stars) == (405, 405, "excellent", 5)
    assert found.advice == ()


def test_a_licence_raises_exactly_its_points():
    without = assess(COMPLETE | {"license_id": "notspecified"}, today=TODAY)
    assert 405 - without.points == 30
    assert [(each.name, each.points) for each in without.advice] == [
        ("licence", 20),
        ("known_licence", 10),
    ]


def test_points_and_advice_make_the_whole():
    for each in (COMPLETE, package(), package(ELSEWHERE), package(FILE, license_id="own")):
        found = assess(each, today=TODAY)
        assert found.points + sum(advice.points for advice in found.advice) == found.of
        assert found.points == sum(m.points for part in found.parts for m in part.measures)


def test_advice_begins_with_what_would_raise_it_most():
    points = [each.points for each in assess(package(), today=TODAY).advice]
    assert points == sorted(points, reverse=True)
    assert points[0] == 50


def test_a_foreign_address_brings_no_points_for_an_answer():
    found = assess(package(ELSEWHERE), today=TODAY)
    lost = {each.name for each in found.advice}
    assert {"address_answers", "download_answers", "machine_readable"} <= lost
    assert not {"download", "open_format"} & lost


def test_the_publishers_address_is_a_contact():
    nis = {"name": "nis", "extras": extras(email="grad@nis.rs")}
    with_address = assess(package(), organization=nis, today=TODAY)
    assert with_address.points - assess(package(), today=TODAY).points == 20


@pytest.mark.parametrize(
    ("fields", "resources", "found"),
    [
        ({}, (FILE,), 0),
        ({"license_id": "other-closed"}, (FILE,), 0),
        ({"license_id": "cc-by"}, (ELSEWHERE,), 1),
        ({"license_id": "cc-by"}, ({"format": "XLSX", "url": "/a"},), 2),
        ({"license_id": "cc-by"}, (FILE,), 3),
        ({"license_id": "cc-by"}, (FILE, FEATURES), 4),
    ],
)
def test_each_star_needs_those_before_it(fields, resources, found):
    assert stars(package(*resources, **fields)) == found


@pytest.mark.parametrize(
    ("said", "changed", "state"),
    [
        ("monthly", "2026-11-01", "fresh"),
        ("monthly", "2026-10-15", "due"),
        ("месечно", "2026-01-01", "late"),
        ("R/P1D", "2026-11-21T23:00:00", "fresh"),
        ("IRREG", "2020-01-01", "open"),
        ("unknown", "2020-01-01", "unknown"),
        (None, "2020-01-01", "unknown"),
        ("daily", "no day", "fresh"),
        ("daily", "2027-01-01", "fresh"),
    ],
)
def test_freshness_holds_the_last_change_against_the_promise(said, changed, state):
    assert freshness(said, changed, TODAY).state == state


def test_what_is_late_says_since_when():
    assert freshness("annual", "2024-11-22", TODAY).late_days == 364
