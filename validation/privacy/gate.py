"""The gate for what comes by the API: what of it is personal, told by a child in the sandbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.formats import NAMED, READABLE
from validation.sandbox import Sandbox, Stopped

IN_LAYER, IN_FILE, IN_ROWS = (
    f"validation.privacy.seeking:{task}" for task in ("in_layer", "in_file", "in_rows")
)
ALSO: Mapping[str, str] = {"zip": "shp", "txt": "csv"}
"""Endings that are no format of their own, and what such a file is read as."""
FIXED = frozenset({"in-name", "in-header"})
"""Where personal data stand that nobody can release: a name, a header."""


@dataclass(frozen=True, slots=True)
class Personal:
    """A kind of personal data in a column, which counts from 1; `field` is its header."""

    kind: str
    field: str
    column: int


def form_of(filename: str, label: str) -> str:
    """Give the format by which a file is read: that of its ending, else of its label, else none.

    >>> form_of("podaci.CSV", "PDF"), form_of("podaci", "Shapefile"), form_of("slika.png", "")
    ('csv', 'shp', '')
    """
    for word in (filename.rpartition(".")[2], label):
        named = word.strip().lower()
        form = ALSO.get(named) or NAMED.get(named, "")
        if form:
            return form
    return ""


def in_file(
    path: Path, filename: str, form: str, settings: Mapping[str, Any], sandbox: Sandbox, work: Path
) -> tuple[Personal, ...]:
    """Give what stops a file; nothing of one that cannot be read.

    `settings` are validation.privacy, `work` is an empty folder.
    """
    arguments = {
        "path": str(path.resolve()),
        "filename": filename,
        "format": form,
        "encoding": "",
        "dialect": {},
        "crs": "",
        "schema": None,
        "inflated_bytes": sandbox.limits.inflated_bytes,
        "settings": settings,
        "work": str(work.resolve()),
    }
    task = IN_LAYER if READABLE[form].layer else IN_FILE
    return _told(task, arguments, path, sandbox, work)


def in_rows(
    labels: Sequence[str], rows: Path, settings: Mapping[str, Any], sandbox: Sandbox, work: Path
) -> tuple[Personal, ...]:
    """Give what stops rows: `rows` is a file with a JSON list of text columns in each line."""
    arguments = {"labels": labels, "rows": str(rows.resolve()), "settings": settings}
    return _told(IN_ROWS, arguments, rows, sandbox, work)


def _told(
    task: str, arguments: Mapping[str, Any], path: Path, sandbox: Sandbox, work: Path
) -> tuple[Personal, ...]:
    try:
        found = sandbox.run(task, arguments, read=[path], write=work)
    except Stopped:
        return ()
    return tuple(Personal(**each) for each in found)
