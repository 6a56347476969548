"""The gate: rows in, findings out. The only module that knows Great Expectations.

One ephemeral context for all processes, in memory, without analytics and progress bars. Its one surprise: importing
Great Expectations takes five seconds whatever is taken from it, so it is imported on the first check, in one task.
A rule that cannot be evaluated is a critical finding, never a pass.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from itss.checks.findings import Finding
from itss.checks.rules import KEY, NEWEST, UNPARSED, common_rules
from itss.errors import ConfigurationError
from itss.processes.base import Expectation, Process
from itss.text import text

SAMPLED = 20
_COLUMN_KEYS = ("column", "column_A", "column_B")
_ORDER = {"critical": 0, "warning": 1, "info": 2}
_NO_PROGRESS_BARS = {"globally": False, "metric_calculations": False}


def check(
    batches: Iterable[tuple[Process, pd.DataFrame, str]],
    *,
    not_empty: Collection[str] | None = None,
    since: datetime | None = None,
) -> list[Finding]:
    """All findings on the collected rows, the critical ones of each process first.

    A batch is (process, conformed frame, where it came from). ``not_empty`` are the ids of the processes whose rows are
    mandatory (default: all); the others are only warned of. With ``since``, the begin of the period (aware), rows that
    all lie before it are stale.
    """
    context = _context()
    found: list[Finding] = []
    for process, frame, source in batches:
        mandatory = not_empty is None or process.id in not_empty
        # a frame without rows has no newest one: one finding is enough
        asked = since.isoformat() if since and len(frame) else None
        rules = [*common_rules(process, mandatory=mandatory, since=asked), *process.expectations]
        rows = _checked(process, frame)
        usable = [rule for rule in rules if set(_columns(rule)) <= set(rows.columns)]
        results = _run(context, process.id, rows, usable)
        failed = [
            _finding(process, rule, results[rule.id], rows, source)
            for rule in usable
            if not results[rule.id].success  # one that raised is no success either
        ]
        found += sorted(failed, key=lambda finding: _ORDER[finding.severity])
    return found


def _context() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # asked when the context is made
    # its import alone writes 200 lines, between which a task's own lines are not found
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations

    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = _NO_PROGRESS_BARS
    return context


def _run(context: Any, name: str, rows: pd.DataFrame, rules: list[Expectation]) -> Mapping[str, Any]:
    """Validation results by rule id; Great Expectations reorders them, so the id travels as metadata."""
    from great_expectations import ExpectationSuite, ValidationDefinition, expectations

    built = []
    for rule in rules:
        kind = getattr(expectations, rule.type, None)
        if kind is None:
            raise ConfigurationError(
                f"{name}.{rule.id}: Great Expectations has no {rule.type}.", "Correct the process module."
            )
        built.append(kind(**rule.kwargs, severity=rule.severity, meta={"rule": rule.id}))
    asset = context.data_sources.add_pandas(name).add_dataframe_asset(name)
    definition = ValidationDefinition(
        name=name,
        data=asset.add_batch_definition_whole_dataframe(name),
        suite=context.suites.add(ExpectationSuite(name=name, expectations=built)),
    )
    outcome = context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": rows},
        result_format={
            "result_format": "SUMMARY",
            "partial_unexpected_count": 2 * SAMPLED,  # of a double each row is listed
            "unexpected_index_column_names": [KEY],
        },
    )
    return {result.expectation_config.meta["rule"]: result for result in outcome.results}


def _checked(process: Process, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with what the rules need: how each row is called, and its latest instant that is a fact."""
    numbers = pd.Series([f"row {number}" for number in range(1, len(frame) + 1)], index=frame.index, dtype="str")
    facts = [
        column.name
        for column in process.columns
        if column.type == "instant"
        and column.name in frame.columns
        and (column.required or (not column.name.startswith("planned_") and not column.name.endswith("due_at")))
    ]
    newest = frame[facts].max(axis=1) if len(frame) else pd.Series(dtype="datetime64[us, UTC]")
    return frame.assign(
        **{
            KEY: frame["id"].astype("str").fillna(numbers),
            NEWEST: newest.dt.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            UNPARSED: frame.get(UNPARSED, pd.Series(None, index=frame.index, dtype="str")),
        }
    )


def _columns(rule: Expectation) -> list[str]:
    named = [str(rule.kwargs[key]) for key in _COLUMN_KEYS if key in rule.kwargs]
    return [*named, *map(str, rule.kwargs.get("column_list", ()))]


def _finding(process: Process, rule: Expectation, result: Any, rows: pd.DataFrame, source: str) -> Finding:
    if not result.result:
        return _not_evaluated(process, rule, result, rows, source)
    listed = result.result.get("partial_unexpected_index_list") or []
    keys = [str(entry[KEY]) for entry in listed]
    whole = rule.id in ("not_empty", "fresh")
    return Finding(
        process=process.id,
        rule=rule.id,
        severity=rule.severity,
        column=_column_said(rule, rows),
        failed=len(rows) if whole else int(result.result.get("unexpected_count", 0)),
        total=len(rows),
        rows=tuple(dict.fromkeys(_row_said(rule, key, rows) for key in keys))[:SAMPLED],
        why=rule.why,
        remedy=rule.remedy,
        source=source,
    )


def _column_said(rule: Expectation, rows: pd.DataFrame) -> str:
    if rule.id == "unparsed":
        told = rows[UNPARSED].dropna().str.findall(r"(?:^|; )(\w+)=").explode()
        return ", ".join(sorted(told.dropna().unique()))
    return ", ".join(name for name in _columns(rule) if not name.startswith("_"))


def _row_said(rule: Expectation, key: str, rows: pd.DataFrame) -> str:
    if rule.id != "unparsed":
        return key
    told = rows.loc[(rows[KEY] == key) & rows[UNPARSED].notna(), UNPARSED]
    return f"{key}: {told.iloc[0]}"


def _not_evaluated(process: Process, rule: Expectation, result: Any, rows: pd.DataFrame, source: str) -> Finding:
    told = {info["exception_message"] for info in _exceptions(result.exception_info)}
    why = " ".join(sorted(told)) or "no result"
    return Finding(
        process=process.id,
        rule=rule.id,
        severity="critical",
        column=_column_said(rule, rows),
        failed=len(rows),
        total=len(rows),
        rows=(),
        why=text(f"规则无法执行：{why}", f"The rule could not be evaluated: {why}"),
        remedy=text("请更正流程模块中的规则或列类型。", "Correct the rule or the column's type in the process module."),
        source=source,
    )


def _exceptions(info: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Great Expectations gives one record, or one for each metric that failed."""
    return [info] if "exception_message" in info else list(info.values())
