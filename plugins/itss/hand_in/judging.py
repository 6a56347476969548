"""Whether what was handed in may be believed: every cell, and the expectations that a report would stop at later.

Whoever hands in is still there to correct it, so a single row that a report would only leave out (quarantine) refuses
the file here. Warnings are reported and stop nothing. Hidden rows and columns are data like any other: that there are
some is a warning.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from itss.checks.findings import Finding
from itss.checks.plausible import plausible
from itss.checks.rules import row_rules
from itss.checks.run import check
from itss.checks.verdicts import About
from itss.errors import OtherCustomerError, SourceError
from itss.hand_in.exclusion_sheets import Newest, sheet_faults
from itss.hand_in.place import Place
from itss.hand_in.reading import Fault, Rows, read_rows, refuse_others, refuse_unreadable
from itss.hand_in.template import MARKS
from itss.measures.coverage import Collected
from itss.processes import EXCLUSION_SHEET
from itss.processes.base import Expectation
from itss.settings import Settings
from itss.sources.sheet_file import unseen
from itss.sources.workbook_index import read_properties
from itss.text import text

_UNPARSED = "unparsed"
"""The rule for cells that were not read, which the file's own faults name one by one."""


@dataclass(frozen=True)
class Judged:
    """``faults`` refuse the file, ``warnings`` do not; ``rows`` is how many there are."""

    faults: tuple[Fault, ...]
    warnings: tuple[str, ...] = ()
    rows: int = 0
    is_read: bool = True
    """Whether the file could be opened, so that its faults can be marked in a copy."""


def judge(
    path: Path, place: Place, settings: Settings, newest: Newest | None = None, now: dt.datetime | None = None
) -> Judged:
    """Read the file at ``path`` and name everything that is wrong with it, in one go.

    ``newest`` gives the accepted version of another period: with those a sheet of exclusions must agree.
    """
    try:
        rows = read_rows(path, place, settings)  # first, since it refuses what is too big to be opened
    except SourceError as error:
        return Judged((refuse_unreadable(error),), is_read=False)
    except OtherCustomerError as error:
        return Judged((refuse_others(error),), is_read=False)
    if strange := tuple(_made_for_another(path, place)):
        return Judged(strange)
    if rows.frame.empty and rows.faults:
        return Judged(rows.faults)
    if place.process == EXCLUSION_SHEET:
        checked = Judged(tuple(sheet_faults(rows, place, settings, newest, now or dt.datetime.now(dt.UTC))))
        checked = replace(checked, rows=len(rows.frame))
    else:
        checked = _checked(rows, place)
    if not rows.faults:
        return replace(checked, warnings=(*_unseen(path), *checked.warnings))
    # what is wrong with a row beyond its cells is told in the same go, once a cell
    known = {(fault.row, fault.column) for fault in rows.faults}
    more = [one for one in checked.faults if one.row is not None and (one.row, one.column) not in known]
    return Judged((*rows.faults, *more), (), len(rows.frame))


def _unseen(path: Path) -> Iterator[str]:
    """A line for what nobody sees on the screen of a workbook."""
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        yield from (f"{words.en} {words.zh}" for words in unseen(path))


def _checked(rows: Rows, place: Place) -> Judged:
    process, mandatory = place.declared, place.source.mandatory
    if rows.frame.empty and not mandatory:
        return Judged(())  # "there was nothing" is something that can be handed in
    # of a report that stops only some rows are listed; here every one is to be marked, and refuses the file
    about = About(
        mandatory,
        place.period,
        place.source.fresh_days,
        quarantine_share=1.0,
        earliest=place.source.earliest,
        collected=Collected(dt.datetime.now(dt.UTC)),
        cannot_tell=place.source.cannot_tell,
    )
    checked = check([(process, rows.in_order, rows.where)], {process.id: about})
    said = {rule.id: rule for rule in (*row_rules(process), plausible(about))}
    broken = [(str(rules).split(", "), int(row)) for rules, row in checked.quarantine[["rules", "row"]].to_numpy()]
    strict = {rule for rules, _ in broken for rule in rules}
    refused = [one for one in checked.findings if one.severity == "critical" or one.rule in strict]
    if rows.faults:
        refused = [one for one in refused if one.rule != _UNPARSED]
    faults = [
        fault
        for one in refused
        for fault in _faults(one, said.get(one.rule, one), [row for rules, row in broken if one.rule in rules], rows)
    ]
    told = tuple(one.line() for one in checked.findings if one not in refused)
    return Judged(tuple(faults), told, len(rows.frame))


def _faults(finding: Finding, said: Finding | Expectation, broken: list[int], rows: Rows) -> Iterator[Fault]:
    """A fault for each row that breaks the rule, where the rows are the file's own; else one for all."""
    what = text(f"{said.why.zh}{said.remedy.zh}", f"{said.why.en} {said.remedy.en}")
    if broken and rows.is_file_order:
        yield from (Fault(what, row, finding.column.split(", ")[0]) for row in broken)
    elif finding.rows:
        ids = ", ".join(finding.rows)
        count = f"（共 {finding.failed} 行：{ids}）", f" ({finding.failed} rows in all: {ids})"
        yield Fault(text(what.zh + count[0], what.en + count[1]))
    else:
        yield Fault(what)


def _made_for_another(path: Path, place: Place) -> Iterator[Fault]:
    """A template says inside what it is for; last month's, handed in again, would be believed otherwise."""
    if path.suffix.lower() != ".xlsx":
        return
    marks = read_properties(path)
    made_for = tuple(marks.get(name, wanted) for name, wanted in zip(MARKS, place.key, strict=True))
    if made_for != place.key:
        yield Fault(
            text(
                f"该模板用于 {' '.join(made_for)}，不是 {' '.join(place.key)}。",
                f"This template was made for {' '.join(made_for)}, not for {' '.join(place.key)}.",
            )
        )
