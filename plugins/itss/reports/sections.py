"""The procedure's six mandatory contents a) to f), each with generated statements, tables and charts.

A section without figures stays in the report and says that there is no data for the period, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from itss.measures.base import Section as SectionKey
from itss.processes.base import Opinion
from itss.reports import analysis, covered, events, nonconformities, standing
from itss.reports.document import Block, Cell, Chart, Column, Paragraph, Section, Table
from itss.reports.figure import Figure, Trend
from itss.reports.graphs import control_chart, history_chart, member_chart
from itss.reports.tables import available, grouped_tables, last_year, lean, split_table, split_tables
from itss.reports.targets import count, summary, targeted
from itss.reports.writer import Writer

CHARTS_OF_TARGETS, CHARTS_OF_TRENDS = 4, 6
COURSE_WORDS = ("improving", "worsening", "rising", "falling", "no_trend", "too_few", "few_cases")
KEYS: tuple[SectionKey, ...] = ("a", "b", "c", "d", "e", "f")


def build(writer: Writer) -> tuple[Section, ...]:
    """All six, in the procedure's order."""
    parts: dict[SectionKey, Callable[[Writer], tuple[list[str], list[Block]]]] = {
        "a": _targets,
        "b": nonconformities.build,
        "c": _workload,
        "d": events.build,
        "e": _trends,
        "f": _satisfaction,
    }
    sections = []
    for key in KEYS:
        lead, blocks = parts[key](writer)
        missing = [Paragraph(text, "empty") for text in _missing(writer, key, has_content=bool(blocks or lead))]
        title, sheet = writer.words(f"section.{key}.title"), writer.words(f"section.{key}.sheet")
        said = analysis.sentences(writer, key, len(lead))
        comment = writer.given.comments.get(key, "")
        sections.append(Section(key, title, sheet, tuple(lead), (*missing, *blocks), said, comment))
    return tuple(sections)


def _missing(writer: Writer, key: SectionKey, *, has_content: bool) -> list[str]:
    """Why a section has nothing, or lacks a part: never silence."""
    given = writer.given
    here = {m.process for m in given.measures.values() if m.section == key or (key == "e" and not has_content)}
    texts = [
        writer.words("empty.missing", process=writer.process(s.process), source=s.source)
        for s in given.submissions
        if s.missing and s.process in here
    ]
    texts += [
        writer.words("empty.no_rows", process=writer.process(s.process), source=s.source)
        for s in given.submissions
        if not s.missing and s.rows == 0 and s.process in here
    ]
    gaps = [
        covered.sentence(writer, line)
        for line in covered.gaps(writer)
        if (line.process in here or key == "e")
        and not (key == "c" and _flow(writer, line.process))  # there it is said already
    ]
    if not has_content and not texts and not gaps:
        texts.append(writer.words("empty.unavailable" if here else "empty.no_source"))
    if texts and not has_content and not gaps:
        return [writer.words("empty.head") + writer.words("empty.separator").join(texts)]
    return [*texts, *gaps]


def _targets(writer: Writer) -> tuple[list[str], list[Block]]:
    figures = writer.given.of_section("a")
    judged = targeted(writer)
    lead = []
    if judged:
        agreement = writer.given.agreement
        counts = summary(writer, count(writer.given, judged))
        version = agreement.version if agreement else "–"
        lead.append(writer.words("section.a.lead", counts=counts, version=version) + writer.words("stop"))
    elif figures:
        lead.append(writer.words("section.a.no_targets"))
    shares = [f for f in targeted(writer) if not f.dimension and f in figures and f.measure.unit == "share"]
    charts = [control_chart(writer, figure) for figure in shares[:2]]
    for figure in shares[:1]:
        same = dict.fromkeys(f.dimension for f in writer.given.figures if f.key == figure.key and f.dimension)
        charts += [member_chart(writer, figure.measure, dimension) for dimension in same]
    blocks: list[Block] = [*[chart for chart in charts if chart][:CHARTS_OF_TARGETS]]
    blocks += grouped_tables(writer, figures)
    blocks += split_tables(writer, available(figures))
    return lead, blocks if available(figures) or lead else []


