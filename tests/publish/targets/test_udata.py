"""A mirror at a udata portal whose answers have the shapes of recorded ones."""

import json

import pytest

from datasets.errors import TargetError
from publish.targets._package import OF
from publish.targets.udata import Udata as Target
from tests.publish.targets.portal import Said
from tests.publish.targets.udata_portal import KEY, ORGANIZATION, Udata

BOX = {"type": "Polygon", "coordinates": [[[21, 43], [22, 43], [22, 44], [21, 44], [21, 43]]]}


@pytest.fixture
def udata(portal):
    return Udata(portal)


@pytest.fixture
def target(portal, monkeypatch):
    monkeypatch.setenv("EMAP_TEST_KEY", KEY)

    def made(**keys):
        given = {"name": "drzava", "kind": "udata", "url": portal.url, "token_env": "EMAP_TEST_KEY"}
        return Target(**given | keys)

    return made


def test_the_portal_made_for_the_tests_has_the_fields_of_recorded_answers(
    shared, town, udata, target
):
    recorded = json.loads(
        (shared / "data/upstream/udata/datasets-api/datasets-page-1.json").read_text("utf-8")
    )["data"][0]
    town.publish("cesme")
    town.mirror(target())
    made = udata.shown()[0]
    assert recorded.keys() - made.keys() <= {
        *("contact_points", "metrics", "schema", "created_at_internal", "last_modified_internal")
    }
    assert recorded["resources"][0].keys() - made["resources"][0].keys() <= {
        *("created_at", "last_modified", "latest")
    }


def test_a_dataset_and_its_resources_are_there_in_the_portals_words(town, udata, target):
    town.publish(
        "cesme",
        title="Чесме",
        notes="Све **чесме**.",
        license_id="CC-BY-4.0",
        tags=[{"name": "Пијаћа вода"}, {"name": "во"}, {"name": "voda"}],
        extras=[
            {"key": "frequency", "value": "http://publications.europa.eu/x/frequency/ANNUAL_2"},
            {"key": "spatial", "value": json.dumps(BOX)},
            {"key": "temporal_start", "value": "2024-01-01T00:00:00"},
            {"key": "temporal_end", "value": "2024-12-31"},
        ],
        resources=[
            town.file("cesme"),
            {
                "name": "OGC",
                "url": "/ogc/collections/cesme",
                "resource_type": "api",
                "format": "X Y",
            },
        ],
    )
    assert town.mirror(target()) == {"cesme": "created"}
    [made] = udata.shown()
    assert (made["title"], made["description"]) == ("Чесме", "Све **чесме**.")
    assert (made["license"], made["frequency"]) == ("cc-by", "semiannual")
    assert made["tags"] == ["pijaca-voda", "voda"]
    assert made["organization"]["id"] == ORGANIZATION["id"]
    assert made["spatial"]["geom"] == {"type": "MultiPolygon", "coordinates": [BOX["coordinates"]]}
    assert made["temporal_coverage"] == {"start": "2024-01-01", "end": "2024-12-31"}
    first, second = made["resources"]
    assert first["url"] == "https://podaci.example.rs/data/cesme/files/cesme.csv"
    assert (first["type"], first["format"], first["filetype"]) == ("main", "csv", "remote")
    assert first["checksum"]["type"] == "sha256"
    assert (second["type"], second["format"]) == ("api", "x y")


def test_a_second_run_asks_nothing_and_a_change_is_written_where_it_is(town, udata, target, portal):
    town.publish("cesme", resources=[town.file("a"), town.file("b")])
    town.mirror(target())
    portal.asked.clear()
    assert town.mirror(target()) == {"cesme": "unchanged"}
    assert portal.asked == []
    ours = town.desk.catalog.call_action("package_show", {"id": "cesme"})["resources"]
    town.change("cesme", resources=[ours[0] | {"description": "Друго"}, ours[1]])
    assert town.mirror(target()) == {"cesme": "updated"}
    made = udata.shown()[0]
    assert portal.writes() == [
        f"PUT /api/1/datasets/{made['id']}/",
        f"PUT /api/1/datasets/{made['id']}/resources/{made['resources'][0]['id']}/",
    ]
    assert [r["description"] for r in made["resources"]] == ["Друго", "Списак"]


