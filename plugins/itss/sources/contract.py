"""What a query says of its own limits, in its comments: values it can never yield, columns that are not historised.

``-- cannot tell: outcome = backed_out`` (several values: ``outcome = failed, backed_out``) and ``-- present value:
service, customer``; as many such lines as it takes. Refuses nothing while data is collected: `contract_problems` is
asked by the check. Surprise: for a form, which has no query, the data source of the report list says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from itss.problems import Fault, Problem, closest
from itss.processes.base import Process

_LINE = re.compile(r"^[ \t]*--[ \t]*(cannot tell|present value)[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)
_BETWEEN = re.compile(r"[,，、]")
_SPELLING = "Write `-- cannot tell: outcome = backed_out`."


@dataclass(frozen=True)
class Contract:
    """``cannot_tell``: by column the values that never come; ``present_value``: columns known as of the collection."""

    cannot_tell: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    present_value: tuple[str, ...] = ()


def contract_of(sql: str, declared: Mapping[str, tuple[str, ...]] | None = None) -> Contract:
    """The contract in the comments of ``sql``, joined with what the data source ``declared`` that it cannot tell."""
    cannot_tell = {column: list(values) for column, values in (declared or {}).items()}
    present: list[str] = []
    for _, is_value, said in _lines(sql):
        if is_value:
            column, _, values = said.partition("=")
            cannot_tell.setdefault(column.strip(), []).extend(_words(values))
        else:
            present += _words(said)
    joined = {column: tuple(dict.fromkeys(values)) for column, values in cannot_tell.items()}
    return Contract(joined, tuple(dict.fromkeys(present)))


def contract_problems(path: Path, sql: str, process: Process) -> Iterator[Problem]:
    """Lines of the contract that name what ``process`` does not have, each with its line."""
    for line, is_value, said in _lines(sql):
        if is_value:
            column, equals, values = said.partition("=")
            if not equals or not _words(values):
                yield Problem(path, line, "", f"'{said}' names no column and value.", _SPELLING)
                continue
            for fault in value_faults(process, column.strip(), _words(values)):
                yield Problem(path, line, "", fault.message, fault.remedy)
        else:
            for name in _words(said):
                yield from (Problem(path, line, "", one.message, one.remedy) for one in _column_faults(process, name))


def value_faults(process: Process, column: str, values: tuple[str, ...]) -> Iterator[Fault]:
    """What is wrong with saying that ``column`` never has ``values``; the way leads to the values."""
    unknown = list(_column_faults(process, column))
    if unknown:
        yield from unknown
        return
    closed = next(one.values for one in process.columns if one.name == column)
    if not closed:
        message = f"{process.id}.{column} has no closed set of values, so none of them can be missing."
        yield Fault(("cannot_tell", column), message, "Where the source does not know it, leave the column out.")
    for number, value in enumerate(values if closed else ()):
        if value not in closed:
            message = f"{process.id}.{column} has no value '{value}'."
            yield Fault(("cannot_tell", column, number), message, closest(value, closed, "Its values are"))


def _column_faults(process: Process, name: str) -> Iterator[Fault]:
    known = [column.name for column in process.columns]
    if name not in known:
        message = f"The process {process.id} has no column '{name}'."
        yield Fault(("cannot_tell", name), message, closest(name.lower(), known, "Its columns are"))


def _lines(sql: str) -> Iterator[tuple[int, bool, str]]:
    """Number of the line, whether it is about values, and what it says."""
    for found in _LINE.finditer(sql):
        said = found[2].strip().rstrip(".。;；")
        yield sql.count("\n", 0, found.start()) + 1, found[1].lower() == "cannot tell", said


def _words(said: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in _BETWEEN.split(said)) if word)
