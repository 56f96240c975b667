"""Whatever a real CKAN was recorded to answer, the mirror understands."""

import json
from dataclasses import replace

import pytest
from ckanapi.errors import CKANAPIError, ValidationError

from datasets.errors import TargetError
from publish import mirror
from publish.targets._ckan_session import Site
from publish.targets._target import NotTaken
from tests.publish.targets.portal import Said

FILES = ("03_organizations", "05_packages", "06_resources", "08_package_search")


@pytest.fixture
def recorded(shared):
    """Action, status and body of every recorded answer of the actions."""
    found = []
    for name in FILES:
        for entry in json.loads((shared / f"golden/ckan/{name}.json").read_text("utf-8")):
            path, answer = entry["request"]["path"], entry["response"]
            if "/action/" in path:
                found.append((path.rpartition("/")[2], answer["status"], answer["body"]))
    assert len(found) > 150
    return found


def test_every_recorded_answer_is_a_result_or_an_error_in_words(town, portal, recorded):
    here = mirror.here(town.desk)
    site = Site(portal.url, replace(here, pause=town.pauses.append), "a-token")
    told = []
    for action, status, body in recorded:
        portal.next = [Said(status, json.dumps(body))]
        try:
            assert site.call(action, {}) == body["result"]
        except ValidationError as error:
            told.append(site.told(error))
        except CKANAPIError as error:
            assert site.told(error)
        except (NotTaken, TargetError):
            assert status == 500 or not isinstance(body, dict)
    assert len(told) > 20
    assert [words for words in told if not words or "{" in words or "__type" in words] == []


def test_packages_as_recorded_are_read_without_loss(town, portal, recorded):
    site = Site(portal.url, mirror.here(town.desk), "a-token")
    shown = [
        body["result"] for action, s, body in recorded if action == "package_show" and s == 200
    ]
    assert shown
    for package in shown:
        assert site.package(package) == package
