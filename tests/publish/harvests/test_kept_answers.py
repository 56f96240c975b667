"""Pages that a server calls unchanged are not sent again, unless nobody believes it."""

import hashlib
from dataclasses import replace

import pytest

from publish.harvests.run import run


@pytest.fixture
def tagged(town):
    """The town, with an ETag on each page; gives the statuses of the pages it sent."""
    plain = town.upstream.answers["/list"]

    def answer(asked):
        reply = plain(asked)
        tag = f'"{hashlib.sha256(reply.body).hexdigest()}"'
        sent.append(304 if asked.headers.get("if-none-match") == tag else 200)
        return replace(reply, headers={"ETag": tag})

    sent = []
    town.upstream.answers["/list"] = answer
    return sent


def test_pages_that_did_not_change_are_sent_once(town, tagged, desk, source):
    list(run(source, desk))  # the first look is a full one
    list(run(source, desk))
    assert tagged == [200] * 6
    assert {receipt.action for receipt in run(source, desk)} == {"unchanged"}
    town.put("klupe", modified="2", rows=4)
    actions = {receipt.dataset: receipt.action for receipt in run(source, desk)}
    assert actions["klupe"] == "updated"
    assert tagged[6:] == [304, 304, 304, 304, 200, 304]


def test_a_full_look_believes_no_etag(tagged, desk, source):
    for full in (True, False, True):
        list(run(source, desk, full=full))
    assert tagged == [200] * 9


def test_pages_that_are_gone_are_not_kept(town, tagged, desk, source):
    for _ in range(2):
        list(run(source, desk))
    folder = desk.store.cache(source.name)
    assert len(list(folder.iterdir())) == 3
    town.drop("putevi")
    list(run(source, desk))
    assert len(list(folder.iterdir())) == 2
