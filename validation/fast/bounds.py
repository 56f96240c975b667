"""A field's bounds for comparing many values at once."""

from collections.abc import Callable
from typing import Any

import numpy as np
from frictionless import Field

from validation.fast.parts import Mask

COMPARED = {
    "minimum": np.greater_equal,
    "maximum": np.less_equal,
    "exclusiveMinimum": np.greater,
    "exclusiveMaximum": np.less,
}

type Bounds = list[tuple[Callable[[Any, Any], Mask], Any]]


class NoBound(Exception):
    """A bound that vectorised values cannot be compared with."""


def bounds(field: Field, read: Callable[[Any], Any], made: Callable[[Any], Any]) -> Bounds:
    """Give each bound as `made` of what the field reads; raises NoBound where that is None."""
    found: Bounds = []
    for name, compare in COMPARED.items():
        if (said := field.constraints.get(name)) is None:
            continue
        value = read(said)
        bound = None if value is None else made(value)
        if bound is None:
            raise NoBound(name)
        found.append((compare, bound))
    return found
