"""What is being done about a missed target: correction, cause, corrective action, and whether the last one worked.

Recorded causes and corrections are those of the rows behind it; corrective actions are the items of reviews that name
it. Refuses to guess: where nobody has said anything, that is what is said. Surprise: an item belongs to a target where
its title has the measure's name (or ``process.measure``) and, if several processes have such a measure, the process's.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import pandas as pd

from itss.reports import improvements
from itss.reports.document import Column, Table
from itss.reports.figure import Figure
from itss.reports.inputs import ImprovementLine
from itss.reports.writer import Writer
from itss.text import Text

MAX_CAUSES = 3
DONE = ("done", "cancelled")


def items(writer: Writer, figure: Figure) -> list[ImprovementLine]:
    """The items that name the target, open ones first, then the newest."""
    found = [line for line in writer.given.improvements if _is_about(writer, line, figure)]
    return sorted(found, key=lambda line: (line.state in DONE, -line.due_on.toordinal(), line.key))


def said(writer: Writer, figure: Figure) -> str:
    """The actions in one line, or that nobody has named any yet."""
    known = items(writer, figure)
    open_items = [line for line in known if line.state not in DONE]
    parts = [_open(writer, line) for line in open_items]
    last = next((line for line in sorted(known, key=_closed, reverse=True) if line.state == "done"), None)
    if last:
        parts.append(writer.words("remedy.last", item=last.key, day=last.closed_on, result=last.result or "–"))
    if not open_items:
        parts.append(_nothing_named(writer, figure))
    return writer.words("analysis.part_joint").join(parts)


def _nothing_named(writer: Writer, figure: Figure) -> str:
    """That no corrective action is known, without hiding what the author or the records say."""
    if writer.given.comment.strip() or writer.given.comments.get("b", "").strip():
        return writer.words("remedy.comment")
    for column in ("action", "cause"):
        texts = _texts(writer, figure, column)
        if known := int((texts != "").sum()):
            return writer.words(f"remedy.only_{column}", known=f"{known:,}", total=f"{len(texts):,}")
    return writer.words("remedy.nothing")


def table(writer: Writer, missed: Sequence[Figure]) -> Table:
    """A row for each missed target."""
    words, cells = writer.words, writer.cells
    columns = (
        Column(words("column.indicator"), 40, wrap=True),
        Column(words("column.correction"), 30, wrap=True),
        Column(words("column.cause"), 40, wrap=True),
        Column(words("column.corrective"), 60, wrap=True),
    )
    rows = tuple(
        tuple(
            cells.text(text)
            for text in (
                writer.label(figure),
                _recorded(writer, figure, "action", "remedy.corrections"),
                _recorded(writer, figure, "cause", "remedy.causes"),
                said(writer, figure),
            )
        )
        for figure in missed
    )
    return Table(words("caption.remedies"), columns, rows, words("note.remedies"))


def _open(writer: Writer, line: ImprovementLine) -> str:
    key = "remedy.overdue" if line.state == "overdue" else "remedy.open"
    owner = improvements.owner(writer, line.owner)
    return writer.words(key, item=line.key, title=line.title, owner=owner, day=line.due_on)


def _recorded(writer: Writer, figure: Figure, column: str, key: str) -> str:
    """What the rows behind a target say most often, and how many of them say anything."""
    texts = _texts(writer, figure, column)
    counts = texts[texts != ""].value_counts()
    if not len(counts):
        return writer.words("remedy.unsaid")
    named = [
        writer.words("analysis.part_member", member=text, part=f"{count:,}")
        for text, count in islice(counts.items(), MAX_CAUSES)
    ]
    known = f"{int(counts.sum()):,}"
    return writer.words(key, items=writer.cells.words.join(named), known=known, total=f"{len(texts):,}")


def _texts(writer: Writer, figure: Figure, column: str) -> pd.Series:
    """What each of the rows behind a target has in a column; empty texts where it says nothing."""
    rows = writer.given.measured.nonconformities
    if column not in rows or rows.empty:
        return pd.Series(dtype=str)
    is_own = (rows["process"] == figure.key[0]) & (rows["measure"] == figure.key[1]) & (rows["member"] == figure.member)
    texts: pd.Series = rows.loc[is_own, column].fillna("").astype(str).str.strip()
    return texts


def _is_about(writer: Writer, line: ImprovementLine, figure: Figure) -> bool:
    title, (process, measure), name = line.title.casefold(), figure.key, figure.measure.name
    if f"{process}.{measure}" in title:
        return True
    named = {one.name for one in writer.given.measures.values() if _is_in(title, one.name)}
    longer = any(one != name and _is_in(f"{one.zh} {one.en}".casefold(), name) for one in named)  # *over 30 days*
    if name not in named or longer:
        return False
    same = [one for one in writer.given.measures.values() if one.name == name]
    known = writer.given.processes.get(process)
    return len(same) == 1 or (known is not None and _is_in(title, known.name))


def _is_in(title: str, name: Text) -> bool:
    return name.zh.casefold() in title or name.en.casefold() in title


def _closed(line: ImprovementLine) -> str:
    return str(line.closed_on or "")
