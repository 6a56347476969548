"""What every process module promises: to the queries, to the checks, to the report."""

import subprocess
import sys
from dataclasses import replace

import itss.processes
import numpy as np
import pytest
from itss.measures.base import Clock
from itss.measures.outcomes import count
from itss.processes import PROCESS_IDS, PROCESSES
from itss.processes import columns as c
from itss.processes.base import Opinion
from itss.processes.declared import faults
from itss.text import text

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
def test_it_declares_all_that_a_report_will_ask_for(process):
    assert faults(process, PROCESSES) == []


INCIDENT = PROCESSES["incident"]
FIRST, *REST = INCIDENT.measures


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"columns": INCIDENT.columns[1:]}, "first column is not 'id'"),
        ({"columns": (*INCIDENT.columns, INCIDENT.columns[1])}, "same name"),
        ({"columns": (*INCIDENT.columns, c.instant("moved_at", "词", "word", required=True))}, "there are 2"),
        ({"columns": (*INCIDENT.columns, c.instant("moved", "词", "word"))}, "ends with '_at'"),
        ({"columns": (*INCIDENT.columns, c.reference("of", "词", "word", "weather"))}, "which is no process"),
        ({"columns": tuple(one for one in INCIDENT.columns if one.name != "is_major")}, "major_events asks for"),
        ({"columns": tuple(one for one in INCIDENT.columns if one.name != "priority")}, "is_timed asks for"),
        ({"dimensions": ("weather",)}, "dimensions names 'weather'"),
        ({"always_by": ("weather",)}, "always_by names 'weather'"),
        ({"ended_by": ("over_at",)}, "ended_by asks for the column 'over_at'"),
        ({"ended_by": ()}, "what ended it"),
        ({"cancelled_by": (("fate", "lost"),)}, "cancelled_by asks for the column 'fate'"),
        ({"measures": (*INCIDENT.measures, FIRST)}, "same id"),
        ({"measures": (replace(FIRST, process="change"), *REST)}, "a measure of 'change'"),
        ({"measures": (replace(FIRST, needs=("colour",)), *REST)}, "asks for the column 'colour'"),
        ({"measures": (replace(FIRST, needs=()), *REST)}, "always be available"),
        ({"measures": (replace(FIRST, clock=Clock(until="noon")), *REST)}, "asks for the column 'noon'"),
        ({"measures": (replace(FIRST, stands_in_for="mood"), *REST)}, "stands in for 'mood'"),
        ({"measures": (replace(FIRST, compute=lambda scope: left_out_as(scope, "rainy")), *REST)}, "as 'rainy'"),
        ({"inflow": "rain"}, "inflow names the measure 'rain'"),
        ({"stock": "ttr_mean_h"}, "stock is a count"),
        ({"breaches": ("rain",)}, "breaches names the measure 'rain'"),
        ({"headline": ()}, "Without a headline"),
        ({"opinion": Opinion("sun", "", "", "")}, "satisfied names the measure 'sun'"),
        ({"reasons": {}}, "'no_flag', which has no words"),
    ],
)
def test_a_declaration_that_lacks_something_is_refused_with_what_it_lacks(broken, said):
    assert [fault for fault in faults(replace(INCIDENT, **broken), PROCESSES) if said in fault]


def left_out_as(scope, reason):
    nobody = np.zeros(len(scope.rows), bool)
    return count(scope.rows, nobody, {reason: nobody})


def test_a_reason_without_words_is_printed_by_its_key():
    assert INCIDENT.reason("rainy") == text("rainy", "rainy")
    assert INCIDENT.reason("cancelled").zh == "已取消、重复或合并"
    assert INCIDENT.reason("no_flag").en == "the source has no SLA flag"


@EVERY
def test_expectations_name_columns_that_exist(process):
    names = {column.name for column in process.columns}
    assert len({rule.id for rule in process.expectations}) == len(process.expectations)
    for rule in process.expectations:
        used = {value for key, value in rule.kwargs.items() if key in ("column", "column_A", "column_B")}
        assert used
        assert used <= names


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
