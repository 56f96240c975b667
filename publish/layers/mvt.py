"""Mapbox Vector Tiles 2.1 made while one waits, where no archive has the tile yet.

Coordinates of a whole tile are one array from the grid to the last varint.
"""

import itertools
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from datasets.model import Column, Layer
from publish.layers import geojson, labels, webmercatorquad
from publish.layers.arrays import Geometries
from publish.layers.features import Features
from publish.layers.geojson import FeatureId, Value
from publish.layers.tilegrid import BUFFER, EXTENT, fit

MAX_BYTES = 16_000_000
POINT, LINE, POLYGON = 1, 2, 3
KINDS = (POLYGON, LINE, POINT)
TYPES = {kind: bytes((0x18, kind)) for kind in KINDS}
TRUTH = {0: False, 1: True}
SMALL = (
    *(bytes((i,)) for i in range(0x80)),
    *(bytes((i & 0x7F | 0x80, i >> 7)) for i in range(0x80, 0x4000)),
)
"""The varints that are made all the time."""
MULTI_POINT = 4
LAYER, NAME, FEATURE, KEY, VALUE = 3, 1, 2, 3, 4
VARINT_STEPS = 128 ** np.arange(1, 5)
DOUBLE = struct.Struct("<d").pack
EXTENT_AND_VERSION = b"\x28\x80\x20\x78\x02"
"""Fields 5 and 15 of a layer: 4096 and 2."""

type Integers = NDArray[np.int64]


def live_tile(source: Features, layer: Layer, z: int, x: int, y: int, cap: int) -> bytes | None:
    """The tile as uncompressed MVT: empty where nothing is, None where it would be too much.

    That is more than `cap` features, or more than 16 MB of them before they are clipped. Raises
    ValueError for a tile that WebMercatorQuad does not have.
    """
    webmercatorquad.check(z, x, y)
    box = webmercatorquad.bounds_lonlat(z, x, y, BUFFER / EXTENT)
    features, size_bytes = source.touching(box, cap + 1)
    if features > cap or size_bytes > MAX_BYTES:
        return None
    rows = source.candidates(box, cap)
    shapes = fit(geojson.geometries([fragment for _, fragment, _ in rows]), z, x, y)
    ids = [fid for fid, _, _ in rows]
    attributes = labels.with_twins(layer.columns, [values for _, _, values in rows])
    return encode(layer.id, shapes, ids, labels.in_tiles(layer.columns), attributes)


def encode(
    name: str,
    shapes: Geometries,
    ids: Sequence[FeatureId],
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
) -> bytes:
    """A tile of one layer of geometries on whole tile coordinates.

    An id that is no whole number from 0 is the attribute `id`. A collection becomes one feature of
    every kind of geometry in it. Nothing to draw gives no bytes.
    """
    drawn = [(kind, i, line) for kind in KINDS for i, line in commands(shapes, kind)]
    if not drawn:
        return b""
    used = sorted({i for _, i, _ in drawn})
    said = {i: _identity(ids[i]) for i in used}
    named = list(_by_column(columns, [rows[i] for i in used]))
    if not all(said.values()):
        named.insert(0, ("id", [None if said[i] else ids[i] for i in used]))
    dictionary = Dictionary()
    tags = dictionary.tags(named, len(used))
    begun = dict(zip(used, map(bytes.__add__, said.values(), tags), strict=True))
    features = b"".join(
        _bytes(FEATURE, begun[i] + TYPES[kind] + _bytes(4, line)) for kind, i, line in drawn
    )
    layer = _bytes(NAME, name.encode()) + features + dictionary.fields()
    return _bytes(LAYER, layer + EXTENT_AND_VERSION)


def _by_column(
    columns: Sequence[Column], rows: Sequence[Sequence[Value]]
) -> Iterator[tuple[str, Sequence[Value]]]:
    """Each column's name and values; what SQLite keeps as 0 and 1 is true or false again."""
    for column, values in zip(columns, zip(*rows, strict=True), strict=False):
        truths = column.type == "boolean"
        yield column.name, [*map(TRUTH.get, values)] if truths else values


def _identity(fid: FeatureId) -> bytes:
    return b"\x08" + varint(fid) if isinstance(fid, int) and fid >= 0 else b""


@dataclass
class Dictionary:
    """Each key and each value of a layer, once, by its number."""

    keys: dict[str, int] = field(default_factory=dict)
    values: dict[tuple[type, Value], int] = field(default_factory=dict)

    def tags(
        self, columns: Iterable[tuple[str, Sequence[Value]]], features: int
    ) -> Iterator[bytes]:
        """The attributes of each feature, from the values by column; what is null is left out."""
        numbers = [self._numbers(name, values) for name, values in columns]
        pairs = np.array(numbers, dtype=np.int64).reshape(-1, features, 2).swapaxes(0, 1)
        there = pairs[:, :, 1] >= 0
        encoded, ends = varints(pairs[there].ravel())
        edges = np.insert(ends, 0, 0)[np.insert(2 * np.cumsum(there.sum(axis=1)), 0, 0)].tolist()
        for low, high in itertools.pairwise(edges):
            yield _bytes(2, encoded[low:high])

    def _numbers(self, name: str, values: Sequence[Value]) -> Integers:
        """Key and value of one column for each feature; the value is -1 where there is none."""
        distinct = {value: self._number(value) for value in dict.fromkeys(values)}
        found = np.fromiter(map(distinct.__getitem__, values), np.int64, len(values))
        key = self.keys.setdefault(name, len(self.keys)) if (found >= 0).any() else 0
        return np.stack([np.full(len(values), key), found], axis=-1)

    def _number(self, value: Value) -> int:
        if value is None:
            return -1
        return self.values.setdefault((type(value), value), len(self.values))

    def fields(self) -> bytes:
        """All keys, then all values."""
        keys = b"".join(_bytes(KEY, key.encode()) for key in self.keys)
        return keys + b"".join(_value(value) for _, value in self.values)


