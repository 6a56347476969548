"""The page ``docs/reference/measures.md``, from the declarations; the command that writes it stands in the page.

A test holds the file against `reference`, so the page cannot tell of a measure otherwise than the code computes it.
"""

from __future__ import annotations

from collections.abc import Iterable

from itss.measures.base import Measure
from itss.measures.reasons import REASONS
from itss.processes import PROCESSES
from itss.processes.base import Column, Expectation, Process

_INTRODUCTION = """\
# Processes, columns and measures

Generated from the code: `python -m itss.processes.reference > docs/reference/measures.md`. Do not edit.

What holds for every measure:

- A period is `[P0, P1)` in the report's zone. The agreement version in force on the last day of the period judges it.
- A zero denominator is *not applicable* (`not_applicable`, no value). A column in *needs* that the source does not have
  makes the measure *not available* (`not_available`). No figure is invented.
- A deadline that is a day without a time of day lasts to the end of that day; any other day is its begin.
- An empty instant lies in no period, an empty flag is not set, an empty number is left out and counted by reason.
- SLA clock, by ticket: the agreement's time target for its priority, in the service hours that hold for it; where the
  agreement says nothing for that priority, the source's `response_due_at` / `resolution_due_at`; where it says `none`,
  no target. Exactly on the target is in time.
- Percentiles interpolate linearly between the two nearest cases.
- Status: `met`, `at_risk` (met, but beyond the warning), `missed`, on however few cases; empty where no target is
  agreed. A resource of *capacity* is judged by its own threshold where no target is agreed.
- Series: earlier periods as they were published (origin `published`); what never was, or was under another version of
  the definition, is computed from the source (`computed`). A published figure that differs from what the data yield
  now is a restatement, and is listed.
- Trend: change in points for shares, relative for all else; control limits `mean ± 2.66 × mean moving range` (XmR) from
  13 points, clipped to what is possible; a signal is what the entry's `rules` mark: by default a last point outside
  them or a run of eight on one side of the mean ([rules](../control-charts.md)); direction by Mann–Kendall (two-sided,
  5 %) with Sen's slope from 10 points: `improving`, `worsening` (`rising`, `falling` where neither is better),
  `no_trend`, `too_few` (points). A share or statistic of fewer than 10 cases is no point; where the period or the one
  before it has so few, there is no signal, and the direction is `few_cases`.
- Baseline: the limits are `fixed` from the first 13 published points of one definition (of covered periods, not on few
  cases), and judge the periods after them until a person sets a new version; before that they are `provisional`, from
  the points of the series.
- Assurance, of a figure with a target: `held` where the limits lie on the good side of the target (the edge is good),
  `missed` where they lie on the bad side, `chance` where the target is between them, `left` where the present value
  lies outside them and so speaks against what they say, `too_few` without limits.
- Over the year: a target with `over: year` is judged from the first day of the year (of `year_starts`; of weeks, of ISO
  8601) to the end of the period, as known then, by the agreement in force then. It is a figure of its own, member
  `<year>` (of a member: `<year> <member>`) of the dimension `year`; *not available* where the source does not cover
  the year from its first day on.
- **Agreed exclusions** (约定剔除): what the customer agreed not to count ([how](../how-to/agreed-exclusions.md)) takes
  rows out of the measures that it concerns, by their ids or by the time in which their leading instant lies; of a
  process of time (availability) a time is cut out of agreed time and downtime alike. It counts in every period in which
  what it is about lies, whenever it was agreed. The agreed figure is judged and published; the raw one stands beside it
  (`raw_value`, `raw_numerator`, `raw_denominator`, `raw_n`, `raw_status`) where it is another. Nothing left is *not
  applicable*. Rows taken out have the reason `by_agreement`.
- Members of a dimension add up to the whole: rows with nothing in it are the member `(blank)`.
- **KPIs of your own**, further columns and further processes are declared in `measures.yaml` beside the report list,
  and are measures like these: [how](../how-to/own-kpis.md), [the keys](measures-file.md).
"""


def reference() -> str:
    """The whole page as Markdown."""
    parts = [_INTRODUCTION, *(_process(process) for process in PROCESSES.values()), _reasons()]
    return "\n".join(parts)


def _process(process: Process) -> str:
    parts = [f"## {process.id} · {process.name.zh} · {process.name.en}\n", "### Columns\n", _columns(process.columns)]
    if process.derived:
        parts += ["\nDerived per period, and needed by measures like any other:\n", _columns(process.derived)]
    if process.expectations:
        parts += ["\n### Expectations\n", _expectations(process.expectations)]
    parts += ["\n### Measures\n", *(_measure(measure) for measure in process.measures)]
    split = ", ".join(f"`{name}`" for name in process.dimensions)
    always = f"; always by {', '.join(f'`{name}`' for name in process.always_by)}" if process.always_by else ""
    return "\n".join([*parts, f"Can be split by {split}{always}.\n"])


def _columns(columns: Iterable[Column]) -> str:
    lines = ["| column | type | 中文 | meaning |", "|---|---|---|---|"]
    for column in columns:
        name = f"`{column.name}`" + (" **required**" if column.required else "")
        values = f": {', '.join(f'`{value}`' for value in column.values)}" if column.values else ""
        lines.append(f"| {name} | {column.type} | {column.text.zh} | {column.text.en}{values} |")
    return "\n".join(lines)


def _expectations(expectations: Iterable[Expectation]) -> str:
    lines = ["| rule | severity | why | remedy |", "|---|---|---|---|"]
    lines += [f"| `{rule.id}` | {rule.severity} | {rule.why.en} | {rule.remedy.en} |" for rule in expectations]
    return "\n".join(lines)


def _measure(measure: Measure) -> str:
    facts = [f"unit {measure.unit}", f"better: {measure.better}", f"section {measure.section})"]
    if measure.date_column:
        facts.append(f"period by `{measure.date_column}`")
    facts.append("needs " + ", ".join(f"`{name}`" for name in measure.needs))
    facts.append(f"version {measure.version}")
    return (
        f"#### `{measure.id}` · {measure.name.zh} · {measure.name.en}\n\n"
        f"{measure.definition.zh}\n\n{measure.definition.en}\n\n*{'; '.join(facts)}*\n"
    )


def _reasons() -> str:
    lines = ["## Why rows are left out\n", "| `excluded` | 中文 | English |", "|---|---|---|"]
    known = dict(REASONS)
    for process in PROCESSES.values():
        known |= process.reasons
    return "\n".join([*lines, *(f"| `{key}` | {words.zh} | {words.en} |" for key, words in known.items())]) + "\n"


if __name__ == "__main__":
    print(reference(), end="")
