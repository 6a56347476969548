"""The gate: rows in, verdicts, findings and the quarantine out. The only module that knows Great Expectations.

Two suites a process: first its rows one by one, then what is left of them as a whole. One ephemeral context for all,
in memory, without analytics and progress bars. Its one surprise: importing Great Expectations takes five seconds
whatever is taken from it, so it is imported on the first check, in one task.
A rule that cannot be evaluated is a critical finding, never a pass.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import and_
from typing import Any

import numpy as np
import pandas as pd

from itss.checks.findings import Finding
from itss.checks.plausible import IMPLAUSIBLE, TOLD_CELLS, cells_of, implausible, plausible
from itss.checks.quarantine import Broken, Positions, allowed, listed, told, totals
from itss.checks.rules import UNPARSED, contract_rules, row_rules
from itss.checks.verdicts import QUARANTINE_COLUMNS, About, Checked, Suite, Verdict
from itss.checks.whole import UNKNOWN, whole_rules
from itss.errors import ConfigurationError
from itss.processes.base import Expectation, Process, Where
from itss.text import Text, text

SAMPLED = 20
_COLUMN_KEYS = ("column", "column_A", "column_B")
_ORDER = {"critical": 0, "warning": 1, "info": 2}
_NO_PROGRESS_BARS = {"globally": False, "metric_calculations": False}
_NOBODY = About()

Batch = tuple[Process, pd.DataFrame, str]
"""Process, conformed frame, where it came from."""


def check(batches: Iterable[Batch], about: Mapping[str, About] | None = None) -> Checked:
    """Ask every rule of the collected rows; ``about`` tells by process id what the rules need beside them."""
    given = list(batches)
    frames = {process.id: frame for process, frame, _ in given}
    definition = _definition()
    done = [_check(definition, batch, (about or {}).get(batch[0].id, _NOBODY), frames) for batch in given]
    tables = [table for _, table, _ in done if len(table)]
    nothing = pd.DataFrame(columns=QUARANTINE_COLUMNS).astype(
        dict.fromkeys(QUARANTINE_COLUMNS, "str") | {"row": "int64"}
    )
    return Checked(
        findings=[finding for found, _, _ in done for finding in found],
        quarantine=pd.concat(tables, ignore_index=True) if tables else nothing,
        suites=tuple(suite for _, _, suite in done),
    )


def _check(
    definition: Any, batch: Batch, about: About, frames: Mapping[str, pd.DataFrame]
) -> tuple[list[Finding], pd.DataFrame, Suite]:
    process, frame, source = batch
    rows = frame.reset_index(drop=True)
    rows[UNPARSED] = rows.get(UNPARSED, pd.Series(None, index=rows.index, dtype="str"))
    rows[IMPLAUSIBLE] = implausible(process, rows, about)
    rules = [*row_rules(process), *contract_rules(about.cannot_tell), plausible(about)]
    first, broken = _ask(definition, f"{process.id} rows", rows, rules)
    barred = {rule.id: Broken(_columns(rule), at) for rule, at in broken if rule.quarantine}
    out = np.unique(np.concatenate([np.array([], dtype="int64"), *(one.at for one in barred.values())]))
    sums = int(np.isin(totals(rows, process.leading), out).sum())
    stops = len(out) - sums > allowed(len(rows), about.quarantine_share)
    kept = rows.drop(index=pd.Index(out)) if 0 < len(out) < len(rows) else rows
    wholes = list(whole_rules(process, kept, about, frames))
    extra = {name: column for _, columns in wholes for name, column in columns.items()}
    second, _ = _ask(definition, f"{process.id} whole", kept.assign(**extra), [rule for rule, _ in wholes])
    said = told(len(out), len(rows), about.quarantine_share, sums)
    verdicts = [*(_in_quarantine(verdict, said, stops=stops) for verdict in first), *second]
    found = [
        _finding(process, verdict, source) for verdict in verdicts if verdict.result in ("failed", "not evaluated")
    ]
    found.sort(key=lambda finding: _ORDER[finding.severity])
    suite = Suite(process.id, source, len(rows), len(out), tuple(verdicts), about.outside)
    # of a report that stops nothing is left out: some rows of each rule are enough to correct it
    shown = {rule: replace(one, at=one.at[:SAMPLED]) for rule, one in barred.items()} if stops else barred
    return found, listed(process.id, rows, shown), suite


def _in_quarantine(verdict: Verdict, said: Text, *, stops: bool) -> Verdict:
    """Rows that are left out are a warning as long as they are few."""
    rule = verdict.rule
    if not rule.quarantine or verdict.result != "failed":
        return verdict
    remedy = text(f"{rule.remedy.zh}{said.zh}", f"{rule.remedy.en} {said.en}")
    return replace(verdict, rule=replace(rule, severity="critical" if stops else "warning", remedy=remedy))


def _definition() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # asked when the context is made
    # its import alone writes 200 lines, between which a task's own lines are not found
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations

    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = _NO_PROGRESS_BARS
    return context.data_sources.add_pandas("all").add_dataframe_asset("all").add_batch_definition_whole_dataframe("all")


def _ask(
    definition: Any, name: str, rows: pd.DataFrame, rules: Sequence[Expectation]
) -> tuple[list[Verdict], list[tuple[Expectation, Positions]]]:
    """A verdict for each rule, and which rows break one; a rule without its columns is not asked."""
    usable = [rule for rule in rules if {*_columns(rule), *(one.column for one in rule.only)} <= set(rows.columns)]
    results = _run(definition, name, rows, usable)
    verdicts, broken = [], []
    for rule in rules:
        if rule.id not in results:
            verdicts.append(Verdict(rule, "not asked"))
            continue
        result = results[rule.id]
        at = np.array(result.result.get("unexpected_index_list") or [], dtype="int64")
        verdicts.append(_verdict(rule, result, at, rows))
        if len(at):
            broken.append((rule, at))
    return verdicts, broken


def _run(definition: Any, name: str, rows: pd.DataFrame, rules: Sequence[Expectation]) -> Mapping[str, Any]:
    """Validation results by rule id; Great Expectations reorders them, so the id travels as metadata."""
    from great_expectations import ExpectationSuite, expectations

    built = []
    for rule in rules:
        kind = getattr(expectations, rule.type, None)
        if kind is None:
            raise ConfigurationError(
                f"{name.split()[0]}.{rule.id}: Great Expectations has no {rule.type}.", "Correct the process module."
            )
        only = {"row_condition": _condition(rule.only)} if rule.only else {}
        built.append(kind(**rule.kwargs, **only, severity=rule.severity, meta={"rule": rule.id}))
    # asked of the batch itself: a stored suite, definition and result would take a quarter of the time, for no reader
    outcome = definition.get_batch({"dataframe": rows}).validate(
        ExpectationSuite(name=name, expectations=built),
        result_format={
            "result_format": "COMPLETE",  # every row that breaks a rule, since it may have to be left out
            "partial_unexpected_count": 1,
            "return_unexpected_index_query": False,
        },
    )
    return {result.expectation_config.meta["rule"]: result for result in outcome.results}


def _condition(only: Iterable[Where]) -> Any:
    from great_expectations.expectations.row_conditions import Column

    terms: list[Any] = []
    for one in only:
        column = Column(one.column)
        terms += [column.is_in(list(one.among))] if one.among else [column.is_not_null()]
        terms += [column >= one.low] if one.low is not None else []
        terms += [column <= one.high] if one.high is not None else []
    return reduce(and_, terms)


def _columns(rule: Expectation) -> list[str]:
    named = [str(rule.kwargs[key]) for key in _COLUMN_KEYS if key in rule.kwargs]
    return [*named, *map(str, rule.kwargs.get("column_list", ()))]


def _verdict(rule: Expectation, result: Any, at: Positions, rows: pd.DataFrame) -> Verdict:
    if not result.result:
        errors = {str(info["exception_message"]) for info in _exceptions(result.exception_info)}
        said = " ".join(sorted(errors)) or "no result"
        return Verdict(rule, "not evaluated", failed=len(rows), total=len(rows), error=said)
    seen = result.result.get("observed_value")
    failed = int(result.result.get("unexpected_count", 0 if result.success else len(rows)))
    return Verdict(
        rule,
        "passed" if result.success else "failed",
        observed=""
        if seen is None or isinstance(seen, list)
        else f"{seen:.6g}"
        if isinstance(seen, float)
        else str(seen),
        failed=failed,
        total=len(rows),
        rows=tuple(dict.fromkeys(_row_said(rule, rows.loc[row]) for row in at[: 2 * SAMPLED]))[:SAMPLED],
    )


def _exceptions(info: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Great Expectations gives one record, or one for each metric that failed."""
    return [info] if "exception_message" in info else list(info.values())


