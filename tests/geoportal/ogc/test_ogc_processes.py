"""Processes over the layers of a site: descriptions, executions, jobs, and their pages."""

import io
import re
import shutil
import threading
import zipfile
from dataclasses import replace
from email import message_from_bytes
from types import SimpleNamespace

import numpy as np
import orjson
import pyogrio.raw
import pytest
import shapely
from pyproj import Geod

from datasets.config import Config
from datasets.config import Processes as Bounded
from datasets.errors import PublishError
from datasets.stores.folder import Folder
from publish.database import open_database
from publish.executions import jobs
from publish.executions.run import Bench, do_job
from publish.executions.runner import Runner
from publish.formats import formats
from publish.layers.backends import open_layers
from publish.migrations import prepare
from publish.processes import Bounds
from publish.processes._widened import WHOLE_LAYERS

SQUARES = {  # a row of three, side by side
    "oznaka": ("string", ["a", "b", "c"]),
    "sifra": ("integer", [70017, 70025, 70033]),
    "naziv": ("string", ["Аранђеловац", "Bačka Palanka", "Шид"]),
}
EXCEPTION = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"


@pytest.fixture(scope="session")
def kvadrati(build):
    shapes = [shapely.box(19 + i, 44, 20 + i, 45) for i in range(3)]
    return build("kvadrati", shapes, SQUARES, kind="Polygon", key=["oznaka"])


@pytest.fixture(scope="session")
def tacke(build):
    """Two points in the first square, one on the border of two, one outside, one nowhere."""
    places = [(19.2, 44.5), (19.4, 44.5), (20.0, 44.5), (30.0, 44.5)]
    shapes = [*shapely.points(np.array(places)), None]
    columns = {"kolicina": ("integer", [1, 2, None, 8, 16]), "opis": ("string", list("vwxyz"))}
    return build("tacke", shapes, columns)


@pytest.fixture
def runner(site, registry, kvadrati, tacke, tmp_path):
    """The runner of the site over a state folder that has the layers; it begins no processes."""
    for shown in (kvadrati, tacke):
        registry.show(shown)
    store = Folder(tmp_path)
    for name, shown in registry.now.collections.items():
        place = store.layer(name, shown.layer.sha)
        place.parent.mkdir(parents=True)
        shutil.copytree(shown.features.folder, place)
    config = Config(layers=site.state.portal.config.layers)
    engine = open_database("", tmp_path)
    prepare(engine)
    made = Runner(Bench(engine, store, open_layers(config), config), tmp_path)
    made.begins = made.wake
    made.wake = lambda: None
    site.state.portal.runner = made
    yield made
    made.close()
    engine.dispose()


@pytest.fixture
def run(client, runner):
    """Ask for an execution; gives the answer."""

    def asked(process, inputs, headers=None, **more):
        body = {"inputs": inputs, **more}
        return client.post(f"/ogc/processes/{process}/execution", json=body, headers=headers or {})

    return asked


@pytest.fixture
def job(run, runner):
    """Ask for a job and do it; gives its address."""

    def asked(process, inputs, do=True, **more):
        answer = run(process, inputs, {"Prefer": "wait=5, respond-async"}, **more)
        assert answer.status_code == 201, answer.text
        assert answer.headers["preference-applied"] == "respond-async"
        if do:
            do_job(runner.bench, answer.json()["jobID"])
        return answer.headers["location"]

    return asked


def inside(answer):
    return zipfile.ZipFile(io.BytesIO(answer.content))


CLIP = {"collections": ["kvadrati"], "area": "19.5,44,20.5,44.5", "format": "geojson"}


