"""Section b) nonconformities and issues (不符合项和问题): missed targets, the rows that breached, security."""

from __future__ import annotations

import pandas as pd

from itss.measures.base import Measure
from itss.reports.document import Block, Column, Listing, Table
from itss.reports.front import targeted
from itss.reports.inputs import Figure
from itss.reports.tables import available, grouped_tables, split_tables
from itss.reports.writer import Writer

SHOWN_ROWS = 25
"""Breached rows on the page; the workbook has them all."""


def build(writer: Writer) -> tuple[list[str], list[Block]]:
    """Missed targets first, then issues such as security weaknesses, then the rows."""
    missed = [figure for figure in targeted(writer) if figure.status in ("missed", "at_risk")]
    rows = writer.given.measured.nonconformities.reset_index(drop=True)
    lead = _lead(writer, [figure for figure in missed if figure.status == "missed"], rows)
    blocks: list[Block] = []
    if missed:
        blocks.append(_missed_table(writer, missed))
    figures = writer.given.of_section("b")
    blocks += _issues(writer, figures)
    if len(rows):
        blocks += [_by_service(writer, rows), _listing(writer, rows)]
    return lead, blocks


def _lead(writer: Writer, missed: list[Figure], rows: pd.DataFrame) -> list[str]:
    if not any(figure.target is not None for figure in writer.given.figures):
        lead = [writer.words("section.b.no_targets")]
    elif not missed:
        lead = [writer.words("section.b.none")]
    else:
        lead = [writer.plural("section.b.lead", len(missed))]
    if len(rows):
        lead.append(writer.plural("section.b.rows", len(rows.drop_duplicates(["process", "id"]))))
    return lead


def _missed_table(writer: Writer, figures: list[Figure]) -> Table:
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.indicator"), 40),
        Column(words("column.status"), 14),
        Column(words("column.value"), 14, "right"),
        Column(words("column.target"), 14, "right"),
        Column(words("column.gap"), 14, "right"),
        Column(words("column.basis"), 18, "right"),
    )
    rows = tuple(
        (
            cells.text(writer.label(figure)),
            cells.status(figure.status),
            writer.value(figure),
            writer.target(figure),
            cells.gap(figure.value, figure.target, figure.measure.unit),
            writer.basis(figure),
        )
        for figure in figures
    )
    return Table(words("caption.missed"), columns, rows)


def _issues(writer: Writer, figures: list[Figure]) -> list[Block]:
    return [*grouped_tables(writer, figures), *split_tables(writer, available(figures))]


def _by_service(writer: Writer, rows: pd.DataFrame) -> Table:
    """Which services and measures the breaches are in: where to look first."""
    counts = (
        rows.assign(service=rows["service"].fillna(""))
        .groupby(["process", "measure", "service"], sort=True)
        .size()
        .sort_values(ascending=False, kind="stable")
        .head(12)
    )
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.indicator"), 40),
        Column(words("column.service"), 20),
        Column(words("column.rows"), 12, "right"),
    )
    table = tuple(
        (
            cells.text(_measure_label(writer, str(process), str(measure))),
            cells.text(service or writer.words("member.empty")),
            cells.count(count),
        )
        for (process, measure, service), count in counts.items()  # type: ignore[misc]
    )
    return Table(words("caption.concentration"), columns, table)


def _listing(writer: Writer, rows: pd.DataFrame) -> Listing:
    words = writer.words
    columns = (
        Column(words("column.indicator"), 30, wrap=True),
        Column(words("column.id"), 16, kind="code"),
        Column(words("column.title"), 44, wrap=True),
        Column(words("column.service"), 16),
        Column(words("column.priority"), 12),
        Column(words("column.opened_at"), 17, kind="instant"),
        Column(words("column.ended_at"), 17, kind="instant"),
        Column(words("column.elapsed_h"), 12, "right", kind="h"),
        Column(words("column.target"), 12, "right", kind="h"),
    )
    labels = {
        (process, measure): _measure_label(writer, process, measure)
        for process, measure in rows[["process", "measure"]].drop_duplicates().itertuples(index=False)
    }
    frame = pd.DataFrame(
        {
            "indicator": [labels[key] for key in zip(rows["process"], rows["measure"], strict=True)],
            **{name: rows[name] for name in ("id", "title", "service", "priority")},
            **{name: _local(writer, rows[name]) for name in ("opened_at", "ended_at")},
            **{name: pd.to_numeric(rows[name]).astype(float) for name in ("elapsed_h", "target")},
        }
    )
    order = (frame["elapsed_h"] / frame["target"]).sort_values(ascending=False, kind="stable", na_position="last").index
    frame = frame.loc[order].sort_values("indicator", kind="stable")
    total = len(frame)
    note = (
        writer.plural("note.rows", total)
        if total <= SHOWN_ROWS
        else words("note.rows_cut", shown=SHOWN_ROWS, total=f"{total:,}", sheet=words("sheet.breaches"))
    )
    return Listing(words("caption.breaches"), words("sheet.breaches"), columns, frame, SHOWN_ROWS, note)


def _local(writer: Writer, instants: pd.Series) -> pd.Series:
    return pd.to_datetime(instants, utc=True).dt.tz_convert(writer.cells.zone).dt.tz_localize(None)


def _measure_label(writer: Writer, process: str, measure: str) -> str:
    known: Measure | None = writer.given.measures.get((process, measure))
    name = writer.name(known) if known else measure
    return writer.words("label.measure", process=writer.process(process), measure=name)
