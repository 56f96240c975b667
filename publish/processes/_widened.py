"""A layer with columns that a process adds, as formats write it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from datasets.model import Column
from publish.formats import Format, Selection, formats
from publish.layers.manifest import Manifest
from publish.processes._process import Given, TooMuch, Work

if TYPE_CHECKING:
    import pyarrow as pa

WHOLE_LAYERS = ("pmtiles",)
"""Formats that know a layer as it was published, and nothing else."""


def nothing(_rows: "pa.Table") -> "list[pa.Array]":
    """No columns."""
    return []


@dataclass(frozen=True)
class Widened(Selection):
    """Features with more columns: `added` says which, `values` gives theirs for some rows."""

    added: tuple[Column, ...] = ()
    values: "Callable[[pa.Table], list[pa.Array]]" = nothing

    @property
    def manifest(self) -> Manifest:
        """What the layer would say about itself."""
        before = self.features.manifest
        return replace(before, columns=(*before.columns, *self.added))

    @property
    def is_whole(self) -> bool:
        """Never: no file of the layer has these columns."""
        return False

    def tables(self) -> "Iterator[pa.Table]":
        """The features, with the columns before the geometry."""
        for rows in super().tables():
            place = rows.schema.get_field_index("geometry")
            for column, values in zip(self.added, self.values(rows), strict=True):
                rows = rows.add_column(place, column.name, values)  # noqa: PLW2901
                place += 1
            yield rows

    def fragments(self) -> Iterator[list[bytes]]:
        """The features as GeoJSON, made of the rows."""
        return self._made()


def titles() -> dict[str, str]:
    """The formats in which such a layer can be had."""
    return {name: form.title for name, form in formats().items() if name not in WHOLE_LAYERS}


def saved(widened: Widened, given: Given, work: Work) -> tuple[str, Path]:
    """Write such a layer in the chosen format; gives media type and path of the file."""
    form: Format = formats()[given["format"]]
    form.check(widened)
    path, size = work.folder / f"{widened.name}.{form.ending}", 0
    with path.open("wb") as file:
        for chunk in form.write(replace(widened, desk=work.desk)):
            size += file.write(chunk)
            if size > work.bounds.size_bytes:
                raise TooMuch(f"{path.name} is larger than {work.bounds.size_bytes} bytes")
    return form.media_type, path
