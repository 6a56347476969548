"""The form that triggers a report: what Airflow refuses by it, before there is a run."""

from __future__ import annotations

import datetime as dt
import itertools
import re

import pytest
from airflow.sdk import ParamsDict
from airflow.sdk.exceptions import ParamValidationError
from itss.errors import PeriodError
from itss.flow.run_form import run_form
from itss.periods import parse_period
from itss.report_list.entry_parts import ReportPeriod

KINDS = ["week", "month", "quarter", "half_year", "year"]
RIGHT = {
    ("week", 1): ["2026-W01", "2026-W53"],
    ("month", 1): ["2026-01", "2026-09", "2026-12"],
    ("month", 4): ["2026-04"],
    ("quarter", 1): ["2026-Q4"],
    ("quarter", 4): ["2026-04-Q1"],
    ("half_year", 1): ["2026-H2"],
    ("half_year", 4): ["2026-04-H1"],
    ("year", 1): ["2026"],
    ("year", 4): ["2026-04-FY"],
}
WRONG = [
    "2026-13",
    "2026-00",
    "2026-9",
    "202609",
    "2026-W54",
    "2026-W00",
    "2026-Q5",
    "2026-04-Q5",
    "2026-H3",
    "26",
    "x",
]
WRONG += [" 2026-09", "2026-09 or so", "２０２６-09", "2026-13-Q1"]


def rule(kind: str, year_starts: int = 1) -> ReportPeriod:
    given = {"kind": kind, "timezone": "Asia/Shanghai", "schedule": "0 6 1 * *", "due_working_days": 5}
    return ReportPeriod.model_validate(
        given | {"due_time": "18:00", "holidays": "CN", "first": "2026-04-01", "year_starts": year_starts}
    )


def is_taken(of: ReportPeriod, name: str, value: object) -> bool:
    form = ParamsDict(run_form(of))
    try:
        form[name] = value
        form.validate()
    except ParamValidationError:
        return False
    return True


@pytest.mark.parametrize(("kind", "starts"), RIGHT)
def test_a_label_is_taken_by_its_own_kind_alone(kind: str, starts: int) -> None:
    labels = {label for known in RIGHT.values() for label in known}
    own = set(itertools.chain(*(known for (one, year), known in RIGHT.items() if one == kind and year == starts)))
    if kind == "month":  # they do not ask in which month a year begins
        own = {*RIGHT["month", 1], *RIGHT["month", 4]}
    assert {label for label in labels if is_taken(rule(kind, starts), "period", label)} == own
    assert not [label for label in WRONG if is_taken(rule(kind, starts), "period", label)]


@pytest.mark.parametrize(("kind", "starts"), itertools.product(KINDS, (1, 4)))
def test_what_the_form_refuses_could_not_be_read_either(kind: str, starts: int) -> None:
    """Over all labels of a year's shape: the form takes what `open` can read (a 53rd week it may lack)."""
    parts = ["", *(f"-{n:02d}" for n in range(15)), *(f"-W{n:02d}" for n in range(56))]
    parts += [f"-{m}{letter}{n}" for m in ("", "04-", "05-") for letter in "QH" for n in range(6)] + ["-04-FY", "-FY"]
    for part in parts:
        label = f"2026{part}"
        try:
            parse_period(label, kind, "UTC", starts)  # type: ignore[arg-type]
            can_be_read = True
        except PeriodError:
            can_be_read = False
        assert is_taken(rule(kind, starts), "period", label) == can_be_read, label


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_need_be_filled_in_and_the_words_are_in_both_languages(kind: str) -> None:
    of = rule(kind)
    for empty in (None, ""):
        assert is_taken(of, "period", empty)
    assert is_taken(of, "revision", None)
    assert run_form(of)["use_todays_form"].value is False
    for field in run_form(of).values():
        said = str(field.description)
        assert "留空" in said
        assert "empty" in said
    period = run_form(of)["period"]
    (example,) = re.findall(r"written like ([^;,]+);", str(period.description))
    assert is_taken(of, "period", example)
    assert parse_period(period.schema["examples"][0], of.kind, of.timezone).first_day <= dt.date(2026, 4, 1)


def test_a_revision_is_a_number_from_one() -> None:
    assert [number for number in (0, 1, 7, -1, "2", 1.5) if is_taken(rule("month"), "revision", number)] == [1, 7]


def test_todays_form_is_ticked_or_not() -> None:
    of = rule("month")
    taken = [value for value in (True, False, "true", 1, None) if is_taken(of, "use_todays_form", value)]
    assert taken == [True, False]
