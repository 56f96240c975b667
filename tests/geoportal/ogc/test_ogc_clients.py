"""Real clients: GDAL old and new, OWSLib, QGIS, and the commands of docs/ogc-api.md."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from owslib.ogcapi.features import Features

from publish.layers.crs import EPSG

LAYERS = ("naselja", "zone")
CLIENTS = Path(__file__).parent / "clients"
SABAC = {3857: (2191880.774, 5581727.641), 6316: (7396698.803, 4956621.838)}


@pytest.fixture
def ogrinfo(client):
    """Run Debian's ogrinfo on the API; gives what it prints."""
    if shutil.which("ogrinfo") is None:
        pytest.skip("no ogrinfo here; install gdal-bin")

    def run(*arguments: str, layers: tuple[str, ...] = ()) -> str:
        command = ["ogrinfo", "-ro", *arguments, f"OAPIF:{client.base_url}/ogc", *layers]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=60
        ).stdout

    return run


def counts(text: str) -> dict[str, int]:
    """Features by layer, as ogrinfo prints them."""
    layers = re.findall(r"^Layer name: (.+)$", text, re.M)
    return dict(
        zip(layers, map(int, re.findall(r"^Feature Count: (\d+)$", text, re.M)), strict=True)
    )


def test_gdal_lists_every_collection_with_its_count(ogrinfo):
    assert counts(ogrinfo("-al", "-so")) == {
        "metadata:main": 0,
        "naselja": 7,
        "zone": 252,
    }


def test_gdal_filters_by_place_and_attribute(ogrinfo):
    box = ("-spat", "20", "43", "21", "44.1")
    assert counts(ogrinfo("-so", *box, layers=LAYERS))["naselja"] == 2
    said = ogrinfo("-where", "naziv = 'Чачак'", layers=("naselja",))
    assert counts(said) == {"naselja": 1}
    assert "POINT (20.34966 43.89139)" in said
    assert "stanovnistvo (Integer) = 73331" in said


def test_gdal_reads_all_pages(client, tmp_path, ogrinfo):
    target = tmp_path / "zone.geojson"
    command = ["ogr2ogr", "-f", "GeoJSON", str(target), f"OAPIF:{client.base_url}/ogc", "zone"]
    subprocess.run(command, check=True, timeout=60)
    assert len(json.loads(target.read_text())["features"]) == 252


def read_by(python: str, script: str, client, *arguments: str) -> dict:
    """Run a script of `clients` by some Python; gives what it printed as JSON."""
    command = [python, str(CLIENTS / script), f"{client.base_url}/ogc", *arguments]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_new_gdal_reads_layers_filters_and_systems(client):
    wheres = {
        "naziv = 'Рача'": 1,
        "stanovnistvo > 50000": 4,
        "naziv = 'Рача' OR stanovnistvo > 100000": 2,
        "grad = 1": 4,
    }
    systems = {str(number): f"{EPSG}{number}" for number in (4326, *SABAC)}
    said = read_by(sys.executable, "gdal.py", client, json.dumps([list(wheres), systems]))
    assert {name: said["layers"][name] for name in LAYERS} == {
        "naselja": ["Point", 7, "WGS 84 (CRS84)"],
        "zone": ["Polygon", 252, "WGS 84 (CRS84)"],
    }
    assert said["wheres"] == wheres
    assert said["places"]["4326"] == pytest.approx([19.69, 44.74667])  # GDAL gives x before y
    for number, place in SABAC.items():
        assert said["places"][str(number)] == pytest.approx(place, abs=0.001)


def test_owslib_reads_everything(client):
    service = Features(f"{client.base_url}/ogc")
    assert set(LAYERS) <= set(service.feature_collections())
    assert service.collection("naselja")["title"] == "Насеља"
    assert "naziv" in service.collection_queryables("naselja")["properties"]
    page = service.collection_items("naselja", limit=3, bbox=[20, 43, 21, 44.5])
    assert (page["numberMatched"], page["numberReturned"]) == (5, 3)
    found = service.collection_items("naselja", filter="naziv = 'Рача' OR grad = true")
    assert found["numberMatched"] == 5
    assert service.collection_item("zone", "z5")["properties"] == {"broj": 5, "oznaka": "z5"}


def test_qgis_reads_layers_with_their_fields_and_places(client):
    python = "/usr/bin/python3"
    asked = subprocess.run([python, "-c", "import qgis.core"], check=False, capture_output=True)
    if asked.returncode:
        missing = "no QGIS here; install Debian's python3-qgis and qgis-providers"
        if os.environ.get("EMAP_REQUIRE_QGIS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    said = read_by(python, "qgis.py", client, *LAYERS)
    assert said["naselja"] == {
        "valid": True,
        "count": 7,
        "read": 7,
        "crs": "EPSG:4326",  # what QGIS makes of CRS84
        "type": "Point",
        "fields": {
            "naziv": "String",
            "stanovnistvo": "Integer",
            "grad": "Boolean",
            "limit_": "String",
        },
        "in_box": 2,
    }
    assert said["zone"]["type"] == "Polygon"
    assert said["zone"]["read"] == said["zone"]["count"] == 252


def test_the_answer_holds_the_stored_bytes(client, naselja):
    body = client.get("/ogc/collections/naselja/items").content
    assert all(feature in body for feature in naselja.features.features(limit=10))


def examples(project: Path, language: str) -> list[str]:
    """The code blocks of the page for developers."""
    text = (project / "docs" / "ogc-api.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def test_the_shell_examples_of_the_documentation_run(client, project, tmp_path):
    lines = [line for block in examples(project, "sh") for line in block.splitlines()]
    assert len(lines) >= 10
    for line in lines:
        if shutil.which(line.split()[0]) is None:
            pytest.skip(f"no {line.split()[0]} here")
        here = line.replace("http://127.0.0.1:8000", str(client.base_url))
        here = re.sub("^curl", "curl --fail --silent", here)
        done = subprocess.run(
            here, check=False, shell=True, cwd=tmp_path, capture_output=True, timeout=60
        )
        assert done.returncode == 0, (line, done.stderr)
    assert (tmp_path / "tile.mvt").exists()  # empty here: without an archive no tile is so wide
    assert (tmp_path / "naselja.gpkg").exists()


def test_the_python_example_of_the_documentation_runs(client, project):
    (code,) = examples(project, "python")
    names: dict[str, list] = {}
    exec(code.replace("http://127.0.0.1:8000", str(client.base_url)), names)
    assert len(names["features"]) == 7
