"""Files that GDAL writes, fed with Arrow as it reads: memory holds one part of the features."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from datasets.errors import PublishError
from datasets.model import Column
from publish.formats._selection import Selection
from publish.layers import crs

if TYPE_CHECKING:
    import pyarrow as pa

NO_DATE = "2000-01-01T00:00:00.000Z"
"""What a GeoPackage says of its last change, so that the same data are the same bytes."""
JSON_TEXT = {"ARROW:extension:name": "arrow.json", "ARROW:extension:metadata": ""}
MARGIN_BYTES = 1 << 20
SINGLE = (1, 2, 3)
"""WKB's numbers of Point, LineString, Polygon; three more are those of many parts."""


def save(
    selection: Selection,
    path: Path,
    driver: str,
    rows: "Iterator[pa.Table] | None" = None,
    schema: "pa.Schema | None" = None,
    geometry_type: str = "",
    **options: str,
) -> None:
    """Write a file, of all of a selection or of rows made of it, which have that schema.

    An exception raised while features are read comes out as it is. Raises PublishError with what
    GDAL says when the file cannot be written, and OSError when the disk may have been full.
    """
    import pyarrow as pa  # noqa: PLC0415 - large
    import pyogrio  # noqa: PLC0415 - loads GDAL

    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": NO_DATE})
    kind = geometry_type or selection.geometry_type
    schema = schema or schema_of(selection, selection.columns)
    source = _Batches(selection.tables() if rows is None else rows, schema, kind)
    try:
        pyogrio.raw.write_arrow(
            pa.RecordBatchReader.from_batches(schema, source),
            path,
            layer=path.stem,
            driver=driver,
            geometry_name="geometry",
            geometry_type="Unknown" if kind == "Geometry" else kind,
            crs=f"EPSG:{crs.epsg(selection.crs)}",
            **options,
        )
    except (RuntimeError, ValueError, OSError) as error:
        if source.stopped is not None:
            raise source.stopped from None
        raise PublishError(f"{path.name}: GDAL cannot write it: {error}") from None
    _see_that_there_is_room(path.parent)


def _see_that_there_is_room(folder: Path) -> None:
    """Raise OSError where a folder's files could not be written once more, and a little.

    GDAL says nothing when the disk is full as it closes a file: the last bytes, or the index of a
    GeoPackage, are just not there.
    """
    size_bytes = sum(each.stat().st_size for each in folder.iterdir())
    with tempfile.TemporaryFile(dir=folder) as room:
        os.posix_fallocate(room.fileno(), 0, size_bytes + MARGIN_BYTES)


class _Batches:
    """Parts of features as GDAL takes them, which remembers why reading stopped."""

    def __init__(self, rows: "Iterator[pa.Table]", schema: "pa.Schema", kind: str) -> None:
        self.rows, self.schema, self.kind = rows, schema, kind
        self.stopped: BaseException | None = None

    def __iter__(self) -> "Iterator[pa.RecordBatch]":
        """The record batches."""
        try:
            for rows in self.rows:
                yield from self._alike(rows).to_batches()
        except BaseException as error:
            self.stopped = error  # GDAL would tell only that there was one
            raise

    def _alike(self, rows: "pa.Table") -> "pa.Table":
        import pyarrow as pa  # noqa: PLC0415 - large

        from datasets.typed import as_text  # noqa: PLC0415 - as above

        plain = [as_text(rows[name]) for name in self.schema.names]
        rows = pa.table(plain, names=self.schema.names).cast(self.schema)
        if not self.kind.startswith("Multi"):
            return rows
        many = [wkb and promoted(wkb) for wkb in rows["geometry"].to_pylist()]
        return rows.set_column(
            rows.num_columns - 1, self.schema.field("geometry"), pa.array(many, pa.binary())
        )


def promoted(wkb: bytes) -> bytes:
    """A geometry of one part as one of many, which has that part alone; others as they are."""
    kind = int.from_bytes(wkb[1:5], "little")
    if kind not in SINGLE:
        return wkb
    return b"\x01" + (kind + 3).to_bytes(4, "little") + b"\x01\x00\x00\x00" + wkb


def schema_of(
    selection: Selection, columns: Sequence[Column], names: Sequence[str] = ()
) -> "pa.Schema":
    """The Arrow schema of columns, with their titles as GDAL's alternative names.

    A list is JSON text, which GeoPackage knows for what it is.
    """
    import pyarrow as pa  # noqa: PLC0415 - large

    from datasets.typed import ARROW  # noqa: PLC0415 - pyarrow is large

    fields = [
        pa.field(
            name,
            pa.string() if column.items else ARROW.get(column.type, pa.string()),
            metadata={
                "GDAL:OGR:alternative_name": selection.said(column),
                **(JSON_TEXT if column.items else {}),
            },
        )
        for name, column in zip(names or [c.name for c in columns], columns, strict=True)
    ]
    return pa.schema([*fields, pa.field("geometry", pa.binary())])
