"""A GTFS feed: the zip as it came, stops and routes as layers, and what is no feed."""

import io
import json
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import HarvestError
from harvesters.features import gtfs_feed, gtfs_lines
from harvesters.features.gtfs_feed import day, opened
from harvesters.features.gtfs_layers import LAYERS
from harvesters.gtfs import Gtfs
from tests.upstream import Reply

AGENCY = "agency_id,agency_name\nJGSP,ЈГСП Нови Сад\n"
STOPS = (
    "stop_id,stop_code,stop_name,stop_lat,stop_lon,wheelchair_boarding,parent_station\n"
    'A,001,"Железничка, станица",45.265,19.829,1,\n'
    "B,002,Центар,45.255,19.845,,\n"
    "C,003,Лиман,45.240,19.845,2,\n"
)
ROUTES = (
    "route_id,agency_id,route_short_name,route_long_name,route_type,route_color\n"
    "R1,JGSP,1,Центар – Лиман,3,1a3f6b\n"
    "R2,JGSP,2,Станица – Лиман,3,red\n"
)
TRIPS = "route_id,service_id,trip_id,direction_id,shape_id\nR1,s,t1,0,sh\nR2,s,t2,0,\nR2,s,t3,0,\n"
TIMES = (
    "trip_id,arrival_time,stop_id,stop_sequence\n"
    "t2,08:00:00,A,1\nt2,08:10:00,C,2\nt3,24:30:00,C,30\nt3,25:10:00,B,20\nt3,23:00:00,A,3\n"
)
SHAPES = (
    "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
    "sh,45.240,19.845,10\nsh,45.255,19.845,2\nsh,45.255,19.845,1\n"
)
FEED = {
    "agency.txt": AGENCY,
    "stops.txt": STOPS,
    "routes.txt": ROUTES,
    "trips.txt": TRIPS,
    "stop_times.txt": TIMES,
    "shapes.txt": SHAPES,
    "calendar.txt": "service_id,start_date,end_date\ns,20260101,20261231\n",
}


def zipped(files, packing=zipfile.ZIP_DEFLATED):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", packing) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text, packing)
    return body.getvalue()


def source(upstream, **keys):
    given = {"name": "bus", "kind": "gtfs", "organization": "novi-sad", "url": f"{upstream.url}/g"}
    return Gtfs(**given, **keys)


@pytest.fixture
def collected(upstream, http, tmp_path):
    """Harvest a feed of these files, or bytes; gives what was collected."""

    def collect(feed, known=(), **keys):
        body = feed if isinstance(feed, bytes) else zipped(feed)
        etag = f'"{len(body)}"'

        def answer(asked):
            if asked.headers.get("if-none-match") == etag:
                return Reply(status=304)
            return Reply(body, type="application/zip", headers={"ETag": etag})

        upstream.answers["/g"] = answer
        into = tmp_path / f"into-{len(upstream.asked)}"
        into.mkdir()
        bus = source(upstream, **keys)
        [page] = bus.harvest(http)
        return bus.collect(page.records[0], {k.key: k for k in known}, http, into)

    return collect


def features(collected, name):
    found = {resource.name: resource for resource in collected.dataset.resources}
    return json.loads(found[name].path.read_text())["features"]


def test_a_feed_is_the_zip_as_it_came_and_two_layers(collected):
    body = zipped(FEED)
    dataset = collected(body, license="cc-by").dataset
    feed, stops, routes = dataset.resources
    assert feed.path.read_bytes() == body
    assert (feed.name, feed.format, feed.filename, feed.as_is) == ("gtfs", "gtfs", "gtfs.zip", True)
    assert [(r.name, r.format, r.as_is) for r in (stops, routes)] == [
        ("stops", "geojson", False),
        ("routes", "geojson", False),
    ]
    assert (dataset.name, dataset.remote_id, dataset.license_id) == ("bus", "bus", "cc-by")
    assert dataset.findings == ()


def test_the_feed_says_its_title_and_its_days(collected):
    dataset = collected(FEED).dataset
    assert dataset.title.said("sr-Latn") == "JGSP Novi Sad"
    assert dict(dataset.extras) == {"temporal_start": "2026-01-01", "temporal_end": "2026-12-31"}


