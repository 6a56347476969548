"""Which reports were due, and which of them were delivered."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from itss.report_list.loader import load
from itss.sources.register_source import collect_reporting

LIST = Path(__file__).resolve().parents[3] / "include" / "report_list.yaml"
QUARTER = dt.datetime(2026, 3, 31, 16, tzinfo=dt.UTC), dt.datetime(2026, 6, 30, 16, tzinfo=dt.UTC)


@pytest.fixture
def report_list():
    loaded = load(LIST)
    assert not loaded.problems
    return loaded.list


def delivered(*rows):
    columns = ["report", "period", "due_at", "delivered_at", "revision", "status"]
    return pd.DataFrame([dict(zip(columns, row, strict=True)) for row in rows], columns=columns)


def test_every_report_that_was_due_has_a_row_though_none_was_made(report_list):
    frame = collect_reporting(report_list, delivered(), *QUARTER)
    # due in April, May and June 2026: the months before, and for the quarterly one the first quarter
    months = ["2026-03", "2026-04", "2026-05"]
    owed = [("customer_monthly", m) for m in months] + [("internal_monthly", m) for m in months]
    owed.append(("on_time_delivery_quarterly", "2026-Q1"))
    assert list(zip(frame["report"], frame["period"], strict=True)) == sorted(owed)
    assert frame["delivered_at"].isna().all()
    assert set(frame["status"]) == {"missing"}


def test_due_days_are_working_days_in_china(report_list):
    frame = collect_reporting(report_list, None, *QUARTER).set_index("id")
    # 1 to 5 May 2026 are holidays (Labour Day), Saturday 9 May is worked: 6, 7, 8, 9 and 11 May are five working days
    assert frame.loc["customer_monthly 2026-04", "due_at"] == pd.Timestamp("2026-05-11T10:00Z")
    # 1, 2, 3 April, then Tomb-Sweeping Day 5 April (Sunday), observed on Monday 6: 7 and 8 April
    assert frame.loc["customer_monthly 2026-03", "due_at"] == pd.Timestamp("2026-04-08T10:00Z")


def test_the_first_delivery_counts(report_list):
    late, early = pd.Timestamp("2026-05-20T00:00Z"), pd.Timestamp("2026-05-08T00:00Z")
    due = pd.Timestamp("2026-05-11T10:00Z")
    rows = delivered(
        ("customer_monthly", "2026-04", due, late, 3, "sealed"),
        ("customer_monthly", "2026-04", due, pd.NaT, 1, "returned"),
        ("customer_monthly", "2026-04", due, early, 2, "superseded"),
        ("someone_elses", "2026-04", due, early, 1, "sealed"),
    )
    row = collect_reporting(report_list, rows, *QUARTER).set_index("id").loc["customer_monthly 2026-04"]
    assert (row["delivered_at"], row["revision"], row["status"]) == (early, 2, "superseded")


def test_a_report_is_not_owed_before_its_first_period(report_list):
    first_half = collect_reporting(report_list, None, dt.datetime(2025, 1, 1, tzinfo=dt.UTC), QUARTER[1])
    assert first_half["period"].min() == "2026-01"


def test_half_open_at_both_ends(report_list):
    due = dt.datetime(2026, 5, 11, 10, tzinfo=dt.UTC)
    ids = {"customer_monthly 2026-04", "internal_monthly 2026-04"}
    assert set(collect_reporting(report_list, None, due, due + dt.timedelta(seconds=1))["id"]) == ids
    assert collect_reporting(report_list, None, due - dt.timedelta(days=1), due).empty


def test_data_handed_in_is_counted_against_the_working_day_before_the_report(report_list):
    # due on 11 May 2026, a Monday after a worked Saturday: the data by Saturday 9 May, 18:00 in Shanghai
    entry = report_list.entry("customer_monthly")
    in_time, late = pd.Timestamp("2026-05-09T10:00Z"), pd.Timestamp("2026-05-09T10:00:01Z")
    submitted = dict.fromkeys(entry.data_source, in_time) | {"incident": late}
    del submitted["change"]
    rows = delivered(("customer_monthly", "2026-04", None, None, 1, "open")).assign(submitted=[submitted])
    frame = collect_reporting(report_list, rows, *QUARTER).set_index("id")
    row, never = frame.loc["customer_monthly 2026-04"], frame.loc["customer_monthly 2026-05"]
    assert row["submissions_due_at"] == in_time
    assert (row["submissions_due"], row["submissions_on_time"]) == (len(entry.data_source), len(entry.data_source) - 2)
    assert (never["submissions_due"], never["submissions_on_time"]) == (len(entry.data_source), 0)
