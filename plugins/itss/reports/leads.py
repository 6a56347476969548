"""The statements that each of the six contents begins with: what was agreed, what fell short, and so on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from itss.measures.base import Section
from itss.processes.base import Opinion
from itss.reports import covered, events, nonconformities
from itss.reports.figure import Figure, Trend
from itss.reports.tables import available
from itss.reports.targets import count, summary, targeted
from itss.reports.trend_table import known_trends
from itss.reports.writer import Writer

COURSE_WORDS = ("improving", "worsening", "rising", "falling", "no_trend", "too_few", "few_cases")


def lead(writer: Writer, key: Section) -> list[str]:
    """The statements of one content; none where there are no figures for it."""
    makers: dict[Section, Callable[[Writer], list[str]]] = {
        "a": _targets,
        "b": nonconformities.lead,
        "c": _workload,
        "d": events.lead,
        "e": _trends,
        "f": _satisfaction,
    }
    return makers[key](writer)


def _targets(writer: Writer) -> list[str]:
    judged = targeted(writer)
    if judged:
        agreement = writer.given.agreement
        counts = summary(writer, count(writer.given, judged))
        version = agreement.version if agreement else "–"
        return [writer.words("section.a.lead", counts=counts, version=version) + writer.words("stop")]
    return [writer.words("section.a.no_targets")] if writer.given.of_section("a") else []


def _workload(writer: Writer) -> list[str]:
    processes = dict.fromkeys(figure.key[0] for figure in writer.given.of_section("c"))
    return [text for process in processes if (text := flow(writer, process))]


def flow(writer: Writer, process: str) -> str:
    """How many came in, how many were done with, how many are left."""
    roles = writer.roles(process)
    opened, ended, backlog = (writer.given.whole.get((process, m)) for m in (roles.inflow, roles.outflow, roles.stock))
    if opened is None or opened.value is None:
        return ""
    trend = writer.trend(opened)
    text = writer.words("label.about", process=writer.process(process), text=_counted(writer, opened))
    if trend and trend.previous is not None:
        change = writer.cells.change(opened.value, trend.previous, "count").text
        text += writer.words("section.c.change", change=change)
    for figure in (ended, backlog):
        if figure and figure.value is not None:
            text += writer.words("section.c.joint") + _counted(writer, figure)
    text += writer.words("stop")
    line = writer.given.coverage.get(process)
    if line is None or writer.given.is_covered(process):
        return text
    return writer.words("analysis.joint").join([text, covered.sentence(writer, line)])


def _counted(writer: Writer, figure: Figure) -> str:
    return writer.words("section.c.counted", name=writer.name(figure.measure), value=writer.shown(figure))


def _trends(writer: Writer) -> list[str]:
    known = known_trends(writer)
    if not known:
        return []
    first = [writer.words("section.e.first")] if len(writer.periods) < 2 else []
    return [_courses(writer, [trend for _, trend in known]), *first]


def _courses(writer: Writer, trends: Sequence[Trend]) -> str:
    """How many figures improve, worsen, …, a course that none takes left out; and how many of them are signals."""
    counts = {course: sum(trend.direction == course for trend in trends) for course in COURSE_WORDS}
    parts = [writer.plural(f"section.e.{course}", count) for course, count in counts.items() if count]
    said = writer.plural("section.e.lead", len(trends), parts=writer.cells.words.join(parts))
    limited = sum(trend.upper is not None and not trend.is_few for trend in trends)
    signals = sum(trend.is_signal for trend in trends)
    how = writer.words("section.e.limited", limited=limited, signals=signals) if limited else ""
    return said + how + writer.words("stop")


def _satisfaction(writer: Writer) -> list[str]:
    shown = available(writer.given.of_section("f"))
    said = [text for process, asked in writer.opinions() if shown and (text := _opinion(writer, process, asked))]
    return said + [
        writer.words("section.f.few", name=writer.name(f.measure)) for f in shown if f.is_few and not f.dimension
    ]


def _opinion(writer: Writer, process: str, asked: Opinion) -> str:
    """What customers think: the share of the satisfied, how sure that is, and how many answered."""
    names = (asked.satisfied, asked.answers, asked.response)
    top, answers, rate = (writer.given.whole.get((process, name)) for name in names)
    if top is None or top.value is None:
        return ""
    text = writer.words("section.f.top2", value=writer.shown(top))
    if top.low is not None and top.high is not None:
        low, high = (writer.cells.plain(bound, "share") for bound in (top.low, top.high))
        text += writer.words("section.f.interval", low=low, high=high)
    if answers and answers.value is not None:
        text += writer.words("section.f.answers", answers=writer.shown(answers))
    if rate and rate.value is not None:
        text += writer.words("section.f.rate", rate=writer.shown(rate))
    return text + writer.words("stop")
