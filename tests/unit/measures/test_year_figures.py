"""Targets over the year, worked by hand: what is allowed, used and left, in January, in a fiscal year, with gaps."""

import datetime as dt

import pytest
from hand_made import ALWAYS, SEPTEMBER, agreement, frame, month
from itss.agreements.models import Agreement
from itss.agreements.terms import AgreedService
from itss.exclusions.models import Exclusion
from itss.measures.compute import measure_all
from itss.periods import parse_period, year_of
from itss.processes import PROCESSES
from itss.text import text

DAY_MIN = 24 * 60
UP = {"process": "availability", "measure": "availability", "at_least": 0.999, "over": "year"}
OUTAGES = {"process": "availability", "measure": "outages", "at_most": 4, "over": "year"}
MINUTES = {"process": "availability", "measure": "downtime_min", "at_most": 300, "over": "year"}
LONGEST = {"process": "availability", "measure": "longest_outage_min", "at_most": 500, "over": "year"}
DOWN = [
    ("2025-12-31 23:00", "2026-01-01 01:00"),  # an hour of it belongs to 2026
    ("2026-01-10 10:00", "2026-01-10 11:00"),
    ("2026-03-05 10:00", "2026-03-05 11:40"),
    ("2026-09-07 10:00", "2026-09-07 13:20"),
    ("2026-10-02 10:00", "2026-10-02 18:00"),  # after the period
]


def outages(spans=DOWN):
    rows = [{"id": str(n), "service": "ERP", "started_at": a, "ended_at": b} for n, (a, b) in enumerate(spans)]
    return frame("availability", rows)


def agreed(*versions):
    """An agreement of versions (first day, targets)."""
    made = [
        agreement(*targets, hours=ALWAYS, version=since, since=since).model_copy(
            update={"services": (AgreedService(name="ERP"),)}
        )
        for since, targets in versions
    ]
    return Agreement(key="a", kind="sla", title=text("协议", "Agreement"), versions=tuple(made))


def measured(period, agreement_, rows=None, history=14, process="availability", exclusions=()):
    frames = {process: outages() if rows is None else rows}
    processes = {process: PROCESSES[process]}
    return measure_all(frames, processes, period, agreement_, (), history, exclusions=exclusions)


def yearly(found):
    """(member, value, target, status) of the figures of the year, by measure; and (counted, allowed, used)."""
    rows = found.figures[found.figures["dimension"] == "year"].set_index("measure")
    amounts = found.allowances.set_index("measure")[["counted", "allowed", "used"]]
    return rows[["member", "value", "target", "status"]], amounts


def test_what_a_year_of_service_time_allows():
    figures, amounts = yearly(measured(SEPTEMBER, agreed(("2020-01-01", [UP, OUTAGES, MINUTES, LONGEST]))))
    so_far = 273 * DAY_MIN  # January to September
    assert figures.loc["availability"].to_list() == ["2026", (so_far - 420) / so_far, 0.999, "missed"]
    assert amounts.loc["availability"].to_list() == ["minutes", pytest.approx(525.6), 420]  # of 365 days
    assert figures.loc["outages"].to_list() == ["2026", 4, 4, "met"]
    assert amounts.loc["outages"].to_list() == ["count", 4, 4]
    assert figures.loc["downtime_min", "status"] == "missed"
    assert amounts.loc["downtime_min"].to_list() == ["minutes", 300, 420]
    # the longest is no sum, of which something could be left
    assert figures.loc["longest_outage_min"].to_list() == ["2026", 200, 500, "met"]
    assert amounts.loc["longest_outage_min"].isna().to_list() == [False, True, True]


def test_a_year_figure_takes_nothing_from_that_of_the_period():
    both = [UP | {"over": "period", "at_least": 0.99}, UP]
    found = measured(SEPTEMBER, agreed(("2020-01-01", both)))
    rows = found.figures[found.figures["measure"] == "availability"].set_index("dimension")
    assert rows.loc["", "value"] == (30 * DAY_MIN - 200) / (30 * DAY_MIN)
    assert rows.loc["", ["target", "status"]].to_list() == [0.99, "met"]
    assert rows.loc["year", ["target", "status"]].to_list() == [0.999, "missed"]
    assert (found.before["dimension"] != "year").all()
    assert set(found.history["period"]) <= {SEPTEMBER.shift(-n).label for n in range(14)}


def test_in_january_the_year_so_far_is_january():
    figures, amounts = yearly(measured(month("2026-01"), agreed(("2020-01-01", [UP]))))
    assert figures.loc["availability", "value"] == (31 * DAY_MIN - 120) / (31 * DAY_MIN)
    assert amounts.loc["availability"].to_list() == ["minutes", pytest.approx(525.6), 120]


