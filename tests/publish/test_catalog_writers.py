"""Many who write at once, in threads and in processes, and some who die: nothing mixes."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ckanapi.errors import NotAuthorized, ValidationError

from publish.catalog import Embedded

PACKAGE = {
    "name": "parking",
    "owner_org": "grad-nis",
    "version": "0",
    "tags": [{"name": "saobraćaj"}],
    "resources": [{"name": "a", "url": "https://a.rs/a.csv", "format": "CSV"}],
}
BEGIN = """
import os, sys
from pathlib import Path
from datasets.config import Site
from datasets.stores.folder import Folder
from publish.catalog import Embedded
from publish.catalog.call import Outside
from publish.database import open_database
state = Path(sys.argv[2])
engine = open_database(sys.argv[1], state)
catalog = Embedded(engine, Site(), "https://podaci.example.rs", Outside(Folder(state)))
"""


@pytest.fixture
def parking(catalog: Embedded) -> Any:
    return catalog.call_action("package_create", PACKAGE)


@pytest.fixture
def process(
    catalog: Embedded, tmp_path: Path, project: Path
) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Run some lines in another process that has the same `catalog` open."""
    running = []

    def start(lines: str, *words: str) -> "subprocess.Popen[str]":
        url = catalog.engine.url.render_as_string(hide_password=False)
        command = [sys.executable, "-c", BEGIN + lines, url, str(tmp_path), *words]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        each = subprocess.Popen(command, cwd=project, text=True, **pipes)
        running.append(each)
        return each

    yield start
    for each in running:
        with each:
            each.kill()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What calls in threads of their own gave or raised, begun together."""
    together = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        together.wait(20)
        try:
            return call()
        except (ValidationError, NotAuthorized) as error:
            return error

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def whole(catalog: Embedded) -> list[str]:
    """The names of all packages: listed, found and shown alike, each with all that it was given."""
    names = catalog.call_action("package_list")
    found = catalog.call_action("package_search", {"rows": 1000, "fl": ["name"]})
    assert sorted(each["name"] for each in found["results"]) == names
    tagged = catalog.call_action("package_search", {"q": "saobracaj", "rows": 0})
    assert tagged["count"] == len(names)
    for name in names:
        shown = catalog.call_action("package_show", {"id": name})
        assert [tag["name"] for tag in shown["tags"]] == ["saobraćaj"]
        for resource in shown["resources"]:
            assert catalog.call_action("resource_show", {"id": resource["id"]}) == resource
    return names


# On one package


def test_of_writers_of_one_package_nobody_undoes_what_another_did(catalog, parking):
    def add(name):
        for number in range(5):
            resource = {"package_id": "parking", "name": f"{name}{number}", "url": "https://a.rs"}
            catalog.call_action("resource_create", resource)

    at_once(*(lambda n=name: add(n) for name in "wxyz"))
    resources = catalog.call_action("package_show", {"id": "parking"})["resources"]
    assert {r["name"] for r in resources} == {"a", *(f"{n}{i}" for n in "wxyz" for i in range(5))}
    assert [r["position"] for r in resources] == list(range(21))
    assert whole(catalog) == ["parking"]


def test_of_two_processes_that_write_one_package_none_undoes_the_other(catalog, parking, process):
    lines = """
for number in range(12):
    name = f"{sys.argv[3]}{number}"
    resource = {"package_id": "parking", "name": name, "url": "https://a.rs"}
    catalog.call_action("resource_create", resource)
    catalog.call_action("package_patch", {"id": "parking", sys.argv[3]: name})
