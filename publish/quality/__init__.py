"""How good a dataset is to use: points, stars, freshness, and what would raise them.

    assess(package, version) -> Quality

One judgement for the badge of a dataset and for the scorecard of its publisher.
"""

from publish.quality.assessment import Advice, Measure, Part, Quality, assess
from publish.quality.freshness import Freshness, freshness
from publish.quality.scorecard import Scorecard, Scored, scorecard
from publish.quality.stars import stars

__all__ = [
    "Advice",
    "Freshness",
    "Measure",
    "Part",
    "Quality",
    "Scorecard",
    "Scored",
    "assess",
    "freshness",
    "scorecard",
    "stars",
]