def test_every_process_is_listed_and_described(client, runner):
    document = client.get("/ogc/processes?f=json").json()
    assert [one["id"] for one in document["processes"]] == [
        "aggregate",
        "clip",
        "echo",
        "join",
        "whats-here",
    ]
    assert all(
        {"version", "jobControlOptions", "links"} <= one.keys() for one in document["processes"]
    )
    page = client.get("/ogc/processes?f=json&limit=2&offset=2").json()
    assert [one["id"] for one in page["processes"]] == ["echo", "join"]
    links = {link["rel"]: link["href"] for link in page["links"]}
    assert len(client.get(links["next"]).json()["processes"]) == 1
    assert len(client.get(links["prev"]).json()["processes"]) == 2
    clip = client.get("/en/ogc/processes/clip").json()
    assert clip["title"] == "Clip"
    assert clip["inputs"]["collections"] | {"schema": 0} == {
        "title": "Collections",
        "description": "the layers to cut",
        "schema": 0,
        "minOccurs": 1,
        "maxOccurs": 20,
    }
    assert clip["inputs"]["crs"]["schema"]["default"].endswith("CRS84")
    assert clip["jobControlOptions"] == ["sync-execute", "async-execute", "dismiss"]
    assert clip["outputs"]["archive"]["schema"]["contentMediaType"] == "application/zip"
    rels = {link["rel"].rpartition("/")[2] for link in clip["links"]}
    assert {"self", "alternate", "execute", "job-list"} == rels


def test_the_landing_page_leads_to_processes_and_jobs(client, runner):
    links = client.get("/ogc?f=json").json()["links"]
    rels = {link["rel"].rpartition("/")[2]: link["href"] for link in links}
    assert rels["processes"].endswith("/ogc/processes")
    assert rels["job-list"].endswith("/ogc/jobs")
    paths = client.get("/ogc/openapi?f=json").json()["paths"]
    assert "requestBody" in paths["/processes/{processId}/execution"]["post"]
    assert {"get", "delete", "parameters"} == paths["/jobs/{jobId}"].keys()


def test_what_covers_a_place_comes_before_what_is_near(run):
    inputs = {"point": {"type": "Point", "coordinates": [19.9999, 44.5]}, "distance": 100}
    answer = run("whats-here", inputs).json()
    assert answer["searched"] == 4
    by_name = {each["collection"]: each["features"] for each in answer["collections"]}
    told = [(each["id"], each["relation"], each["distance_m"]) for each in by_name["kvadrati"]]
    assert told == [("a", "covers", 0.0), ("b", "near", 8.0)]
    assert [each["id"] for each in by_name["tacke"]] == [3]
    assert by_name["tacke"][0]["geometry"] is None
    assert by_name["tacke"][0]["href"].endswith("/collections/tacke/items/3")


@pytest.mark.parametrize("bearing", [0, 45, 90, 200])
def test_distances_are_those_on_the_ellipsoid(run, bearing):
    east, north, _ = Geod(ellps="WGS84").fwd(30.0, 44.5, bearing, 3000)
    inputs = {"point": f"{east},{north}", "distance": 5000, "collections": "tacke"}
    (found,) = run("whats-here", inputs).json()["collections"]
    assert found["features"][0]["distance_m"] == pytest.approx(3000, rel=1e-3)


def test_many_features_near_a_place_are_told_nearest_first(run, registry, build, runner):
    places = shapely.points(np.linspace(21, 21.05, 5000), 43)
    registry.show(build("gusto", list(places), {"n": ("integer", list(range(5000)))}))
    inputs = {"point": [21.0, 43.0], "distance": 5000, "collections": ["gusto"], "limit": 3}
    (found,) = run("whats-here", inputs).json()["collections"]
    assert [each["properties"]["n"] for each in found["features"]] == [0, 1, 2]


def test_a_clip_holds_what_is_in_the_area_and_whose_it_is(run):
    answer = run("clip", CLIP)
    assert answer.headers["content-type"] == "application/zip"
    with inside(answer) as archive:
        assert archive.namelist() == ["kvadrati.geojson", "README.txt"]
        features = orjson.loads(archive.read("kvadrati.geojson"))["features"]
        readme = archive.read("README.txt").decode()
    shapes = {each["id"]: shapely.from_geojson(orjson.dumps(each)) for each in features}
    assert shapes["a"].equals(shapely.box(19.5, 44, 20, 44.5))
    assert shapes["b"].equals(shapely.box(20, 44, 20.5, 44.5))
    assert shapes.keys() == {"a", "b"}
    assert "Creative Commons" in readme
    assert "/collections/kvadrati?v=1" in readme
    assert run("clip", CLIP).content == answer.content


