"""A clerk's path: a file is refused, repairs are accepted, it is public; undone, the former is."""

import json
from pathlib import Path

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError

from datasets.config import Config
from datasets.errors import ConfigError
from harvesters.packages.package import upload
from publish import deliveries, recipes, repairing
from publish.desk import Desk, open_desk
from publish.pipeline import take
from publish.reports import last_report
from tests.validation.conftest import Here

CONFIG = Config.model_validate({"site": {"url": "https://podaci.example.rs"}})
FIELDS = [
    {"name": "sifra", "type": "integer"},
    {"name": "naziv", "type": "string"},
    {"name": "datum", "type": "date"},
    {"name": "aktivan", "type": "boolean"},
]
CLEAN = "sifra,naziv,datum,aktivan\n1,Чаир,2021-10-05,true\n2,Тврђава,2021-10-06,false\n"
DIRTY = "sifra,naziv,datum,aktivan\n1, Чаир,05.10.2021.,true\n2,Тврђава ,6.10.2021.,false\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr("publish.desk.Sandbox", lambda _limits: Here())
    desk = open_desk(CONFIG, tmp_path / "var")
    yield desk
    desk.versions.close()


@pytest.fixture
def send(tmp_path: Path, desk: Desk):
    """Send a file as a package with a schema; gives the receipt."""
    folder = tmp_path / "klupe"
    folder.mkdir()
    resource = {"name": "klupe", "path": "klupe.csv", "schema": {"fields": FIELDS}}
    (folder / "datapackage.json").write_text(json.dumps({"name": "klupe", "resources": [resource]}))

    def sent(rows: str):
        (folder / "klupe.csv").write_text(rows, encoding="utf-8")
        return take(upload(folder, organization="nis"), desk, by_hand=True)

    return sent


def by_repair(desk: Desk) -> dict[str, str]:
    return {o.offer.step.repair: o.offer.step.id for o in repairing.offered("klupe", desk)}


def original(desk: Desk) -> str:
    [file] = deliveries.last(desk.versions.engine, "klupe", desk.store).resources
    return file.path.read_text(encoding="utf-8")


def accept(desk: Desk, *wanted: str, **options: bool):
    return repairing.accept("klupe", wanted, desk, user_name="mira", **options)


def test_refused_repaired_published_and_undone_the_former_comes_back(desk, send):
    assert send(CLEAN).action == "created"
    refused = send(DIRTY)
    assert (refused.action, refused.version) == ("refused", 1)
    offered = by_repair(desk)
    assert {"dates", "trim"} <= set(offered)

    done = accept(desk, offered["dates"], offered["trim"])
    assert (done.action, done.version) == ("updated", 2)
    assert original(desk) == DIRTY
    [resource] = desk.versions.current("klupe").resources
    assert desk.store.blob(resource.sha256).read_text(encoding="utf-8") == DIRTY
    assert {step.repair for step in resource.recipe} == {"dates", "trim"}
    notes = last_report(desk.versions, desk.store, "klupe").findings
    assert {f.values["repair"] for f in notes if f.check == "repaired"} == {"dates", "trim"}

    back = repairing.undo("klupe", [offered["dates"]], desk)
    assert (back.action, back.version) == ("refused", 1)
    assert desk.versions.current("klupe").number == 1
    assert desk.versions.refusal("klupe") is not None
    assert original(desk) == DIRTY


def test_a_dataset_that_was_public_by_a_repair_alone_is_withdrawn_when_it_is_undone(desk, send):
    assert send(DIRTY).action == "refused"
    dates = by_repair(desk)["dates"]
    assert accept(desk, dates).action == "created"
    assert repairing.undo("klupe", [dates], desk).action == "refused"
    assert desk.versions.current("klupe") is None


def test_what_is_exact_is_done_to_later_deliveries_and_what_is_not_is_offered_again(desk, send):
    send(DIRTY)
    accept(desk, "safe")
    assert send(DIRTY.replace("Чаир", "Палилула")).action == "updated"

    dates = by_repair(desk)
    assert "dates" not in dates
    again = [each for each in repairing.accepted("klupe", desk) if each.step.repair == "dates"]
    assert [(each.user_name, each.always) for each in again] == [("mira", True)]


def test_a_repair_for_this_file_only_is_offered_again_and_says_who_accepted_it(desk, send):
    send(DIRTY)
    accept(desk, "safe", always=False)
    assert send(DIRTY.replace("Чаир", "Палилула")).action == "refused"
    report = last_report(desk.versions, desk.store, "klupe")
    told = [f for f in report.findings if f.check == "repair-offered-again"]
    assert {f.values["repair"] for f in told} == {"dates", "trim"}
    assert all(f.severity == "note" and f.values["user"] == "mira" and f.offers for f in told)
    assert send(DIRTY).action == "unchanged"  # the file for which it was accepted


