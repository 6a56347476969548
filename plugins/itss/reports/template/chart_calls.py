"""Calls that draw charts, and the two tables that belong to the charts of trends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from itss.reports import control_rules, graphs, standing, trend_table
from itss.reports.document import Chart, Paragraph
from itss.reports.template import arguments
from itss.reports.template.arguments import Dimension, Measures, Process
from itss.reports.template.budget import RefusedError
from itss.reports.template.materials import Materials
from itss.reports.template.placeholders import Blocks, at_most_one

KINDS = ("control", "lines", "columns", "bars", "flow", "stock")
ChartKind = Annotated[str, arguments.choice(*KINDS)]


def chart(
    given: Materials,
    kind: ChartKind,
    measures: Measures | None = None,
    by: Dimension | None = None,
    process: Process | None = None,
) -> Blocks:
    """A chart; nothing where there are fewer than two points.

    ``control`` is each measure with its limits, ``lines`` and ``columns`` measures of one unit over the periods,
    ``bars`` a measure ``by`` the members of a dimension, ``flow`` what came in and went out of a ``process``,
    ``stock`` what was left of it.
    """
    found = list(_charts(given, kind, measures or [], by, process))
    hollow = kind == "control" and any(line.hollow for one in found for line in one.series)
    notes = [given.writer.words("section.e.hollow")] if hollow else []
    if any(one.upper is not None for one in found):
        notes.append(rules(given))
    return [*found, *(Paragraph(text.strip(), "note") for text in notes if text)]


def rules(given: Materials) -> str:
    """What the charts mark, and how often that is chance: where it is asked for first, and nowhere else."""
    said = "" if control_rules.PLACE in given.placed else control_rules.sentence(given.writer)
    given.placed.add(control_rules.PLACE)
    return said


def _charts(given: Materials, kind: str, ids: list[str], by: str | None, process: str | None) -> Iterable[Chart]:
    writer = given.writer
    if kind in ("flow", "stock"):
        if process is None:
            raise RefusedError(f'chart("{kind}") is of a process.', f'Write chart("{kind}", process="incident").')
        drawn = [graphs.flow_chart(writer, process) if kind == "flow" else graphs.stock_chart(writer, process)]
    elif kind == "bars":
        if by is None:
            raise RefusedError("Bars stand for the members of a dimension.", 'Write by="service".')
        drawn = [graphs.member_chart(writer, writer.given.measures[given.measures[one]], by) for one in ids]
        given.used.update(given.measures[one] for one in ids)
    elif kind == "control":
        drawn = [graphs.control_chart(writer, figure) for figure in given.figures(ids)]
    else:
        drawn = [_history(given, kind, ids)]
    return (one for one in drawn if one)


def _history(given: Materials, kind: str, ids: list[str]) -> Chart | None:
    writer, units = given.writer, {given.writer.given.measures[given.measures[one]].unit for one in ids}
    if len(units) > 1:
        raise RefusedError("These measures have different units.", "Draw a chart for each unit.")
    figures = [figure for figure in given.figures(ids) if figure.value is not None]
    if not figures:
        return None
    names = writer.cells.words.join([writer.name(figure.measure) for figure in figures])
    title = writer.words("label.about", process=writer.process(figures[0].key[0]), text=names)
    return graphs.history_chart(writer, kind, title, figures)


def trends(given: Materials) -> Blocks:
    """Every figure against the period before, last year and its limits."""
    return at_most_one(trend_table.table(given.writer, rules(given)))


def limits(given: Materials) -> Blocks:
    """What the limits and points stand on: published or computed, fixed or provisional."""
    known = trend_table.known_trends(given.writer)
    return [standing.table(given.writer, known)] if known else []
