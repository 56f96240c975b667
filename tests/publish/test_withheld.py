"""A column that was taken out is in nothing that anybody can have."""

from dataclasses import replace
from pathlib import Path

import pytest

from datasets.config import Config
from datasets.model import Dataset, Resource, Step
from datasets.text import Text
from publish.desk import Desk, open_desk
from publish.invariants import violations
from publish.pipeline import again, take
from publish.versions import files_of
from publish.withheld import is_withheld

CONFIG = Config.model_validate({"organizations": [{"name": "nis", "title": "Град Ниш"}]})
SECRET = "0640001"  # the beginning of mobile numbers
ROWS = "sifra;naziv;napomena\n" + "".join(f"{i};Клупа {i};{SECRET}{i:03}\n" for i in range(1, 20))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = open_desk(CONFIG, tmp_path / "var")
    yield desk
    desk.versions.close()


def benches(folder: Path, *recipe: Step) -> Dataset:
    path = folder / "klupe.csv"
    path.write_text(ROWS, encoding="utf-8")
    resource = Resource("klupe", path, "csv", "klupe.csv", recipe=recipe)
    return Dataset("klupe", Text("Клупе"), "nis", "upload", "klupe", (resource,))


def public_bytes(desk: Desk) -> list[bytes]:
    """Everything of the public version that anybody can have."""
    version = desk.versions.current("klupe")
    package = desk.catalog.call_action("package_show", {"id": "klupe"})
    files = [desk.store.blob(resource.sha256).read_bytes() for resource in version.resources]
    tables = [desk.store.blob(sha256).read_bytes() for sha256 in version.tables.values()]
    report = str(desk.store.version("klupe", version.number, "report")).encode()
    return [*files, *tables, report, str(package).encode()]


def test_the_corrected_file_takes_the_place_of_the_one_that_came(desk, tmp_path):
    drop = Step("drop-column", "napomena")
    receipt = take(benches(tmp_path, drop), desk)
    assert receipt.action == "created", receipt.reason
    [shown] = desk.versions.current("klupe").resources
    assert (shown.filename, shown.format) == ("klupe.csv", "csv")
    assert desk.store.blob(shown.sha256).read_text("utf-8-sig").splitlines()[:2] == [
        "sifra,naziv",
        "1,Клупа 1",
    ]
    assert not any(SECRET.encode() in part for part in public_bytes(desk))
    assert list(violations(desk.versions, desk.store)) == []


def test_what_is_downloaded_is_what_the_catalog_says(desk, tmp_path):
    take(benches(tmp_path, Step("drop-column", "napomena")), desk)
    [listed] = desk.catalog.call_action("package_show", {"id": "klupe"})["resources"]
    with desk.catalog.engine.connect() as connection:
        [file] = files_of(connection, desk.versions.pointer("klupe").id).values()
    assert (listed["hash"], listed["size"]) == (file.sha256, file.size_bytes)


def test_the_file_that_came_stays_for_who_repairs_it_again(desk, tmp_path):
    dataset = benches(tmp_path, Step("drop-column", "napomena"))
    take(dataset, desk)
    kept = desk.store.keep(dataset).resources[0]
    assert desk.store.blob(kept.sha256).read_bytes() == ROWS.encode()


def test_the_same_file_and_recipe_are_the_same_version(desk, tmp_path):
    dataset = benches(tmp_path, Step("drop-column", "napomena"))
    take(dataset, desk)
    assert take(dataset, desk).action == "unchanged"


def test_the_last_delivery_is_judged_again_without_being_sent(desk, tmp_path):
    take(benches(tmp_path, Step("drop-column", "napomena")), desk)
    (tmp_path / "klupe.csv").unlink()
    receipt = again("klupe", desk)  # without the recipe, which nobody accepted
    assert receipt.action == "refused"
    assert SECRET not in receipt.reason


@pytest.mark.parametrize(
    ("repair", "hides"), [("mask-column", True), ("aggregate-column", True), ("trim", False)]
)
def test_repairs_that_hide_are_told_from_those_that_mend(tmp_path, repair, hides):
    [resource] = benches(tmp_path, Step(repair, "napomena")).resources
    assert is_withheld(resource) is hides


@pytest.mark.parametrize(
    ("ending", "text"),
    [("json", '[{"a": 1}, "b"]'), ("xml", "<podesavanja/>")],
)
def test_json_and_xml_that_are_no_tables_are_published_as_they_came(desk, tmp_path, ending, text):
    path = tmp_path / f"podesavanja.{ending}"
    path.write_text(text, encoding="utf-8")
    resource = Resource("podesavanja", path, ending, path.name)
    dataset = Dataset("klupe", Text("Клупе"), "nis", "upload", "klupe", (resource,))
    assert take(dataset, desk).action == "created"
    version = desk.versions.current("klupe")
    assert version.rows == version.tables == {}
    assert desk.store.blob(version.resources[0].sha256).read_text("utf-8") == text
    declared = replace(resource, schema={"fields": [{"name": "a", "type": "integer"}]})
    assert take(replace(dataset, resources=(declared,)), desk).action == "refused"
