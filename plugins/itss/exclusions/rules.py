"""What one exclusion has to be, whether it was written into the file or handed in: said in English and in Chinese."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from zoneinfo import ZoneInfo

from itss.exclusions.models import Exclusion
from itss.problems import Fault, Loc, closest

Measures = Mapping[str, Collection[str]]
"""Ids of measures by process."""


def faults_of(
    loc: Loc, one: Exclusion, zone: ZoneInfo, measures: Measures | None = None, now: dt.datetime | None = None
) -> Iterator[Fault]:
    """What is wrong with ``one``, whose moments are instants already; its days are those of ``zone``.

    Its names must fit those of ``measures``, where given, and with ``now`` no day may lie in the future.
    """
    yield from _extent(loc, one)
    yield from _days(loc, one, zone, now)
    if measures is not None:
        yield from _names(loc, one, measures)


def _extent(loc: Loc, one: Exclusion) -> Iterator[Fault]:
    has_time = one.since is not None or one.until is not None
    if bool(one.id) == has_time:
        message = "Both records and a time are given." if one.id else "There are no records, and no time either."
        zh = "记录和时段只能填一项。" if one.id else "既没有记录，也没有时段，请填一项。"
        yield Fault(loc, message, "Write the records, or begin and end of the time.", zh)
    elif has_time and (one.since is None or one.until is None):
        lacking, zh = ("begin", "开始") if one.since is None else ("end", "结束")
        remedy = "Write both; an exclusion without an end is none."
        yield Fault(loc, f"The time has no {lacking}.", remedy, f"时段缺少{zh}，两者都须填写。")
    elif one.since and one.until and one.since >= one.until:
        message = "It ends before it begins, or as it begins."
        yield Fault((*loc, "until"), message, "Swap or correct the two.", "时段的结束不晚于开始，请更正。")
    if one.id and one.service:
        zh = "只有时段才能限定服务，请清空。"
        yield Fault((*loc, "service"), "Only a time can be that of one service.", "Remove `service`.", zh)


def _days(loc: Loc, one: Exclusion, zone: ZoneInfo, now: dt.datetime | None) -> Iterator[Fault]:
    today = now.astimezone(zone).date() if now else None
    for name in ("agreed_on", "withdrawn_on"):
        day = getattr(one, name)
        if day and today and day > today:
            zh = f"{day} 尚未到来，发生后再填写。"
            yield Fault((*loc, name), f"{day} is in the future.", "Enter it once it has happened.", zh)
    if one.since and one.agreed_on < one.since.astimezone(zone).date():
        begin = one.since.astimezone(zone)
        message = f"It was agreed on {one.agreed_on}, before what it is about began ({begin:%Y-%m-%d %H:%M})."
        remedy = "Works that are agreed beforehand are a planned window of the data."
        zh = f"同意日期 {one.agreed_on} 早于时段开始（{begin:%Y-%m-%d %H:%M}）；事先约定的工作应作为数据中的计划窗口。"
        yield Fault((*loc, "agreed_on"), message, remedy, zh)
    if one.withdrawn_on and one.withdrawn_on < one.agreed_on:
        message = f"It was withdrawn on {one.withdrawn_on}, before it was agreed on {one.agreed_on}."
        zh = f"撤销日期 {one.withdrawn_on} 早于同意日期 {one.agreed_on}，请更正。"
        yield Fault((*loc, "withdrawn_on"), message, "Swap or correct the two days.", zh)


def _names(loc: Loc, one: Exclusion, measures: Measures) -> Iterator[Fault]:
    if one.process not in measures:
        message = f"There is no process '{one.process}'."
        zh = f"没有流程“{one.process}”，可用：{'、'.join(measures)}。"
        yield Fault((*loc, "process"), message, closest(one.process, measures, "Processes are"), zh)
        return
    known = measures[one.process]
    for number, name in enumerate(one.measures):
        if name not in known:
            message = f"The process '{one.process}' has no measure '{name}'."
            zh = f"流程“{one.process}”没有指标“{name}”，可用：{'、'.join(known)}。"
            yield Fault((*loc, "measures", number), message, closest(name, known, "Its measures are"), zh)
