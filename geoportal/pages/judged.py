"""What validation found, by cause and in words, as a page shows it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import TypeAdapter

from datasets.errors import NotFound
from datasets.model import Excerpt, Offer, Report, Sample, Severity, Version
from geoportal.portal import Portal
from validation.messages import said, why
from validation.report import words
from validation.report.causes import ORDER, Cause, best, causes
from validation.verdict import letters

MOST_SHOWN = 100
NEIGHBOURS = 3
ROWS_SHOWN = 5
_REPORT = TypeAdapter(Report)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as a page shows it."""

    text: str
    wrong: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """A few rows around wrong cells; `letters` of the columns are empty for layers."""

    letters: Sequence[str]
    labels: Sequence[str]
    rows: Sequence[tuple[int, Sequence[Cell]]]


@dataclass(frozen=True, slots=True)
class Repair:
    """An offer in words; `id` is what names it to `emap repair` and to the API."""

    id: str
    words: str
    mended: str
    exact: bool
    samples: Sequence[Sample]


@dataclass(frozen=True, slots=True)
class Remark:
    """A cause in words: what is wrong, whom it hurts, how to mend it, where it is."""

    severity: Severity
    check: str
    what: str
    why: str
    how: str
    resource: str
    places: str
    cut: Cut | None
    repairs: Sequence[Repair]
    is_asked: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A report as a page shows it: the verdict, what to do first, causes, the gravest first.

    `counts` are of all findings by severity, `more` of the causes that are not shown.
    """

    verdict: str
    first: str
    remarks: Sequence[Remark]
    counts: Mapping[str, int]
    more: int

    def of(self, severity: str) -> list[Remark]:
        """The causes of one severity."""
        return [remark for remark in self.remarks if remark.severity == severity]


def judged(
    report: Report, language: str, most: int = MOST_SHOWN, *, withheld: bool = False
) -> Judged:
    """A report in the words of a language; `withheld` leaves out what stands in the data."""
    found = causes(report)
    counts = Counter[str]()
    for cause in found:
        counts[cause.severity] += cause.count
    fix = best(found)
    return Judged(
        words.verdict_said(found, language),
        words.fix_said(fix, language, withheld=withheld) if fix else "",
        [_remark(cause, report, language, withheld=withheld) for cause in found[:most]],
        {severity: counts[severity] for severity in ORDER},
        max(0, len(found) - most),
    )


def _remark(cause: Cause, report: Report, language: str, *, withheld: bool) -> Remark:
    sentence = words.cause_said(cause, language, withheld=withheld)
    excerpt = report.excerpts.get(cause.first.resource)
    return Remark(
        severity=cause.severity,
        check=cause.first.check,
        what=sentence.what,
        why=why(cause.first.check, language),
        how=sentence.how,
        resource=cause.first.resource,
        places=words.places_said(cause, language),
        cut=None if withheld or excerpt is None else cut(cause, excerpt),
        repairs=[_repair(offer, language, withheld=withheld) for offer in cause.offers],
        is_asked=cause.is_asked,
    )


def _repair(offer: Offer, language: str, *, withheld: bool) -> Repair:
    return Repair(
        offer.step.id,
        words.offer_said(offer, language, withheld=withheld),
        words.mended_said(offer, language),
        offer.exact,
        () if withheld else offer.samples,
    )


def cut(cause: Cause, excerpt: Excerpt) -> Cut | None:
    """Cut the first wrong cells of a cause with their neighbours out of an excerpt.

    None where the excerpt has none of its rows.
    """
    rows = [f.row for f in cause.findings if f.row in excerpt.rows and f.row is not None]
    shown = sorted(dict.fromkeys(rows))[:ROWS_SHOWN]
    if not shown:
        return None
    wrong = _column(cause, excerpt)
    centre = NEIGHBOURS if wrong is None else wrong
    width = max(len(excerpt.rows[row]) for row in shown)
    columns = range(max(0, centre - NEIGHBOURS), min(width, centre + NEIGHBOURS + 1))
    is_sheet = bool(cause.first.cell)
    return Cut(
        [letters(excerpt.first_column + i) if is_sheet else "" for i in columns],
        [excerpt.labels[i] if i < len(excerpt.labels) else "" for i in columns],
        [(row, _cells(excerpt.rows[row], columns, wrong)) for row in shown],
    )


def _cells(texts: Sequence[str], columns: range, wrong: int | None) -> list[Cell]:
    return [Cell(texts[i] if i < len(texts) else "", i == wrong) for i in columns]


def _column(cause: Cause, excerpt: Excerpt) -> int | None:
    """The place, from 0, of the column that a cause is about: by its address, else its label."""
    address = cause.first.cell.rstrip("0123456789")
    if address:
        width = max(map(len, excerpt.rows.values()))
        there = range(excerpt.first_column, excerpt.first_column + width)
        return next((i for i, at in enumerate(there) if letters(at) == address), None)
    label = words.short(cause.field)
    return excerpt.labels.index(label) if cause.field and label in excerpt.labels else None


def places(report: Report, resource: str, language: str) -> list[dict[str, Any]]:
    """The faulty places of a resource as GeoJSON features, each with its row and what is wrong."""
    excerpt = report.excerpts.get(resource)
    by_row = {f.row: f for f in reversed(report.findings) if f.resource == resource}
    return [
        {
            "geometry": orjson.loads(shape),
            "properties": {"row": row, "what": said(by_row[row], language).what},
        }
        for row, shape in (excerpt.places if excerpt else {}).items()
        if row in by_row
    ]


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
