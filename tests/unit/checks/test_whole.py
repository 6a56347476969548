"""What is asked of the rows of a process together, and what becomes of rows that cannot be true."""

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest
from itss.checks.findings import Finding
from itss.checks.quarantine import without
from itss.checks.run import check
from itss.checks.verdicts import About, Past
from itss.checks.whole import usual_range
from itss.errors import ContentChangedError
from itss.measures.coverage import Collected
from itss.periods import parse_period
from itss.processes import PROCESSES
from itss.reports import checks_page
from itss.sources.conform import conform
from itss.text import text

INCIDENT, CHANGE, PROBLEM = PROCESSES["incident"], PROCESSES["change"], PROCESSES["problem"]
SEPTEMBER = parse_period("2026-09", "month", "Asia/Shanghai")


def frame(process, **columns):
    return conform(process, {name: pd.Series(cells, dtype=object) for name, cells in columns.items()}, "Asia/Shanghai")


def tickets(days, ended=None, process=INCIDENT):
    opened = [f"{day} 08:00" for day in days]
    ids = [f"T{at:03d}" for at in range(len(days))]
    return frame(process, id=ids, opened_at=opened, resolved_at=ended or [None] * len(days))


def asked(*batches, **about):
    given = {process.id: About(**{"period": SEPTEMBER} | about) for process, _ in batches}
    return check([(process, rows, "desk.csv, incident.sql") for process, rows in batches], given)


def rules(checked):
    return {finding.rule: finding for finding in checked.findings}


def test_a_source_that_stopped_three_days_before_the_end_is_told_in_one_line():
    rows = tickets([f"2026-09-{day:02d}" for day in range(1, 28)])
    (stale,) = asked((INCIDENT, rows)).findings
    assert (stale.rule, stale.severity) == ("fresh", "critical")
    line = stale.line()
    assert line.startswith(
        "critical: incident: The newest record is of 2026-09-27 08:00, 3.7 days before the period's end (limit 2 days)."
    )
    assert "fresh_days" in line
    assert "desk.csv, incident.sql" in line
    assert "\n" not in line


def at(day):
    return dt.datetime.fromisoformat(f"{day}T00:00+08:00")


@pytest.mark.parametrize(
    ("said", "fresh"),
    [
        ({}, False),
        ({"until": at("2026-10-01")}, True),
        ({"until": at("2026-12-01")}, True),
        ({"until": at("2026-09-29")}, True),  # two days, as any fact of that moment
        ({"until": at("2026-09-28")}, False),
        ({"since": at("2026-01-01")}, False),
        ({"empty": ((at("2026-09-01"), at("2026-10-01")),)}, True),
        ({"empty": ((at("2026-08-01"), at("2026-09-01")),)}, False),
        ({"empty": ((at("2026-10-01"), at("2026-11-01")),)}, False),
    ],
)
def test_silence_that_somebody_answers_for_is_no_stale_source(said, fresh):
    rows = tickets(["2026-08-20", "2026-08-21"])
    found = rules(asked((INCIDENT, rows), collected=Collected(at("2026-11-02"), **said)))
    assert ("fresh" in found) is not fresh


@pytest.mark.parametrize(
    ("process", "day", "about", "fresh"),
    [
        (INCIDENT, "2026-09-29", {}, True),
        (INCIDENT, "2026-09-28", {}, False),
        (INCIDENT, "2026-09-28", {"fresh_days": 3.0}, True),
        (INCIDENT, "2026-09-29", {"fresh_days": 1.0}, False),
        (PROBLEM, "2026-09-01", {}, True),
        (PROBLEM, "2026-08-31", {}, False),
        (PROBLEM, "2026-08-31", {"fresh_days": 40.0}, True),
    ],
)
def test_how_old_the_newest_record_may_be(process, day, about, fresh):
    found = rules(asked((process, tickets([day], process=process)), **about))
    assert ("fresh" not in found) is fresh


def test_a_source_that_need_not_have_anything_is_only_warned_of():
    assert rules(asked((INCIDENT, tickets(["2026-07-01"])), mandatory=False))["fresh"].severity == "warning"


def test_a_resolution_is_fresh_and_a_deadline_is_not():
    assert asked((INCIDENT, tickets(["2026-07-01"], ["2026-09-30 08:00"]))).findings == []
    rows = frame(INCIDENT, id=["1"], opened_at=["2026-07-01"], resolution_due_at=["2026-12-01"])
    assert list(rules(asked((INCIDENT, rows)))) == ["fresh"]


