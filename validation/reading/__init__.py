"""Reading: each file is opened once, in the sandbox, and becomes text cells with their places."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from datasets.formats import NAMED, READABLE
from datasets.model import Dataset, Finding, Resource, Schema
from validation.reading.reading import Reading, finding_of
from validation.sandbox import Sandbox, Stopped

__all__ = ["Reading", "read"]

type Contracts = Mapping[str, Schema]

WITH_GDAL = frozenset(form for form, known in READABLE.items() if known.layer) | {"zip"}
NO_TABLE = frozenset({"json-mixed", "xml-not-a-table"})
STOPPED = {
    "memory": "file-too-large",
    "size": "file-too-large",
    "time": "file-too-slow",
    "crash": "reader-crashed",
}


def read(
    dataset: Dataset, sandbox: Sandbox, into: Path, contracts: Contracts = MappingProxyType({})
) -> tuple[Reading, ...]:
    """Read every resource of a dataset that is not published as it is, one child process each.

    `contracts` are the schemas by which resources were published last, by name: where a resource
    brings none, what it holds is measured by that.

    The Arrow files of a resource lie in a folder of its own in `into`. What is wrong with a file
    is in the findings of its reading. Raises EmapError when the machine is at fault, not the file.
    """
    return tuple(
        _read(resource, sandbox, into / f"{number:03}", contracts.get(resource.name))
        for number, resource in enumerate(dataset.resources, 1)
        if not resource.as_is
    )


def _read(resource: Resource, sandbox: Sandbox, folder: Path, contract: Schema | None) -> Reading:
    folder.mkdir(parents=True)
    cells, table = folder / "cells.arrow", folder / "table.arrow"
    if not resource.path.is_file():
        note = f"the file {resource.filename} is not there; send it again"
        return Reading(resource, cells, table, findings=(_own(resource, "file-missing", note),))
    try:
        said = _said(resource, sandbox, cells, contract)
    except Stopped as stopped:
        finding = _own(resource, STOPPED[stopped.reason], str(stopped))
        return Reading(resource, cells, table, findings=(finding,))
    finally:
        _clear(folder, cells)
    labels, numbers = tuple(said.pop("labels", ())), tuple(said.pop("numbers", ()))
    told = (values | {"resource": resource.name} for values in said.pop("findings"))
    findings = tuple(map(finding_of, told))
    said |= {"numbers": numbers, "findings": findings}
    reading = Reading(resource, cells, table, labels=labels, **said)
    return reading if reading.ok else _without_rows(reading)


def _without_rows(reading: Reading) -> Reading:
    """Give a reading that has no cells: a fault, or JSON or XML of which nobody said it is a table.

    Such a file may be a configuration or a service's answer; it is published as it is.
    """
    no_table = all(f.check in NO_TABLE or f.severity != "error" for f in reading.findings)
    if not no_table or reading.resource.schema is not None:
        return replace(reading, rows=0)
    findings = tuple(
        replace(f, severity="warning") if f.check in NO_TABLE else f for f in reading.findings
    )
    return replace(reading, rows=0, as_is=True, findings=findings)


def _said(
    resource: Resource, sandbox: Sandbox, cells: Path, contract: Schema | None
) -> dict[str, Any]:
    """Let a child read the file; give what it says of it."""
    task = "read_layer" if NAMED.get(resource.format, resource.format) in WITH_GDAL else "read_file"
    arguments = {
        "path": str(resource.path.resolve()),
        "format": resource.format,
        "encoding": resource.encoding,
        "dialect": dict(resource.dialect or {}),
        "crs": resource.crs,
        "schema": resource.schema,
        "contract": contract,
        "recipe": [asdict(step) for step in resource.recipe],
        "cells": str(cells.resolve()),
        "inflated_bytes": sandbox.limits.inflated_bytes,
    }
    said: dict[str, Any] = sandbox.run(
        f"validation.reading.worker:{task}", arguments, read=[resource.path], write=cells.parent
    )
    return said


def _clear(folder: Path, cells: Path) -> None:
    """Take away what a reader left beside the cells."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path != cells:
            path.unlink()


def _own(resource: Resource, check: str, note: str) -> Finding:
    return Finding(check, resource=resource.name, note=note)
