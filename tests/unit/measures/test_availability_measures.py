"""Availability worked by hand: what overlaps, is cut by the period, goes on, was planned, or lies outside the hours."""

import datetime as dt

import pytest
from hand_made import ALWAYS, END, OFFICE, SEPTEMBER, START, agreement, frame, is_available, month, outcome, value
from itss.agreements.models import Agreement, ServiceHours
from itss.agreements.terms import AgreedService
from itss.measures.behind import behind
from itss.measures.compute import measure_all
from itss.periods import parse_period
from itss.processes import PROCESSES
from itss.text import text

ROUND_THE_CLOCK, IN_THE_OFFICE = agreement(hours=ALWAYS), agreement(hours=OFFICE)
SEPTEMBER_MIN = 30 * 24 * 60


def out(number, start, end, **more):
    return {"id": str(number), "service": "ERP", "started_at": start, "ended_at": end} | more


def figures(rows, version=ROUND_THE_CLOCK, period=SEPTEMBER):
    return [
        value("availability", measure, rows, period, version)
        for measure in ("downtime_min", "outages", "longest_outage_min")
    ]


def test_overlapping_outages_are_one():
    rows = [
        out(1, "2026-09-07 10:00", "2026-09-07 11:00"),
        out(2, "2026-09-07 10:30", "2026-09-07 10:45"),  # inside the first
        out(3, "2026-09-07 10:50", "2026-09-07 11:30"),
        out(4, "2026-09-07 11:30", "2026-09-07 11:40"),  # begins where the one before ends
        out(5, "2026-09-08 10:00", "2026-09-08 10:20"),
    ]
    assert figures(rows) == [100 + 20, 2, 100]
    found = outcome("availability", "availability", rows, SEPTEMBER, ROUND_THE_CLOCK)
    assert found.value == (SEPTEMBER_MIN - 120) / SEPTEMBER_MIN
    assert (found.numerator, found.denominator, len(found.against)) == (SEPTEMBER_MIN - 120, SEPTEMBER_MIN, 5)
    assert figures(rows[::-1]) == [120, 2, 100]


def test_outages_of_two_services_are_two_and_the_whole_is_their_sum():
    rows = [
        out(1, "2026-09-07 10:00", "2026-09-07 11:00"),
        out(2, "2026-09-07 10:00", "2026-09-07 11:00", service="CRM"),
        out(3, "2026-08-07 10:00", "2026-08-07 11:00", service="VPN"),  # not down in September, but a service
    ]
    assert figures(rows) == [120, 2, 60]
    found = outcome("availability", "availability", rows, SEPTEMBER, ROUND_THE_CLOCK)
    assert found.value == (3 * SEPTEMBER_MIN - 120) / (3 * SEPTEMBER_MIN)
    measured = measure_all(
        {"availability": frame("availability", rows)},
        {"availability": PROCESSES["availability"]},
        SEPTEMBER,
        ROUND_THE_CLOCK,
        (),
        1,
    )
    members = measured.figures.query("measure == 'availability' and dimension == 'service'").set_index("member")
    assert members["value"].to_dict() == pytest.approx(
        {"CRM": 1 - 60 / SEPTEMBER_MIN, "ERP": 1 - 60 / SEPTEMBER_MIN, "VPN": 1}
    )
    assert members["denominator"].sum() == found.denominator
    # nobody said which services are agreed: those that were down are not all there are
    whole = measured.figures.query("measure == 'availability' and dimension == ''").iloc[0]
    assert (whole["status"], measured.history["measure"].eq("availability").any()) == ("not_available", False)
    assert measured.figures.query("measure == 'downtime_min' and dimension == ''")["value"].tolist() == [120]


def test_outages_are_cut_by_the_period_and_what_goes_on_counts_to_its_end():
    rows = [
        out(1, "2026-08-31 23:00", "2026-09-01 01:00"),
        out(2, "2026-09-30 22:00", None),
        out(3, "2026-08-31 20:00", START),  # ends where the period begins
        out(4, END, None),
    ]
    assert figures(rows) == [60 + 120, 2, 120]
    assert figures(rows, period=month("2026-08")) == [4 * 60, 1, 240]
    assert figures([out(1, "2026-07-01 00:00", None)]) == [SEPTEMBER_MIN, 1, SEPTEMBER_MIN]
    assert value("availability", "availability", [out(1, "2026-07-01 00:00", None)], SEPTEMBER, ROUND_THE_CLOCK) == 0


