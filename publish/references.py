"""The boundary and the lists of names that a dataset is measured by, as config.yml names them."""

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasets.config import Reference
from datasets.errors import ConfigError
from datasets.model import Dataset
from validation.judge import Checks
from validation.references import taken

if TYPE_CHECKING:
    from publish.desk import Desk

CACHE = "_references"  # the folder of what was taken of them


def applied(checks: Checks, kept: Dataset, desk: "Desk") -> Checks:
    """Let the checks of a dataset know its organization's municipality, and the site's lists.

    A table that is a dataset not yet published is passed over. Raises ConfigError when a table
    cannot be read, or knows no such municipality.
    """
    own: dict[str, Any] = {}
    if municipality := _municipality(kept.organization, desk):
        own["municipality"] = municipality
    if lists := [each for each in map(functools.partial(_list, desk=desk), _lists(desk)) if each]:
        own["lists"] = lists
    return replace(checks, settings={**checks.settings, **own}) if own else checks


def _lists(desk: "Desk") -> tuple[Any, ...]:
    return desk.config.validation.lists


def _list(listed: Any, desk: "Desk") -> Mapping[str, Any] | None:
    values = _taken(listed, None, desk)
    if values is None:
        return None
    return {"name": listed.name, "columns": listed.columns, "values": values}


def _municipality(organization: str, desk: "Desk") -> Mapping[str, Any] | None:
    """Give name, boundary and tolerance; None where the site does not say which one it is."""
    known = (each for each in desk.config.organizations if each.name == organization)
    code = next((each.municipality for each in known), "")
    boundaries = desk.config.validation.boundaries
    if not code or boundaries is None:
        return None
    areas = _taken(boundaries, boundaries.title_column, desk)
    if areas is None:
        return None
    if code not in areas:
        raise ConfigError(
            f"organizations: {organization}: municipality {code!r} is not among the "
            f"{len(areas)} of validation.boundaries; look at its column {boundaries.column!r}"
        )
    return {**areas[code], "tolerance_m": boundaries.tolerance_m}


def _taken(reference: Reference, title: str | None, desk: "Desk") -> Any:
    """Give what a table holds; None when it is a dataset that is not published."""
    found = _file(reference, desk)
    if found is None:
        return None
    path, format_ = found
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such file; see validation in config.yml")
    changed = path.stat().st_mtime_ns
    kept = desk.store.cache(CACHE)
    return _kept(path, format_, reference.column, title, kept, changed, desk.sandbox)


def _file(reference: Reference, desk: "Desk") -> tuple[Path, str] | None:
    if reference.path:
        path = Path(reference.path)
        return path, path.suffix[1:].lower()
    version = desk.versions.current(reference.dataset)
    if version is None or not version.resources:
        return None
    readable = (r for r in version.resources if not r.as_is)
    resource = next(readable, version.resources[0])
    return desk.store.blob(resource.sha256), resource.format


@functools.lru_cache(maxsize=32)
def _kept(
    path: Path,
    format_: str,
    column: str,
    title: str | None,
    kept: Path,
    _changed: int,
    sandbox: Any,
) -> Any:
    """Keep it in this process too, until the file changes."""
    return taken(path, format_, column, title, sandbox, kept)
