"""Random kills with two publishers at once: nothing acknowledged is lost, nothing is half there."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from datasets.config import Config
from publish.desk import open_desk
from publish.invariants import violations

ROUNDS = 40


def table(path: Path, rows: int) -> Path:
    lines = [f"{i},21.{9000 + i},43.32" for i in range(1, rows + 1)]
    path.write_text("\n".join(["sifra,lon,lat", *lines]) + "\n", encoding="utf-8")
    return path


@pytest.mark.long
def test_two_publishers_killed_at_random_lose_nothing_that_was_acknowledged(tmp_path, project):
    chance = random.Random(2026)
    state = tmp_path / "var"
    acknowledged: set[int] = set()
    for number in range(ROUNDS):
        running = []
        for publisher in range(2):
            rows = 100 + 2 * number + publisher
            file = table(tmp_path / f"{rows}.csv", rows)
            command = [sys.executable, str(project / "emap.py"), "--state", str(state)]
            command += ["publish", str(file), "--organization", "nis", "--name", "cesme", "--json"]
            running.append((rows, subprocess.Popen(command, stdout=subprocess.PIPE, text=True)))
        wait_s = chance.uniform(1.0, 6.0)
        for rows, process in running:
            try:
                said, _ = process.communicate(timeout=wait_s)
            except subprocess.TimeoutExpired:
                process.kill()
                said, _ = process.communicate()
            if said.strip() and json.loads(said)["action"] in ("created", "updated"):
                acknowledged.add(rows)
        desk = open_desk(Config(), state)
        assert list(violations(desk.versions, desk.store)) == []
        published = {version.rows["cesme"] for version in desk.versions.history("cesme")}
        assert acknowledged <= published
        desk.versions.close()
    assert len(acknowledged) > ROUNDS / 2