@pytest.mark.parametrize(
    "area",
    [
        {"collection": "kvadrati", "feature": "a"},
        {"value": {"type": "Polygon", "coordinates": [[[19, 44], [20, 44], [20, 45], [19, 44]]]}},
        {"bbox": [19.1, 44.1, 19.9, 44.9], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
        {"bbox": [44.1, 19.1, 44.9, 19.9], "crs": "http://www.opengis.net/def/crs/EPSG/0/4326"},
        "POLYGON ((19.1 44.1, 19.9 44.1, 19.1 44.9, 19.1 44.1))",
    ],
)
def test_an_area_can_be_said_in_many_ways(run, area):
    inputs = {"collections": ["tacke"], "area": area, "format": "csv"}
    with inside(run("clip", inputs)) as archive:
        rows = archive.read("tacke.csv").decode().splitlines()
    assert len(rows) in (2, 3, 4)


def test_an_area_by_reference_is_a_feature_that_is_published_here(run, site):
    base = site.state.portal.site_url
    area = {"href": f"{base}/ogc/collections/kvadrati/items/a?f=json"}
    with inside(run("clip", CLIP | {"area": area})) as archive:
        assert "kvadrati.geojson" in archive.namelist()
    answer = run("clip", CLIP | {"area": {"href": "http://169.254.169.254/a/items/b"}})
    assert answer.status_code == 400
    assert "no other is fetched" in answer.json()["detail"]


def test_points_are_counted_once_also_on_a_border(run):
    inputs = {
        "points": "tacke",
        "polygons": "kvadrati",
        "statistics": [{"function": "sum", "property": "kolicina"}, "mean kolicina"],
    }
    answer = run("aggregate", inputs, response="document").json()
    features = answer["polygons"]["value"]["features"]
    rows = {each["id"]: each["properties"] for each in features}
    assert {fid: row["count"] for fid, row in rows.items()} == {"a": 3, "b": 0, "c": 0}
    assert rows["a"]["sum_kolicina"] == 3
    assert rows["a"]["mean_kolicina"] == 1.5
    assert rows["b"]["sum_kolicina"] is None
    assert rows["a"]["naziv"] == "Аранђеловац"
    assert answer["report"]["value"] == {
        "points": 5,
        "inside": 3,
        "outside": 1,
        "without_place": 1,
        "polygons": 3,
        "empty_polygons": 2,
    }


TABLE = "Шифра;Назив;Износ\n70017.0;A;1,5\n070033;B;2\n70018;C;3\n79999;D;4\n70017;E;5\n;F;6\n"


def test_a_table_is_joined_by_code_and_the_rest_is_reported(run):
    inputs = {"collection": "kvadrati", "property": "sifra", "table": TABLE, "column": "Шифра"}
    answer = run("join", inputs, response="document").json()
    rows = {each["id"]: each["properties"] for each in answer["features"]["value"]["features"]}
    assert (rows["a"]["naziv_2"], rows["a"]["iznos"], rows["b"]["iznos"]) == ("A", 1.5, None)
    report = answer["report"]["value"]
    assert (report["rows"], report["matched"], report["unmatched_count"]) == (6, 2, 4)
    assert (report["features"], report["features_without_row"]) == (3, 1)
    reasons = [(each["row"], each["value"], each["reason"]) for each in report["unmatched"]]
    assert reasons == [
        (3, "70018", "no-code"),
        (4, "79999", "no-code"),
        (5, "70017", "repeated"),
        (6, "", "empty"),
    ]


def test_a_table_is_joined_by_name_in_either_script(run):
    table = [{"opština": "ARANĐELOVAC", "n": 1}, {"opština": "Бачка Паланка", "n": 2}]
    inputs = {"collection": "kvadrati", "property": "naziv", "table": table, "column": "opština"}
    report = run("join", inputs, outputs={"report": {}}).json()
    assert (report["matched"], report["unmatched"]) == (2, [])


@pytest.mark.parametrize("name", formats())
def test_every_format_has_what_was_clipped_and_what_was_added(run, name, tmp_path):
    with inside(run("clip", CLIP | {"format": name, "collections": ["kvadrati"] * 2})) as archive:
        assert len(archive.namelist()) == 2
        assert archive.testzip() is None
    inputs = {"points": "tacke", "polygons": "kvadrati", "format": name}
    answer = run("aggregate", inputs, outputs={"polygons": {}})
    if name in WHOLE_LAYERS:
        assert answer.status_code == 400
        return
    assert answer.headers["content-type"].startswith(formats()[name].media_type)
    if name in {"gpkg", "flatgeobuf"}:
        file = tmp_path / f"read.{formats()[name].ending}"
        file.write_bytes(answer.content)
        _, _, _, columns = pyogrio.raw.read(file)
        assert [3, 0, 0] in [sorted(column.tolist(), key=str)[::-1] for column in columns]


def test_several_raw_outputs_come_in_one_answer(run):
    answer = run("aggregate", {"points": "tacke", "polygons": "kvadrati"})
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + answer.content).get_payload()
    names = {part["Content-ID"]: part.get_content_type() for part in parts}
    assert names == {"<polygons>": "application/geo+json", "<report>": "application/json"}


