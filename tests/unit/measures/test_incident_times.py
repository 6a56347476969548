"""Response and resolution times, worked by hand on office hours 09:00–18:00, Monday to Friday, Chinese holidays."""

import pytest
from hand_made import ALWAYS, END, agreement, frame, is_available, outcome, value

STATISTICS = ("mean", "median", "p90")


def test_friday_afternoon_to_monday_afternoon_is_nine_hours_of_service():
    rows = [{"id": "1", "opened_at": "2026-09-04 16:00", "resolved_at": "2026-09-07 16:00"}]
    assert value("incident", "ttr_mean_h", rows, version=agreement()) == 9
    assert value("incident", "ttr_clock_mean_h", rows, version=agreement()) == 72
    assert value("incident", "ttr_mean_h", rows, version=agreement(hours=ALWAYS)) == 72


def test_holiday_and_make_up_day():
    # Fri 18th 17:00 → Mon 21st 10:00: 1 h + the worked Sunday's 9 h + 1 h; Thu 24th 17:00 → Mon 28th 10:00: 1 h + 1 h
    rows = [
        {"id": "1", "opened_at": "2026-09-18 17:00", "resolved_at": "2026-09-21 10:00"},
        {"id": "2", "opened_at": "2026-09-24 17:00", "resolved_at": "2026-09-28 10:00"},
    ]
    assert value("incident", "ttr_mean_h", rows, version=agreement()) == (11 + 2) / 2


def test_pauses_are_taken_out_of_service_time_only_and_a_longer_one_is_impossible():
    rows = [
        {"id": "1", "opened_at": "2026-09-07 09:00", "resolved_at": "2026-09-07 17:00", "pause_h": 3},
        {"id": "2", "opened_at": "2026-09-07 09:00", "resolved_at": "2026-09-07 10:00", "pause_h": 5},
        {"id": "3", "opened_at": "2026-09-07 09:00", "resolved_at": "2026-09-07 11:00", "pause_h": None},
    ]
    found = outcome("incident", "ttr_mean_h", rows, version=agreement())
    assert (found.value, sum(found.excluded.values())) == (pytest.approx((5 + 2) / 2), 1)
    assert value("incident", "ttr_clock_mean_h", rows, version=agreement()) == pytest.approx((8 + 2) / 2)


def test_mean_median_and_ninetieth_percentile():
    hours = (1, 2, 3, 4, 10)
    rows = [
        {"id": str(h), "opened_at": "2026-09-05 00:00", "resolved_at": f"2026-09-05 {h:02d}:00", "responded_at": None}
        for h in hours
    ]
    found = {name: outcome("incident", f"ttr_clock_{name}_h", rows) for name in STATISTICS}
    # position 0.9 · 4 = 3.6 between 4 and 10
    assert {name: f.value for name, f in found.items()} == pytest.approx({"mean": 4, "median": 3, "p90": 7.6})
    assert {f.n for f in found.values()} == {5}
    assert value("incident", "tta_clock_mean_h", rows) is None


def test_the_population_is_what_was_resolved_in_the_period():
    rows = [
        {"id": "in", "opened_at": "2026-06-01 00:00", "resolved_at": "2026-09-01 00:00"},
        {"id": "at P1", "opened_at": "2026-09-01 00:00", "resolved_at": END},
        {"id": "cancelled", "opened_at": "2026-09-01 00:00", "resolved_at": "2026-09-02 00:00", "is_cancelled": True},
    ]
    found = outcome("incident", "ttr_clock_median_h", rows)
    assert (found.value, found.n, found.excluded) == (92 * 24, 1, {"cancelled": 1})


def test_response_time_counts_from_report_to_response_without_pauses():
    rows = [{"id": "1", "opened_at": "2026-09-07 17:30", "responded_at": "2026-09-08 09:15", "pause_h": 4}]
    assert value("incident", "tta_mean_h", rows, version=agreement()) == 0.75
    assert value("incident", "tta_clock_mean_h", rows, version=agreement()) == 15.75


def test_an_end_before_the_start_is_no_duration():
    rows = [{"id": "1", "opened_at": "2026-09-07 17:30", "resolved_at": "2026-09-06 09:15"}]
    for measure in ("ttr_clock_mean_h", "ttr_mean_h"):
        found = outcome("incident", measure, rows, version=agreement())
        assert (found.value, found.excluded) == (None, {"ended_before_start": 1})


def test_what_is_missing_makes_its_measures_not_available():
    rows = frame("incident", [{"id": "1", "opened_at": "2026-09-07 17:30"}], columns=["resolved_at"])
    assert not is_available("incident", "tta_mean_h", rows, version=agreement())
    assert not is_available("incident", "tta_clock_mean_h", rows, version=agreement())
    assert not is_available("incident", "ttr_mean_h", rows, version=None)  # nobody agreed on service hours
    assert is_available("incident", "ttr_clock_mean_h", rows, version=None)


def test_behind_a_missed_mean_stand_the_cases_beyond_it():
    target = {"process": "incident", "measure": "ttr_clock_mean_h", "at_most": 4}
    rows = [
        {"id": str(h), "opened_at": "2026-09-05 00:00", "resolved_at": f"2026-09-05 {h:02d}:00"} for h in (3, 4, 5, 12)
    ]
    assert outcome("incident", "ttr_clock_mean_h", rows, version=agreement(target)).against == ("5", "12")
    assert outcome("incident", "ttr_clock_median_h", rows, version=agreement(target)).against == ()
