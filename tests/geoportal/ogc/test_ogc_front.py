"""The cache before all else: what it gives again, to whom, in which coding, and until when."""

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import brotli
import pytest
import shapely

from geoportal.ogc import features, front, mount
from geoportal.ogc.asked import Asked
from geoportal.ogc.kept import Kept
from geoportal.ogc.part import Route, Threads
from geoportal.ogc.routing import Table
from geoportal.ogc.shelf import OVERHEAD, Ready, Shelf
from publish.layers.backends.sqlite import Sqlite

ITEMS = "/ogc/collections/zone/items"


@pytest.fixture
def asked_of_layers(monkeypatch, naselja):
    """The pages that were really read from a layer, as the limits asked for."""
    seen, kind = [], type(naselja.features)
    read = kind.joined

    def joined(self, query, **page):
        seen.append(page["limit"])
        return read(self, query, **page)

    monkeypatch.setattr(kind, "joined", joined)
    return seen


def raw(client, path, **headers):
    """An answer and its bytes as they came over the wire."""
    with client.stream("GET", path, headers=headers) as answer:
        return answer, b"".join(answer.iter_raw())


def test_the_same_question_reads_the_layer_once(client, asked_of_layers):
    first = client.get(f"{ITEMS}?limit=11")
    again = client.get(f"{ITEMS}?limit=11")
    assert asked_of_layers == [11]
    assert again.content == first.content
    same = ("etag", "cache-control", "content-type", "content-crs", "vary", "content-language")
    assert all(first.headers[name] == again.headers[name] for name in same)


