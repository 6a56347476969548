"""Measures of security vulnerabilities: found, fixed, open, overdue, time to fix (clock time, not service time)."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from itss.measures.base import Measure, Outcome
from itss.measures.durations import duration_measures
from itss.measures.outcomes import count
from itss.measures.rows import Mask, before, given, hours_between, in_period, instants
from itss.measures.scope import Scope
from itss.text import text


def derive_security(scope: Scope) -> pd.DataFrame:
    """Adds ``fix_h`` of the vulnerabilities fixed in the period."""
    if "fixed_at" not in scope.rows:
        return scope.rows
    hours = hours_between(instants(scope.rows, "found_at"), instants(scope.rows, "fixed_at"))
    return scope.rows.assign(fix_h=np.where(in_period(scope.rows, "fixed_at", scope.period), hours, np.nan))


def _counted(column: str, scope: Scope) -> Outcome:
    return count(scope.rows, in_period(scope.rows, column, scope.period))


def _is_open(scope: Scope) -> Mask:
    end = scope.period.end
    return before(scope.rows, "found_at", end) & ~before(scope.rows, "fixed_at", end)


def _open(scope: Scope) -> Outcome:
    return count(scope.rows, _is_open(scope), against=True)


def _overdue(scope: Scope) -> Outcome:
    is_open, due = _is_open(scope), before(scope.rows, "due_at", scope.period.end)
    return count(scope.rows, is_open & due, {"no_deadline": is_open & ~given(scope.rows, "due_at")}, against=True)


_measure = partial(Measure, process="security", unit="count")

MEASURES: tuple[Measure, ...] = (
    _measure(
        id="vulnerabilities_found",
        better="neither",
        section="c",
        name=text("新发现漏洞", "Vulnerabilities found"),
        definition=text("报告期内发现的漏洞数。", "Vulnerabilities found in the period."),
        compute=partial(_counted, "found_at"),
        needs=("found_at",),
        date_column="found_at",
    ),
    _measure(
        id="vulnerabilities_fixed",
        better="neither",
        section="c",
        name=text("已修复漏洞", "Vulnerabilities fixed"),
        definition=text("报告期内修复的漏洞数。", "Vulnerabilities fixed in the period."),
        compute=partial(_counted, "fixed_at"),
        needs=("fixed_at",),
        date_column="fixed_at",
    ),
    _measure(
        id="vulnerabilities_open",
        better="lower",
        section="b",
        name=text("未修复漏洞", "Vulnerabilities open"),
        definition=text("报告期末仍未修复的漏洞数。", "Vulnerabilities not fixed at the end of the period."),
        compute=_open,
        needs=("found_at", "fixed_at"),
        date_column="found_at",
    ),
    _measure(
        id="vulnerabilities_overdue",
        better="lower",
        section="b",
        name=text("超期未修复漏洞", "Vulnerabilities overdue"),
        definition=text(
            "报告期末仍未修复且修复期限已过的漏洞数。",
            "Vulnerabilities not fixed at the end of the period whose deadline is before it.",
        ),
        compute=_overdue,
        needs=("found_at", "fixed_at", "due_at"),
        date_column="due_at",
        is_breach=True,
    ),
    *duration_measures(
        "security",
        "time_to_fix",
        "fix_h",
        "fixed_at",
        "b",
        text("漏洞修复时间", "Time to fix"),
        text(
            "发现到修复的自然时间，报告期内修复的漏洞，",
            "Plain time from finding to fix, of those fixed in the period.",
        ),
    ),
)
