"""The calls that a template has, by name, and how they are bound to a report: see docs/reference/template-calls.md.

A call with a wrong argument notes its problem and returns nothing, so that all problems of a template are found in one
reading; whoever renders asks `Calls.problems` afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from itss.problems import Problem
from itss.reports.document import Cell
from itss.reports.template import block_calls, chart_calls, front_calls, inline_calls, query_calls, table_calls
from itss.reports.template.arguments import judged
from itss.reports.template.budget import RefusedError
from itss.reports.template.environment import BoundCall, calling_position
from itss.reports.template.materials import Materials
from itss.reports.template.placeholders import Held, Inline, Placeholders, Position, SheetEdge
from itss.reports.template.syntax import Asked

CallKind = Literal["inline", "block", "query", "sheet"]


@dataclass(frozen=True)
class Call:
    """A call: where it may stand, and what it does."""

    name: str
    kind: CallKind
    function: Callable[..., Any]


def _named(kind: CallKind, *functions: Callable[..., Any]) -> list[Call]:
    return [Call(function.__name__.removesuffix("_call"), kind, function) for function in functions]


_i, _f, _b, _q = inline_calls, front_calls, block_calls, query_calls
_c, _t = chart_calls, table_calls
_ALL = [
    *_named("inline", _i.title, _i.period, _i.revision, _i.value, _i.previous, _i.change, _i.target, _i.status),
    *_named("inline", _i.sparkline, _i.section, _i.appendix),
    *_named("block", _f.verdict, _f.answer, _f.missed, _f.what_moved, _f.scorecard_call, _f.matrix),
    *_named("block", _b.beside, _b.facts, _b.lead),
    *_named("block", _b.analysis_call, _b.comment, _b.empty_call, _c.chart, _t.table, _t.split, _t.rows, _t.worst),
    *_named("block", _b.gaps),
    *_named("block", _b.concentration, _b.remedies, _b.major_events, _c.trends, _c.limits, _b.improvements_call),
    *_named("block", _b.sources, _b.findings, _b.left_out, _b.unavailable, _b.definitions_call, _b.revisions),
    *_named("block", _b.restatements, _b.levels, _b.exclusions, _b.allowance, _b.page_break),
    *_named("query", _q.measures, _q.processes, _q.dimensions, _q.has, _q.is_missed, _q.is_met, _q.range_call),
    *_named("sheet", _b.sheet),
]
CALLS: Mapping[str, Call] = {call.name: call for call in _ALL}
NAMES = frozenset(CALLS)


class Calls:
    """The calls bound to one report."""

    def __init__(self, materials: Materials, held: Placeholders) -> None:
        self._materials, self._held = materials, held
        self._problems: dict[Problem, None] = {}

    @property
    def problems(self) -> list[Problem]:
        """What was wrong with the arguments of calls, each once."""
        return list(self._problems)

    def bound(self) -> dict[str, BoundCall]:
        """By their names, as the environment calls them."""
        return {name: BoundCall(name, self._runner(call)) for name, call in CALLS.items()}

    def judge(self, asked: Asked) -> None:
        """Judge a call that is only read: one in a branch that is not taken."""
        call = CALLS.get(asked.name)
        if call is None or call.name == "beside":
            return
        try:
            judged(call.name, call.function, asked.args, asked.options, self._materials)
        except RefusedError as error:
            self._note(asked.position, error)

    def _runner(self, call: Call) -> Callable[..., object]:
        def run(*args: object, **options: object) -> object:
            position = calling_position()
            caller = options.pop("caller", None) if call.kind == "sheet" else None
            try:
                given = judged(call.name, call.function, args, options, self._materials)
                found = call.function(self._materials, **given)
            except RefusedError as error:
                self._note(position, error)
                found = _nothing(call)
            if call.kind == "query":
                return found
            placed = self._held.put(Held(call.name, position, found))
            return self._enclosed(str(placed), position, caller) if call.kind == "sheet" else placed

        return run

    def _enclosed(self, begin: str, position: Position, caller: Any) -> str:
        if caller is None:
            self._note(position, RefusedError("sheet() encloses what goes to the sheet.",
                                              'Write {% call sheet("name") %} … {% endcall %}.'))  # fmt: skip
            return ""
        end = self._held.put(Held("sheet", position, SheetEdge()))
        return f"\n\n{begin}\n\n{caller()}\n\n{end}\n\n"

    def _note(self, position: Position, error: RefusedError) -> None:
        problem = Problem(Path(position.file), position.line, "", error.message, error.remedy)
        self._problems.setdefault(problem)


def _nothing(call: Call) -> Any:
    if call.kind == "query":
        return [] if call.name in ("measures", "processes", "dimensions", "range") else False
    return Inline(Cell("–")) if call.kind == "inline" else SheetEdge("–") if call.kind == "sheet" else []
