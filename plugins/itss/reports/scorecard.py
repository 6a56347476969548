"""The scorecard: targets against actuals, worst first; without targets the key figures; or members against measures.

Surprise: a target of a single member (a resource, a priority) that was met is counted, but has no row of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from itss.measures.year_figures import YEAR
from itss.reports import lacking
from itss.reports.document import Cell, Column, Table
from itss.reports.figure import Figure
from itss.reports.tables import as_head, last_year, lean
from itss.reports.writer import TONES, Writer

MAX_MET_MEMBERS = 2
MAX_MEASURES = 8
SPARK_POINTS = 13
MOST_WITH_MISSED = 20
"""A short scorecard of more rows than this leaves the missed targets to the table of them."""
UNMEASURED_SAID = 5
"""So many targets that were not measured are said under *what went wrong*; the note says the others."""
DOUBT = "!"
SYMBOLS = {"met": "✓", "at_risk": "!", "missed": "✗"}
SHORT = ("indicator", "value", "target", "status", "assurance", "history", "basis")


def scorecard(
    writer: Writer, figures: Sequence[Figure], *, with_assurance: bool = False, is_short: bool = False
) -> Table:
    """Targets against actuals, worst first; ``is_short`` leaves the earlier periods to the sparkline.

    Of many rows a short one has only those of targets that were not missed, and says so.
    """
    chosen, note = list(figures) or _key_figures(writer), writer.words("note.score" if is_short else "note.scorecard")
    chosen, folded = _folded(writer, chosen)
    note = folded + note
    unmeasured = [figure for figure in figures if figure.status == "not_available"]
    note = lacking.note(writer, unmeasured[UNMEASURED_SAID:]) + note  # the first are said under *what went wrong*
    if is_short and len(chosen) > MOST_WITH_MISSED:
        missed = [figure for figure in chosen if figure.status == "missed"]
        chosen = [figure for figure in chosen if figure.status != "missed"]
        note = writer.plural("note.missed_above", len(missed)) + note if missed else note
    drawn = writer.plural("column.history", min(len(writer.periods), SPARK_POINTS))
    columns = _columns(writer, drawn, with_target=bool(figures))
    if not with_assurance:
        columns.pop("assurance", None)
    if is_short:
        columns = {name: column for name, column in columns.items() if name in SHORT}
    rows = [_cells(writer, figure) for figure in chosen]
    caption = writer.words("caption.scorecard" if figures else "caption.key_figures")
    body = tuple(tuple(row[name] for name in columns) for row in rows)
    return lean(Table(caption, tuple(columns.values()), body, note), drawn, *last_year(writer))


def matrix(writer: Writer, dimension: str, figures: Sequence[Figure]) -> Table | None:
    """Members of a dimension down, the measures that are agreed for any of them across; ``None`` where none is.

    A cell has the sign of its status, the value and the cases that it stands on.
    """
    own = [figure for figure in figures if figure.dimension == dimension]
    keys = list(dict.fromkeys(figure.key for figure in own))[:MAX_MEASURES]
    if not keys:
        return None
    by_member: dict[str, dict[tuple[str, str], Figure]] = {}
    for figure in own:
        by_member.setdefault(figure.member, {})[figure.key] = figure
    process = keys[0][0]
    members = writer.order(process, dimension, by_member)
    head = writer.dimension(process, dimension)
    columns = [Column(as_head(head), 24), *(Column(_head(writer, key, own), 26, "right", wrap=True) for key in keys)]
    rows = [
        (writer.cells.text(writer.member_name(member)), *(_cell(writer, by_member[member].get(key)) for key in keys))
        for member in members
    ]
    caption = writer.words("caption.matrix", dimension=head)
    return Table(caption, tuple(columns), tuple(rows), writer.words("note.matrix"))


def _head(writer: Writer, key: tuple[str, str], figures: Sequence[Figure]) -> str:
    """The measure, and its target where it is the same for all members."""
    wanted = {writer.target(figure).text for figure in figures if figure.key == key}
    name = writer.measure_label(*key)
    return writer.words("label.head", name=name, target=wanted.pop()) if len(wanted) == 1 else name


def _cell(writer: Writer, figure: Figure | None) -> Cell:
    if figure is None or figure.value is None:
        return Cell("–", tone="muted")
    cell = writer.value(figure, TONES.get(figure.status, ""))
    sign = f"{SYMBOLS[figure.status]} " if figure.status in SYMBOLS else ""
    text = f"{sign}{cell.text}{writer.on(figure, figure.value, figure.n)}"
    return replace(cell, text=text + writer.raw(figure), prefix=sign)


def _folded(writer: Writer, chosen: list[Figure]) -> tuple[list[Figure], str]:
    """Without the members that are well, if they are many: they would bury the ones that are not; and the note."""
    met = [figure for figure in chosen if figure.dimension not in ("", YEAR) and figure.status == "met"]
    if len(met) <= MAX_MET_MEMBERS:
        return chosen, ""
    names = dict.fromkeys(writer.label_by(figure) for figure in met)
    note = writer.plural("note.met_members", len(met), names=writer.cells.words.join(list(names)))
    return [figure for figure in chosen if figure not in met], note


def _columns(writer: Writer, drawn: str, *, with_target: bool) -> dict[str, Column]:
    words = writer.words
    against = {
        "target": Column(words("column.target"), 14, "right"),
        "status": Column(words("column.status"), 12),
        "assurance": Column(words("column.assurance"), 26, wrap=True),
    }
    return {
        "indicator": Column(words("column.indicator"), 44, wrap=True),
        "value": Column(words("column.value"), 12, "right"),
        **(against if with_target else {}),
        "previous": Column(words("column.previous"), 13, "right"),
        "change": Column(words("column.change"), 15, "right"),
        "last_year": Column(words("column.last_year"), 15, "right"),
        "history": Column(drawn, 17, "center"),
        "basis": Column(words("column.basis"), 20, "right"),
        "basis_before": Column(words("column.basis_before"), 13, "right"),
        "basis_last_year": Column(words("column.basis_last_year"), 13, "right"),
    }


def _cells(writer: Writer, figure: Figure) -> dict[str, Cell]:
    trend, unit = writer.trend(figure), figure.measure.unit
    previous, year_ago = (trend.previous, trend.last_year) if trend else (None, None)
    status = writer.status(figure)
    spark = () if figure.dimension else writer.line(figure.key)[-SPARK_POINTS:]
    if sum(value is not None for value in spark) < 2:
        spark = ()
    value = writer.value(figure, status.tone if status.tone in ("missed", "at_risk", DOUBT) else "")
    return {
        "indicator": writer.cells.text(writer.label(figure)),
        "value": replace(value, strong=True),
        "target": writer.target(figure),
        "status": status,
        "assurance": writer.cells.text(_hope(writer, figure)),
        "previous": writer.cells.number(previous, unit),
        "change": writer.cells.change(figure.value, previous, unit),
        "last_year": writer.cells.change(figure.value, year_ago, unit),
        "history": Cell(tone=status.tone, spark=spark) if spark else Cell("–", tone="muted"),
        "basis": writer.basis(figure),
        "basis_before": writer.basis_before(figure),
        "basis_last_year": writer.basis_last_year(figure),
    }


def _key_figures(writer: Writer) -> list[Figure]:
    """What stands on the scorecard where nothing was agreed: the headline of each process."""
    headline = {(process.id, measure) for process in writer.given.processes.values() for measure in process.headline}
    return [figure for key, figure in writer.given.whole.items() if key in headline and figure.value is not None]


def _hope(writer: Writer, figure: Figure) -> str:
    """Whether the target may be expected to be met; empty for members, which have no control chart of their own."""
    if figure.dimension or figure.target is None:
        return ""
    trend = writer.trend(figure)
    return writer.words(f"assurance.{(trend and trend.assurance) or 'too_few'}")