def test_every_answer_has_the_headers_that_all_answers_have(client):
    for path in (f"{ITEMS}?limit=12", f"{ITEMS}?limit=12", f"{ITEMS}?limit=x", "/ogc/nothing"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_each_coding_has_bytes_and_a_validator_of_its_own(client, coding):
    plain, body = raw(client, f"{ITEMS}?limit=13", **{"Accept-Encoding": "identity"})
    for _ in range(2):  # as it is made, and as it is given again
        answer, packed = raw(client, f"{ITEMS}?limit=13", **{"Accept-Encoding": coding})
        assert answer.headers["content-encoding"] == coding
        assert int(answer.headers["content-length"]) == len(packed) < len(body)
        unpack = brotli.decompress if coding == "br" else gzip.decompress
        assert unpack(packed) == body
        assert answer.headers["etag"] == plain.headers["etag"][:-1] + f'-{coding}"'
        assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert "content-encoding" not in plain.headers


def test_a_client_that_has_the_answer_is_told_so_in_any_coding(client, asked_of_layers):
    tags = [
        raw(client, f"{ITEMS}?limit=14", **{"Accept-Encoding": coding})[0].headers["etag"]
        for coding in ("br", "gzip", "identity")
    ]
    assert len(set(tags)) == 3
    for tag, coding in zip(tags, ("br", "gzip", "identity"), strict=True):
        known = {"Accept-Encoding": coding, "If-None-Match": f'"x", W/{tag}'}
        answer, body = raw(client, f"{ITEMS}?limit=14", **known)
        assert (answer.status_code, body, answer.headers["etag"]) == (304, b"", tag)
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("way", "other"),
    [
        ("limit=31&bbox=20,44,21,45", "bbox=20.0,44.00,2.1e1,45&limit=%2B31"),
        ("limit=32", "f=json&offset=0&limit=32&crs=http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
        ("bbox=19,42,23,46", "bbox=19,42,-5,23,46,900&limit=100"),
        ("broj=7&oznaka=z7", "oznaka=z7&broj=%2B07"),
        ("filter=broj>200", "filter-lang=cql2-text&filter=broj%3E200"),
        ("limit=5000", "limit=999999"),
        ("v=1&limit=33", "limit=33&v=01"),
        ("sortby=broj&limit=3", "limit=3&sortby=%2Bbroj"),
    ],
)
def test_two_ways_to_ask_one_question_are_one_answer(client, asked_of_layers, way, other):
    first = client.get(f"{ITEMS}?{way}")
    asked_of_layers.clear()  # none where it was kept, two where it was late and made in a thread
    second = client.get(f"{ITEMS}?{other}")
    assert asked_of_layers == []
    assert (first.content, first.headers["etag"]) == (second.content, second.headers["etag"])
    own = [link["href"] for link in first.json()["links"] if link["rel"] == "self"]
    again = client.get(own[0])
    assert again.json()["links"][0]["href"] == own[0]


def test_a_client_that_has_an_answer_which_we_forgot_costs_no_look_at_the_layer(
    client, asked_of_layers, monkeypatch
):
    tag = client.get(f"{ITEMS}?limit=15").headers["etag"]
    monkeypatch.setattr(Shelf, "get", lambda *_: None)
    again = client.get(f"{ITEMS}?limit=15", headers={"If-None-Match": tag})
    assert (again.status_code, again.headers["etag"]) == (304, tag)
    assert asked_of_layers == [15]


def test_a_publication_elsewhere_costs_no_look_at_the_layer(client, publish, asked_of_layers):
    first = client.get(f"{ITEMS}?limit=16")
    publish("drugo", 1, 3)
    again = client.get(f"{ITEMS}?limit=16")
    assert again.content == first.content
    assert asked_of_layers == [16]


def test_a_publication_is_seen_by_the_next_request(client, publish):
    address = "/ogc/collections/tacke/items"
    for version, count in ((1, 3), (2, 5), (3, 4)):
        publish("tacke", version, count)
        for _ in range(2):
            assert client.get(address).json()["numberMatched"] == count
    assert client.get(f"{address}?v=2").json()["numberMatched"] == 5


def test_who_names_the_version_may_keep_the_answer_and_who_does_not_may_not(client):
    for _ in range(2):
        assert client.get(f"{ITEMS}?limit=17").headers["cache-control"] == "public, no-cache"
        assert "immutable" in client.get(f"{ITEMS}?limit=17&v=1").headers["cache-control"]


def test_languages_and_formats_are_kept_apart(client):
    def title(prefix, **headers):
        return client.get(f"{prefix}{ITEMS}?limit=18", headers=headers).text

    for _ in range(2):
        assert "/en/ogc" in title("/en") and "/en/ogc" not in title("")
        assert title("", Accept="text/html").startswith("<!doctype html>")


def test_head_of_a_kept_answer_has_its_headers_and_no_body(client):
    whole = client.get(f"{ITEMS}?limit=19")
    for _ in range(2):
        head = client.head(f"{ITEMS}?limit=19")
        assert head.content == b""
        for name in ("etag", "content-length", "content-type"):
            assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_body_is_refused_where_the_answer_is_kept_and_where_it_is_made(client, method):
    for path in (f"{ITEMS}?limit=34", "/tiles/zone/7/71/46.mvt"):
        for _ in range(2):
            answer = client.request(method, path, content=b"{}")
            assert answer.status_code == 400
            assert client.get(path).status_code in (200, 204)
        chunked = client.request(method, path, content=iter([b"{}"]))
        assert chunked.status_code == 400


def test_a_long_address_is_not_remembered_and_its_answer_is(client, asked_of_layers, monkeypatch):
    seen = []
    sight = front.Sight
    monkeypatch.setattr(front, "Sight", lambda *each: seen.append(each) or sight(*each))
    for _ in range(2):
        assert client.get(f"{ITEMS}?limit=29", headers={"Accept": "a" * 600}).status_code == 200
    assert (asked_of_layers, seen) == ([29], [])


def test_a_refusal_is_never_kept(client):
    for _ in range(2):
        answer = client.get(f"{ITEMS}?limit=0")
        assert (answer.status_code, answer.headers["cache-control"]) == (400, "no-store")


def test_a_browser_of_another_site_may_ask_what_it_may_send(client):
    answer = client.options(ITEMS)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"


def test_the_shelf_never_holds_more_than_it_may():
    shelf = Shelf(most_bytes=10 * (1000 + OVERHEAD))
    for number in range(100):
        shelf.put(number, answer_of(1000))
        assert shelf.get(0) is not None  # the last used stays
        assert shelf.size_bytes <= 10 * (1000 + OVERHEAD)
    assert [number for number in range(100) if shelf.get(number)] == [0, *range(91, 100)]
    shelf.put(0, answer_of(500))
    assert shelf.size_bytes == 9 * (1000 + OVERHEAD) + 500 + OVERHEAD


def answer_of(size_bytes):
    """An answer of so many bytes."""
    return Ready("", {}, {"body": b"x" * size_bytes}, {})


def test_next_begins_after_the_last_key_and_gives_every_feature_once(client):
    url, ids, counts = f"{ITEMS}?limit=60&bbox=18,41,24,49", [], set()
    while url:
        page = client.get(url).json()
        counts.add((page["numberMatched"], page["numberReturned"]))
        ids += [feature["id"] for feature in page["features"]]
        url = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
        assert "offset" not in url
        assert not url or ("after=" in url and "v=1" in url)
    assert len(ids) == len(set(ids)) == 252
    assert counts == {(252, 60), (252, 12)}


def test_a_page_that_ends_with_the_last_feature_leads_nowhere(client):
    for query in ("limit=252", "limit=126&after=126"):
        page = client.get(f"{ITEMS}?{query}").json()
        assert {one["rel"] for one in page["links"]}.isdisjoint({"next"})
        assert page["numberMatched"] == 252


@pytest.mark.parametrize("other", ["offset=1", "sortby=broj"])
def test_after_goes_with_the_own_order_only(client, other):
    answer = client.get(f"{ITEMS}?after=3&{other}")
    assert answer.status_code == 400
    assert "after" in answer.json()["detail"]


def kind_of(client, monkeypatch, path, **headers):
    """The threads in which a request was answered."""
    kinds = []
    run = mount.Rooms.run

    async def told(self, kind, work):
        kinds.append(kind)
        return await run(self, kind, work)

    monkeypatch.setattr(mount.Rooms, "run", told)
    assert client.get(path, headers=headers).status_code == 200
    monkeypatch.undo()
    return kinds


@pytest.fixture
def at_once(backend):
    """The threads of a small question: none where the layer is a file of this machine."""
    return [] if isinstance(backend, Sqlite) else [Threads.CHEAP]


def test_small_questions_need_no_thread_and_large_ones_have_their_own(client, monkeypatch, at_once):
    client.get(f"{ITEMS}?limit=5")  # the layer has been read
    assert kind_of(client, monkeypatch, f"{ITEMS}?limit=21") == at_once
    assert kind_of(client, monkeypatch, f"{ITEMS}/z3") == at_once
    assert kind_of(client, monkeypatch, f"{ITEMS}?limit=21&f=html") == [Threads.CHEAP]
    quick = [Threads.HEAVY] if at_once else []
    assert kind_of(client, monkeypatch, f"{ITEMS}?limit=21&oznaka=z3") == quick
    assert kind_of(client, monkeypatch, f"{ITEMS}?limit=21&sortby=broj") == [Threads.HEAVY]
    assert kind_of(client, monkeypatch, f"{ITEMS}?limit=21&filter=broj=3") == quick
    long = " or ".join(["broj=3"] * 120)
    assert kind_of(client, monkeypatch, f"{ITEMS}?limit=21&filter={long}") == [Threads.HEAVY]
    assert kind_of(client, monkeypatch, f"{ITEMS}?f=csv") == [Threads.LONG]


def test_what_is_not_small_after_all_is_given_to_a_thread(
    client, build, registry, monkeypatch, at_once
):
    lines = [shapely.LineString([(20, 44), (21, 45)]).segmentize(0.001)] * 30
    registry.show(build("duge", lines, {"n": ("integer", list(range(30)))}, kind="LineString"))
    address = "/ogc/collections/duge/items"
    client.get(f"{address}?limit=1")
    assert kind_of(client, monkeypatch, f"{address}?limit=2") == at_once
    assert kind_of(client, monkeypatch, f"{address}?limit=30") == [Threads.CHEAP]


def test_a_column_whose_question_was_late_is_not_tried_again(client, monkeypatch, at_once):
    late, quick = ([Threads.HEAVY],) * 2 if at_once else ([Threads.CHEAP], [])
    client.get(f"{ITEMS}?limit=5")  # the layer has been read
    monkeypatch.setattr("geoportal.ogc.geojson.MOST_AT_ONCE", 0)
    assert kind_of(client, monkeypatch, f"{ITEMS}?limit=23&broj=3") == late
    monkeypatch.undo()
    assert kind_of(client, monkeypatch, f"{ITEMS}?limit=24&broj=3") == [Threads.HEAVY]
    assert kind_of(client, monkeypatch, f"{ITEMS}?limit=24&oznaka=z3") == quick


def test_filters_of_large_features_have_threads_of_their_own(client, monkeypatch):
    client.get(f"{ITEMS}?limit=5")  # the layer has been read
    monkeypatch.setattr(features, "LIGHT_BYTES", 1)
    monkeypatch.setattr(features, "_light", Kept())
    assert kind_of(client, monkeypatch, f"{ITEMS}?limit=21&filter=broj=4") == [Threads.HEAVY]


def test_a_kind_of_filter_that_was_late_is_not_tried_again(client, monkeypatch, at_once):
    late, quick = ([Threads.HEAVY],) * 2 if at_once else ([Threads.CHEAP], [])
    client.get(f"{ITEMS}?limit=5")  # the layer has been read
    monkeypatch.setattr("geoportal.ogc.geojson.MOST_AT_ONCE", 0)
    assert kind_of(client, monkeypatch, f"{ITEMS}?limit=23&filter=broj<30") == late
    monkeypatch.undo()
    assert kind_of(client, monkeypatch, f"{ITEMS}?limit=24&filter=broj<31") == [Threads.HEAVY]
    assert kind_of(client, monkeypatch, f"{ITEMS}?limit=24&filter=broj>29") == quick


@pytest.fixture
def stuck(monkeypatch):
    """Questions with a filter begin, and end when the test lets them; gives both."""
    began, end = threading.Semaphore(0), threading.Event()

    def understood(asked, _manifest):
        if "filter" in asked.values:
            began.release()
            assert end.wait(20)
        return replace(asked, values={k: v for k, v in asked.values.items() if k != "filter"})

    monkeypatch.setattr(features.filters, "understood", understood)
    monkeypatch.setattr(features, "SHORT", 0)  # every filter has a thread
    yield began, end
    end.set()


def test_slow_filters_never_delay_a_tile_or_a_page(client, stuck):
    began, end = stuck
    with ThreadPoolExecutor(2 * Threads.HEAVY.value) as others:
        slow = [
            others.submit(client.get, f"{ITEMS}?filter=broj>{n}", timeout=30)
            for n in range(2 * Threads.HEAVY.value)
        ]
        for _ in range(Threads.HEAVY.value):
            assert began.acquire(timeout=20)
        for path in ("/tiles/zone/3/4/2.mvt", f"{ITEMS}?limit=22", f"{ITEMS}?limit=22&f=html"):
            assert client.get(path, timeout=10).status_code in (200, 204)
        assert not any(each.done() for each in slow)
        end.set()
        assert {each.result().status_code for each in slow} == {200}


def test_too_many_who_wait_are_told_to_come_back(client, stuck, monkeypatch):
    monkeypatch.setattr(mount, "WAITING", 0)
    answer = client.get(f"{ITEMS}?filter=broj>1")
    assert (answer.status_code, answer.json()["code"]) == (503, "Busy")


def nothing(_: Asked):
    """No operation."""


def test_routes_are_found_by_their_first_words_in_order():
    paths = ("", "/collections/{c}", "/collections/{c}/items", "/collections/{c}/items/{f:path}")
    table = Table([*(Route(path, nothing) for path in paths), Route("//tiles/{c}/{z}", nothing)])
    for path, found, values in (
        ("/ogc", "", {}),
        ("/ogc/collections/a", "/collections/{c}", {"c": "a"}),
        ("/ogc/collections/a/items", "/collections/{c}/items", {"c": "a"}),
        ("/ogc/collections/a/items/x/y", "/collections/{c}/items/{f:path}", {"c": "a", "f": "x/y"}),
        ("/tiles/a/7", "//tiles/{c}/{z}", {"c": "a", "z": "7"}),
    ):
        route, given = table.find(path, "HEAD")
        assert (route.path, dict(given)) == (found, values)


@pytest.mark.parametrize("path", ["/ogcx", "/data", "/static/ogc", "/en/data"])
def test_other_addresses_are_none_of_its_business(path):
    assert not front.is_ours(path)
