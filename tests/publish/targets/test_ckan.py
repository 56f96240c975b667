"""A mirror at a second eMap, which stands for any CKAN."""

import pytest

from datasets.errors import TargetError
from publish.targets._package import OF, SITE

SENT = ("title", "notes", "url", "author", "author_email", "maintainer", "maintainer_email") + (
    "license_id",
    "version",
    "private",
    "state",
    "name",
)
OF_FILES = ("id", "name", "description", "format", "mimetype", "url", "size", "hash")


def extras(package):
    return {extra["key"]: extra["value"] for extra in package["extras"]}


@pytest.fixture
def editors(second, ckan):
    """The second eMap as a target, with the token of an editor."""
    return ckan(second.url, second.token("urednik"))


@pytest.fixture
def sysadmins(second, ckan):
    """The second eMap as a target, with the token of a sysadmin."""
    return ckan(second.url, second.token("upravnica", sysadmin=True))


def test_packages_are_equal_in_all_that_is_sent(town, second, editors):
    town.publish(
        "cesme",
        notes="Све чесме.",
        license_id="cc-by",
        author="ЈКП Наissus",
        author_email="jkp@example.rs",
        version="3",
        tags=[{"name": "вода"}, {"name": "јавни простор"}],
        extras=[
            {"key": "frequency", "value": "annual"},
            {"key": "harvest_object_id", "value": "x"},
        ],
    )
    assert town.mirror(editors) == {"cesme": "created"}
    ours = town.desk.catalog.call_action("package_show", {"id": "cesme"})
    theirs = second.show("cesme")
    assert [theirs[key] or "" for key in SENT] == [ours[key] or "" for key in SENT]
    assert [t["name"] for t in theirs["tags"]] == [t["name"] for t in ours["tags"]]
    assert theirs["organization"]["name"] == "nis"
    for here, there in zip(ours["resources"], theirs["resources"], strict=True):
        assert {k: there[k] for k in OF_FILES} == {k: here[k] for k in OF_FILES}
        assert not there["url_type"]
    told = extras(theirs)
    assert told[OF] == ours["id"]
    assert told[SITE] == "https://podaci.example.rs"
    assert told["frequency"] == "annual"
    assert "harvest_object_id" not in told


def test_a_second_run_asks_nothing(town, second, editors):
    for name in ("cesme", "klupe", "parkovi"):
        town.publish(name)
    town.mirror(editors)
    second.counting.asked.clear()
    assert set(town.mirror(editors).values()) == {"unchanged"}
    assert second.counting.asked == []


def test_a_change_here_is_one_write_there(town, second, editors):
    town.publish("cesme")
    town.mirror(editors)
    second.counting.asked.clear()
    town.change("cesme", title="Чесме и бунари")
    assert town.mirror(editors) == {"cesme": "updated"}
    assert second.writes() == ["package_patch"]
    assert second.show("cesme")["title"] == "Чесме и бунари"


def test_a_sysadmins_token_keeps_our_ids(town, second, sysadmins):
    ours = town.publish("cesme")
    town.mirror(sysadmins)
    assert second.show("cesme")["id"] == ours["id"]


def test_an_editors_token_gets_ids_that_are_remembered(town, second, editors):
    ours = town.publish("cesme")
    town.mirror(editors)
    theirs = second.show("cesme")
    assert theirs["id"] != ours["id"]
    assert theirs["resources"][0]["id"] == ours["resources"][0]["id"]
    town.change("cesme", name="javne-cesme")
    town.mirror(editors)
    assert second.show(theirs["id"])["name"] == "javne-cesme"
    assert second.names() == ["javne-cesme"]


def test_a_lost_answer_makes_no_twin(town, second, editors):
    town.publish("cesme")
    second.counting.lose = "package_create"
    assert town.mirror(editors) == {"cesme": "refused"}
    assert town.reason("cesme") == "the site answers 504"
    assert second.names() == ["cesme"]
    assert town.mirror(editors) == {"cesme": "updated"}
    assert second.names() == ["cesme"]


