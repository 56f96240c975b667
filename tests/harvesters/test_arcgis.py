"""ArcGIS: services, layers and tables, of servers old and new, and what they do not say."""

import csv
import json
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import HarvestError
from harvesters.arcgis import ArcGIS
from harvesters.features import esri
from tests.upstream import Reply

SERVICE = "/arcgis/rest/services/Sabac/FeatureServer"
FIELDS = [
    {"name": "OBJECTID", "type": "esriFieldTypeOID", "alias": "OBJECTID"},
    {"name": "NAZIV", "type": "esriFieldTypeString", "alias": "Назив"},
    {"name": "SADJENO", "type": "esriFieldTypeDate", "alias": "Сађено"},
    {
        "name": "STANJE",
        "type": "esriFieldTypeSmallInteger",
        "alias": "Стање",
        "domain": {
            "type": "codedValue",
            "codedValues": [{"name": "добро", "code": 1}, {"name": "суво", "code": 2}],
        },
    },
    {"name": "Shape", "type": "esriFieldTypeGeometry", "alias": "Shape"},
]
LAYER = {
    "id": 0,
    "name": "Дрвеће",
    "type": "Feature Layer",
    "geometryType": "esriGeometryPoint",
    "description": "Стабла у граду",
    "objectIdField": "OBJECTID",
    "fields": FIELDS,
    "maxRecordCount": 10,
    "capabilities": "Query",
    "advancedQueryCapabilities": {"supportsPagination": True},
    "editingInfo": {"lastEditDate": 1600000000000},
}
OLD = {k: v for k, v in LAYER.items() if k not in ("advancedQueryCapabilities", "maxRecordCount")}


def row(i):
    return {
        "attributes": {"OBJECTID": i, "NAZIV": f"липа {i}", "SADJENO": 1600000000000, "STANJE": 1},
        "geometry": {"x": 20 + i / 1000, "y": 44.01},
    }


class Server:
    """A layer of `ids` on an ArcGIS server; `cut` is its own limit, told or not."""

    def __init__(self, upstream, layer=LAYER, ids=range(1, 26), cut=10, **said):
        self.ids, self.cut, self.said = list(ids), cut, said
        self.asked = []
        upstream.answers[SERVICE] = {"layers": [{"id": 0, "name": "Дрвеће"}], "tables": []}
        upstream.answers[f"{SERVICE}/0"] = layer
        upstream.answers[f"{SERVICE}/0/query"] = self.answer

    def answer(self, asked):
        query = dict(asked.query) | dict(parse_qsl(asked.body.decode()))
        self.asked.append((asked.method, query))
        if "returnCountOnly" in query:
            return {"count": len(self.ids)}
        if "returnIdsOnly" in query:
            return {"objectIdFieldName": "OBJECTID", "objectIds": [float(i) for i in self.ids]}
        return self.rows(query)

    def rows(self, query):
        wanted = query.get("objectIds")
        ids = [i for i in self.ids if str(i) in wanted.split(",")] if wanted else self.ids
        start = int(query.get("resultOffset", 0))
        most = min(self.cut, int(query.get("resultRecordCount", self.cut)))
        page = ids[start : start + most]
        return {
            "spatialReference": {"wkid": 4326},
            "features": [row(i) for i in page],
            "exceededTransferLimit": start + most < len(ids),
            **self.said,
        }


def source(upstream, path=SERVICE, **keys):
    return ArcGIS(name="grad", kind="arcgis", url=upstream.url + path, organization="grad", **keys)


def described(source, http):
    return [record for page in source.harvest(http) for record in page.records]


def got(source, http, into):
    record = described(source, http)[0]
    return source.fetch(record, record.distributions[0], None, http, into)


def document(fetched):
    return json.loads(fetched.path.read_bytes())


def numbers(fetched):
    return [each["properties"]["OBJECTID"] for each in document(fetched)["features"]]


def fault(call, *arguments):
    with pytest.raises(HarvestError) as caught:
        call(*arguments)
    return caught.value.fault


