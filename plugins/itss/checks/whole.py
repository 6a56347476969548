"""The rules on the rows of a process as a whole.

Are there any, as many as ever, as fresh as they must be; do they add up; do the records exist that they name?
Each rule comes with the words for what was seen, so that a finding says it in one line. Its one surprise: a rule is
made together with the column it looks at (names begin with ``_``), since Great Expectations compares columns only.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from itss.checks.verdicts import About
from itss.measures.coverage import Coverage, coverage_of, newest_fact
from itss.measures.rows import Mask, before, edge, equals, first_given, flags, given, in_period, within
from itss.measures.scope import Scope
from itss.periods import Period, clock_time
from itss.processes._tickets.as_of import known_at_end
from itss.processes.base import Expectation, Process, Severity
from itss.text import text

LAG, SILENT, UNBALANCED, CARRIED, UNKNOWN = (
    "_lag_days",
    "_covered_share",
    "_unbalanced",
    "_backlog_carried",
    "_unknown_",
)
COVERED = "covered"
"""The rule by which a period that its source does not wholly cover is known later, too."""
COMPARED_FROM = 6
"""Fewer earlier periods than this say nothing about what is usual."""
FEW = 10
"""Nor does a median of fewer rows than this: of three problems a month, none is no wonder."""
LEAST_SHARE = 0.2
DEVIATIONS, MAD_TO_SIGMA, LEAST_SPREAD = 3.0, 1.4826, 0.05


def whole_rules(
    process: Process, rows: pd.DataFrame, about: About, others: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[Expectation, dict[str, pd.Series]]]:
    """Each rule with the columns that it needs beside those of ``rows``; ``others`` are the report's frames."""
    severity: Severity = "critical" if about.mandatory else "warning"
    yield _not_empty(severity, sum(about.outside.values())), {}
    if rows.empty:  # one finding is enough
        return
    for rule in _complete(about.earlier_rows, len(rows), severity):
        yield rule, {}
    if about.period:
        yield _fresh(process, rows, about, about.period, severity)
        if about.history:
            yield _covered(process, rows, about, about.period, severity)
        yield from _reconciled(process, rows, about, about.period)
        yield from _references(process, rows, about.period, others)


def usual_range(earlier: tuple[int, ...]) -> tuple[float, float, float] | None:
    """Median of the earlier row counts, and the range in which the next one is no surprise; `None` if they are few.

    The Hampel identifier: median ± 3 · 1.4826 · MAD (Davies and Gather, JASA 88 (1993) 782–792), which half of the
    counts may spoil without moving it. The spread is at least 5 % of the median and its root, that of pure chance
    (Poisson), because months differ in length and the MAD of equal counts is 0.
    """
    if len(earlier) < COMPARED_FROM:
        return None
    counts = np.asarray(earlier, dtype=float)
    median = float(np.median(counts))
    if median < FEW:
        return None
    mad = float(np.median(np.abs(counts - median)))
    spread = DEVIATIONS * max(MAD_TO_SIGMA * mad, LEAST_SPREAD * median, median**0.5)
    return median, max(median - spread, 0.0), median + spread


def _not_empty(severity: Severity, outside: int) -> Expectation:
    all_outside = text(
        f"来源返回的 {outside:,} 行都不属于所收集的各期。",
        f"All {outside:,} rows that the source returned lie outside the periods collected.",
    )
    return Expectation(
        "not_empty",
        "ExpectTableRowCountToBeBetween",
        {"min_value": 1},
        severity,
        all_outside if outside else text("来源没有返回任何数据。", "The source returned no rows."),
        text("请检查来源、查询条件和报告期。", "Check the source, the conditions of the SQL and the period."),
    )


def _complete(earlier: tuple[int, ...], count: int, severity: Severity) -> Iterator[Expectation]:
    usual = usual_range(earlier)
    if usual is None:
        return
    median, low, high = usual
    remedy = text(
        "请核对来源是否完整、查询条件是否改变；若确实如此，请在意见中说明。",
        "Make sure that the source is complete and the query still the same; if so, say why in the comment.",
    )
    yield Expectation(
        "complete",
        "ExpectTableRowCountToBeBetween",
        {"min_value": int(np.ceil(LEAST_SHARE * median))},
        severity,
        text(
            f"只有 {count:,} 行，不足以往 {len(earlier)} 期中位数 {median:,.0f} 行的 20%。",
            f"Only {count:,} rows, less than 20 % of the median of {len(earlier)} earlier periods, {median:,.0f}.",
        ),
        remedy,
    )
    yield Expectation(
        "rows_as_usual",
        "ExpectTableRowCountToBeBetween",
        {"min_value": int(np.ceil(low)), "max_value": int(high)},
        "warning",
        text(
            f"{count:,} 行，超出以往 {len(earlier)} 期的通常范围 {low:,.0f}～{high:,.0f}（中位数 {median:,.0f}）。",
            f"{count:,} rows, outside the usual range {low:,.0f} to {high:,.0f} of {len(earlier)} earlier periods "
            f"(median {median:,.0f}).",
        ),
        remedy,
    )