def test_without_our_records_what_is_ours_is_found_again(town, second, editors):
    town.publish("cesme")
    second.desk.catalog.call_action("package_create", {"name": "klupe", "owner_org": "nis"})
    town.publish("klupe")
    town.mirror(editors)
    with town.desk.catalog.engine.begin() as connection:
        connection.exec_driver_sql("delete from target_record")
    assert town.mirror(editors) == {"cesme": "updated", "klupe": "updated"}
    assert second.names() == ["cesme", "klupe", "klupe-2"]


def test_a_site_whose_search_lags_behind_gets_no_twin(town, second, editors, monkeypatch):
    second.desk.catalog.call_action("package_create", {"name": "klupe", "owner_org": "nis"})
    town.publish("klupe")
    town.mirror(editors)
    with town.desk.catalog.engine.begin() as connection:
        connection.exec_driver_sql("delete from target_record")
    monkeypatch.setattr("publish.targets.ckan._Remote._searched", lambda *_: iter(()))
    town.change("klupe", title="Ново")
    town.mirror(editors)
    assert second.names() == ["klupe", "klupe-2"]
    assert second.show("klupe-2")["title"] == "Ново"


def test_a_name_that_is_taken_gets_a_number_that_stays(town, second, editors):
    for name in ("cesme", "cesme-2"):
        second.desk.catalog.call_action(
            "package_create", {"name": name, "owner_org": "nis", "title": "Туђе"}
        )
    town.publish("cesme")
    town.mirror(editors)
    assert second.show("cesme-3")["title"] == "Скуп cesme"
    assert second.show("cesme")["title"] == "Туђе"
    town.change("cesme", title="Ново")
    town.mirror(editors)
    assert second.show("cesme-3")["title"] == "Ново"


def test_a_dataset_of_another_site_with_the_same_id_is_left_alone(town, second, sysadmins):
    ours = town.publish("cesme")
    second.desk.catalog.call_action(
        "package_create",
        {
            "id": ours["id"],
            "name": "cesme",
            "owner_org": "nis",
            "title": "Туђе",
            "extras": [
                {"key": OF, "value": ours["id"]},
                {"key": SITE, "value": "https://drugi.example.rs"},
            ],
            "resources": [{"id": ours["resources"][0]["id"], "url": "https://example.rs/a.csv"}],
        },
    )
    assert town.mirror(sysadmins) == {"cesme": "created"}
    assert second.show("cesme")["title"] == "Туђе"
    assert second.show("cesme-2")["title"] == "Скуп cesme"
    second.counting.asked.clear()
    assert town.mirror(sysadmins) == {"cesme": "unchanged"}
    town.change("cesme", notes="Сада са описом")
    town.mirror(sysadmins)
    assert second.show("cesme-2")["notes"] == "Сада са описом"
    assert len(second.show("cesme-2")["resources"]) == 1


def test_what_is_gone_here_is_deleted_there_and_comes_back_as_itself(town, second, editors):
    for number in range(5):
        town.publish(f"skup-{number}")
    town.mirror(editors)
    there = second.show("skup-0")["id"]
    town.withdraw("skup-0")
    assert town.mirror(editors)["skup-0"] == "withdrawn"
    assert second.show(there)["state"] == "deleted"
    second.counting.asked.clear()
    assert "skup-0" not in town.mirror(editors)
    assert second.counting.asked == []
    town.change("skup-0", state="active")
    assert town.mirror(editors)["skup-0"] == "created"
    assert second.show(there)["state"] == "active"


def test_a_deleted_one_of_ours_comes_back_under_its_id_without_our_records(town, second, sysadmins):
    ours = town.publish("cesme")
    town.mirror(sysadmins)
    town.withdraw("cesme")
    town.mirror(sysadmins, accept=frozenset({"cesme"}))
    second.desk.catalog.call_action("package_create", {"name": "cesme", "owner_org": "nis"})
    with town.desk.catalog.engine.begin() as connection:
        connection.exec_driver_sql("delete from target_record")
    town.change("cesme", state="active")
    town.mirror(sysadmins)
    assert second.names() == ["cesme", "cesme-2"]
    assert second.show("cesme-2")["id"] == ours["id"]


