"""What every process module promises: to the queries, to the checks, to the report."""

import subprocess
import sys

import itss.processes
import pytest
from itss.processes import PROCESS_IDS, PROCESSES

EVERY = pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES)


def test_the_processes_in_order():
    assert tuple(PROCESSES) == PROCESS_IDS
    assert [process.id for process in PROCESSES.values()] == list(PROCESS_IDS)
    assert itss.processes.PROCESSES is PROCESSES
    with pytest.raises(AttributeError, match="NOTHING"):
        itss.processes.NOTHING  # noqa: B018


def test_asking_for_an_id_loads_no_pandas():
    """A DAG file does this at every parse."""
    code = "import sys, itss.processes as p, itss.processes.base; p.PROCESS_IDS; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_measuring_loads_neither_scipy_nor_the_heavy_rooms():
    heavy = ("scipy", "pymannkendall", "great_expectations", "duckdb", "xlsxwriter", "airflow")
    code = (
        "import sys, itss.measures.compute; from itss.processes import PROCESSES; "
        f"sys.exit(', '.join(set({heavy!r}) & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@EVERY
def test_columns(process):
    names = [column.name for column in process.columns]
    assert names[0] == "id"
    assert len(set(names)) == len(names)
    assert not set(names) & {column.name for column in process.derived}
    required = {column.name for column in process.columns if column.required}
    leading = {column.name for column in process.columns if column.required and column.type == "instant"}
    assert "id" in required
    assert len(leading) == 1, "the one required instant tells when the source begins"
    assert set(process.dimensions) <= set(names) | {column.name for column in process.derived}
    assert set(process.always_by) <= set(process.dimensions)
    assert all(column.name.endswith("_at") == (column.type == "instant") for column in process.columns)


@EVERY
def test_expectations_name_columns_that_exist(process):
    names = {column.name for column in process.columns}
    assert len({rule.id for rule in process.expectations}) == len(process.expectations)
    for rule in process.expectations:
        used = {value for key, value in rule.kwargs.items() if key in ("column", "column_A", "column_B")}
        assert used
        assert used <= names


@EVERY
def test_measures_need_columns_that_exist(process):
    names = {column.name for column in (*process.columns, *process.derived)}
    assert len({measure.id for measure in process.measures}) == len(process.measures)
    for measure in process.measures:
        assert measure.process == process.id
        assert measure.needs
        assert set(measure.needs) <= names
        assert measure.date_column in names


def test_the_measures_that_the_procedure_needs_are_there():
    """The ids of measures.md that the first reports print: the six contents a) to f)."""
    ids = {(process.id, measure.id) for process in PROCESSES.values() for measure in process.measures}
    expected = {
        "incident": "opened resolved closed backlog backlog_over_7d backlog_over_30d backlog_over_90d "
        "volume_per_workday response_compliance resolution_compliance resolution_compliance_recorded "
        "sla_met sla_breached_resolved sla_breached_open sla_running sla_none tta_mean_h tta_median_h "
        "tta_p90_h tta_clock_mean_h tta_clock_median_h tta_clock_p90_h ttr_mean_h ttr_median_h ttr_p90_h "
        "ttr_clock_mean_h ttr_clock_median_h ttr_clock_p90_h reopen_rate reopen_rate_recorded first_contact_rate "
        "resolution_rate resolution_rate_of_opened volume effort_h",
        "request": "opened resolved closed backlog backlog_over_7d backlog_over_30d backlog_over_90d "
        "volume volume_per_workday effort_h response_compliance resolution_compliance sla_met sla_none tta_mean_h "
        "ttr_median_h ttr_clock_p90_h reopen_rate first_contact_rate resolution_rate resolution_rate_of_opened",
        "problem": "opened resolved closed backlog backlog_over_90d known_cause_rate repeat_incident_rate effort_h",
        "availability": "availability downtime_min outages longest_outage_min",
        "improvement": "on_time_improvement opened closed",
        "change": "opened resolved closed backlog volume effort_h change_success_rate change_success_rate_procedure "
        "emergency_ratio unauthorised on_schedule_rate overran ended_early start_moved caused_incident_rate",
        "service_level": "indicators indicators_met service_level_attainment",
        "satisfaction": "csat_top2 csat_mean csat_answers csat_response_rate",
        "capacity": "utilisation_p95 utilisation_max days_to_threshold",
        "security": "vulnerabilities_open vulnerabilities_overdue vulnerabilities_found vulnerabilities_fixed "
        "time_to_fix_mean_h time_to_fix_median_h time_to_fix_p90_h",
        "reporting": "on_time_delivery reports_due reports_on_time",
    }
    assert {(process, measure) for process, words in expected.items() for measure in words.split()} <= ids
    assert {measure.section for process in PROCESSES.values() for measure in process.measures} >= set("abcdf")