def test_a_layer_is_a_dataset_with_its_fields_as_people_know_them(upstream, http):
    Server(upstream)
    [record] = described(source(upstream), http)
    assert (record.remote_id, record.title.own, record.name) == ("0", "Дрвеће", "drvece")
    assert (record.notes.own, record.modified) == ("Стабла у граду", "1600000000000")
    [layer] = record.distributions
    assert (layer.key, layer.format) == ("0", "geojson")
    assert layer.schema == {
        "fields": [
            {"name": "OBJECTID", "title": "OBJECTID", "type": "integer"},
            {"name": "NAZIV", "title": "Назив", "type": "string"},
            {"name": "SADJENO", "title": "Сађено", "type": "datetime"},
            {"name": "STANJE", "title": "Стање", "type": "string"},
        ]
    }


def test_a_layers_own_address_gives_the_same_dataset(upstream, http):
    Server(upstream)
    assert described(source(upstream, f"{SERVICE}/0"), http) == described(source(upstream), http)


def test_rows_are_counted_and_paged_in_the_order_of_their_ids(upstream, http, tmp_path):
    server = Server(upstream)
    fetched = got(source(upstream), http, tmp_path)
    assert numbers(fetched) == list(range(1, 26))
    assert "returnCountOnly" in server.asked[0][1]
    pages = [query for _, query in server.asked[1:]]
    assert [query["resultOffset"] for query in pages] == ["0", "10", "20"]
    assert {(q["orderByFields"], q["outSR"], q["outFields"]) for q in pages} == {
        ("OBJECTID", "4326", "*")
    }


def test_a_row_becomes_a_feature_with_words_for_codes_and_moments_for_numbers(
    upstream, http, tmp_path
):
    Server(upstream, ids=[7])
    [feature] = document(got(source(upstream), http, tmp_path))["features"]
    assert feature == {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [20.007, 44.01]},
        "properties": {
            "OBJECTID": 7,
            "NAZIV": "липа 7",
            "SADJENO": "2020-09-13T12:26:40Z",
            "STANJE": "добро",
        },
    }


@pytest.mark.parametrize("cut", [3, 10])
def test_a_limit_lower_than_the_one_that_is_told_loses_nothing(upstream, http, tmp_path, cut):
    Server(upstream, cut=cut)
    assert numbers(got(source(upstream), http, tmp_path)) == list(range(1, 26))


@pytest.mark.parametrize("cut", [500, 1000])
def test_an_old_server_that_cuts_without_a_word_is_asked_by_ids(upstream, http, tmp_path, cut):
    server = Server(upstream, OLD, ids=range(1, 1600), cut=cut, exceededTransferLimit=None)
    assert numbers(got(source(upstream), http, tmp_path)) == list(range(1, 1600))
    assert {method for method, query in server.asked if "objectIds" in query} == {"POST"}


def test_ids_written_as_floating_numbers_are_ids(upstream, http, tmp_path):
    server = Server(upstream, OLD, ids=[64579816, 64579820])
    assert numbers(got(source(upstream), http, tmp_path)) == [64579816, 64579820]
    assert server.asked[-1][1]["objectIds"] == "64579816,64579820"


def test_a_server_without_counts_and_ids_is_believed_only_below_its_cuts(upstream, http, tmp_path):
    few = {"features": [row(i) for i in range(1, 400)]}
    cut = {"features": [row(i) for i in range(1, 501)]}
    Server(upstream, OLD)
    upstream.answers[f"{SERVICE}/0/query"] = lambda asked: few
    assert len(numbers(got(source(upstream), http, tmp_path))) == 399
    upstream.answers[f"{SERVICE}/0/query"] = lambda asked: cut
    assert fault(got, source(upstream), http, tmp_path) == "paging-counts"


def test_questions_answered_with_an_error_are_gone_around(upstream, http, tmp_path):
    server = Server(upstream, OLD, ids=[1, 2])

    def answer(asked):
        if "returnCountOnly" in asked.query or "returnIdsOnly" in asked.query:
            return {"error": {"code": 400, "message": "Invalid or missing input parameters."}}
        return server.rows(asked.query)

    upstream.answers[f"{SERVICE}/0/query"] = answer
    assert numbers(got(source(upstream), http, tmp_path)) == [1, 2]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (400, "upstream-error"),
        (500, "upstream-error"),
        (498, "key-wanted"),
        (499, "key-wanted"),
        (403, "forbidden"),
        (404, "gone"),
        (None, "upstream-error"),
    ],
)
def test_an_error_inside_a_200_is_an_error(upstream, http, tmp_path, code, said):
    Server(upstream)
    error = {"error": {"code": code, "message": "Token Required", "details": []}}
    upstream.answers[f"{SERVICE}/0"] = error
    with pytest.raises(HarvestError) as caught:
        described(source(upstream), http)
    assert caught.value.fault == said and caught.value.values["said"] == "Token Required"
    Server(upstream)
    server = Server(upstream)
    upstream.answers[f"{SERVICE}/0/query"] = lambda asked: (
        server.answer(asked) if asked.query.get("resultOffset") != "10" else error
    )
    assert fault(got, source(upstream), http, tmp_path) == said
    assert list(tmp_path.iterdir()) == []


