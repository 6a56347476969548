"""Which reports were due, and which of them were delivered."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from itss.errors import SourceError
from itss.processes import PROCESSES
from itss.report_list.loader import load
from itss.sources.register_source import collect_register, collect_reporting

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
    owed = [(key, m) for key in ("customer_monthly", "improvement_monthly", "internal_monthly") for m in months]
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
    ids = {f"{key}_monthly 2026-04" for key in ("customer", "improvement", "internal")}
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


def items(*rows):
    """Rows as `Register.improvement_rows` gives them; instants as ``MM-DD`` of 2026, at noon in UTC."""
    columns = ["key", "report", "title", "owner", "state", "opened_at", "due_at", "closed_at", "result"]
    frame = pd.DataFrame([dict(zip(columns, row, strict=True)) for row in rows], columns=columns)
    frame["moves"] = [()] * len(frame)
    for name in ("opened_at", "due_at", "closed_at"):
        frame[name] = pd.to_datetime("2026-" + frame[name].astype("str") + "T12:00Z", errors="coerce", utc=True)
    return frame


JUNE = dt.datetime(2026, 5, 31, 16, tzinfo=dt.UTC), dt.datetime(2026, 6, 30, 16, tzinfo=dt.UTC)
ITEMS = (
    ("a-1", "customer_monthly", "closed in time", "report_author", "done", "05-10", "06-20", "06-15", "ok"),
    ("a-2", "customer_monthly", "closed too late", "report_author", "done", "05-10", "06-10", "06-15", "ok"),
    ("a-3", "customer_monthly", "never closed", "process_manager", "open", "05-10", "06-10", None, ""),
    ("b-1", "internal_monthly", "closed after the period", "gone", "done", "06-12", "06-25", "07-02", "ok"),
    ("b-2", "internal_monthly", "not due yet", "process_manager", "open", "06-12", "09-30", None, ""),
    ("b-3", "internal_monthly", "withdrawn", "process_manager", "cancelled", "06-12", "06-28", "06-20", "not needed"),
    ("c-1", "customer_monthly", "raised after the period", "report_author", "open", "07-10", "07-20", None, ""),
)


def test_items_are_as_they_stood_when_the_period_ended(report_list):
    frame = collect_register("improvement", report_list, items(*ITEMS), *JUNE).set_index("id")
    assert list(frame.index) == ["a-1", "a-2", "a-3", "b-1", "b-2", "b-3"]
    late = frame.loc["b-1"]
    assert (late["state"], late["owner"], late["is_cancelled"]) == ("open", "gone", False)
    assert pd.isna(late["closed_at"])
    assert pd.isna(late["action"])
    assert (frame.loc["a-1", "owner"], frame.loc["a-1", "action"]) == ("报告编制人 Report author", "ok")
    assert frame.loc["b-3", "is_cancelled"]


def test_a_date_moved_before_the_end_is_beside_the_first_one_which_judges(report_list):
    rows = items(*ITEMS[:3])
    in_june, in_july = (dt.datetime(2026, month, 5, tzinfo=dt.UTC) for month in (6, 7))
    to_august, to_september = (dt.datetime(2026, month, 30, tzinfo=dt.UTC) for month in (8, 9))
    rows["moves"] = [(), ((in_june, to_august), (in_july, to_september)), ((in_july, to_september),)]
    frame = collect_register("improvement", report_list, rows, *JUNE).set_index("id")
    assert frame["due_at"].dt.strftime("%m-%d").to_dict() == {"a-1": "06-20", "a-2": "06-10", "a-3": "06-10"}
    assert frame["due_moved_at"].dropna().to_dict() == {"a-2": to_august}


def test_the_figures_of_improvements_by_hand(report_list):
    from itss.agreements.loader import load_agreements
    from itss.measures.compute import measure_all
    from itss.periods import parse_period

    agreement = load_agreements(LIST.parent / "agreements").agreements["improvement_kpi"]
    rows = {"improvement": collect_register("improvement", report_list, items(*ITEMS), *JUNE)}
    period = parse_period("2026-06", "month", "Asia/Shanghai")
    process = {"improvement": PROCESSES["improvement"]}
    figures = measure_all(rows, process, period, agreement, ("report",), 2).figures
    whole = figures[figures["dimension"] == ""].set_index("measure")
    # due in June: a-1, a-2, a-3 and b-1 (b-3 was withdrawn); in time a-1 alone
    rate = whole.loc["on_time_improvement"]
    assert (rate["numerator"], rate["denominator"], rate["value"], rate["status"]) == (1, 4, 0.25, "missed")
    assert whole.loc["opened", "value"] == 2  # b-1 and b-2; b-3 was withdrawn
    assert whole.loc["closed", "value"] == 2  # a-1 and a-2
    assert whole.loc["improvements_open", "value"] == 3  # a-3, b-1, b-2
    assert whole.loc["improvements_overdue", "value"] == 2  # a-3, b-1
    parts = figures[(figures["dimension"] == "report") & (figures["measure"] == "on_time_improvement")]
    assert dict(zip(parts["member"], parts["value"], strict=True)) == {
        "customer_monthly": pytest.approx(1 / 3),
        "internal_monthly": 0.0,
    }


def test_nothing_raised_yet_is_no_row_and_other_processes_are_refused(report_list):
    assert collect_register("improvement", report_list, items(), *JUNE).empty
    assert collect_register("improvement", report_list, None, *JUNE).empty
    with pytest.raises(SourceError, match="'incident'"):
        collect_register("incident", report_list, None, *JUNE)
