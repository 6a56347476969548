"""Agreed exclusions held against the rows: one that finds nothing, and those that take out many.

Warnings, each naming its exclusion: whoever signs must see an exclusion that has no effect (a ticket of somebody else,
a slip in a number), and one that leaves little to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from itss.agreements.models import AgreementVersion
from itss.checks.findings import Finding
from itss.exclusions.models import Exclusion
from itss.measures.excluding import rows_of
from itss.measures.rows import Mask, in_period
from itss.periods import Period
from itss.processes.base import Process
from itss.text import Text, text

FINDS_NOTHING, TAKES_MANY, NAMES_NOTHING = "exclusion_finds_nothing", "exclusions_take_many", "exclusion_of_no_measure"
MANY = 0.2
_Batches = Iterable[tuple[Process, pd.DataFrame, str]]


def exclusion_findings(
    batches: _Batches, exclusions: Sequence[Exclusion], version: AgreementVersion | None, period: Period
) -> Iterator[Finding]:
    """What is doubtful about the exclusions of the collected processes; (process, frame, where it came from) each."""
    for process, rows, source in batches:
        own = [one for one in exclusions if one.process == process.id]
        if not own:
            continue
        known, found = {measure.id for measure in process.measures}, np.zeros(len(rows), bool)
        for one in own:
            if not _measures(one, version) & known:
                yield _finding(process, source, one, NAMES_NOTHING, *_NO_MEASURE)
            if one.is_of_time and process.is_of_time:
                continue
            hits = rows_of(one, rows, process.leading)
            lost = sorted(set(one.id) - set(rows["id"].astype("str")[hits])) if _is_recent(one, period) else []
            if lost or (not hits.any() and _lies_in(one, period)):
                yield _finding(process, source, one, FINDS_NOTHING, *_NOTHING, rows=lost)
            found |= hits
        yield from _many(process, source, found, rows, period)


def _measures(one: Exclusion, version: AgreementVersion | None) -> set[str]:
    targets = version.targets if version else ()
    return set(one.measures) or {target.measure for target in targets if target.process == one.process}


def _is_recent(one: Exclusion, period: Period) -> bool:
    """Whether it may be meant for this period: the records of older ones are in no data any more."""
    return one.agreed_on >= period.first_day


def _lies_in(one: Exclusion, period: Period) -> bool:
    return one.is_of_time and one.span[0] < period.end and one.span[1] > period.start


def _many(process: Process, source: str, found: Mask, rows: pd.DataFrame, period: Period) -> Iterator[Finding]:
    begun = in_period(rows, process.leading, period)
    taken = int(np.count_nonzero(found & begun))
    if taken > MANY * np.count_nonzero(begun):
        total = int(np.count_nonzero(begun))
        yield Finding(process.id, TAKES_MANY, "warning", "", taken, total, (), *_MANY, source)


def _finding(
    process: Process, source: str, one: Exclusion, rule: str, why: Text, remedy: Text, rows: Sequence[str] = ()
) -> Finding:
    said = text(f"约定剔除 {one.key}：{why.zh}", f"Agreed exclusion {one.key}: {why.en}")
    # the rule carries the key: two exclusions are two findings, also when a period is made again
    name, ids = f"{rule}:{one.key}", tuple(rows[:_MOST_IDS])
    return Finding(process.id, name, "warning", "", len(rows), len(one.id), ids, said, remedy, source)


_MOST_IDS = 20
_NO_MEASURE = (
    text("没有它所涉及的指标，未剔除任何内容。", "it concerns no measure, so it takes nothing out."),
    text("请在 measures 中写明指标，或核对协议目标。", "Name `measures`, or check the targets of the agreement."),
)
_NOTHING = (
    text("数据中没有它所指的记录。", "the data do not have the records that it is about."),
    text("请核对编号或时间，以及是否属于本协议。", "Check the ids or the time, and that it belongs to this agreement."),
)
_MANY = (
    text(
        "本期超过五分之一的记录按约定剔除：剔除后的数字只代表其余部分。",
        "More than a fifth of the period's records are excluded by agreement: the figures speak for the rest only.",
    ),
    text("请审批人核对每一项剔除及其证据。", "Let the approvers look at each exclusion and its evidence."),
)
