"""CQL2 JSON read, as OGC 21-065r2 annex C has it."""

from collections.abc import Callable
from typing import Any

import orjson

from publish.cql2 import literals
from publish.cql2.expressions import Call, Expression, Literal, Property
from publish.cql2.limits import MAX_DEPTH, TooMuch


def parse(text: str) -> Expression:
    """The tree of a filter; raises ValueError saying what is no CQL2 JSON."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error}") from None
    return _node(document, 1)


def _node(value: Any, depth: int) -> Expression:
    if depth > MAX_DEPTH:
        raise TooMuch(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        return _object(value, depth)
    if isinstance(value, list):
        return Call("array", tuple(_node(member, depth + 1) for member in value))
    if isinstance(value, bool):
        return Literal("boolean", value)
    if isinstance(value, int | float):
        return literals.counted(value)
    if isinstance(value, str):
        return Literal("text", value)
    raise ValueError("null is no value to compare with; ask by the operator isNull")


def _object(found: dict[str, Any], depth: int) -> Expression:
    for name, read in MEMBERS.items():
        if name in found:
            return read(found, depth)
    if "coordinates" in found or "geometries" in found:
        return literals.geojson(found)
    said = ", ".join(found)[:60]
    raise ValueError(f"an object with {said or 'nothing'} is none of {', '.join(MEMBERS)}")


def _call(found: dict[str, Any], depth: int) -> Expression:
    op, args = found["op"], found.get("args")
    if not isinstance(op, str) or not isinstance(args, list):
        raise ValueError(f"{str(op)[:60]}: op is a text and args a list")
    nodes = tuple(_node(arg, depth + 1) for arg in args)
    if op == "in" and len(nodes) == 2 and isinstance(nodes[1], Call) and nodes[1].op == "array":
        nodes = nodes[0], *nodes[1].args
    return Call(op, nodes)


def _text(found: dict[str, Any], name: str) -> str:
    value = found[name]
    if not isinstance(value, str):
        raise ValueError(f"{name}: {str(value)[:60]} is no text")
    return value


def _interval(found: dict[str, Any], depth: int) -> Expression:
    ends = found["interval"]
    if not isinstance(ends, list) or len(ends) != 2:
        raise ValueError("interval: has two ends")
    return Call("interval", tuple(_end(each, depth) for each in ends))


def _end(value: Any, depth: int) -> Expression:
    return literals.end(value) if isinstance(value, str) else _node(value, depth + 1)


def _bbox(found: dict[str, Any], depth: int) -> Expression:
    corners = found["bbox"]
    if not isinstance(corners, list):
        raise ValueError("bbox: is a list of numbers")
    return Call("bbox", tuple(_node(corner, depth + 1) for corner in corners))


MEMBERS: dict[str, Callable[[dict[str, Any], int], Expression]] = {
    "op": _call,
    "property": lambda found, _: Property(_text(found, "property")),
    "date": lambda found, _: literals.instant("date", _text(found, "date")),
    "timestamp": lambda found, _: literals.instant("timestamp", _text(found, "timestamp")),
    "interval": _interval,
    "bbox": _bbox,
}