def test_resources_that_are_gone_here_go_there_and_others_stay(town, udata, target):
    town.publish("cesme", resources=[town.file("a"), town.file("b")])
    town.mirror(target())
    [kept] = udata.datasets.values()
    kept["resources"].append(
        {"id": "others", "title": "Упутство", "url": "https://x", "filetype": "remote"}
    )
    ours = town.desk.catalog.call_action("package_show", {"id": "cesme"})["resources"]
    town.change("cesme", resources=[ours[1]])
    town.mirror(target())
    assert [r["title"] for r in kept["resources"]] == ["b.csv", "Упутство"]


@pytest.mark.parametrize("lost", ["POST /api/1/datasets/", "/resources/"])
def test_a_lost_answer_makes_no_twin(town, udata, target, lost):
    town.publish("cesme", resources=[town.file("a"), town.file("b")])
    udata.lose = lost
    with pytest.raises(TargetError, match="looks for it there"):
        town.mirror(target())
    assert town.mirror(target())["cesme"] == "updated"
    [made] = udata.shown()
    assert [r["title"] for r in made["resources"]] == ["a.csv", "b.csv"]


def test_without_our_records_what_is_ours_is_found_on_any_page(town, udata, target):
    town.publish("cesme")
    town.mirror(target())
    [ours] = udata.datasets.items()
    udata.datasets = {
        f"{n:024x}": ours[1] | {"id": f"{n:024x}", "extras": {}} for n in range(150)
    } | {ours[0]: ours[1]}
    with town.desk.catalog.engine.begin() as connection:
        connection.exec_driver_sql("delete from target_record")
    assert town.mirror(target()) == {"cesme": "updated"}
    assert len(udata.datasets) == 151


def test_what_is_withdrawn_is_archived_and_comes_back(town, udata, target):
    town.publish("cesme")
    town.mirror(target())
    town.withdraw("cesme")
    assert town.mirror(target()) == {"cesme": "held"}
    assert town.mirror(target(), accept=frozenset({"cesme"})) == {"cesme": "withdrawn"}
    [there] = udata.datasets.values()
    assert there["archived"]
    assert udata.shown() == []
    town.change("cesme", state="active")
    assert town.mirror(target()) == {"cesme": "created"}
    assert [made["id"] for made in udata.shown()] == [there["id"]]


@pytest.mark.parametrize(
    ("how", "archives", "left"),
    [
        ("private", True, {"private": True, "archived": None, "deleted": None}),
        ("archive", False, {"private": True, "archived": None, "deleted": None}),
        ("delete", True, {"private": False, "archived": None, "deleted": "2026-11-01T00:00:00"}),
    ],
)
def test_a_dataset_leaves_as_configured(town, udata, target, how, archives, left):
    udata.archives = archives
    town.publish("cesme")
    town.mirror(target(withdraw=how))
    town.withdraw("cesme")
    town.mirror(target(withdraw=how), accept=frozenset({"cesme"}))
    [there] = udata.datasets.values()
    assert {key: there[key] for key in left} == left


def test_what_the_portal_deleted_is_made_anew(town, udata, target):
    town.publish("cesme")
    town.mirror(target())
    [old] = udata.datasets
    udata.datasets[old]["deleted"] = "2026-11-01T00:00:00"
    assert town.drift(target()) == [("cesme", "missing", "")]
    town.change("cesme", notes="Ново")
    assert town.mirror(target()) == {"cesme": "created"}
    assert len(udata.datasets) == 2


def test_drift_is_told_and_mended(town, udata, target, portal):
    town.publish("cesme", tags=[{"name": "вода"}])
    town.mirror(target())
    assert town.drift(target()) == []
    [there] = udata.datasets.values()
    there |= {"title": "Туђе", "tags": ["voda", "vodovod"], "private": True}
    there["resources"][0]["url"] = "https://zli.example.rs/"
    portal.asked.clear()
    assert town.drift(target()) == [("cesme", "missing", "")]
    there["private"] = False
    assert town.drift(target()) == [
        ("cesme", "changed", "title"),
        ("cesme", "changed", "tags"),
        ("cesme", "changed", "resources.cesme.csv.url"),
    ]
    assert portal.writes() == []
    assert town.mirror(target(), repair=True) == {"cesme": "updated"}
    assert town.drift(target()) == []
    assert there["tags"] == ["voda"]