"""
    running = [process(lines, name) for name in ("notes", "author")]
    assert [each.wait(60) for each in running] == [0, 0]
    shown = catalog.call_action("package_show", {"id": "parking"})
    assert (shown["notes"], shown["author"]) == ("notes11", "author11")
    assert len(shown["resources"]) == 25
    assert whole(catalog) == ["parking"]


def test_two_updates_of_one_package_do_not_mix(catalog, parking):
    def update(word):
        given = {**PACKAGE, "title": word, "notes": word, "version": word, "url": f"https://{word}"}
        return catalog.call_action("package_update", {"id": parking["id"], **given})

    at_once(*(lambda w=word: update(w) for word in ("prvi", "drugi", "treci", "cetvrti")))
    shown = catalog.call_action("package_show", {"id": "parking"})
    assert shown["title"] == shown["notes"] == shown["version"]
    assert shown["url"] == f"https://{shown['title']}"


def test_of_two_who_revise_the_same_state_one_gets_a_409(catalog, parking):
    def revise(version):
        match = {"id": parking["id"], "version": "0"}
        given = {"match": match, "update": {"version": version}}
        return catalog.call_action("package_revise", given)["package"]["version"]

    results = at_once(*(lambda v=version: revise(v) for version in ("1", "2", "3", "4")))
    winners = [result for result in results if isinstance(result, str)]
    losers = [result.error_dict for result in results if not isinstance(result, str)]
    assert len(winners) == 1
    assert losers == [{"match": ["version"], "__type": "Validation Error"}] * 3
    assert catalog.call_action("package_show", {"id": "parking"})["version"] == winners[0]


# On one name


@pytest.mark.parametrize(
    ("action", "given", "told"),
    [
        ("package_create", PACKAGE, "That URL is already in use."),
        ("organization_create", {"name": "zavod"}, "Group name already exists in database"),
        (
            "user_create",
            {"name": "ana", "email": "ana@example.rs", "password": "dovoljno-duga"},
            "That login name is not available.",
        ),
    ],
)
def test_of_those_who_want_one_name_one_gets_it(catalog, action, given, told):
    results = at_once(*[lambda: catalog.call_action(action, given)] * 4)
    losers = [result for result in results if isinstance(result, ValidationError)]
    assert len(losers) == 3
    assert {str(error.error_dict["name"]) for error in losers} == {f"[{told!r}]"}


def test_what_four_create_at_once_is_all_there(catalog):
    def create(who):
        for number in range(12):
            catalog.call_action("package_create", {**PACKAGE, "name": f"p{who}-{number:02}"})

    at_once(*(lambda w=who: create(w) for who in range(4)))
    assert whole(catalog) == [f"p{who}-{n:02}" for who in range(4) for n in range(12)]


# With rights that end


def signed_in(catalog, name):
    token = catalog.call_action("api_token_create", {"user": name, "name": "test"})
    return token, catalog.as_user(catalog.user_of(token["token"]))


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("api_token_revoke", {"jti": "the token's"}),
        ("user_delete", {"id": "urednica"}),
        ("organization_member_delete", {"id": "grad-nis", "username": "urednica"}),
    ],
)
def test_who_loses_a_right_while_waiting_to_write_writes_nothing(catalog, parking, action, given):
    token, editor = signed_in(catalog, "urednica")
    waiting = threading.Event()

    def patch():
        waiting.set()
        return editor.call_action("package_patch", {"id": "parking", "notes": "too late"})

    with ThreadPoolExecutor(1) as threads:
        with catalog.transaction() as within:
            late = threads.submit(patch)
            assert waiting.wait(20)
            ends = {"jti": token["id"]} if "jti" in given else given
            within.call_action(action, ends)
        with pytest.raises(NotAuthorized):
            late.result(timeout=20)
    assert catalog.call_action("package_show", {"id": "parking"})["notes"] is None


def test_a_token_is_known_while_somebody_writes_long(catalog):
    token = catalog.call_action("api_token_create", {"user": "urednica", "name": "test"})["token"]
    with catalog.transaction(), ThreadPoolExecutor(1) as threads:
        assert threads.submit(catalog.user_of, token).result(timeout=5).name == "urednica"


# Who dies


def test_a_kill_inside_a_write_leaves_nothing_of_it(catalog, parking, process):
    killed = process("""
with catalog.transaction() as within:
    within.call_action("package_create", {"name": "half", "owner_org": "grad-nis"})
    within.call_action("package_patch", {"id": "parking", "notes": "half"})
    os.kill(os.getpid(), 9)
""")
    assert killed.wait(60) == -9
    assert catalog.call_action("package_show", {"id": "parking"})["notes"] is None
    catalog.call_action("package_patch", {"id": "parking", "notes": "whole"})  # nobody holds a lock
    assert whole(catalog) == ["parking"]


def test_all_that_was_acknowledged_before_a_kill_is_there_and_whole(catalog, process):
    lines = f"""
print("ready", flush=True)
input()
for number in range(60):
    catalog.call_action("package_create", {PACKAGE!r} | {{"name": f"{{sys.argv[3]}}-{{number}}"}})
    print(number, flush=True)
"""
    running = [process(lines, name) for name in ("a1", "b2")]
    assert [each.stdout.readline() for each in running] == ["ready\n"] * 2
    for each in running:
        print(file=each.stdin, flush=True)
    heard = [[each.stdout.readline() for _ in range(15)] for each in running]
    for each in running:
        each.kill()
    acknowledged = {
        f"{name}-{line.strip()}"
        for name, each, first in zip(("a1", "b2"), running, heard, strict=True)
        for line in [*first, *each.stdout.readlines()]
    }
    assert len(acknowledged) >= 30
    assert acknowledged <= set(whole(catalog))
    catalog.call_action("package_create", {**PACKAGE, "name": "later"})
    assert "later" in whole(catalog)
