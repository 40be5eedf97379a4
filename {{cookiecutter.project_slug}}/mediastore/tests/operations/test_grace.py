"""An upload that is on its way is told from what no row will ever name."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mediastore.backends.located import Stored
from mediastore.operations import grace


def stored(seconds_ago, zone):
    """A file as a storage gives it: with a time zone, or without one if `zone` is a name."""
    when = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    return Stored("a.jpg", 1, when.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if zone else when)


@pytest.mark.parametrize("zone", [None, "Pacific/Auckland", "America/New_York"])
def test_a_file_without_a_row_is_left_alone_for_a_minute(settings, zone):
    settings.TIME_ZONE = zone or settings.TIME_ZONE
    assert not grace.is_over(stored(30, zone)) and grace.is_over(stored(90, zone))


def test_waiting_ends_when_it_is_over(monkeypatch):
    slept = []
    monkeypatch.setattr(grace.time, "sleep", slept.append)
    grace.wait(stored(50, None))
    grace.wait(stored(3600, None))
    assert 9 < slept[0] <= 10 and slept[1] == 0
