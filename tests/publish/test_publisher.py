"""One way to write into a catalog: organizations say what config.yml says, errors come in words."""

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError

from datasets.config import Config, Organization
from datasets.errors import PublishError
from datasets.model import Dataset
from datasets.text import Text
from publish.package import organization, package
from publish.publisher import ensure_organization, in_words, publish_package, renew_organization


def of_config(**said):
    known = Organization(**{"name": "grad-nis", "title": "Град Ниш"} | said)
    return organization("grad-nis", Config(organizations=(known,)))


def shown(catalog):
    return catalog.call_action("organization_show", {"id": "grad-nis"})


def test_a_new_title_and_description_reach_an_organization_that_is_there(catalog):
    ensure_organization(
        catalog, of_config(title="Градска управа", title_en="City", description="А")
    )
    now = shown(catalog)
    assert (now["title"], now["description"]) == ("Градска управа", "А")
    assert [e["value"] for e in now["extras"]] == ['{"en": "City"}']


def test_what_others_wrote_of_an_organization_stays(catalog):
    users = [user["name"] for user in shown(catalog)["users"]]
    catalog.call_action(
        "organization_patch", {"id": "grad-nis", "extras": [{"key": "matični", "value": "1"}]}
    )
    ensure_organization(catalog, of_config(title="Ново", title_en="New"))
    now = shown(catalog)
    assert {extra["key"] for extra in now["extras"]} == {"matični", "title_translated"}
    assert [user["name"] for user in now["users"]] == users


def test_an_organization_that_config_does_not_list_keeps_its_title(catalog):
    ensure_organization(catalog, organization("grad-nis", Config()))
    assert shown(catalog)["title"] == "Град Ниш"


def test_an_organization_that_says_the_same_is_not_written(catalog):
    ensure_organization(catalog, of_config(title_en="City"))
    revision = catalog.call_action("package_search", {"rows": 0})["count"]
    asked = []

    class Watched:
        def call_action(self, action, data_dict=None):
            asked.append(action)
            return catalog.call_action(action, data_dict)

    ensure_organization(Watched(), of_config(title_en="City"))
    assert asked == ["organization_show"]
    assert revision == 0


def test_renewing_makes_no_organization(catalog):
    assert renew_organization(catalog, of_config(title="Ново"))
    assert not renew_organization(catalog, {"name": "nema-je", "title": "Нема је"})
    assert "nema-je" not in catalog.call_action("organization_list")


def test_what_the_catalog_has_against_a_package_is_told_by_its_fields(catalog):
    package = {"id": "0b0e55c0-0000-4000-8000-000000000001", "name": "x", "owner_org": "nema"}
    with pytest.raises(PublishError, match="dataset 'x': .*owner_org: Organization does not exist"):
        publish_package(catalog, package)


def test_errors_come_in_words():
    said = {"tags": ["a", "b"], "resources": [{}, {"url": ["c"]}], "message": "d", "__type": "V"}
    assert in_words(ValidationError(said)) == "tags: a; tags: b; resources 2: url: c; message: d"
    assert in_words(ValidationError({})) == "no reason is given"
    assert in_words(NotAuthorized({"message": "Access denied", "__type": "A"})) == "Access denied"
    assert in_words(NotFound("Not found")) == "Not found"


def test_what_a_source_calls_like_a_field_of_the_catalog_is_told_as_its_own(catalog):
    said = {"version": "2.1", "notes": "туђе", "region": "Шумадија"}
    dataset = Dataset("drvece", Text("Дрвеће"), "grad-nis", "grad", "1", extras=said)
    publish_package(catalog, package(dataset, 7, ()))
    shown_ = catalog.call_action("package_show", {"id": "drvece"})
    assert shown_["version"] == "7"
    assert {e["key"]: e["value"] for e in shown_["extras"]} == {
        "source_version": "2.1",
        "source_notes": "туђе",
        "region": "Шумадија",
    }
