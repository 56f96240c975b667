"""Layers of real servers on their way to the public: all features appear, where they are."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from datasets.config import Config
from datasets.model import Layer
from harvesters.arcgis import ArcGIS
from harvesters.ogc_features import OgcFeatures
from harvesters.sources.source import Source
from harvesters.wfs import WFS
from publish.desk import Desk, open_desk
from publish.pipeline import take
from tests.upstream import Asked, Upstream

pytest_plugins = ["tests.mapserver"]
FEATURES = 2_500
WEST, SOUTH = 20.85, 43.95
EXTENT = [20.8, 43.9, 21.1, 44.2]
GEOGRAPHIC = {"crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84", "bbox": EXTENT}
GRID = 50  # features in a row


def place(i: int) -> list[float]:
    return [round(WEST + i % GRID * 0.001, 6), round(SOUTH + i // GRID * 0.001, 6)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A site that may ask 127.0.0.1, and takes only what lies around Kragujevac."""
    http = {"allow_private": ["127.0.0.1"], "attempts": 1}
    config = Config.model_validate({"http": http, "validation": {"extent": EXTENT}})
    desk = open_desk(config, tmp_path / "var")
    yield desk
    desk.versions.close()


@pytest.fixture
def trees(tmp_path: Path) -> Path:
    """A file of 2,500 trees."""
    features = [
        {
            "type": "Feature",
            "id": i,
            "geometry": {"type": "Point", "coordinates": place(i)},
            "properties": {"gid": i, "vrsta": "липа", "sifra": f"00{i}"},
        }
        for i in range(FEATURES)
    ]
    path = tmp_path / "drvece.geojson"
    document = {"type": "FeatureCollection", "name": "drvece", "features": features}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def published(source: Source, desk: Desk, into: Path) -> Layer:
    """Take the first record of a source; give the layer that the public sees of it."""
    into.mkdir()
    record = next(iter(source.harvest(desk.http))).records[0]
    dataset = source.collect(record, {}, desk.http, into).dataset
    receipt = take(dataset, desk)
    assert receipt.action == "created", receipt.reason
    version = desk.versions.current(dataset.name)
    assert version is not None
    [layer] = version.layers
    again = into / "again"
    again.mkdir()
    same = source.collect(record, {}, desk.http, again).dataset
    assert take(same, desk).action == "unchanged"  # equal bytes are no new version
    return layer


def whole(layer: Layer) -> bool:
    """Tell whether a layer has all trees where they stand."""
    first, last = place(0), place(FEATURES - 1)
    return layer.features == FEATURES and layer.bbox_lonlat == pytest.approx(
        (*first, *last), abs=1e-5
    )


