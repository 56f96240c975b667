"""What readers of KML and GPX share: names without prefixes, texts, and lists of positions."""

import math
import re
from xml.etree.ElementTree import Element

__all__ = ["Element", "Position", "local", "number_lists", "text_of"]

type Position = list[float] | None

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")


def local(element: Element) -> str:
    """Give an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def text_of(element: Element) -> str:
    """Give the text of an element and of all in it, without the spaces around."""
    return "".join(element.itertext()).strip()


def number_lists(text: str) -> list[Position]:
    """Read positions such as "20.9,44.0,180 20.8,44.1": one list of numbers each.

    A position with anything else in it, or with fewer than two numbers, is None, which no
    geometry can have.

    >>> number_lists("20.9,44 no")
    [[20.9, 44.0], None]
    """
    return [_position(written) for written in text.split()]


def _position(written: str) -> Position:
    parts = written.split(",")
    if len(parts) < 2 or not all(map(NUMBER.fullmatch, parts)):
        return None
    numbers = [float(part) for part in parts]
    return numbers if all(map(math.isfinite, numbers)) else None