def test_the_usual_range_by_hand():
    # median 110, deviations 10 10 0 0 10 10 -> MAD 10; 3 * 1.4826 * 10 = 44.478 is more than 3 * sqrt(110) and 15 %
    assert usual_range((100, 120, 110, 110, 100, 120)) == pytest.approx((110, 65.522, 154.478))
    # equal counts: 15 % of the median; few rows: pure chance
    assert usual_range((1000,) * 6) == pytest.approx((1000, 850, 1150))
    assert usual_range((16,) * 6) == pytest.approx((16, 4, 28))
    assert usual_range((100,) * 5) is None
    assert usual_range((3,) * 12) is None


@pytest.mark.parametrize(
    ("count", "found"),
    [
        (100, {}),
        (86, {}),
        (69, {"rows_as_usual": "warning"}),
        (131, {"rows_as_usual": "warning"}),
        (20, {"rows_as_usual": "warning"}),
        (19, {"complete": "critical", "rows_as_usual": "warning"}),
    ],
)
def test_the_row_count_against_its_own_past(count, found):
    checked = asked((INCIDENT, tickets(["2026-09-30"] * count)), earlier_rows=(100,) * 8)
    assert {rule: finding.severity for rule, finding in rules(checked).items()} == found


def test_of_few_earlier_periods_nothing_is_concluded():
    assert asked((INCIDENT, tickets(["2026-09-30"])), earlier_rows=(100,) * 5).findings == []


def test_the_backlog_adds_up_or_the_records_are_named():
    # a change written down after it was carried out: opened in the period, ended before it
    rows = frame(
        CHANGE,
        id=["C1", "C2", "C3"],
        opened_at=["2026-08-20", "2026-09-02", "2026-09-29"],
        ended_at=["2026-09-03", "2026-08-30", None],
    )
    found = rules(asked((CHANGE, rows)))
    assert list(found) == ["backlog_adds_up"]
    assert found["backlog_adds_up"].rows == ("C2",)
    assert "1 + 2 − 1 ≠ 1" in found["backlog_adds_up"].why.en
    cancelled = rows.assign(is_cancelled=pd.array([False, True, False], dtype="boolean"))
    assert asked((CHANGE, cancelled)).findings == []


def test_a_ticket_that_was_reopened_or_cancelled_later_was_in_the_backlog_that_was_published():
    """Of three that were open or solved when August ended, one came back, one was withdrawn, one was solved."""
    states = [
        "2026-08-01T08:00:00Z=open;2026-08-20T08:00:00Z=solved;2026-09-05T08:00:00Z=open",
        "2026-08-02T08:00:00Z=open;2026-09-06T08:00:00Z=cancelled",
        "2026-08-03T08:00:00Z=open;2026-09-07T08:00:00Z=solved;2026-10-02T08:00:00Z=open",
        "2026-09-29T08:00:00Z=open",
    ]
    rows = tickets(["2026-08-01", "2026-08-02", "2026-08-03", "2026-09-29"], [None] * 4)
    rows = rows.assign(states=pd.Series(states, dtype="str"), is_cancelled=pd.array([False, True, False, False]))
    assert asked((INCIDENT, rows), published_backlog=2.0).findings == []
    (told,) = asked((INCIDENT, rows), published_backlog=3.0).findings
    assert "(since then +1 − 1 → 2)" in told.why.en  # two left, one came back


def test_the_backlog_begins_where_the_published_one_ended():
    rows = tickets(["2026-08-01", "2026-08-02", "2026-09-29"], [None, "2026-09-29 09:00", None])
    assert asked((INCIDENT, rows), published_backlog=2.0).findings == []
    (told,) = asked((INCIDENT, rows), published_backlog=5.0).findings
    assert (told.rule, told.severity) == ("backlog_as_published", "warning")
    assert "backlog of 2; the one published for the period before was 5, a difference of -3" in told.why.en


def test_records_that_are_named_but_not_there():
    changes = frame(CHANGE, id=["C1"], opened_at=["2026-09-02"])
    rows = frame(
        INCIDENT,
        id=["1", "2", "3", "4"],
        opened_at=["2026-09-29", "2026-09-29", "2026-09-29", "2026-08-01"],
        caused_by_change=["C1", "C9", None, "C0"],
    )
    found = rules(asked((INCIDENT, rows), (CHANGE, changes)))
    assert list(found) == ["caused_by_change_exists"]
    one = found["caused_by_change_exists"]
    assert (one.severity, one.column, one.failed, one.rows) == ("warning", "caused_by_change", 1, ("2: C9",))
    assert asked((INCIDENT, rows)).findings == [], "without changes in the report nothing can be said"