def _row_said(rule: Expectation, row: pd.Series) -> str:
    """How a row is called: by its id, else by its number; with what was found in a column of the checks."""
    key = f"row {int(str(row.name)) + 1}" if pd.isna(row["id"]) else str(row["id"])
    column = rule.kwargs.get("column", "")
    return f"{key}: {row[column]}" if column in TOLD_CELLS or column.startswith(UNKNOWN) else key


def _column_said(verdict: Verdict) -> str:
    if verdict.rule.kwargs.get("column") in TOLD_CELLS:
        return ", ".join(cells_of(pd.Series(verdict.rows, dtype="str")))
    names = [name.removeprefix(UNKNOWN) for name in _columns(verdict.rule)]
    return ", ".join(name for name in names if not name.startswith("_"))


def _finding(process: Process, verdict: Verdict, source: str) -> Finding:
    rule = verdict.rule
    is_error = verdict.result == "not evaluated"
    why = text(f"规则无法执行：{verdict.error}", f"The rule could not be evaluated: {verdict.error}")
    remedy = text("请更正流程模块中的规则或列类型。", "Correct the rule or the column's type in the process module.")
    return Finding(
        process=process.id,
        rule=rule.id,
        severity="critical" if is_error else rule.severity,
        column=_column_said(verdict),
        failed=verdict.failed,
        total=verdict.total,
        rows=verdict.rows,
        why=why if is_error else rule.why,
        remedy=remedy if is_error else rule.remedy,
        source=source,
    )
