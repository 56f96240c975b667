"""One pointer, every surface: a publication is seen everywhere at once, without a restart."""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import ckanapi
import httpx
import mapbox_vector_tile
import pytest

from datasets.config import Config
from harvesters.packages.package import upload
from publish.desk import Desk, open_desk
from publish.pipeline import rollback, take
from publish.publisher import ensure_organization, publish_package

CYCLES, READERS = 100, 8
COUNTS = {1: 120, 2: 131}
LATEST_S = 5.0  # on a machine with nothing else to do it is below one
TILE = (10, 574, 375)  # z, x, y of Niš


def benches(path: Path, version: int, count: int) -> Path:
    """Points that all say which version they are."""
    rows = [f"{i},{version},{21.89 + i / 5000:.4f},43.3210" for i in range(1, count + 1)]
    path.write_text("\n".join(["sifra,verzija,lon,lat", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("site") / "var"


@pytest.fixture(scope="module")
def desk(state):
    desk = open_desk(Config(), state)
    yield desk
    desk.versions.close()


@pytest.fixture(scope="module")
def site(served, state, desk):
    return served(state)


def publish(desk: Desk, folder: Path, version: int, count: int):
    path = benches(folder / "klupe.csv", version, count)
    return take(upload(path, organization="nis", name="klupe"), desk, by_hand=True)


def seen(site: str, version: str) -> None:
    """Ask until the server has seen what another process did: it looks 20 times a second."""
    began = time.monotonic()
    while httpx.get(f"{site}/ogc/collections/klupe?f=json").json().get("version", "") != version:
        assert time.monotonic() - began < LATEST_S


def shown(site: str, version: int) -> dict[str, object]:
    """What each surface says of the dataset, once the server shows a version."""
    seen(site, str(version))
    with httpx.Client(base_url=site) as client:
        package = client.get("/api/3/action/package_show?id=klupe").json()["result"]
        items = client.get("/ogc/collections/klupe/items?limit=1000").json()
        z, x, y = TILE
        tile = client.get(f"/tiles/klupe/{z}/{x}/{y}.mvt")
        map_ = client.get("/map/layers.json").json()
        page = client.get("/en/data/klupe").text
        file = client.get("/data/klupe/files/klupe.csv").text
    features = mapbox_vector_tile.decode(tile.content)["klupe"]["features"]
    [layer] = [each for each in map_["collections"] if each["id"] == "klupe"]
    return {
        "package": package["version"],
        "items": {feature["properties"]["verzija"] for feature in items["features"]},
        "count": items["numberMatched"],
        "tile": {feature["properties"]["verzija"] for feature in features},
        "map": f"v={package['version']}" in json.dumps(layer),
        "page": f"{items['numberMatched']}" in page,
        "file": len(file.splitlines()) - 1,
    }


def expected(version: int, verzija: int, count: int) -> dict[str, object]:
    return {
        "package": str(version),
        "items": {verzija},
        "count": count,
        "tile": {verzija},
        "map": True,
        "page": True,
        "file": count,
    }


@pytest.mark.serving
def test_every_surface_shows_a_publication_at_once_and_a_rollback_too(site, desk, tmp_path):
    assert publish(desk, tmp_path, 1, 120).action == "created"
    assert shown(site, 1) == expected(1, 1, 120)
    assert publish(desk, tmp_path, 2, 131).action == "updated"
    assert shown(site, 2) == expected(2, 2, 131)
    rollback("klupe", desk)
    assert shown(site, 1) == expected(1, 1, 120)
    assert publish(desk, tmp_path, 2, 131).version == 2
    assert shown(site, 2) == expected(2, 2, 131)


@pytest.mark.serving
def test_an_address_with_its_version_goes_on_showing_that_version(site, desk):
    items = httpx.get(f"{site}/ogc/collections/klupe/items?v=1&limit=10").json()
    assert {feature["properties"]["verzija"] for feature in items["features"]} == {1}
    [following] = [link["href"] for link in items["links"] if link["rel"] == "next"]
    assert "v=1" in following
    assert len(httpx.get(f"{site}/data/klupe/files/klupe.csv?v=1").text.splitlines()) == 121


@pytest.mark.serving
def test_a_hundred_swaps_in_two_workers_under_eight_readers_show_no_error_and_no_mixture(
    served, state, desk
):
    """Each reader follows the pages of the items, and asks the catalog, tiles and pages too."""
    site = served(state, "--workers", "2")
    stop, faults, seen = threading.Event(), [], Counter()
    readers = [
        threading.Thread(target=reader, args=(site, stop, faults, seen)) for _ in range(READERS)
    ]
    for thread in readers:
        thread.start()
    with contextlib.ExitStack() as open_ones:
        workers = [
            open_ones.enter_context(contextlib.closing(client))
            for client in one_for_each_worker(site, 2)
        ]
        late = max(swapped(1 + cycle % 2, desk, workers) for cycle in range(CYCLES))
    stop.set()
    for thread in readers:
        thread.join()
    assert faults == []
    assert set(seen) == {1, 2}  # how often depends on the machine
    assert late < LATEST_S


def one_for_each_worker(site: str, count: int) -> list[httpx.Client]:
    """A connection that stays open to each worker process."""
    found = {}
    while len(found) < count:
        client = httpx.Client(base_url=site, timeout=30)
        worker = client.get("/health").json()["worker"]
        if worker in found:
            client.close()
        else:
            found[worker] = client
    return list(found.values())


def swapped(version: int, desk: Desk, workers: list[httpx.Client]) -> float:
    """Show a version; gives how many seconds it took until every worker did."""
    rollback("klupe", desk, version)
    began = time.monotonic()
    for client in workers:
        while client.get("/ogc/collections/klupe?f=json").json()["version"] != str(version):
            assert time.monotonic() - began < LATEST_S
    return time.monotonic() - began


def reader(site: str, stop: threading.Event, faults: list, seen: Counter) -> None:
    """Read until told to stop; keeps what went wrong, and how often each version was seen."""
    try:
        with httpx.Client(base_url=site, timeout=30) as client:
            while not stop.is_set():
                seen[read(client, faults)] += 1
    except Exception as fault:  # noqa: BLE001  a thread's fault must reach the test
        faults.append(fault)


def read(client: httpx.Client, faults: list) -> int:
    """Look at every surface once; gives the version of the features."""
    z, x, y = TILE
    first = client.get("/ogc/collections/klupe/items?limit=70").json()
    [link] = [each["href"] for each in first["links"] if each["rel"] == "next"]
    second = client.get(link).json()
    features = first["features"] + second["features"]
    versions = {feature["properties"]["verzija"] for feature in features}
    if len(versions) != 1 or len(features) != COUNTS[versions.copy().pop()]:
        faults.append(("items", versions, len(features)))
    tile = client.get(f"/tiles/klupe/{z}/{x}/{y}.mvt")
    layer = mapbox_vector_tile.decode(tile.content)["klupe"]
    if len({f["properties"]["verzija"] for f in layer["features"]}) != 1:
        faults.append(("tile", layer))
    package = client.get("/api/3/action/package_show?id=klupe")
    page = client.get("/data/klupe")
    if package.status_code != 200 or page.status_code != 200:
        faults.append((package.status_code, page.status_code))
    return versions.pop()


@pytest.mark.serving
def test_a_broken_layer_is_seen_before_it_is_served_and_the_former_version_takes_its_place(
    site, desk, tmp_path, state
):
    publish(desk, tmp_path, 2, 131)
    assert shown(site, 2)["count"] == 131
    layer = desk.versions.current("klupe").layers[0]
    path = desk.store.layer(layer.id, layer.sha) / "layer.sqlite"
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    path.write_bytes(damaged)
    # what was answered before was whole, and may be given again; this was not asked before
    items = httpx.get(f"{site}/ogc/collections/klupe/items?limit=999").json()
    assert items["numberMatched"] == 120, "a request in which it was found is answered all the same"
    page = httpx.get(f"{site}/embed/folium/klupe")
    assert page.status_code == 200
    [alarm] = httpx.get(f"{site}/health").json()["alarms"]
    assert layer.sha in alarm
    assert "publish its dataset again" in alarm
    assert publish(desk, tmp_path, 2, 131).version == 2
    assert httpx.get(f"{site}/health").json()["alarms"] == []
    assert shown(site, 2)["count"] == 131


@pytest.mark.serving
def test_a_broken_file_for_download_is_not_sent(site, desk, tmp_path):
    publish(desk, tmp_path, 2, 131)
    seen(site, "2")
    layer = desk.versions.current("klupe").layers[0]
    path = desk.store.layer(layer.id, layer.sha) / "layer.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    address = f"{site}/data/klupe/layers/klupe.parquet"
    assert httpx.get(address, follow_redirects=True).status_code == 404
    assert shown(site, 1)["count"] == 120
    assert publish(desk, tmp_path, 2, 131).version == 2
    assert shown(site, 2)["count"] == 131
    assert httpx.get(address).status_code == 200


@pytest.mark.serving
def test_broken_tiles_are_seen_before_they_are_served_and_built_again(site, desk, tmp_path):
    publish(desk, tmp_path, 2, 131)
    seen(site, "2")
    layer = desk.versions.current("klupe").layers[0]
    path = desk.store.tiles(layer.sha) / desk.versions.archives()[layer.sha]
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 0xFF
    path.write_bytes(damaged)
    z, x, y = TILE
    tile = httpx.get(f"{site}/tiles/klupe/{z}/{x}/{y}.mvt?v=2")
    assert (tile.status_code, tile.headers["emap-tiles"]) == (204, "building")
    [alarm] = httpx.get(f"{site}/health").json()["alarms"]
    assert f"tiles/{layer.sha}" in alarm
    publish(desk, tmp_path, 2, 131)
    assert httpx.get(f"{site}/health").json()["alarms"] == []
    assert path.is_file()
    seen(site, "2")
    assert shown(site, 2) == expected(2, 2, 131)


@pytest.mark.serving
def test_the_same_publisher_writes_to_a_remote_ckan(site, desk, emap, state):
    token = emap("--state", state, "token", "create", "--user", "robot", "--sysadmin")
    remote = ckanapi.RemoteCKAN(site, apikey=token.stdout.splitlines()[-1])
    package = {
        **desk.versions.current("klupe").package,
        "id": "5b1a5a2c-6f0e-4a6f-9d5e-0f6d3a2b1c00",
        "name": "klupe-u-ogledalu",
        "owner_org": "ogledalo",
        "resources": [],
    }
    ensure_organization(remote, {"name": "ogledalo", "title": "Огледало"})
    created = publish_package(remote, package)
    again = publish_package(remote, package)
    assert created["id"] == package["id"]
    assert again["metadata_modified"] == created["metadata_modified"], "nothing changed"
    remote.close()


@pytest.mark.serving
@pytest.mark.parametrize(
    ("action", "given"),
    [("package_patch", {"private": True}), ("package_delete", {})],
)
def test_what_the_api_hides_is_hidden_on_every_surface(site, desk, action, given):
    surfaces = (
        "/ogc/collections/klupe",
        "/ogc/collections/klupe/items?v=1",
        "/tiles/klupe.json",
        "/data/klupe",
        "/data/klupe/files/klupe.csv",
        "/data/klupe/files/klupe.csv?v=1",
        "/data/klupe/layers/klupe.parquet",
        "/data/klupe/report.json",
        "/data/klupe/report",
        "/embed/folium/klupe",
    )
    assert {httpx.get(f"{site}{path}").status_code for path in surfaces} == {200}
    desk.catalog.call_action(action, {"id": "klupe", **given})
    seen(site, "")
    answers = {path: httpx.get(f"{site}{path}").status_code for path in surfaces}
    assert set(answers.values()) <= {404, 410}, answers
    shown_on_map = httpx.get(f"{site}/map/layers.json").json()["collections"]
    assert "klupe" not in {each["id"] for each in shown_on_map}
    other = 2 if desk.versions.pointer("klupe").number == 1 else 1
    rollback("klupe", desk, other)
    seen(site, str(other))
    assert {httpx.get(f"{site}{path}").status_code for path in surfaces} == {200}


@pytest.mark.serving
def test_ckanapis_own_command_line_finds_the_datasets(site):
    command = [str(Path(sys.executable).parent / "ckanapi"), "action", "package_search", "-r", site]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    names = [package["name"] for package in json.loads(done.stdout)["results"]]
    assert "klupe" in names


@pytest.mark.serving
def test_an_empty_state_folder_is_served(served, tmp_path):
    site = served(tmp_path / "new", "--workers", "2")
    assert httpx.get(f"{site}/health").json()["ok"]
    assert httpx.get(f"{site}/api/3/action/package_list").json()["result"] == []
    listed = httpx.get(f"{site}/ogc/collections").json()["collections"]
    assert [one["itemType"] for one in listed] == ["record"]
    assert httpx.get(f"{site}/ogc/collections/metadata:main/items").json()["features"] == []
    for path in ("/", "/data", "/map"):
        assert httpx.get(f"{site}{path}").status_code == 200
