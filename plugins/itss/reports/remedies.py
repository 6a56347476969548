"""What is being done about a missed target: correction, cause, corrective action, and whether the last one worked.

Recorded causes and corrections are those of the rows behind it; corrective actions are the items of reviews that name
it. Refuses to guess: where nobody has said anything, that is what is said. Surprise: an item belongs to a target where
its title has the measure's name (or ``process.measure``) and, if several processes have such a measure, the process's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import pandas as pd

from itss.reports import improvements
from itss.reports.document import Column, Table
from itss.reports.figure import Figure
from itss.reports.inputs import ImprovementLine
from itss.reports.writer import Writer
from itss.text import Text

MAX_CAUSES, CAUSES_IN_SHORT = 3, 2
DONE = ("done", "cancelled")


@dataclass(frozen=True)
class Remedy:
    """What is known of one missed target, apart, so that each can be looked for in a place of its own.

    ``owner`` and ``due`` are empty where no action is open; ``is_said`` is false where nobody has said anything.
    """

    why: str
    action: str
    owner: str = ""
    due: str = ""
    is_open: bool = False
    is_overdue: bool = False
    is_said: bool = True


def remedy(writer: Writer, figure: Figure) -> Remedy:
    """Why it was missed, and the action that is to correct it: of several the one that is due first."""
    why = _recorded(writer, figure, "cause", "remedy.causes", CAUSES_IN_SHORT)
    known = items(writer, figure)
    open_items = sorted((line for line in known if line.state not in DONE), key=_due_on)
    last = _last(known)
    if open_items:
        line, overdue = open_items[0], any(one.state == "overdue" for one in open_items)
        title = writer.words("remedy.titled", item=line.key, title=line.title)
        more = len(open_items) - 1
        action = title + (writer.plural("remedy.more", more) if more else "")
        day = writer.words("remedy.was_due", day=_due_on(line)) if line.state == "overdue" else str(_due_on(line))
        return Remedy(why, action, improvements.owner(writer, line.owner), day, is_open=True, is_overdue=overdue)
    if last:
        return Remedy(why, _last_text(writer, last))
    corrected = _recorded(writer, figure, "action", "remedy.corrections", CAUSES_IN_SHORT)
    if corrected != writer.words("remedy.unsaid"):
        return Remedy(why, corrected)
    action = _nothing_named(writer, figure)
    return Remedy(why, action, is_said=action not in map(writer.words, ("remedy.nothing", "remedy.unsaid")))


def items(writer: Writer, figure: Figure) -> list[ImprovementLine]:
    """The items that name the target, open ones first, then the newest."""
    found = [line for line in writer.given.improvements if _is_about(writer, line, figure)]
    return sorted(found, key=lambda line: (line.state in DONE, -line.due_on.toordinal(), line.key))


def said(writer: Writer, figure: Figure) -> str:
    """The actions in one line, or that nobody has named any yet."""
    known = items(writer, figure)
    open_items = [line for line in known if line.state not in DONE]
    parts = [_open(writer, line) for line in open_items]
    if last := _last(known):
        parts.append(_last_text(writer, last))
    if not open_items:
        parts.append(_nothing_named(writer, figure))
    return writer.words("analysis.part_joint").join(parts)


def _last(known: Sequence[ImprovementLine]) -> ImprovementLine | None:
    return next((line for line in sorted(known, key=_closed, reverse=True) if line.state == "done"), None)


def _last_text(writer: Writer, line: ImprovementLine) -> str:
    return writer.words("remedy.last", item=line.key, day=line.closed_on, result=line.result or "–")


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


def _recorded(writer: Writer, figure: Figure, column: str, key: str, most: int = MAX_CAUSES) -> str:
    """What the rows behind a target say most often, and how many of them say anything."""
    texts = _texts(writer, figure, column)
    counts = texts[texts != ""].value_counts()
    if not len(counts):
        return writer.words("remedy.unsaid")
    named = [
        writer.words("analysis.part_member", member=text, part=f"{count:,}")
        for text, count in islice(counts.items(), most)
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
    if _is_of_another(writer, title, figure):
        return False
    if f"{process}.{measure}" in title:
        return True
    named = {one.name for one in writer.given.measures.values() if _is_in(title, one.name)}
    longer = any(one != name and _is_in(f"{one.zh} {one.en}".casefold(), name) for one in named)  # *over 30 days*
    if name not in named or longer:
        return False
    same = [one for one in writer.given.measures.values() if one.name == name]
    known = writer.given.processes.get(process)
    return len(same) == 1 or (known is not None and _is_in(title, known.name))


def _is_of_another(writer: Writer, title: str, figure: Figure) -> bool:
    """Whether a title names members of the figure's dimension, and not this one: it is then about those alone."""
    if not figure.dimension:
        return False
    members = {one.member for one in writer.given.members(figure.key[0], figure.dimension)} - {""}
    named = {member for member in members if _is_word_of(title, member.casefold())}
    return bool(named) and figure.member not in named


def _is_word_of(title: str, word: str) -> bool:
    """Whether a word stands in a title alone: ``ERP`` is not in *interpretation*; Chinese has no gaps to ask for."""
    bound = r"(?<![0-9a-z]){}(?![0-9a-z])"
    return re.search(bound.format(re.escape(word)), title) is not None


def _is_in(title: str, name: Text) -> bool:
    return name.zh.casefold() in title or name.en.casefold() in title


def _due_on(line: ImprovementLine) -> dt.date:
    return line.moved_to or line.due_on


def _closed(line: ImprovementLine) -> str:
    return str(line.closed_on or "")
