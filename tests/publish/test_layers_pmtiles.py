"""Tiles out of archives: whole, with leaf directories, cut off, and many at once."""

import gzip
import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from datasets.errors import PublishError
from publish.layers import pmtiles
from publish.layers.integrity import BrokenArchive

GRID = [(z, x, y) for z in range(9) for x in range(2**z) for y in range(2**z)]
EVERYWHERE = [tile for tile in GRID if zlib.crc32(bytes(str(tile), "ascii")) % 3 == 0]


def content(z, x, y):
    """Different bytes of different length for every tile, so that directories do not pack."""
    return gzip.compress(f"{z}/{x}/{y}".encode() * (x * 31 % 7 + y * 17 % 9 + 1), mtime=0)


def write(path: Path, tiles, tile_type=TileType.MVT) -> Path:
    with path.open("wb") as file:
        writer = Writer(file)
        for tile in sorted(tiles, key=lambda zxy: zxy_to_tileid(*zxy)):
            writer.write_tile(zxy_to_tileid(*tile), content(*tile))
        header = {
            "tile_type": tile_type,
            "tile_compression": Compression.GZIP,
            "min_lon_e7": 208000000,
            "min_lat_e7": 439000000,
            "max_lon_e7": 210000000,
            "max_lat_e7": 441000000,
        }
        writer.finalize(header, {"vector_layers": [{"id": "trees"}]})
    return path


@pytest.fixture
def archive(tmp_path):
    return write(tmp_path / "a.pmtiles", EVERYWHERE)


def test_every_tile_comes_back_through_leaf_directories(archive):
    assert pmtiles._open(archive).parts["leaf_directory_length"] > 0
    for tile in EVERYWHERE[::7]:
        assert pmtiles.archived_tile(archive, *tile) == content(*tile)
    missing = sorted(set(GRID) - set(EVERYWHERE))
    assert all(pmtiles.archived_tile(archive, *tile) is None for tile in missing[::99])
    assert pmtiles.archived_tile(archive, 22, 0, 0) is None


def test_a_tile_that_was_not_written_is_none(tmp_path):
    path = write(tmp_path / "few.pmtiles", [(3, 1, 1), (3, 6, 6)])
    assert pmtiles.archived_tile(path, 3, 1, 1) == content(3, 1, 1)
    assert pmtiles.archived_tile(path, 3, 2, 2) is None
    assert pmtiles.archived_tile(path, 0, 0, 0) is None


def test_a_tile_that_cannot_be_is_refused(archive):
    for tile in ((2, 4, 0), (2, 0, -1), (-1, 0, 0), (99, 0, 0)):
        with pytest.raises(ValueError, match=f"tile {tile[0]}/"):
            pmtiles.archived_tile(archive, *tile)


def test_the_header_says_zooms_bounds_and_layers(archive):
    assert pmtiles.header(archive) == pmtiles.Header(
        1, 8, (20.8, 43.9, 21.0, 44.1), ({"id": "trees"},)
    )


def test_a_file_that_ends_too_soon_is_refused_by_name(archive, tmp_path):
    whole = archive.read_bytes()
    for size in (0, 5, 126, 127, 1000, len(whole) // 2, len(whole) - 1):
        cut = tmp_path / f"cut-{size}.pmtiles"
        cut.write_bytes(whole[:size])
        for ask in (pmtiles.header, lambda path: pmtiles.archived_tile(path, 3, 2, 2)):
            with pytest.raises(PublishError, match=f"cut-{size}.*not a whole PMTiles archive"):
                ask(cut)


def test_a_file_that_is_not_there_or_holds_pictures_is_refused(tmp_path):
    with pytest.raises(PublishError, match=r"missing\.pmtiles"):
        pmtiles.header(tmp_path / "missing.pmtiles")
    pictures = write(tmp_path / "png.pmtiles", [(0, 0, 0)], TileType.PNG)
    with pytest.raises(PublishError, match="not gzipped vector tiles"):
        pmtiles.archived_tile(pictures, 0, 0, 0)


def test_damaged_bytes_never_raise_anything_else(tmp_path):
    whole = write(tmp_path / "good.pmtiles", EVERYWHERE[:300]).read_bytes()

    @settings(deadline=None, max_examples=200)
    @given(st.integers(0, 1500), st.binary(min_size=1, max_size=40), st.sampled_from(EVERYWHERE))
    def check(place, noise, tile):
        path = tmp_path / "damaged.pmtiles"
        path.write_bytes(whole[:place] + noise + whole[place + len(noise) :])
        pmtiles._whole.cache_clear()
        for ask in (pmtiles.header, lambda path: pmtiles.archived_tile(path, *tile)):
            try:
                ask(path)
            except PublishError as error:
                assert "damaged.pmtiles" in str(error)

    check()


def test_only_so_many_archives_stay_open(tmp_path):
    pmtiles._whole.cache_clear()
    paths = [write(tmp_path / f"{i}.pmtiles", [(0, 0, 0)]) for i in range(pmtiles.MAX_OPEN + 20)]
    handles = Path("/proc/self/fd")
    before = len(list(handles.iterdir())) if handles.is_dir() else 0
    for path in paths:
        assert pmtiles.archived_tile(path, 0, 0, 0)
    assert pmtiles._whole.cache_info().currsize == pmtiles.MAX_OPEN
    if before:
        assert len(list(handles.iterdir())) - before <= pmtiles.MAX_OPEN


def test_many_threads_read_while_archives_are_closed_under_them(tmp_path, monkeypatch):
    paths = [write(tmp_path / f"{i}.pmtiles", EVERYWHERE[:50]) for i in range(pmtiles.MAX_OPEN + 6)]

    def ask(i):
        tile = EVERYWHERE[i % 50]
        return pmtiles.archived_tile(paths[i * 7 % len(paths)], *tile) == content(*tile)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(2000)))


def test_a_file_that_is_cut_while_it_is_read_is_refused(archive):
    assert pmtiles.archived_tile(archive, *EVERYWHERE[-1])
    os.truncate(archive, 4096)  # before the end of a page that is mapped nothing is wrong yet
    with pytest.raises(PublishError, match="not a whole PMTiles archive"):
        pmtiles.archived_tile(archive, *EVERYWHERE[-1])


def test_a_damaged_tile_is_not_unpacked():
    packed = content(3, 2, 2)
    assert pmtiles.unpacked(packed) == gzip.decompress(packed)
    with pytest.raises(PublishError, match="a tile of an archive is broken"):
        pmtiles.unpacked(packed[:-9])


def test_an_archive_whose_name_is_not_its_hash_is_refused(archive):
    named = archive.with_name(f"{'0' * 16}-{pmtiles.digest(archive.read_bytes())}.pmtiles")
    archive.rename(named)
    assert pmtiles.archived_tile(named, *EVERYWHERE[0]) == content(*EVERYWHERE[0])
    damaged = bytearray(named.read_bytes())
    damaged[-1] ^= 0xFF
    named.write_bytes(damaged)
    with pytest.raises(BrokenArchive, match="has changed since it was built; build it again"):
        pmtiles.archived_tile(named, *EVERYWHERE[0])
    named.unlink()
    with pytest.raises(BrokenArchive, match="the file is missing"):
        pmtiles.header(named)