def test_what_feed_info_says_goes_before_the_calendar(collected):
    said = "feed_publisher_name,feed_version,feed_start_date,feed_end_date\nГрад,v7,20260301,\n"
    dataset = collected(FEED | {"feed_info.txt": said}, title="Ред вожње").dataset
    assert str(dataset.title) == "Ред вожње" and dataset.contributors == ("Град",)
    assert dict(dataset.extras) == {
        "temporal_start": "2026-03-01",
        "temporal_end": "2026-12-31",
        "gtfs_feed_version": "v7",
    }


def test_days_of_exceptions_count_where_service_is_added(collected):
    days = "service_id,date,exception_type\ns,20270102,1\ns,20280101,2\n"
    assert collected(FEED | {"calendar_dates.txt": days}).dataset.extras["temporal_end"] == (
        "2027-01-02"
    )


def test_stops_are_points_with_their_codes_as_text(collected):
    first, second, _ = features(collected(FEED), "stops")
    assert first["geometry"] == {"type": "Point", "coordinates": [19.829, 45.265]}
    assert first["properties"] == {
        "stop_id": "A",
        "stop_code": "001",
        "stop_name": "Железничка, станица",
        "parent_station": None,
        "wheelchair_boarding": 1,
    }
    assert second["properties"]["wheelchair_boarding"] is None


def test_a_route_with_shapes_runs_along_them(collected):
    first, _ = features(collected(FEED), "routes")
    assert first["geometry"] == {
        "type": "MultiLineString",
        "coordinates": [[[19.845, 45.255], [19.845, 45.24]]],
    }
    assert first["properties"] == {
        "route_id": "R1",
        "route_short_name": "1",
        "route_long_name": "Центар – Лиман",
        "route_type": 3,
        "route_color": "#1A3F6B",
        "agency_name": "ЈГСП Нови Сад",
    }


def test_a_route_without_shapes_runs_from_stop_to_stop_of_its_longest_trip(collected):
    _, second = features(collected(FEED), "routes")
    assert second["geometry"]["coordinates"] == [
        [[19.829, 45.265], [19.845, 45.255], [19.845, 45.24]]
    ]
    assert second["properties"]["route_color"] is None


def test_names_in_other_languages_are_columns_of_their_own(collected):
    words = (
        "table_name,field_name,language,translation,record_id,field_value\n"
        "stops,stop_name,en,Railway station,A,\n"
        "stops,stop_name,sr-Latn,Centar,,Центар\n"
        "stops,stop_name,de,Bahnhof,A,\n"
        "routes,route_long_name,en-GB,Centre – Liman,R1,\n"
    )
    done = collected(FEED | {"translations.txt": words})
    stops = [f["properties"] for f in features(done, "stops")]
    assert [s["stop_name_en"] for s in stops] == ["Railway station", None, None]
    assert [s["stop_name_sr_latn"] for s in stops] == [None, "Centar", None]
    assert not any("de" in key.split("_") for key in stops[0])
    [first, _] = features(done, "routes")
    assert first["properties"]["route_long_name_en"] == "Centre – Liman"


def test_the_schema_names_the_columns_that_are_there_in_words(collected):
    _, stops, routes = collected(FEED).dataset.resources
    fields = {f["name"]: (f["type"], f["title"]) for f in stops.schema["fields"]}
    assert fields["stop_code"] == ("string", "Број стајалишта")
    assert fields["wheelchair_boarding"][0] == "integer"
    assert stops.schema["primaryKey"] == ["stop_id"]
    for resource in (stops, routes):
        [first, *_] = json.loads(resource.path.read_text())["features"]
        assert {f["name"] for f in resource.schema["fields"]} == set(first["properties"])


def test_the_same_feed_gives_the_same_bytes_and_asked_again_makes_nothing(collected):
    first = collected(FEED)
    fresh = collected(FEED)
    assert [f.sha256 for f in fresh.files] == [f.sha256 for f in first.files]
    assert all(f.path != g.path for f, g in zip(fresh.files, first.files, strict=True))
    unchanged = collected(FEED, first.files)
    assert unchanged.files == first.files
    assert unchanged.dataset == first.dataset


