"""A catalog moves between databases whole: all rows, the words of search, the next numbers."""

import shutil

import pytest

from datasets.errors import ConfigError, PublishError
from publish.copying import copy_catalog
from publish.database import open_database, reading, writing
from publish.migrations import prepare

PACKAGE = {
    "name": "vrtici",
    "title": "Вртићи",
    "owner_org": "grad-nis",
    "tags": [{"name": "деца"}],
    "extras": [{"key": "a", "value": "б"}],
    "resources": [{"name": "veza", "url": "https://nis.rs/v.xlsx"}],
}


@pytest.fixture
def filled(catalog):
    catalog.call_action("package_create", PACKAGE)
    catalog.call_action("package_create", {**PACKAGE, "name": "skole", "title": "Школе"})
    catalog.call_action("package_patch", {"id": "skole", "private": True})
    return catalog


@pytest.fixture
def elsewhere(new_address, tmp_path):
    engine = open_database(new_address(), tmp_path)
    yield engine
    engine.dispose()


def test_a_copy_answers_as_the_catalog_does(filled, catalog_at, elsewhere):
    counts = copy_catalog(filled, elsewhere)
    assert (counts["package"], counts["group"], counts["user"]) == (2, 2, 3)
    copy = catalog_at(elsewhere.url.render_as_string(hide_password=False))
    for action, given in (
        ("package_show", {"id": "vrtici"}),
        ("package_show", {"id": "skole"}),
        ("package_search", {"q": "vrtić", "facet.field": ["tags", "organization"]}),
        ("organization_show", {"id": "grad-nis"}),
        ("package_activity_list", {"id": "vrtici"}),
        ("user_list", {}),
    ):
        assert copy.call_action(action, given) == filled.call_action(action, given)


def test_a_copy_goes_on_where_the_catalog_was(filled, catalog_at, elsewhere):
    copy_catalog(filled, elsewhere)
    copy = catalog_at(elsewhere.url.render_as_string(hide_password=False))
    copy.call_action("package_create", {**PACKAGE, "name": "parking", "title": "Паркинг"})
    found = copy.call_action("package_search", {"q": "паркинг", "fl": ["name"]})
    assert found["results"] == [{"name": "parking"}]
    assert copy.call_action("package_list") == ["parking", "vrtici"]
    assert filled.call_action("package_list") == ["vrtici"]


def test_a_database_that_has_something_is_left_alone(filled, elsewhere, catalog_at):
    prepare(elsewhere)
    there = catalog_at(elsewhere.url.render_as_string(hide_password=False))
    there.call_action("organization_create", {"name": "grad-nis"})
    with pytest.raises(ConfigError, match="is not empty"):
        copy_catalog(filled, elsewhere)
    assert there.call_action("organization_list") == ["grad-nis"]


def test_a_row_that_does_not_fit_leaves_nothing(
    file_of_two_cities, postgresql, catalog_at, tmp_path
):
    shutil.copy(file_of_two_cities, tmp_path)
    catalog = catalog_at("")
    with writing(catalog.engine) as connection:  # SQLite does not count letters
        connection.exec_driver_sql("update \"group\" set state = printf('%.30c', 'x')")
    engine = open_database(postgresql.create(), tmp_path)
    with pytest.raises(PublishError, match="table group: cannot be copied: value too long"):
        copy_catalog(catalog, engine)
    with reading(engine) as connection:
        assert connection.exec_driver_sql('select count(*) from "user"').scalar() == 1
    engine.dispose()
