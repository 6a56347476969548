"""The series takes what was published; what comes out otherwise today is a restatement."""

from dataclasses import replace

import pandas as pd
import pytest
from hand_made import SEPTEMBER, frame
from itss.measures.compute import measure_all
from itss.measures.published import HISTORY_COLUMNS, PUBLISHED_COLUMNS, RESTATEMENT_COLUMNS
from itss.processes import PROCESSES

ROWS = [
    {"id": "1", "opened_at": "2026-07-05 10:00"},
    {"id": "2", "opened_at": "2026-08-05 10:00"},
    {"id": "3", "opened_at": "2026-08-06 10:00"},
    {"id": "4", "opened_at": "2026-09-01 00:00"},
]


def published(*rows):
    """Rows (measure, period, value[, status, version]) of incident as the register has them."""
    full = [(m, "incident", p, v, 1, *(rest or ("", 1))) for m, p, v, *rest in rows]
    return pd.DataFrame(full, columns=PUBLISHED_COLUMNS).astype({"value": "float64", "version": "Int64"})


def measured(given, history=4, rows=ROWS):
    frames = {"incident": frame("incident", rows)} if rows else {}
    return measure_all(frames, {"incident": PROCESSES["incident"]}, SEPTEMBER, None, ("service",), history, given)


def line(found, measure="opened"):
    rows = found.history[found.history["measure"] == measure]
    return [tuple(row) for row in rows[["period", "value", "origin"]].itertuples(index=False)]


def test_what_was_never_published_is_computed_and_marked_so():
    found = measured(None)
    assert list(found.history.columns) == HISTORY_COLUMNS
    assert line(found) == [("2026-07", 1, "computed"), ("2026-08", 2, "computed"), ("2026-09", 1, "computed")]
    assert found.restatements.empty
    assert list(found.restatements.columns) == RESTATEMENT_COLUMNS


def test_published_points_stand_and_their_difference_is_a_restatement():
    found = measured(published(("opened", "2026-07", 1.0), ("opened", "2026-08", 5.0)))
    assert line(found) == [("2026-07", 1, "published"), ("2026-08", 5, "published"), ("2026-09", 1, "computed")]
    assert found.restatements.to_dict("records") == [
        {"measure": "opened", "process": "incident", "period": "2026-08", "published": 5.0, "recomputed": 2.0}
    ]
    trend = found.trends.set_index("measure").loc["opened"]
    assert (trend["previous"], trend["change"]) == (5, pytest.approx(-0.8))


def test_the_reported_period_is_what_this_report_says_but_restates_what_was_published_for_it():
    found = measured(published(("opened", "2026-09", 9.0)))
    assert line(found)[-1] == ("2026-09", 1, "computed")
    assert found.restatements[["period", "published", "recomputed"]].to_numpy().tolist() == [["2026-09", 9.0, 1.0]]


def test_a_published_period_before_the_first_row_is_in_the_series():
    found = measured(published(("opened", "2026-06", 7.0), ("opened", "2026-01", 8.0)))
    assert line(found)[0] == ("2026-06", 7, "published"), "and January lies before the history"
    assert len(found.restatements) == 0


@pytest.mark.parametrize(
    "row", [("opened", "2026-08", 5.0, "", 2), ("opened", "2026-08", float("nan"), "not_available", 1)]
)
def test_another_definition_and_no_figure_at_all_are_no_points(row):
    found = measured(published(row))
    assert line(found)[1] == ("2026-08", 2, "computed")
    assert found.restatements.empty


def test_not_applicable_is_a_published_statement_too():
    found = measured(published(("opened", "2026-08", float("nan"), "not_applicable", 1)))
    period, value, origin = line(found)[1]
    assert (period, origin) == ("2026-08", "published")
    assert pd.isna(value)
    assert found.restatements["recomputed"].tolist() == [2.0]


def test_rounding_in_the_database_is_no_restatement():
    found = measured(published(("opened", "2026-08", 2.0 + 1e-13)))
    assert found.restatements.empty


def test_a_process_without_rows_keeps_its_published_past():
    found = measured(published(("opened", "2026-08", 5.0)), rows=[])
    assert line(found) == [("2026-08", 5, "published")]
    assert pd.isna(found.trends.set_index("measure").loc["opened", "value"])


def test_the_period_before_is_measured_by_member_as_it_would_be_itself():
    rows = [{**row, "service": "ERP" if row["id"] in "24" else None} for row in ROWS]
    found = measured(None, rows=rows).before
    opened = found[found["measure"] == "opened"]
    assert set(opened["period"]) == {"2026-08"}
    assert dict(zip(opened["member"], opened["value"], strict=True)) == {"": 2, "ERP": 1, "(blank)": 1}
    assert measured(None, history=1).before.empty, "no history was asked for"
    itself = measure_all(
        {"incident": frame("incident", rows)}, {"incident": PROCESSES["incident"]}, SEPTEMBER.shift(-1), None,
        ("service",), 1,
    )  # fmt: skip
    pd.testing.assert_frame_equal(found, itself.figures)


def test_versions_are_compared_measure_by_measure():
    incident = PROCESSES["incident"]
    newer = tuple(replace(m, version=2) if m.id == "opened" else m for m in incident.measures)
    given = published(("opened", "2026-08", 5.0), ("backlog", "2026-08", 9.0))
    found = measure_all(
        {"incident": frame("incident", ROWS)}, {"incident": replace(incident, measures=newer)}, SEPTEMBER, None, (), 4,
        given,
    )  # fmt: skip
    assert line(found)[1][2] == "computed"
    assert line(found, "backlog") == [("2026-08", 9, "published")]
