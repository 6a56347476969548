"""What a source covers: which silences are improbable, what a declaration does, and what is not told of the rest."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hand_made import OFFICE, SEPTEMBER, agreement, frame, month
from itss.measures.baseline import chartable
from itss.measures.compute import measure_all
from itss.measures.coverage import COVERAGE_COLUMNS, Collected, coverage_of
from itss.periods import parse_period
from itss.processes import PROCESSES

INCIDENT = PROCESSES["incident"]
LATER = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def days(first, last, *, weekends=False):
    found = pd.date_range(first, last, freq="D").date
    return [day for day in found if weekends or day.weekday() < 5]


def opened(*many, process="incident", column="opened_at", **more):
    """A row for each day, at noon; a pair is a day and how many."""
    pairs = [one if isinstance(one, tuple) else (one, 1) for one in many]
    rows = [{column: f"{day} 12:{n % 60:02d}"} for day, count in pairs for n in range(count)]
    return frame(process, [{"id": f"{n:05d}"} | row | more for n, row in enumerate(rows)])


def covered(rows, periods=2, end=SEPTEMBER, process=INCIDENT, version=None, **about):
    window = [end.shift(-back) for back in range(periods - 1, -1, -1)]
    collected = Collected(LATER, **about) if about else None
    return coverage_of(process, rows, window, version, collected, "CN")


def per_day(n, *spans):
    return [(day, n) for first, last in spans for day in days(first, last)]


ALL = ("2026-08-03", "2026-09-30")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "none"),
        (per_day(4, ALL), "whole"),
        # a busy desk that stops: 4 a day, exp(-4 * 1) = 0.018, exp(-4 * 2) = 0.0003
        (per_day(4, ("2026-08-03", "2026-09-29")), "whole"),
        (per_day(4, ("2026-08-03", "2026-09-28")), "part"),
        (per_day(4, ("2026-08-03", "2026-08-28")), "none"),
        # one a day, 25 September is a holiday: exp(-6) = 0.0025, exp(-7) = 0.0009
        (per_day(1, ("2026-08-03", "2026-09-21")), "whole"),
        (per_day(1, ("2026-08-03", "2026-09-18")), "part"),
        # three a month, then none at all; one row; a first day only
        ([dt.date(2026, 8, day) for day in (3, 12, 27)], "whole"),
        ([dt.date(2026, 9, 1)], "whole"),
        ([dt.date(2026, 9, 1), dt.date(2026, 9, 2), dt.date(2026, 9, 3)], "whole"),
        # batches: 200 surveys on the first of each month were silent in between before
        ([(dt.date(2026, 8, 3), 200), (dt.date(2026, 9, 1), 200)], "whole"),
        ([(dt.date(2026, 9, 1), 200)], "whole"),
        # an extract of four busy days
        ([(day, 250) for day in days("2026-08-31", "2026-09-03")], "part"),
    ],
)  # fmt: skip
def test_silence_at_the_end_is_uncovered_only_if_it_is_improbable(rows, expected):
    assert (
        covered(opened(*rows, process="incident") if rows else frame("incident", [], ["id", "opened_at"])).of(SEPTEMBER)
        == expected
    )


def test_a_holiday_week_is_covered():
    # 2026-10-01 to 10-07 are the National Day holidays in CN: a week report on them has nothing, and lacks nothing
    week = parse_period("2026-W40", "week", "Asia/Shanghai")
    rows = opened(*per_day(9, ("2026-08-03", "2026-09-30")))
    assert covered(rows, periods=6, end=week).of(week) == "whole"
    assert covered(rows, periods=6, end=week.shift(2)).of(week.shift(2)) == "none"


def test_the_rate_is_events_a_working_day():
    rows = opened(*per_day(4, ("2026-08-03", "2026-09-15")))
    found = covered(rows, version=agreement(hours=OFFICE))
    assert found.rate == pytest.approx(4)
    # 16 to 30 September without weekends and 25 September, the Mid-Autumn Festival, but with the make-up Sunday 20
    assert found.silent == 11
    burst = covered(opened(*per_day(4, ("2026-09-01", "2026-09-04"))))
    assert burst.rate == pytest.approx(4 * 4 / 21), "of a few days it is that of the whole month"
    assert math.exp(-found.rate * found.silent) < 0.001 < math.exp(-found.rate * found.most_silent * 0.999)


def test_the_begin_is_an_edge_too():
    late = covered(opened(*per_day(5, ("2026-08-17", "2026-09-30"))))
    assert [late.of(one) for one in (month("2026-07"), month("2026-08"), SEPTEMBER)] == ["none", "part", "whole"]
    assert late.spans[0][0] == dt.datetime(2026, 8, 17, 4, tzinfo=dt.UTC)
    rare = covered(opened(dt.date(2026, 8, 20), dt.date(2026, 9, 4), dt.date(2026, 9, 29)))
    assert [rare.of(one) for one in (month("2026-07"), month("2026-08"), SEPTEMBER)] == ["none", "whole", "whole"]


def test_a_month_that_is_missing_in_the_middle_is_a_hole_and_a_short_silence_is_none():
    rows = opened(*per_day(3, ("2026-06-01", "2026-07-31"), ("2026-09-01", "2026-09-30")))
    found = covered(rows, periods=4)
    assert [found.of(month(f"2026-0{n}")) for n in (6, 7, 8, 9)] == ["whole", "whole", "none", "whole"]
    rested = opened(*per_day(3, ("2026-06-01", "2026-08-07"), ("2026-08-17", "2026-09-30")))
    assert covered(rested, periods=4).of(month("2026-08")) == "whole"


def test_tickets_of_long_ago_that_are_still_open_say_nothing_about_the_rate():
    old = [dt.date(2023, 5, 1), dt.date(2024, 1, 9)]
    found = covered(opened(*old, *per_day(4, ("2026-08-03", "2026-09-25"))))
    assert found.of(SEPTEMBER) == "part"
    assert found.first == dt.datetime(2026, 8, 3, 4, tzinfo=dt.UTC)


def test_an_instant_after_the_collection_covers_nothing():
    rows = opened(*per_day(4, ("2026-08-03", "2026-09-04")), dt.date(2062, 9, 4))
    assert covered(rows, since=None).of(SEPTEMBER) == "part"
    assert covered(rows, since=None).last == dt.datetime(2026, 9, 4, 4, 3, tzinfo=dt.UTC)


def test_a_planned_window_is_no_sign_that_the_source_was_alive():
    outages = opened(*per_day(3, ("2026-08-03", "2026-09-04")), process="availability", column="started_at")
    windows = opened(dt.date(2026, 9, 29), process="availability", column="started_at", is_planned=True)
    both = pd.concat([outages.assign(is_planned=pd.array([False] * len(outages), dtype="boolean")), windows])
    assert covered(both, process=PROCESSES["availability"]).of(SEPTEMBER) == "part"


SILENT = opened(*per_day(4, ("2026-08-17", "2026-09-11")))
P0, P1 = SEPTEMBER.start, SEPTEMBER.end


@pytest.mark.parametrize(
    ("about", "august", "september"),
    [
        ({"since": None}, "part", "part"),
        ({"until": P1}, "part", "whole"),
        ({"since": month("2026-08").start}, "whole", "part"),
        ({"since": month("2026-08").start, "until": P1}, "whole", "whole"),
        ({"since": P0 + dt.timedelta(days=7), "until": P1}, "none", "part"),
        ({"until": P0}, "part", "none"),
        ({"empty": ((P0, P1),)}, "part", "whole"),
        ({"missing": ((P0, P1),)}, "part", "none"),
    ],
)
def test_what_is_declared_wins(about, august, september):
    found = covered(SILENT, **about)
    assert (found.of(month("2026-08")), found.of(SEPTEMBER)) == (august, september)


def test_no_cases_is_coverage_where_somebody_says_so():
    nothing = frame("incident", [], ["id", "opened_at"])
    assert covered(nothing, empty=((P0, P1),)).of(SEPTEMBER) == "whole"
    assert covered(nothing, since=P0, until=P1).of(SEPTEMBER) == "whole"


def measured(rows, history=14, **more):
    known = {"incident": INCIDENT}
    return measure_all({"incident": rows}, known, SEPTEMBER, agreement(hours=OFFICE), ("service",), history, **more)


def _many(last, drop=()):
    rng = np.random.default_rng(20260930)
    return [(day, int(rng.integers(3, 7))) for day in days("2025-06-02", last) if day.strftime("%Y-%m") not in drop]


def test_a_period_that_is_not_covered_has_no_trend_and_no_comparison():
    whole, cut = measured(opened(*_many("2026-09-30"))), measured(opened(*_many("2026-09-11")))
    assert len(whole.trends)
    assert len(whole.before)
    assert (len(cut.trends), len(cut.before)) == (0, 0)
    assert set(cut.history["period"]) == set(whole.history["period"]) - {"2026-09"}
    assert cut.figures.set_index("measure").loc["opened", "n"] > 30, "its own figures stay"
    (line,) = cut.coverage.to_dict("records")
    assert list(cut.coverage.columns) == COVERAGE_COLUMNS
    assert (line["covered"], line["last"]) == ("part", pd.Timestamp(line["until"]))
    assert whole.coverage["covered"].tolist() == ["whole"]


def test_volumes_per_day_are_divided_by_the_days_that_are_covered():
    rows = opened(*_many("2026-09-11"))
    found = measured(rows).figures.set_index("measure").loc["volume_per_workday"]
    in_september = sum(count for day, count in _many("2026-09-11") if day >= dt.date(2026, 9, 1))
    assert (found["numerator"], found["denominator"]) == (in_september, 9)
    nothing = measured(opened(*_many("2026-08-12"))).figures.set_index("measure").loc["volume_per_workday"]
    assert np.isnan(nothing["value"])
    assert nothing["status"] == "not_applicable"


def published(*labels, is_covered=True):
    return pd.DataFrame(
        {"measure": "opened", "process": "incident", "period": list(labels), "value": 7.0, "n": 7, "status": "",
         "version": 1, "is_covered": is_covered}
    )  # fmt: skip


def test_a_published_point_of_a_period_that_was_not_covered_is_a_restatement_and_no_point():
    rows = opened(*_many("2026-09-30"))
    fair = measured(rows, published=published("2026-08"))
    assert fair.history.set_index(["measure", "period"]).loc[("opened", "2026-08"), "value"] == 7
    doubted = measured(rows, published=published("2026-08", is_covered=False))
    again = doubted.history.set_index(["measure", "period"]).loc[("opened", "2026-08")]
    assert (again["origin"], again["value"] > 7) == ("computed", True)
    assert doubted.restatements["published"].tolist() == [7]


def test_a_published_point_is_taken_back_where_the_source_shows_a_hole_and_kept_before_its_begin():
    labels = ("2025-12", "2026-04", "2026-05")
    hole = measured(opened(*_many("2026-09-30", drop=("2026-04",))), published=published(*labels))
    points = hole.history[(hole.history["measure"] == "opened") & (hole.history["origin"] == "published")]
    assert points["period"].tolist() == ["2025-12", "2026-05"]
    short = measured(opened(*per_day(4, ("2026-08-03", "2026-09-30"))), published=published(*labels))
    points = short.history[(short.history["measure"] == "opened") & (short.history["origin"] == "published")]
    assert points["period"].tolist() == list(labels), "what a source has forgotten was published all the same"


def test_a_baseline_is_not_fixed_from_periods_that_were_not_covered():
    points = pd.concat([published("2026-07"), published("2026-08", is_covered=False), published("2026-09")])
    points = points.assign(unit="count", numerator=None, denominator=None)
    assert chartable(points, 1)["period"].tolist() == ["2026-07", "2026-09"]
    assert len(chartable(points.drop(columns="is_covered"), 1)) == 3
