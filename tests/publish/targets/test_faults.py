"""Sites that are dead, slow, elsewhere or lying: the target is named, the token stays secret."""

import json
import socket
import ssl
import threading

import pytest

from datasets.config import Config, Http, Site
from datasets.errors import TargetError
from publish.desk import open_desk
from tests.publish.targets.portal import Said

TOKEN = "tajni-kljuc-4711"


def envelope(result):
    return Said(body={"help": "", "success": True, "result": result})


def refusal(status, kind, **fields):
    return Said(status, {"help": "", "success": False, "error": {**fields, "__type": kind}})


class Recorded:
    """A CKAN that answers as one was recorded to, and takes every dataset unless told otherwise."""

    def __init__(self, portal):
        self.kept = {}
        self.against = {}
        portal.answer = self.answer

    def answer(self, asked):
        action = asked.path.rpartition("/")[2]
        given = json.loads(asked.body) if asked.body[:1] == b"{" else {}
        if action == "organization_list_for_user":
            return envelope([{"id": "o-1", "name": "nis", "capacity": "editor"}])
        if action == "package_search":
            return envelope({"count": 0, "results": []})
        if action == "package_show" and given["id"] not in self.kept:
            return refusal(404, "Not Found Error", message="Not found")
        if action == "package_show":
            return envelope(self.kept[given["id"]])
        said = self.against.get(given.get("name"))
        if said:
            return said
        shown = given | {"id": "id-of-" + given["name"]}
        self.kept[shown["id"]] = shown
        return envelope(shown)


@pytest.fixture
def recorded(portal):
    return Recorded(portal)


@pytest.fixture
def target(portal, ckan):
    return ckan(portal.url, TOKEN)


def test_both_headers_carry_the_token_and_nothing_else_does(town, portal, recorded, target):
    town.publish("cesme")
    assert town.mirror(target) == {"cesme": "created"}
    for asked in portal.asked:
        assert asked.headers["authorization"] == TOKEN
        assert asked.headers["x-ckan-api-key"] == TOKEN
        assert TOKEN not in asked.path
    assert TOKEN not in repr(target)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (Said(200, "<!DOCTYPE html><p>Welcome"), "with a web page: check the `url`"),
        (Said(200, "sve je u redu"), "with no JSON"),
        (Said(200, ["success"]), "not as CKAN does"),
        (Said(200, {"success": True}), "not as CKAN does"),
        (Said(200, {"success": False, "error": "nope"}), "not as CKAN does"),
        (Said(404, "<html>Not Found</html>"), "answers 404 with a web page"),
        (Said(400, '"Bad request: Action name not known: x"'), "Action name not known"),
        (Said(301, "", {"Location": "https://drugde.example.rs/"}), "drugde.example.rs"),
        (Said(200, "[" * 100_000), "with no JSON"),
    ],
)
def test_what_answers_and_is_no_ckan_is_told(town, portal, target, said, told):
    town.publish("cesme")
    portal.answer = lambda asked: said
    with pytest.raises(TargetError, match=told.replace("`", ".")):
        town.mirror(target)
    assert len(portal.asked) == 1


def test_a_site_that_fails_at_reading_is_asked_three_times(town, portal, target):
    town.publish("cesme")
    portal.answer = lambda asked: Said(503, "", {"Retry-After": "7"})
    with pytest.raises(TargetError, match="answers 503"):
        town.mirror(target)
    assert len(portal.asked) == 3
    assert town.pauses == [7.0, 7.0]


def test_a_busy_site_is_waited_for_and_no_longer_than_a_minute(town, portal, recorded, target):
    town.publish("cesme")
    portal.next = [Said(429, "", {"Retry-After": "100000"}), Said(502, "")]
    assert town.mirror(target) == {"cesme": "created"}
    assert town.pauses == [60.0, 4.0]


def test_creating_is_never_tried_twice(town, portal, recorded, target):
    town.publish("cesme")
    recorded.against["cesme"] = Said(0)
    with pytest.raises(TargetError, match="may have been taken: the next run looks for it"):
        town.mirror(target)
    assert portal.writes() == ["POST /api/action/package_create"]


