"""Where a report stands that has not reached its recipients: the cause, and what to do about it, in both languages.

Owns nothing but words: it reads the register and judges. Surprise: a version that a backfill made for the archive has
reached nobody, so its report is as missing as one that was never opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from itss.hand_in.owed import lacking
from itss.links import revision_path
from itss.periods import Period
from itss.register import Register, Revision
from itss.register.deliveries import SETTLED
from itss.report_list.after import Awaited
from itss.report_list.models import Entry, ReportList
from itss.text import Text, text
from itss.watch.matter import local, names
from itss.watch.questions import Question

_SHOWN = 600


@dataclass(frozen=True)
class Standing:
    """Why a report is not there yet; ``is_begun`` unless no run ever opened it."""

    what: Text
    remedy: Text
    is_begun: bool = True
    page: str = ""
    """Path of the page of the revision that stands there."""


def standing(
    entry: Entry, period: Period, people: ReportList, register: Register, questions: Sequence[Question]
) -> Standing | None:
    """Where the report of ``period`` stands, or ``None`` once it has reached its recipients."""
    revisions = register.revisions(entry.key, period.label)
    if any(one.delivered_at is not None for one in revisions):
        return None
    if not revisions:
        return _not_begun(entry, period)
    return replace(
        _of_last(revisions[-1], entry, period, people, register, questions), page=revision_path(revisions[-1].ref)
    )


def _of_last(
    last: Revision,
    entry: Entry,
    period: Period,
    people: ReportList,
    register: Register,
    questions: Sequence[Question],
) -> Standing:
    waiting = [one for one in questions if one.ref == last.ref]
    if last.state == "failed":
        return _failed(last, entry, register)
    if last.state == "released":
        return _undelivered(last, register)
    if waiting:
        return Standing(waiting[0].what, waiting[0].remedy)
    if last.state == "open" and (missing := _missing(last, register)):
        return _without_versions(last, missing, register)
    if last.state == "open" and any(lacking(entry, people, period, register.hand_ins(entry.key, period.label))):
        return _without_data(entry, period, people, register)
    return _ENDS[last.state](last) if last.state in _ENDS else _at_work(last, entry, register)


def _not_begun(entry: Entry, period: Period) -> Standing:
    return Standing(
        text(
            "没有任何运行登记过本期报告：DAG 被暂停、调度器当时没有运行，或第一个任务“登记”失败",
            "no run ever opened it: its DAG is paused, the scheduler was down at the time, or its first task failed",
        ),
        text(
            f"请在 Airflow 中启用（Unpause）DAG {entry.key}，确认调度器在运行，然后以 period={period.label} 触发。",
            f"Unpause the DAG {entry.key} in Airflow, see that the scheduler runs, then trigger it with "
            f"period={period.label}.",
        ),
        is_begun=False,
    )


def _failed(last: Revision, entry: Entry, register: Register) -> Standing:
    at = next((one.at for one in reversed(register.events(last.ref)) if one.what == "failed"), last.opened_at)
    note = last.note if len(last.note) <= _SHOWN else last.note[:_SHOWN] + " …"
    when = local(at, entry.period.timezone)
    left_zh, left_en = _not_served(last, register)
    return Standing(
        text(
            f"第 {last.number} 版于 {when} 停止，原因：{note}{left_zh}",
            f"revision {last.number} stopped at {when}: {note}{left_en}",
        ),
        text(
            f"处理后，请在运行 {last.run} 中清除（Clear）失败的任务，流程从该处继续。",
            f"Fix it, then clear the failed task of run {last.run}: it goes on from there.",
        ),
    )


def _undelivered(last: Revision, register: Register) -> Standing:
    left_zh, left_en = _not_served(last, register)
    resend = f"python -m itss resend {last.report} {last.period}"
    decide = f"python -m itss.register delivery {last.report} {last.period} {last.number} ADDRESS …"
    return Standing(
        text(
            f"第 {last.number} 版已放行，分发没有完成{left_zh}",
            f"revision {last.number} is released, and its delivery has not ended{left_en}",
        ),
        text(
            f"请清除（Clear）运行 {last.run} 的任务 deliver，或执行 {resend}；已收到者不会再次收到。"
            f"结果不明的邮件：{decide}。",
            f"Clear the task deliver of run {last.run}, or {resend}: whoever has it gets no second. A mail whose end "
            f"is not known is decided by {decide}.",
        ),
    )


def _not_served(last: Revision, register: Register) -> tuple[str, str]:
    """To whom, of those it was planned for, it has not come; in both languages."""
    left = [one for one in register.deliveries(last.ref) if one.status not in SETTLED]
    named = ", ".join(f"{one.address} ({one.status}{f': {one.answer}' if one.answer else ''})" for one in left)
    return (f"；尚未送达 {named}", f"; it has not reached {named}") if left else ("", "")


def _without_data(entry: Entry, period: Period, people: ReportList, register: Register) -> Standing:
    places = lacking(entry, people, period, register.hand_ins(entry.key, period.label))
    hand_in = f"python -m itss hand-in {' '.join(places[0].key)} FILE --by PERSON"
    processes = [place.process_name for place in places]
    zh, en = "、".join(one.zh for one in processes), ", ".join(one.en for one in processes)
    who = names(places[0].collectors)
    return Standing(
        text(f"等待数据：{zh}，应由{who.zh}提交", f"it waits for data on {en} from {who.en}"),
        text(
            f"请放入收件文件夹，或执行 {hand_in}。",
            f"Drop it into the inbox, or: {hand_in}.",
        ),
    )


def _missing(last: Revision, register: Register) -> list[Awaited]:
    """The versions of other reports that it waits for, as they were named when it was opened."""
    wanted = [(report, label) for report, label in register.entry(last.ref).get("awaited", ())]
    sealed = register.newest_versions(wanted) if wanted else {}
    return [one for one in wanted if one not in sealed]


def _without_versions(last: Revision, missing: Sequence[Awaited], register: Register) -> Standing:
    began = register.newest_versions(missing, is_sealed=False)
    states = {one: began[one].state if one in began else "–" for one in missing}
    named = ", ".join(f"{report} {label} ({states[report, label]})" for report, label in missing)
    return Standing(
        text(
            f"第 {last.number} 版等待其他报告存档后再收集数据：{named}",
            f"revision {last.number} waits for versions of other reports to be sealed before it collects: {named}",
        ),
        text(
            "请先完成上述报告，直至存档；本报告随即自动继续。",
            "Bring those reports to their end, until they are archived; this one then goes on by itself.",
        ),
    )


def _at_work(last: Revision, entry: Entry, register: Register) -> Standing:
    when = local(register.events(last.ref)[-1].at, entry.period.timezone)
    return Standing(
        text(
            f"第 {last.number} 版处于 {last.state}，最后一次进展在 {when}",
            f"revision {last.number} is {last.state}; its last sign of life was at {when}",
        ),
        text(
            f"请查看运行 {last.run}。如该运行已不存在：{_triggered(last).zh}",
            f"Look at run {last.run}. If that run is gone: {_triggered(last).en}",
        ),
    )


def _triggered(last: Revision) -> Text:
    return text(
        f"请以 period={last.period} 触发 DAG {last.report}。",
        f"Trigger the DAG {last.report} with period={last.period}.",
    )


def _reworked(last: Revision) -> Standing:
    return Standing(
        text(
            f"第 {last.number} 版被退回，编制人已修改，但第 {last.number + 1} 版没有开始",
            f"revision {last.number} was returned and has been reworked, but revision {last.number + 1} has not begun",
        ),
        _triggered(last),
    )


def _given_up(last: Revision) -> Standing:
    return Standing(
        text(f"第 {last.number} 版已作废：{last.note}", f"revision {last.number} was given up: {last.note}"),
        _triggered(last),
    )


def _archived_only(last: Revision) -> Standing:
    return Standing(
        text(
            "只由回填（backfill）存档，没有发送给任何人", "a backfill made it for the archive alone; it went to nobody"
        ),
        text(
            f"请以 period={last.period} 触发 DAG {last.report}，报告将送审并分发。",
            f"Trigger the DAG {last.report} with period={last.period}: it is submitted, approved and delivered.",
        ),
    )


_ENDS = {"returned": _reworked, "superseded": _given_up, "sealed": _archived_only, "unchanged": _archived_only}
