"""`after`: which versions a report waits for, and what can never be waited for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from itss.report_list.after import after_faults, after_problems, awaited
from itss.report_list.loader import Loaded, load, load_one
from itss.report_list.models import Entry
from list_material import LIST

MONTH: Mapping[str, Any] = {"kind": "month", "schedule": "0 6 1 * *", "first": "2026-01-01"}
QUARTER: Mapping[str, Any] = {"kind": "quarter", "schedule": "0 6 1 1,4,7,10 *", "first": "2026-01-01"}
WEEK: Mapping[str, Any] = {"kind": "week", "schedule": "0 6 * * 1", "first": "2026-01-05"}
APRIL: Mapping[str, Any] = {**QUARTER, "year_starts": 4, "first": "2026-04-01"}
YEAR: Mapping[str, Any] = {"kind": "year", "schedule": "0 6 1 4 *", "year_starts": 4, "first": "2026-04-01"}


@pytest.fixture
def read(written: Path) -> Any:
    """Reads a list of the entries that are given: their key, and in what they are not like the first of the list."""

    def made(**entries: Mapping[str, Any]) -> Loaded:
        document = yaml.safe_load(LIST)
        first = document["reports"][0]
        document["reports"] = [first | {"key": key} | dict(more) for key, more in entries.items()]
        written.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        loaded = load(written)
        assert loaded.problems == ()
        return loaded

    return made


def waited(loaded: Loaded, key: str, label: str) -> list[str]:
    entries = {entry.key: entry for entry in loaded.list.reports}
    entry = entries[key]
    return [" ".join(one) for one in awaited(entry, entry.period.parse(label), entries.get)]


def problems(loaded: Loaded) -> list[str]:
    return [f"{problem.message} {problem.remedy}" for problem in after_problems(loaded)]


@pytest.mark.parametrize(
    ("own", "other", "label", "expected"),
    [
        (QUARTER, MONTH, "2026-Q3", "2026-07 2026-08 2026-09"),
        (QUARTER, {**MONTH, "first": "2026-09-01"}, "2026-Q3", "2026-09"),
        (QUARTER, {**MONTH, "first": "2027-01-01"}, "2026-Q3", ""),
        (MONTH, MONTH, "2026-09", "2026-09"),
        (APRIL, MONTH, "2026-04-Q4", "2027-01 2027-02 2027-03"),
        (YEAR, APRIL, "2026-04-FY", "2026-04-Q1 2026-04-Q2 2026-04-Q3 2026-04-Q4"),
        # a year from April is made of whole quarters of the calendar, too
        (YEAR, {**QUARTER, "first": "2026-04-01"}, "2026-04-FY", "2026-Q2 2026-Q3 2026-Q4 2027-Q1"),
        (WEEK, WEEK, "2026-W53", "2026-W53"),
    ],
)
def test_it_waits_for_the_periods_that_its_own_is_made_of(
    read: Any, own: Mapping[str, Any], other: Mapping[str, Any], label: str, expected: str
) -> None:
    loaded = read(other={"period": other}, own={"period": own, "after": "other"})
    assert problems(loaded) == []
    assert waited(loaded, "own", label) == [f"other {one}" for one in expected.split()]


def test_periods_after_the_end_of_the_other_report_are_not_waited_for(read: Any) -> None:
    loaded = read(other={"period": MONTH, "retired": "2026-08-31"}, own={"period": QUARTER, "after": ["other"]})
    assert waited(loaded, "own", "2026-Q3") == ["other 2026-07", "other 2026-08"]
    assert waited(loaded, "own", "2026-Q4") == []


def test_several_reports_are_waited_for(read: Any) -> None:
    loaded = read(one={"period": MONTH}, two={"period": QUARTER}, own={"period": QUARTER, "after": ["two", "one"]})
    assert waited(loaded, "own", "2026-Q1") == ["two 2026-Q1", "one 2026-01", "one 2026-02", "one 2026-03"]


@pytest.mark.parametrize(
    ("own", "other", "words"),
    [
        ({"period": MONTH, "after": "otter"}, {"period": MONTH}, "There is no report 'otter'. Did you mean 'other'?"),
        ({"period": MONTH, "after": "own"}, {"period": MONTH}, "'own' is this report itself."),
        ({"period": MONTH, "was": "once", "after": "once"}, {"period": MONTH}, "'once' is this report itself."),
        ({"period": MONTH, "after": "was"}, {"period": MONTH, "was": "was"}, "'was' is called 'other' now."),
        ({"period": MONTH, "after": ["other", "other"]}, {"period": MONTH}, "'other' is written twice here."),
        ({"period": MONTH, "after": "other"}, {"period": WEEK}, "are of one week each, and do not make up 2026-01."),
        ({"period": MONTH, "after": "other"}, {"period": QUARTER}, "are of one quarter each, and do not make up"),
        (
            {"period": QUARTER, "after": "other"},
            {"period": {**QUARTER, "schedule": "0 6 1 2,5,8,11 *", "year_starts": 2, "first": "2026-02-01"}},
            "are of one quarter each (years begin in month 2), and do not make up 2026-Q1.",
        ),
        (
            {"period": MONTH, "after": "other"},
            {"period": {**MONTH, "timezone": "Europe/Berlin"}},
            "are those of Europe/Berlin, and this report's of Asia/Shanghai.",
        ),
        (
            {"period": MONTH, "after": "other"},
            {"period": {**MONTH, "due_working_days": 8}},
            "'other' of 2026-01 is due on 2026-02-11 18:00, later than this report of 2026-01",
        ),
        (
            {"period": MONTH, "after": "other"},
            {"period": MONTH, "after": "own"},
            "The reports wait for each other in a circle: own → other → own.",
        ),
    ],
)
def test_what_would_never_come_or_too_late_is_refused(
    read: Any, own: Mapping[str, Any], other: Mapping[str, Any], words: str
) -> None:
    loaded = read(other=other, own=own)
    assert any(words in one for one in problems(loaded)), problems(loaded)
    entries: dict[str, Entry] = {entry.key: entry for entry in loaded.list.reports}
    assert [*after_faults(entries["own"], entries.get)], "and so does the run that would open it"


def test_weeks_make_up_no_month_also_where_they_make_up_the_first(read: Any) -> None:
    """February 2027 is four whole weeks from Monday to Sunday."""
    month = {"period": {**MONTH, "first": "2027-02-01"}, "after": "weekly"}
    (said,) = problems(read(monthly=month, weekly={"period": WEEK}))
    assert "do not make up 2027-03" in said


def test_it_may_be_due_at_the_same_moment(read: Any) -> None:
    assert problems(read(other={"period": MONTH}, own={"period": MONTH, "after": "other"})) == []


def test_a_circle_of_three_is_found_from_each_of_them(read: Any) -> None:
    loaded = read(
        one={"period": MONTH, "after": "two"},
        two={"period": MONTH, "after": "three"},
        three={"period": MONTH, "after": "one"},
        apart={"period": MONTH, "after": "one"},
    )
    assert [one.split(": ")[1].split(".")[0] for one in problems(loaded)] == [
        "one → two → three → one",
        "two → three → one → two",
        "three → one → two → three",
    ]


def test_a_problem_is_at_the_line_of_the_key(read: Any, written: Path) -> None:
    loaded = read(own={"period": MONTH, "after": ["nobody"]})
    (problem,) = after_problems(loaded)
    assert written.read_text().splitlines()[problem.line - 1].strip().startswith(("after:", "- nobody"))


def _for_customers(written: Path, more: Mapping[str, Any], *, other: Mapping[str, Any] | None = None) -> Loaded:
    document = yaml.safe_load(LIST)
    first = document["reports"][0]
    each = {"for_each": "customers.yaml"}
    document["reports"] = [
        first | {"key": "monthly", "period": MONTH} | (each if other is None else dict(other)),
        first | {"key": "quarterly", "period": QUARTER} | each | dict(more),
        first | {"key": "of_nobody", "period": QUARTER} | dict(more),
    ]
    customers = [{"key": key, "title": {"zh-CN": key, "en": key}} for key in ("acme", "bolt")]
    customers[1]["first"] = "2026-04-01"  # type: ignore[assignment]
    (written.parent / "customers.yaml").write_text(yaml.safe_dump({"customers": customers}), encoding="utf-8")
    written.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return load(written)


def test_a_report_of_a_customer_waits_for_that_of_the_same_customer(written: Path) -> None:
    loaded = _for_customers(written, {"after": "monthly"})
    assert waited(loaded, "quarterly.acme", "2026-Q2") == [f"monthly.acme 2026-0{month}" for month in (4, 5, 6)]
    assert waited(loaded, "quarterly.bolt", "2026-Q2") == [f"monthly.bolt 2026-0{month}" for month in (4, 5, 6)]
    assert waited(loaded, "quarterly.bolt", "2026-Q1") == []
    (said,) = problems(loaded)
    assert said.startswith("'monthly' is made for each of 2 customers, and this report is of none of them. Name the")
    alone = load_one(written, "quarterly.acme").list.reports[0]
    assert alone.after == ("monthly",)


def test_it_may_wait_for_one_that_is_no_customers(written: Path) -> None:
    loaded = _for_customers(written, {"after": "monthly"}, other={})
    assert problems(loaded) == []
    assert waited(loaded, "quarterly.acme", "2026-Q1") == [f"monthly 2026-0{month}" for month in (1, 2, 3)]


def test_it_waits_for_no_other_customers_report(written: Path) -> None:
    loaded = _for_customers(written, {"after": "monthly.acme"})
    (said,) = problems(loaded)
    assert said.startswith("'monthly.acme' is a report of another customer. Write 'monthly'")


def test_when_names_an_asset_and_nothing_else(read: Any) -> None:
    loaded = read(own={"period": MONTH, "when": {"asset": "itsm_loaded"}, "start_within": "2h"})
    when = loaded.list.entry("own").when
    assert when is not None
    assert when.asset == "itsm_loaded"


@pytest.mark.parametrize(
    "wrong", ["itsm_loaded", {}, {"asset": ""}, {"asset": " x"}, {"asset": "x", "cron": "* * * * *"}]
)
def test_a_when_of_another_shape_is_refused(written: Path, wrong: Any) -> None:
    document = yaml.safe_load(LIST)
    document["reports"][0]["when"] = wrong
    written.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    assert {problem.where.partition(".when")[1] for problem in load(written).problems} == {".when"}


def test_due_days_are_compared_through_a_whole_year(read: Any) -> None:
    """Working days of two countries: only in October, with seven holidays in China, does the other one come later."""
    loaded = read(
        other={"period": {**MONTH, "holidays": "CN", "due_working_days": 3}},
        own={"period": {**MONTH, "holidays": "SG", "due_working_days": 5}, "after": "other"},
    )
    (said,) = problems(loaded)
    assert said.startswith("'other' of 2026-09 is due on 2026-10-1")