def test_a_fault_of_the_site_at_one_dataset_stops_no_other(town, portal, recorded, target):
    for name in ("cesme", "klupe", "parkovi"):
        town.publish(name)
    recorded.against["klupe"] = Said(500, "<h1>Internal Server Error")
    assert town.mirror(target) == {"cesme": "created", "klupe": "refused", "parkovi": "created"}
    assert town.reason("klupe") == "the site answers 500"
    del recorded.against["klupe"]
    assert town.mirror(target)["klupe"] == "created"


def test_a_site_that_fails_at_three_datasets_in_a_row_is_left(town, portal, recorded, target):
    names = ["cesme", "klupe", "parkovi", "skole", "vrtici"]
    for name in names:
        town.publish(name)
    recorded.against = dict.fromkeys(names, Said(500, "{}"))
    with pytest.raises(TargetError, match="3 datasets in a row: the site answers 500"):
        town.mirror(target)
    assert len(portal.writes()) == 3


def test_the_fields_of_a_409_are_told_in_words(town, portal, recorded, target):
    town.publish("cesme")
    town.publish("klupe")
    recorded.against["cesme"] = refusal(
        409,
        "Validation Error",
        maintainer=["Missing value"],
        resources=[{"size": ["Invalid integer"]}],
        extras_validation=['Duplicate key "a"'],
    )
    assert town.mirror(target) == {"cesme": "refused", "klupe": "created"}
    assert town.reason("cesme") == (
        "the site does not take it: maintainer: Missing value; resources 1: size: Invalid integer;"
        ' extras_validation: Duplicate key "a"'
    )


def test_what_a_site_says_is_shown_without_the_token_and_without_tricks(
    town, portal, recorded, target
):
    town.publish("cesme")
    evil = f"\x1b[2J{TOKEN}\n\nname:" + "x" * 5000
    recorded.against["cesme"] = refusal(409, "Validation Error", title=[evil])
    town.mirror(target)
    reason = town.reason("cesme")
    assert TOKEN not in reason
    assert reason.isprintable()
    assert len(reason) < 700


def test_a_redirect_never_gets_the_token(town, portal, target, recorded):
    town.publish("cesme")
    portal.answer = lambda asked: Said(307, "", {"Location": f"{portal.url}/kradja"})
    with pytest.raises(TargetError, match="give the address that answers itself"):
        town.mirror(target)
    assert [asked.path for asked in portal.asked] == ["/api/action/package_search"]


def test_a_private_address_is_refused_unless_it_is_configured(tmp_path, town, portal, ckan):
    desk = open_desk(Config(site=Site(url="https://podaci.example.rs")), tmp_path / "outside")
    town.desk = desk
    town.publish("cesme")
    with pytest.raises(TargetError, match="allow_private"):
        town.mirror(ckan(portal.url))
    assert portal.asked == []
    desk.versions.close()


def test_a_site_that_is_not_there_is_named(town, ckan):
    town.publish("cesme")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TargetError, match=f"127.0.0.1:{port}.*cannot be reached"):
        town.mirror(ckan(f"http://127.0.0.1:{port}"))


def test_a_site_that_drips_is_left_when_the_time_is_over(tmp_path, town, ckan):
    http = Http(allow_private=("127.0.0.1",), timeout_s=0.2, deadline_s=0.5)
    desk = open_desk(Config(site=Site(url="https://a.rs"), http=http), tmp_path / "hasty")
    town.desk = desk
    town.publish("cesme")
    stop = threading.Event()

    def drip(listening):
        while not stop.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"a")
                    except OSError:
                        break

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(TargetError, match="not whole in time"):
            town.mirror(ckan(url))
        stop.set()
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()
    desk.versions.close()


def test_a_certificate_that_nobody_signed_is_refused(town, ckan, self_signed):
    town.publish("cesme")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed)

    def greet(listening):
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=greet, args=(listening,))
        thread.start()
        url = f"https://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(TargetError, match="certificate is not valid"):
            town.mirror(ckan(url, TOKEN))
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_an_answer_without_end_is_not_read_to_its_end(town, portal, target):
    town.publish("cesme")
    portal.answer = lambda asked: Said(200, b" " * 50_000_001)
    with pytest.raises(TargetError, match="more than 50000000 bytes"):
        town.mirror(target)
