"""When a request is made again, how long it waits, and when it is given up."""

import types

import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st

from datasets import config
from datasets.errors import TRANSIENT, HarvestError
from harvesters.fetching.http import Http
from harvesters.fetching.retry import tried, wait_wished
from tests.upstream import Fault

DATE = "Mon, 02 Nov 2026 10:00:00 GMT"
EPOCH = "Thu, 01 Jan 1970 00:00:00 GMT"
LATER = "Mon, 02 Nov 2026 10:00:30 GMT"


class Clock:
    """A clock that only waiting moves."""

    def __init__(self):
        self.now, self.slept = 1000.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    """Waits are as long as ever, and pass at once."""
    made = Clock()
    monkeypatch.setattr("tenacity.nap.time", types.SimpleNamespace(sleep=made.sleep))
    with stamina.set_testing(False):
        yield made


@pytest.fixture
def patient(upstream, clock):
    with stamina.set_testing(False):  # inside the upstream's own
        yield Http(config.Http(allow_private=("127.0.0.1",), deadline_s=600), clock=clock)


def fault(call, *words):
    with pytest.raises(HarvestError) as caught:
        call(*words)
    return caught.value


def test_waits_grow_and_are_never_the_same(upstream, patient, clock):
    upstream.faults.append(Fault("status-500", times=99))
    fault(patient.get, f"{upstream.url}/api")
    first, second, third = clock.slept
    assert 1 <= first <= 2 <= second <= 3 and 4 <= third <= 5
    fault(patient.get, f"{upstream.url}/api")
    assert clock.slept[3:] != [first, second, third]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("after", ["20", " 20 "])
def test_a_busy_server_says_how_long_to_wait(upstream, patient, clock, status, after):
    upstream.answers["/api"] = {}
    upstream.faults.append(Fault(f"status-{status}", retry_after=after))
    patient.get(f"{upstream.url}/api")
    [slept] = clock.slept
    assert 20 <= slept <= 21


def test_a_server_that_is_busy_for_long_is_left_alone(upstream, patient, clock):
    """The second file of that host is not asked for; after the time it is."""
    upstream.answers["/api"] = {}
    upstream.faults.append(Fault("status-503", retry_after="300"))
    first = fault(patient.get, f"{upstream.url}/api")
    assert (first.fault, first.values["after_s"], clock.slept) == ("busy", "300", [])
    second = fault(patient.get, f"{upstream.url}/other")
    assert (second.fault, second.values["until"]) == ("busy", first.values["until"])
    assert second.values["address"] == f"{upstream.url}/other"
    assert len(upstream.asked) == 1
    assert fault(patient.bound(upstream.url).get, f"{upstream.url}/other").fault == "gone"
    clock.now += 300
    assert patient.get(f"{upstream.url}/api").json() == {}


def test_until_is_a_moment(upstream, http):
    upstream.faults.append(Fault("status-429", retry_after="9" * 30))
    upstream.faults.append(Fault("status-429", times=9))
    far = fault(http.get, f"{upstream.url}/api").values["until"]
    assert far.endswith("Z") and far > "2050"
    unsaid = fault(http.bound(upstream.url).get, f"{upstream.url}/api")
    assert not {"until", "after_s"} & set(unsaid.values)


def test_no_wait_is_begun_that_would_outlast_the_time(upstream, clock):
    http = Http(config.Http(allow_private=("127.0.0.1",), deadline_s=30), clock=clock)
    upstream.faults.append(Fault("status-503", retry_after="31", times=9))
    with stamina.set_testing(False):
        error = fault(http.get, f"{upstream.url}/api")
    assert (error.fault, clock.slept, len(upstream.asked)) == ("busy", [], 1)


@pytest.mark.parametrize("key", ["gone", "page-instead", "blocked", "source"])
def test_what_lasts_is_not_tried_again(key):
    calls = []

    def once():
        calls.append(1)
        raise HarvestError("no", key)

    assert fault(tried, once, 4, lambda: 100.0).fault == key
    assert len(calls) == 1


@pytest.mark.parametrize("key", sorted(TRANSIENT))
def test_what_passes_is_tried_again(key):
    came = iter([HarvestError("no", key), HarvestError("no", key)])

    def once():
        for error in came:
            raise error
        return "here"

    assert tried(once, 4, lambda: 100.0) == "here"


def test_when_the_time_is_over_the_fault_is_what_it_was():
    assert fault(tried, lambda: _raise("server-error"), 4, iter([100.0, 5.0]).__next__).fault == (
        "server-error"
    )


def _raise(key):
    raise HarvestError("no", key)


def test_other_errors_pass_through():
    with pytest.raises(ZeroDivisionError):
        tried(lambda: 1 // 0, 4, lambda: 100.0)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None), ({"retry-after": ""}, None), ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None), ({"retry-after": "0"}, 0), ({"retry-after": "7"}, 7),
        ({"retry-after": "٧"}, None), ({"retry-after": LATER, "date": DATE}, 30),
        ({"retry-after": DATE, "date": LATER}, 0), ({"retry-after": EPOCH, "date": "x"}, 0),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, 999_999_999),
    ],
)  # fmt: skip
def test_what_a_server_wishes_is_read_in_both_forms(headers, wait):
    assert wait_wished(headers) == wait


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_wish_breaks_us(after, date):
    wished = wait_wished({"retry-after": after, "date": date})
    assert wished is None or 0 <= wished <= 999_999_999