def test_planned_windows_are_no_downtime_and_cut_what_they_overlap():
    rows = [
        out(1, "2026-09-05 20:00", "2026-09-05 23:00", is_planned=True),
        out(2, "2026-09-05 22:30", "2026-09-05 23:30"),
        out(3, "2026-09-05 20:30", "2026-09-05 21:00"),  # inside the window altogether
        out(4, "2026-09-05 19:00", "2026-09-05 19:10", is_cancelled=True),
        out(5, "2026-09-05 20:00", "2026-09-05 20:10", service="CRM"),  # another service's window is none of its own
    ]
    assert figures(rows) == [30 + 10, 2, 30]
    found = outcome("availability", "outages", rows, SEPTEMBER, ROUND_THE_CLOCK)
    assert (found.n, found.against) == (2, ("2", "5"))
    assert found.excluded == {"planned": 1, "cancelled": 1, "outside_hours": 1}


def test_only_agreed_service_time_counts():
    # Friday 17:00 to Monday 10:00 is 60 + 60 minutes; Sunday 20 September is worked for the holiday, Friday 25 is off
    rows = [
        out(1, "2026-09-11 17:00", "2026-09-14 10:00"),
        out(2, "2026-09-12 10:00", "2026-09-12 11:00"),  # in the first, and on a Saturday
        out(3, "2026-09-20 09:00", "2026-09-20 09:30"),
        out(4, "2026-09-25 09:00", "2026-09-25 18:00"),
        out(5, "2026-09-08 18:00", "2026-09-09 09:00"),  # a whole night
    ]
    assert figures(rows, IN_THE_OFFICE) == [150, 2, 120]
    found = outcome("availability", "availability", rows, SEPTEMBER, IN_THE_OFFICE)
    # 22 weekdays, less the 25th, and the worked Sunday: 22 days of nine hours
    assert (found.denominator, found.value) == (22 * 540, 1 - 150 / (22 * 540))
    assert found.excluded == {"outside_hours": 2}


def test_a_leap_february_and_a_quarter_over_the_change_to_summer_time():
    rows = [out(1, "2024-02-28 23:00", "2024-03-01 01:00")]
    leap = parse_period("2024-02", "month", "Asia/Shanghai")
    assert figures(rows, period=leap) == [25 * 60, 1, 25 * 60]
    found = outcome("availability", "availability", rows, leap, ROUND_THE_CLOCK)
    assert found.denominator == 29 * 24 * 60

    berlin = ServiceHours(timezone="Europe/Berlin", weekly={"sun": ((dt.time(0), dt.time(6)),)})
    quarter = parse_period("2026-Q1", "quarter", "Europe/Berlin")
    # the clocks go forward on Sunday 29 March 2026: five open hours instead of six, on one of 13 Sundays
    found = outcome(
        "availability", "availability", [out(1, "2026-03-20 10:00", None)], quarter, agreement(hours=berlin)
    )
    assert found.denominator == (12 * 6 + 5) * 60
    assert found.value == pytest.approx(1 - (6 + 5) / (12 * 6 + 5))


def test_nothing_down_is_available_and_no_longest_outage():
    rows = [out(1, "2026-08-07 10:00", "2026-08-07 11:00")]
    assert figures(rows) == [0, 0, None]
    assert value("availability", "availability", rows, SEPTEMBER, ROUND_THE_CLOCK) == 1


def test_no_agreement_or_no_open_hour_is_no_availability():
    rows = [out(1, "2026-09-07 10:00", "2026-09-07 11:00")]
    assert not is_available("availability", "availability", rows)
    sundays = agreement(hours=ServiceHours(weekly={"sun": ((dt.time(9), dt.time(10)),)}))
    day = parse_period("2026-W37", "week", "Asia/Shanghai")
    assert value("availability", "availability", rows, day, sundays) == 1
    closed = agreement(
        hours=ServiceHours(weekly={"sun": ((dt.time(9), dt.time(10)),)}, closed_days=[dt.date(2026, 9, 13)])
    )
    assert value("availability", "availability", rows, day, closed) is None


def test_hours_that_change_within_the_period_count_each_on_its_days():
    named = {"services": (AgreedService(name="ERP"),)}
    changing = Agreement(
        key="a", kind="sla", title=text("a", "a"),
        versions=(
            agreement(hours=OFFICE), agreement(hours=ALWAYS, version="2", since="2026-09-15").model_copy(update=named)
        ),
    )  # fmt: skip
    rows = [out(1, "2026-09-14 00:00", "2026-09-16 00:00")]
    figures = measure_all(
        {"availability": frame("availability", rows)},
        {"availability": PROCESSES["availability"]},
        SEPTEMBER,
        changing,
        (),
        1,
    ).figures
    whole = figures[figures["dimension"] == ""].set_index("measure")
    assert whole["value"]["downtime_min"] == 9 * 60 + 24 * 60
    assert whole["denominator"]["availability"] == 10 * 9 * 60 + 16 * 24 * 60


