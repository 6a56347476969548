"""The watch and the daily run do not read what people were notified of years ago."""

from __future__ import annotations

import datetime as dt

import pytest
from itss import steps
from itss.hand_in.owed import Kind
from itss.register import Notice, notices
from itss.steps import watching
from itss.watch.matter import KINDS
from sqlite_work import sqlite_work
from watched import KEY, register, shanghai

NOW = shanghai(10, 20, 9)
DAILY: tuple[Kind, ...] = ("announce", "remind", "escalate", "refused")
PAST = [f"{year}-{month:02d}" for year in range(2016, 2026) for month in range(1, 13)]


def _notify_in_the_past() -> None:
    """Of everything, every month, each in a mail of its own that arrived."""
    at = dt.datetime(2016, 1, 1, tzinfo=dt.UTC)
    planned = [
        Notice(KEY, period, kind, "", "Manager", "a@example.com", f"<{kind} {period}>", at)
        for period in PAST
        for kind in (*DAILY, *KINDS)
    ]
    with register(at).writing() as desk:
        notices.plan(desk, planned)
        desk.session.flush()
        for one in planned:
            notices.record(desk, one.message_id, "accepted", "250 OK", at)


def _day() -> None:
    watching.watch(NOW)
    for kind in DAILY:
        steps.notify_of_data(kind, NOW)


@pytest.mark.usefixtures("mail")
def test_what_was_told_years_ago_is_not_read() -> None:
    _day()
    before = sqlite_work(_day)
    _notify_in_the_past()
    _day()  # puts on record that all of it is over
    assert 0 < sqlite_work(_day) <= before * 1.1
