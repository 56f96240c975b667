"""How good the datasets of each publisher are, judged once for a revision and a day."""

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from datasets.text import Text
from geoportal.publishers import Publishers
from publish.catalog import Embedded
from publish.package import text_of
from publish.quality import Quality, Scorecard, Scored, assess, scorecard
from publish.versions import Versions

AT_ONCE = 500


class Scores:
    """Gives the scorecards of the moment, of the datasets that anybody may see."""

    def __init__(self, catalog: Embedded, versions: Versions, publishers: Publishers) -> None:
        self.catalog, self.versions = catalog.as_user(None), versions
        self.publishers = publishers
        self._known: tuple[int, date, Mapping[str, Scorecard]] = (-1, date.min, {})
        self._judging = threading.Lock()

    def by_organization(self) -> Mapping[str, Scorecard]:
        """The scorecard of each publisher that has a dataset, by its name."""
        today = datetime.now(UTC).date()
        with self._judging:
            revision = self.versions.revision()
            if self._known[:2] != (revision, today):
                self._known = (revision, today, self._judged(today))
            return self._known[2]

    def _judged(self, today: date) -> Mapping[str, Scorecard]:
        by_name: dict[str, list[Scored]] = {}
        for each in self._scored(today):
            by_name.setdefault(each.organization, []).append(each)
        return {name: scorecard(scored) for name, scored in by_name.items()}

    def _scored(self, today: date) -> Iterator[Scored]:
        owners, start = self.publishers.by_id(), 0
        while True:
            asked = {"q": "*:*", "rows": AT_ONCE, "start": start, "sort": "name asc"}
            packages = self.catalog.call_action("package_search", asked)["results"]
            versions = self.versions.currents([package["name"] for package in packages])
            for package in packages:
                owner = owners.get(package["owner_org"], {})
                version = versions.get(package["name"])
                yield _one(package, owner, assess(package, version, owner, today=today))
            start += len(packages)
            if len(packages) < AT_ONCE:
                return


def _one(package: Mapping[str, Any], owner: Mapping[str, Any], quality: Quality) -> Scored:
    formats = dict.fromkeys(each["format"] for each in package["resources"] if each["format"])
    return Scored(
        name=package["name"],
        title=text_of(package, "title") or Text(package["name"]),
        organization=str(owner.get("name", "")),
        formats=tuple(formats),
        quality=quality,
    )
