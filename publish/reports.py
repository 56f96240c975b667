"""The report on the last delivery of a dataset, published or not, and its files."""

from typing import Any

from pydantic import TypeAdapter

from datasets.errors import NotFound
from datasets.model import Report, Version
from datasets.store import Store
from publish.versions import Versions

_REPORT = TypeAdapter(Report)


def report_of(store: Store, version: Version) -> Report:
    """The report with which a version was published; raises NotFound when its folder is gone."""
    document: dict[str, Any] = store.version(version.dataset, version.number, "report")
    return _REPORT.validate_python(document)


def last_report(versions: Versions, store: Store, name: str) -> Report:
    """The report on what came last: of a refusal, else of the current version.

    Raises NotFound when nothing of that name was ever delivered.
    """
    refusal = versions.refusal(name)
    if refusal:
        return refusal.report
    version = versions.current(name)
    if version is None:
        raise NotFound(f"nothing of a dataset {name!r} was delivered; `emap run` harvests it")
    return report_of(store, version)