def _fresh(
    process: Process, rows: pd.DataFrame, about: About, period: Period, severity: Severity
) -> tuple[Expectation, dict[str, pd.Series]]:
    """The newest fact (no plan, no deadline, nothing after the collection) against the end of the period.

    What somebody says to be covered is no silence, whatever the newest fact is.
    """
    newest = newest_fact(process, rows, about.collected)
    told = about.collected.said_until(period.end) if about.collected else None
    known = max((moment for moment in (newest, told) if moment), default=None)
    lag = math.inf if known is None else (period.end - known) / dt.timedelta(days=1)
    length = (period.end - period.start) / dt.timedelta(days=1)
    limit = about.fresh_days or process.fresh_days or length
    said = _local(newest, period)
    days = f"{lag:.1f}"
    rule = Expectation(
        "fresh",
        "ExpectColumnMinToBeBetween",
        {"column": LAG, "max_value": limit},
        severity,
        text(
            f"最新记录为 {said}，距报告期结束 {days} 天（上限 {limit:g} 天）。",
            f"The newest record is of {said}, {days} days before the period's end (limit {limit:g} days).",
        ),
        text(
            "请确认来源仍在更新后重新收集；若属正常，请为该来源设置 fresh_days；若可以没有数据，设 mandatory: false。",
            "Make sure that the source is still updated and collect again; where that is normal set its fresh_days, "
            "where it may have nothing mandatory: false.",
        ),
    )
    return rule, {LAG: pd.Series(lag, index=rows.index)}


def _covered(
    process: Process, rows: pd.DataFrame, about: About, period: Period, severity: Severity
) -> tuple[Expectation, dict[str, pd.Series]]:
    """Whether the leading event covers the whole period; silence at its end stops a report that nobody has told of it.

    Closings that go on do not make a source fresh whose openings have stopped.
    """
    window = [period.shift(-back) for back in range(about.history - 1, -1, -1)]
    found = coverage_of(process, rows, window, about.agreement, about.collected, about.country)
    is_over = found.silent > found.most_silent
    is_told = about.fresh_days is not None or about.is_declared
    share = sum(((end - begin) / (period.end - period.start) for begin, end in found.within(period)), 0.0)
    rule = Expectation(
        COVERED,
        "ExpectColumnMinToBeBetween",
        {"column": SILENT, "min_value": 1.0},
        severity if is_over and not is_told else "warning",
        text(f"{_extent_zh(process, found, period)}，本期未完全覆盖。", f"{_extent_en(process, found, period)}."),
        text(
            "数据提供人请确认来源是否完整并重新收集；若确已开始、停止或暂停，请为该来源写明 covers（或 fresh_days）。"
            "未覆盖的报告期不计入趋势和比较。",
            "The data collectors make sure that the source is complete and collect again; where it has really begun, "
            "ended or paused, say so with its `covers` (or `fresh_days`). What is not covered is in no trend "
            "and no comparison.",
        ),
    )
    return rule, {SILENT: pd.Series(share, index=rows.index)}


def _extent_zh(process: Process, found: Coverage, period: Period) -> str:
    first, last = (_local(moment, period) for moment in (found.first, found.last))
    silent = f"，此后 {found.silent} 个工作日没有记录（通常每个工作日 {found.rate:.3g} 条）" if found.silent else ""
    return f"该来源的{process.event.zh}自 {first} 至 {last}{silent}"


def _extent_en(process: Process, found: Coverage, period: Period) -> str:
    first, last = (_local(moment, period) for moment in (found.first, found.last))
    silent = f", then {found.silent} working days without any (by its rate of {found.rate:.3g} a working day)"
    return (
        f"The {process.event.en} of this source run from {first} to {last}{silent if found.silent else ''}: "
        f"{period.label} is not wholly covered"
    )


def _local(moment: dt.datetime | None, period: Period) -> str:
    return "–" if moment is None else clock_time(moment, period.zone)


