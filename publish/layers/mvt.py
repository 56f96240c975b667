"""Mapbox Vector Tiles 2.1 made while one waits, where no archive has the tile yet.

Coordinates of a whole tile are one array from the grid to the last varint.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from datasets.model import Column, Layer
from publish.layers import geojson, labels, webmercatorquad
from publish.layers.arrays import Geometries
from publish.layers.features import Features
from publish.layers.geojson import FeatureId, Value
from publish.layers.tilegrid import BUFFER, EXTENT, on_grid, placing

MAX_BYTES = 16_000_000
POINT, LINE, POLYGON = 1, 2, 3
KINDS = (POLYGON, LINE, POINT)
TRUTH = {0: False, 1: True}
MULTI_POINT = 4
LAYER, NAME, KEY = 0x1A, 0x0A, 0x1A
FEATURE, ID, TAGS, TYPE, GEOMETRY = 0x12, 0x08, 0x12, 0x18, 0x22
VALUE, TEXT, DOUBLE, UNSIGNED, SIGNED, TRUE_OR_FALSE = 0x22, 0x0A, 0x19, 0x28, 0x30, 0x38
"""What a field begins with: its number and how it is written. All of them are one byte."""
SHORT = 126
SHORT_TEXTS = tuple(bytes((VALUE, size + 2, TEXT, size)) for size in range(SHORT))
"""What stands before a text of so many bytes."""
EXTENT_AND_VERSION = b"\x28\x80\x20\x78\x02"
"""Fields 5 and 15 of a layer: 4096 and 2."""

type Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Ragged:
    """Numbers in a row, and how many of them each feature has."""

    numbers: Integers
    counts: Integers

    def bytes_each(self) -> Integers:
        """How many bytes each feature's have as varints."""
        ends = np.cumsum(self.counts)
        before = np.insert(np.cumsum(sizes(self.numbers)), 0, 0)
        each: Integers = before[ends] - before[ends - self.counts]
        return each

    def put(self, into: Integers, starts: Integers) -> None:
        """Write each feature's from a place of its own on."""
        begun = np.cumsum(self.counts) - self.counts
        into[np.repeat(starts - begun, self.counts) + np.arange(len(self.numbers))] = self.numbers


def live_tile(source: Features, layer: Layer, z: int, x: int, y: int, cap: int) -> bytes | None:
    """The tile as uncompressed MVT: empty where nothing is, None where it would be too much.

    That is more than `cap` features, or more than 16 MB of them before they are clipped. Raises
    ValueError for a tile that WebMercatorQuad does not have.
    """
    webmercatorquad.check(z, x, y)
    box = webmercatorquad.bounds_lonlat(z, x, y, BUFFER / EXTENT)
    found = source.candidates(box, cap, MAX_BYTES)
    if not found:
        return None if found is None else b""
    ids, fragments, *values = zip(*found, strict=True)
    shapes = on_grid(geojson.geometries(fragments, placing(z, x, y)), z)
    attributes = labels.with_twin(layer.columns, values)
    return encode(layer.id, shapes, ids, labels.in_tiles(layer.columns), attributes)


def encode(
    name: str,
    shapes: Geometries,
    ids: Sequence[FeatureId],
    columns: Sequence[Column],
    values: Sequence[Sequence[Value]],
) -> bytes:
    """A tile of one layer of geometries on whole tile coordinates; values are by column.

    An id that is no whole number from 0 is the attribute `id`. A collection becomes one feature of
    every kind of geometry in it. Nothing to draw gives no bytes.
    """
    drawn = [(kind, *found) for kind in KINDS if (found := commands(shapes, kind))]
    if not drawn:
        return b""
    kinds = np.repeat([kind for kind, *_ in drawn], [len(owner) for _, owner, _ in drawn])
    owner = np.concatenate([owner for _, owner, _ in drawn])
    lines = [line for _, _, line in drawn]
    geometry = Ragged(
        np.concatenate([line.numbers for line in lines]),
        np.concatenate([line.counts for line in lines]),
    )
    said = picked(ids, owner)
    numbers = np.array([i if isinstance(i, int) and i >= 0 else -1 for i in said])
    dictionary = Dictionary()
    if (numbers < 0).any():
        kind, write = ("string", str) if str in map(type, said) else ("integer", int)
        odd = [None if number >= 0 else write(i) for i, number in zip(said, numbers, strict=True)]
        dictionary.add("id", kind, odd)
    for column, own in zip(columns, values, strict=True):
        dictionary.add(column.name, column.type, picked(own, owner))
    features = messages(numbers, dictionary.tags(len(owner)), kinds, geometry)
    layer = _bytes(NAME, name.encode()) + features + dictionary.fields() + EXTENT_AND_VERSION
    return _bytes(LAYER, layer)