def test_an_id_that_is_not_offered_or_accepted_is_told_with_those_there_are(desk, send):
    send(DIRTY)
    with pytest.raises(ConfigError, match="no repair ffffffff is offered; there are .*dates"):
        accept(desk, "ffffffff")
    with pytest.raises(ConfigError, match="no repair ffffffff accepted; none were"):
        repairing.undo("klupe", ["ffffffff"], desk)
    assert repairing.accepted("klupe", desk) == []


def test_the_same_repairs_in_another_order_are_the_same_version(desk, send):
    send(DIRTY)
    offered = by_repair(desk)
    ids = [offered["dates"], offered["trim"]]
    assert accept(desk, *ids).version == 1
    before = [each.step.id for each in repairing.accepted("klupe", desk)]
    dataset = deliveries.last(desk.versions.engine, "klupe", desk.store)
    with desk.catalog.transaction() as catalog:
        recipes.undo(catalog.connection, dataset.id, before[:1])
    assert accept(desk, before[0]).action == "unchanged"
    after = [each.step.id for each in repairing.accepted("klupe", desk)]
    assert after == before[::-1]


def test_publishing_with_safe_repairs_needs_no_second_step(desk, tmp_path):
    path = tmp_path / "klupe.csv"
    path.write_text("sifra,naziv\n1, Чаир\n2,Тврђава\n", encoding="utf-8")
    dataset = upload(path, organization="nis")
    assert repairing.publish(dataset, ["safe"], desk, user_name="mira").version == 1
    [resource] = desk.versions.current("klupe").resources
    assert [step.repair for step in resource.recipe] == ["trim"]


def test_steps_keep_their_order_and_a_second_word_replaces_the_first(desk, send):
    send(DIRTY)
    dataset = deliveries.last(desk.versions.engine, "klupe", desk.store)
    offers = {o.offer.step.repair: o.offer for o in repairing.offered("klupe", desk)}
    for repair, always in (("trim", True), ("dates", True), ("trim", False)):
        with desk.catalog.transaction() as catalog:
            recipes.accept(
                catalog.connection,
                dataset,
                "klupe",
                [offers[repair]],
                user_name="mira",
                time="2026-11-22T10:00:00",
                always=always,
            )
    kept = repairing.accepted("klupe", desk)
    assert [(each.step.repair, each.always) for each in kept] == [("trim", False), ("dates", True)]
    [applied] = recipes.applied(dataset, desk.versions).resources
    assert [step.repair for step in applied.recipe] == ["trim", "dates"]


def editor(desk: Desk, name: str, capacity: str = ""):
    user = desk.catalog.create_user(name)
    if capacity:
        desk.catalog.call_action(
            "organization_member_create", {"id": "nis", "username": name, "role": capacity}
        )
    return desk.catalog.as_user(user)


def test_an_editor_accepts_and_undoes_by_the_api_and_others_may_not(desk, send):
    send(CLEAN)
    send(DIRTY)
    mira, petar = editor(desk, "mira", "editor"), editor(desk, "petar", "member")
    for catalog in (petar, editor(desk, "gost"), desk.catalog.as_user(None)):
        with pytest.raises(NotAuthorized):
            catalog.call_action("dataset_repair_list", {"id": "klupe"})
        with pytest.raises(NotAuthorized):
            catalog.call_action("dataset_repair_apply", {"id": "klupe", "repairs": ["safe"]})

    listed = mira.call_action("dataset_repair_list", {"id": "klupe"})
    assert listed["accepted"] == []
    [dates] = [o for o in listed["offered"] if o["step"]["repair"] == "dates"]
    assert dates["samples"][0] == {"row": 2, "before": "05.10.2021.", "after": "2021-10-05"}
    given = {"id": "klupe", "repairs": [dates["id"]], "async": False}
    assert mira.call_action("dataset_repair_apply", given)[0]["id"] == dates["id"]
    assert desk.versions.current("klupe").number == 2
    [accepted] = mira.call_action("dataset_repair_list", {"id": "klupe"})["accepted"]
    assert (accepted["user_name"], accepted["step"]["repair"]) == ("mira", "dates")
    stream = mira.call_action("package_activity_list", {"id": "klupe"})
    assert mira.call_action("user_show", {"id": "mira"})["id"] in {a["user_id"] for a in stream}

    mira.call_action("dataset_repair_undo", given)
    assert desk.versions.current("klupe").number == 1


@pytest.mark.parametrize(
    ("action", "given", "error"),
    [
        ("dataset_repair_list", {"id": "nema-ga"}, NotFound),
        ("dataset_repair_list", {}, ValidationError),
        ("dataset_repair_apply", {"id": "klupe", "repairs": ["ffffffff"]}, ValidationError),
        ("dataset_repair_apply", {"id": "klupe", "repairs": [7]}, ValidationError),
        ("dataset_repair_apply", {"id": "klupe", "repairs": []}, ValidationError),
        ("dataset_repair_undo", {"id": "klupe", "repairs": ["ffffffff"]}, ValidationError),
    ],
)
def test_what_the_api_does_not_know_is_told(desk, send, action, given, error):
    send(DIRTY)
    with pytest.raises(error):
        desk.catalog.call_action(action, given)
