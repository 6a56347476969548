"""Service levels, satisfaction, security and the reporting process itself, worked by hand."""

import pytest
from hand_made import END, LAST, SEPTEMBER, START, agreement, frame, is_available, month, outcome, value
from itss.agreements.terms import SatisfiedAnswers
from itss.measures.compute import measure_all
from itss.processes import PROCESSES

# service level


def test_attainment_is_met_of_those_that_can_be_judged():
    day = {"measured_at": LAST}
    rows = [
        day | {"id": "1", "target": 0.999, "achieved": 0.999, "comparison": "at_least"},  # exactly met
        day | {"id": "2", "target": 0.999, "achieved": 0.9989, "comparison": "at_least"},
        day | {"id": "3", "target": 4.0, "achieved": 4.0, "comparison": "at_most"},
        day | {"id": "4", "target": 4.0, "achieved": 4.1, "comparison": "at_most"},
        day | {"id": "5", "target": 0.3, "achieved": 0.1 + 0.2, "comparison": "at_most"},  # 0.30000000000000004
        day | {"id": "6", "target": None, "achieved": 4.1, "comparison": "at_most"},
        day | {"id": "7", "target": 4.0, "achieved": None, "comparison": "at_most"},
        day | {"id": "8", "target": 4.0, "achieved": 4.1, "comparison": None},
        {"id": "9", "target": 4.0, "achieved": 4.1, "comparison": "at_most", "measured_at": END},
    ]
    found = outcome("service_level", "service_level_attainment", rows)
    assert (found.value, found.against) == (3 / 5, ("2", "4"))
    assert found.excluded == {"no_target": 1, "no_achieved": 1, "no_comparison": 1}
    assert value("service_level", "indicators", rows) == 5
    assert value("service_level", "indicators_met", rows) == 3


def test_attainment_is_not_available_without_knowing_which_side_is_good():
    rows = [{"id": "1", "measured_at": START, "target": 1.0, "achieved": 1.0}]
    assert not is_available("service_level", "service_level_attainment", rows)


# satisfaction


def answers(*scores, low=1, high=5):
    row = {"sent_at": "2026-08-30 10:00", "answered_at": START, "scale_min": low, "scale_max": high}
    return [row | {"id": str(n), "score": score} for n, score in enumerate(scores)]


def test_top_two_with_its_wilson_interval():
    # 8 of 10: Wilson 95 % by hand (1.96² = 3.8415): centre 0.7167, half width 0.2267
    found = outcome("satisfaction", "csat_top2", answers(5, 5, 5, 5, 4, 4, 4, 4, 3, 1))
    assert (found.value, found.n, found.against) == (0.8, 10, ("8", "9"))
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=5e-5)


def test_blanks_are_no_answers():
    rows = [*answers(5, None, 3), {"id": "unanswered", "sent_at": START, "answered_at": None, "score": None}]
    assert value("satisfaction", "csat_answers", rows) == 2
    assert outcome("satisfaction", "csat_mean", rows).excluded == {"blank": 1}
    assert value("satisfaction", "csat_mean", rows) == 4


def satisfied(*declarations):
    found = [SatisfiedAnswers(scale=scale, answers=answers_) for scale, answers_ in declarations]
    return agreement().model_copy(update={"satisfied": tuple(found)})


@pytest.mark.parametrize(
    ("scores", "scale", "declared", "share"),
    [
        ((5, 4, 3.9, 1), (1, 5), (), 2 / 4),
        ((5, 4, 3, 1), (1, 5), (((1, 5), (5,)),), 1 / 4),
        ((10, 9, 8, 0), (0, 10), (((0, 10), (9, 10)),), 2 / 4),
        ((10, 9, 8, 7), (1, 10), (((1, 10), (8, 10)),), 3 / 4),
        ((1, 2, 3, 4), (1, 4), (((1, 4), (1, 2)),), 2 / 4),  # turned round: 1 is the best
        ((10, 9, 8, 0), (0, 10), (), None),
        ((5, 5, 5, 5), (0, 5), (((1, 5), (4, 5)),), None),
    ],
)
def test_satisfied_is_what_was_declared_and_scales_are_never_mapped(scores, scale, declared, share):
    rows = answers(*scores, low=scale[0], high=scale[1])
    found = outcome("satisfaction", "csat_top2", rows, SEPTEMBER, satisfied(*declared))
    assert found.value == share
    assert found.excluded == ({"scale_undeclared": 4} if share is None else {})
    assert value("satisfaction", "csat_mean", rows, SEPTEMBER, satisfied(*declared)) == sum(scores) / 4


def test_the_definition_says_which_answers_count():
    measure = next(one for one in PROCESSES["satisfaction"].measures if one.id == "csat_top2")
    assert measure.agreed(None).en == "Satisfied: 4–5 / 1–5."
    assert measure.agreed(satisfied(((1, 4), (1, 2)))).zh == "计为满意：1–2 / 1–4；4–5 / 1–5。"


def test_means_of_several_scales_are_told_apart():
    rows = [row | {"id": f"{row['id']} of 5", "service": "ERP"} for row in answers(5, 4)]
    rows += [row | {"id": f"{row['id']} of 10", "service": "CRM"} for row in answers(10, 7, 1, low=0, high=10)]
    rows.append(answers(10, low=0, high=10)[0] | {"id": "in ERP too", "service": "ERP"})
    found = outcome("satisfaction", "csat_mean", rows)
    assert (found.value, found.n, found.excluded) == (None, 0, {"mixed_scales": 6})
    known = {"satisfaction": PROCESSES["satisfaction"]}
    figures = measure_all(
        {"satisfaction": frame("satisfaction", rows)}, known, SEPTEMBER, None, ("service",), 1
    ).figures
    means = figures[figures["measure"] == "csat_mean"].set_index(["dimension", "member"])["value"]
    assert means["scale"].to_dict() == {"0–10": 7, "1–5": 4.5}
    assert means["service"].dropna().to_dict() == {"CRM": 6}
    one = measure_all({"satisfaction": frame("satisfaction", rows[:2])}, known, SEPTEMBER, None, (), 1).figures
    assert set(one["dimension"]) == {""}, "one scale is no dimension"


