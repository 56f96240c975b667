"""Real clients: GDAL's OAPIF driver, and the commands of docs/ogc-api.md."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest


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
    assert counts(ogrinfo("-al", "-so", "-spat", "20", "43", "21", "44.1"))["naselja"] == 2
    said = ogrinfo("-al", "-where", "naziv = 'Чачак'", layers=("naselja",))
    assert counts(said) == {"naselja": 1}
    assert "POINT (20.34966 43.89139)" in said
    assert "stanovnistvo (Integer) = 73331" in said


def test_gdal_reads_all_pages(client, tmp_path, ogrinfo):
    target = tmp_path / "zone.geojson"
    command = ["ogr2ogr", "-f", "GeoJSON", str(target), f"OAPIF:{client.base_url}/ogc", "zone"]
    subprocess.run(command, check=True, timeout=60)
    assert len(json.loads(target.read_text())["features"]) == 252


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
    assert (tmp_path / "tile.mvt").stat().st_size > 0
    assert (tmp_path / "naselja.gpkg").exists()


def test_the_python_example_of_the_documentation_runs(client, project):
    (code,) = examples(project, "python")
    names: dict[str, list] = {}
    exec(code.replace("http://127.0.0.1:8000", str(client.base_url)), names)
    assert len(names["features"]) == 7