def _workload(writer: Writer) -> tuple[list[str], list[Block]]:
    figures = writer.given.of_section("c")
    lead = [text for process in dict.fromkeys(f.key[0] for f in figures) if (text := _flow(writer, process))]
    blocks: list[Block] = [*_flow_charts(writer, figures), *_utilisation_charts(writer)]
    blocks += grouped_tables(writer, figures)
    everywhere = [writer.given.measures[key] for key in dict.fromkeys(f.key for f in writer.given.figures)]
    split = [m for m in everywhere if m.section == "c"]
    for process in dict.fromkeys(m.process for m in split):
        wanted = [m for m in split if m.process == process]
        dimensions = dict.fromkeys(f.dimension for f in writer.given.figures if f.key[0] == process and f.dimension)
        tables = [split_table(writer, process, dimension, wanted) for dimension in dimensions]
        blocks += [table for table in tables if table]
    return lead, blocks if lead or available(figures) or len(blocks) else []


def _flow(writer: Writer, process: str) -> str:
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
    if ended and ended.value is not None:
        text += writer.words("section.c.joint") + _counted(writer, ended)
    if backlog and backlog.value is not None:
        text += writer.words("section.c.joint") + _counted(writer, backlog)
    text += writer.words("stop")
    line = writer.given.coverage.get(process)
    if line is None or writer.given.is_covered(process):
        return text
    return writer.words("analysis.joint").join([text, covered.sentence(writer, line)])


def _counted(writer: Writer, figure: Figure) -> str:
    return writer.words("section.c.counted", name=writer.name(figure.measure), value=writer.shown(figure))


def _flow_charts(writer: Writer, figures: Sequence[Figure]) -> list[Block]:
    charts: list[Chart | None] = []
    for process, group in groupby(figures, key=lambda figure: figure.key[0]):
        by_id = {figure.measure.id: figure for figure in group if figure.value is not None}
        roles = writer.roles(process)
        flow = [by_id[name] for name in (roles.inflow, roles.outflow) if name in by_id]
        if flow:
            names = writer.cells.words.join([writer.name(figure.measure) for figure in flow])
            title = writer.words("label.about", process=writer.process(process), text=names)
            charts.append(history_chart(writer, "columns", title, flow))
        backlog = [by_id[name] for name in (roles.stock, roles.aged_stock) if name in by_id]
        if backlog:
            title = writer.words("chart.backlog", process=writer.process(process))
            charts.append(history_chart(writer, "lines", title, backlog))
    return [chart for chart in charts if chart]


def _utilisation_charts(writer: Writer) -> Sequence[Block]:
    """The first share by the members that a process is always split by: they may have thresholds of their own."""
    figures = [
        f
        for f in writer.given.figures
        if f.measure.section == "c" and f.measure.unit == "share" and f.dimension in writer.roles(f.key[0]).always_by
    ]
    ranked = sorted(figures, key=lambda f: f.target is None)
    charts = [member_chart(writer, figure.measure, figure.dimension) for figure in ranked[:1]]
    return [chart for chart in charts if chart]


def _trends(writer: Writer) -> tuple[list[str], list[Block]]:
    known = [(figure, trend) for figure in writer.given.whole.values() if (trend := writer.trend(figure))]
    known = [(figure, trend) for figure, trend in known if figure.value is not None]
    if not known:
        return [], []
    lead = [_courses(writer, [trend for _, trend in known])]
    if len(writer.periods) < 2:
        lead.append(writer.words("section.e.first"))
    order = sorted(known, key=lambda pair: (not pair[1].is_signal, pair[0].target is None))
    charts = [control_chart(writer, figure) for figure, _ in order if _is_charted(figure, writer)]
    drawn = [chart for chart in charts if chart][:CHARTS_OF_TRENDS]
    hollow = writer.words("section.e.hollow") if any(s.hollow for chart in drawn for s in chart.series) else ""
    chosen = [Paragraph(writer.words("section.e.chosen") + hollow, "note")] if drawn else []
    blocks: list[Block] = [*chosen, *drawn, _trend_table(writer, known), standing.table(writer, known)]
    return lead, blocks


