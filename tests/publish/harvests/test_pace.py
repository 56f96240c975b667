"""The rate of a harvest, and the time that is left: measured, or not said."""

from publish.harvests.pace import Pace
from publish.harvests.work import Progress


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def items(pace, clock, times, each_s, found=1000):
    for _ in range(times):
        clock.now += each_s
        pace.received += 1
        pace.note(Progress("items", pace.done + 1, found))


def test_nothing_is_promised_before_a_rate_is_known():
    clock = Clock()
    pace = Pace(clock)
    assert pace.words() == "? left"
    items(pace, clock, 2, 10)
    assert pace.words() == "? left"


def test_records_that_needed_no_work_do_not_hurry_the_rest():
    clock = Clock()
    pace = Pace(clock)
    clock.now += 1
    pace.note(Progress("gather", 1000, 1000))
    pace.received = 940  # unchanged, all at once
    items(pace, clock, 10, 2)
    assert (pace.done, pace.left) == (10, 50)
    assert pace.words() == "0.5/s, 0:01:40 left"


def test_what_a_killed_run_gathered_is_not_this_runs_pace():
    clock = Clock()
    pace = Pace(clock)
    for found in (50_100, 50_200, 50_300):
        pace.note(Progress("gather", found, 60_000))
        clock.now += 10
    assert pace.done == 200
    assert pace.words() == "6.7/s, 0:24:15 left"


def test_a_source_that_does_not_say_how_much_it_has_has_no_end_in_sight():
    clock = Clock()
    pace = Pace(clock)
    for found in (100, 200, 300):
        pace.note(Progress("gather", found))
        clock.now += 5
    assert pace.words() == "13/s, ? left"
