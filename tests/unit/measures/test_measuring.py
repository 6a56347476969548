"""`measure_all`: members, history, versions of an agreement, what is not available, and its speed."""

import datetime as dt
import gc
import json
import weakref

import numpy as np
import pandas as pd
import pytest
from hand_made import ALWAYS, SEPTEMBER, START, agreement, frame, month
from itss.agreements.models import Agreement
from itss.measures import process_figures
from itss.measures.base import FIGURE_COLUMNS
from itss.measures.compute import measure_all
from itss.measures.trends import TREND_COLUMNS
from itss.processes import PROCESSES
from itss.text import text

INCIDENT = {"incident": PROCESSES["incident"]}
TIMES = {"High": (1, 8)}


def measured(rows, *, process="incident", version=None, period=SEPTEMBER, dimensions=("priority",), history=14):
    rows = rows if isinstance(rows, pd.DataFrame) else frame(process, rows)
    return measure_all({process: rows}, {process: PROCESSES[process]}, period, version, dimensions, history)


def figure(found, measure, member=""):
    rows = found.figures
    (row,) = rows[(rows["measure"] == measure) & (rows["member"] == member)].to_dict("records")
    return row


ROWS = [
    {"id": "1", "opened_at": START, "priority": "High", "resolved_at": "2026-09-02 10:00", "is_cancelled": None},
    {"id": "2", "opened_at": START, "priority": None, "resolved_at": None, "is_cancelled": True},
    {"id": "3", "opened_at": "2026-07-31 10:00", "priority": None, "resolved_at": None, "is_cancelled": None},
]


def test_a_figure_carries_everything_it_stands_on():
    target = {"process": "incident", "measure": "resolution_compliance", "at_least": 0.9}
    row = figure(measured(ROWS, version=agreement(target, times=TIMES, hours=ALWAYS)), "resolution_compliance")
    assert list(row)[: len(FIGURE_COLUMNS)] == FIGURE_COLUMNS
    assert (row["value"], row["numerator"], row["denominator"], row["n"], row["unit"]) == (0, 0, 1, 1, "share")
    assert (row["target"], row["status"], row["version"], row["period"]) == (0.9, "missed", 2, "2026-09")
    assert json.loads(row["excluded"]) == {"no_target": 1}


def test_members_add_up_to_the_whole_and_blank_is_one_of_them():
    found = measured(ROWS)
    assert figure(found, "backlog")["value"] == 1
    assert {m: figure(found, "backlog", m)["value"] for m in ("High", "(blank)")} == {"High": 0, "(blank)": 1}
    assert json.loads(figure(found, "opened", "(blank)")["excluded"]) == {"cancelled": 1}
    whole = found.figures[(found.figures["dimension"] == "")].set_index("measure")["value"]
    parts = found.figures[found.figures["dimension"] == "priority"].groupby("measure")["value"].sum()
    for measure in ("opened", "resolved", "backlog", "backlog_over_7d", "backlog_over_30d"):
        assert parts[measure] == whole[measure]


def test_only_the_dimensions_that_are_asked_for_and_the_process_has():
    assert set(measured(ROWS, dimensions=("service", "severity")).figures["dimension"]) == {""}
    assert set(measured(ROWS, dimensions=()).figures["dimension"]) == {""}


def test_a_resource_is_always_a_member_and_judged_by_its_own_threshold():
    rows = [
        {"id": str(n), "resource": r, "sampled_at": START, "utilisation": 0.7, "threshold": t, "service": s}
        for n, (r, t, s) in enumerate([("disk", 0.6, "Email"), ("cpu", 0.7, "Email"), ("lan", 0.6, "ERP")])
    ]
    found = measured(rows, process="capacity", dimensions=("service",))
    judged = {m: (figure(found, "utilisation_max", m)["status"], figure(found, "utilisation_max", m)["target"])
              for m in ("disk", "cpu")}  # fmt: skip
    assert judged == {"disk": ("missed", 0.6), "cpu": ("met", 0.7)}
    for member in ("", "Email", "ERP"):
        assert figure(found, "utilisation_max", member)["status"] == ""


def test_a_missing_column_gives_one_row_that_says_so():
    row = figure(measured(ROWS), "tta_clock_mean_h")
    assert (row["status"], row["n"], row["dimension"]) == ("not_available", 0, "")
    assert pd.isna(row["value"])


def test_a_missing_source_makes_all_figures_of_its_process_not_available():
    both = {key: PROCESSES[key] for key in ("incident", "change")}
    found = measure_all({"incident": frame("incident", ROWS)}, both, SEPTEMBER, None, (), 3)
    changes = found.figures[found.figures["process"] == "change"]
    assert set(changes["status"]) == {"not_available"}
    assert list(changes["measure"]) == [m.id for m in PROCESSES["change"].measures]
    assert set(found.history["process"]) == {"incident"}


def test_an_empty_source_counts_zero_and_has_no_rates_and_no_history():
    empty = frame("incident", [], columns=["id", "opened_at", "resolved_at", "reopened_at", "priority"])
    found = measured(empty, version=agreement(times=TIMES))
    assert figure(found, "opened")["value"] == 0
    assert figure(found, "resolution_compliance")["status"] == "not_applicable"
    assert len(found.history) == len(found.trends) == len(found.nonconformities) == len(found.major_events) == 0
    assert list(found.trends.columns) == TREND_COLUMNS


