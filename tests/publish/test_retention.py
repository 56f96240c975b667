"""Layers that nobody can reach go after a while, never sooner, and can be built again."""

import json
import os
import time
from pathlib import Path

import pytest

from datasets.config import Config
from datasets.errors import NotFound
from datasets.model import Version
from harvesters.packages.package import upload
from publish.desk import Desk, open_desk
from publish.invariants import violations
from publish.layers import geojson
from publish.pipeline import rollback, take, withdraw
from publish.retention import GRACE_S, collect

CONFIG = Config.model_validate(
    {
        "site": {"url": "https://podaci.example.rs"},
        "organizations": [{"name": "nis", "title": "Град Ниш"}],
        "layers": {"keep_versions": 1},
    }
)


@pytest.fixture
def desk(tmp_path: Path):
    desk = open_desk(CONFIG, tmp_path / "var")
    yield desk
    desk.versions.close()


@pytest.fixture
def published(desk, tmp_path):
    """Publish fountains, so many of them; gives the version."""

    def publish(count: int) -> Version:
        path = tmp_path / "cesme.geojson"
        features = [
            {
                "type": "Feature",
                "properties": {"naziv": f"Чесма {i}"},
                "geometry": {"type": "Point", "coordinates": [21.9 + i / 1000, 43.32]},
            }
            for i in range(count)
        ]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        receipt = take(upload(path, organization="nis", name="cesme"), desk)
        return desk.versions.get("cesme", receipt.version)

    return publish


def folders(desk: Desk, version: Version) -> list[bool]:
    """Whether the layer and its tiles are here."""
    (layer,) = version.layers
    return [desk.store.layer(layer.id, layer.sha).is_dir(), desk.store.tiles(layer.sha).is_dir()]


def a_day_later(desk: Desk) -> None:
    """Make all that waits older by the time of grace."""
    root = desk.store.root
    for path in (*root.glob("unused/*"), *root.glob("layers/*/*"), *root.glob("tiles/*")):
        then = path.stat().st_mtime - GRACE_S - 1
        os.utime(path, (then, then))


def test_layers_of_a_former_version_go_a_day_after_they_were_missed(desk, published):
    old, new = published(5), published(6)
    a_day_later(desk)
    assert collect(desk) == []  # they begin to wait now, however old they are
    assert folders(desk, old) == [True, True]
    a_day_later(desk)
    assert collect(desk) == [old.layers[0].sha]
    assert folders(desk, old) == [False, False]
    assert folders(desk, new) == [True, True]
    assert [*violations(desk.versions, desk.store)] == []
    assert not any((desk.store.root / "unused").iterdir())


def test_a_rollback_builds_again_what_was_collected(desk, published):
    old = published(5)
    published(6)
    collect(desk, grace_s=-1)
    assert folders(desk, old) == [False, False]
    receipt = rollback("cesme", desk)
    assert (receipt.version, receipt.reason) == (1, "rolled back")
    assert desk.versions.current("cesme") == old
    assert folders(desk, old) == [True, True]
    assert [*violations(desk.versions, desk.store)] == []


def test_another_program_may_build_a_version_again(desk, published, monkeypatch):
    old = published(5)
    published(6)
    collect(desk, grace_s=-1)
    monkeypatch.setattr(geojson, "DECIMALS", 2)
    rollback("cesme", desk)
    again = desk.versions.current("cesme")
    assert again.number == old.number
    assert again.tables == old.tables
    assert again.layers[0].sha != old.layers[0].sha
    assert folders(desk, again) == [True, True]
    assert [*violations(desk.versions, desk.store)] == []


def test_the_public_version_stays_whatever_its_number(desk, published):
    old = published(5)
    published(6)
    published(7)
    rollback("cesme", desk, 1)
    assert len(collect(desk, grace_s=-1)) == 1
    assert folders(desk, old) == [True, True]
    assert folders(desk, desk.versions.get("cesme", 2)) == [False, False]
    assert folders(desk, desk.versions.get("cesme", 3)) == [True, True]


def test_a_withdrawn_dataset_loses_its_layers_and_comes_back_with_them(desk, published):
    version = published(5)
    withdraw("cesme", desk)
    collect(desk, grace_s=-1)
    assert folders(desk, version) == [False, False]
    assert published(5) == version
    assert folders(desk, version) == [True, True]


def test_what_is_taken_up_while_it_is_collected_stays(desk, published, monkeypatch):
    old = published(5)
    published(6)
    (layer,) = old.layers
    place = desk.store.layer(layer.id, layer.sha)
    a_day_later(desk)
    untiled = type(desk.versions).untiled

    def taken_up(versions, sha):
        desk.store.take_up(place)
        untiled(versions, sha)

    monkeypatch.setattr(type(desk.versions), "untiled", taken_up)
    collect(desk, grace_s=0)
    assert place.is_dir()
    assert not desk.store.tiles(layer.sha).is_dir()


def test_what_a_killed_run_left_goes_and_what_is_new_waits(desk, published):
    version = published(5)
    for name in ("layers/cesme", "tiles"):
        (desk.store.root / name / ("0" * 64)).mkdir()
    assert collect(desk) == []
    assert collect(desk, grace_s=-1) == ["0" * 64]
    assert folders(desk, version) == [True, True]


def test_what_was_set_aside_stays_until_it_is_built_again_and_a_month_is_over(desk, published):
    version = published(5)
    (layer,) = version.layers
    place = desk.store.layer(layer.id, layer.sha)
    month_ago = time.time_ns() - 31 * 86_400 * 10**9
    aside = desk.store.root / "broken" / "layers" / "cesme"
    aside.mkdir(parents=True)
    place.rename(aside / f"{layer.sha}-{month_ago}")
    (aside / f"{'0' * 64}-{month_ago}").mkdir()
    (aside / f"{'0' * 64}-{time.time_ns()}").mkdir()
    collect(desk)
    assert len([*aside.iterdir()]) == 2
    assert f"layers/cesme/{layer.sha}" in desk.store.broken()
    published(5)
    assert place.is_dir()
    collect(desk)
    assert len([*aside.iterdir()]) == 1


def test_a_version_that_never_was_is_not_rolled_back_to(desk, published):
    published(5)
    with pytest.raises(NotFound):
        rollback("cesme", desk, 7)
