"""Which deadline judges a ticket, and whose hours: worked by hand. Low within 16 office hours (09–18) unless said."""

import datetime as dt

import pytest
from hand_made import ALWAYS, OFFICE, SEPTEMBER, frame, month, outcome, scope, value
from itss.agreements.models import Agreement, AgreementVersion, TimeTarget
from itss.measures.compute import measure_all
from itss.processes import PROCESSES
from itss.text import text

NIGHT = {"id": "night", "priority": "Critical", "opened_at": "2026-09-11 22:00"}  # a Friday
LOW = {"id": "low", "priority": "Low", "opened_at": "2026-09-14 09:00", "resolved_at": "2026-09-15 15:00"}  # 15 h


def agreed(hours=OFFICE, **times):
    return AgreementVersion(
        version="1",
        effective_from=dt.date(2020, 1, 1),
        service_hours=hours,
        time_targets={"Low": {"resolution_h": 16}} | times,
    )


def judged(rows, version, process="incident", period=SEPTEMBER):
    names = ("sla_met", "sla_breached_resolved", "sla_breached_open", "sla_running", "sla_none")
    return [int(value(process, name, rows, period, version)) for name in names]


@pytest.mark.parametrize("process", ["incident", "request"])
def test_where_the_agreement_says_nothing_the_deadline_of_the_source_counts(process):
    """Critical round the clock in the source, Low by the agreement: one breach, one open breach, one met."""
    rows = [
        NIGHT | {"resolved_at": "2026-09-12 10:00", "resolution_due_at": "2026-09-12 02:00"},
        {
            "id": "open",
            "priority": "Critical",
            "opened_at": "2026-09-29 09:00",
            "resolution_due_at": "2026-09-29 13:00",
        },
        LOW | {"resolution_due_at": "2026-09-14 10:00"},  # which nobody asks: 16 h are agreed
    ]
    found = outcome(process, "resolution_compliance", rows, version=agreed())
    assert (found.value, found.numerator, found.denominator, found.against) == (1 / 3, 1, 3, ("night", "open"))
    assert judged(rows, agreed(), process) == [1, 1, 1, 0, 0]
    by = [outcome(process, f"judged_by_{way}", rows, version=agreed()) for way in ("agreement", "source")]
    assert [(one.value, one.n) for one in by] == [(1, 3), (2, 3)]
    told = scope(process, rows, version=agreed()).rows
    assert told["sla_elapsed_h"].tolist() == [12, 39, 15]  # plain, plain to the end of September, service hours
    assert told["resolution_target_h"].tolist() == [4, 4, 16]


def test_none_is_agreed_and_the_deadline_of_the_source_is_not_asked():
    rows = [NIGHT | {"resolved_at": "2026-09-12 10:00", "resolution_due_at": "2026-09-12 02:00"}, LOW]
    assert judged(rows, agreed()) == [1, 1, 0, 0, 0]
    assert judged(rows, agreed(Critical={"resolution_h": "none"})) == [1, 0, 0, 0, 1]
    # a response alone says nothing of the resolution
    assert judged(rows, agreed(Critical={"response_h": 1})) == [1, 1, 0, 0, 0]


def test_a_ticket_without_priority_is_judged_by_the_deadline_it_has():
    done = {"opened_at": "2026-09-14 09:00", "resolved_at": "2026-09-15 15:00", "priority": None}
    rows = [done | {"id": "1", "resolution_due_at": "2026-09-16 00:00"}, done | {"id": "2"}, LOW]
    assert judged(rows, agreed()) == [2, 0, 0, 0, 1]


def test_a_priority_has_hours_of_its_own_and_its_pauses_are_read_by_them():
    critical = TimeTarget(response_h=1, resolution_h=4, hours=ALWAYS)
    done = NIGHT | {"resolved_at": "2026-09-12 02:30", "responded_at": "2026-09-11 23:30"}
    assert judged([done, LOW], agreed(Critical=critical)) == [1, 1, 0, 0, 0]  # 4.5 h at night
    assert judged([done, LOW], agreed(Critical={"resolution_h": 4})) == [2, 0, 0, 0, 0]  # no hour of the office
    paused = done | {"pauses": "2026-09-11T15:00:00Z/2026-09-11T15:30:00Z"}  # 23:00 to 23:30
    assert judged([paused, LOW], agreed(Critical=critical)) == [2, 0, 0, 0, 0]
    states = (
        "2026-09-11T14:00:00Z=open;2026-09-11T15:00:00Z=paused;2026-09-11T15:30:00Z=open;2026-09-11T18:30:00Z=solved"
    )
    assert judged([done | {"states": states}, LOW], agreed(Critical=critical)) == [2, 0, 0, 0, 0]
    assert value("incident", "ttr_mean_h", [done, LOW], version=agreed(Critical=critical)) == (4.5 + 15) / 2
    answered = outcome("incident", "response_compliance", [done, LOW], version=agreed(Critical=critical))
    assert (answered.value, answered.n) == (0, 1)  # 1.5 h


