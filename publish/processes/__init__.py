"""The processes that can be asked for, one file each: a name with - for _ is its id."""

import functools
from collections.abc import Mapping
from types import MappingProxyType

from datasets import kinds
from publish.processes._process import (
    SYNC,
    Bounds,
    Here,
    Input,
    Made,
    Output,
    Process,
    Published,
    TooMuch,
    Work,
)

__all__ = [
    "SYNC",
    "Bounds",
    "Here",
    "Input",
    "Made",
    "Output",
    "Process",
    "Published",
    "TooMuch",
    "Work",
    "processes",
]


@functools.cache
def processes() -> Mapping[str, Process]:
    """All processes by their ids, in the order of these."""
    names = kinds.kinds("publish.processes")
    made = [kinds.kind("publish.processes", n, Process)() for n in names]  # type: ignore[type-abstract]
    return MappingProxyType({process.id: process for process in made})
