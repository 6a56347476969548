"""The known answers of the real ServiceNow log, from the measures alone (tests/golden has the whole way)."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from hand_made import ALWAYS, agreement
from itss.measures.compute import measure_all
from itss.measures.coverage import Collected
from itss.measures.scoping import SourceFacts
from itss.periods import parse_period
from itss.processes import PROCESSES

LOG = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "servicenow" / "incident_event_log.csv"
KNOWN = {  # opened, resolved, SLA met %, mean h, median h, reopened %, open at month end (shared/data/README.md)
    "2016-02": (207, 36, 94.44, 3.59, 1.82, 0.00, 171),
    "2016-03": (793, 838, 57.76, 134.63, 52.40, 1.07, 95),
    "2016-04": (0, 52, 0.00, 1063.18, 1022.95, 3.85, 43),
}
MARCH = {
    "Critical": (16, 0.00, 267.05),
    "High": (36, 0.00, 110.85),
    "Moderate": (716, 62.57, 126.54),
    "Low": (70, 51.43, 199.33),
}
NOT_THERE = ("tta_mean_h", "tta_clock_mean_h", "response_compliance", "resolution_compliance", "sla_met", "reopen_rate")


@pytest.fixture(scope="module")
def incidents():
    if not LOG.exists():
        pytest.skip("the real log is not beside the project")
    last = pd.read_csv(LOG, dtype=str, na_values=["?"], keep_default_na=False).groupby("number", sort=False).tail(1)
    times = {
        name: pd.to_datetime(last[name], format="%d/%m/%Y %H:%M", utc=True).dt.as_unit("us")
        for name in ("opened_at", "resolved_at", "closed_at")
    }
    columns = {
        "id": last["number"],
        "priority": last["priority"].str.partition(" - ")[2],
        "reopen_count": last["reopen_count"].astype("Int64"),
        "sla_met_recorded": (last["made_sla"] == "true").astype("boolean"),
    }
    return pd.DataFrame(columns | times).reset_index(drop=True)


def figures(incidents, label, **more):
    period, incident = parse_period(label, "month", "UTC"), {"incident": PROCESSES["incident"]}
    found = measure_all({"incident": incidents}, incident, period, agreement(hours=ALWAYS), ("priority",), 3, **more)
    return found, found.figures.set_index(["measure", "member"])


@pytest.mark.parametrize("label", KNOWN)
def test_known_answers(incidents, label):
    opened, resolved, met, mean, median, reopened, backlog = KNOWN[label]
    _, found = figures(incidents, label)
    value = found["value"]
    assert (value["opened", ""], value["resolved", ""], value["backlog", ""]) == (opened, resolved, backlog)
    assert round(100 * value["resolution_compliance_recorded", ""], 2) == met
    assert round(100 * value["reopen_rate_recorded", ""], 2) == reopened
    assert (round(value["ttr_clock_mean_h", ""], 2), round(value["ttr_clock_median_h", ""], 2)) == (mean, median)
    assert value["ttr_mean_h", ""] == pytest.approx(value["ttr_clock_mean_h", ""])  # agreed 24×7, no pauses recorded
    assert set(found["status"][[(measure, "") for measure in NOT_THERE]]) == {"not_available"}


@pytest.mark.parametrize("priority", MARCH)
def test_march_by_priority(incidents, priority):
    resolved, met, mean = MARCH[priority]
    value = figures(incidents, "2016-03")[1]["value"]
    assert value["resolved", priority] == resolved
    assert round(100 * value["resolution_compliance_recorded", priority], 2) == met
    assert round(value["ttr_clock_mean_h", priority], 2) == mean


def test_history_begins_with_the_log_and_breaches_are_listed(incidents):
    measured, found = figures(incidents, "2016-03")
    assert measured.history.empty, "of both months the log has some days of openings only"
    at, since = (dt.datetime(year, 2, 1, tzinfo=dt.UTC) for year in (2017, 2016))
    told = {"incident": Collected(at, since=since, until=at)}
    history = figures(incidents, "2016-03", facts=SourceFacts(told))[0].history
    assert list(history["period"].unique()) == ["2016-02", "2016-03"]
    breaches = found.loc[("resolution_compliance_recorded", ""), "denominator"]
    breaches -= found.loc[("resolution_compliance_recorded", ""), "numerator"]
    assert len(measured.nonconformities) == breaches == 354
    assert measured.nonconformities["id"].is_unique
