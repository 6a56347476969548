"""Whether agreement and data know of each other. Warnings only: no figure is wrong, but some cases are in none.

A ticket of a priority without an agreed time is in the bucket *no target* and in no rate; a target for a service that
no row names is judged by nobody. Both are found here, because in the figures they would only be missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from itss.agreements.models import AgreementVersion
from itss.checks.findings import Finding
from itss.measures.rows import Mask, before, edge, first_given, flags, given
from itss.periods import Period
from itss.processes.base import Process
from itss.text import text

SAMPLED = 20
_KINDS = ("response_h", "resolution_h")


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
        found += _members(process, rows, source, version)
    return found


def _priorities(
    process: Process, rows: pd.DataFrame, source: str, version: AgreementVersion, period: Period
) -> Iterator[Finding]:
    asked = _under_way(process, rows, period)
    known = rows["priority"].isin(list(version.time_targets)).to_numpy()
    strange = asked & given(rows, "priority") & ~known
    if strange.any():
        names = ", ".join(sorted(rows["priority"][strange].unique()))
        yield Finding(
            process=process.id,
            rule="priority_agreed",
            severity="warning",
            column="priority",
            failed=int(strange.sum()),
            total=int(asked.sum()),
            rows=_sample(rows, strange),
            why=text(
                f"协议“{version.version}”版未约定这些优先级的时限：{names}，其SLA无法判定。",
                f"Version '{version.version}' agrees no times for the priorities {names}, so their SLA is not judged.",
            ),
            remedy=text(
                "请在协议的 time_targets 中补充，或在查询中映射为已约定的优先级。",
                "Add them to the time_targets of the agreement, or map them to agreed ones in the query.",
            ),
            source=source,
        )
    unsaid = asked & ~given(rows, "priority")
    if unsaid.any():
        yield Finding(
            process=process.id,
            rule="priority_given",
            severity="warning",
            column="priority",
            failed=int(unsaid.sum()),
            total=int(asked.sum()),
            rows=_sample(rows, unsaid),
            why=text("这些记录没有优先级，其SLA无法判定。", "These have no priority, so their SLA is not judged."),
            remedy=text("请在来源系统补全优先级。", "Fill in the priority in the source."),
            source=source,
        )
    yield from _incomplete(process, rows, source, version, asked)


def _incomplete(
    process: Process, rows: pd.DataFrame, source: str, version: AgreementVersion, asked: Mask
) -> Iterator[Finding]:
    """Priorities with one of the two times only, where others have both."""
    for kind in _KINDS:
        lacking = [name for name, target in version.time_targets.items() if getattr(target, kind) is None]
        hit = asked & rows["priority"].isin(lacking).to_numpy()
        if len(lacking) == len(version.time_targets) or not hit.any():
            continue
        yield Finding(
            process=process.id,
            rule=f"{kind}_agreed",
            severity="warning",
            column="priority",
            failed=int(hit.sum()),
            total=int(asked.sum()),
            rows=_sample(rows, hit),
            why=text(
                f"优先级 {'、'.join(lacking)} 未约定 {kind}，无法判定。",
                f"There is no {kind} for {', '.join(lacking)}, so these are not judged by it.",
            ),
            remedy=text("请在协议中补充该时限。", "Add it to the time_targets of the agreement."),
            source=source,
        )


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


def _spelled(rows: pd.DataFrame, dimension: str) -> set[str]:
    return set(rows[dimension].dropna().astype("str").unique())


def _under_way(process: Process, rows: pd.DataFrame, period: Period) -> Mask:
    over: Mask = first_given(rows, process.ended_by) < edge(period.start)
    return before(rows, process.leading, period.end) & ~over & ~flags(rows, "is_cancelled")


def _sample(rows: pd.DataFrame, hit: Mask) -> tuple[str, ...]:
    return tuple(map(str, rows["id"][hit].head(SAMPLED)))
