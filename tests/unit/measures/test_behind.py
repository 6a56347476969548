"""The rows behind every figure add up to it: on the sample month, and on rows drawn at random."""

import json

import pandas as pd
import pytest
from hand_made import ALWAYS, SEPTEMBER, agreement, frame, outcome
from itss.agreements.loader import load_agreements
from itss.errors import ConfigurationError
from itss.measures.behind import ROW_COLUMNS, behind
from itss.measures.compute import measure_all
from itss.processes import PROCESSES
from itss.settings import settings

TIMES = {"Critical": (0.5, 4), "High": (1, 24), "Moderate": (8, 72), "Low": (24, 240)}
RESOURCES = ("gaps", "no_threshold", "too_few_samples", "not_rising")  # counted, but no rows
MEASURES = [(process.id, measure.id) for process in PROCESSES.values() for measure in process.measures]


@pytest.fixture(scope="module")
def sample(sample_frames):
    """The sample and the KPIs in force."""
    return sample_frames, load_agreements(settings().shipped / "agreements").agreements["process_kpi"]


@pytest.fixture(scope="module")
def sample_figures(sample):
    processes = {name: PROCESSES[name] for name in sample[0]}
    return measure_all(sample[0], processes, SEPTEMBER, sample[1], ("service", "priority"), 1).figures


@pytest.fixture(scope="module")
def random_figures(random_frames):
    version = agreement(hours=ALWAYS, times=TIMES)
    return measure_all(random_frames, PROCESSES, SEPTEMBER, version, ("service",), 1).figures


def adds_up(found, figure):
    """What an auditor does with the listed rows and the printed figure."""
    rows, told = found.rows, json.loads(figure["excluded"])
    listed = rows["excluded"][rows["excluded"] != ""].value_counts().to_dict()
    assert {key: n for key, n in listed.items() if key not in RESOURCES} == {
        key: n for key, n in told.items() if key not in RESOURCES
    }
    assert not (rows["in_numerator"] & (rows["excluded"] != "")).any()
    above, below = int(rows["in_numerator"].sum()), int(rows["in_denominator"].sum())
    if pd.isna(figure["value"]):
        assert above == below == 0
    else:
        assert_sum(found.measure, figure, above, below, rows["amount"].dropna())


SUMS = ("longest_outage_min", "effort_h")


def assert_sum(measure, figure, above, below, amounts):
    value = figure["value"]
    if measure.id == "availability":
        assert amounts.sum() == pytest.approx(figure["numerator"], abs=1e-6)
    elif measure.id in ("reopen_rate", "repeat_incident_rate", "on_time_submission", "downtime_min", *SUMS):
        whole = figure["denominator"] if measure.unit == "share" else 1
        assert amounts.sum() / whole == pytest.approx(value)
    elif measure.id == "outages":
        assert above == figure["n"] >= value
    elif measure.unit == "share" and measure.process != "capacity":
        assert (above, below, above / below) == (figure["numerator"], figure["denominator"], value)
    elif measure.unit == "count":
        assert above == figure["numerator"]
        assert value == above / (figure["denominator"] if "workday" in measure.id else 1)
    else:
        assert above == figure["n"]
        kind = next((one for one in ("mean", "median") if one in measure.id), None)
        assert kind is None or getattr(amounts, kind)() == pytest.approx(value)


def some_of(figures, process, measure):
    """Of one measure the figure of the whole, and those of three members of each dimension."""
    chosen = figures[(figures["process"] == process) & (figures["measure"] == measure)]
    assert len(chosen)
    return chosen[chosen["status"] != "not_available"].groupby("dimension", dropna=False).head(3).to_dict("records")


@pytest.mark.parametrize(("process", "measure"), [pair for pair in MEASURES if pair[0] != "reporting"])
def test_on_the_sample(sample, sample_figures, process, measure):
    for figure in some_of(sample_figures, process, measure):
        dimension, member = figure["dimension"], figure["member"]
        adds_up(behind(sample[0], PROCESSES[process], SEPTEMBER, sample[1], measure, dimension, member), figure)


@pytest.mark.parametrize(("process", "measure"), MEASURES)
def test_on_random_rows(random_frames, random_figures, process, measure):
    version = agreement(hours=ALWAYS, times=TIMES)
    for figure in some_of(random_figures, process, measure):
        dimension, member = figure["dimension"], figure["member"]
        found = behind(random_frames, PROCESSES[process], SEPTEMBER, version, measure, dimension, member)
        adds_up(found, figure)


def test_every_measure_of_the_sample_is_available(sample_figures):
    assert sample_figures[sample_figures["status"] == "not_available"]["measure"].tolist() == []


def test_by_hand():
    rows = [
        {
            "id": "1",
            "opened_at": "2026-09-01 10:00",
            "resolved_at": "2026-09-02 10:00",
            "closed_at": "2026-09-03 10:00",
        },
        {"id": "2", "opened_at": "2026-09-01 10:00", "resolved_at": None, "closed_at": "2026-09-03 10:00"},
        {"id": "3", "opened_at": "2026-09-01 10:00", "closed_at": "2026-09-03 10:00", "is_cancelled": True},
        {"id": "4", "opened_at": "2026-09-01 10:00", "closed_at": "2026-10-03 10:00"},
    ]
    incidents = frame("incident", rows)
    found = behind({"incident": incidents}, PROCESSES["incident"], SEPTEMBER, None, "resolution_rate")
    assert found.outcome == outcome("incident", "resolution_rate", incidents)
    assert list(found.rows.columns) == ["id", "closed_at", "resolved_at", *ROW_COLUMNS[1:]]
    assert found.rows[["id", "in_numerator", "in_denominator", "excluded"]].to_dict("split")["data"] == [
        ["1", True, True, ""],
        ["2", False, True, ""],
        ["3", False, False, "cancelled"],
    ]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("nothing",), "has no measure 'nothing'"),
        (("ttr_mean_h",), "not available: there is no resolved_at, ttr_h"),
        (("opened", "weather", "fine"), "cannot be split by 'weather'"),
        (("opened", "service", "ERP"), "No row has service 'ERP'"),
    ],
)
def test_what_cannot_be_listed_is_refused_with_its_reason(asked, said):
    rows = {"incident": frame("incident", [{"id": "1", "opened_at": "2026-09-01 10:00", "service": "CRM"}])}
    with pytest.raises(ConfigurationError, match=said):
        behind(rows, PROCESSES["incident"], SEPTEMBER, None, *asked)