def agreed(*services, hours=ALWAYS):
    return agreement(hours=hours).model_copy(update={"services": tuple(AgreedService(**one) for one in services)})


def told(rows, version, period=SEPTEMBER, columns=()):
    known = {"availability": PROCESSES["availability"]}
    found = measure_all({"availability": frame("availability", rows, columns)}, known, period, version, (), 1).figures
    return found[found["measure"] == "availability"].set_index("member")


def test_of_a_service_that_is_not_agreed_nobody_says_that_it_was_up():
    rows = [
        out(1, "2026-09-07 10:00", "2026-09-07 12:00", service="Wiki"),
        out(2, "2026-08-07 10:00", "2026-08-07 12:00", service="VPN"),
    ]

    def said(measure, version):
        known, frames = {"availability": PROCESSES["availability"]}, {"availability": frame("availability", rows)}
        found = measure_all(frames, known, SEPTEMBER, version, ("service",), 1).figures
        values = found[found["measure"] == measure].set_index("member")["value"]
        return values.astype(object).where(values.notna(), None).to_dict()

    of_erp = agreed({"name": "ERP"})
    for measure, of_wiki in (("downtime_min", 120), ("outages", 1)):
        assert said(measure, of_erp) == {"": 0, "ERP": 0, "VPN": None, "Wiki": None}
        assert said(measure, ROUND_THE_CLOCK) == {"": of_wiki, "VPN": 0, "Wiki": of_wiki}


def test_the_services_are_those_of_the_agreement_each_from_its_first_day_to_its_last():
    version = agreed(
        {"name": "ERP"},
        {"name": "VPN"},  # never down
        {"name": "CRM", "from": dt.date(2026, 9, 11), "until": dt.date(2026, 9, 20)},
        {"name": "CRM", "from": dt.date(2026, 9, 30)},
        {"name": "Old", "until": dt.date(2026, 8, 31)},
    )
    day = 24 * 60
    rows = [
        out(1, "2026-09-07 10:00", "2026-09-07 11:00"),
        out(2, "2026-09-10 23:00", "2026-09-11 01:00", service="CRM"),  # one hour of it before CRM was agreed
        out(3, "2026-09-20 23:30", "2026-09-30 00:10", service="CRM"),  # over the gap: 30 and 10 minutes
        out(4, "2026-09-25 10:00", "2026-09-25 11:00", service="CRM"),  # in the gap
        out(5, "2026-09-07 10:00", "2026-09-07 12:00", service="Wiki"),  # not agreed
        out(6, "2026-09-07 10:00", "2026-09-07 12:00", service=None),
        out(7, "2026-08-30 10:00", "2026-09-07 12:00", service="Old"),
    ]
    found = told(rows, version)
    assert found.loc["ERP", "value"] == 1 - 60 / SEPTEMBER_MIN
    assert found.loc["VPN", ["value", "denominator"]].tolist() == [1, SEPTEMBER_MIN]
    assert found.loc["CRM", ["numerator", "denominator"]].tolist() == [11 * day - 60 - 30 - 10, 11 * day]
    assert found.loc["", ["numerator", "denominator"]].tolist() == [
        2 * SEPTEMBER_MIN + 11 * day - 160, 2 * SEPTEMBER_MIN + 11 * day,
    ]  # fmt: skip
    assert found.loc[["Wiki", "(blank)", "Old"], "status"].tolist() == ["not_applicable"] * 3
    excluded = outcome("availability", "downtime_min", rows, SEPTEMBER, version).excluded
    assert excluded == {"service_not_agreed": 2, "outside_hours": 1}
    listed = behind(
        {"availability": frame("availability", rows)}, PROCESSES["availability"], SEPTEMBER, version, "availability"
    )
    assert listed.rows["amount"].sum() == listed.outcome.numerator
    assert listed.rows[listed.rows["in_denominator"]]["id"].tolist() == ["agreed ERP", "agreed VPN", "agreed CRM"]


def test_how_long_a_history_was_collected_changes_no_denominator():
    rows = [out(1, "2026-09-07 10:00", "2026-09-07 11:00")]
    old = [out(n, f"2026-0{n}-07 10:00", f"2026-0{n}-07 11:00", service=f"S{n}") for n in range(2, 9)]
    version = agreed({"name": "ERP"}, {"name": "VPN"})
    assert told(rows, version).loc[""].equals(told(old + rows, version).loc[""])
    assert told(rows, ROUND_THE_CLOCK).loc["ERP", "denominator"] == SEPTEMBER_MIN
