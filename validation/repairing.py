"""Accepting repairs: choosing among what a report offers, and looking again until all is done."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from datasets.errors import ConfigError
from datasets.model import Dataset, Finding, Offer, Report, Resource, Step
from datasets.text import Text
from validation.judge import Checks, validate
from validation.reading import Reading, read
from validation.sandbox import Sandbox

SAFE = "safe"
"""Stands for all that is exact and leaves no choice."""
ROUNDS = 10

type Recipes = Mapping[str, tuple[Step, ...]]
"""Steps by the name of the resource."""
type Look = Callable[[Recipes], Report]
"""Reads and judges with some recipes."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A repair that a report offers, and the finding that it mends.

    `is_question` where others are offered beside it, and a person has to choose.
    """

    resource: str
    finding: Finding
    offer: Offer
    is_question: bool

    @property
    def is_safe(self) -> bool:
        """True when it may be accepted unseen: it is exact, and there is nothing to choose."""
        return self.offer.exact and self.offer.count > 0 and not self.is_question


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of accepting: the last report, the recipes, what was accepted, in order."""

    report: Report
    recipes: Recipes
    accepted: tuple[Offered, ...]


def offers(report: Report) -> list[Offered]:
    """Give each repair that a report offers once for each resource, in the report's order."""
    found: dict[tuple[str, str], Offered] = {}
    for finding in report.findings:
        for offer in finding.offers:
            made = Offered(finding.resource, finding, offer, len(finding.offers) > 1)
            found.setdefault((finding.resource, offer.step.id), made)
    return list(found.values())


def accepting(wanted: Collection[str], look: Look, recipes: Recipes) -> Settled:
    """Accept what is wanted, by the ids of steps or `safe`, and look again until nothing is left.

    What one repair lays open (a header, then the dates below it) may be wanted at once. Raises
    ConfigError that names the ids there are when one is never offered.
    """
    done, accepted, left = dict(recipes), list[Offered](), set(wanted)
    report = look(done)
    for _ in range(ROUNDS):
        known = {(name, step.id) for name, steps in done.items() for step in steps}
        left -= {step for _, step in known}
        new = [o for o in _wanted(report, left) if (o.resource, o.offer.step.id) not in known]
        if not new:
            break
        for each in new:
            done[each.resource] = (*done.get(each.resource, ()), each.offer.step)
        accepted += new
        report = look(done)
    if left := left - {SAFE} - {each.offer.step.id for each in accepted}:
        raise ConfigError(f"no repair {', '.join(sorted(left))} is offered; {_there_are(report)}")
    return Settled(report, done, tuple(accepted))


def _wanted(report: Report, wanted: Collection[str]) -> Iterator[Offered]:
    for offered in offers(report):
        if offered.offer.step.id in wanted or (SAFE in wanted and offered.is_safe):
            yield offered


def _there_are(report: Report) -> str:
    ids = [f"{each.offer.step.id} ({each.offer.step.repair})" for each in offers(report)]
    return f"there are {', '.join(ids)}" if ids else "nothing is"


@dataclass(slots=True)
class OneFile:
    """A file that is looked at again and again; the last reading is kept."""

    resource: Resource
    sandbox: Sandbox
    folder: Path
    reading: Reading | None = None
    _looks: int = 0

    def __call__(self, recipes: Recipes) -> Report:
        """Read and judge the file with the recipe of its name."""
        self._looks += 1
        resource = replace(self.resource, recipe=recipes.get(self.resource.name, ()))
        title = Text(resource.filename)
        dataset = Dataset(resource.name, title, "", "file", resource.filename, (resource,))
        readings = read(dataset, self.sandbox, self.folder / str(self._looks))
        self.reading = readings[0]
        return validate(dataset, readings, None, Checks(), self.sandbox)
