"""Section b) nonconformities and issues (不符合项和问题): missed targets, the rows that breached, security."""

from __future__ import annotations

import pandas as pd

from itss.reports import listings, remedies
from itss.reports.document import Column, Listing, Table
from itss.reports.figure import Figure
from itss.reports.targets import count, nothing_missed, targeted
from itss.reports.writer import Writer

SHOWN_ROWS = 25
"""Breached rows on the page; the workbook has them all."""
MAX_PLACES = 10


def lead(writer: Writer) -> list[str]:
    """How many targets were missed, and which records are concerned."""
    failed = [figure for figure in targeted(writer) if figure.status == "missed"]
    return _lead(writer, failed, _filled(writer.given.measured.nonconformities))


def concentration(writer: Writer) -> Table | None:
    """Where the breaches are; ``None`` without any, or where neither service nor priority is known."""
    rows = _filled(writer.given.measured.nonconformities)
    where = next((name for name in ("service", "priority") if rows[name].notna().any()), "") if len(rows) else ""
    return _concentration(writer, rows, where) if where else None


def listing(writer: Writer, key: tuple[str, str] | None = None, shown: int = SHOWN_ROWS) -> Listing | None:
    """The rows in breach, of one measure or of all; ``None`` without any."""
    rows = writer.given.measured.nonconformities
    if key is not None:
        rows = rows[(rows["process"] == key[0]) & (rows["measure"] == key[1])]
    return _listing(writer, _filled(rows), shown) if len(rows) else None


def remedied(writer: Writer) -> Table | None:
    """What is being done about each missed target; ``None`` where none was missed."""
    failed = [figure for figure in targeted(writer) if figure.status == "missed"]
    return remedies.table(writer, failed) if failed else None


def gaps(writer: Writer) -> Table | None:
    """The targets that were missed or nearly so, with the gap to each; ``None`` where there are none."""
    missed = [figure for figure in targeted(writer) if figure.status in ("missed", "at_risk")]
    return _missed_table(writer, missed) if missed else None


