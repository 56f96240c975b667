"""What the catalog tells about itself, and what outside programs note in it."""

import pytest
from ckanapi.errors import NotAuthorized, NotFound, ValidationError

from publish.catalog.registry import ACTIONS
from publish.catalog.site.status import EXTENSIONS

NOTE = {"entity_id": "x", "entity_type": "package", "task_type": "xloader", "key": "k"}
OF_EXTENSIONS = {
    "activity": "package_activity_list",
    "datastore": "datastore_search",
    "datatables_view": "resource_view_create",
    "image_view": "resource_view_create",
    "text_view": "resource_view_create",
}


@pytest.fixture
def anybody(catalog):
    return catalog.as_user(None)


def test_the_site_names_extensions_whose_actions_are_there(catalog):
    told = catalog.call_action("status_show")["extensions"]
    assert told == list(EXTENSIONS)
    assert [name for name in told if OF_EXTENSIONS[name] not in ACTIONS] == []


def test_every_action_has_help(catalog):
    without = [name for name in ACTIONS if not catalog.call_action("help_show", {"name": name})]
    assert without == []


def test_options_are_shown_to_sysadmins_and_are_no_secrets(catalog, anybody):
    shown = {
        key: catalog.call_action("config_option_show", {"key": key})
        for key in catalog.call_action("config_option_list")
    }
    assert {key: value for key, value in shown.items() if value} == {
        "ckan.site_title": "Отворени подаци",
        "ckan.site_url": "https://podaci.example.rs",
    }
    with pytest.raises(ValidationError):
        catalog.call_action("config_option_show", {"key": "sqlalchemy.url"})
    with pytest.raises(NotAuthorized):
        anybody.call_action("config_option_show", {"key": "ckan.site_title"})


def test_an_option_cannot_be_set_and_the_way_out_is_told(catalog):
    with pytest.raises(ValidationError) as raised:
        catalog.call_action("config_option_update", {"ckan.site_title": "Ниш", "x": "1"})
    told = raised.value.error_dict
    assert "site.title in config.yml" in told["ckan.site_title"][0]
    assert told["x"] == ["This option cannot be set"]


def test_there_are_no_background_jobs(catalog, anybody):
    assert catalog.call_action("job_list") == catalog.call_action("job_clear") == []
    for action in ("job_show", "job_cancel"):
        with pytest.raises(NotFound):
            catalog.call_action(action, {"id": "x"})
        with pytest.raises(NotAuthorized):
            anybody.call_action(action, {"id": "x"})


def test_a_task_is_noted_once_and_then_replaced(catalog):
    made = catalog.call_action("task_status_update", {**NOTE, "state": "pending"})
    again = catalog.call_action("task_status_update", {**NOTE, "state": "complete", "value": "{}"})
    assert again["id"] == made["id"]
    which = {key: NOTE[key] for key in ("entity_id", "task_type", "key")}
    assert catalog.call_action("task_status_show", which) == again
    assert again["state"] == "complete"
    catalog.call_action("task_status_delete", {"id": made["id"]})
    with pytest.raises(NotFound):
        catalog.call_action("task_status_show", {"id": made["id"]})


def test_several_tasks_are_noted_or_none(catalog):
    with pytest.raises(ValidationError):
        catalog.call_action("task_status_update_many", {"data": [NOTE, {"key": "k"}]})
    with pytest.raises(NotFound):
        catalog.call_action("task_status_show", NOTE)
    done = catalog.call_action("task_status_update_many", {"data": [NOTE, {**NOTE, "key": "l"}]})
    assert [each["key"] for each in done["results"]] == ["k", "l"]


@pytest.mark.parametrize("data", [None, "x", ["x"], {"a": 1}])
def test_several_are_a_list_of_objects(catalog, data):
    for action in ("task_status_update_many", "term_translation_update_many"):
        with pytest.raises(ValidationError):
            catalog.call_action(action, {"data": data})


def test_only_sysadmins_note_tasks_and_translations(anybody):
    for action in ("task_status_update", "task_status_show", "term_translation_update"):
        with pytest.raises(NotAuthorized):
            anybody.call_action(action, NOTE)


def test_translations_of_a_term_are_kept(catalog, anybody):
    term = {"term": "ваздух", "lang_code": "en"}
    for said in ("ayr", "air"):
        catalog.call_action("term_translation_update", {**term, "term_translation": said})
    more = [{"term": "вода", "term_translation": "water", "lang_code": "en"}]
    catalog.call_action("term_translation_update_many", {"data": more})
    found = anybody.call_action("term_translation_show", {"terms": ["ваздух", "вода"]})
    assert [each["term_translation"] for each in found] == ["air", "water"]
    assert (
        anybody.call_action("term_translation_show", {"terms": "вода", "lang_codes": ["sr"]}) == []
    )
