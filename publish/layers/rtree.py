"""The R*Tree of layer.sqlite, packed: whole nodes of neighbours, written as SQLite will read them.

SQLite's own insertion costs more than all else in a build together, and leaves nodes a third empty.
Rule: sqlite.org/rtree.html §6 for the tables, and the head of ext/rtree/rtree.c for the nodes.
"""

import sqlite3

import numpy as np
from numpy.typing import NDArray

from publish.layers.arrays import Boxes

CELLS = 51
"""Of a node, as many as SQLite puts into one on pages of 8,192 bytes."""
CELL = np.dtype([("id", ">i8"), ("box", ">f4", 4)])
HEAD_BYTES = 4
AT_ONCE = 4096
"""Nodes that are made before they are written: all of a large layer's would be all memory."""
ROOT = 1
CORNERS = [0, 2, 1, 3]  # xmin, xmax, ymin, ymax
LOW = np.array([True, False, True, False])
OUT = np.where(LOW, -np.inf, np.inf).astype(np.float32)
"""Which way is out: in single precision, for the next double is no other single."""

type Single = NDArray[np.float32]


def outwards(found: Boxes) -> Single:
    """Boxes in single precision, nowhere smaller: xmin, xmax, ymin, ymax."""
    exact = found[:, CORNERS]
    near = exact.astype(np.float32)
    wrong = np.where(LOW, near > exact, near < exact)
    return np.where(wrong, np.nextafter(near, OUT), near)


def pack(connection: sqlite3.Connection, found: Single) -> None:
    """Fill the empty tree `rt` with the boxes of the features 1, 2, 3 …, given by `outwards`.

    The better neighbours in the array are neighbours on the ground, the better is the tree.
    """
    # Apple's SQLite guards tables of virtual tables unless told not to
    connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, False)
    cells = np.zeros(len(found), CELL)
    cells["id"], cells["box"] = np.arange(1, len(found) + 1), found
    first, depth, table = ROOT + 1, 0, "rt_rowid"
    while len(cells) > CELLS:
        count = -(-len(cells) // CELLS)
        numbers = np.arange(first, first + count)
        _write(connection, table, cells, numbers, 0)
        cells = _above(cells, numbers)
        first, depth, table = first + count, depth + 1, "rt_parent"
    _write(connection, table, cells, np.array([ROOT]), depth)


def _write(
    connection: sqlite3.Connection,
    table: str,
    cells: NDArray[np.void],
    numbers: NDArray[np.int64],
    depth: int,
) -> None:
    """One level: which node each cell lies in, and the nodes; `depth` is said in the root only."""
    for first in range(0, len(numbers), AT_ONCE):
        last = first + AT_ONCE
        held = cells[first * CELLS : last * CELLS]
        _write_some(connection, table, held, numbers[first:last], depth)


def _write_some(
    connection: sqlite3.Connection,
    table: str,
    cells: NDArray[np.void],
    numbers: NDArray[np.int64],
    depth: int,
) -> None:
    lies_in = np.repeat(numbers, CELLS)[: len(cells)]
    pairs = zip(cells["id"].tolist(), lies_in.tolist(), strict=True)
    connection.executemany(f"insert into {table} values(?, ?)", pairs)
    body = np.zeros(len(numbers) * CELLS, CELL)
    body[: len(cells)] = cells
    nodes = np.zeros((len(numbers), HEAD_BYTES + CELLS * CELL.itemsize), np.uint8)
    nodes[:, HEAD_BYTES:] = body.view(np.uint8).reshape(len(numbers), -1)
    sizes = np.full(len(numbers), CELLS)
    sizes[-1] = len(cells) - CELLS * (len(numbers) - 1)
    heads = np.stack([np.full(len(numbers), depth), sizes], -1).astype(">u2")
    nodes[:, :HEAD_BYTES] = heads.view(np.uint8)
    written = zip(numbers.tolist(), map(bytes, nodes), strict=True)
    connection.executemany("insert or replace into rt_node values(?, ?)", written)


def _above(cells: NDArray[np.void], numbers: NDArray[np.int64]) -> NDArray[np.void]:
    """The cells of the level above: each node by its number, with the box of all in it."""
    starts = np.arange(0, len(cells), CELLS)
    made = np.zeros(len(numbers), CELL)
    made["id"] = numbers
    lowest = np.minimum.reduceat(cells["box"], starts)
    highest = np.maximum.reduceat(cells["box"], starts)
    made["box"] = np.where(LOW, lowest, highest)
    return made
