"""Whether agreement and data know of each other. No figure is wrong, but some cases are in none, or judged otherwise.

A ticket whose priority has no agreed time is judged by the source's own deadline; where it has none, it is in the
bucket *no target* and in no rate. A target for a service that no row names is judged by nobody. Both are found here,
because in the figures nobody would see it. A time that the agreement calls `none` is said, so nothing lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from itss.agreements.models import AgreementVersion
from itss.checks.findings import Finding
from itss.measures.rows import Mask, before, edge, first_given, flags, given
from itss.periods import Period
from itss.processes.base import Process, Severity
from itss.text import Text, text

SAMPLED = 20
_DUE = {"response_h": "response_due_at", "resolution_h": "resolution_due_at"}
"""By agreed time the column of the source's own deadline."""


def agreed_findings(
    batches: Iterable[tuple[Process, pd.DataFrame, str]], version: AgreementVersion | None, period: Period
) -> list[Finding]:
    """What the agreement in force and the rows of each process do not know of each other.

    A batch is (process, conformed frame, where it came from). Only tickets under way in the period are asked.
    """
    if version is None:
        return []
    found: list[Finding] = []
    for process, rows, source in batches:
        if process.is_timed and version.time_targets and "priority" in rows:
            found += _priorities(process, rows, source, version, period)
        found += _targets(process, source, version)
        found += _members(process, rows, source, version)
        found += _services(process, rows, source, version, period)
    return found


def _priorities(
    process: Process, rows: pd.DataFrame, source: str, version: AgreementVersion, period: Period
) -> Iterator[Finding]:
    asked = _under_way(process, rows, period)
    has_due = np.logical_or.reduce([given(rows, due) for due in _DUE.values()])
    is_given = given(rows, "priority")
    strange = asked & is_given & ~rows["priority"].isin(list(version.time_targets)).to_numpy()
    total, unsaid = int(asked.sum()), asked & ~is_given
    names = ", ".join(sorted(rows["priority"][strange & ~has_due].unique()))
    reasons = (
        (
            "priority_agreed",
            strange & ~has_due,
            text(
                f"协议“{version.version}”版未约定这些优先级的时限，来源系统也没有期限，其SLA无法判定：{names}。",
                f"Version '{version.version}' agrees no times for the priorities {names}, and the source has no "
                "deadline of its own, so their SLA is not judged.",
            ),
            text(
                "请在协议的 time_targets 中补充（未承诺时限的写 none），或在查询中映射为已约定的优先级。",
                "Add them to the time_targets of the agreement (`none` where nothing is promised), or map them to "
                "agreed ones in the query.",
            ),
        ),
        (
            "priority_given",
            unsaid & ~has_due,
            text("这些记录没有优先级，其SLA无法判定。", "These have no priority, so their SLA is not judged."),
            text("请在来源系统补全优先级。", "Fill in the priority in the source."),
        ),
        ("priority_by_source", (strange | unsaid) & has_due, *_by_source(version, rows["priority"][strange & has_due])),
    )
    for rule, hit, why, remedy in reasons:
        yield from _finding(process, rows, source, rule, hit, total, why, remedy)
    for kind, due in _DUE.items():
        yield from _incomplete(process, rows, source, version, asked, kind, due)


def _by_source(version: AgreementVersion, priorities: pd.Series) -> tuple[Text, Text]:
    names = ", ".join(sorted(priorities.unique())) or "–"
    return (
        text(
            f"协议“{version.version}”版未约定这些优先级的时限（{names}），按来源系统自己的期限判定。",
            f"Version '{version.version}' says nothing of these priorities ({names}): the source's own deadline judges "
            "them.",
        ),
        text(
            "如有约定，请写入协议的 time_targets；未承诺时限的写 none。",
            "If times are agreed, add them to the time_targets of the agreement; write `none` where nothing is "
            "promised.",
        ),
    )


def _incomplete(
    process: Process, rows: pd.DataFrame, source: str, version: AgreementVersion, asked: Mask, kind: str, due: str
) -> Iterator[Finding]:
    """Priorities of which one of the two times is not said, where it is said of others."""
    lacking = [name for name, target in version.time_targets.items() if getattr(target, kind) is None]
    if len(lacking) == len(version.time_targets):
        return
    hit = asked & rows["priority"].isin(lacking).to_numpy()
    has_due, total = given(rows, due), int(asked.sum())
    remedy = text(
        "请在协议中补充该时限；未承诺的写 none。",
        "Add it to the time_targets of the agreement; `none` if not promised.",
    )
    for rule, rows_hit, zh, en in (
        (f"{kind}_agreed", hit & ~has_due, "无法判定", "so these are not judged by it"),
        (f"{kind}_by_source", hit & has_due, "按来源系统自己的期限判定", "so the source's own deadline judges these"),
    ):
        names = sorted(rows["priority"][rows_hit].unique())
        why = text(
            f"优先级 {'、'.join(names)} 未约定 {kind}，{zh}。",
            f"There is no {kind} for {', '.join(names)}, {en}.",
        )
        yield from _finding(process, rows, source, rule, rows_hit, total, why, remedy)