def test_history_leaves_out_periods_before_the_first_row_and_ends_with_the_present():
    found = measured(ROWS)
    opened = found.history[found.history["measure"] == "opened"]
    assert list(zip(opened["period"], opened["value"], opened["n"], strict=True)) == [
        ("2026-07", 1, 1),
        ("2026-08", 0, 0),
        ("2026-09", 1, 1),
    ]
    assert list(measured(ROWS, history=1).history["period"].unique()) == ["2026-09"]
    (trend,) = found.trends[found.trends["measure"] == "opened"].to_dict("records")
    assert (trend["n_points"], trend["value"], trend["previous"], trend["direction"]) == (3, 1, 0, "too_few")


def test_history_is_what_the_figures_of_each_month_were():
    rng = np.random.default_rng(7)
    opened = pd.date_range("2026-05-01", periods=408, freq="9h", tz="UTC").as_unit("us")
    rows = pd.DataFrame(
        {
            "id": [str(n) for n in range(408)],
            "priority": rng.choice(["High", "Low"], 408),
            "opened_at": opened,
            "resolved_at": (opened + pd.to_timedelta(rng.exponential(90, 408), unit="h")).as_unit("us"),
        }
    )
    version = agreement(times=TIMES)
    history = measured(rows, version=version, dimensions=()).history
    for label in ("2026-05", "2026-07", "2026-09"):
        there = measured(rows, version=version, dimensions=(), period=month(label)).figures
        there = there[there["status"] != "not_available"].set_index("measure")["value"]
        past = history[history["period"] == label].set_index("measure")["value"]
        pd.testing.assert_series_equal(past, there, check_names=False)


def whole(*versions):
    return Agreement(key="sla", kind="sla", title=text("协议", "SLA"), versions=versions)


def test_the_version_in_force_on_the_last_day_judges_each_period():
    target = {"process": "incident", "measure": "resolution_compliance"}
    strict, mild = {"High": (1, 1)}, {"High": (1, 1000)}
    sla = whole(
        agreement(target | {"at_least": 0.5}, times=strict, hours=ALWAYS, version="old", since="2026-01-01"),
        agreement(target | {"at_least": 0.9}, times=mild, hours=ALWAYS, version="new", since="2026-09-30"),
        agreement(target | {"at_least": 0.99}, times=strict, hours=ALWAYS, version="next", since="2026-10-01"),
    )
    rows = [
        {"id": m, "priority": "High", "opened_at": f"2026-{m}-02 10:00", "resolved_at": f"2026-{m}-03 10:00"}
        for m in ("08", "09")
    ]
    found = measured(rows, version=sla)
    assert (figure(found, "resolution_compliance")["value"], figure(found, "resolution_compliance")["target"]) == (
        1,
        0.9,
    )
    past = found.history[found.history["measure"] == "resolution_compliance"]
    assert dict(zip(past["period"], past["value"], strict=True)) == {"2026-08": 0, "2026-09": 1}
    # one version given: it holds for all periods
    past = measured(rows, version=sla.versions[1]).history
    assert list(past[past["measure"] == "resolution_compliance"]["value"]) == [1, 1]


def test_before_the_first_version_service_time_is_not_available():
    sla = whole(agreement(times=TIMES, since="2026-10-01"))
    found = measured(ROWS, version=sla)
    assert figure(found, "ttr_mean_h")["status"] == "not_available"
    assert figure(found, "ttr_clock_mean_h")["status"] == ""


def test_quarters_and_weeks_are_periods_too():
    from itss.periods import parse_period

    for label, kind, expected in (("2026-Q3", "quarter", 2), ("2026-W36", "week", 1), ("2026-H2", "half_year", 2)):
        period = parse_period(label, kind, "Asia/Shanghai")
        assert figure(measured(ROWS, period=period), "opened")["value"] == expected


def test_every_excluded_reason_has_words(random_frames):
    found = measure_all(random_frames, PROCESSES, SEPTEMBER, agreement(times=TIMES), (), 1)
    pairs = zip(found.figures["process"], found.figures["excluded"], strict=True)
    reasons = {(process, reason) for process, row in pairs for reason in json.loads(row)}
    assert len({reason for _, reason in reasons}) > 10
    assert all(PROCESSES[process].reason(reason).zh != reason for process, reason in reasons)


@pytest.mark.parametrize("column", ["opened_at", "resolved_at"])
def test_naive_instants_are_refused(column):
    rows = frame("incident", ROWS)
    rows[column] = pd.Series([dt.datetime(2026, 9, 1)] * 3)  # noqa: DTZ001
    with pytest.raises(TypeError, match=column):
        measured(rows)


def test_the_derived_rows_of_one_earlier_period_are_held_at_a_time(monkeypatch):
    """Thirteen derived frames of a million tickets were most of the memory of a measurement."""
    made, most = [], []

    def alive():
        gc.collect()
        return [label for label, rows in made if rows() is not None]

    def watched(*args):
        most.append(len(alive()))
        scope = scope_of(*args)
        made.append((scope.period.label, weakref.ref(scope.rows)))
        return scope

    scope_of = process_figures.scope_of
    monkeypatch.setattr(process_figures, "scope_of", watched)
    version = agreement(
        {"process": "incident", "measure": "resolution_compliance", "at_least": 0.9}, times=TIMES, hours=ALWAYS
    )
    rows = [{**ROWS[0], "id": str(n), "opened_at": f"2026-0{n}-02 10:00"} for n in range(1, 9)] + ROWS[1:2]
    found = measured(rows, version=version)
    assert sum(found.history["measure"] == "opened") == 9
    assert len(made) >= 9
    assert max(most) <= 2  # the present one, and the last before
    assert alive() == []
