"""What agreement and data do not know of each other is found, and nothing else is."""

import datetime as dt

import pandas as pd
import pytest
from itss.agreements.models import AgreementVersion, ServiceHours, Target, TimeTarget
from itss.agreements.terms import AgreedService
from itss.checks.agreed import agreed_findings
from itss.periods import parse_period
from itss.processes import PROCESSES
from itss.sources.conform import conform

SEPTEMBER = parse_period("2026-09", "month", "UTC")
BOTH = TimeTarget(response_h=1, resolution_h=8)


def version(targets=(), **times):
    return AgreementVersion(
        version="7",
        effective_from=dt.date(2026, 1, 1),
        service_hours=ServiceHours(always=True),
        time_targets=times,
        targets=[Target(process="incident", measure="opened", at_most=9, **target) for target in targets],
    )


def asked(rows, agreed, process="incident"):
    names = list(dict.fromkeys(name for row in rows for name in row))
    frame = conform(
        PROCESSES[process], {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names}, "UTC"
    )
    return agreed_findings([(PROCESSES[process], frame, "desk")], agreed, SEPTEMBER)


def incident(number, **columns):
    return {"id": number, "opened_at": "2026-09-02 08:00:00", "service": "ERP", "resolved_at": None} | columns


def test_priorities_without_an_agreed_time():
    rows = [
        incident("1", priority="High"),
        incident("2", priority="P9"),
        incident("3", priority=None),
        incident("4", priority="P9", opened_at="2026-08-01 08:00:00", resolved_at="2026-08-02 08:00:00"),
        incident("5", priority="P9", opened_at="2026-10-01 08:00:00"),
    ]
    strange, unsaid = asked(rows, version(High=BOTH))
    assert (strange.rule, strange.severity, strange.failed, strange.total, strange.rows) == (
        "priority_agreed", "warning", 1, 3, ("2",),
    )  # fmt: skip
    assert "P9" in strange.why.en
    assert "P9" in strange.why.zh
    assert (unsaid.rule, unsaid.failed, unsaid.rows) == ("priority_given", 1, ("3",))


def test_a_priority_with_one_of_the_two_times():
    [found] = asked([incident("1", priority="Low")], version(High=BOTH, Low=TimeTarget(response_h=4)))
    assert (found.rule, found.failed, found.rows) == ("resolution_h_agreed", 1, ("1",))


@pytest.mark.parametrize("agreed", [None, version(), version(High=TimeTarget(response_h=1)), version([{}], High=BOTH)])
def test_nothing_is_found_where_nothing_is_missing(agreed):
    assert asked([incident("1", priority="High")], agreed) == []


def test_a_target_for_a_service_that_no_row_names():
    agreed = version([{"dimension": "service", "member": "Mail"}, {"dimension": "service", "member": "ERP"}])
    [found] = asked([incident("1")], agreed)
    assert (found.rule, found.column, found.failed, found.rows) == ("service_known", "service", 0, ("Mail",))


DUE = {"resolution_due_at": "2026-09-03 08:00:00"}


def test_a_priority_that_the_source_judges_is_said_and_not_found_lacking():
    rows = [incident("1", priority="P9", **DUE), incident("2", priority="P9"), incident("3", priority=None, **DUE)]
    strange, by_source = asked(rows, version(High=BOTH))
    assert (strange.rule, strange.rows) == ("priority_agreed", ("2",))
    assert (by_source.rule, by_source.severity, by_source.rows) == ("priority_by_source", "info", ("1", "3"))
    assert "P9" in by_source.why.en


def test_one_time_that_the_source_judges():
    low = TimeTarget(response_h=4)
    rows = [incident("1", priority="Low", **DUE), incident("2", priority="Low")]
    found = {one.rule: (one.severity, one.rows) for one in asked(rows, version(High=BOTH, Low=low))}
    assert found == {"resolution_h_agreed": ("warning", ("2",)), "resolution_h_by_source": ("info", ("1",))}


@pytest.mark.parametrize("response", ["none", 1])
def test_what_is_none_lacks_nothing(response):
    rows = [incident("1", priority="Low"), incident("2", priority="Low", **DUE)]
    assert asked(rows, version(High=BOTH, Low=TimeTarget(response_h=response, resolution_h="none"))) == []


def test_processes_without_a_clock_are_not_asked_for_priorities():
    rows = [{"id": "1", "opened_at": "2026-09-02 08:00:00", "priority": "P9"}]
    assert asked(rows, version(High=BOTH), "change") == []


def test_outages_of_services_that_the_agreement_does_not_name():
    def outage(number, **columns):
        row = {"id": number, "service": "ERP", "started_at": "2026-09-02 08:00:00", "ended_at": "2026-09-02 09:00:00"}
        return row | {"is_planned": False} | columns

    rows = [
        outage("1"),
        outage("2", service="E.R.P."),
        outage("3", service=None),
        outage("4", service="CRM", is_planned=True),
        outage("5", service="CRM", started_at="2026-08-02 08:00:00", ended_at="2026-08-31 09:00:00"),
        outage("6", service="CRM", started_at="2026-10-02 08:00:00", ended_at=None),
    ]
    named = version().model_copy(update={"services": (AgreedService(name="ERP"), AgreedService(name="VPN"))})
    (found,) = asked(rows, named, "availability")
    assert (found.rule, found.severity, found.failed, found.total) == ("service_agreed", "warning", 2, 3)
    assert found.rows == ("2", "3")
    assert "E.R.P." in found.why.en
    assert asked(rows, version(), "availability") == []


def test_a_target_of_no_measure_and_one_in_percent_stop_the_report():
    def agreed(measure, **bounds):
        target = Target(process="incident", measure=measure, **bounds)
        return version().model_copy(update={"targets": (target,)})

    [found] = asked([incident("1")], agreed("resolution_complience", at_least=0.95))
    assert (found.rule, found.severity) == ("target_measured", "critical")
    assert "incident: There is no measure resolution_complience. Correct" in found.line()
    [found] = asked([incident("1")], agreed("resolution_compliance", at_least=95))
    assert (found.rule, found.severity) == ("target_of_share", "critical")
    assert "resolution_compliance" in found.line()
    [found] = asked([incident("1")], agreed("resolution_compliance", at_least=0.95, warn=97))
    assert found.rule == "target_of_share"
    assert asked([incident("1")], agreed("resolution_compliance", at_least=0.95, warn=1)) == []
    assert asked([incident("1")], agreed("opened", at_most=95)) == []
    # of another process: it is that one's to find
    assert asked([incident("1")], agreed("no such", at_most=95), process="request") == []
