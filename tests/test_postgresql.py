"""The whole demo on PostgreSQL: published, served, checked, rolled back; SQLite is not touched."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest


@pytest.fixture(scope="module")
def site(tmp_path_factory, project, postgresql) -> tuple[Path, list[Any]]:
    """The state folder, and the options of a demo whose catalog is in PostgreSQL."""
    folder = tmp_path_factory.mktemp("postgresql")
    demo = project / "datasets" / "demo"
    words = (demo / "config.yml").read_text(encoding="utf-8").replace("path: .", f"path: {demo}")
    words += f"\ncatalog: {{url: '{postgresql.create()}'}}\n"
    (folder / "config.yml").write_text(words, encoding="utf-8")
    return folder / "var", ["--config", folder / "config.yml", "--state", folder / "var"]


@pytest.fixture(scope="module")
def published(emap, site) -> list[dict[str, Any]]:
    """The receipts of the demo."""
    done = emap("demo", "--once", "--json", *site[1])
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def client(served, site, published):
    address = served(site[0], "--config", str(site[1][1]))
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client


def called(client, action, **given):
    answer = client.post(f"/api/3/action/{action}", json=given).json()
    assert answer["success"], answer
    return answer["result"]


def test_the_demo_is_published_and_nothing_is_left_in_a_file(published, site):
    actions = [receipt["action"] for receipt in published]
    assert (actions.count("created"), actions.count("refused")) == (11, 1)
    assert not list(site[0].glob("catalog.sqlite*"))


def test_what_was_published_is_found_in_either_script(client, published):
    ranked = [
        [each["name"] for each in called(client, "package_search", q=word)["results"]]
        for word in ("насеља", "naselja", "НАСЕЉЕ", "naselje")
    ]
    assert "naselja-oko-nisa" in ranked[0]
    assert ranked == [ranked[0]] * 4
    names = {receipt["dataset"] for receipt in published if receipt["action"] == "created"}
    assert set(called(client, "package_list")) == names
    assert called(client, "package_search", rows=0, **{"facet.field": ["organization"]})["facets"]


def test_features_tiles_and_pages_are_served(client):
    items = client.get("/ogc/collections/naselja-oko-nisa/items?limit=5").json()
    assert len(items["features"]) == 5
    assert client.get("/en/data/naselja-oko-nisa").status_code == 200
    assert client.get("/map/layers.json").json()["collections"]


def test_a_second_run_changes_nothing(emap, site, published):
    again = emap("demo", "--once", "--json", *site[1])
    actions = {json.loads(line)["action"] for line in again.stdout.splitlines()}
    assert actions == {"unchanged", "refused"}


def test_the_check_finds_all_whole(emap, site, published):
    done = emap("check", *site[1])
    assert (done.returncode, done.stdout.strip()) == (0, "whole")


def test_a_rollback_is_seen_at_once(emap, site, client, tmp_path):
    words = ["--organization", "nis", "--name", "klupe", "--accept", *site[1]]
    for rows in (9, 7):
        lines = [f"{i},{21.9 + i / 1000},43.32\n" for i in range(rows)]
        (tmp_path / "klupe.csv").write_text("sifra,lon,lat\n" + "".join(lines), encoding="utf-8")
        done = emap("publish", tmp_path / "klupe.csv", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        assert benches(client) == rows
    done = emap("rollback", "klupe", *site[1])
    assert done.returncode == 0, done.stdout + done.stderr
    assert benches(client) == 9
    assert called(client, "package_show", id="klupe")["version"] == "1"


def benches(client):
    items = client.get("/ogc/collections/klupe/items?limit=1").json()
    return items["numberMatched"]


def test_a_catalog_is_moved_by_one_command(emap, postgresql, tmp_path):
    state = ["--state", tmp_path / "var"]
    token = emap("token", "create", "--user", "ana", *state)
    assert token.returncode == 0, token.stderr
    url = postgresql.create()
    done = emap("copy-catalog", url, *state)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("0 datasets, ")
    again = emap("copy-catalog", url, *state)
    assert again.returncode == 2
    assert "is not empty" in again.stderr
    (tmp_path / "config.yml").write_text(f"catalog: {{url: '{url}'}}", encoding="utf-8")
    listed = emap("token", "list", "--user", "ana", *state, "--config", tmp_path / "config.yml")
    assert "command line" in listed.stdout


def test_a_database_that_cannot_be_reached_is_one_sentence(emap, tmp_path):
    (tmp_path / "config.yml").write_text(
        "catalog: {url: 'postgresql://ana:tajna@127.0.0.1:1/db'}", encoding="utf-8"
    )
    done = emap("check", "--config", tmp_path / "config.yml", "--state", tmp_path / "var")
    assert done.returncode == 4
    assert done.stderr.startswith("catalog postgresql://ana:***@127.0.0.1:1/db: connection failed")
    assert len(done.stderr.strip().splitlines()) == 1
