"""What the judgements on many datasets come to: the scorecard of a publisher."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from datasets.text import Text
from publish.quality.assessment import Quality, Rating, rating


@dataclass(frozen=True, slots=True)
class Scored:
    """A dataset with its judgement."""

    name: str
    title: Text
    organization: str
    formats: tuple[str, ...]
    quality: Quality


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a part of the measures over all datasets."""

    name: str
    points: float
    of: int


@dataclass(frozen=True, slots=True)
class Raise:
    """What would raise the mean: for how many datasets, and by how many points of the mean."""

    name: str
    datasets: int
    points: float


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The datasets of a publisher, the lowest points first, and what they come to."""

    scored: tuple[Scored, ...]

    @property
    def count(self) -> int:
        """How many datasets there are."""
        return len(self.scored)

    @property
    def points(self) -> float:
        """The mean of the points; 0 of no dataset."""
        return _mean([each.quality.points for each in self.scored])

    @property
    def of(self) -> int:
        """How many points there are to have."""
        return self.scored[0].quality.of if self.scored else 0

    @property
    def rating(self) -> Rating:
        """MQA's word for the mean."""
        return rating(int(self.points))

    @property
    def stars(self) -> float:
        """The mean of the stars."""
        return _mean([each.quality.stars for each in self.scored])

    @property
    def promised(self) -> int:
        """How many datasets have a day by which they are to be renewed."""
        return sum(each.quality.freshness.every_days is not None for each in self.scored)

    @property
    def fresh(self) -> int:
        """How many of these are not late."""
        return sum(each.quality.freshness.state in ("fresh", "due") for each in self.scored)

    @property
    def licensed(self) -> int:
        """How many have an open licence, the first of the stars."""
        return sum(each.quality.stars >= 1 for each in self.scored)

    @property
    def formats(self) -> Sequence[tuple[str, int]]:
        """The formats of the datasets with how many have each, the most frequent first."""
        return Counter(form for each in self.scored for form in each.formats).most_common()

    def parts(self) -> list[Mean]:
        """The mean of each part of the measures."""
        columns = zip(*(each.quality.parts for each in self.scored), strict=True)
        return [Mean(c[0].name, _mean([part.points for part in c]), c[0].of) for c in columns]

    def raises(self) -> list[Raise]:
        """What would raise the mean, most first."""
        lost, datasets = Counter[str](), Counter[str]()
        for each in self.scored:
            for advice in each.quality.advice:
                lost[advice.name] += advice.points
                datasets[advice.name] += 1
        return [Raise(name, datasets[name], n / self.count) for name, n in lost.most_common()]


def scorecard(scored: Sequence[Scored]) -> Scorecard:
    """The scorecard of datasets."""
    return Scorecard(tuple(sorted(scored, key=lambda each: (each.quality.points, each.name))))


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0
