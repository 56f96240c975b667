"""A dataset's way: what a run does with what came, and that nothing is ever half done."""

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from datasets import names
from datasets.config import Config
from datasets.errors import NotFound
from harvesters.folder import Folder
from harvesters.packages.package import upload
from publish.desk import Desk, open_desk
from publish.harvests.run import run
from publish.invariants import violations
from publish.layers import tippecanoe
from publish.pipeline import lenient, rollback, take

CONFIG = Config.model_validate(
    {
        "site": {"url": "https://podaci.example.rs"},
        "organizations": [{"name": "nis", "title": "Град Ниш", "title_en": "City of Niš"}],
        "validation": {"extent": [18.8, 41.8, 23.1, 46.3]},
    }
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = open_desk(CONFIG, tmp_path / "var")
    yield desk
    desk.versions.close()


def fountains(path: Path, count: int = 8, *, name: str = "Чесма", start_lon: float = 21.9) -> Path:
    rows = [f"{i},{name} {i},{start_lon + i / 10000:.4f},43.3200" for i in range(1, count + 1)]
    path.write_text("\n".join(["sifra,naziv,lon,lat", *rows]) + "\n", encoding="utf-8")
    return path


def package(folder: Path, name: str, count: int = 8, **keywords: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    fountains(folder / f"{name}.csv", count, **keywords)
    descriptor = {
        "name": name,
        "title": "Јавне чесме",
        "title_translated": {"en": "Public fountains"},
        "licenses": [{"name": "CC-BY-4.0"}],
        "keywords": ["вода", "чесме"],
        "resources": [
            {
                "name": name,
                "path": f"{name}.csv",
                "schema": {
                    "fields": [
                        {"name": "sifra", "type": "integer", "constraints": {"required": True}},
                        {"name": "naziv", "title": "Назив", "type": "string"},
                        {"name": "lon", "type": "number"},
                        {"name": "lat", "type": "number"},
                    ],
                    "primaryKey": "sifra",
                },
            }
        ],
    }
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Folder:
    package(tmp_path / "podaci" / "cesme", "cesme")
    package(tmp_path / "podaci" / "klupe", "klupe", 5)
    settings = {"name": "grad", "kind": "folder", "organization": "nis", "max_missing": 0.5}
    return Folder(path=tmp_path / "podaci", grace_days=0, **settings)


def actions(receipts):
    return {receipt.dataset: receipt.action for receipt in receipts}


def test_a_first_run_publishes_catalog_entry_layer_and_tiles(desk, source):
    assert actions(run(source, desk)) == {"cesme": "created", "klupe": "created"}
    version = desk.versions.current("cesme")
    shown = desk.catalog.call_action("package_show", {"id": "cesme"})
    assert shown["version"] == "1"
    assert shown["organization"]["title"] == "Град Ниш"
    assert shown["resources"][0]["url"] == "https://podaci.example.rs/data/cesme/files/cesme.csv"
    [layer] = version.layers
    assert (layer.id, layer.features, layer.geometry_type) == ("cesme", 8, "Point")
    assert layer.sha in desk.versions.archives()
    assert list(violations(desk.versions, desk.store)) == []


def test_a_receipt_says_why_tippecanoe_did_not_make_the_tiles(desk, source, tmp_path, monkeypatch):
    broken = tmp_path / "tippecanoe"
    broken.write_text("#!/bin/sh\necho no memory >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(tippecanoe, "binary", lambda: broken)
    receipts = {receipt.dataset: receipt for receipt in run(source, desk)}
    assert actions(receipts.values()) == {"cesme": "created", "klupe": "created"}
    wanted = "tiles of cesme: tippecanoe: no memory; the encoder made them"
    assert receipts["cesme"].reason == wanted
    [layer] = desk.versions.current("cesme").layers
    assert desk.versions.is_tiled(layer.sha)


def test_a_second_run_changes_nothing_and_says_so(desk, source):
    list(run(source, desk))
    before = desk.versions.revision(), desk.catalog.call_action("package_show", {"id": "cesme"})
    assert actions(run(source, desk)) == {"cesme": "unchanged", "klupe": "unchanged"}
    assert before == (
        desk.versions.revision(),
        desk.catalog.call_action("package_show", {"id": "cesme"}),
    )


def test_a_changed_file_makes_version_2_and_keeps_version_1(desk, source):
    list(run(source, desk))
    package(source.path / "cesme", "cesme", 9)
    receipts = {receipt.dataset: receipt for receipt in run(source, desk)}
    assert (receipts["cesme"].action, receipts["cesme"].version) == ("updated", 2)
    assert receipts["klupe"].action == "unchanged"
    assert [v.number for v in desk.versions.history("cesme")] == [1, 2]
    assert desk.catalog.call_action("package_show", {"id": "cesme"})["version"] == "2"


def test_a_source_that_shows_the_old_file_again_gets_the_old_version(desk, source):
    list(run(source, desk))
    package(source.path / "cesme", "cesme", 9)
    list(run(source, desk))
    package(source.path / "cesme", "cesme", 8)
    receipt = next(r for r in run(source, desk) if r.dataset == "cesme")
    assert (receipt.action, receipt.version) == ("updated", 1)
    assert len(desk.versions.history("cesme")) == 2


def test_a_dataset_gone_at_its_source_is_withdrawn_and_comes_back(desk, source):
    list(run(source, desk))
    away = source.path.parent / "away"
    (source.path / "klupe").rename(away)
    assert actions(run(source, desk)) == {"cesme": "unchanged", "klupe": "withdrawn"}
    assert desk.versions.current("klupe") is None
    assert desk.catalog.call_action("package_list", {}) == ["cesme"]
    assert len(desk.versions.history("klupe")) == 1
    away.rename(source.path / "klupe")
    assert actions(run(source, desk)) == {"cesme": "unchanged", "klupe": "updated"}
    assert desk.catalog.call_action("package_list", {}) == ["cesme", "klupe"]


def test_a_refused_dataset_leaves_the_public_version_standing(desk, source):
    list(run(source, desk))
    package(source.path / "cesme", "cesme", 8, start_lon=2.0)
    receipts = {receipt.dataset: receipt for receipt in run(source, desk)}
    assert (receipts["cesme"].action, receipts["cesme"].version) == ("refused", 1)
    assert desk.versions.current("cesme").number == 1
    assert not desk.versions.refusal("cesme").report.ok
    package(source.path / "cesme", "cesme", 8)
    assert actions(run(source, desk))["cesme"] == "unchanged"
    assert desk.versions.refusal("cesme") is None


def test_a_dataset_that_lost_half_its_rows_is_held_until_a_person_accepts(desk, source):
    list(run(source, desk))
    package(source.path / "cesme", "cesme", 4)
    assert actions(run(source, desk))["cesme"] == "held"
    assert desk.versions.current("cesme").rows == {"cesme": 8}
    assert actions(run(source, desk, frozenset({"cesme"})))["cesme"] == "updated"
    assert desk.versions.current("cesme").rows == {"cesme": 4}


def test_a_rollback_shows_the_former_version_and_the_next_run_leaves_it(desk, source):
    list(run(source, desk))
    package(source.path / "cesme", "cesme", 9)
    list(run(source, desk))
    receipt = rollback("cesme", desk)
    assert (receipt.action, receipt.version) == ("updated", 1)
    assert desk.catalog.call_action("package_show", {"id": "cesme"})["version"] == "1"
    assert desk.versions.current("cesme").layers[0].features == 8
    assert actions(run(source, desk))["cesme"] == "unchanged"
    assert desk.versions.current("cesme").number == 1


def test_a_rollback_of_what_is_not_there_names_what_is(desk, source):
    list(run(source, desk))
    with pytest.raises(NotFound, match="published are: cesme, klupe"):
        rollback("parkovi", desk)
    with pytest.raises(NotFound, match="at version 1: nothing to go back to"):
        rollback("cesme", desk)


def test_a_name_of_another_source_is_not_taken_over(desk, source, tmp_path):
    list(run(source, desk))
    foreign = upload(fountains(tmp_path / "x.csv", 3), organization="nis", name="cesme")
    receipt = take(foreign, desk)
    assert (receipt.action, receipt.version) == ("refused", 1)
    assert 'belongs to a dataset of the source "grad"' in receipt.reason


def test_a_name_of_another_place_in_the_same_source_is_not_taken_over(desk, source):
    list(run(source, desk))
    (source.path / "cesme").rename(source.path / "drugde")
    digest = names.dataset_id("grad", "drugde").partition("-")[0]
    assert actions(run(source, desk)) == {
        f"cesme-{digest}": "created",
        "cesme": "withdrawn",
        "klupe": "unchanged",
    }
    assert desk.catalog.call_action("package_list", {}) == [f"cesme-{digest}", "klupe"]


def test_a_name_that_passed_on_is_not_rolled_back_to_its_former_dataset(desk, source, tmp_path):
    list(run(source, desk))
    (source.path / "cesme").rename(tmp_path / "drugde")
    assert actions(run(source, desk))["cesme"] == "withdrawn"
    taken = take(upload(fountains(tmp_path / "x.csv", 3), organization="nis", name="cesme"), desk)
    assert (taken.action, taken.version) == ("updated", 2), "a withdrawn name is free again"
    with pytest.raises(NotFound, match="was another dataset"):
        rollback("cesme", desk)


def test_a_typing_mistake_in_a_descriptor_withdraws_nothing(desk, source):
    package(source.path / "f1", "putevi")
    list(run(source, desk))
    (source.path / "f1" / "datapackage.json").write_text('{"name": "putevi"', encoding="utf-8")
    assert "withdrawn" not in actions(run(source, desk)).values()
    assert desk.versions.current("putevi").number == 1


def test_a_name_that_the_catalog_has_given_away_gets_an_ending(desk, source):
    desk.catalog.call_action("organization_create", {"name": "nis", "title": "Niš"})
    desk.catalog.call_action("package_create", {"name": "cesme", "owner_org": "nis"})
    digest = names.dataset_id("grad", "cesme").partition("-")[0]
    assert actions(run(source, desk)) == {f"cesme-{digest}": "created", "klupe": "created"}


def test_two_spatial_files_of_one_dataset_are_two_collections(desk, source):
    folder = package(source.path / "cesme", "cesme")
    descriptor = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    second = {**descriptor["resources"][0], "name": "stare", "path": "stare.csv"}
    fountains(folder / "stare.csv", 3)
    descriptor["resources"].append(second)
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    assert actions(run(source, desk))["cesme"] == "created"
    layers = desk.versions.current("cesme").layers
    assert {layer.id: layer.features for layer in layers} == {"cesme": 8, "cesme.stare": 3}


def test_one_broken_dataset_never_stops_the_others(desk, source):
    (source.path / "cesme" / "cesme.csv").unlink()
    assert actions(run(source, desk)) == {"cesme": "refused", "klupe": "created"}


@pytest.fixture(scope="module")
def published_once(tmp_path_factory) -> Path:
    """A folder with a source, its config.yml and the state after a first run."""
    folder = tmp_path_factory.mktemp("once")
    package(folder / "podaci" / "cesme", "cesme")
    settings = {"name": "grad", "kind": "folder", "organization": "nis", "path": "podaci"}
    (folder / "config.yml").write_text(json.dumps({"sources": [settings]}), encoding="utf-8")
    desk = open_desk(CONFIG, folder / "var")
    list(run(Folder(**settings | {"path": folder / "podaci"}), desk))
    desk.versions.close()
    return folder


@pytest.mark.parametrize(
    "point",
    ["mid_write", "before_rename", "after_rename", "before_adopt", "after_adopt", "before_commit"],
)
def test_a_killed_run_leaves_the_old_version_and_the_next_run_completes(
    tmp_path, published_once, emap, point
):
    shutil.copytree(published_once, tmp_path, dirs_exist_ok=True)
    package(tmp_path / "podaci" / "cesme", "cesme", 9)
    options = ["--config", tmp_path / "config.yml", "--state", tmp_path / "var"]
    assert emap(*options, "run", env={"EMAP_FAIL": point}).returncode == -9
    desk = open_desk(CONFIG, tmp_path / "var")
    assert desk.versions.current("cesme").number == 1
    assert list(violations(desk.versions, desk.store)) == []
    again = Folder(name="grad", kind="folder", organization="nis", path=tmp_path / "podaci")
    assert actions(run(again, desk)) == {"cesme": "updated"}
    assert desk.versions.current("cesme").number == 2
    assert list(violations(desk.versions, desk.store)) == []
    desk.versions.close()


def test_a_run_killed_before_its_tiles_is_public_and_the_next_run_makes_them(
    tmp_path, published_once, emap
):
    shutil.copytree(published_once, tmp_path, dirs_exist_ok=True)
    package(tmp_path / "podaci" / "cesme", "cesme", 9)
    options = ["--config", tmp_path / "config.yml", "--state", tmp_path / "var"]
    assert emap(*options, "run", env={"EMAP_FAIL": "after_commit"}).returncode == -9
    desk = open_desk(CONFIG, tmp_path / "var")
    [layer] = desk.versions.current("cesme").layers
    assert (layer.features, desk.versions.is_tiled(layer.sha)) == (9, False)
    again = Folder(name="grad", kind="folder", organization="nis", path=tmp_path / "podaci")
    assert actions(run(again, desk)) == {"cesme": "updated"}, "as the run before was about to say"
    assert desk.versions.is_tiled(layer.sha)
    desk.versions.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
@pytest.mark.parametrize("free_kb", [200, 800, 1500, 3900])
def test_on_a_full_disk_the_old_version_stands_and_the_next_run_completes(tmp_path, free_kb):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        desk = open_desk(CONFIG, disk / "var")
        size_kb = shutil.disk_usage(disk).used // 1024 + free_kb
        subprocess.run(["mount", "-o", f"remount,size={size_kb}k", str(disk)], check=True)
        first = upload(fountains(tmp_path / "a.csv", 8), organization="nis", name="cesme")
        before = take(first, desk).version
        large = upload(fountains(tmp_path / "b.csv", 5000), organization="nis", name="cesme")
        receipt = take(large, desk)
        assert (receipt.version == before) == (receipt.action == "failed"), receipt
        assert list(violations(desk.versions, desk.store)) == []
        assert list(desk.store.staging.iterdir()) == []
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        assert take(large, desk).action in ("updated", "created", "unchanged")
        assert desk.versions.current("cesme").rows == {"cesme": 5000}
        desk.versions.close()
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_two_publishers_of_one_dataset_end_in_some_order(desk, tmp_path):
    files = [fountains(tmp_path / f"{n}.csv", 8 + n) for n in range(4)]
    faults = []

    def publish(path):
        try:
            take(upload(path, organization="nis", name="cesme"), lenient(desk))
        except Exception as fault:  # noqa: BLE001  a thread's fault must reach the test
            faults.append(fault)

    threads = [threading.Thread(target=publish, args=(path,)) for path in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [v.number for v in desk.versions.history("cesme")] == [1, 2, 3, 4]
    assert list(violations(desk.versions, desk.store)) == []