def test_outputs_by_reference_are_links_to_what_is_kept(run, client):
    wanted = {"archive": {"transmissionMode": "reference"}}
    answer = run("clip", CLIP, outputs=wanted)
    assert answer.status_code == 204
    address, rel = re.fullmatch('<(.+)>; rel="(.+)"; type=".+"', answer.headers["link"]).groups()
    assert rel == "archive"
    assert client.get(address).content == run("clip", CLIP).content
    document = run("clip", CLIP, outputs=wanted, response="document").json()
    assert document["archive"]["type"] == "application/zip"


@pytest.mark.parametrize(
    ("format_", "status"),
    [
        ({"mediaType": "application/zip"}, 200),
        ({}, 200),
        ({"mediaType": "image/png"}, 400),
        ("zip", 400),
    ],
)
def test_an_output_is_given_in_the_format_that_it_has_or_not_at_all(run, format_, status):
    answer = run("clip", CLIP, outputs={"archive": {"format": format_}})
    assert answer.status_code == status, answer.text
    if status == 400:
        assert "application/zip" in answer.json()["detail"]


def test_a_job_gives_what_an_execution_gives(job, run, client):
    address = job("clip", CLIP)
    document = client.get(f"{address}?f=json").json()
    assert (document["status"], document["progress"], document["type"]) == (
        "successful",
        100,
        "process",
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["finished"])
    (link,) = [each for each in document["links"] if each["rel"].endswith("/results")]
    assert client.get(link["href"]).content == run("clip", CLIP).content
    assert link["type"] == "application/zip"


@pytest.mark.parametrize("more", [{}, {"outputs": {"report": {}}}, {"response": "document"}])
def test_the_link_to_results_tells_their_type(job, client, more):
    inputs = {"collection": "kvadrati", "property": "sifra", "table": TABLE, "column": "Шифра"}
    document = client.get(f"{job('join', inputs, **more)}?f=json").json()
    (link,) = [each for each in document["links"] if each["rel"].endswith("/results")]
    assert client.get(link["href"]).headers["content-type"].split(";")[0] == link["type"]


def test_a_job_is_of_the_version_that_was_public_when_it_was_asked_for(
    job, runner, registry, client
):
    address = job("clip", CLIP, do=False)
    registry.hide("kvadrati")
    do_job(runner.bench, address.rpartition("/")[2])
    assert client.get(f"{address}/results").status_code == 200


def test_results_that_are_not_ready_say_so(job, client):
    address = job("clip", CLIP, do=False)
    assert client.get(f"{address}?f=json").json()["status"] == "accepted"
    answer = client.get(f"{address}/results")
    assert (answer.status_code, answer.json()["type"]) == (404, f"{EXCEPTION}/result-not-ready")