def test_half_of_the_rows_is_told_with_both_numbers(upstream, http, tmp_path):
    server = Server(upstream)
    upstream.answers[f"{SERVICE}/0/query"] = lambda asked: (
        {"count": 50} if "returnCountOnly" in asked.query else server.answer(asked)
    )
    with pytest.raises(HarvestError) as caught:
        got(source(upstream), http, tmp_path)
    assert caught.value.fault == "paging-counts"
    assert (caught.value.values["total"], caught.value.values["found"]) == ("50", "25")


def test_a_server_that_ignores_the_offset_is_a_loop(upstream, http, tmp_path):
    server = Server(upstream)
    upstream.answers[f"{SERVICE}/0/query"] = lambda asked: (
        server.answer(asked)
        if "returnCountOnly" in asked.query
        else server.rows({"resultRecordCount": "10"})
    )
    assert fault(got, source(upstream), http, tmp_path) == "paging-loop"


def test_an_empty_layer_is_an_empty_file(upstream, http, tmp_path):
    Server(upstream, ids=[])
    assert document(got(source(upstream), http, tmp_path))["features"] == []


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ({"wkid": 102100, "latestWkid": 3857}, "EPSG:3857"),
        ({"wkid": 102697}, "ESRI:102697"),
        ({"wkt": 'PROJCS["MGI_1901_Balkans_7"]'}, 'PROJCS["MGI_1901_Balkans_7"]'),
    ],
)
def test_a_server_that_ignores_the_wanted_system_has_its_own_written_down(
    upstream, http, tmp_path, reference, name
):
    Server(upstream, spatialReference=reference)
    said = document(got(source(upstream), http, tmp_path))["crs"]
    assert said == {"type": "name", "properties": {"name": name}}


def test_the_old_system_of_serbia_is_asked_for_as_it_is(upstream, http, tmp_path):
    old = {**LAYER, "extent": {"spatialReference": {"wkid": 6316}}}
    server = Server(upstream, old, spatialReference={"wkid": 6316})
    made = document(got(source(upstream), http, tmp_path))
    assert {query["outSR"] for _, query in server.asked[1:]} == {"6316"}
    assert made["crs"]["properties"]["name"] == "EPSG:6316"


def test_a_table_is_a_csv_file(upstream, http, tmp_path):
    table = {**LAYER, "type": "Table", "geometryType": None, "name": "Буџет"}
    Server(upstream, table, ids=[1, 2])
    [record] = described(source(upstream), http)
    assert record.distributions[0].format == "csv"
    fetched = got(source(upstream), http, tmp_path)
    assert fetched.content_type == "text/csv"
    with fetched.path.open(encoding="utf-8", newline="") as file:
        header, first, _ = csv.reader(file)
    assert header == ["OBJECTID", "NAZIV", "SADJENO", "STANJE"]
    assert first == ["1", "липа 1", "2020-09-13T12:26:40Z", "добро"]


def test_groups_rasters_and_layers_that_may_not_be_asked_are_passed_over(upstream, http):
    Server(upstream)
    upstream.answers[SERVICE] = {
        "layers": [
            {"id": 0},
            {"id": 1, "subLayerIds": [0, 2]},
            {"id": 2},
            {"id": 3},
            {"id": "?"},
            None,
        ],
        "tables": 7,
    }
    upstream.answers[f"{SERVICE}/2"] = {"type": "Raster Layer", "name": "Снимак"}
    upstream.answers[f"{SERVICE}/3"] = {**LAYER, "capabilities": "Map"}
    [page] = source(upstream).harvest(http)
    assert [r.remote_id for r in page.records] == ["0"] and page.skipped == 2
    assert source(upstream).is_there("3", http) and not source(upstream).is_there("9", http)


