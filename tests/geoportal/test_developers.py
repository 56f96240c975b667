"""What developers get: every reading operation to try, and calls that run as shown."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from geoportal.dataset.snippets import snippets

FORM = re.compile(r'href="(/developers/try/[\w-]+)"')
LEFT_OUT = {"R", "QGIS", "Excel Power Query"}
"""Languages that are not on the machines of the tests; QGIS has tests of its own."""


def links(pages):
    return sorted(set(FORM.findall(pages.get("/developers/try").text)))


def test_every_operation_that_reads_has_a_form(pages):
    found = links(pages)
    assert len(found) > 100
    assert "/developers/try/ckan-package_search" in found
    assert "/developers/try/ogc-collections-collectionId-items" in found
    assert {pages.get(each).status_code for each in found} == {200}


def test_a_form_leads_to_the_answer_of_the_api(pages):
    search = pages.get(
        "/developers/answer/ckan-package_search", params={"q": "parkovi", "rows": "1"}
    )
    assert search.headers["location"] == "/api/3/action/package_search?q=parkovi&rows=1"
    items = pages.get(
        "/en/developers/answer/ogc-collections-collectionId-items",
        params={"collectionId": "parkovi", "limit": "1"},
    )
    assert items.headers["location"] == "/en/ogc/collections/parkovi/items?limit=1"
    assert pages.get(items.headers["location"]).is_success


@pytest.mark.parametrize("name", ["../../studio", "//evil.example", "a b", "parkovi/../.."])
def test_a_value_in_a_path_leads_nowhere_else(pages, name):
    answer = pages.get(
        "/developers/answer/ogc-collections-collectionId", params={"collectionId": name}
    )
    assert answer.status_code == 303
    there = answer.headers["location"].removeprefix("/ogc/collections/")
    assert "/" not in there and " " not in there


def test_a_field_of_the_path_that_is_empty_is_told(pages):
    answer = pages.get("/developers/answer/ogc-collections-collectionId-items")
    assert answer.status_code == 404
    assert "collectionId must have a value" in answer.text
    assert pages.get("/developers/try/nema-je").status_code == 404


def test_what_an_address_says_stands_in_the_form_as_text(pages):
    evil = '"><script>alert(1)</script>'
    page = pages.get("/developers/try/ckan-package_search", params={"q": evil}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.fixture(scope="module")
def calls(pages):
    """The calls of a dataset with a layer, for the server of the tests."""
    site = str(pages.base_url).rstrip("/")
    return [each for each in snippets(site, "parkovi", "parkovi") if each.language not in LEFT_OUT]


def test_calls_run_as_shown(calls):
    """curl and Python as processes of their own; JavaScript where there is a Node."""
    clean = {**os.environ, "NO_PROXY": "127.0.0.1"}
    ran = set()
    for call in calls:
        command = COMMANDS[call.language](call.code)
        if shutil.which(command[0]) is None:
            continue
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=clean)  # noqa: PLW1510
        assert done.returncode == 0, f"{call.language}: {done.stderr[-1000:]}"
        assert done.stdout.strip(), call.code
        ran.add(call.language)
    assert {"curl", "Python"} <= ran


COMMANDS = {
    "curl": lambda code: ["bash", "-c", f"{code} --fail --silent"],
    "Python": lambda code: [sys.executable, "-W", "ignore", "-c", code],
    "JavaScript": lambda code: ["node", "--input-type=module", "-e", code],
}


def test_pages_of_the_portal_say_what_it_is(pages):
    for path in ("/about", "/accessibility", "/status", "/developers", "/offline"):
        for prefix in ("", "/sr-latn", "/en"):
            assert pages.get(prefix + path).status_code == 200, path
    assert pages.get("/status").headers["cache-control"] == "no-store"


def test_a_device_can_keep_the_site(pages):
    manifest = pages.get("/en/manifest.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"
    said = json.loads(manifest.text)
    assert (said["lang"], said["start_url"], said["scope"]) == ("en", "/en/map", "/")
    worker = pages.get("/service-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    kept = re.search(r"addAll\((\[.*?\])\)", worker.text)
    assert {pages.get(path).status_code for path in json.loads(kept[1])} == {200}
