"""A SensorThings service: its things as a layer, the last measurements as a table."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import HarvestError
from harvesters import sensorthings
from harvesters.sensorthings import COLUMNS, SensorThings, observation
from tests.upstream import Reply

ROOT = {"value": [{"name": n, "url": f"/v1.1/{n}"} for n in ("Things", "Datastreams", "Sensors")]}


def thing(number, place=(20.46, 44.81), **more):
    location = {"type": "Point", "coordinates": list(place)}
    locations = [{"name": f"Тачка {number}", "location": location}]
    return {
        "@iot.id": number,
        "name": f"Станица {number}",
        "description": "Ваздух",
        "Locations": locations,
    } | more


def stream(number, result=12.5, **more):
    return {
        "@iot.id": number,
        "name": f"PM10 {number}",
        "unitOfMeasurement": {"name": "микрограм", "symbol": "µg/m³"},
        "Thing": thing(1),
        "ObservedProperty": {"name": "PM10"},
        "Observations": [{"phenomenonTime": "2026-03-03T00:00:00Z", "result": result}],
    } | more


@pytest.fixture
def service(upstream):
    """A service whose collections are lists, three entities a page."""
    lists = {"Things": [thing(n) for n in range(1, 8)], "Datastreams": [stream(1), stream(2)]}

    def page(asked):
        start = int(asked.query.get("$skip", 0))
        found = lists[asked.path.rpartition("/")[2]]
        answer = {"value": found[start : start + 3]}
        if start + 3 < len(found):
            answer["@iot.nextLink"] = f"{upstream.url}{asked.path}?$skip={start + 3}&$top=3"
        return answer

    upstream.answers |= {"/v1.1": ROOT, "/v1.1/Things": page, "/v1.1/Datastreams": page}
    return lists


@pytest.fixture
def sensors(upstream):
    def made(**keys):
        url = f"{upstream.url}/v1.1"
        given = {"name": "vazduh", "kind": "sensorthings", "organization": "bor", "url": url}
        return SensorThings(**given | keys)

    return made


@pytest.fixture
def fetched(sensors, http, tmp_path):
    """Fetch the layer of things alone."""

    def fetch():
        [page] = sensors().harvest(http)
        [record] = page.records
        return sensors().fetch(record, record.distributions[0], None, http, tmp_path)

    return fetch


@pytest.fixture
def collected(sensors, upstream, http, tmp_path):
    def collect(**keys):
        source = sensors(**keys)
        [page] = source.harvest(http)
        into = tmp_path / f"into-{len(upstream.asked)}"
        into.mkdir()
        return source.collect(page.records[0], {}, http, into)

    return collect


def features(collected):
    return json.loads(collected.dataset.resources[0].path.read_text())["features"]


def rows(collected):
    with collected.dataset.resources[1].path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_service_is_a_layer_a_table_and_a_link(service, collected, upstream):
    dataset = collected(title="Ваздух").dataset
    assert [(r.name, r.format) for r in dataset.resources] == [
        ("things", "geojson"),
        ("latest", "csv"),
    ]
    [link] = dataset.links
    assert (link.url, link.type) == (f"{upstream.url}/v1.1", "api")
    assert (dataset.name, str(dataset.title)) == ("vazduh", "Ваздух")


def test_things_of_all_pages_are_features_where_they_are(service, collected):
    found = features(collected())
    assert [f["properties"]["thing_id"] for f in found] == list("1234567")
    assert found[0]["geometry"] == {"type": "Point", "coordinates": [20.46, 44.81]}
    assert found[0]["properties"] == {
        "thing_id": "1",
        "thing": "Станица 1",
        "description": "Ваздух",
        "location": "Тачка 1",
    }


def test_each_datastream_is_a_row_with_its_last_observation(service, collected, upstream):
    first, _ = rows(collected())
    assert list(first) == list(COLUMNS)
    assert first == {
        "thing_id": "1",
        "thing": "Станица 1",
        "datastream_id": "1",
        "datastream": "PM10 1",
        "observed_property": "PM10",
        "unit": "µg/m³",
        "phenomenon_time": "2026-03-03T00:00:00Z",
        "result": "12.5",
        "lon": "20.46",
        "lat": "44.81",
    }
    asked = next(a for a in upstream.asked if a.path.endswith("Datastreams"))
    assert "Observations($orderby=phenomenonTime desc;$top=1)" in asked.query["$expand"]


def test_the_order_of_answers_does_not_change_the_files(service, collected):
    first = collected()
    for entities in service.values():
        entities.reverse()
    assert [f.sha256 for f in collected().files] == [f.sha256 for f in first.files]


@pytest.mark.parametrize(
    ("result", "written"),
    [(True, "true"), (3, "3"), ("добар", "добар"), (None, ""), ({"a": [1]}, '{"a":[1]}')],
)
def test_results_of_any_kind_are_cells(service, collected, result, written):
    service["Datastreams"][:] = [stream(1, result)]
    assert rows(collected())[0]["result"] == written


def test_a_datastream_without_observation_or_place_is_a_row_all_the_same(service, collected):
    service["Datastreams"][:] = [{"@iot.id": "b"}, stream(9, Observations=[], Thing=thing(1, ()))]
    numbered, named = rows(collected())
    assert (numbered["datastream_id"], numbered["result"], numbered["lon"]) == ("9", "", "")
    assert named == dict.fromkeys(COLUMNS, "") | {"datastream_id": "b"}


def test_a_location_in_a_feature_is_unwrapped_and_other_encodings_are_passed_over(
    service, collected
):
    point = {"type": "Point", "coordinates": [21, 44]}
    wrapped = [{"location": "POINT(1 2)"}, {"location": {"type": "Feature", "geometry": point}}]
    service["Things"][:] = [thing(1, Locations=wrapped), thing(2, Locations=[])]
    first, second = features(collected())
    assert (first["geometry"], second["geometry"]) == (point, None)


def test_a_next_link_with_the_name_behind_the_proxy_is_asked_at_our_address(
    service, collected, upstream
):
    host = upstream.url.removeprefix("http://").partition(":")[0]
    next_page = {"value": [thing(2)]}
    link = f"https://{host}/v1.1/Things?$skip=1"
    first = {"value": [thing(1)], "@iot.nextLink": link}
    upstream.answers["/v1.1/Things"] = lambda a: next_page if "$skip" in a.query else first
    assert len(features(collected())) == 2


def test_a_next_link_to_another_host_is_not_followed(service, fetched, upstream):
    link = "http://169.254.169.254/v1.1/Things?$skip=1"
    upstream.answers["/v1.1/Things"] = {"value": [thing(1)], "@iot.nextLink": link}
    with pytest.raises(HarvestError, match="on another host") as caught:
        fetched()
    assert caught.value.fault == "wrong-answer"


@pytest.mark.parametrize("link", ["/v1.1/Things?$top=500&$expand=Locations", "?$skip={}"])
def test_pages_that_go_in_circles_are_told(service, fetched, upstream, link):
    def page(asked):
        number = int(asked.query.get("$skip", 0)) + 1
        return {"value": [thing(1)], "@iot.nextLink": link.format(number)}

    upstream.answers["/v1.1/Things"] = page
    with pytest.raises(HarvestError, match="circles") as caught:
        fetched()
    assert caught.value.fault == "paging-loop"


def test_a_service_without_end_is_told(service, fetched, upstream, monkeypatch):
    monkeypatch.setattr(sensorthings, "MAX_ENTITIES", 5)
    with pytest.raises(HarvestError, match="more than 5") as caught:
        fetched()
    assert caught.value.fault == "too-many"


def test_empty_pages_without_end_are_told(service, fetched, upstream, monkeypatch):
    monkeypatch.setattr(sensorthings, "MAX_PAGES", 5)

    def page(asked):
        number = int(asked.query.get("$skip", 0)) + 1
        return {"value": [], "@iot.nextLink": f"?$skip={number}"}

    upstream.answers["/v1.1/Things"] = page
    with pytest.raises(HarvestError, match="more than 5 pages"):
        fetched()


@pytest.mark.parametrize("root", [{}, [], {"value": [{"name": "Sensors"}]}, {"value": 5}])
def test_what_is_no_service_is_told(collected, upstream, root):
    upstream.answers["/v1.1"] = root
    with pytest.raises(HarvestError, match="not the root of a SensorThings service") as caught:
        collected()
    assert caught.value.fault == "wrong-answer"


def test_an_error_within_a_page_is_told(service, fetched, upstream):
    upstream.answers["/v1.1/Things"] = {"code": 400, "message": "bad $expand"}
    with pytest.raises(HarvestError, match="not a page of SensorThings"):
        fetched()


def test_a_collection_that_is_not_there_is_a_link_and_a_warning(service, collected, upstream):
    upstream.answers["/v1.1/Datastreams"] = Reply(b"gone", 404)
    dataset = collected().dataset
    assert [r.name for r in dataset.resources] == ["things"]
    assert [f.check for f in dataset.findings] == ["resource-unreachable"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@iot.id", "name", "Thing", "Locations", "location", "type", "result"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["Thing", "Locations", "Observations", "@iot.id"]), JSON))
def test_anything_is_a_row_and_a_feature(entity):
    assert len(observation(entity)) == len(COLUMNS)
    geometry, properties = sensorthings._feature(entity)
    assert set(properties) == {"thing_id", "thing", "description", "location"}
    assert geometry is None or geometry["type"] in sensorthings._SHAPES
    sorted([sensorthings.identity(entity), (0, 1, "")])


def test_the_recorded_thing_is_understood(shared):
    folder = shared / "data/upstream/sensors/sensorthings"
    said = json.loads((folder / "entitiesDefault.json").read_text())
    row = observation(said["Datastreams"][0] | {"Thing": said})
    assert row[1:] == (
        "thing name 1",
        None,
        "datastream name 1",
        "Luminous Flux",
        "lm",
        "2015-03-03T00:00:00Z",
        3,
        -117.05,
        51.05,
    )