def test_many_layers_come_in_pages_that_can_be_resumed(upstream, http):
    Server(upstream)
    upstream.answers[SERVICE] = {"layers": [{"id": i} for i in range(45)]}
    for i in range(45):
        upstream.answers[f"{SERVICE}/{i}"] = {**LAYER, "name": f"Слој {i}"}
    pages = list(source(upstream).harvest(http))
    assert [(len(page.records), page.next) for page in pages] == [(20, "20"), (20, "40"), (5, "")]
    assert list(source(upstream).harvest(http, at="20")) == pages[1:]
    assert len(described(source(upstream, layers=[3, 44]), http)) == 2


@pytest.mark.parametrize("path", ["/arcgis/rest/services", "/collections", SERVICE + "/x"])
def test_another_address_is_told(upstream, http, path):
    assert fault(described, source(upstream, path), http) == "wrong-answer"


def test_a_page_instead_of_a_service_is_told(upstream, http):
    upstream.answers[SERVICE] = Reply(b"<html>Sign in", type="text/html")
    assert fault(described, source(upstream), http) == "page-instead"


def test_a_key_is_sent_as_arcgis_wants_it(upstream, http, monkeypatch):
    monkeypatch.setenv("SABAC_KEY", "Bearer abc")
    keyed = source(upstream, token_env="SABAC_KEY")
    assert keyed.secrets == {"X-Esri-Authorization": "Bearer abc"}


# geometry

SHELL = [[0, 0], [0, 10], [10, 10], [10, 0], [0, 0]]  # clockwise
HOLE = [[2, 2], [4, 2], [4, 4], [2, 4], [2, 2]]  # counter-clockwise
ISLAND = [[20, 0], [20, 5], [25, 5], [25, 0], [20, 0]]


def rings(*said):
    return esri.geometry_of({"rings": list(said)})


@pytest.mark.parametrize("order", [(SHELL, HOLE, ISLAND), (HOLE, ISLAND, SHELL)])
def test_holes_find_their_shells_wherever_they_stand(order):
    made = rings(*order)
    assert made["type"] == "MultiPolygon"
    by_rings = sorted(made["coordinates"], key=len)
    assert by_rings == [[ISLAND[::-1]], [SHELL[::-1], HOLE[::-1]]]


def test_a_hole_in_no_shell_and_an_open_ring_become_shells():
    assert rings(HOLE) == {"type": "Polygon", "coordinates": [HOLE]}
    assert rings(SHELL[:-1]) == {"type": "Polygon", "coordinates": [SHELL[::-1]]}


def test_a_hole_belongs_to_the_smaller_of_two_shells_around_it():
    outer = [[-5, -5], [-5, 50], [50, 50], [50, -5], [-5, -5]]
    made = rings(outer, SHELL, HOLE)
    assert [len(polygon) for polygon in made["coordinates"]] == [1, 2]


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ({"points": [[1, 2, 9], [3, 4]]}, ("MultiPoint", [[1, 2], [3, 4]])),
        ({"paths": [[[1, 2], [3, 4]]]}, ("LineString", [[1, 2], [3, 4]])),
        (
            {"paths": [[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[0, 0]]]},
            ("MultiLineString", [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
        ),
    ],
)
def test_points_and_paths(said, made):
    assert esri.geometry_of(said) == {"type": made[0], "coordinates": made[1]}


@pytest.mark.parametrize(
    "said",
    [
        None,
        {},
        {"x": None, "y": 1},
        {"x": "NaN", "y": "NaN"},
        {"rings": []},
        {"rings": [[[1, 2]], None, 7]},
        {"paths": "?"},
        {"points": [[None, 1]]},
    ],
)
def test_what_is_no_geometry_is_none(said):
    assert esri.geometry_of(said) is None


