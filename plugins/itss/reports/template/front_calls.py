"""Calls of the first page: verdict, answer, missed targets, what moved, scorecard."""

from __future__ import annotations

from dataclasses import replace

from itss.measures.year_figures import YEAR
from itss.reports import front, movement, scorecard, targets
from itss.reports.document import Beside, Block, Paragraph, Points, Verdict
from itss.reports.figure import Figure
from itss.reports.template.arguments import Count, Dimension, Flag, Measures, Words
from itss.reports.template.materials import Materials
from itss.reports.template.placeholders import Blocks


def verdict(given: Materials) -> Blocks:
    """Whether the targets were met: one line, and how many stand where."""
    figures = targets.targeted(given.writer)
    headline, tone = targets.headline(given.writer, figures)
    return [Verdict(headline, tone, targets.tallies(given.writer, figures))]


def answer(given: Materials) -> Blocks:
    """Whether all is well, in a sentence: about how many misses something is being done, or what else there is."""
    return [Paragraph(front.answer(given.writer), "lead")]


def missed(given: Materials, table: Flag = False, sheet: Words | None = None) -> Blocks:
    """What went wrong: each missed target with what is known of it, then whatever else is to be noted.

    With ``table=true`` a table with columns for why, what is being done, by whom and until when; a miss never loses its
    row. ``sheet`` is the sheet of the workbook that has in full what the table shortens.
    """
    if table:
        return front.missed(given.writer, sheet or "")
    points = front.wrong(given.writer, targets.targeted(given.writer))
    return [Points(given.writer.words("front.wrong"), points, front.calm(given.writer)[0])]


def what_moved(given: Materials, top: Count = 5, apart: Flag = False) -> Blocks:
    """What moved: what left its normal range, lasting directions, the largest other changes.

    With ``apart=true`` a list each for what is worse than before, better, and neither; agreed measures first.
    """
    if apart:
        return _in_two_columns(movement.apart(given.writer, top))
    points = movement.moved(given.writer)[:top]
    return [Points(given.writer.words("front.moved"), points, front.calm(given.writer)[1])]


def _in_two_columns(lists: tuple[Points, ...]) -> Blocks:
    """The first two beside each other, the third below them, so that no gap stays beside it."""
    if len(lists) == 1:
        return list(lists)
    left, right, *others = lists
    return [Beside((left,), (right,)), *others]


def scorecard_call(
    given: Materials,
    only: Measures | None = None,
    by: Dimension | None = None,
    assurance: Flag = True,
    short: Flag = False,
) -> Blocks:
    """The table of targets, worst first; ``only`` of these measures, ``by`` with the targets of its members only.

    ``assurance`` says whether a target may be expected to be met; ``short=true`` leaves out the earlier periods, and of
    many targets the missed ones, which are in the table of ``missed(table=true)``.
    """
    figures = _targets(given, only)
    if by is not None:
        figures = [figure for figure in figures if figure.dimension in ("", by)]
    given.used.update(figure.key for figure in figures)
    found = scorecard.scorecard(given.writer, figures, with_assurance=assurance, is_short=short)
    return [replace(found, look="score")]


def matrix(given: Materials, by: Dimension | None = None, only: Measures | None = None) -> Blocks:
    """The targets of members: members down, measures across, a table a dimension, or ``by`` one of them."""
    figures = _targets(given, only)
    dimensions = (
        [by]
        if by
        else list(dict.fromkeys(figure.dimension for figure in figures if figure.dimension not in ("", YEAR)))
    )
    found = [scorecard.matrix(given.writer, dimension, figures) for dimension in dimensions]
    shown: list[Block] = [table for table in found if table is not None and (by or len(table.rows) > 1)]
    if shown:
        given.used.update(figure.key for figure in figures if figure.dimension in dimensions)
    return shown


def _targets(given: Materials, only: list[str] | None) -> list[Figure]:
    figures = targets.targeted(given.writer)
    return figures if only is None else [figure for figure in figures if ".".join(figure.key) in only]