def picked[T](values: Sequence[T], places: Integers) -> Sequence[T]:
    """The values of these places; as they are where it is all of them."""
    if len(places) == len(values) and (np.diff(places) > 0).all():
        return values
    return [values[i] for i in places.tolist()]


def messages(ids: Integers, tags: Ragged, kinds: Integers, geometry: Ragged) -> bytes:
    """The Feature messages of a layer, one behind the other; an id below 0 is not said.

    Everything in them is a varint: fields, lengths, tags and drawing commands are one array.
    """
    named = (ids >= 0).astype(np.int64)
    tag_bytes, line_bytes = tags.bytes_each(), geometry.bytes_each()
    size = named * (1 + sizes(np.maximum(ids, 0))) + 4  # of the fields' beginnings, and the kind
    size += sizes(tag_bytes) + tag_bytes + sizes(line_bytes) + line_bytes
    count = 8 + 2 * named + tags.counts + geometry.counts
    start = np.cumsum(count) - count
    out = np.zeros(int(count.sum()), dtype=np.int64)
    out[start], out[start + 1] = FEATURE, size
    is_named = ids >= 0
    place = start + 2
    out[place[is_named]], out[place[is_named] + 1] = ID, ids[is_named]
    place += 2 * named
    out[place], out[place + 1] = TAGS, tag_bytes
    tags.put(out, place + 2)
    place += 2 + tags.counts
    out[place], out[place + 1] = TYPE, kinds
    out[place + 2], out[place + 3] = GEOMETRY, line_bytes
    geometry.put(out, place + 4)
    return varints(out)


def _numbered() -> defaultdict[type, defaultdict[Value, int]]:
    """For each type of values the number of each value, given when it is first asked for."""
    count = itertools.count()
    return defaultdict(lambda: defaultdict(count.__next__, {None: -1}))


@dataclass
class Dictionary:
    """Each key and each value of a layer, once, by its number; and which of them features have."""

    keys: list[str] = field(default_factory=list)
    numbers: defaultdict[type, defaultdict[Value, int]] = field(default_factory=_numbered)
    values: list[bytes] = field(default_factory=list)
    found: list[Integers] = field(default_factory=list)

    def add(self, key: str, column_type: str, values: Sequence[Value]) -> None:
        """Take a column: a value for each feature, None where it has none.

        What SQLite keeps as 0 and 1 is true or false again.
        """
        kind, write = WRITERS.get(column_type, WRITERS["string"])
        if kind is bool:
            values = [*map(TRUTH.get, values)]  # type: ignore[arg-type]
        known = self.numbers[kind]
        before = len(known)
        found = np.fromiter(map(known.__getitem__, values), np.int64, len(values))
        if len(known) > before:
            self.values.append(write([*itertools.islice(known, before, None)]))
        if (found >= 0).any():
            self.keys.append(key)
            self.found.append(found)

    def tags(self, features: int) -> Ragged:
        """The numbers of keys and values that each feature has; what is null is left out."""
        found = np.array(self.found, dtype=np.int64).reshape(-1, features).T
        there = found >= 0
        keys = np.broadcast_to(np.arange(len(self.keys)), found.shape)
        pairs = np.stack([keys[there], found[there]], axis=-1)
        return Ragged(pairs.ravel(), 2 * there.sum(axis=1))

    def fields(self) -> bytes:
        """All keys, then all values."""
        return b"".join([*(_bytes(KEY, key.encode()) for key in self.keys), *self.values])