def _reconciled(
    process: Process, rows: pd.DataFrame, about: About, period: Period
) -> Iterator[tuple[Expectation, dict[str, pd.Series]]]:
    """Opened less ended is what the backlog changed; and it begins where the last published one ended."""
    known = [column for column in process.ended_by if column in rows]
    if not process.stock or not (known or "states" in rows):
        return
    carried, _ = _standing(process, rows, period.shift(-1))
    left, counted = _standing(process, rows, period)
    opened, logged = counted & in_period(rows, process.leading, period), given(rows, "states")
    done = np.where(
        logged,  # a state says so: what is reopened comes back, what is cancelled is gone
        ((carried | opened) & ~left).astype(int) - (left & ~(carried | opened)),
        counted & within(first_given(rows, known), period.start, period.end),
    )
    off = ~logged & (left.astype(int) - carried - opened + done != 0)
    begun, new, gone, rest = (int(mask.sum()) for mask in (carried, opened, done, left))
    sums = f"{begun:,} + {new:,} − {gone:,} ≠ {rest:,}"
    yield (
        Expectation(
            "backlog_adds_up",
            "ExpectColumnValuesToBeNull",
            {"column": UNBALANCED},
            "warning",
            text(
                f"期初积压 + 新增 − 结束 ≠ 期末积压（{sums}）。",
                f"Backlog at the begin + opened − ended is not the backlog at the end ({sums}).",
            ),
            text("请更正这些记录的开始和结束时间。", "Correct when these records were opened and ended."),
        ),
        {UNBALANCED: rows["id"].astype("str").where(off)},
    )
    if about.published_backlog is not None:
        yield _carried(carried, about.published_backlog, f"{new:,} − {gone:,} → {rest:,}", rows.index)


def _carried(carried: Mask, published: float, moved: str, index: pd.Index) -> tuple[Expectation, dict[str, pd.Series]]:
    begun = int(np.count_nonzero(carried))
    rule = Expectation(
        "backlog_as_published",
        "ExpectColumnSumToBeBetween",
        {"column": CARRIED, "min_value": published, "max_value": published},
        "warning",
        text(
            f"期初积压为 {begun:,}，上期公布的期末积压为 {published:,.0f}，相差 {begun - published:+,.0f}"
            f"（本期 +{moved}）。",
            f"The period begins with a backlog of {begun:,}; the one published for the period before was "
            f"{published:,.0f}, a difference of {begun - published:+,.0f} (since then +{moved}).",
        ),
        text(
            "补录、取消或重开会造成差异；请在意见中说明，或更正来源。",
            "Late entries, cancellations and reopenings do this: explain it in the comment, or correct the source.",
        ),
    )
    return rule, {CARRIED: pd.Series(carried.astype("int64"), index=index)}


def _standing(process: Process, rows: pd.DataFrame, period: Period) -> tuple[Mask, Mask]:
    """What is open at the end of ``period``, as known then, and what counts at all."""
    known = known_at_end(Scope(rows, period, None), process.ended_by[0]) if "states" in rows else rows
    never = [flags(known, "is_cancelled"), *(equals(known, column, word) for column, word in process.cancelled_by)]
    counted = ~np.logical_or.reduce(never)
    ended = first_given(known, process.ended_by)
    return counted & before(known, process.leading, period.end) & ~(ended < edge(period.end)), counted


def _references(
    process: Process, rows: pd.DataFrame, period: Period, others: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[Expectation, dict[str, pd.Series]]]:
    """Only records that began in the period are asked: what older ones name may be out of reach."""
    here = in_period(rows, process.leading, period)
    for column in process.columns:
        if not column.refers_to or column.name not in rows or column.refers_to not in others:
            continue
        lost = here & given(rows, column.name) & ~rows[column.name].isin(others[column.refers_to]["id"]).to_numpy()
        name = f"{UNKNOWN}{column.name}"
        yield (
            Expectation(
                f"{column.name}_exists",
                "ExpectColumnValuesToBeNull",
                {"column": name},
                "warning",
                text(
                    f"{column.name} 指向 {column.refers_to} 中不存在的编号，两者的关联无法统计。",
                    f"{column.name} names ids that {column.refers_to} does not have: figures on both miss them.",
                ),
                text(
                    "请核对两个查询中的编号写法，并更正来源中的关联。",
                    "Compare how both queries spell the id, and correct the link in the source.",
                ),
            ),
            {name: rows[column.name].where(lost)},
        )
