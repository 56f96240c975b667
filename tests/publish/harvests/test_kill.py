"""kill -9 at random moments of a harvest: it completes, nothing is lost, nothing comes twice."""

import json
import random
import subprocess
import time
from collections import Counter

import pytest

from datasets.config import Config
from publish.database import reading
from publish.desk import open_desk
from publish.harvests import jobs
from publish.invariants import violations
from tests.conftest import CLEAN, EMAP
from tests.upstream import Reply

SHOWN = 20  # datasets of a page, however many are asked for


class Portal:
    """A CKAN of some datasets with a CSV file each; which one is asked for is counted."""

    def __init__(self, upstream, *, judged):
        self.upstream, self.judged = upstream, judged
        self.datasets = {}
        upstream.answers["/api/3/action/package_search"] = self._search

    def put(self, name, change=1):
        """Have a dataset as it is after so many changes."""
        form = "CSV" if self.judged(name) else "DWG"  # which is published as it is
        address = f"/files/{name}.{form.lower()}"
        self.datasets[name] = {
            "id": f"id-{name}",
            "name": name,
            "title": f"Скуп {name}",
            "metadata_modified": f"2026-11-{change:02}T00:00:00",
            "resources": [
                {
                    "id": f"file-{name}",
                    "name": "redovi",
                    "url": self.upstream.url + address,
                    "format": form,
                }
            ],
        }
        rows = "".join(f"{i},{name},{change}\n" for i in range(1, 6))
        body = f"sifra,naziv,promena\n{rows}".encode()
        self.upstream.answers[address] = Reply(body, type="application/octet-stream")

    def drop(self, name):
        """Have a dataset no longer."""
        del self.datasets[name]

    def files_asked(self):
        """How often each file was asked for."""
        paths = (asked.path for asked in self.upstream.asked)
        return Counter(path for path in paths if path.startswith("/files/"))

    def _search(self, asked):
        start = int(asked.query.get("start", 0))
        shown = list(self.datasets.values())[start : start + SHOWN]
        return {"success": True, "result": {"count": len(self.datasets), "results": shown}}


class Site:
    """A site with the portal as its only source, harvested by processes that may be killed."""

    def __init__(self, folder, portal, files="all"):
        self.folder, self.portal, self.state = folder, portal, folder / "var"
        source = {
            "name": "portal",
            "kind": "ckan",
            "organization": "nis",
            "url": portal.upstream.url,
            "files": files,
            "grace_days": 0,
            "max_missing": 0.5,
        }
        settings = {"http": {"allow_private": ["127.0.0.1"]}, "sources": [source]}
        (folder / "config.yml").write_text(json.dumps(settings), encoding="utf-8")

    def harvest(self, **more):
        """Begin a harvest in a process of its own, with more in its environment."""
        command = [*EMAP, "--config", self.folder / "config.yml", "--state", self.state, "run"]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [*map(str, command), "--json"], stdout=log, stderr=log, env=CLEAN | more
            )

    def kill_at(self, requests, wait_s):
        """Harvest until so many requests came, and a little longer; False when it ended before."""
        process = self.harvest()
        while process.poll() is None and len(self.portal.upstream.asked) < requests:
            time.sleep(0.01)  # between two looks at what another process asks for
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return process.returncode == -9

    def whole(self):
        """What is public now, and by which version; raises when anything of it is not whole."""
        desk = open_desk(Config(), self.state)
        assert list(violations(desk.versions, desk.store)) == []
        packages = desk.catalog.call_action("package_list", {})
        public = {p.dataset: p.number for p in desk.versions.pointers() if p.public}
        assert sorted(public) == packages
        for name, number in public.items():
            package = desk.catalog.call_action("package_show", {"id": name})
            version = desk.versions.get(name, number)
            assert package["version"] == str(number)
            assert [r["hash"] for r in package["resources"] if r["hash"]] == [
                resource.sha256 for resource in version.resources
            ]
        desk.versions.close()
        return public

    def done(self):
        """What all jobs together did, by their own counts; each of them came to its end."""
        desk = open_desk(Config(), self.state)
        with reading(desk.catalog.engine) as connection:
            found = jobs.jobs(connection)
        desk.versions.close()
        assert {job.state for job in found} == {"done"}
        counted = Counter()
        for job in found:
            counted.update(job.counts)
        del counted["unchanged"]  # a moment may have come after the end, and begun one job more
        return counted

    def survive(self, chance, kills):
        """Be killed so often, at moments spread over the harvest, and then complete it."""
        asked = len(self.portal.upstream.asked)
        ahead = len(self.portal.datasets) * 1.05
        moments = sorted(chance.uniform(0, ahead) for _ in range(kills))
        killed = 0
        for moment in moments:
            killed += self.kill_at(asked + moment, chance.uniform(0, 0.5))
            self.whole()
        assert self.harvest().wait(timeout=1200) == 0, (self.folder / "log").read_text()
        return killed


def harvested_under_kills(tmp_path, portal, names, kills):
    """Harvest all, then change a third, drop some and add some; each time killed at random."""
    chance, site, half = random.Random(2026), Site(tmp_path, portal), kills - kills // 3
    for name in names:
        portal.put(name)
    killed = site.survive(chance, half)
    assert site.whole() == dict.fromkeys(names, 1)
    assert site.done() == {"created": len(names)}
    assert portal.files_asked().total() <= len(names) + killed, "one more for each kill at most"

    changed, gone, new = names[::3], names[1:12:3], ["novi-1", "novi-2"]
    for name in changed:
        portal.put(name, change=2)
    for name in gone:
        portal.drop(name)
    for name in new:
        portal.put(name)
    portal.upstream.asked.clear()
    killed += site.survive(chance, kills - half)
    kept = dict.fromkeys([*names, *new], 1) | dict.fromkeys(changed, 2)
    assert site.whole() == {name: number for name, number in kept.items() if name not in gone}
    assert site.done() == {
        "created": len(names) + len(new),
        "updated": len(changed),
        "withdrawn": len(gone),
    }
    assert killed >= kills / 2, "the moments of the kills are not in the harvests"


def test_a_harvest_survives_six_kills(tmp_path, upstream):
    portal = Portal(upstream, judged=lambda name: name.endswith("7"))
    harvested_under_kills(tmp_path, portal, [f"skup-{i:03}" for i in range(60)], 6)


@pytest.mark.parametrize(("moment", "least", "most"), [("in_batch", 0, 0), ("after_batch", 1, 50)])
def test_datasets_without_files_are_kept_many_at_a_time_or_none(
    tmp_path, upstream, moment, least, most
):
    portal = Portal(upstream, judged=lambda name: True)
    names = [f"skup-{i:03}" for i in range(60)]
    for name in names:
        portal.put(name)
    site = Site(tmp_path, portal, files="none")
    assert site.harvest(EMAP_FAIL=moment).wait(timeout=120) == -9
    kept = site.whole()
    assert least <= len(kept) <= most
    assert list(kept) == names[: len(kept)]
    assert site.harvest().wait(timeout=120) == 0, (tmp_path / "log").read_text()
    assert site.whole() == dict.fromkeys(names, 1)
    assert site.done() == {"created": 60}


@pytest.mark.long
def test_a_harvest_of_500_files_survives_twenty_kills(tmp_path, upstream):
    portal = Portal(upstream, judged=lambda name: True)
    harvested_under_kills(tmp_path, portal, [f"skup-{i:03}" for i in range(500)], 30)
