"""The arithmetic of the soak: what is planned, how it is counted, how growth is told; no service is started."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest
from marked_page import put

sys.path.insert(0, str(Path(__file__).parent))

from soak_growth import Sample, growth
from soak_plan import OF_CASES, OF_SERVICES, SERVICES_A_PERIOD, counted, periods, plan, reports
from soak_tally import Book, Told


def test_months_follow_each_other() -> None:
    assert periods(3, (2024, 11)) == ["2024-11", "2024-12", "2025-01"]
    assert periods()[-1] == "2026-10"


def test_twenty_reports() -> None:
    assert len(reports()) == len(set(reports())) == 20


def test_a_seed_plans_the_same_again_and_another_one_otherwise() -> None:
    assert plan("a", periods(), reports()) == plan("a", periods(), reports())
    assert plan("a", periods(), reports()) != plan("b", periods(), reports())


def test_the_share_of_a_period_is_fixed() -> None:
    months = periods(24)
    planned = counted(plan("seed", months, reports()))
    assert {kind: planned[kind] for kind in OF_CASES} == {kind: 24 * count for kind, count in OF_CASES.items()}
    assert {planned[kind] for kind in OF_SERVICES} == {24 * SERVICES_A_PERIOD // len(OF_SERVICES)}


def test_no_case_has_two_disturbances() -> None:
    cases = Counter(one.case for one in plan("seed", periods(), reports()) if one.case)
    assert set(cases.values()) == {1}


def test_only_what_waits_is_handed_in_late() -> None:
    late = [one.case for one in plan("seed", periods(), reports()) if one.kind == "late_hand_in"]
    assert late
    assert all(case and case.report.startswith("waiting_monthly.") for case in late)


def test_few_customers_have_fewer_disturbances() -> None:
    (month,) = periods(1)
    of_cases = [one for one in plan("seed", [month], reports(1)) if one.case]
    assert len(of_cases) <= 4


def test_a_disturbance_of_a_case_is_recovered_with_it_and_one_of_a_service_with_its_period(tmp_path: Path) -> None:
    book, months = Book(tmp_path), periods(1)
    planned = plan("seed", months, reports())
    book.plan(planned)
    case = next(one.case for one in planned if one.kind == "rejected")
    assert case is not None
    told = Told(case, {"rejected"})
    book.happened("rejected", told)
    book.happened("worker killed", period=months[0])
    assert not told.wants("rejected")
    book.recovered_case(told)
    book.recovered_period("another")
    counts = book.counts
    assert (counts["rejected"].planned, counts["rejected"].happened, counts["rejected"].recovered) == (2, 1, 1)
    assert counts["worker killed"].recovered == 0
    book.recovered_period(months[0])
    assert counts["worker killed"].recovered == 1
    assert len((tmp_path / "events.jsonl").read_text().splitlines()) == 2


def test_growth_is_that_of_the_longest_life_and_begins_warm() -> None:
    short = [Sample(at, "worker1", 10, 900.0, 9) for at in (0.0, 30.0)]
    # 100 MB at the start, then 6 MB an hour from 200 MB
    long = [Sample(float(at), "worker1", 11, 100.0 if at < 300 else 200 + at / 600, 20) for at in range(60, 3660, 60)]
    (found,) = growth([*short, *long])
    assert (found.service, found.first_mb, found.files_first) == ("worker1", pytest.approx(200.5), 20)
    assert found.last_mb == pytest.approx(206.0)
    assert found.slope_mb_h == pytest.approx(6.0)


def test_a_table_is_put_between_its_marks() -> None:
    text = "before\n<!-- a -->\nold\n<!-- /a -->\nafter\n"
    assert put(text, "a", "new") == "before\n<!-- a -->\nnew\n<!-- /a -->\nafter\n"
    with pytest.raises(ValueError, match="has no <!-- b -->"):
        put(text, "b", "new")