def test_a_job_is_dismissed_with_its_results(job, client, runner):
    address = job("clip", CLIP)
    folder = runner.bench.store.results(address.rpartition("/")[2])
    assert folder.is_dir()
    assert client.delete(address).json()["status"] == "dismissed"
    assert not folder.exists()
    assert client.get(f"{address}/results").status_code == 410
    assert client.delete(address).status_code == 410


def test_a_job_dismissed_while_it_waits_is_not_done(job, client, runner):
    address = job("clip", CLIP, do=False)
    client.delete(address)
    do_job(runner.bench, address.rpartition("/")[2])
    assert client.get(f"{address}?f=json").json()["status"] == "dismissed"
    assert jobs.due(runner.bench.engine, 2) is None


def test_jobs_are_listed_to_who_asked_for_them(job, client, runner):
    addresses = [job("clip", CLIP, do=do) for do in (True, False)]
    listed = client.get("/ogc/jobs?f=json").json()
    assert [each["jobID"] for each in listed["jobs"]] == [
        a.rpartition("/")[2] for a in addresses[::-1]
    ]
    page = client.get("/ogc/jobs?f=json&limit=1").json()
    (onward,) = [link["href"] for link in page["links"] if link["rel"] == "next"]
    assert client.get(onward).json()["jobs"] == listed["jobs"][1:]
    for query, count in (
        ("status=successful", 1),
        ("status=accepted,failed", 1),
        ("processID=join", 0),
        ("type=process", 2),
        ("maxDuration=600", 1),
        ("minDuration=600", 0),
    ):
        assert len(client.get(f"/ogc/jobs?f=json&{query}").json()["jobs"]) == count
    assert client.get("/ogc/jobs?status=done").status_code == 400
    assert jobs.jobs_of(runner.bench.engine, "somebody else") == []


def test_a_client_has_a_few_jobs_at_a_time(job, run):
    for _ in range(jobs.MAX_OPEN_OF_CLIENT):
        job("clip", CLIP, do=False)
    answer = run("clip", CLIP, {"Prefer": "respond-async"})
    assert (answer.status_code, answer.json()["code"]) == (503, "Busy")


def test_a_job_that_takes_too_long_or_fails_says_why(job, client, runner):
    address = job("clip", CLIP, do=False)
    quick = Bounded.model_construct(**dict(Bounded()) | {"timeout_s": 0})
    config = runner.bench.config.model_copy(update={"processes": quick})
    do_job(replace(runner.bench, config=config), address.rpartition("/")[2])
    document = client.get(f"{address}?f=json").json()
    assert (document["status"], "took longer" in document["message"]) == ("failed", True)
    assert client.get(f"{address}/results").status_code == 400


def test_a_full_disk_is_told_to_the_operator_and_not_its_folder_to_a_client(
    job, run, client, monkeypatch, caplog
):
    def full(*_):
        raise PublishError("/var/emap: no room is left")

    monkeypatch.setattr(type(formats()["gpkg"]), "save", full)
    wanted = {**CLIP, "format": "gpkg"}
    answer = run("clip", wanted)
    assert (answer.status_code, answer.json()["code"]) == (503, "ServiceUnavailable")
    document = client.get(f"{job('clip', wanted)}?f=json").json()
    assert (document["status"], "ask again" in document["message"]) == ("failed", True)
    assert "/var" not in f"{answer.text} {document}"
    assert ["no room" in record.getMessage() for record in caplog.records] == [True, True]


def test_old_jobs_and_their_results_are_forgotten(job, client, runner):
    address = job("clip", CLIP)
    folder = runner.bench.store.results(address.rpartition("/")[2])
    bounds = Bounded(keep_bytes=1)
    config = runner.bench.config.model_copy(update={"processes": bounds})
    bench = runner.bench
    Runner(Bench(bench.engine, bench.store, bench.layers, config), folder).tidy()
    assert not folder.exists()
    answer = client.get(address)
    assert (answer.status_code, answer.json()["type"]) == (404, f"{EXCEPTION}/no-such-job")


