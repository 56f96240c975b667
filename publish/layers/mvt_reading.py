"""What is in a vector tile: where `mvt` writes them, this reads them, ours and those of others.

All coordinates of a layer of a tile are one array, from the bytes to the last vertex.
Rule: Mapbox Vector Tile 2.1, §4.
"""

import itertools
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from publish.layers.geojson import Value

POINT, LINE, POLYGON = 1, 2, 3
MOVE, LINE_TO, CLOSE = 1, 2, 7
LAYER, EXTENT, DEFAULT_EXTENT = 3, 5, 4096
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

type Integers = NDArray[np.int64]
type Vertices = NDArray[np.float32]
type Slice = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class TileLayer:
    """One layer of a tile; vertices in parts of the tile's width, y downwards.

    Part i (all points of a feature, a line, a ring) has the vertices `starts[i]` to `starts[i+1]`
    and belongs to the feature `owners[i]`. A ring is not closed by a vertex. `kinds` are POINT,
    LINE or POLYGON by feature, 0 for what is none of them. A row of `tags` says the place of a key
    and of a value for the feature `tagged`.
    """

    kinds: Sequence[int]
    numbers: Sequence[int | None]
    vertices: Vertices
    starts: Integers
    owners: Integers
    tags: Integers
    tagged: Integers
    keys: Sequence[str]
    values: Sequence[Value]

    def column(self, name: str) -> list[Value]:
        """The value of an attribute for each feature; None where it has none."""
        found: list[Value] = [None] * len(self.kinds)
        if name in self.keys:
            wanted = self.tags[:, 0] == self.keys.index(name)
            features, values = self.tagged[wanted].tolist(), self.tags[wanted, 1].tolist()
            for feature, value in zip(features, values, strict=True):
                found[feature] = self.values[value]
        return found

    @property
    def ids(self) -> Sequence[str]:
        """The id of each feature as it stands in an address: its attribute `id`, or its number."""
        return [
            str(number if own is None else own)
            for own, number in zip(self.column("id"), self.numbers, strict=True)
        ]


def read_tile(tile: bytes) -> Mapping[str, TileLayer]:
    """The layers of a tile by name; raises ValueError for bytes that are no tile."""
    try:
        places = [_place(place) for number, place in _fields(tile, 0, len(tile)) if number == LAYER]
        return dict(_layer(tile, begin, end) for begin, end in places)
    except (IndexError, UnicodeDecodeError, struct.error, TypeError) as error:
        raise ValueError(f"not a vector tile: {error}") from None


def _layer(tile: bytes, begin: int, end: int) -> tuple[str, TileLayer]:
    name, extent = "", DEFAULT_EXTENT
    keys: list[str] = []
    values: list[Value] = []
    features: list[Slice] = []
    for number, place in _fields(tile, begin, end):
        if isinstance(place, int):
            extent = place if number == EXTENT else extent
            continue
        low, high = place
        if number == 1:
            name = tile[low:high].decode()
        elif number == 2:
            features.append((low, high))
        elif number == 3:
            keys.append(tile[low:high].decode())
        elif number == 4:
            values.append(_value(tile, low, high))
    return name, _read(tile, [_feature(tile, *each) for each in features], keys, values, extent)


type Feature = tuple[int | None, int, Slice, Slice]
"""Number, kind, and where tags and geometry are."""


def _feature(tile: bytes, begin: int, end: int) -> Feature:
    identity, kind, tags, geometry = None, 0, (0, 0), (0, 0)
    for number, place in _fields(tile, begin, end):
        if number == 1:
            identity = _number(place)
        elif number == 2:
            tags = _place(place)
        elif number == 3:
            kind = _number(place)
        elif number == 4:
            geometry = _place(place)
    return identity, kind, tags, geometry


