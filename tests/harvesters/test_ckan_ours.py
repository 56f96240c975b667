"""Our own catalog as an upstream of CKAN's kind: a real process, harvested into another site."""

import json
import shutil

import pytest

from datasets import config
from harvesters.ckan import Ckan
from publish.desk import open_desk
from publish.harvests.run import run

CONFIG = """
organizations: [{name: nis, title: Град Ниш}]
sources: [{name: podaci, kind: folder, path: data, organization: nis}]
"""
SMALL = 3  # tables of two rows beside a dataset of the demo


@pytest.fixture(scope="module")
def neighbour(tmp_path_factory, project, emap, served):
    """The address of a site with a few datasets, one of them with a layer."""
    folder = tmp_path_factory.mktemp("neighbour")
    demo = project / "datasets/demo/nis/naselja-oko-nisa"
    shutil.copytree(demo, folder / "data/naselja-oko-nisa")
    for number in range(SMALL):
        small = folder / "data" / f"tabela-{number}"
        small.mkdir()
        (small / "rows.csv").write_text(f"sifra,naziv\n1,a\n2,b{number}\n", encoding="utf-8")
        described = {
            "name": f"tabela-{number}",
            "title": f"Табела {number}",
            "title_translated": {"en": f"Table {number}"},
            "licenses": [{"name": "CC-BY-4.0"}],
            "resources": [{"name": "rows", "path": "rows.csv"}],
        }
        (small / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    (folder / "config.yml").write_text(CONFIG, encoding="utf-8")
    state = folder / "state"
    ended = emap("--config", folder / "config.yml", "--state", state, "run")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return served(state)


@pytest.fixture
def source(neighbour):
    return Ckan(name="sused", kind="ckan", url=neighbour, organizations={"nis": "grad-nis"})


@pytest.fixture
def desk(tmp_path):
    here = config.Config(http=config.Http(allow_private=("127.0.0.1",)))
    desk = open_desk(here, tmp_path / "state")
    yield desk
    desk.versions.close()


def test_every_dataset_is_found_with_its_files(source, http):
    records = {r.name: r for page in source.harvest(http) for r in page.records}
    names = http.get(f"{source.url}/api/3/action/package_list").json()["result"]
    assert sorted(records) == sorted(names) and len(names) == SMALL + 1
    record = records["tabela-1"]
    assert record.title.said("en") == "Table 1"
    assert (record.organization, record.license_id) == ("grad-nis", "cc-by")
    assert [(d.format, d.link) for d in record.distributions] == [("csv", False)]
    layered = records["naselja-oko-nisa"]
    assert {d.type for d in layered.distributions if d.link} >= {"api"}
    assert json.loads(layered.extras["spatial"])["type"] == "Polygon"
    assert all(source.is_there(r.remote_id, http) for r in records.values())
    assert source.is_there("00000000-0000-4000-8000-000000000000", http) is False


def test_a_second_harvest_finds_the_same_datasets_unchanged(source, desk):
    first = {receipt.dataset: receipt.action for receipt in run(source, desk)}
    assert set(first.values()) == {"created"} and len(first) == SMALL + 1
    ids = ids_of(desk)
    assert {r.dataset: r.action for r in run(source, desk)} == dict.fromkeys(first, "unchanged")
    assert ids_of(desk) == ids


def ids_of(desk):
    """The ids of all datasets and resources."""
    found = desk.catalog.call_action("package_search", {"rows": 100})["results"]
    return {p["name"]: (p["id"], [r["id"] for r in p["resources"]]) for p in found}
