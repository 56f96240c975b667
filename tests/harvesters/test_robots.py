"""robots.txt, for kinds that follow links."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import HarvestError
from harvesters.fetching import robots
from harvesters.fetching.hosts import Hosts
from harvesters.fetching.reply import Reply as Document
from tests.upstream import Fault, Reply

RULES = b"""User-agent: *
Disallow: /private/
Crawl-delay: 3

User-agent: eMap
Disallow: /only-people/
Crawl-delay: 7
"""


def test_rules_for_us_are_kept_and_asked_for_once(upstream, http):
    upstream.answers["/robots.txt"] = RULES
    assert http.allowed(f"{upstream.url}/data/")
    assert not http.allowed(f"{upstream.url}/only-people/f.csv?x=1")
    assert http.allowed(f"{upstream.url}/private/")  # those for all are not those for us
    assert [asked.path for asked in upstream.asked] == ["/robots.txt"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_without_rules_all_is_allowed(upstream, http, status):
    upstream.answers["/robots.txt"] = Reply(b"", status)
    assert http.allowed(f"{upstream.url}/private/")


@pytest.mark.parametrize("kind", ["status-500", "status-429", "reset"])
def test_rules_that_cannot_be_got_allow_nothing(upstream, http, kind):
    upstream.faults.append(Fault(kind, times=99))
    with pytest.raises(HarvestError) as caught:
        http.allowed(f"{upstream.url}/data/")
    assert caught.value.transient


@pytest.mark.parametrize("body", [b"", b"<!DOCTYPE html><html>404</html>", b"\xff\0", b":" * 99])
def test_what_is_no_rules_is_none(upstream, http, body):
    upstream.answers["/robots.txt"] = body
    assert http.allowed(f"{upstream.url}/data/")


def test_a_delay_that_is_wished_is_kept(upstream, http):
    now, slept = [0.0], []

    def sleep(seconds):
        slept.append(seconds)
        now[0] += seconds

    http._hosts = Hosts(now=lambda: now[0], sleep=sleep)
    upstream.answers |= {"/robots.txt": RULES, "/a": {}, "/b": {}}
    http.allowed(f"{upstream.url}/a")
    for path in "ab":
        http.get(f"{upstream.url}/{path}")
    assert slept[-1] == 7


def test_what_is_no_address_of_the_web_is_refused(http):
    with pytest.raises(HarvestError):
        http.allowed("ftp://a.rs/")


@given(st.text(alphabet="DdiAslowUsr-agent:* /[]%?#\n\r\t.0$é", max_size=120))
def test_no_rules_break_us(text):
    sent = Document(200, "http://a.rs/robots.txt", {}, text.encode())
    assert isinstance(
        robots.rules("http://a.rs/robots.txt", lambda _: sent).can_fetch("eMap", "http://a.rs/x"),
        bool,
    )
