"""What cannot be true of tickets' pauses and histories, and how many rows have no history. Never critical.

A row whose pause is longer than it took is in no time and in no SLA figure; a row without states speaks by its last
values. Both would only be missing from the figures, so they are found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from itss.agreements.models import AgreementVersion
from itss.checks.findings import Finding
from itss.measures.history import History, parse
from itss.measures.rows import Mask, first_given, flags, given, instants
from itss.measures.scope import Scope
from itss.periods import Period
from itss.processes.base import Process, Severity
from itss.text import Text, text

SAMPLED = 20


def ticket_findings(
    batches: Iterable[tuple[Process, pd.DataFrame, str]],
    version: AgreementVersion | None,
    period: Period,
    zones: Mapping[str, str],
) -> list[Finding]:
    """For each batch (process, conformed frame, where it came from) of a process that knows ``states``.

    ``zones``: by process id the zone of the local times of its source.
    """
    found: list[Finding] = []
    for process, rows, source in batches:
        if len(rows) and any(column.name == "states" for column in process.columns):
            for rule, severity, column, hit, why, remedy in (
                *_pauses(process, rows, version, period),
                *_histories(process, rows),
                _stale(rows),
                *_whole_days(process, rows, zones.get(process.id, "UTC")),
            ):
                if failed := int(hit.sum()):
                    ids = tuple(map(str, rows["id"][hit].head(SAMPLED)))
                    found.append(
                        Finding(process.id, rule, severity, column, failed, len(rows), ids, why, remedy, source)
                    )
    return found


_Found = tuple[str, Severity, str, Mask, Text, Text]


def _pauses(process: Process, rows: pd.DataFrame, version: AgreementVersion | None, period: Period) -> Iterator[_Found]:
    """Told to have waited for longer than it took, in the period or open at its end."""
    if "pause_h" not in rows or process.derive is None:
        return
    yield (
        "pause_possible",
        "warning",
        "pause_h",
        flags(process.derive(Scope(rows, period, version)), "is_pause_impossible"),
        text(
            "挂起时长超过受理至解决（或期末）的服务时间，这些记录不计入时间和SLA指标。",
            "pause_h is longer than the service time to the resolution (or the end of the period), so these are in no "
            "time and in no SLA figure.",
        ),
        text(
            "请核对查询：pause_h 须为服务时间的小时数而非自然时间；或改为提供 states 或 pauses。",
            "See that the query returns hours of service time, not of the wall clock; or let it return states or "
            "pauses, which are cut to the service hours.",
        ),
    )


def _histories(process: Process, rows: pd.DataFrame) -> Iterator[_Found]:
    has = given(rows, "states")
    without, total = int((~has).sum()), len(rows)
    yield (
        "has_history",
        "info",
        "states",
        ~has,
        text(
            f"{total:,} 行中有 {without:,} 行没有状态历史：按来源的当前值统计，已结束期间的数值会随之变动。",
            f"{without:,} of {total:,} rows have no history: their last values count, so that figures of a closed "
            "period may change with them.",
        ),
        text("来源记录状态变更时，请在查询中返回 states。", "Return states in the query where the source logs them."),
    )
    if has.any():
        history = parse(rows["states"])
        yield _early(rows, history)
        yield _endless(process, rows, history)


def _stale(rows: pd.DataFrame) -> _Found:
    """Many sources keep the time of a resolution that did not hold; where states are given they are not asked."""
    return (
        "solved_again",
        "warning",
        "resolved_at",
        ~given(rows, "states") & (instants(rows, "resolved_at") < instants(rows, "reopened_at")),
        text(
            "重开晚于最后一次解决，记录却仍有解决时间，因此被计为已解决。",
            "Reopened after the last resolution, and yet counted as solved: the source keeps the time of a resolution "
            "that did not hold.",
        ),
        text(
            "重开后未再解决的，请在查询中将 resolved_at 置空；来源记录状态变更的，请返回 states。",
            "Let the query leave resolved_at empty while it is not solved again; or return states where the source "
            "logs them.",
        ),
    )


def _early(rows: pd.DataFrame, history: History) -> _Found:
    first, has = np.full(len(rows), np.datetime64("NaT", "us")), history.given
    first[has] = history.at[history.starts[has]]
    early: Mask = first < instants(rows, "opened_at")
    return (
        "states_after_opening",
        "warning",
        "states",
        early,
        text("状态历史早于提出时间。", "The history of states begins before the record was opened."),
        text("请核对查询中的提出时间与时区。", "Compare the time of opening with the log, and both with the zone."),
    )


def _endless(process: Process, rows: pd.DataFrame, history: History) -> _Found:
    """A log that breaks off: the row says that it ended, and its states, which are the ones asked, never do."""
    done = [code for code, word in enumerate(history.words) if word not in ("open", "paused")]
    ended = np.zeros(len(rows), bool)
    ended[history.row[np.isin(history.code, done)]] = True
    return (
        "states_tell_the_end",
        "warning",
        "states",
        history.given & ~ended & ~np.isnat(first_given(rows, process.ended_by)),
        text(
            "记录有结束时间，状态历史却没有结束：按状态历史统计，视为未结束。",
            "The row has an end, and its history of states has none: the states are asked, so it counts as open.",
        ),
        text(
            "请在查询中返回完整的状态日志；日志不完整的记录不要返回 states。",
            "Let the query return the whole log, and no states for a row whose log is not whole.",
        ),
    )


def _whole_days(process: Process, rows: pd.DataFrame, zone: str) -> Iterator[_Found]:
    """Ends that are days without a time of day: of those, hours and a status within hours say too much.

    A single midnight is one, and begins are not asked: what a schedule opens, it opens at midnight.
    """
    for column in ("responded_at", "resolved_at") if process.is_timed else ():
        if column not in rows:
            continue
        local = rows[column].dt.tz_convert(zone).dt.tz_localize(None)
        is_day = (local == local.dt.normalize()).to_numpy()
        if is_day.sum() < max(2, local.notna().sum() / 2):
            continue
        yield (
            "time_of_day",
            "warning",
            column,
            is_day,
            text(
                f"{column} 为零点，即只有日期、没有时刻：由此计算的时长和SLA判定精确不到一天。",
                f"{column} is midnight, so a day without a time of day: hours and SLA from it are no more exact than a "
                "day.",
            ),
            text(
                "请导出带时刻的时间；来源只有日期的，勿以小时约定时限。",
                "Export the time with its time of day; where the source has days only, agree no times in hours.",
            ),
        )
