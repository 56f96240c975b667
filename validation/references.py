"""What a site measures data by: boundaries of municipalities, lists of streets and settlements.

They are tables as any other, read in the sandbox once; what was taken of them is kept in a folder
until they change.
"""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import orjson

from datasets.errors import ConfigError
from datasets.model import Dataset, Resource
from datasets.text import Text
from validation.reading import read
from validation.sandbox import Sandbox

TASK = "validation.referring:take"
FORM = "1"  # of what is kept; another number makes it be read again


def taken(
    path: Path, format_: str, column: str, title: str | None, sandbox: Sandbox, kept: Path
) -> Any:
    """Give the distinct texts of a file's column; with a title, the areas by these texts.

    An area is an object of `name` (what the column `title` says, if there is one) and `boundary`
    (WKB in CRS84 as hexadecimal digits). Raises ConfigError when the file cannot be read, or has
    no such column or no areas.
    """
    said = "\0".join((FORM, format_, column, "" if title is None else f"+{title}"))
    sha256 = hashlib.sha256(path.read_bytes() + said.encode()).hexdigest()
    answer = kept / f"{sha256}.json"
    if not answer.exists():
        _take(path, format_, column, title, sandbox, answer)
    return orjson.loads(answer.read_bytes())


def _take(
    path: Path, format_: str, column: str, title: str | None, sandbox: Sandbox, answer: Path
) -> None:
    resource = Resource(path.stem, path, format_, path.name)
    dataset = Dataset(path.stem, Text(path.name), "", "references", path.name, (resource,))
    answer.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=answer.parent) as folder:
        [reading] = read(dataset, sandbox, Path(folder, "read"))
        if not reading.ok:
            wrong = next(f for f in reading.findings if f.severity == "error")
            raise ConfigError(f"{path}: cannot be read: {wrong.note}")
        made = Path(folder, "answer.json")
        arguments = {
            "cells": str(reading.cells),
            "labels": reading.labels,
            "crs": reading.crs,
            "column": column,
            "title": title,
            "answer": str(made),
        }
        sandbox.run(TASK, arguments, read=[reading.cells], write=Path(folder))
        if orjson.loads(made.read_bytes()) is None:
            there = ", ".join(reading.labels)
            what = "no areas of a known CRS, or no column" if title is not None else "no column"
            raise ConfigError(f"{path}: has {what} {column!r}; its columns are {there}")
        made.replace(answer)
