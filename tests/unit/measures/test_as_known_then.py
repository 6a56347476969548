"""No figure of a closed period waits for the future: data as they stood at its end give what all of the data give.

The rows are drawn at random, incidents too, which the changes and problems of the report look at. What stands for the
past is cut by the columns that tell when it came: an answer by its time, an outcome by `outcome_at`, states by theirs.
"""

import pandas as pd
import pytest
from hand_made import ALWAYS, SEPTEMBER, agreement, month
from itss.agreements.terms import AgreedService, SatisfiedAnswers
from itss.measures.compute import measure_all
from itss.processes import PROCESSES

PERIODS = [SEPTEMBER, month("2026-04")]
COMES_WITH = {
    ("change", "outcome"): "outcome_at",
    ("release", "outcome"): "outcome_at",
    ("satisfaction", "score"): "answered_at",
    ("problem", "reopen_count"): "reopened_at",
    ("incident", "reopen_count"): "reopened_at",
    ("improvement", "is_cancelled"): "closed_at",
}
"""What is written into a row together with an instant."""
VERSION = agreement(hours=ALWAYS).model_copy(
    update={
        "services": (AgreedService(name="ERP"), AgreedService(name="VPN")),
        "satisfied": (SatisfiedAnswers(scale=(0, 10), answers=(8, 10)),),
    }
)


def as_it_stood(process, rows, end):
    """What a source held at ``end``: no row that began later, no fact and no state of a later time."""
    declared = PROCESSES[process]
    rows = rows[rows[declared.leading] < end].reset_index(drop=True)
    for (name, column), at in COMES_WITH.items():
        if name == process:
            later = (rows[at] >= end) & rows[column].notna()
            if column == "outcome" and "is_cancelled" in rows:  # what was cancelled later was not cancelled yet
                rows["is_cancelled"] = rows["is_cancelled"].mask(later & (rows[column] == "cancelled"), False)
            rows[column] = rows[column].mask(later, 0 if column == "reopen_count" else None)
    for column in declared.columns:
        if column.type == "instant" and not column.is_plan and column.name in rows:
            rows[column.name] = rows[column.name].mask(rows[column.name] >= end)
        elif column.type == "history" and column.name in rows:
            rows[column.name] = [_cut(text, end) for text in rows[column.name]]
            rows[column.name] = rows[column.name].astype("str")
    return rows


def possible(process, rows, end):
    """Without those that begin after ``end`` though something happened to them before: no source held them then."""
    declared = PROCESSES[process]
    facts = [column.name for column in declared.columns if column.type == "instant" and not column.is_plan]
    return rows[(rows[declared.leading] < end) | ~(rows[facts] < end).any(axis=1)].reset_index(drop=True)


def _cut(text, end):
    """The entries before ``end``; a row of which all of them came later had its first state all the same."""
    if pd.isna(text):
        return None
    entries = [entry for entry in text.split(";") if pd.Timestamp(entry.partition("=")[0]) < end]
    return ";".join(entries) or text


def figures(frames, process, period):
    known = {name: PROCESSES[name] for name in (process, "incident")}
    chosen = {name: frames[name] for name in known}
    found = measure_all(chosen, known, period, VERSION, ("service",), 1).figures
    found = found[(found["process"] == process) & ~found["measure"].str.contains("workday")]
    columns = ["value", "numerator", "denominator", "n", "excluded", "status"]
    return found.set_index(["measure", "dimension", "member"])[columns]


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.label)
@pytest.mark.parametrize("process", [name for name in PROCESSES if name not in ("incident", "request", "capacity")])
def test_the_figures_of_then_are_those_of_now(random_frames, process, period):
    end = pd.Timestamp(period.end)
    rows = random_frames | {process: possible(process, random_frames[process], end)}
    stood = {name: as_it_stood(name, found, end) for name, found in rows.items()}
    now, then = (figures(frames, process, period) for frames in (rows, stood))
    later = now.index.difference(then.index)  # a member whose rows all began later has nothing to be counted
    assert (now.loc[later, "n"] == 0).all()
    pd.testing.assert_frame_equal(now.drop(later), then, check_like=True, check_exact=True)
