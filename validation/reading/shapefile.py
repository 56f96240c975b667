"""Zipped Shapefiles: of any case, in any folder, several in one zip, with what they lack told."""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets.model import Finding
from validation.reading import archive, choice
from validation.reading.cells import Cells, Unreadable
from validation.reading.choice import Held
from validation.reading.dbf import attributes_of, gdal_name, outline
from validation.reading.vector import Layer

NAMES_SHOWN = 100


def read_shapefile(opened: zipfile.ZipFile, arguments: Mapping[str, Any]) -> Cells:
    """Read a Shapefile of a zip, the first or the chosen one, unpacked under names of ours."""
    layers = archive.layers(opened)
    held = [_held(opened, layer) for layer in layers]
    name, told = choice.chosen(held, arguments)
    taken = layers[[each.name for each in held].index(name)]
    check_parts(taken)
    path = archive.extract(opened, taken, Path(arguments["cells"]).parent)
    attributes = attributes_of(path.with_suffix(".dbf"), arguments["encoding"])
    layer = Layer(path, encoding=gdal_name(attributes.codec))
    layer.findings += [*told, *_odd_names(taken), *attributes.findings]
    return replace(layer.read(attributes.codec), sheet=name)


def _held(opened: zipfile.ZipFile, layer: archive.Layer) -> Held:
    """Tell what a layer holds, by the head of its table."""
    if ".dbf" not in layer.parts:
        return Held(layer.stem)
    with opened.open(layer.parts[".dbf"]) as file:
        rows, labels = outline(file.read(1 << 16))
    return Held(layer.stem, rows, labels)


def check_parts(layer: archive.Layer) -> None:
    """Refuse a layer without one of the three files that it consists of."""
    missing = [part for part in archive.SHAPEFILE_PARTS if part not in layer.parts]
    if missing:
        raise Unreadable(
            "shapefile-part-missing",
            f"the shapefile {layer.stem!r} has no {' and no '.join(missing)}; zip all its files",
            layer=layer.stem,
            missing=", ".join(missing),
        )


def _odd_names(layer: archive.Layer) -> Iterator[Finding]:
    """Say that the parts lie in a folder or do not bear one name: other programs lose them."""
    names = list(layer.parts.values())
    if len({name.rpartition(".")[0] for name in names}) > 1 or any(map(_is_odd, names)):
        shown = ", ".join(sorted(names))[:NAMES_SHOWN]
        yield Finding(
            "shapefile-names",
            "warning",
            note=f"the parts are called {shown}; it was read, but other programs look for one "
            "name, endings in small letters, and no folder",
            values={"names": shown},
        )


def _is_odd(name: str) -> bool:
    ending = name.rpartition(".")[2]
    return "/" in name or "\\" in name or ending != ending.lower()
