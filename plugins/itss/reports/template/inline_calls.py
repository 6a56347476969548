"""Calls that stand in running text: names and figures, with their unit and in the report's language."""

from __future__ import annotations

from dataclasses import replace

from itss.reports.document import Cell
from itss.reports.template.arguments import Appendix, Content, Measure, Words
from itss.reports.template.materials import Materials
from itss.reports.template.placeholders import Inline

SPARK_POINTS = 13


def title(given: Materials) -> Inline:
    """The title of the report."""
    return Inline(Cell(given.writer.cells.words.of(given.writer.given.entry.title)))


def period(given: Materials) -> Inline:
    """The period in words, e.g. September 2026."""
    return Inline(Cell(given.writer.cells.period(given.writer.given.period)))


def revision(given: Materials) -> Inline:
    """The revision in words."""
    inputs, words = given.writer.given, given.writer.words
    return Inline(Cell(words("revision.preview") if inputs.preview else words("revision.label", n=inputs.revision)))


def value(given: Materials, measure: Measure) -> Inline:
    """The figure of this period; where there is none, why."""
    figure = given.figure(measure)
    cell = given.writer.value(figure) if figure else None
    return _figure(given, replace(cell, text=cell.text + given.writer.raw(figure)) if figure and cell else None)


def previous(given: Materials, measure: Measure) -> Inline:
    """The figure of the period before."""
    figure = given.figure(measure)
    trend = given.writer.trend(figure) if figure else None
    known = trend is not None and trend.previous is not None
    cell = given.writer.cells.number(trend.previous, figure.measure.unit) if figure and trend and known else None
    return _figure(given, cell)


def change(given: Materials, measure: Measure) -> Inline:
    """The change since the period before: percentage points for rates, percent for the rest."""
    figure = given.figure(measure)
    trend = given.writer.trend(figure) if figure else None
    if not figure or not trend or trend.previous is None or figure.value is None:
        return _figure(given, None)
    return _figure(given, given.writer.cells.change(figure.value, trend.previous, figure.measure.unit))


def target(given: Materials, measure: Measure) -> Inline:
    """The agreed target, with ≥ or ≤; that there is none, where none is agreed."""
    figure = given.figure(measure)
    if figure is None or figure.target is None:
        return Inline(Cell(given.writer.words("status.none"), tone="muted"), is_figure=True)
    return _figure(given, given.writer.target(figure))


def status(given: Materials, measure: Measure) -> Inline:
    """Whether the target was met, with its sign."""
    figure = given.figure(measure)
    return _figure(given, given.writer.status(figure) if figure else None)


def sparkline(given: Materials, measure: Measure) -> Inline:
    """The last 13 periods as a small line; in a cell of a table."""
    figure = given.figure(measure)
    spark = given.writer.line(figure.key)[-SPARK_POINTS:] if figure else ()
    if figure is None or sum(one is not None for one in spark) < 2:
        return Inline(Cell("–", tone="muted"), is_figure=True)
    return Inline(Cell(tone=given.writer.status(figure).tone, spark=spark), is_figure=True)


def section(given: Materials, key: Content, title: Words | None = None) -> Inline:
    """The title of one of the six contents, or your own for it; in a ``##`` heading it makes the part that content."""
    words = given.writer.words
    sheet = f"{key} {title}" if title else words(f"section.{key}.sheet")
    return Inline(Cell(title or words(f"section.{key}.title")), content=key, sheet=sheet)


def appendix(given: Materials, key: Appendix, title: Words | None = None) -> Inline:
    """The title of an appendix, or your own for it; in a ``##`` heading it makes the part that appendix."""
    words = given.writer.words
    sheet = title or words(f"appendix.{key}.sheet")
    return Inline(Cell(title or words(f"appendix.{key}.title")), content=key, sheet=sheet, is_appendix=True)


def _figure(given: Materials, cell: Cell | None) -> Inline:
    none = Cell(given.writer.words("status.not_available"), tone="muted")
    return Inline(replace(cell) if cell else none, is_figure=True)