def test_own_hours_count_by_their_time_as_those_of_the_agreement_do():
    """Until Monday 14 September Critical has the hours of the office, from then on it is round the clock."""
    old, new = agreed(Critical={"resolution_h": 4}), agreed(Critical={"resolution_h": 4, "hours": "always"})
    new = new.model_copy(update={"version": "2", "effective_from": dt.date(2026, 9, 14)})
    whole = Agreement(key="sla", kind="sla", title=text("协议", "SLA"), versions=(old, new))
    rows = frame("incident", [NIGHT | {"opened_at": "2026-09-11 16:00", "resolved_at": "2026-09-14 06:00"}])
    figures = measure_all({"incident": rows}, {"incident": PROCESSES["incident"]}, SEPTEMBER, whole, (), 1).figures
    assert figures.set_index("measure")["value"]["ttr_mean_h"] == 2 + 6


def test_the_priority_at_the_end_of_the_period_judges():
    """Raised on 2 October from Low (16 h) to Critical (4 h): September's figures stay."""
    row = LOW | {"priorities": "2026-09-14T01:00:00Z=Low;2026-10-02T01:00:00Z=Critical", "priority": "Critical"}
    version = agreed(Critical={"resolution_h": 4})
    assert judged([row], version) == [1, 0, 0, 0, 0]
    earlier = "2026-09-14T01:00:00Z=Low;2026-09-14T02:00:00Z=Critical"
    assert judged([row | {"priorities": earlier}], version) == [0, 1, 0, 0, 0]


def test_a_response_deadline_is_decided_once_though_the_priority_was_raised():
    """Open since 31 August 17:00, raised on 1 September: breached in September, by the hour of the new priority."""
    version = agreed(Low={"response_h": 8}, Critical={"response_h": 0.5})
    row = {
        "id": "1",
        "opened_at": "2026-08-31 17:00",
        "responded_at": None,
        "priorities": "2026-08-31T09:00:00Z=Low;2026-09-01T01:00:00Z=Critical",
    }
    rates = [
        outcome("incident", "response_compliance", [row], month(m), version).n
        for m in ("2026-08", "2026-09", "2026-10")
    ]
    assert rates == [0, 1, 0]


IMPOSSIBLE = {"id": "1", "priority": "Low", "opened_at": "2026-09-11 16:00"}  # Friday; to Wednesday 18:00 it is 29 h


@pytest.mark.parametrize("process", ["incident", "request"])
@pytest.mark.parametrize(
    ("row", "is_out"),
    [
        ({"resolved_at": "2026-09-16 18:00", "pause_h": 65}, True),  # Friday evening to Monday, on the wall clock
        ({"resolved_at": "2026-09-16 18:00", "pause_h": 29}, False),  # all of it: 0 h of work, and possible
        ({"resolved_at": "2026-09-16 18:00", "pause_h": 29.01}, False),  # minutes are rounded
        ({"resolved_at": "2026-09-16 18:00", "pause_h": 29.03}, True),
        ({"opened_at": "2026-09-30 17:00", "pause_h": 2}, True),  # open, one hour before the end
        ({"opened_at": "2026-09-30 17:00", "pause_h": 1}, False),
        # what is listed wins over the hours told, and cannot be too long
        (
            {"resolved_at": "2026-09-16 18:00", "pause_h": 65, "pauses": "2026-09-11T09:00:00Z/2026-09-14T02:00:00Z"},
            False,
        ),
        (
            {"resolved_at": None, "pause_h": 65, "states": "2026-09-11T08:00:00Z=open;2026-09-16T10:00:00Z=solved"},
            False,
        ),
    ],
)
def test_a_pause_longer_than_the_time_leaves_times_and_sla(process, row, is_out):
    row = IMPOSSIBLE | {"resolved_at": None} | row
    compliance = outcome(process, "resolution_compliance", [row], version=agreed())
    assert compliance.excluded == ({"impossible_pause": 1} if is_out else {})
    assert sum(judged([row], agreed(), process)) == (0 if is_out else 1)
    is_done = "opened_at" not in row or row["opened_at"] < "2026-09-30"
    for measure in ("ttr_mean_h", "ttr_clock_mean_h"):
        found = outcome(process, measure, [row], version=agreed())
        assert found.n == (0 if is_out or not is_done else 1)
        assert found.excluded == ({"impossible_pause": 1} if is_out and is_done else {})


def test_without_an_agreement_a_pause_longer_than_plain_time_is_as_impossible():
    row = IMPOSSIBLE | {"resolved_at": "2026-09-14 16:00", "resolution_due_at": "2026-09-20 16:00"}  # 72 h
    assert judged([row | {"pause_h": 72}], None) == [1, 0, 0, 0, 0]
    assert judged([row | {"pause_h": 73}], None) == [0, 0, 0, 0, 0]
    assert outcome("incident", "ttr_clock_mean_h", [row | {"pause_h": 73}]).excluded == {"impossible_pause": 1}