def _filled(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows, an empty text being none."""
    rows = rows.assign(**{name: rows.get(name, "") for name in ("owner", "cause", "action")})
    texts = ["title", "service", "priority", "owner", "cause", "action"]
    return rows.reset_index(drop=True).assign(**{name: rows[name].replace("", None).array for name in texts})


def _lead(writer: Writer, missed: list[Figure], rows: pd.DataFrame) -> list[str]:
    if not any(figure.target is not None for figure in writer.given.every_figure):
        lead = [writer.words("section.b.recorded" if len(rows) else "section.b.no_targets")]
    elif missed:
        lead = [writer.plural("section.b.lead", len(missed))]
    else:
        counted = count(writer.given, targeted(writer))
        none = writer.words("section.b.none") if counted.all_met and not len(rows) else ""
        lead = [none + nothing_missed(writer)]
    return [*lead, _records(writer, rows)] if len(rows) else lead


def _records(writer: Writer, rows: pd.DataFrame) -> str:
    """How many records are concerned, and by which indicator and member, since the figures count them each."""
    total = len(rows.drop_duplicates(["process", "id"]))
    counts = rows.assign(member=rows["member"].fillna("")).value_counts(["process", "measure", "member"], sort=False)
    ranked = counts.sort_values(ascending=False, kind="stable")
    parts = [
        writer.words("analysis.part_member", member=_of(writer, process, measure, member), part=f"{number:,}")
        for process, measure, member, number in ranked.head(MAX_PLACES).reset_index().itertuples(index=False, name=None)
    ]
    more = len(ranked) - len(parts)
    text = writer.plural("section.b.rows", total, parts=writer.cells.words.join(parts))
    text += writer.plural("analysis.more", more) if more else ""
    twice = writer.words("section.b.twice", sum=f"{int(counts.sum()):,}") if counts.sum() > total else ""
    return text + twice + writer.words("stop")


def _of(writer: Writer, process: str, measure: str, member: str) -> str:
    """An indicator, its member, and how it stands to its target: rows are listed also where it was met."""
    is_own = {f.member: f for f in writer.given.every_figure if f.key == (process, measure) and f.target is not None}
    figure = is_own.get(member)
    name = writer.label(figure) if figure else writer.measure_label(process, measure)
    return writer.words("section.b.of", name=name, status=writer.words(f"status.{figure.status if figure else 'none'}"))


def _missed_table(writer: Writer, figures: list[Figure]) -> Table:
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.indicator"), 40),
        Column(words("column.value"), 14, "right"),
        Column(words("column.target"), 14, "right"),
        Column(words("column.status"), 14),
        Column(words("column.gap"), 14, "right"),
        Column(words("column.basis"), 18, "right"),
    )
    rows = tuple(
        (
            cells.text(writer.label(figure)),
            writer.value(figure),
            writer.target(figure),
            writer.status(figure),
            cells.gap(figure.value, figure.target, figure.measure.unit),
            writer.basis(figure),
        )
        for figure in figures
    )
    return Table(words("caption.missed"), columns, rows)


def _concentration(writer: Writer, rows: pd.DataFrame, by: str) -> Table:
    """Which services (or priorities, where no service is known) the breaches are in: where to look first."""
    counts = rows.assign(**{by: rows[by].fillna("")}).value_counts(["process", "measure", by], sort=False)
    counts = counts.sort_values(ascending=False, kind="stable")
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.indicator"), 40),
        Column(words(f"column.{by}"), 20),
        Column(words("column.rows"), 12, "right"),
    )
    table = tuple(
        (
            cells.text(writer.measure_label(process, measure)),
            cells.text(member or words("member.empty")),
            cells.count(count),
        )
        for process, measure, member, count in counts.head(MAX_PLACES).reset_index().itertuples(index=False, name=None)
    )
    rest = len(counts) - len(table)
    note = writer.plural("note.places", rest, rows=f"{counts.iloc[MAX_PLACES:].sum():,}") if rest else ""
    note += writer.words("note.concentration") if counts.sum() > len(rows.drop_duplicates(["process", "id"])) else ""
    return Table(words("caption.concentration"), columns, table, note)


def _listing(writer: Writer, rows: pd.DataFrame, most: int) -> Listing:
    words = writer.words
    columns = {
        "indicator": Column(words("column.indicator"), 34, wrap=True),
        "id": Column(words("column.id"), 19, kind="code"),
        "title": Column(words("column.title"), 40, wrap=True),
        "service": Column(words("column.service"), 16),
        "priority": Column(words("column.priority"), 12),
        "opened_at": Column(words("column.opened_at"), 20, kind="instant"),
        "ended_at": Column(words("column.ended_at"), 20, kind="instant"),
        "elapsed_h": Column(words("column.elapsed_h"), 12, "right", kind="h"),
        "target": Column(words("column.target_h"), 12, "right", kind="h"),
        "owner": Column(words("column.owner"), 24, wrap=True),
        "cause": Column(words("column.cause"), 30, wrap=True),
        "action": Column(words("column.action"), 30, wrap=True),
    }
    labels = {
        (process, measure): writer.measure_label(process, measure)
        for process, measure in rows[["process", "measure"]].drop_duplicates().itertuples(index=False)
    }
    frame = pd.DataFrame(
        {
            "indicator": [labels[key] for key in zip(rows["process"], rows["measure"], strict=True)],
            **{name: rows[name] for name in ("id", "title", "service", "priority")},
            **{name: listings.local(writer, rows[name]) for name in ("opened_at", "ended_at")},
            **{name: pd.to_numeric(rows[name]).astype(float) for name in ("elapsed_h", "target")},
            "owner": rows["owner"],
            "cause": rows["cause"],
            "action": rows["action"],
        }
    )
    overrun = pd.DataFrame({"times": frame["elapsed_h"] / frame["target"], "hours": frame["elapsed_h"]})
    frame = frame.loc[overrun.sort_values(["times", "hours"], ascending=False, kind="stable").index]
    return listings.listing(writer, words("caption.breaches"), words("sheet.breaches"), columns, frame, most)
