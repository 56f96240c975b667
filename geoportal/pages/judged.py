"""What validation found, as sentences that a page shows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from datasets.errors import NotFound
from datasets.model import Finding, Report, Severity, Version
from geoportal.portal import Portal
from validation.messages import said

MOST_SHOWN = 200
ORDER: Mapping[Severity, int] = {"error": 0, "warning": 1, "note": 2}
_REPORT = TypeAdapter(Report)


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding in words: what is wrong, how to mend it, and in which resource."""

    severity: Severity
    what: str
    how: str
    resource: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A report as a page shows it: the gravest first, and how many more there are."""

    remarks: tuple[Remark, ...]
    counts: Mapping[str, int]
    more: int


def judged(report: Report, language: str, most: int = MOST_SHOWN) -> Judged:
    """A report in the words of a language."""
    ordered = sorted(report.findings, key=lambda finding: ORDER[finding.severity])
    counts = Counter(finding.severity for finding in ordered)
    remarks = tuple(_remark(finding, language) for finding in ordered[:most])
    return Judged(
        remarks,
        {severity: counts[severity] for severity in ORDER},
        max(0, len(ordered) - most),
    )


def _remark(finding: Finding, language: str) -> Remark:
    """A finding in words; the sentence itself names row, column and cell."""
    sentence = said(finding, language)
    return Remark(finding.severity, sentence.what, sentence.how, finding.resource)


def report_of(portal: Portal, version: Version) -> Report:
    """The report with which a version was published; raises NotFound when its folder is gone."""
    document: dict[str, Any] = portal.store.version(version.dataset, version.number, "report")
    return _REPORT.validate_python(document)


def latest(portal: Portal, name: str) -> Report:
    """The report on the last delivery of a dataset: of its refusal, or of what is public.

    Raises NotFound when nothing of that name was ever delivered.
    """
    refusal = portal.versions.refusal(name)
    if refusal:
        return refusal.report
    version = portal.public_version(name)
    if version is None:
        raise NotFound(f"there is no report on a dataset {name!r}")
    return report_of(portal, version)
