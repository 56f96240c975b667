"""GML: a gate in front of GDAL, then the first layer or the chosen one, its values as they stand.

GDAL turns coordinates to x before y by what the name of their system promises.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from typing import Any

import pyogrio

from validation.reading import markup
from validation.reading.cells import Cells, empty
from validation.reading.vector import Layer

NAMESPACE = "http://www.opengis.net/gml"


def read_gml(path: Path, arguments: Mapping[str, Any]) -> Cells:
    """Read a layer of a GML file that has passed the gate.

    GDAL looks for .gfs and .xsd files beside it, so it gets a copy with nothing else around.
    """
    check_gml(path)
    own = copyfile(path, Path(arguments["cells"]).with_name("layer.gml"))
    pyogrio.set_gdal_config_options({"GML_FIELDTYPES": "ALWAYS_STRING"})
    layer = Layer(own, options={"WRITE_GFS": "NO", "DOWNLOAD_SCHEMA": "NO"})
    names = [name for name, _kind in layer.listed()]
    if not names:
        raise empty()
    layer.choose(names, arguments)
    return replace(layer.read(), types={})


def check_gml(path: Path) -> None:
    """Refuse XML with a DTD, nested too deep, not well formed, or without anything of GML."""
    found = markup.checked(path, "gml")
    if not any(uri.startswith(NAMESPACE) for uri in found.namespaces):
        raise markup.other("gml")