def _finding(
    process: Process, rows: pd.DataFrame, source: str, rule: str, hit: Mask, total: int, why: Text, remedy: Text
) -> Iterator[Finding]:
    """Of the priorities of some rows, where there are any; that the source judges them is a note only."""
    if hit.any():
        severity: Severity = "info" if rule.endswith("_by_source") else "warning"
        sample, failed = _sample(rows, hit), int(hit.sum())
        yield Finding(process.id, rule, severity, "priority", failed, total, sample, why, remedy, source)


def _targets(process: Process, source: str, version: AgreementVersion) -> Iterator[Finding]:
    """Targets that judge nothing, or that nothing reaches: a report would say that less is agreed, or that it missed.

    `check` finds them too, with file and line; but nobody has to have asked it.
    """
    units = {measure.id: measure.unit for measure in process.measures}
    targets = [target for target in version.targets if target.process == process.id]
    unknown = sorted({target.measure for target in targets if target.measure not in units})
    percent = sorted(
        {target.measure for target in targets if units.get(target.measure) == "share" and target.no_shares}
    )
    reasons = (
        (
            "target_measured",
            unknown,
            text(f"没有这些指标：{'、'.join(unknown)}。", f"There is no measure {', '.join(unknown)}."),
        ),
        (
            "target_of_share",
            percent,
            text(
                f"这些指标是 0 至 1 的比例，目标值不在其中：{'、'.join(percent)}。",
                f"The target of {', '.join(percent)} is no share from 0 to 1: 95 % is written 0.95.",
            ),
        ),
    )
    remedy = text(
        "请更正协议的 targets；`python -m itss check` 会给出文件和行号。",
        "Correct the targets of the agreement: `python -m itss check` names file and line.",
    )
    for rule, names, why in reasons:
        if names:
            yield Finding(process.id, rule, "critical", "", 0, 0, (), why, remedy, source)


def _members(process: Process, rows: pd.DataFrame, source: str, version: AgreementVersion) -> Iterator[Finding]:
    """Targets for members that no row has; one finding a dimension."""
    wanted: dict[str, set[str]] = {}
    for target in version.targets:
        if target.process == process.id and target.dimension in rows:
            wanted.setdefault(target.dimension, set()).add(target.member)
    for dimension, members in wanted.items():
        unknown = sorted(members - _spelled(rows, dimension))
        if unknown and len(rows):
            yield Finding(
                process=process.id,
                rule=f"{dimension}_known",
                severity="warning",
                column=dimension,
                failed=0,
                total=len(rows),
                rows=tuple(unknown)[:SAMPLED],
                why=text(
                    f"协议为 {dimension} {'、'.join(unknown)} 约定了目标，但数据中没有。",
                    f"The agreement has targets for {dimension} {', '.join(unknown)}, which no row names.",
                ),
                remedy=text(
                    "请核对协议与来源系统中的写法。", "Compare the spelling in the agreement with that of the source."
                ),
                source=source,
            )


def _services(
    process: Process, rows: pd.DataFrame, source: str, version: AgreementVersion, period: Period
) -> Iterator[Finding]:
    """Outages of the period of services that the agreement does not name, where it names some."""
    if not version.services or not process.is_of_agreed_services:
        return
    over = first_given(rows, process.ended_by) <= edge(period.start)
    asked = before(rows, process.leading, period.end) & ~over
    asked &= ~flags(rows, "is_cancelled") & ~flags(rows, process.leading_column.plan_if)
    known = [one.name for one in version.services]
    strange = asked & (~rows["service"].isin(known).to_numpy() if "service" in rows else True)
    if strange.any():
        names = sorted(_spelled(rows[strange], "service")) if "service" in rows else []
        named = ", ".join(names) or "–"
        yield Finding(
            process=process.id,
            rule="service_agreed",
            severity="warning",
            column="service",
            failed=int(strange.sum()),
            total=int(asked.sum()),
            rows=_sample(rows, strange),
            why=text(
                f"协议“{version.version}”版未列出这些服务：{named}，其停机不计入任何指标。",
                f"Version '{version.version}' does not name these services: {named}. Their downtime is in no figure.",
            ),
            remedy=text(
                "请核对协议 services 与来源系统中的写法，或在协议中补充。",
                "Compare the spelling in `services` of the agreement with that of the source, or add them to it.",
            ),
            source=source,
        )


def _spelled(rows: pd.DataFrame, dimension: str) -> set[str]:
    return set(rows[dimension].dropna().astype("str").unique())


def _under_way(process: Process, rows: pd.DataFrame, period: Period) -> Mask:
    over: Mask = first_given(rows, process.ended_by) < edge(period.start)
    return before(rows, process.leading, period.end) & ~over & ~flags(rows, "is_cancelled")


def _sample(rows: pd.DataFrame, hit: Mask) -> tuple[str, ...]:
    return tuple(map(str, rows["id"][hit].head(SAMPLED)))