def _value(value: Value) -> bytes:
    """A Value message as a field of the layer; negative numbers zigzag, which is shorter."""
    match value:
        case str():
            said = _bytes(1, labels.shortened(value).encode())
        case bool():
            said = b"\x38" + SMALL[value]
        case int():
            said = b"\x28" + varint(value) if value >= 0 else b"\x30" + varint(-2 * value - 1)
        case _:
            return b"\x22\x09\x19" + DOUBLE(value)
    return _bytes(VALUE, said)


def varint(number: int) -> bytes:
    """A whole number from 0, seven bits a byte, the low ones first.

    >>> varint(300).hex()
    'ac02'
    """
    if number < 0x4000:
        return SMALL[number]
    return bytes((number & 0x7F | 0x80,)) + varint(number >> 7)


def _bytes(number: int, body: bytes) -> bytes:
    """A length-delimited field."""
    return SMALL[number << 3 | 2] + varint(len(body)) + body


def commands(shapes: Geometries, kind: int) -> Iterator[tuple[int, bytes]]:
    """The drawing commands of every geometry that has parts of a kind, by its number."""
    parts, owner = pieces(shapes, kind)
    if not len(parts):
        return
    lines, part = parts, np.arange(len(parts))
    if kind == POLYGON:
        lines, part = shapely.get_rings(parts, return_index=True)
    grid, line = shapely.get_coordinates(lines, return_index=True)
    if kind == POLYGON:  # closing a ring is a command, not a point
        kept = np.append(line[1:] == line[:-1], False)
        grid, line = grid[kept], line[kept]
    feature = owner[part[line]]
    if kind == POINT:  # one command draws all points of a feature
        line = feature
    numbers, starts = draw(np.rint(grid).astype(np.int64), line, feature, kind)
    encoded, ends = varints(numbers)
    edges = [0, *ends[starts[1:] - 1].tolist(), len(encoded)]
    for i, low, high in zip(np.unique(feature).tolist(), edges[:-1], edges[1:], strict=True):
        yield i, encoded[low:high]


def pieces(shapes: Geometries, kind: int) -> tuple[Geometries, Integers]:
    """The simple geometries of a kind, and the number of the geometry each is a piece of."""
    owner: Integers = np.flatnonzero(~shapely.is_empty(shapes))
    parts = shapes[owner]
    while (shapely.get_type_id(parts) >= MULTI_POINT).any():
        parts, index = shapely.get_parts(parts, return_index=True)
        owner = owner[index]
    kept = (shapely.get_dimensions(parts) == kind - 1) & ~shapely.is_empty(parts)
    return parts[kept], owner[kept]


def draw(grid: Integers, line: Integers, feature: Integers, kind: int) -> tuple[Integers, Integers]:
    """Command integers of all features in a row, and where each feature's begin.

    Every coordinate has the number of its line (a ring, a line, or all points of a feature) and of
    its feature. Rule: Vector Tile 2.1, §4.3: MoveTo 1, LineTo 2, ClosePath 7; steps are zigzag and
    go on from line to line of a feature.
    """
    step = np.diff(grid, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    new = np.diff(feature, prepend=-1) != 0
    step[new] = grid[new]
    first = np.flatnonzero(np.diff(line, prepend=-1))
    size = np.diff(np.append(first, len(line)))
    length = 2 * size + kind  # a point needs one command, a line two, a ring three
    start = np.cumsum(length) - length
    within = np.arange(len(line)) - np.repeat(first, size)
    place = np.repeat(start, size) + 1 + 2 * within + ((within > 0) & (kind != POINT))
    numbers = np.zeros(int(length.sum()), dtype=np.int64)
    numbers[place], numbers[place + 1] = ((step << 1) ^ (step >> 63)).T
    numbers[start] = (size if kind == POINT else 1) << 3 | 1
    if kind != POINT:
        numbers[start + 3] = (size - 1) << 3 | 2
    if kind == POLYGON:
        numbers[start + length - 1] = 1 << 3 | 7
    return numbers, start[new[first]]


def varints(numbers: Integers) -> tuple[bytes, Integers]:
    """Whole numbers below 2**35 as varints in a row, and where each one ends."""
    size: Integers = np.searchsorted(VARINT_STEPS, numbers, side="right") + 1
    ends: Integers = np.cumsum(size)
    out = np.zeros(int(size.sum()), dtype=np.uint8)
    for i in range(5):
        reaches = size > i
        more = (size[reaches] > i + 1).astype(np.int64) << 7
        out[(ends - size)[reaches] + i] = numbers[reaches] >> 7 * i & 0x7F | more
    return out.tobytes(), ends
