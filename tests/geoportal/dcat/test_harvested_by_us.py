"""Our own catalog is a source for another eMap: by DCAT, in every syntax, page by page."""

import pytest

from datasets.config import Config, Http, Organization
from harvesters.dcat import Dcat
from harvesters.fetching.http import Http as Client
from publish.desk import open_desk
from publish.harvests.run import run


@pytest.fixture
def http():
    return Client(Http(allow_private=("127.0.0.1",), timeout_s=10, deadline_s=30))


@pytest.fixture
def many(catalog):
    """105 datasets: two pages."""
    catalog.call_action("organization_create", {"name": "grad-nis", "title": "Град Ниш"})
    with catalog.transaction() as within:
        for n in range(105):
            given = {"name": f"skup-{n:03}", "owner_org": "grad-nis", "title": f"Скуп {n}"}
            within.call_action("package_create", given)
    return catalog


@pytest.mark.parametrize("ending", ["ttl", "rdf", "xml", "n3", "jsonld"])
def test_every_dataset_comes_once_from_the_pages_of_each_syntax(many, server, http, ending):
    nis = Dcat(name="nis", kind="dcat", url=f"{server}/catalog.{ending}")
    pages = list(nis.harvest(http))
    records = [record for page in pages for record in page.records]
    assert [len(page.records) for page in pages] == [100, 5]
    assert {page.total for page in pages} == {105}
    ids = {many.call_action("package_show", {"id": f"skup-{n:03}"})["id"] for n in range(105)}
    assert {record.remote_id.rpartition("/")[2] for record in records} == ids
    assert {record.organization for record in records} == {"grad-nis"}


def test_what_one_town_published_is_published_by_another(pages, tmp_path):
    config = Config(
        http=Http(allow_private=("127.0.0.1",)),
        organizations=(Organization(name="svrljig", title="Сврљиг"),),
    )
    source = Dcat(
        name="town",
        kind="dcat",
        url=f"{str(pages.base_url).rstrip('/')}/catalog.ttl",
        organizations={"Општина Сврљиг": "svrljig"},
    )
    desk = open_desk(config, tmp_path / "state")
    try:
        first = [receipt.action for receipt in run(source, desk)]
        second = [receipt.action for receipt in run(source, desk)]
        shown = desk.catalog.call_action("package_show", {"id": "naselja-oko-nisa"})
    finally:
        desk.versions.close()
    assert (first, second) == (["created"] * 2, ["unchanged"] * 2)
    assert shown["title"] == "Насеља око Ниша"
    assert shown["organization"]["name"] == "svrljig"
    assert "CSV" in {resource["format"] for resource in shown["resources"]}
