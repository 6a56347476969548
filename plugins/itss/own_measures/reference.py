"""Writes ``docs/reference/measures-file.md`` from the models and the table of functions, so nothing goes undescribed.

``python -m itss.own_measures.reference > docs/reference/measures-file.md``; a test compares the two.
"""

from __future__ import annotations

from itss.model_table import model_table
from itss.own_measures.functions import FUNCTIONS, KINDS
from itss.own_measures.models import OwnColumn, OwnFile, OwnMeasure, OwnProcess

_HEAD = """\
# measures.yaml: KPIs of your own

Made from the models by `python -m itss.own_measures.reference`; change the words there. How to write one, step by step:
[KPIs of your own](../how-to/own-kpis.md); a complete list: [docs/examples/kpi](../examples/kpi/README.md).

The file lies beside the report list and holds for all its reports. `python -m itss check` lists every problem in it
with its line, and computes every KPI once on no rows. A problem in it stops the reports that use a process that it
speaks of: none goes out that lacks a KPI. A revision keeps the file as it was when it was opened.

## What holds for every KPI

- **Cases** are the rows for which `of` is yes. What begins after the period is no case, and so is what is cancelled
  (`is_cancelled`, counted as *cancelled*), unless the KPI says `includes_cancelled: true`.
- Columns are seen **as of the end of the period**: state, resolution, closing, cancellation and priority as they were
  known then, where the source logs them; and an instant at or after the end of the period is empty, unless it is a plan
  or a deadline. So no figure of a closed period changes with what happens later. Other columns have their present
  value.
- A case whose `where`, `value`, `numerator` or `denominator` is **empty** is left out and counted (*a field that the
  definition asks for is empty*); it is neither a success nor a failure. An empty cell makes what it is compared with
  empty; `filled(column)` never is. What is divided by zero is empty.
- Without a single case a share, ratio, mean, median or percentile is *not applicable*; a count or sum is 0.
- A column that the query does not bring makes the KPI *not available*; so does a value it is compared with that the
  source cannot tell (`-- cannot tell: …`). Histories (`states`, `priorities`, `pauses`) cannot be used: the columns
  that follow from them can.
- Targets in agreements, splits by dimension, the rows behind the figure, nonconformities, trends, restatements and
  definitions are those of any other measure. Against the target of a share or ratio speak its failures (of one that is
  better low: its hits).
- Few cases (`judged_from`): no signal, no trend, the words *few cases*. The status against a target is stated all the
  same.
- A **changed definition needs a new `version`**. Then the history is computed again, and old and new stand side by side
  once. A definition that was changed under its old version is refused when a report is opened.

## Shapes

| shape | figure | asks for | unit |
|---|---|---|---|
| `count` | the number of cases | `of` | `count` |
| `share` | cases for which `where` is yes / cases; `complement`: 1 − that | `of`, `where` | `share` |
| `ratio` | `numerator` / `denominator`, sums over the cases; n is the denominator; `complement`: 1 − that | `of`, \
`numerator`, `denominator` | any |
| `sum` | the sum of `value` | `of`, `value` | any but `share` |
| `mean`, `median`, `p90` | of `value` (the percentile interpolates linearly) | `of`, `value` | any but `share` |

## Expressions

An expression is one value of one row: there are no queries, no other rows, no files, no regular expressions and no
conversions. Its parts are

- columns of the process by name, also the derived ones ([measures.md](measures.md)); numbers `0.5`, texts `'in single
  quotes'`, `true`, `false`;
- `=`, `<>`, `<`, `<=`, `>`, `>=`, `in (…)`, `between … and …`, `is null`, `is not null`; `and`, `or`, `not`;
- `+`, `-`, `*`, `/` of numbers; `case when … then … else … end`, `if(…, …, …)`;
- the functions below. In `numerator` and `denominator` stands `sum(number)`, `count_if(yes or no)` or `count(*)` around
  such an expression.

A value is a number, a text, yes or no, or an instant, and only like is compared with like. Instants are points in time,
whatever their zone; the period is that of the report.

| function | gives | what |
|---|---|---|
"""
_MODELS = (
    ("The file", OwnFile),
    ("measures: a KPI", OwnMeasure),
    ("columns, and columns of a process: a column", OwnColumn),
    ("processes: a process of your own", OwnProcess),
)


def document() -> str:
    """The whole page."""
    functions = [f"| `{one.shape}` | {KINDS.get(one.gives, 'as its first')} | {one.says} |" for one in FUNCTIONS]
    tables = "".join(model_table(title, model) for title, model in _MODELS)
    return f"{_HEAD}{chr(10).join(functions)}\n\n## Keys\n\n{tables}".rstrip() + "\n"


if __name__ == "__main__":
    print(document(), end="")