def test_more_than_a_fifth_is_not_withdrawn_without_a_person(town, second, editors):
    for number in range(5):
        town.publish(f"skup-{number}")
    town.mirror(editors)
    for number in range(2):
        town.withdraw(f"skup-{number}")
    did = town.mirror(editors)
    assert (did["skup-0"], did["skup-1"]) == ("held", "held")
    assert "--accept skup-0" in town.reason("skup-0")
    assert len(second.names()) == 5
    did = town.mirror(editors, accept=frozenset({"skup-0", "skup-1"}))
    assert (did["skup-0"], did["skup-1"]) == ("withdrawn", "withdrawn")
    assert second.names() == ["skup-2", "skup-3", "skup-4"]


def test_private_datasets_and_those_not_meant_stay_here(town, second, ckan):
    town.publish("cesme")
    town.publish("interno", private=True)
    town.publish("probni-skup")
    target = ckan(second.url, second.token("urednik"), without=["*/probni-*"])
    assert town.mirror(target) == {"cesme": "created"}
    target = ckan(second.url, second.token("urednik"), datasets=["grad-nis/probni-*"])
    assert town.mirror(target)["probni-skup"] == "created"


def test_drift_is_told_field_by_field_and_mended(town, second, editors):
    for name in ("cesme", "klupe", "parkovi", "skole", "vrtici"):
        town.publish(name)
    town.mirror(editors)
    catalog = second.desk.catalog
    catalog.call_action("package_patch", {"id": "cesme", "title": "Туђ наслов"})
    catalog.call_action("package_delete", {"id": "klupe"})
    catalog.call_action("resource_delete", {"id": second.show("parkovi")["resources"][0]["id"]})
    town.change("vrtici", title="Нов наслов")
    with town.desk.catalog.engine.begin() as connection:
        connection.exec_driver_sql("delete from target_record where name = 'skole'")
    town.withdraw("skole")
    second.counting.asked.clear()
    assert town.drift(editors) == [
        ("cesme", "changed", "title"),
        ("klupe", "missing", ""),
        ("parkovi", "changed", "resources.parkovi.csv"),
        ("vrtici", "behind", "title"),
        ("skole", "extra", ""),
    ]
    assert second.writes() == []
    did = town.mirror(editors, repair=True)
    assert did == {
        "cesme": "updated",
        "klupe": "created",
        "parkovi": "updated",
        "vrtici": "updated",
        "skole": "withdrawn",
    }
    assert town.drift(editors) == []
    assert town.mirror(editors, repair=True) == dict.fromkeys(sorted(did)[:-2], "unchanged") | {
        "vrtici": "unchanged"
    }


def test_what_others_added_there_stays(town, second, editors):
    town.publish("cesme", extras=[{"key": "staro", "value": "1"}])
    town.mirror(editors)
    theirs = second.show("cesme")
    second.desk.catalog.call_action(
        "package_patch",
        {
            "id": "cesme",
            "extras": [*theirs["extras"], {"key": "tema", "value": "вода"}],
            "resources": [*theirs["resources"], {"name": "додатак", "url": "https://example.rs/b"}],
        },
    )
    town.change("cesme", title="Ново", extras=[])
    town.mirror(editors)
    now = second.show("cesme")
    assert extras(now)["tema"] == "вода"
    assert "staro" not in extras(now)
    assert [r["name"] for r in now["resources"]] == ["cesme.csv", "додатак"]


def test_resources_keep_their_ids_and_order_and_go_when_they_are_gone(town, second, editors):
    files = [town.file(name) for name in ("a", "b", "c")]
    town.publish("cesme", resources=files)
    town.mirror(editors)
    before = {r["name"]: r["id"] for r in second.show("cesme")["resources"]}
    ours = town.desk.catalog.call_action("package_show", {"id": "cesme"})["resources"]
    town.change("cesme", resources=[ours[2], ours[0]])
    town.mirror(editors)
    after = second.show("cesme")["resources"]
    assert [(r["name"], r["id"]) for r in after] == [
        ("c.csv", before["c.csv"]),
        ("a.csv", before["a.csv"]),
    ]


