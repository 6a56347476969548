"""A period that no version judges, and a year whose working days are not official yet."""

import datetime as dt

import pytest
from itss.agreements.models import AgreementVersion, ServiceHours, TimeTarget
from itss.calendars import is_published, open_days
from itss.checks.in_force import in_force_findings
from itss.periods import parse_period

WEEK = {"mon": ((dt.time(9), dt.time(18)),)}


def found(label, hours):
    version = hours and AgreementVersion(version="7", effective_from=dt.date(2020, 1, 1), service_hours=hours)
    kind = "week" if "W" in label else "month"
    return in_force_findings("incident", "desk", version, parse_period(label, kind, "Asia/Shanghai"))


def test_a_period_without_a_version_in_force():
    (finding,) = found("2026-09", None)
    assert (finding.rule, finding.severity, finding.process) == ("agreement_in_force", "warning", "incident")
    assert finding.is_on_the_whole
    assert "2026-09" in finding.line()


@pytest.mark.parametrize("hours", [ServiceHours(always=True), ServiceHours(weekly=WEEK)])
def test_hours_without_public_holidays_need_no_calendar(hours):
    assert found("2099-09", hours) == []


def test_china_has_published_its_working_days_of_2025_and_not_those_of_2099(monkeypatch):
    moved = {2024, 2025, 2026}  # the years whose circulars of the State Council name make-up days
    assert all(is_published("CN", year) for year in moved)
    assert is_published("US", 2099), "nobody moves work days there"

    def until_2026(country, year):
        return frozenset(), frozenset([dt.date(year, 10, 10)] if year in moved else [])

    monkeypatch.setattr(open_days, "_public_days", until_2026)
    hours = ServiceHours(weekly=WEEK, holidays="CN")
    assert found("2026-12", hours) == []
    (finding,) = found("2027-01", hours)
    assert finding.rule == "working_days_published"
    assert "CN 2027" in finding.why.en
    # a priority with hours of its own has holidays of its own
    version = AgreementVersion(
        version="7",
        effective_from=dt.date(2020, 1, 1),
        service_hours=ServiceHours(always=True),
        time_targets={"High": TimeTarget(resolution_h=8, hours=hours)},
    )
    january = parse_period("2027-01", "month", "Asia/Shanghai")
    assert [one.rule for one in in_force_findings("incident", "desk", version, january)] == ["working_days_published"]
    # the week of New Year lies in both years
    assert len(found("2026-W53", hours)) == 1
