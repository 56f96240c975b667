"""What validation found, by cause and in words, as a page shows it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from datasets.model import Offer, Report, Sample, Severity
from validation.messages import said, why
from validation.report import words
from validation.report.causes import ORDER, Cause, best, causes
from validation.report.cuts import Cut, cut

MOST_SHOWN = 100
POINT = re.compile(r"\[(?P<lon>-?[\d.]+), ?(?P<lat>-?[\d.]+)")


@dataclass(frozen=True, slots=True)
class Repair:
    """An offer in words; `id` is what names it to `emap repair` and to the API."""

    id: str
    words: str
    mended: str
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
        () if withheld else offer.samples,
    )


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


def positions(report: Report, resource: str) -> list[tuple[int, str]]:
    """The faulty places of a resource for who sees no map: its row, a point of it as lat, lon."""
    excerpt = report.excerpts.get(resource)
    found = {row: POINT.search(shape) for row, shape in (excerpt.places if excerpt else {}).items()}
    return [(row, f"{point['lat']}, {point['lon']}") for row, point in found.items() if point]