def test_files_are_uploaded_and_read_back(town, second, ckan):
    target = ckan(second.url, second.token("urednik"), files="upload")
    town.publish("cesme")
    town.upload("cesme")
    assert town.mirror(target) == {"cesme": "created"}
    there = second.show("cesme")["resources"][0]
    assert there["url_type"] == "upload"
    assert there["url"].startswith(second.url)
    assert there["size"] == len("id,naziv\n1,Чесма\n".encode())
    second.counting.asked.clear()
    assert town.mirror(target) == {"cesme": "unchanged"}
    assert second.counting.asked == []
    town.change("cesme", title="Друго име")
    town.mirror(target)
    assert "resource_patch" not in second.writes()
    assert second.show("cesme")["resources"][0]["url_type"] == "upload"
    town.upload("cesme", "id\n2\n")
    town.mirror(target)
    now = second.show("cesme")["resources"][0]
    assert (now["id"], now["size"]) == (there["id"], 5)
    assert town.drift(target) == []
    links = ckan(second.url, second.token("urednik"))
    assert town.mirror(links) == {"cesme": "updated"}
    assert second.show("cesme")["resources"][0]["url"].startswith("https://podaci.example.rs/")


def test_bytes_are_not_reached_by_naming_their_hash(town, second, ckan):
    target = ckan(second.url, second.token("urednik"), files="upload")
    secret = town.file("tajna", "tajna\n")
    town.publish("cesme", resources=[secret])
    town.mirror(target)
    [there] = second.show("cesme")["resources"]
    assert there["url_type"] != "upload"
    assert there["url"] == "https://podaci.example.rs/data/tajna/files/tajna.csv"


def test_a_file_above_the_limit_stays_a_link(town, second, ckan):
    target = ckan(second.url, second.token("urednik"), files="upload", upload_max_bytes=5)
    town.publish("cesme")
    town.upload("cesme")
    assert town.mirror(target) == {"cesme": "created"}
    assert "stays a link" in town.reason("cesme")
    assert second.show("cesme")["resources"][0]["url"].startswith("https://podaci.example.rs/")


def test_titles_come_in_the_wanted_language(town, second, ckan):
    translated = [{"key": "title_translated", "value": '{"en": "Fountains"}'}]
    town.publish("cesme", title="Чесме", extras=translated, tags=[{"name": "вода"}])
    target = ckan(second.url, second.token("urednik"), language="sr-Latn")
    town.mirror(target)
    theirs = second.show("cesme")
    assert theirs["title"] == "Česme"
    assert theirs["tags"][0]["name"] == "voda"
    assert theirs["resources"][0]["description"] == "Spisak"
    town.mirror(ckan(second.url, second.token("urednik"), language="en"))
    assert second.show("cesme")["title"] == "Fountains"


def test_a_token_that_may_publish_nowhere_is_said_plainly(town, second, ckan):
    town.publish("cesme")
    second.desk.catalog.create_user("gost")
    with pytest.raises(TargetError, match="may publish in no organization there"):
        town.mirror(ckan(second.url, second.token("gost")))
    with pytest.raises(TargetError, match="wrong or revoked"):
        town.mirror(ckan(second.url, "izmisljen"))


def test_an_organization_that_is_not_the_tokens_refuses_its_datasets_only(town, second, ckan):
    town.publish("cesme")
    town.desk.catalog.call_action("organization_create", {"name": "jkp", "title": "ЈКП"})
    town.publish("voda", owner_org="jkp")
    target = ckan(second.url, second.token("urednik"))
    assert town.mirror(target) == {"cesme": "created", "voda": "refused"}
    assert "organization 'jkp'" in town.reason("voda")


def test_what_was_sent_without_an_answer_and_then_withdrawn_is_withdrawn_there_too(
    town, second, editors
):
    town.publish("cesme")
    second.counting.lose = "package_create"
    town.mirror(editors)
    town.withdraw("cesme")
    assert town.mirror(editors, accept=frozenset({"cesme"})) == {"cesme": "withdrawn"}
    assert second.names() == []
