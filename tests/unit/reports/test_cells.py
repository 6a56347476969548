"""Figures in words: units, precision against a target, changes."""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from itss.periods import parse_period
from itss.reports import catalogue
from itss.reports.cells import Cells


@pytest.fixture(scope="module")
def en() -> Cells:
    return Cells(catalogue.load("en"), "Asia/Shanghai")


@pytest.fixture(scope="module")
def zh() -> Cells:
    return Cells(catalogue.load("zh-CN"), "Asia/Shanghai")


def test_units_in_words(en: Cells, zh: Cells) -> None:
    assert en.number(0.9124, "share").text == "91.2%"
    assert zh.number(7.84, "h").text == "7.8 小时"
    assert en.number(12345, "count").text == "12,345"
    assert en.number(34.13, "count").text == "34.1"
    assert en.number(None, "h").text == "–"


def test_nearly_all_is_not_all_and_hardly_any_is_not_none(en: Cells) -> None:
    shown = {
        0.9996: "99.96%",
        0.99999: "99.999%",
        0.9999999: "100.0000%",
        0.9994: "99.9%",
        1.0: "100.0%",
        0.0004: "0.04%",
    }
    assert {value: en.plain(value, "share") for value in shown} == shown
    assert en.plain(0.0, "share") == "0.0%"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1 / 22, "count", "0.05"),
        (0.004, "h", "0.004 h"),
        (-0.03, "h", "−0.03 h"),
        (0.0, "h", "0.0 h"),
        (0.2, "days", "0.2 d"),
    ],
)
def test_what_is_not_zero_never_looks_like_zero(en: Cells, value: float, unit, words: str) -> None:  # type: ignore[no-untyped-def]
    assert en.plain(value, unit) == en.number(value, unit).text == words


def test_a_miss_never_looks_like_a_hit(en: Cells) -> None:
    assert en.against(0.94969, 0.95, "share", "missed").text == "94.97%"
    assert en.against(0.949996, 0.95, "share", "missed").text == "94.9996%"
    assert en.against(0.94969, 0.95, "share", "met").text == "95.0%"


@given(st.floats(0.5, 0.9499), st.sampled_from([0.95, 0.99, 0.9725]))
def test_a_missed_share_is_printed_below_its_target(value: float, target: float) -> None:
    cells = Cells(catalogue.load("en"), "UTC")
    shown = float(cells.against(value, target, "share", "missed").text.rstrip("%"))
    assert shown < float(cells.target(target, "share", at_least=True).text.lstrip("≥ ").rstrip("%"))


def test_targets_keep_their_digits(en: Cells) -> None:
    assert en.target(0.9995, "share", at_least=True).text == "≥ 99.95%"
    assert en.target(8, "h", at_least=False).text == "≤ 8.0 h"
    assert en.target(0, "count", at_least=False).text == "≤ 0"
    assert en.target(None, "count", at_least=False).text == "–"


@pytest.mark.parametrize(
    ("now", "before", "unit", "words"),
    [
        (0.88, 0.92, "share", "−4.0 pp"),
        (0.88, 0.0, "share", "+88.0 pp"),
        (110, 100, "count", "+10.0%"),
        (100, 110, "count", "−9.1%"),
        (3, 0, "count", "+3"),
        (883, 1, "count", "+882"),
        (0, 0, "count", "unchanged"),
        (4.25, 4.4, "score", "−0.15"),
        (0.92001, 0.92, "share", "unchanged"),
        (None, 3, "count", "–"),
        (3, None, "count", "–"),
    ],
)
def test_changes(en: Cells, now: float | None, before: float | None, unit, words: str) -> None:
    assert en.change(now, before, unit).text == words


def test_a_gap_never_vanishes(en: Cells) -> None:
    assert en.gap(0.94969, 0.95, "share").text == "−0.03 pp"
    assert en.gap(25, 20, "count").text == "+5"
    assert en.gap(7.84, 8.0, "h").text == "−0.2 h"


def test_instants_are_local_to_the_minute(en: Cells) -> None:
    cell = en.instant(pd.Timestamp("2026-09-30T16:30:59Z"))
    assert cell.text == "2026-10-01 00:30"
    assert cell.value == dt.datetime(2026, 10, 1, 0, 30, 59)  # noqa: DTZ001 - a workbook knows no zones
    assert en.instant(pd.NaT).text == en.instant(None).text == "–"


@pytest.mark.parametrize("nothing", [None, math.nan, pd.NA, ""])
def test_nothing_is_a_dash(en: Cells, nothing: object) -> None:
    assert en.text(nothing).text == "–"


@pytest.mark.parametrize(
    ("label", "kind", "chinese", "english"),
    [
        ("2026-09", "month", "2026年9月", "September 2026"),
        ("2026-Q3", "quarter", "2026年第3季度", "Q3 2026"),
        ("2026-H2", "half_year", "2026年下半年", "Second half of 2026"),
        ("2026", "year", "2026年", "2026"),
        ("2026-W05", "week", "2026年第5周", "Week 5, 2026"),
    ],
)
def test_periods_as_people_say_them(zh: Cells, en: Cells, label: str, kind, chinese: str, english: str) -> None:
    period = parse_period(label, kind, "Asia/Shanghai")
    assert (zh.period(period), en.period(period)) == (chinese, english)


@pytest.mark.parametrize(
    ("label", "kind", "chinese", "english"),
    [
        ("2025-04-Q4", "quarter", "2025年4月起财年第4季度", "Q4 of the fiscal year from April 2025"),
        ("2025-04-H2", "half_year", "2025年4月起财年下半年", "Second half of the fiscal year from April 2025"),
        ("2025-04-FY", "year", "2025年4月起财年", "Fiscal year from April 2025"),
        ("2026-02", "month", "2026年2月", "February 2026"),
    ],
)
def test_fiscal_periods_as_people_say_them(zh: Cells, en: Cells, label: str, kind, chinese: str, english: str) -> None:
    period = parse_period(label, kind, "Asia/Shanghai", 4)
    assert (zh.period(period), en.period(period)) == (chinese, english)


def test_every_status_has_a_sign_or_words(en: Cells) -> None:
    shown = {
        s: en.status(s).text for s in ("met", "at_risk", "missed", "not_applicable", "not_available", "not_judged", "")
    }
    assert len(set(shown.values())) == len(shown)
    assert shown["missed"] == "✗ missed"
