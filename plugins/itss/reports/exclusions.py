"""Agreed exclusions (约定剔除) in a report: which there are, which figures they change, and every record they took out.

The agreed figure is judged. Where its status is another one than the raw figure's, page one says so: nobody may take
a target for met without seeing that it is so by agreement. Nothing is said where no exclusion touches a figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from itss.measures.reasons import BY_AGREEMENT
from itss.reports import listings
from itss.reports.document import Block, Cell, Column, Listing, Point, Table
from itss.reports.figure import Figure
from itss.reports.writer import Writer

SHOWN_ROWS = 25
SHOWN_POINTS = 5
DOUBT = "!"


def changed(writer: Writer) -> list[Figure]:
    """The figures that an exclusion changes, in their order."""
    return [figure for figure in writer.given.figures if figure.raw is not None]


def turned(figures: Iterable[Figure]) -> list[Figure]:
    """Those of which the status is another one than without the exclusions."""
    return [one for one in figures if one.raw is not None and one.raw.status != one.status]


def points(writer: Writer, figures: Iterable[Figure]) -> list[Point]:
    """For page one: targets that stand otherwise by agreement, each with both figures."""
    found = turned(figures)
    shown = [Point(_head(writer, figure), _told(writer, figure), "at_risk", DOUBT) for figure in found[:SHOWN_POINTS]]
    more = len(found) - len(shown)
    if more > 0:
        shown.append(Point(writer.plural("exclusion.more", more), writer.words("exclusion.see"), "at_risk", DOUBT))
    return shown


def blocks(writer: Writer) -> list[Block]:
    """The exclusions, the figures before and after them, and the records; nothing where there are none."""
    rows = writer.given.measured.exclusions
    figures = changed(writer)
    if not figures and not len(rows):
        return []
    found: list[Block] = [_exclusions(writer, rows)] if len(rows) else []
    found += [_figures(writer, figures)] if figures else []
    return [*found, _listing(writer, rows)] if len(rows) else found


def _head(writer: Writer, figure: Figure) -> str:
    count = figure.excluded.get(BY_AGREEMENT, 0)
    return writer.plural("exclusion.records", count) if count else writer.words("exclusion.time")


def _told(writer: Writer, figure: Figure) -> str:
    raw = figure.raw
    if raw is None:
        return ""
    values = {
        "name": writer.label(figure),
        "agreed": writer.value(figure).text + writer.on(figure, figure.value, figure.n),
        "status": writer.status(figure).text,
        "raw": writer.raw_value(figure).text + writer.on(figure, raw.value, raw.n),
        "raw_status": writer.cells.status(raw.status).text,
    }
    return writer.words("exclusion.turned", **values)


def _exclusions(writer: Writer, rows: pd.DataFrame) -> Table:
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.exclusion"), 26),
        Column(words("column.concerns"), 34, wrap=True),
        Column(words("column.reason"), 44, wrap=True),
        Column(words("column.agreed_by"), 28, wrap=True),
        Column(words("column.agreed_on"), 13),
        Column(words("column.evidence"), 28, wrap=True),
        Column(words("column.sha256"), 40, wrap=True),
    )
    table = tuple(
        (
            cells.code(str(key)),
            cells.text(_concerns(writer, own)),
            cells.text(own["reason"].iloc[0]),
            cells.text(own["agreed_by"].iloc[0]),
            cells.text(own["agreed_on"].iloc[0]),
            cells.text(own["evidence"].iloc[0]),
            cells.code(str(own["sha256"].iloc[0])),
        )
        for key, own in rows.groupby("exclusion", sort=False)
    )
    return Table(words("caption.exclusions"), columns, table, words("note.exclusions"))


def _concerns(writer: Writer, own: pd.DataFrame) -> str:
    """The process, the time where it is one, and how many records."""
    first = own.iloc[0]
    parts = [writer.process(str(first["process"]))]
    if not pd.isna(first["since"]):
        since, until = (writer.cells.instant(first[name]).text for name in ("since", "until"))
        parts.append(writer.words("exclusion.span", since=since, until=until))
    parts.append(writer.plural("note.rows", own["id"].nunique()).rstrip(writer.words("stop")))
    return writer.cells.words.join(parts)


def _figures(writer: Writer, figures: Sequence[Figure]) -> Table:
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.indicator"), 44, wrap=True),
        Column(words("column.agreed_value"), 14, "right"),
        Column(words("column.basis"), 20, "right"),
        Column(words("column.status"), 14),
        Column(words("column.raw_value"), 14, "right"),
        Column(words("column.raw_basis"), 20, "right"),
        Column(words("column.raw_status"), 14),
        Column(words("column.excluded"), 12, "right"),
    )
    rows = tuple(
        (
            cells.text(writer.label(figure)),
            writer.value(figure),
            writer.basis(figure, with_raw=False),
            writer.status(figure),
            writer.raw_value(figure),
            writer.raw_basis(figure),
            cells.status(figure.raw.status) if figure.raw else Cell(),
            cells.count(figure.excluded.get(BY_AGREEMENT, 0)),
        )
        for figure in figures
    )
    return Table(words("caption.raw"), columns, rows, words("note.raw"))


def _listing(writer: Writer, rows: pd.DataFrame) -> Listing:
    words = writer.words
    columns = {
        "indicator": Column(words("column.indicator"), 34, wrap=True),
        "id": Column(words("column.id"), 19, kind="code"),
        "title": Column(words("column.title"), 40, wrap=True),
        "service": Column(words("column.service"), 16),
        "priority": Column(words("column.priority"), 12),
        "begun_at": Column(words("column.opened_at"), 20, kind="instant"),
        "was": Column(words("column.was"), 18),
        "amount": Column(words("column.amount"), 12, "right", kind="number"),
        "exclusion": Column(words("column.exclusion"), 26, kind="code"),
    }
    was = {True: words("exclusion.breach"), False: words("exclusion.counted")}
    frame = pd.DataFrame(
        {
            "indicator": [
                writer.measure_label(str(process), str(measure))
                for process, measure in zip(rows["process"], rows["measure"], strict=True)
            ],
            **{name: rows[name].replace("", None) for name in ("id", "title", "service", "priority")},
            "begun_at": listings.local(writer, rows["begun_at"]),
            "was": [was[bool(one)] for one in rows["is_against"]],
            "amount": pd.to_numeric(rows["amount"]).astype(float),
            "exclusion": rows["exclusion"],
        }
    )
    return listings.listing(writer, words("caption.taken_out"), words("sheet.exclusions"), columns, frame, SHOWN_ROWS)