def _courses(writer: Writer, trends: Sequence[Trend]) -> str:
    """How many figures improve, worsen, …, a course that none takes left out; and how many of them are signals."""
    counts = {course: sum(trend.direction == course for trend in trends) for course in COURSE_WORDS}
    parts = [writer.plural(f"section.e.{course}", count) for course, count in counts.items() if count]
    said = writer.plural("section.e.lead", len(trends), parts=writer.cells.words.join(parts))
    limited = sum(trend.upper is not None and not trend.is_few for trend in trends)
    signals = sum(trend.is_signal for trend in trends)
    how = writer.words("section.e.limited", limited=limited, signals=signals) if limited else ""
    return said + how + writer.words("stop")


def _is_charted(figure: Figure, writer: Writer) -> bool:
    trend = writer.trend(figure)
    return figure.target is not None or figure.measure.unit == "share" or bool(trend and trend.is_signal)


def _trend_table(writer: Writer, known: Sequence[tuple[Figure, Trend]]) -> Table:
    words = writer.words
    columns = (
        Column(words("column.indicator"), 42, wrap=True),
        Column(words("column.value"), 14, "right"),
        Column(words("column.previous"), 14, "right"),
        Column(words("column.change"), 16, "right"),
        Column(words("column.last_year"), 16, "right"),
        Column(words("column.mean"), 14, "right"),
        Column(words("column.limits"), 26, "right"),
        Column(words("column.signal"), 14),
        Column(words("column.direction"), 34),
        Column(words("column.n"), 12, "right"),
        Column(words("column.n_before"), 12, "right"),
        Column(words("column.n_last_year"), 12, "right"),
    )
    rows = tuple(_trend_row(writer, f, t) for f, t in known)
    return lean(Table(words("caption.trends"), columns, rows, words("note.trends")), *last_year(writer))


def _trend_row(writer: Writer, figure: Figure, trend: Trend) -> tuple[Cell, ...]:
    unit, cells = figure.measure.unit, writer.cells
    limits = "–"
    if trend.lower is not None and trend.upper is not None and not trend.is_few:
        limits = f"{cells.number(trend.lower, unit).text} … {cells.number(trend.upper, unit).text}"
    signal = Cell("–", tone="muted")
    if trend.is_signal:
        signal = Cell(writer.words(f"signal.{trend.rule}"), tone="at_risk")
    p = "" if trend.p is None else writer.words("trend.p", p=_p(trend.p), n=trend.n_points)
    tone = {"improving": "met", "worsening": "missed"}.get(trend.direction, "muted")
    direction = Cell(writer.words(f"trend.{trend.direction}") + p, tone=tone)  # type: ignore[arg-type]
    return (
        cells.text(writer.label(figure)),
        writer.value(figure),
        cells.number(trend.previous, unit),
        cells.change(figure.value, trend.previous, unit),
        cells.change(figure.value, trend.last_year, unit),
        cells.number(trend.mean, unit),
        Cell(limits),
        signal,
        direction,
        cells.count(figure.n, "muted"),
        writer.basis_before(figure),
        writer.basis_last_year(figure),
    )


def _p(p: float) -> str:
    """A p-value in three decimals; below that only that it is below."""
    return f"p={p:.3f}" if p >= 0.001 else "p<0.001"


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


def _satisfaction(writer: Writer) -> tuple[list[str], list[Block]]:
    figures = writer.given.of_section("f")
    shown = available(figures)
    if not shown:
        return [], list(grouped_tables(writer, figures)) if figures and writer.given.submissions else []
    lead = [text for process, asked in writer.opinions() if (text := _opinion(writer, process, asked))]
    lead += [writer.words("section.f.few", name=writer.name(f.measure)) for f in shown if f.is_few and not f.dimension]
    charts = [control_chart(writer, f) for f in shown if f.measure.unit in ("share", "score")][:2]
    blocks: list[Block] = [chart for chart in charts if chart]
    blocks += grouped_tables(writer, figures)
    blocks += split_tables(writer, shown)
    return lead, blocks
