"""What a child may be asked to do: our own functions by name, and nothing else."""

from collections.abc import Mapping
from typing import Any

TASKS = frozenset(
    {
        "validation.judging:judge",
        "validation.privacy.seeking:in_file",
        "validation.privacy.seeking:in_layer",
        "validation.privacy.seeking:in_rows",
        "validation.reading.worker:read_file",
        "validation.reading.worker:read_layer",
        "validation.referring:take",
        "validation.repairs._corrected:write",
        "validation.report.marking:mark",
        "validation.sandbox.tasks:nothing",
    }
)
"""`module:function` of functions that take a dict of arguments and return a JSON value."""

GDAL_TASKS = frozenset(
    {"validation.privacy.seeking:in_layer", "validation.reading.worker:read_layer"}
)
"""Those that may load GDAL; in every other child it cannot be imported."""

READING = (
    "pyarrow.compute",
    "validation.sandbox.warm",
    "validation.reading.worker",
    "validation.reading.delimited",
    "validation.reading.spreadsheet",
)
ALL = (*READING, "validation.judging", "validation.layers", "validation.privacy.seeking")
WARM: Mapping[str, tuple[str, ...]] = {
    "validation.judging:judge": ALL,
    "validation.privacy.seeking:in_file": ALL,
    "validation.privacy.seeking:in_layer": READING,
    "validation.privacy.seeking:in_rows": ALL,
    "validation.reading.worker:read_file": ALL,
    "validation.reading.worker:read_layer": READING,
    "validation.repairs._corrected:write": ALL,
    "validation.report.marking:mark": ALL,
}
"""What a server loads before it forks for a task: nothing whose threads do not survive a fork."""

DRIVERS = frozenset({"ESRI Shapefile", "FlatGeobuf", "GML", "GPKG", "MEM", "OpenFileGDB"})
"""The GDAL drivers that are left in a child; all others are never registered."""


def nothing(_arguments: Mapping[str, Any]) -> None:
    """Do nothing: how the parent learns what protects a child here."""
