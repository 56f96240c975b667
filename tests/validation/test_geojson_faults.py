"""GeoJSON as JSON: what parsers take without a word, told with its place in the file."""

import json

import pytest

from datasets.model import Step

RING = [[20, 44], [21, 44], [21, 45], [20, 45]]
CLOSED = [*RING, RING[0]]


def feature(geometry, **more):
    return {"type": "Feature", "properties": {"a": "x"}, "geometry": geometry, **more}


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


@pytest.fixture
def read(tmp_path, read_one, here):
    def read_it(document, **declared):
        path = tmp_path / "sloj.geojson"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return read_one(path, box=here, **declared)

    return read_it


def collection(*features, **more):
    return {"type": "FeatureCollection", **more, "features": list(features)}


def test_open_rings_are_told_with_their_place_and_an_offer_to_close_them(read):
    open_ = feature({"type": "MultiPolygon", "coordinates": [[CLOSED, RING]]})
    reading = read(collection(feature(polygon(CLOSED)), open_, feature(polygon(RING))))
    assert [(f.check, f.row, f.values["json_path"]) for f in reading.findings] == [
        ("ring-open", 2, "features[1].geometry.coordinates[0][1]"),
        ("ring-open", 3, "features[2].geometry.coordinates[0]"),
    ]
    [offer] = reading.findings[0].offers
    assert (offer.step, offer.count, offer.exact) == (Step("close-rings"), 2, True)
    assert offer.samples[0].after == "[20, 44] … [20, 45], [20, 44]"
    assert reading.findings[1].offers == ()


def test_rings_are_closed_where_a_person_wants_it_and_that_is_told(read):
    document = collection(feature(polygon(CLOSED)), feature(polygon(RING, RING)))
    reading = read(document, recipe=(Step("close-rings"),))
    assert reading.rows == 2
    assert [(f.check, f.values["count"]) for f in reading.findings] == [("rings-closed", "1")]


def test_a_ring_in_a_collection_is_closed_too(read):
    inner = {"type": "GeometryCollection", "geometries": [polygon(RING)]}
    reading = read(collection(feature(inner)))
    assert reading.findings[0].values["json_path"] == (
        "features[0].geometry.geometries[0].coordinates[0]"
    )
    assert reading.findings[0].offers[0].samples[0].before == "[20, 44] … [20, 45]"
    assert read(collection(feature(inner)), recipe=(Step("close-rings"),)).ok


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (
            collection(feature({"type": "Point", "coordinates": ["20", 44]})),
            "features[0].geometry.coordinates",
        ),
        (
            collection(feature(polygon([*CLOSED[:2], [20, None], RING[0]]))),
            "features[0].geometry.coordinates[0][2]",
        ),
        (collection(feature({"type": "Tacka"})), "features[0].geometry.type"),
        (feature({"type": "LineString", "coordinates": [[20, 44]]}), "geometry.coordinates"),
        (polygon([[20, 44], [20, 44]]), "coordinates[0]"),
        (collection(feature(7)), "features[0].geometry"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_json_path(read, document, path):
    [finding] = read(document).findings
    assert (finding.check, finding.values["json_path"]) == ("geometry-unreadable", path)


def test_a_key_that_stands_twice_is_refused_with_its_place(read):
    text = json.dumps(collection(feature({"type": "Point", "coordinates": [20, 44]})))
    reading = read(text.replace('"a": "x"', '"a": "x", "b": {"c": 1, "c": 2}'))
    [finding] = reading.findings
    assert (finding.check, finding.severity) == ("json-key-twice", "error")
    assert (finding.values["key"], finding.values["json_path"]) == (
        "c",
        "features[0].properties.b.c",
    )


@pytest.mark.parametrize("value", ['":', '", "x": "', '\\":', "a\\", '{"a":1,"a":2}', ": "])
def test_keys_are_not_counted_in_texts(read, value):
    point = {"type": "Point", "coordinates": [20, 44]}
    assert read(collection(feature(point, id=value), feature(point))).findings == ()


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_told_with_its_place(read, word):
    text = json.dumps(collection(feature({"type": "Point", "coordinates": [20, 44]})))
    [finding] = read(text.replace("[20, 44]", f"[20, {word}]")).findings
    assert (finding.check, finding.values["value"]) == ("json-not-a-number", word)
    assert finding.values["json_path"] == "features[0].geometry.coordinates[1]"


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ([20, 44, 21, 45], None),
        ([20, 44, 0, 21, 45, 100], None),
        ([44, 20, 45, 21], "order"),
        ([20, 21, 44, 45], "order"),
        ([21, 45, 20, 44], "order"),
        ([0, 0, 1, 1], "other-place"),
        ([20, 44, 21], "not-numbers"),
        ("20,44,21,45", "not-numbers"),
        ([20, 44, 21, True], "not-numbers"),
    ],
)
def test_a_box_is_held_against_the_shapes(read, box, reason):
    shape = feature(polygon(CLOSED))
    for document in (collection(shape, bbox=box), collection({**shape, "bbox": box})):
        told = [(f.check, f.severity, f.values["box"]) for f in read(document).findings]
        assert told == ([("geojson-bbox", "warning", reason)] if reason else [])


def test_features_without_properties_are_told_once(read):
    point = {"type": "Point", "coordinates": [20, 44]}
    null = {"type": "Feature", "properties": None, "geometry": point}
    [finding] = read(collection(feature(point), null, null)).findings
    assert (finding.check, finding.row, finding.values["count"]) == ("geojson-properties", 2, "2")


def test_each_published_defect_of_geojson_is_told(shared, read_one, here, tmp_path):
    """Files of a public collection of broken GeoJSON: each gets a finding, none an exception."""
    folder = shared / "data/messy/geojson/geojson-invalid-geometry"
    broken = [*folder.glob("invalid_*/*.geojson")]
    silent = [p.name for p in broken if not read_one(p, box=here).findings]
    assert len(broken) > 20
    seen_by_the_judge = {"bowtie", "not_ccw", "not_cw", "hole", "overlap", "nodes", "spike"}
    assert [name for name in silent if not any(word in name for word in seen_by_the_judge)] == []