def test_the_errors_of_a_400_are_told_and_stop_no_other(town, udata, target, portal):
    town.publish("cesme")
    town.publish("klupe")
    taken, portal.answer = portal.answer, None

    def answer(asked):
        if asked.method == "POST" and (asked.json or {}).get("title") == "Скуп cesme":
            fault = {"title": ["Too short"], "tags": ["Wrong", "Twice"]}
            return Said(400, {"errors": fault, "message": "Validation error"})
        return taken(asked)

    portal.answer = answer
    assert town.mirror(target()) == {"cesme": "refused", "klupe": "created"}
    assert town.reason("cesme") == (
        "the portal does not take it: title: Too short; tags: Wrong; tags: Twice (400)"
    )


def test_a_wrong_key_is_said_plainly(town, udata, target, monkeypatch):
    town.publish("cesme")
    monkeypatch.setenv("EMAP_TEST_KEY", "stari-kljuc")
    with pytest.raises(TargetError, match="token is not accepted") as caught:
        town.mirror(target())
    assert "stari-kljuc" not in str(caught.value)


def test_an_organization_where_the_key_may_not_publish_is_said_plainly(town, udata, target):
    town.publish("cesme")
    udata.member_of = [{"id": "other", "slug": "vodovod"}]
    assert town.mirror(target()) == {"cesme": "refused"}
    assert "it may in vodovod" in town.reason("cesme")
    assert town.mirror(target(organizations={"grad-nis": "nema"})) == {"cesme": "refused"}
    assert "no organization 'nema' there" in town.reason("cesme")
    udata.member_of = []
    with pytest.raises(TargetError, match="in no organization there"):
        town.mirror(target())


def test_a_busy_portal_is_waited_for(town, udata, target, portal):
    town.publish("cesme")
    portal.next = [Said(429, "", {"Retry-After": "9"})]
    assert town.mirror(target()) == {"cesme": "created"}
    assert town.pauses == [9.0]


def test_a_frequency_that_the_portal_does_not_know_is_told(town, udata, target):
    town.publish("cesme", extras=[{"key": "frequency", "value": "hourly"}], license_id="svoja")
    town.mirror(target())
    assert udata.shown()[0]["frequency"] == "unknown"
    assert udata.shown()[0]["license"] == "notspecified"
    assert "no word for the frequency 'hourly'" in town.reason("cesme")
    assert "no word for the license 'svoja'" in town.reason("cesme")


def test_files_are_uploaded_compared_and_replaced(town, udata, target, portal):
    town.publish("cesme")
    town.upload("cesme")
    uploads = target(files="upload")
    assert town.mirror(uploads) == {"cesme": "created"}
    [made] = udata.shown()
    [there] = made["resources"]
    assert (there["filetype"], there["title"], there["type"]) == ("file", "cesme.csv", "main")
    assert udata.stored[there["url"].removeprefix(portal.url)] == "id,naziv\n1,Чесма\n".encode()
    assert there["extras"][OF]
    portal.asked.clear()
    assert town.mirror(uploads) == {"cesme": "unchanged"}
    assert portal.asked == []
    town.upload("cesme", "id\n2\n")
    town.mirror(uploads)
    [now] = udata.shown()[0]["resources"]
    assert (now["id"], now["filesize"]) == (there["id"], 5)
    assert town.drift(uploads) == []
    assert town.mirror(target(), repair=True) == {"cesme": "updated"}
    assert [r["filetype"] for r in udata.shown()[0]["resources"]] == ["remote"]


@pytest.mark.parametrize("how", ["takes_files", "spoils"])
def test_a_file_that_the_portal_refuses_or_spoils_stays_a_link(town, udata, target, how):
    setattr(udata, how, how == "spoils")
    town.publish("cesme")
    town.upload("cesme")
    assert town.mirror(target(files="upload")) == {"cesme": "created"}
    assert "cesme.csv stays a link" in town.reason("cesme")
    [there] = udata.shown()[0]["resources"]
    assert there["url"].startswith("https://podaci.example.rs/")


def test_a_zone_stands_for_the_place_of_an_organization(town, udata, target):
    town.publish("cesme", extras=[{"key": "spatial", "value": json.dumps(BOX)}])
    town.mirror(target(zones={"grad-nis": "rs:opstina:71331"}))
    assert udata.shown()[0]["spatial"] == {"zones": ["rs:opstina:71331"]}
