"""PMTiles 3: vector tiles of all zooms in one file, which a web map reads by Range."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import orjson

from publish.formats._format import FileFormat, Format, read
from publish.formats._selection import Selection

MOST_FEATURES = 50_000
"""Tiles of so many are made while one waits (10,000 buildings take 4 s); more only as a layer."""
MOST_S = 300.0


class PMTiles(FileFormat):
    """The archive of the layer where all of it is wanted; else one made of what is."""

    title = "PMTiles"
    media_type = "application/vnd.pmtiles"
    ending = "pmtiles"
    any_crs = False

    def check(self, selection: Selection) -> None:
        """Raise ValueError for more features than can be tiled while one waits, and for none."""
        Format.check(self, selection)
        if _archive(selection) is not None:
            return
        if selection.is_whole and selection.count > MOST_FEATURES:
            raise ValueError("the tiles of this layer are being built; ask again in a while")
        if not 0 < selection.count <= MOST_FEATURES:
            raise ValueError(
                f"{selection.count} features; tiles are made of 1 to {MOST_FEATURES} of them,"
                " or of the whole layer"
            )

    def begin(self, selection: Selection) -> tuple[int | None, Iterator[bytes]]:
        """The archive of the whole layer as it is, or one that is made now."""
        if (stored := _archive(selection)) is not None:
            return stored.stat().st_size, read(stored)
        return super().begin(selection)

    def save(self, selection: Selection, path: Path) -> None:
        """Make a layer of the selection, and tiles of that; ValueError when nothing has a place."""
        from publish.layers.build import build_layer  # noqa: PLC0415 - pyarrow is large
        from publish.layers.read import SqliteFeatures  # noqa: PLC0415 - as the next
        from publish.layers.tiling import build_tiles  # noqa: PLC0415 - starts a program

        manifest = selection.manifest
        folder = path.parent / "layer"
        folder.mkdir()
        table = _typed(selection, path.parent / "table.arrow")
        layer = build_layer(
            table,
            layer=selection.name,
            dataset=manifest.dataset,
            resource=manifest.resource,
            into=folder,
        )
        table.unlink()
        made = build_tiles(SqliteFeatures(folder), layer, path.parent, timeout_s=MOST_S)
        shutil.rmtree(folder)  # while the file is sent nobody needs it
        made.rename(path)


def _archive(selection: Selection) -> Path | None:
    return selection.archive if selection.is_whole else None


def _typed(selection: Selection, path: Path) -> Path:
    """The selection as a typed table; features without a place have none in a tile."""
    import pyarrow as pa  # noqa: PLC0415 - large
    import pyarrow.compute as pc  # noqa: PLC0415 - large

    from datasets.typed import ARROW, GEOMETRY, ROW, SAID  # noqa: PLC0415 - pyarrow is large

    manifest = selection.manifest
    said = {
        "columns": [{"name": c.name, "title": c.title, "type": c.type} for c in manifest.columns],
        "primary_key": [manifest.id_column] if manifest.id_column else [],
        "crs": manifest.crs,
        "operation": manifest.operation,
        "geometry_type": selection.geometry_type,
    }
    fields = [(column.name, ARROW[column.type]) for column in manifest.columns]
    fields += [(ROW, pa.int64()), (GEOMETRY, pa.binary())]
    schema = pa.schema(fields, metadata={SAID: orjson.dumps(said)})
    written = 0
    with pa.ipc.new_file(path, schema) as file:
        for rows in selection.tables():
            there = rows.filter(pc.is_valid(rows["geometry"]))
            numbers = pa.array(range(written + 1, written + 1 + there.num_rows), pa.int64())
            numbers = numbers if manifest.id_column else there["id"]
            arrays = [there[column.name] for column in manifest.columns]
            file.write_table(pa.table([*arrays, numbers, there["geometry"]], schema=schema))
            written += there.num_rows
    if not written:
        raise ValueError("no feature of this selection has a place, so there is nothing to draw")
    return path