def test_a_leap_year_allows_a_day_more():
    rows = outages([("2027-12-10 10:00", "2027-12-10 10:10"), ("2028-01-10 10:00", "2028-01-10 10:30")])
    _, amounts = yearly(measured(month("2028-02"), agreed(("2020-01-01", [UP])), rows))
    assert amounts.loc["availability"].to_list() == ["minutes", pytest.approx(0.001 * 366 * DAY_MIN), 30]


def test_a_fiscal_year_begins_where_the_entry_says():
    period = parse_period("2026-04-Q2", "quarter", "Asia/Shanghai", 4)
    found = measured(period, agreed(("2020-01-01", [UP])), history=6)
    figures, amounts = yearly(found)
    so_far = 183 * DAY_MIN  # April to September
    assert figures.loc["availability"].to_list() == ["2026-04-FY", (so_far - 200) / so_far, 0.999, "met"]
    assert amounts.loc["availability"].to_list() == ["minutes", pytest.approx(525.6), 200]
    assert found.allowances[["first", "last"]].iloc[0].to_list() == ["2026-04-01", "2026-09-30"]


def test_before_its_first_version_nothing_was_agreed():
    found = measured(SEPTEMBER, agreed(("2026-04-01", [UP])))
    figures, amounts = yearly(found)
    so_far = 183 * DAY_MIN
    assert figures.loc["availability", "value"] == (so_far - 200) / so_far
    assert amounts.loc["availability"].to_list() == ["minutes", pytest.approx(0.001 * 275 * DAY_MIN), 200]
    assert found.allowances["first"].to_list() == ["2026-04-01"]


def test_the_version_of_the_periods_end_judges_and_no_later_one():
    stricter, laxer = UP | {"at_least": 0.9999}, UP | {"at_least": 0.9}
    history = agreed(("2020-01-01", [laxer]), ("2026-07-01", [UP]), ("2026-11-01", [stricter]))
    figures, amounts = yearly(measured(SEPTEMBER, history))
    assert figures.loc["availability", ["target", "status"]].to_list() == [0.999, "missed"]
    assert amounts.loc["availability", "allowed"] == pytest.approx(525.6)


@pytest.mark.parametrize(
    ("history", "rows"),
    [
        (8, None),  # the rows reach back to February
        (14, outages(DOWN[3:])[:0]),  # there are none
    ],
)
def test_a_year_that_is_not_wholly_covered_is_not_available(history, rows):
    found = measured(SEPTEMBER, agreed(("2020-01-01", [UP, OUTAGES])), rows, history=history)
    figures, amounts = yearly(found)
    assert figures["status"].to_list() == ["not_available", "not_available"]
    assert figures["target"].to_list() == [0.999, 4]
    assert figures["value"].isna().all()
    assert found.allowances["why"].to_list() == ["not_covered", "not_covered"]
    assert amounts["allowed"].isna().all()


def test_nothing_agreed_over_the_year_leaves_everything_as_it_was():
    found = measured(SEPTEMBER, agreed(("2020-01-01", [UP | {"over": "period"}])))
    assert not (found.figures["dimension"] == "year").any()
    assert found.allowances.empty
    assert found.allowances["allowed"].dtype == "float64"


CHANGED = {"process": "change", "measure": "change_success_rate", "at_least": 0.95, "over": "year"}


def changes(failed):
    """Ten changes each month from January to September 2026, of which so many failed."""
    rows = []
    for at, bad in enumerate(failed, 1):
        for n in range(10):
            day = f"2026-{at:02d}-{n * 2 + 5:02d}"
            outcome = "failed" if n < bad else "successful"
            times = {"opened_at": f"{day} 09:00", "started_at": f"{day} 10:00", "ended_at": f"{day} 11:00"}
            rows.append({"id": f"C{at}-{n}", "outcome": outcome} | times)
    return frame("change", rows)


@pytest.mark.parametrize(
    ("failed", "used", "status"),
    [
        ([1, 0, 1, 0, 1, 0, 0, 1, 0], 4, "met"),  # 86 of 90 are 95.6 %
        ([1, 0, 2, 0, 1, 0, 0, 1, 0], 5, "missed"),  # 85 of 90 are 94.4 %
        ([0] * 9, 0, "met"),
    ],
)
def test_what_is_left_of_a_share_of_cases(failed, used, status):
    # 5 % of 90 are 4.5 cases: four may fail
    found = measured(SEPTEMBER, agreed(("2020-01-01", [CHANGED])), changes(failed), process="change")
    figures, amounts = yearly(found)
    assert figures.loc["change_success_rate"].to_list() == ["2026", (90 - used) / 90, 0.95, status]
    assert amounts.loc["change_success_rate"].to_list() == ["cases", 4, used]
    listed = found.nonconformities[found.nonconformities["member"] == "2026"]
    assert len(listed) == (used if status == "missed" else 0)
    wrong = {f"C{at}-{n}" for at, bad in enumerate(failed, 1) for n in range(bad)}
    assert set(listed["id"]) == (wrong if status == "missed" else set())


