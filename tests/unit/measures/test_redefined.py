"""A changed definition: old and new beside each other once, a mark in the series, a baseline that is proposed."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hand_made import SEPTEMBER, frame, month
from itss.measures.baseline import Baseline
from itss.measures.compute import Measured, measure_all
from itss.measures.published import PUBLISHED_COLUMNS
from itss.measures.redefined import PROPOSAL_COLUMNS, REDEFINED_COLUMNS
from itss.processes import PROCESSES

INCIDENT = PROCESSES["incident"]
OPENED = next(measure for measure in INCIDENT.measures if measure.id == "opened")
OLD, NEW = OPENED.version, OPENED.version + 1
COUNTS = {"2026-06": 3, "2026-07": 1, "2026-08": 2, "2026-09": 4}
ROWS = [
    {"id": f"{label}-{number}", "opened_at": f"{label}-{number + 5:02d} 10:00"}
    for label, count in COUNTS.items()
    for number in range(count)
]


def published(*rows: tuple[str, float, int], status: str = "") -> pd.DataFrame:
    """Rows (period, value, version) of opened as the register has them."""
    full = [("opened", "incident", period, value, 1, status, version) for period, value, version in rows]
    return pd.DataFrame(full, columns=PUBLISHED_COLUMNS).astype({"value": "float64", "version": "Int64"})


def measured(given: pd.DataFrame | None, history: int = 4, period=SEPTEMBER, baselines=(), rows=ROWS) -> Measured:
    measures = tuple(replace(m, version=NEW) if m.id == "opened" else m for m in INCIDENT.measures)
    processes = {"incident": replace(INCIDENT, measures=measures)}
    return measure_all({"incident": frame("incident", rows)}, processes, period, None, (), history, given, baselines)


def beside(found: Measured) -> list[tuple[object, ...]]:
    return [tuple(row) for row in found.redefined[["period", "was", "version", "published", "recomputed"]].to_numpy()]


def since(found: Measured) -> str:
    return str(found.trends.set_index("measure").loc["opened", "defined_since"])


def test_old_and_new_stand_beside_each_other_in_the_first_report_only():
    before = [("2026-07", 5.0, OLD), ("2026-08", 6.0, OLD)]
    found = measured(published(*before))
    assert list(found.redefined.columns) == REDEFINED_COLUMNS
    assert beside(found) == [("2026-07", OLD, NEW, 5.0, 1.0), ("2026-08", OLD, NEW, 6.0, 2.0)]
    assert found.restatements.empty, "another definition is no restatement"
    assert since(found) == "2026-09"
    # once September is published under the new definition, October says no more than since when it is so
    october = measured(published(*before, ("2026-09", 4.0, NEW)), period=month("2026-10"))
    assert (beside(october), since(october)) == ([], "2026-09")
    # a further revision of September says it again, since it takes the place of the first
    assert beside(measured(published(*before, ("2026-09", 4.0, NEW)))) == beside(found)


def test_a_period_that_was_published_under_the_old_definition_and_is_reported_again():
    found = measured(published(("2026-08", 2.0, NEW), ("2026-09", 9.0, OLD)))
    assert beside(found) == [("2026-09", OLD, NEW, 9.0, 4.0)]
    assert since(found) == "", "no earlier point was under another definition"


def test_a_second_change_shows_all_that_was_published_otherwise():
    found = measured(published(("2026-06", 7.0, OLD - 1), ("2026-07", 8.0, NEW), ("2026-08", 9.0, OLD)))
    assert beside(found) == [("2026-06", OLD - 1, NEW, 7.0, 3.0), ("2026-08", OLD, NEW, 9.0, 2.0)]
    assert since(found) == "2026-09"


@pytest.mark.parametrize(
    "given",
    [
        None,
        published(),
        published(("2026-08", 2.0, NEW)),
        published(("2026-10", 2.0, OLD)),  # a report of an old period that is made again
        published(("2026-08", float("nan"), OLD), status="not_available"),
        published(("2025-08", 2.0, OLD)),  # before the periods shown
    ],
)
def test_nothing_to_show(given):
    found = measured(given)
    assert found.redefined.empty
    assert list(found.redefined.columns) == REDEFINED_COLUMNS
    assert found.proposals.empty
    assert list(found.proposals.columns) == PROPOSAL_COLUMNS


def test_what_the_source_cannot_say_any_more_is_empty_beside_the_published_figure():
    found = measured(published(("2026-05", 5.0, OLD), ("2026-08", 5.0, OLD)), history=5)
    assert found.redefined["recomputed"].isna().tolist() == [True, False], "the source begins in June"


LABELS = [SEPTEMBER.shift(-back).label for back in range(13, -1, -1)]


def many(label: str, at: int) -> list[dict[str, str]]:
    return [{"id": f"{label}-{one}", "opened_at": f"{label}-{one + 5:02d} 10:00"} for one in range(2 + at % 3)]


def test_a_baseline_is_proposed_from_the_recomputed_points_until_somebody_has_fixed_one():
    rows = [row for at, label in enumerate(LABELS) for row in many(label, at)]
    given = published(*((label, 99.0, OLD) for label in LABELS[:-1]))
    found = measured(given, history=14, rows=rows)
    (proposed,) = found.proposals.to_dict("records")
    counts = np.array([2 + at % 3 for at in range(14)], float)
    spread = 2.66 * np.abs(np.diff(counts)).mean()
    assert (proposed["first"], proposed["last"], proposed["points"]) == (LABELS[0], "2026-09", 14)
    assert (proposed["measure"], proposed["process"], proposed["version"]) == ("opened", "incident", NEW)
    assert [proposed[name] for name in ("mean", "lower", "upper")] == pytest.approx(
        [counts.mean(), max(counts.mean() - spread, 0), counts.mean() + spread]
    )
    assert found.trends.set_index("measure").loc["opened", "limits"] == "provisional"
    fixed = Baseline("incident", "opened", 2, NEW, LABELS[0], LABELS[-2], 13, 3.0, 0.0, 6.0)
    after = measured(given, history=14, rows=rows, baselines=[fixed])
    assert after.proposals.empty
    assert after.trends.set_index("measure").loc["opened", "limits"] == "fixed"
    old = replace(fixed, definition=OLD)
    assert len(measured(given, history=14, rows=rows, baselines=[old]).proposals) == 1


def test_too_few_points_are_said_without_limits():
    (proposed,) = measured(published(("2026-08", 5.0, OLD))).proposals.to_dict("records")
    assert (proposed["points"], proposed["first"], proposed["last"]) == (4, "2026-06", "2026-09")
    assert np.isnan([proposed[name] for name in ("mean", "lower", "upper")]).all()