def test_attributes_of_any_kind_are_cells():
    fields = esri.Fields({"fields": FIELDS})
    assert list(fields.values({"STANJE": 9, "NAZIV": 7, "X": 1}).values()) == [None, "7", None, "9"]
    assert esri.Fields({}).values({"a": [1], "b": float("nan"), "c": 2.0}) == {
        "a": None,
        "b": None,
        "c": 2,
    }


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["x", "y", "rings", "paths", "points", "fields", "name", "type", "domain",
                         "codedValues", "code", "attributes", "properties", "geometry", "wkid",
                         "error", "alias"]), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(anything)
def test_any_json_is_taken_for_what_it_may_be(said):
    """No exception but the one that carries what a server says of itself."""
    layer = said if isinstance(said, dict) else {}
    fields = esri.Fields(layer)
    fields.schema()
    esri.crs(said)
    json.dumps(esri.feature(layer, fields), allow_nan=False)


RECORDED = {  # layer: how many rows come, or what a clerk is told
    "pyesridump/us-ca-carson/us-ca-carson": "paging-loop",
    "pyesridump/us-ca-tuolumne/us-ca-tuolumne": "paging-counts",
    "pyesridump/us-esri-test/us-esri-test": "paging-counts",
    "pyesridump/us-fl-polk/us-fl-polk": "paging-counts",
    "pyesridump/us-il-chicago/": 0,
    "pyesridump/us-mo-columbia/us-mo-columbia": "paging-counts",
    "pyesridump/us-ms-madison/us-ms-madison": "paging-counts",
    "openaddresses/us-al-cullman": 5,
    "openaddresses/us-ks-brown": 25,
    "openaddresses/us-ny-orange": 9,
    "openaddresses/us-tx-runnels": "key-wanted",
}


def recorded(shared, place):
    """Give what is recorded of a layer by the end of its file's name."""
    folder = shared / "data/upstream/arcgis"
    found = {}
    within, _, name = place.rpartition("/")
    for path in (folder / within).glob(f"{name}*.json"):
        found[path.stem.removeprefix(name).lstrip("-")] = path.read_bytes()
    return found


@pytest.mark.parametrize("place", RECORDED)
def test_recorded_layers_are_read_or_told(shared, upstream, http, tmp_path, place):
    said = recorded(shared, place)
    upstream.answers[f"{SERVICE}/0"] = said["metadata"]
    rubbish = b'{"error": {"code": 400, "message": "Invalid query"}}'

    def answer(asked):
        if "returnCountOnly" in asked.query:
            return said.get("count-only", rubbish)
        if "returnIdsOnly" in asked.query:
            return said.get("ids-only", rubbish)
        return said["0"]

    upstream.answers[f"{SERVICE}/0/query"] = answer
    try:
        fetched = got(source(upstream, f"{SERVICE}/0"), http, tmp_path)
    except HarvestError as error:
        assert error.fault == RECORDED[place]
        return
    lines = fetched.path.read_text(encoding="utf-8").count("\n")
    assert lines - (1 if fetched.path.suffix == ".csv" else 2) == RECORDED[place]


@pytest.mark.parametrize("name", ["snow", "states", "trees", "cvd", "startups", "missing-geometry"])
def test_recorded_feature_sets_keep_every_row(shared, upstream, http, tmp_path, name):
    body = (shared / f"data/upstream/arcgis/koop/fixtures/{name}.json").read_bytes()
    Server(upstream, {**OLD, "fields": []})
    upstream.answers[f"{SERVICE}/0/query"] = lambda asked: body
    made = document(got(source(upstream), http, tmp_path))["features"]
    assert len(made) == len(json.loads(body)["features"])
    assert all(each["properties"] for each in made)


def test_a_recorded_page_that_is_cut_is_not_taken_for_the_whole(shared, upstream, http, tmp_path):
    body = (shared / "data/upstream/arcgis/koop/fixtures/esri.json").read_bytes()
    Server(upstream, OLD)
    upstream.answers[f"{SERVICE}/0/query"] = lambda asked: body
    assert fault(got, source(upstream), http, tmp_path) == "paging-counts"


@pytest.mark.parametrize(
    "name", ["get_collection_1.json", "list_layers_1.json", "map_query_layer_info_2.txt"]
)
def test_what_only_looks_like_arcgis_is_told(shared, upstream, http, name):
    upstream.answers[SERVICE] = (shared / "data/upstream/arcgis/swisstopo" / name).read_bytes()
    assert fault(described, source(upstream), http) in ("wrong-answer", "not-json", "page-instead")
