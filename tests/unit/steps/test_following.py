"""Which items to improve a report tells of, and as what: by its period, whenever it is made."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from itss.archive.folder import RevisionFolder
from itss.register import Improvement
from itss.settings import settings
from itss.steps.following import followed, keep, kept, still_open
from itss.steps.job import Job, plan

NOW = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
ITEM = Improvement(  # raised in October by the review of September's report
    title="x",
    owner="report_author",
    due_on=dt.date(2026, 11, 20),
    key="customer_monthly-2026-09-1",
    report="customer_monthly",
    period="2026-09",
    raised_on=dt.date(2026, 10, 12),
    zone="Asia/Shanghai",
    state="open",
    closed_at=None,
    closed_by="",
    result="",
)
# the last second of November and the first of December in Shanghai
LAST, FIRST = (dt.datetime(2026, 11, 30, 15, 59, 59, tzinfo=dt.UTC), dt.datetime(2026, 11, 30, 16, tzinfo=dt.UTC))


def job(report: str, period: str) -> Job:
    return plan(settings(), report, period, NOW)


def states(report: str, period: str, item: Improvement) -> list[str]:
    return [line.state for line in followed(job(report, period), [item]) if not line.is_past]


@pytest.mark.parametrize(
    ("period", "expected"),
    [("2026-08", []), ("2026-09", []), ("2026-10", ["open"]), ("2026-11", ["overdue"]), ("2027-01", ["overdue"])],
)
def test_an_open_item_stands_in_every_later_report(period: str, expected: list[str]) -> None:
    assert states("customer_monthly", period, ITEM) == expected


def test_it_is_due_until_the_end_of_its_day() -> None:
    assert states("customer_monthly", "2026-11", replace(ITEM, due_on=dt.date(2026, 11, 30))) == ["overdue"]
    assert states("customer_monthly", "2026-11", replace(ITEM, due_on=dt.date(2026, 12, 1))) == ["open"]


@pytest.mark.parametrize(
    ("closed_at", "expected"),
    [(LAST, {"2026-10": ["open"], "2026-11": ["done"], "2026-12": []}),
     (FIRST, {"2026-10": ["open"], "2026-11": ["overdue"], "2026-12": ["done"], "2027-01": []})],
    ids=["closed in November", "closed in December"],
)  # fmt: skip
def test_a_closed_one_is_told_once_with_its_result(closed_at: dt.datetime, expected: dict[str, list[str]]) -> None:
    closed = replace(ITEM, state="done", closed_at=closed_at, closed_by="clerk", result="installed")
    assert {period: states("customer_monthly", period, closed) for period in expected} == expected
    (line,) = followed(job("customer_monthly", "2026-11"), [closed])
    assert line.result == ("installed" if closed_at == LAST else "")


def test_a_past_one_is_kept_as_the_last_that_was_done_but_not_in_an_improvement_report() -> None:
    closed = replace(ITEM, state="done", closed_at=LAST, closed_by="clerk", result="installed")
    (line,) = followed(job("customer_monthly", "2026-12"), [closed])
    assert (line.is_past, line.state, line.result) == (True, "done", "installed")
    assert followed(job("improvement_monthly", "2026-12"), [closed]) == []


def test_another_report_tells_of_its_own_items_and_the_improvement_report_of_all() -> None:
    assert states("internal_monthly", "2026-10", ITEM) == []
    assert states("improvement_monthly", "2026-10", ITEM) == ["open"]
    assert states("improvement_monthly", "2026-09", ITEM) == [], "it was not raised yet"


def test_what_is_written_down_is_read_back(tmp_path: Path) -> None:
    here = replace(job("customer_monthly", "2026-11"), folder=RevisionFolder(tmp_path))
    assert kept(here) == ()
    closed = replace(ITEM, state="done", closed_at=LAST, result="ok")
    keep(here, [ITEM, closed])
    assert list(kept(here)) == followed(here, [ITEM, closed])
    assert kept(here)[1].closed_on == dt.date(2026, 11, 30)


def test_a_meeting_sees_what_is_open_today() -> None:
    (line,) = still_open([ITEM], dt.date(2026, 11, 21))
    assert line.state == "overdue"
    (line,) = still_open([ITEM], dt.date(2026, 11, 20))
    assert line.state == "open"