def test_each_job_is_a_process_of_its_own_of_a_server_that_may_end(job, runner):
    wanted = CLIP | {"crs": UTM, "format": "gpkg"}
    ids = [job("clip", wanted, do=False).rpartition("/")[2] for _ in range(2)]
    runner.begins().join(60)
    runner._server._process.kill()
    runner._server._process.wait()
    ids.append(job("clip", wanted, do=False).rpartition("/")[2])
    runner.begins().join(60)
    done = [jobs.find(runner.bench.engine, each) for each in ids]
    assert [(each.state, each.attempt) for each in done] == [("successful", 1)] * 3
    assert len({each.worker for each in done} | {jobs.WORKER}) == 4


def test_a_job_whose_process_is_killed_is_begun_again_by_the_next(job, runner, monkeypatch):
    job_id = job("clip", CLIP, do=False).rpartition("/")[2]
    asked = []

    def killed(job_id):
        asked.append(job_id)
        return len(asked) > 1 and do_job(runner.bench, job_id) is None

    monkeypatch.setattr(runner._server, "run", killed)
    runner.begins().join(60)
    done = jobs.find(runner.bench.engine, job_id)
    assert (done.state, done.attempt) == ("successful", 2)


def test_a_job_that_a_dead_worker_left_is_found_by_one_that_looks(job, runner, monkeypatch):
    job_id, done = job("clip", CLIP, do=False).rpartition("/")[2], threading.Event()
    jobs.claim(runner.bench.engine, job_id, 60, f"{jobs.WORKER.partition(':')[0]}:999999999")

    def run(job_id):
        do_job(runner.bench, job_id)
        done.set()
        return True

    monkeypatch.setattr(runner._server, "run", run)
    runner.wake = runner.begins
    with runner.looking():
        assert done.wait(60)
    found = jobs.find(runner.bench.engine, job_id)
    assert (found.state, found.attempt) == ("successful", 2)


def test_a_new_job_is_left_for_a_while_to_who_was_asked_for_it(job, runner):
    job_id = job("clip", CLIP, do=False).rpartition("/")[2]
    assert jobs.due(runner.bench.engine, 2, waited_s=60) is None
    assert jobs.due(runner.bench.engine, 2) == job_id


def test_a_process_that_cannot_begin_is_not_begun_for_ever(job, client, runner, monkeypatch):
    address, begun = job("clip", CLIP, do=False), []
    monkeypatch.setattr(runner._server, "run", begun.append)
    runner.begins().join(60)
    assert len(begun) == jobs.MAX_ATTEMPTS
    assert client.get(f"{address}?f=json").json()["status"] == "failed"


UTM = "http://www.opengis.net/def/crs/EPSG/0/32634"
SCRIBBLE = [[20 + i * 7919 % 997 / 997, 44 + i * 6131 % 991 / 991] for i in range(900)] + [[20, 44]]
BARS = [n / 500 for n in range(500)]
FENCES = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "geometry": shapely.geometry.mapping(each), "properties": {}}
        for each in (
            *(shapely.box(20 + n, 44, 20.001 + n, 45) for n in BARS),
            *(shapely.box(20, 44 + n, 21, 44.001 + n) for n in BARS),
        )
    ],
}