def test_a_layer_whose_bytes_are_lost_is_made_again(collected):
    first = collected(FEED)
    first.files[1].path.unlink()
    again = collected(FEED, first.files)
    assert [f.sha256 for f in again.files] == [f.sha256 for f in first.files]
    assert again.files[1].path.is_file() and again.files[0].path == first.files[0].path


@pytest.mark.parametrize(
    "spoiled",
    [
        {"stops.txt": "\ufeff" + STOPS},
        {"stops.txt": STOPS.replace("\n", "\r\n")},
        {"stops.txt": STOPS.replace("stop_id", " Stop_ID ")},
        {"agency.txt": "agency_name\nЈГСП Нови Сад\n"},
        {"ExportService.checksum.md5": "x", "__MACOSX/stops.txt": "x", "../../etc/stops.txt": "x"},
    ],
)
def test_ways_of_writing_a_feed_that_are_met_are_read(collected, spoiled):
    done = collected(FEED | spoiled)
    assert len(features(done, "stops")) == 3 and len(features(done, "routes")) == 2
    assert features(done, "routes")[1]["properties"]["agency_name"] == "ЈГСП Нови Сад"


def test_a_feed_in_a_folder_of_the_zip_is_read(collected):
    assert len(features(collected({f"gtfs/{n}": t for n, t in FEED.items()}), "stops")) == 3


def test_rows_without_id_or_place_are_left_out_and_counted(collected):
    more = 'A,9,Опет,45.2,19.8,,\n,9,Без,45.2,19.8,,\nD,9,Нула,0,0,,\nE,9,Зарез,"45,2",19.8,,\n'
    done = collected(FEED | {"stops.txt": STOPS + more})
    assert [f["properties"]["stop_id"] for f in features(done, "stops")] == ["A", "B", "C"]
    said = {(f.resource, f.severity): f.note for f in done.dataset.findings}
    assert len(done.dataset.findings) == 3 and set(said) == {("stops", "warning")}
    assert [f.values["count"] for f in done.dataset.findings] == ["1", "2", "1"]


def test_a_feed_without_any_line_has_no_routes_layer(collected):
    done = collected(FEED | {"shapes.txt": "", "stop_times.txt": ""})
    assert [r.name for r in done.dataset.resources] == ["gtfs", "stops"]
    [finding] = done.dataset.findings
    assert "routes.txt: 2 rows have no place" in finding.note


def test_a_layer_beyond_a_limit_is_left_out_and_the_zip_stays(collected, monkeypatch):
    monkeypatch.setattr(gtfs_lines, "MAX_POINTS", 1)
    done = collected(FEED)
    assert [r.name for r in done.dataset.resources] == ["gtfs", "stops"]
    assert "more than 1 points of shapes" in done.dataset.findings[0].note


@pytest.mark.parametrize(
    ("body", "fault", "said"),
    [
        (b"<html>Prijava", "page-instead", "a web page came"),
        (b"", "file-empty", "is empty"),
        (b"PK\x05\x06", "wrong-answer", "no zip that can be read"),
        (zipped(FEED)[:-40], "wrong-answer", "no zip that can be read"),
        (zipped({"a.csv": "x"}), "wrong-answer", r"there is no stops\.txt in it"),
        (zipped({f"{i}.txt": "" for i in range(1001)}), "too-large", "1001 files"),
        (zipped(FEED, zipfile.ZIP_BZIP2), "wrong-answer", "packed in a way"),
        (
            zipped(FEED | {"stops.txt": "0" * 20_000_000}),
            "too-large",
            r"stops\.txt unpacks to 20000000 bytes",
        ),
        (
            zipped(FEED | {"stops.txt": STOPS + "x" * 300_000}),
            "wrong-answer",
            "a line is longer than",
        ),
    ],
)
def test_what_is_no_feed_is_told(collected, body, fault, said):
    with pytest.raises(HarvestError, match=said) as caught:
        collected(body)
    assert caught.value.fault == fault
    assert "/g" in str(caught.value)


def test_a_zip_with_a_damaged_table_is_told(collected):
    body = bytearray(zipped(FEED, zipfile.ZIP_STORED))
    body[body.index("Лиман".encode())] ^= 0xFF
    with pytest.raises(HarvestError, match="cannot be read") as caught:
        collected(bytes(body))
    assert caught.value.fault == "wrong-answer"


