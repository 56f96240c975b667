"""When a source is harvested: what config.yml may say, and what is told of the rest."""

from datetime import time, timedelta

import pytest

from datasets import config
from datasets.errors import ConfigError
from harvesters import open_sources
from harvesters.sources.times import Window


def opened(folder, keys):
    path = folder / "config.yml"
    path.write_text(f"sources:\n- name: grad\n  kind: folder\n  path: x\n{keys}", encoding="utf-8")
    return open_sources(*config.load(path))[0]


@pytest.mark.parametrize(
    ("said", "is_"),
    [
        ("30m", timedelta(minutes=30)),
        ("6h", timedelta(hours=6)),
        ("1d", timedelta(days=1)),
        (" 2w", timedelta(weeks=2)),
        ('""', None),
    ],
)
def test_a_period_is_a_number_and_a_unit(tmp_path, said, is_):
    assert opened(tmp_path, f"  every: {said}\n").every == is_


@pytest.mark.parametrize("said", ["30", "1.5h", "0d", "day", "-1d", "1y", "P1D", "[1d]", "400d"])
def test_another_period_is_told_with_its_line(tmp_path, said):
    with pytest.raises(ConfigError, match=r"config\.yml:5: sources\.0\.every: must be a") as told:
        opened(tmp_path, f"  every: {said}\n")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "said",
    ["30 3 * * 1-5", "*/5 * * * *", "0 0 1,15 * *", "5/15 8-18/2 * jan-MAR sun", "0 0 30 2 mon"],
)
def test_a_cron_form_has_five_fields(tmp_path, said):
    assert opened(tmp_path, f"  cron: '{said}'\n").cron == said


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "@daily",
            "must have five fields (minute, hour, day of the month, month, day of the week)",
        ),
        ("0 30 3 * * *", "must have five fields"),
        ("60 * * * *", "has a minute of 60: it goes from 0 to 59"),
        ("0 24 * * *", "has a hour of 24: it goes from 0 to 23"),
        ("0 0 * * lundi", "has a day of the week of 'lundi': write 5, 1-5, */10 or 1,15"),
        ("0 0 * * L", "has a day of the week of L: it goes from 0 to 7"),
        ("0 0 5-1 * *", "has a day of the month of '5-1', which never comes"),
        ("*/0 * * * *", "has a minute of '*/0', which never comes"),
        ("0 0 31 feb,apr *", "names a day that never comes"),
    ],
)
def test_another_cron_form_is_told_with_what_is_wrong_in_it(tmp_path, said, told):
    with pytest.raises(ConfigError) as caught:
        opened(tmp_path, f"  cron: '{said}'\n")
    assert f"config.yml:5: sources.0.cron: {told}" in str(caught.value)


def test_a_window_may_go_over_midnight(tmp_path):
    window = opened(tmp_path, "  between: 22:00-6:30\n").between
    assert window == Window(time(22), time(6, 30))
    assert str(window) == "22:00-06:30"


@pytest.mark.parametrize("said", ["22-6", "25:00-06:00", "22:00-22:00", "22:00", "5"])
def test_another_window_is_told_with_its_line(tmp_path, said):
    with pytest.raises(ConfigError, match=r"config\.yml:5: sources\.0\.between: (must|begins)"):
        opened(tmp_path, f"  between: {said}\n")


def test_a_source_has_one_rhythm(tmp_path):
    with pytest.raises(ConfigError, match=r"config\.yml:6: sources\.0\.cron: stands beside"):
        opened(tmp_path, "  every: 1d\n  cron: 0 0 * * *\n")