BAD = {
    "no such input": ("clip", CLIP | {"colections": []}),
    "missing": ("clip", {"collections": ["kvadrati"]}),
    "no such collection": ("clip", CLIP | {"collections": ["nema'; drop table a --"]}),
    "too many collections": ("clip", CLIP | {"collections": ["kvadrati"] * 21}),
    "no area": ("clip", CLIP | {"area": "19,44,20"}),
    "a point as area": ("clip", CLIP | {"area": {"type": "Point", "coordinates": [1, 2]}}),
    "an area off the earth": ("clip", CLIP | {"area": "19,44,20,95"}),
    "open rings": ("clip", CLIP | {"area": {"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}}),
    "endless numbers": ("clip", CLIP | {"area": "POLYGON((0 0,1e400 1,2 2,0 0))"}),
    "a scribble": ("clip", CLIP | {"area": {"type": "Polygon", "coordinates": [SCRIBBLE]}}),
    "scribbles of many": ("clip", CLIP | {"area": FENCES}),
    "a box beyond all numbers": (
        "clip",
        CLIP | {"area": {"bbox": [-1e308, 0, 1e308, 1], "crs": UTM}},
    ),
    "underscores in a number": ("whats-here", {"point": [20, 44], "distance": "1_0"}),
    "no numbers": ("clip", CLIP | {"area": {"type": "Polygon", "coordinates": [[["a", 2]]]}}),
    "no feature": ("clip", CLIP | {"area": {"collection": "kvadrati", "feature": "x"}}),
    "unknown crs": ("clip", CLIP | {"crs": "http://www.opengis.net/def/crs/EPSG/0/9999"}),
    "unknown box crs": ("clip", CLIP | {"area": {"bbox": [1, 2, 3, 4], "crs": "x"}}),
    "unknown format": ("clip", CLIP | {"format": "dwg"}),
    "format and crs": (
        "clip",
        CLIP | {"format": "kml", "crs": "http://www.opengis.net/def/crs/EPSG/0/3857"},
    ),
    "no point": ("whats-here", {"point": [200, 44]}),
    "a word as point": ("whats-here", {"point": "Ниш"}),
    "too far": ("whats-here", {"point": [20, 44], "distance": 1e9}),
    "polygons as points": ("aggregate", {"points": "kvadrati", "polygons": "kvadrati"}),
    "text has no sum": (
        "aggregate",
        {"points": "tacke", "polygons": "kvadrati", "statistics": "sum opis"},
    ),
    "no such function": (
        "aggregate",
        {"points": "tacke", "polygons": "kvadrati", "statistics": "drop kolicina"},
    ),
    "no such column": (
        "join",
        {"collection": "kvadrati", "property": "sifra", "table": "a,b\n1,2", "column": "c"},
    ),
    "no such property": (
        "join",
        {"collection": "kvadrati", "property": "x", "table": "a,b\n1,2", "column": "a"},
    ),
    "an empty table": (
        "join",
        {"collection": "kvadrati", "property": "sifra", "table": "a,b", "column": "a"},
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_input_is_named(run, case):
    process, inputs = BAD[case]
    for headers in ({}, {"Prefer": "respond-async"}):
        answer = run(process, inputs, headers)
        assert answer.status_code == 400, answer.text
        assert answer.json()["detail"].startswith(("inputs", "GeoJSON", "KML"))


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"inputs": []}', b'{"outputs": {"x": {}}}', b'{"response": "x"}',
     b'{"inputs": {"echo": "a"}, "outputs": []}', b'{"inputs": {"echo": "a"}, "outputs": 0}',
     b'{"inputs": {}, "subscriber": {"successUri": "http://a.rs"}}', b"\xff"],
)  # fmt: skip
def test_a_wrong_request_is_refused(client, runner, body):
    address = "/ogc/processes/echo/execution"
    answer = client.post(address, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_process_that_is_not_there_has_the_standards_problem(client, runner):
    for answer in (
        client.get("/ogc/processes/buffer"),
        client.post("/ogc/processes/buffer/execution"),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, f"{EXCEPTION}/no-such-process")
    assert client.get("/ogc/processes/clip/execution").status_code == 405


def test_too_much_at_once_is_told_to_become_a_job(run, monkeypatch):
    monkeypatch.setattr("geoportal.ogc.process_engine.SYNC", Bounds(1, 10**6, 20))
    answer = run("clip", CLIP)
    assert (answer.status_code, answer.json()["code"]) == (400, "TooMuch")
    assert "respond-async" in answer.json()["detail"]


@pytest.mark.parametrize("response", ["raw", "document"])
def test_echo_gives_back_what_the_suite_of_the_ogc_sends(run, response):
    outputs = {"echo": {"transmissionMode": "value"}}
    value = {"value": "teststring", "mediaType": "application/json"}
    answer = run("echo", {"echo": "teststring"}, outputs=outputs, response=response)
    assert answer.status_code == 200
    assert answer.json() == ("teststring" if response == "raw" else {"echo": value})
    assert run("echo", {"echo": "a", "pause": 30}).json() == "a"  # nobody waits in the open


def test_a_job_of_echo_can_be_looked_at_while_it_pauses(job, client, runner, monkeypatch):
    address = job("echo", {"echo": "Б", "pause": 0.3}, do=False)
    early = client.get(f"{address}/results", headers={"Accept": "application/json"})
    assert (early.status_code, early.json()["type"].rpartition("/")[2]) == (404, "result-not-ready")
    slept: list[float] = []
    monkeypatch.setattr("publish.processes.echo.time", SimpleNamespace(sleep=slept.append))
    do_job(runner.bench, address.rpartition("/")[2])
    assert client.get(f"{address}/results").json() == "Б"
    assert sum(slept) == pytest.approx(0.3)


@pytest.mark.parametrize("language", ["/en", "", "/sr-latn"])
@pytest.mark.parametrize("process", ["clip", "echo", "join", "aggregate", "whats-here"])
def test_every_process_has_a_form(client, runner, process, language):
    html = client.get(f"{language}/ogc/processes/{process}?f=html").text
    assert (
        f'action="{"/en" if language == "/en" else language}/ogc/processes/{process}/execution"'
        in html
    )
    inputs = client.get(f"/ogc/processes/{process}?f=json").json()["inputs"]
    assert set(re.findall(r'name="([a-z_]+)"', html)) >= inputs.keys()


def test_a_form_leads_to_a_page_with_the_results(client, runner):
    sent = {"point": "19.9999, 44.5", "distance": "100", "collections": ["kvadrati", "tacke"]}
    answer = client.post("/en/ogc/processes/whats-here/execution", data=sent)
    assert answer.status_code == 303
    html = client.get(answer.headers["location"], headers={"Accept": "text/html"}).text
    assert "Аранђеловац" in html
    assert "no official document" in html
    assert 'href="/en/ogc/collections/kvadrati/items/a"' in html


def test_the_page_of_a_join_tells_which_rows_found_no_place(client, runner):
    sent = {"collection": "kvadrati", "property": "sifra", "table": TABLE, "column": "Шифра"}
    answer = client.post("/ogc/processes/join/execution", data=sent)
    address = answer.headers["location"]
    do_job(runner.bench, address.rpartition("/")[2])
    html = client.get(address, headers={"Accept": "text/html"}).text
    assert "<td>70018</td><td>није исправна шифра</td>" in html
    assert "<dt>Спојено редова</dt>" in html
    assert "kvadrati.geojson" in html


def test_a_form_that_is_wrong_comes_back_as_it_was(client, runner):
    sent = {"collections": "kvadrati", "area": '"><script>', "format": "gpkg"}
    answer = client.post("/en/ogc/processes/clip/execution", data=sent)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "<script>" not in answer.text
    assert '<option value="kvadrati" selected>' in answer.text


def test_a_page_of_a_job_waits_and_can_end_it(client, runner):
    sent = {"collections": "kvadrati", "area": "19,44,20,45", "format": "gpkg"}
    answer = client.post("/ogc/processes/clip/execution", data=sent)
    address = answer.headers["location"]
    html = client.get(f"{address}?f=html").text
    assert 'http-equiv="refresh"' in html
    do_job(runner.bench, address.rpartition("/")[2])
    html = client.get(f"{address}?f=html").text
    assert "clip.zip" in html
    assert client.post(f"{address}/dismiss", data={}).headers["location"] == address
    assert client.get(f"{address}?f=json").json()["status"] == "dismissed"


def test_an_area_that_crosses_itself_or_its_neighbour_is_mended(run):
    knot = {"type": "Polygon", "coordinates": [[[19, 44], [21, 46], [21, 44], [19, 46], [19, 44]]]}
    square = shapely.geometry.mapping(shapely.box(20.5, 44.5, 22, 46))
    both = {"type": "FeatureCollection", "features": [{"geometry": knot}, {"geometry": square}]}
    for area in (knot, both):
        assert run("clip", CLIP | {"area": area}).status_code == 200
