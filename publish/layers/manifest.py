"""What a layer's folder says about itself: manifest.json, whose hash is the layer's name."""

import functools
import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import orjson

from datasets.errors import PublishError
from datasets.model import BBox, Column, Layer

SQLITE, PARQUET, MANIFEST = "layer.sqlite", "layer.parquet", "manifest.json"
FORMAT = 2
"""Version of the layer store; also `user_version` of layer.sqlite."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of one build.

    Column i lies in layer.sqlite as `c<i>`. `id_column` is the primary key whose values are the
    features' ids; where it is empty the id is the row's number in the original file. `crs` is the
    CRS of that file and `operation` what PROJ did to make longitude and latitude of it. `files`
    are SHA-256 by name. `times` names the column that says when a feature was, or the two that say
    from when to when; `interval` is the first and last moment in them.
    """

    layer: str
    dataset: str
    resource: str
    geometry_type: str
    features: int
    without_geometry: int
    bbox_lonlat: BBox | None
    columns: tuple[Column, ...]
    id_column: str
    crs: str
    operation: str
    files: dict[str, str]
    times: tuple[str, ...] = ()
    interval: tuple[str | None, str | None] = (None, None)

    @property
    def id_type(self) -> str:
        """`string` or `integer`."""
        return next((c.type for c in self.columns if c.name == self.id_column), "integer")

    @property
    def with_geometry(self) -> int:
        """How many features have a geometry; their keys are 1 to this number."""
        return self.features - self.without_geometry

    def place(self, name: str) -> int:
        """The number of a column; raises ValueError naming the columns there are."""
        for i, column in enumerate(self.columns):
            if column.name == name:
                return i
        known = ", ".join(column.name for column in self.columns)
        raise ValueError(
            f"layer {self.layer}: no column {name[:60]!r}; there are {known or 'none'}"
        )

    def as_bytes(self) -> bytes:
        """JSON with sorted keys: the same build gives the same bytes."""
        document = asdict(self) | {"format": FORMAT}
        document["columns"] = [
            asdict(column) | {"sqlite": f"c{i}"} for i, column in enumerate(self.columns)
        ]
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n"

    def as_layer(self) -> Layer:
        """The noun that versions and collections speak of."""
        return Layer(
            id=self.layer,
            dataset=self.dataset,
            resource=self.resource,
            sha=hashlib.sha256(self.as_bytes()).hexdigest(),
            geometry_type=self.geometry_type,
            features=self.features,
            bbox_lonlat=self.bbox_lonlat,
            columns=self.columns,
            without_geometry=self.without_geometry,
            times=self.times,
            interval=self.interval,
        )

    @classmethod
    def parse(cls, document: dict[str, Any]) -> Self:
        """The manifest of a parsed manifest.json; raises ValueError for another store format."""
        if document["format"] != FORMAT:
            raise ValueError(
                f"its store format is {document['format']}, this program reads {FORMAT}"
            )
        values = {name: document[name] for name in cls.__dataclass_fields__}
        box = values["bbox_lonlat"]
        values["bbox_lonlat"] = None if box is None else tuple(box)
        values["times"], values["interval"] = tuple(values["times"]), tuple(values["interval"])
        values["columns"] = tuple(
            Column(column["name"], column["title"], column["type"]) for column in values["columns"]
        )
        return cls(**values)


@functools.lru_cache(1024)
def manifest(folder: Path) -> Manifest:
    """The manifest of a layer's folder, read once; raises PublishError naming the folder."""
    try:
        return Manifest.parse(orjson.loads((folder / MANIFEST).read_bytes()))
    except OSError as error:
        raise PublishError(f"layer {folder.name}: manifest.json: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise PublishError(f"layer {folder.name}: manifest.json is not ours: {error}") from None
