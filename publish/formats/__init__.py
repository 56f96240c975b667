"""The formats in which features can be had, one file each: what `f=` and `clip` offer."""

import functools
from collections.abc import Mapping
from types import MappingProxyType

from datasets import kinds
from publish.formats._archive import entry, zipped
from publish.formats._format import FileFormat, Format
from publish.formats._selection import Selection

__all__ = ["FileFormat", "Format", "Selection", "entry", "formats", "zipped"]


@functools.cache
def formats() -> Mapping[str, Format]:
    """All formats by their names, in the order of these."""
    names = kinds.kinds("publish.formats")
    return MappingProxyType({n: kinds.kind("publish.formats", n, Format)() for n in names})  # type: ignore[type-abstract]
