"""When a source is due: rhythms, windows, nights on which the clock of Belgrade changes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from harvesters.folder import Folder
from harvesters.sources.times import FIELDS, _cron
from publish.harvests.schedule import Standing, due, next_run

BELGRADE = ZoneInfo("Europe/Belgrade")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SPRING, AUTUMN = "2026-03-29", "2026-10-25"  # 2:00 is 3:00, and 3:00 is 2:00 again


def source(name="grad", **keys):
    return Folder.model_validate({"name": name, "kind": "folder", "path": ".", **keys})


def at(said):
    """A moment as a clock in Belgrade shows it."""
    return datetime.fromisoformat(said).replace(tzinfo=BELGRADE).astimezone(UTC)


def shown(moment):
    return f"{moment.astimezone(BELGRADE):%Y-%m-%d %H:%M %Z}"


def fired(one, start, end, step=MINUTE, **standing):
    """The moments at which a job is made by a planner that looks each minute, and its slots."""
    now, last, found = start, standing.pop("last", start - MINUTE), []
    while now <= end:
        slot = due(one, Standing(last=last, **standing), now, BELGRADE)
        if slot:
            found.append((now, slot))
            last = now
        now += step
    assert len({slot for _, slot in found}) == len(found)
    return [shown(moment) for moment, _ in found]


def test_a_source_without_a_rhythm_is_never_due():
    assert due(source(between="22:00-06:00"), Standing(), at("2026-05-01 23:00"), BELGRADE) is None


def test_a_source_that_was_never_harvested_is_due_at_once():
    for keys in ({"every": "1w"}, {"cron": "0 3 1 * *"}):
        now = at("2026-05-12 12:00")
        assert due(source(**keys), Standing(), now, BELGRADE)
        assert next_run(source(**keys), Standing(), now, BELGRADE) == now


def test_it_waits_for_its_window_even_then():
    one = source(every="1d", between="22:00-06:00")
    now = at("2026-05-12 12:00")
    assert due(one, Standing(), now, BELGRADE) is None
    assert next_run(one, Standing(), now, BELGRADE) == at("2026-05-12 22:00")


def test_two_planners_name_the_same_slot():
    one = source(every="6h")
    first, second = at("2026-05-12 12:00"), at("2026-05-12 12:00") + MINUTE
    assert due(one, Standing(), first, BELGRADE) == due(one, Standing(), second, BELGRADE)


def test_a_period_comes_once_and_on_time():
    one, start = source(every="6h"), at("2026-05-12 00:00")
    moments = fired(one, start, start + 4 * DAY)
    assert len(moments) == 16
    assert len({moment[11:] for moment in moments}) == 4


def test_sources_of_one_period_are_spread_over_it():
    now = at("2026-05-12 12:00")
    slots = {
        due(source(name, every="1d"), Standing(), now, BELGRADE) for name in ("aa", "bb", "cc")
    }
    assert len(slots) == 3


def test_a_machine_that_slept_makes_good_one_run():
    for keys in ({"every": "1h"}, {"cron": "0 * * * *"}):
        awake = at("2026-05-12 12:30")
        moments = fired(source(**keys), awake, awake + 2 * HOUR, last=awake - 9 * DAY)
        assert moments[0] == "2026-05-12 12:30 CEST"
        assert len(moments) == 3


def test_a_job_by_hand_counts():
    one = source(cron="0 3 * * *")
    by_hand = Standing(last=at("2026-05-12 04:00"))
    assert due(one, by_hand, at("2026-05-12 23:00"), BELGRADE) is None
    assert next_run(one, by_hand, at("2026-05-12 23:00"), BELGRADE) == at("2026-05-13 03:00")


def test_nothing_is_due_while_a_job_is_open():
    one, now = source(every="1h"), at("2026-05-12 12:00")
    assert due(one, Standing(last=now - DAY, is_open=True), now, BELGRADE) is None
    assert next_run(one, Standing(is_open=True), now, BELGRADE) is None


@pytest.mark.parametrize(("every", "days"), [("1h", 1), ("1d", 1), ("1w", 7)])
def test_a_paused_source_is_tried_once_a_day_or_at_its_own_slower_rhythm(every, days):
    one, start = source(every=every), at("2026-05-04 00:00")
    moments = fired(one, start, start + 21 * DAY, 10 * MINUTE, is_paused=True, last=start)
    gaps = [
        b - a for a, b in pairwise(datetime.strptime(m[:16], "%Y-%m-%d %H:%M") for m in moments)
    ]
    assert all(DAY * days <= gap <= DAY * days + 10 * MINUTE for gap in gaps)
    assert len(moments) >= 21 // days - 1


def test_a_window_holds_back_what_is_due_outside_it():
    one = source(cron="0 12 * * *", between="22:00-06:00")
    moments = fired(
        one, at("2026-05-12 11:00"), at("2026-05-14 11:00"), last=at("2026-05-12 10:00")
    )
    assert moments == ["2026-05-12 22:00 CEST", "2026-05-13 22:00 CEST"]


def test_an_hourly_source_runs_only_within_its_window():
    one = source(cron="0 * * * *", between="22:00-02:00")
    moments = fired(
        one, at("2026-05-12 03:00"), at("2026-05-13 03:00"), last=at("2026-05-12 02:30")
    )
    # 22:00 makes good one of those of the day; the window is closed at 2:00
    assert [moment[11:16] for moment in moments] == ["22:00", "23:00", "00:00", "01:00"]


@pytest.mark.parametrize(
    ("night", "cron", "fires"),
    [
        (SPRING, "30 2 * * *", ["03:00 CEST"]),  # there is no 2:30
        (SPRING, "0 2 * * *", ["03:00 CEST"]),
        (SPRING, "30 3 * * *", ["03:30 CEST"]),
        (SPRING, "30 1 * * *", ["01:30 CET"]),
        (AUTUMN, "30 2 * * *", ["02:30 CEST"]),  # and not again an hour later
        (AUTUMN, "0 3 * * *", ["03:00 CET"]),
        (AUTUMN, "30 1 * * *", ["01:30 CEST"]),
        (SPRING, "30 * * * *", ["00:30 CET", "01:30 CET", "03:30 CEST", "04:30 CEST"]),
        (AUTUMN, "30 * * * *",
         ["00:30 CEST", "01:30 CEST", "02:30 CEST", "02:30 CET", "03:30 CET", "04:30 CET"]),
    ],
)  # fmt: skip
def test_on_the_nights_when_the_clock_changes_a_cron_form_fires_as_debian_does(night, cron, fires):
    moments = fired(source(cron=cron), at(f"{night} 00:00"), at(f"{night} 04:59"))
    assert [moment[11:] for moment in moments] == fires


@pytest.mark.parametrize("night", [SPRING, AUTUMN])
@pytest.mark.parametrize(
    "keys", [{"every": "1d"}, {"cron": "15 2 * * *"}, {"cron": "45 2 * * sun"}]
)
def test_a_source_of_that_night_is_harvested_once(night, keys):
    start = at(f"{night} 00:00") - 12 * HOUR
    assert len(fired(source(**keys), start, start + 24 * HOUR)) == 1


@pytest.mark.parametrize("night", [SPRING, AUTUMN])
@pytest.mark.parametrize("window", ["02:00-03:00", "02:15-02:45", "01:30-02:30", "22:00-06:00"])
def test_a_window_of_that_night_opens_once(night, window):
    one, noon = source(cron="0 12 * * *", between=window), at(f"{night} 12:00") - DAY
    moments = fired(one, noon - HOUR, noon + 23 * HOUR, last=noon - DAY + HOUR)
    assert len(moments) == 1


def test_a_window_that_the_night_leaves_out_is_right_after_the_change():
    one = source(cron="0 12 * * *", between="02:00-03:00")
    late = next_run(one, Standing(last=at("2026-03-27 13:00")), at("2026-03-28 13:00"), BELGRADE)
    assert shown(late) == "2026-03-29 03:00 CEST"


def test_a_leap_day_and_a_form_without_a_moment_in_years():
    leap, rare = source(cron="0 0 29 2 *"), source(cron="0 0 29 2 */7")
    stands = Standing(last=at("2024-03-01 00:00"))
    assert next_run(leap, stands, at("2026-05-12 00:00"), BELGRADE) == at("2028-02-29 00:00")
    assert due(leap, stands, at("2028-03-02 00:00"), BELGRADE) == "2028-02-28T23:00Z"
    assert due(rare, stands, at("2028-02-28 00:00"), BELGRADE) is None


def terms(field):
    number = st.integers(field.least, field.most).map(str)
    spans = st.tuples(number, number).map(lambda two: "-".join(sorted(two, key=int)))
    words = st.sampled_from(field.words) if field.words else st.nothing()
    term = st.one_of(st.just("*"), number, spans, words)
    stepped = st.tuples(term, st.integers(1, 40)).map(lambda two: f"{two[0]}/{two[1]}")
    return st.lists(st.one_of(term, stepped), min_size=1, max_size=3).map(",".join)


@given(st.tuples(*map(terms, FIELDS)).map(" ".join))
def test_what_config_takes_for_a_cron_form_is_one(form):
    try:
        _cron(form)
    except ValueError as error:
        assert "never comes" in str(error)
    else:
        CronSim(form, datetime(2026, 1, 1, tzinfo=BELGRADE))