@pytest.fixture
def pygeoapi(trees: Path, tmp_path: Path) -> Iterator[str]:
    """A stock pygeoapi with a file of trees."""
    words: dict[str, Any] = {"type": "collection", "title": "Дрвеће", "description": "Стабла"}
    words |= {"keywords": ["зеленило"], "links": [], "extents": {"spatial": GEOGRAPHIC}}
    provider = {"type": "feature", "name": "GeoJSON", "data": str(trees), "id_field": "id"}
    resources = tmp_path / "resources.json"
    resources.write_text(json.dumps({"drvece": words | {"providers": [provider]}}))
    script = Path(__file__).parents[2] / "harvesters" / "pygeoapi_server.py"
    command = [sys.executable, "-W", "ignore", str(script), str(resources), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        yield f"http://127.0.0.1:{int(running.stdout.readline())}"
        running.terminate()


def test_a_collection_of_pygeoapi_is_published_whole(
    pygeoapi: str, desk: Desk, tmp_path: Path
) -> None:
    """It lowers the limit of 1,000 to 50 without a word."""
    source = OgcFeatures(name="grad", kind="ogc_features", organization="grad", url=pygeoapi)
    layer = published(source, desk, tmp_path / "into")
    assert whole(layer)
    assert {c.name: c.type for c in layer.columns}["sifra"] == "string"


@pytest.mark.parametrize(("geojson", "most"), [(True, 500), (False, 1000)])
def test_a_layer_of_mapserver_is_published_whole(
    mapserver: Callable[..., Any],
    trees: Path,
    desk: Desk,
    tmp_path: Path,
    geojson: bool,
    most: int,
) -> None:
    server = mapserver(trees, geojson=geojson, most=most)
    source = WFS(name="grad", kind="wfs", organization="grad", url=server.url)
    assert whole(published(source, desk, tmp_path / "into"))


def test_wfs_of_the_older_version_with_its_axes_the_wrong_way_is_published_where_it_is(
    mapserver: Callable[..., Any], trees: Path, desk: Desk, tmp_path: Path
) -> None:
    """MapServer writes latitude first under EPSG:4326 in WFS 1.1, where it should not."""
    server = mapserver(trees, geojson=False, most=1000)
    server.only = "1.1.0"
    source = WFS(name="grad", kind="wfs", organization="grad", url=server.url)
    assert whole(published(source, desk, tmp_path / "into"))


def test_the_old_system_of_serbia_is_brought_to_its_place_by_us(
    mapserver: Callable[..., Any], trees: Path, desk: Desk, tmp_path: Path
) -> None:
    metres = tmp_path / "drvece-6316.geojson"
    command = ["ogr2ogr", "-t_srs", "EPSG:6316", "-nln", "drvece", str(metres), str(trees)]
    subprocess.run(command, check=True, capture_output=True)
    server = mapserver(metres, epsg=6316, most=1000)
    source = WFS(name="grad", kind="wfs", organization="grad", url=server.url)
    layer = published(source, desk, tmp_path / "into")
    assert layer.features == FEATURES
    assert layer.bbox_lonlat == pytest.approx((*place(0), *place(FEATURES - 1)), abs=2e-4)


def test_a_layer_of_arcgis_is_published_with_its_titles_and_words(
    upstream: Upstream, desk: Desk, tmp_path: Path
) -> None:
    base = "/arcgis/rest/services/Grad/MapServer"
    coded = {"codedValues": [{"name": "добро", "code": 1}, {"name": "суво", "code": 2}]}
    fields = [
        {"name": "OBJECTID", "type": "esriFieldTypeOID", "alias": "OBJECTID"},
        {"name": "SADJENO", "type": "esriFieldTypeDate", "alias": "Сађено"},
        {"name": "STANJE", "type": "esriFieldTypeInteger", "alias": "Стање", "domain": coded},
    ]
    upstream.answers[base] = {"layers": [{"id": 0}]}
    upstream.answers[f"{base}/0"] = {
        "name": "Дрвеће",
        "type": "Feature Layer",
        "geometryType": "esriGeometryPoint",
        "fields": fields,
        "supportsPagination": True,
        "maxRecordCount": 1000,
    }

    def query(asked: Asked) -> dict[str, Any]:
        if "returnCountOnly" in asked.query:
            return {"count": FEATURES}
        start = int(asked.query["resultOffset"])
        rows = [
            {
                "attributes": {"OBJECTID": i + 1, "SADJENO": i * 86_400_000, "STANJE": 1 + i % 2},
                "geometry": dict(zip("xy", place(i), strict=True)),
            }
            for i in range(start, min(start + 1000, FEATURES))
        ]
        return {"spatialReference": {"wkid": 4326}, "features": rows}

    upstream.answers[f"{base}/0/query"] = query
    source = ArcGIS(name="grad", kind="arcgis", organization="grad", url=upstream.url + base)
    layer = published(source, desk, tmp_path / "into")
    assert whole(layer)
    assert {(c.title, c.type) for c in layer.columns} >= {
        ("Сађено", "datetime"),
        ("Стање", "string"),
    }


def test_our_own_features_are_published_again_elsewhere(
    served: Callable[..., str], trees: Path, desk: Desk, tmp_path: Path, emap: Callable[..., Any]
) -> None:
    package = tmp_path / "podaci" / "drvece"
    package.mkdir(parents=True)
    trees.rename(package / "drvece.geojson")
    descriptor = {"name": "drvece", "title": "Дрвеће", "resources": [{"path": "drvece.geojson"}]}
    (package / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    config = tmp_path / "config.yml"
    config.write_text(
        "sources: [{name: grad, kind: folder, path: podaci, organization: grad}]\n", "utf-8"
    )
    made = emap("--state", tmp_path / "first", "run", "--config", config, cwd=tmp_path)
    assert made.returncode == 0, made.stdout + made.stderr
    url = served(tmp_path / "first") + "/ogc"
    source = OgcFeatures(name="drugi", kind="ogc_features", organization="grad", url=url)
    assert whole(published(source, desk, tmp_path / "into"))