def test_scores_outside_or_without_a_scale_are_left_out_and_counted():
    rows = [*answers(6, 5), *answers(3, low=None, high=None), *answers(3, low=5, high=5)]
    found = outcome("satisfaction", "csat_mean", rows)
    assert (found.value, found.excluded) == (5, {"out_of_scale": 1, "no_scale": 2})


def test_response_rate_is_of_the_surveys_whose_time_ended_in_the_period():
    rows = [
        {"id": "too late", "sent_at": START, "answered_at": "2026-09-15 00:01", "score": 4},
        {"id": "in time", "sent_at": START, "answered_at": "2026-09-15 00:00", "score": 4},
        {"id": "never", "sent_at": "2026-08-20 10:00", "answered_at": None, "score": None},
        {"id": "blank", "sent_at": START, "answered_at": START, "score": None},
        {"id": "still open", "sent_at": LAST, "answered_at": LAST, "score": 4},
        {"id": "over before", "sent_at": "2026-08-17 00:00", "answered_at": START, "score": 4},
        {"id": "own end", "sent_at": LAST, "answered_at": LAST, "score": 4, "expires_at": LAST},
        {"id": "own end later", "sent_at": START, "answered_at": START, "score": 4, "expires_at": END},
    ]
    found = outcome("satisfaction", "csat_response_rate", rows)
    assert (found.value, found.n, found.against) == (2 / 5, 5, ("too late", "never", "blank"))
    assert outcome("satisfaction", "csat_response_rate", rows, month("2026-10")).n == 2


def test_nobody_answered_is_no_satisfaction():
    rows = frame(
        "satisfaction", [{"id": "1", "sent_at": "2026-08-30 10:00"}], ["answered_at", "score", "scale_min", "scale_max"]
    )
    found = outcome("satisfaction", "csat_top2", rows)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert value("satisfaction", "csat_response_rate", rows) == 0


# security

VULNERABILITIES = [
    {"id": "open", "found_at": "2026-08-01 00:00", "due_at": LAST, "fixed_at": None},
    {"id": "due at P1", "found_at": LAST, "due_at": END, "fixed_at": None},
    {"id": "no deadline", "found_at": START, "due_at": None, "fixed_at": END},
    {"id": "fixed late", "found_at": "2026-09-01 12:00", "due_at": "2026-09-02 12:00", "fixed_at": "2026-09-04 12:00"},
    {"id": "fixed early", "found_at": "2026-08-31 12:00", "due_at": END, "fixed_at": START},
    {"id": "later", "found_at": END, "due_at": END, "fixed_at": None},
]


def test_vulnerabilities_found_fixed_open_and_overdue():
    assert value("security", "vulnerabilities_found", VULNERABILITIES) == 3
    assert value("security", "vulnerabilities_fixed", VULNERABILITIES) == 2
    found = outcome("security", "vulnerabilities_open", VULNERABILITIES)
    assert (found.value, found.against) == (3, ("open", "due at P1", "no deadline"))
    found = outcome("security", "vulnerabilities_overdue", VULNERABILITIES)
    assert (found.value, found.against, found.excluded) == (1, ("open",), {"no_deadline": 1})


def test_time_to_fix_is_clock_time_of_those_fixed_in_the_period():
    found = {name: value("security", f"time_to_fix_{name}_h", VULNERABILITIES) for name in ("mean", "median", "p90")}
    assert found == pytest.approx({"mean": (72 + 12) / 2, "median": 42, "p90": 66})  # 12 + 0.9 · 60


def test_security_without_its_dates_is_not_available():
    rows = [{"id": "1", "found_at": START}]
    assert is_available("security", "vulnerabilities_found", rows)
    for measure in ("vulnerabilities_open", "vulnerabilities_overdue", "vulnerabilities_fixed", "time_to_fix_mean_h"):
        assert not is_available("security", measure, rows)


# reporting


def test_eleven_of_twelve_and_never_produced_is_late():
    rows = [
        {"id": f"{n}", "due_at": f"2026-09-{n:02d} 18:00", "delivered_at": "2026-09-01 17:00"} for n in range(1, 12)
    ]
    rows.append({"id": "never", "due_at": LAST, "delivered_at": None})
    rows.append({"id": "due in October", "due_at": END, "delivered_at": None})
    found = outcome("reporting", "on_time_delivery", rows)
    assert (round(found.value, 3), found.numerator, found.denominator) == (0.917, 11, 12)
    assert found.against == ("never",)
    assert value("reporting", "reports_due", rows) == 12
    assert value("reporting", "reports_on_time", rows) == 11


def test_on_the_very_instant_is_on_time_and_a_day_after_the_quarter_is_late():
    rows = [
        {"id": "1", "due_at": LAST, "delivered_at": LAST},
        {"id": "2", "due_at": LAST, "delivered_at": END},
    ]
    found = outcome("reporting", "on_time_delivery", rows)
    assert (found.value, found.against) == (0.5, ("2",))
    assert value("reporting", "on_time_delivery", rows, month("2026-10")) is None
