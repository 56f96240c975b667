"""The points of a dataset, measure by measure.

Rule: Metadata Quality Assessment of data.europa.eu (MQA), 405 points of 22 measures in five parts.
What MQA would measure on our DCAT document is measured on the package that it is written from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from datasets.model import Version
from publish.dcat.words import extras_of
from publish.quality.freshness import Freshness, freshness
from publish.quality.measures import MEASURES, Asked
from publish.quality.stars import stars

type Rating = Literal["excellent", "good", "sufficient", "bad"]

RATINGS: Sequence[tuple[int, Rating]] = ((351, "excellent"), (221, "good"), (121, "sufficient"))


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is measured: `name` is the key of its words (`quality_<name>`)."""

    name: str
    points: int
    of: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the measures: findability, accessibility, interoperability and so on."""

    name: str
    points: int
    of: int
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """What would raise the points, and by how many; its words are `quality_<name>_how`."""

    name: str
    points: int


@dataclass(frozen=True, slots=True)
class Quality:
    """The judgement on one dataset; `advice` begins with what would raise it most."""

    points: int
    of: int
    parts: tuple[Part, ...]
    advice: tuple[Advice, ...]
    stars: int
    rating: Rating
    freshness: Freshness


def assess(
    package: Mapping[str, Any],
    version: Version | None = None,
    organization: Mapping[str, Any] | None = None,
    *,
    today: date | None = None,
) -> Quality:
    """Judge a package as `package_show` gives it.

    `version` is the one that is public, of which the freshness is told; `organization` its
    publisher's document with extras, for an address to write to. `today` is that of UTC by default.
    """
    extras = extras_of(package)
    asked = Asked(package, extras, organization or {})
    parts = tuple(_part(name, measures, asked) for name, measures in MEASURES.items())
    points = sum(part.points for part in parts)
    lost = [
        Advice(m.name, m.of - m.points) for part in parts for m in part.measures if m.points < m.of
    ]
    changed = version.created if version else str(package.get("metadata_modified") or "")
    return Quality(
        points=points,
        of=sum(part.of for part in parts),
        parts=parts,
        advice=tuple(sorted(lost, key=lambda advice: -advice.points)),
        stars=stars(package),
        rating=rating(points),
        freshness=freshness(extras.get("frequency"), changed, today or datetime.now(UTC).date()),
    )


def rating(points: int) -> Rating:
    """MQA's word for so many points.

    >>> rating(351), rating(350), rating(120)
    ('excellent', 'good', 'bad')
    """
    return next((word for least, word in RATINGS if points >= least), "bad")


def _part(
    name: str, measures: Mapping[str, tuple[int, Callable[[Asked], bool]]], asked: Asked
) -> Part:
    found = tuple(
        Measure(key, worth if holds(asked) else 0, worth)
        for key, (worth, holds) in measures.items()
    )
    return Part(name, sum(m.points for m in found), sum(m.of for m in found), found)