def test_few_rows_that_cannot_be_true_are_left_out_and_more_of_them_stop():
    days = [f"2026-09-{1 + at % 30:02d}" for at in range(200)]
    ended = [f"{day} 09:00" for day in days]
    ended[7], ended[11] = "2020-01-01", "many"
    checked = asked((INCIDENT, tickets(days, ended)))
    assert {finding.severity for finding in checked.findings} == {"warning"}
    assert checked.quarantine.to_dict("records") == [
        {"process": "incident", "row": 7, "id": "T007", "rules": "resolved_at_not_before_opened_at",
         "cells": "resolved_at=2019-12-31 16:00:00Z; opened_at=2026-09-08 00:00:00Z"},
        {"process": "incident", "row": 11, "id": "T011", "rules": "unparsed", "cells": "resolved_at='many'"},
    ]  # fmt: skip
    assert "2 / 200 (1.00%)" in rules(checked)["unparsed"].remedy.en
    ended[13] = "2020-01-01"
    assert {finding.severity for finding in asked((INCIDENT, tickets(days, ended))).findings} == {"warning"}
    ended[17] = "2020-01-01"
    assert {finding.severity for finding in asked((INCIDENT, tickets(days, ended))).findings} == {"critical"}
    strict = asked((INCIDENT, tickets(days[:20], ended[:11] + ended[20:29])), quarantine_share=0.0)
    assert {finding.severity for finding in strict.findings} == {"critical"}


def test_what_is_left_out_is_left_out_of_the_rules_on_the_whole():
    days = ["2026-09-20"] * 199 + ["2026-09-30"]
    ended = [None] * 199 + ["2026-09-01"]
    assert "fresh" in rules(asked((INCIDENT, tickets(days, ended)))), "an impossible row makes nothing fresh"


def test_rows_without_an_id_are_known_by_their_place_and_other_rows_are_refused():
    rows = tickets([f"2026-09-{1 + at % 30:02d}" for at in range(200)])
    rows.loc[199, "id"] = None
    checked = asked((INCIDENT, rows))
    assert checked.quarantine[["row", "id", "rules"]].to_numpy().tolist() == [[199, "", "id_present"]]
    kept = without({"incident": rows}, checked.quarantine)["incident"]
    assert kept["id"].tolist() == rows["id"].tolist()[:199]
    with pytest.raises(ContentChangedError, match="incident"):
        without({"incident": rows.iloc[::-1]}, checked.quarantine)
    with pytest.raises(ContentChangedError, match="incident"):
        without({"incident": rows.iloc[:50]}, checked.quarantine)


def test_every_rule_has_its_verdict_also_where_it_is_not_asked():
    (suite,) = asked((INCIDENT, tickets(["2026-09-30"]))).suites
    results = {verdict.rule.id: verdict.result for verdict in suite.verdicts}
    assert results["id_unique"] == results["fresh"] == results["opened_at_typed"] == "passed"
    assert results["pause_h_in_range"] == "not asked"
    assert len(results) == len(suite.verdicts)


def test_a_column_of_another_type_is_critical():
    rows = tickets(["2026-09-30"]).assign(title=pd.Series([1.5]))
    assert rules(asked((INCIDENT, rows)))["title_typed"].severity == "critical"


def test_since_when_a_finding_recurs():
    past = Past(found={("incident", "unparsed"): frozenset({"2026-08", "2026-07", "2026-05"})})
    said = text("原因", "why")
    finding = Finding("incident", "unparsed", "warning", "x", 1, 2, (), said, said, "")
    assert past.since(finding, SEPTEMBER) == "2026-07"
    assert past.since(finding, SEPTEMBER.shift(1)) == ""
    assert past.since(replace(finding, process="change"), SEPTEMBER) == ""


def test_the_page_tells_every_rule_in_both_languages_and_nothing_as_code():
    rows = tickets(["2026-09-20"] * 3).assign(id=pd.Series(["<script>alert(1)</script>", "2", "2"], dtype="str"))
    rows["_unparsed"] = pd.Series(["title='<img src=x>'", None, None], dtype="str")
    checked = asked((INCIDENT, rows))
    page = checks_page.render("事件<b>", "2026-09 r01", PROCESSES, checked.suites, checked.findings)
    assert page == checks_page.render("事件<b>", "2026-09 r01", PROCESSES, checked.suites, checked.findings)
    for verdict in checked.suites[0].verdicts:
        assert f"<code>{verdict.rule.id}</code>" in page
        assert verdict.rule.why.zh in page
    assert "3 critical, the report stops" in page
    assert "<script>" not in page
    assert "<img" not in page
    assert "事件<b>" not in page
    assert "http" not in page.replace("http-equiv", "")