def test_years_of_weeks_are_whole_weeks():
    first, last = (parse_period(label, "week", "UTC") for label in ("2026-W01", "2026-W53"))
    assert year_of(first) == year_of(last)
    year = year_of(last)
    assert (year.label, year.first_day, year.last_day) == ("2026", dt.date(2025, 12, 29), dt.date(2027, 1, 3))


def test_years_of_months_quarters_and_years():
    april = parse_period("2026-02", "month", "UTC", 4)
    assert (year_of(april).label, year_of(april).first_day) == ("2025-04-FY", dt.date(2025, 4, 1))
    half = parse_period("2026-H2", "half_year", "UTC")
    assert (year_of(half).first_day, year_of(half).until) == (dt.date(2026, 1, 1), dt.date(2027, 1, 1))
    whole = parse_period("2026", "year", "UTC")
    assert (year_of(whole).start, year_of(whole).end) == (whole.start, whole.end)


def test_a_member_has_a_year_of_its_own():
    of_crm = UP | {"dimension": "service", "member": "CRM"}
    unknown = UP | {"dimension": "service", "member": "HR"}
    rows = outages([*DOWN, ("2026-05-05 10:00", "2026-05-05 10:30")])
    rows.loc[len(rows) - 1, "service"] = "CRM"
    both = agreed(("2020-01-01", [UP | {"at_least": 0.99}, of_crm, unknown]))
    named = (AgreedService(name="ERP"), AgreedService(name="CRM", since=dt.date(2026, 7, 1)))
    both = both.model_copy(update={"versions": (both.versions[0].model_copy(update={"services": named}),)})
    found = measured(SEPTEMBER, both, rows)
    years = found.figures[found.figures["dimension"] == "year"].set_index("member")
    crm, whole = 92 * DAY_MIN, (273 + 92) * DAY_MIN  # CRM is agreed from July on: its outage of May counts nowhere
    assert years.loc["2026 CRM", ["value", "status"]].to_list() == [1.0, "met"]
    assert years.loc["2026 CRM", "denominator"] == crm
    assert years.loc["2026", "value"] == (whole - 420) / whole
    assert years.loc["2026 HR", "status"] == "not_available"
    amounts = found.allowances.set_index("member")
    assert amounts.loc["2026 CRM", ["allowed", "used"]].to_list() == [pytest.approx(0.001 * 184 * DAY_MIN), 0]
    assert amounts.loc["2026", "allowed"] == pytest.approx(0.01 * (365 + 184) * DAY_MIN)
    assert amounts["why"].to_list() == ["", "", "not_available"]


def excluded(process, **extent):
    said = {"reason": "Works of the carrier", "agreed_by": "Service owner of Customer A", "agreed_on": "2026-10-02"}
    evidence = {"file": "evidence/mail.eml", "sha256": "0" * 64}
    return Exclusion.model_validate({"key": "one", "process": process, "evidence": evidence, **said, **extent}).placed(
        "Asia/Shanghai"
    )


@pytest.mark.parametrize("of", [{}, {"dimension": "service", "member": "ERP"}])
def test_what_is_excluded_by_agreement_is_out_of_the_year_too(of):
    # the outage of 7 September, 200 minutes, is cut out of downtime and agreed time alike
    cut = excluded("availability", **{"from": "2026-09-07T10:00", "until": "2026-09-07T13:20", "service": "ERP"})
    found = measured(SEPTEMBER, agreed(("2020-01-01", [UP | of])), exclusions=[cut])
    (year,) = found.figures[found.figures["dimension"] == "year"].to_dict("records")
    so_far = 273 * DAY_MIN - 200
    assert (year["value"], year["status"]) == ((so_far - 220) / so_far, "met")
    (amount,) = found.allowances.to_dict("records")
    assert (amount["allowed"], amount["used"]) == (pytest.approx(0.001 * (365 * DAY_MIN - 200)), 220)


def test_a_ticket_that_is_excluded_leaves_the_year_of_its_member():
    rows = changes([1, 0, 2, 0, 1, 0, 0, 1, 0])
    rows["service"] = ["ERP" if n % 2 == 0 else "CRM" for n in range(len(rows))]
    of_erp = CHANGED | {"dimension": "service", "member": "ERP"}
    out = excluded("change", id=["C1-0", "C3-0"])  # two of the failed ones, of ERP
    found = measured(SEPTEMBER, agreed(("2020-01-01", [of_erp])), rows, process="change", exclusions=[out])
    (year,) = found.figures[found.figures["dimension"] == "year"].to_dict("records")
    # of 45 changes of ERP four failed: C1-0, C3-0, C5-0, C8-0; of 43 are two left
    assert (year["member"], year["numerator"], year["denominator"]) == ("2026 ERP", 41, 43)
    (amount,) = found.allowances.to_dict("records")
    assert (amount["allowed"], amount["used"]) == (2, 2)