def _texts(values: Sequence[str]) -> bytes:
    return b"".join(_text(labels.shortened(value).encode()) for value in values)


def _text(text: bytes) -> bytes:
    size = len(text)
    return SHORT_TEXTS[size] + text if size < SHORT else _bytes(VALUE, _bytes(TEXT, text))


def _doubles(values: Sequence[float]) -> bytes:
    out = np.empty((len(values), 11), dtype=np.uint8)
    out[:, :3] = VALUE, 9, DOUBLE
    out[:, 3:] = np.array(values, dtype="<f8").view(np.uint8).reshape(-1, 8)
    return out.tobytes()


def _integers(values: Sequence[int]) -> bytes:
    """Negative numbers zigzag, which is shorter."""
    own = np.array(values, dtype=np.int64)
    below = own < 0
    written = np.where(below, (own << 1) ^ (own >> 63), own)
    kinds = np.where(below, SIGNED, UNSIGNED)
    fields = [np.full(len(own), VALUE), 1 + sizes(written), kinds, written]
    return varints(np.stack(fields, axis=-1).ravel())


def _truths(values: Sequence[bool]) -> bytes:
    return b"".join(bytes((VALUE, 2, TRUE_OR_FALSE, value)) for value in values)


WRITERS: Mapping[str, tuple[type, Callable[..., bytes]]] = {
    "string": (str, _texts),
    "integer": (int, _integers),
    "number": (float, _doubles),
    "boolean": (bool, _truths),
}
"""How the Value messages of a type of column are made; of a type that is not here, as of texts."""


def _bytes(field_begins: int, body: bytes) -> bytes:
    """A length-delimited field."""
    return bytes((field_begins,)) + varints(np.array([len(body)])) + body


def commands(shapes: Geometries, kind: int) -> tuple[Integers, Ragged] | None:
    """Which geometries have parts of a kind, and the drawing commands of each; None for none."""
    parts, owner = pieces(shapes, kind)
    if not len(parts):
        return None
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
    return np.unique(feature), draw(np.rint(grid).astype(np.int64), line, feature, kind)


def pieces(shapes: Geometries, kind: int) -> tuple[Geometries, Integers]:
    """The simple geometries of a kind, and the number of the geometry each is a piece of."""
    owner: Integers = np.flatnonzero(~shapely.is_empty(shapes))
    parts = shapes[owner]
    while (shapely.get_type_id(parts) >= MULTI_POINT).any():
        parts, index = shapely.get_parts(parts, return_index=True)
        owner = owner[index]
    kept = (shapely.get_dimensions(parts) == kind - 1) & ~shapely.is_empty(parts)
    return parts[kept], owner[kept]


def draw(grid: Integers, line: Integers, feature: Integers, kind: int) -> Ragged:
    """The command integers of all features.

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
    return Ragged(numbers, np.diff(start[new[first]], append=len(numbers)))


def sizes(numbers: Integers) -> Integers:
    """How many bytes each whole number has as a varint; one below 0 is taken as 2**64 more."""
    unsigned, least = numbers.view(np.uint64), 1
    found = np.ones(len(numbers), dtype=np.int64)
    while least < 2**63 and (longer := unsigned >= (least := least << 7)).any():
        found += longer
    return found


def varints(numbers: Integers) -> bytes:
    """Whole numbers in a row, seven bits a byte, the low ones first.

    >>> varints(np.array([300, 1])).hex()
    'ac0201'
    """
    left, size = numbers.view(np.uint64), sizes(numbers)
    place = np.cumsum(size) - size
    out = np.empty(int(size.sum()), dtype=np.uint8)
    while len(left):
        more = size > 1
        out[place] = left & np.uint64(0x7F) | more.astype(np.uint64) << np.uint64(7)
        left, size, place = left[more] >> np.uint64(7), size[more] - 1, place[more] + 1
    return out.tobytes()