def test_an_encrypted_feed_is_told(collected):
    body = bytearray(zipped(FEED))
    at = body.index(b"PK\x01\x02")
    while at >= 0:
        body[at + 8] |= 1
        at = body.find(b"PK\x01\x02", at + 1)
    with pytest.raises(HarvestError, match="is encrypted"):
        collected(bytes(body))


def test_a_table_that_is_in_the_zip_twice_is_told(collected):
    with pytest.raises(HarvestError, match=r"STOPS\.txt is in it twice"):
        collected(FEED | {"STOPS.txt": STOPS})


def test_files_none_leaves_a_link_to_the_zip(collected, upstream):
    dataset = collected(FEED, files="none").dataset
    assert dataset.resources == () and [link.format for link in dataset.links] == ["gtfs"]
    assert upstream.asked == []


def test_a_long_feed_is_read_in_little_memory(tmp_path):
    rows = "".join(f"t3,08:00:00,{'ABC'[i % 3]},{i}\n" for i in range(200_000))
    path = tmp_path / "g.zip"
    path.write_bytes(zipped(FEED | {"stop_times.txt": TIMES + rows}))
    tracemalloc.start()
    with opened(path, "x") as feed:
        for layer in LAYERS:
            layer(feed).write(tmp_path / layer.name, "x", 100_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 80_000_000


CELL = st.text(max_size=20)


@given(st.lists(st.tuples(CELL, CELL, CELL, CELL), max_size=5), st.binary(max_size=40))
def test_tables_of_anything_make_layers_or_say_why(tmp_path_factory, rows, rubbish):
    text = "stop_id,stop_name,stop_lat,stop_lon\n" + "\n".join(",".join(row) for row in rows)
    path = tmp_path_factory.mktemp("g") / "g.zip"
    stops = text.encode() + rubbish
    path.write_bytes(zipped(FEED | {"stops.txt": stops}))
    try:
        with opened(path, "x") as feed:
            gtfs_feed.about(feed)
            for layer in LAYERS:
                layer(feed).write(path.with_name(layer.name), "x", 1_000_000)
    except HarvestError as error:
        assert error.fault == "wrong-answer"
    else:
        assert json.loads(path.with_name("stops").read_text())["type"] == "FeatureCollection"


@given(st.text())
def test_a_day_is_one_of_the_calendar_or_nothing(text):
    assert day(text) == "" or len(day(text)) == 10


@pytest.mark.parametrize(
    ("place", "stops", "routes"),
    [
        ("gtfs-kit/cairns_gtfs.zip", 416, 22),
        ("gtfs-kit/sample_gtfs.zip", 9, 5),
        ("gtfslib/dummy.gtfs.zip", 21, 3),
        ("gtfslib/mini.gtfs.zip", 3, 1),
        ("north-macedonia/gtfs-north-macedonia.zip", 103, 4),
        ("transport-fr/gtfs.zip", 9, 1),
    ],
)
def test_recorded_feeds_become_layers(collected, shared, place, stops, routes):
    done = collected((shared / "data/upstream/gtfs" / place).read_bytes())
    assert len(features(done, "stops")) == stops
    assert len(features(done, "routes")) == routes


def test_the_railway_with_two_scripts_has_its_english_names(collected, shared):
    feed = shared / "data/upstream/gtfs/north-macedonia/gtfs-north-macedonia.zip"
    done = collected(feed.read_bytes())
    first = features(done, "stops")[0]["properties"]
    assert (first["stop_name"], first["stop_name_en"]) == ("Скопје", "Skopje")
    assert done.dataset.extras["temporal_end"] == "2026-12-12"


@pytest.mark.parametrize("other", ["gtfs_modified_columns.zip", "gtfs_modified_rows.zip"])
def test_a_feed_that_changed_a_little_is_another_file(collected, shared, other):
    folder = shared / "data/upstream/gtfs/transport-fr/gtfs_diff"
    first = collected((folder / "gtfs.zip").read_bytes())
    then = collected((folder / other).read_bytes(), first.files)
    assert then.files[0].sha256 != first.files[0].sha256