def _read(
    tile: bytes,
    features: Sequence[Feature],
    keys: Sequence[str],
    values: Sequence[Value],
    extent: int,
) -> TileLayer:
    tags = [each[: len(each) & ~1] for each in _unpacked(tile, [t for _, _, t, _ in features])]
    drawn = _unpacked(tile, [geometry for *_, geometry in features])
    vertices, starts, owners = _vertices(drawn, [kind for _, kind, *_ in features])
    return TileLayer(
        kinds=[kind for _, kind, *_ in features],
        numbers=[number for number, *_ in features],
        vertices=(vertices / extent).astype(np.float32),
        starts=starts,
        owners=owners,
        tags=np.concatenate([np.empty(0, np.int64), *tags]).reshape(-1, 2),
        tagged=np.repeat(np.arange(len(tags)), [len(each) // 2 for each in tags]),
        keys=keys,
        values=values,
    )


def _unpacked(tile: bytes, places: Sequence[Slice]) -> Sequence[Integers]:
    """The whole numbers that are packed at each place, decoded all at once."""
    packed = np.frombuffer(b"".join(tile[low:high] for low, high in places), np.uint8)
    last = packed < 0x80
    ends = np.flatnonzero(last)
    if len(packed) and not last[-1]:
        raise ValueError("not a vector tile: it ends within a number")
    begins = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    shifts = 7 * (np.arange(len(packed)) - np.repeat(begins, ends - begins + 1))
    if len(shifts) and shifts.max() > 56:
        raise ValueError("not a vector tile: a number of more than nine bytes")
    numbers = (
        np.add.reduceat((packed & 0x7F).astype(np.int64) << shifts, begins) if len(ends) else ends
    )
    edges = np.searchsorted(ends, np.cumsum([high - low for low, high in places]))
    return np.split(numbers, edges[:-1]) if places else []


def _vertices(
    drawn: Sequence[Integers], kinds: Sequence[int]
) -> tuple[NDArray[np.float64], Integers, Integers]:
    """Vertices, where each part of them begins (and the last ends), and whose part it is."""
    starts, owners, steps, firsts = [0], list[int](), list[Integers](), [0]
    count = 0
    for i, (numbers, kind) in enumerate(zip(drawn, kinds, strict=True)):
        for low, high, begins in _runs(numbers.tolist()):
            steps.append(numbers[low:high])
            size = (high - low) // 2
            if begins or kind == POINT:
                starts.append(count)
                owners.append(i)
            count += size
        firsts.append(count)
    starts = [*starts[1:], count] if owners else [0]
    zigzag = np.concatenate(steps).reshape(-1, 2) if steps else np.empty((0, 2), np.int64)
    moved = np.cumsum((zigzag >> 1) ^ -(zigzag & 1), axis=0)
    # the pen starts anew with each feature
    before = np.concatenate((np.zeros((1, 2), np.int64), moved))[firsts[:-1]]
    places = moved - np.repeat(before, np.diff(firsts), axis=0)
    return places.astype(np.float64), np.array(starts), np.array(owners, dtype=np.int64)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int, bool]]:
    """Where the parameters of each command are, and whether it begins a part."""
    at = 0
    while at < len(numbers):
        command, count = numbers[at] & 7, numbers[at] >> 3
        at += 1
        if command == CLOSE:
            continue
        if command not in (MOVE, LINE_TO) or at + 2 * count > len(numbers):
            raise ValueError(f"not a vector tile: command {command} of {count} points")
        yield at, at + 2 * count, command == MOVE
        at += 2 * count


def _value(tile: bytes, begin: int, end: int) -> Value:
    """A Value message."""
    for number, place in _fields(tile, begin, end):
        if number == 1:
            low, high = _place(place)
            return tile[low:high].decode()
        if number in (2, 3):
            low, high = _place(place)
            return float(struct.unpack("<f" if number == 2 else "<d", tile[low:high])[0])
        whole = _number(place)
        if number == 6:
            return (whole >> 1) ^ -(whole & 1)
        return bool(whole) if number == 7 else whole - (whole >> 63 << 64)
    return None


def _fields(tile: bytes, at: int, end: int) -> Iterator[tuple[int, int | Slice]]:
    """Number and value of each field of a message: a whole number, or where its bytes are."""
    while at < end:
        tag, at = _varint(tile, at)
        if tag & 7 == VARINT:
            whole, at = _varint(tile, at)
            yield tag >> 3, whole
            continue
        if tag & 7 == BYTES:
            size, at = _varint(tile, at)
        elif tag & 7 in (FIXED32, FIXED64):
            size = 4 if tag & 7 == FIXED32 else 8
        else:
            raise ValueError(f"not a vector tile: wire type {tag & 7}")
        if at + size > end:
            raise ValueError("not a vector tile: a field ends beyond its message")
        yield tag >> 3, (at, at + size)
        at += size


def _varint(tile: bytes, at: int) -> tuple[int, int]:
    number = 0
    for shift in itertools.count(0, 7):
        byte = tile[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
    return number, at


def _number(value: int | Slice) -> int:
    if isinstance(value, tuple):
        raise ValueError("not a vector tile: bytes in place of a number")
    return value


def _place(value: int | Slice) -> Slice:
    if isinstance(value, int):
        raise ValueError("not a vector tile: a number in place of bytes")
    return value
