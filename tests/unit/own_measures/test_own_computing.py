"""KPIs of one's own, worked by hand."""

import pytest
from own_material import compute, kpi, measure

ROWS = [
    {"id": "1", "opened_at": "2026-09-01 00:00", "resolved_at": "2026-09-01 00:00", "state": "done", "reopen_count": 0},
    {"id": "2", "opened_at": "2026-09-02 00:00", "resolved_at": "2026-09-30 23:59", "state": "done", "reopen_count": 2},
    {
        "id": "3",
        "opened_at": "2026-09-03 00:00",
        "resolved_at": "2026-09-04 06:00",
        "state": None,
        "reopen_count": None,
    },
    {"id": "4", "opened_at": "2026-09-04 00:00", "resolved_at": "2026-10-01 00:00", "state": "done", "reopen_count": 1},
    {"id": "5", "opened_at": "2026-09-05 00:00", "resolved_at": None, "state": "open", "reopen_count": 0},
    {
        "id": "6",
        "opened_at": "2026-08-31 00:00",
        "resolved_at": "2026-09-06 00:00",
        "state": "done",
        "reopen_count": 9,
        "is_cancelled": True,
    },
    {"id": "7", "opened_at": "2026-10-02 00:00", "resolved_at": None, "state": "open", "reopen_count": 0},
]


def measures(**parts):
    return f"measures:\n  own: {kpi(**parts)}\n"


def test_a_share_leaves_out_what_is_empty_and_what_is_cancelled_each_with_its_reason():
    found = compute(measures(of="in_period(resolved_at)", where="state = 'done'"), ROWS)
    assert (found.value, found.numerator, found.denominator, found.n) == (1.0, 2, 2, 2)
    assert found.excluded == {"cancelled": 1, "not_given": 1}


def test_cancelled_rows_count_where_the_definition_says_so():
    found = compute(measures(of="in_period(resolved_at)", where="state = 'done'", includes_cancelled="true"), ROWS)
    assert (found.numerator, found.denominator, found.excluded) == (3, 3, {"not_given": 1})


@pytest.mark.parametrize(
    ("better", "complement", "value", "against"),
    [
        ("higher", "false", 1 / 2, ("1",)),
        ("lower", "false", 1 / 2, ("2",)),
        ("higher", "true", 1 / 2, ("2",)),
        ("lower", "true", 1 / 2, ("1",)),
        ("neither", "false", 1 / 2, ()),
    ],
)
def test_the_rows_against_a_share_are_its_failures(better, complement, value, against):
    text = measures(of="in_period(resolved_at)", where="reopen_count > 0", better=better, complement=complement)
    found = compute(text, ROWS)
    assert (found.value, tuple(found.against)) == (value, against)


def test_what_happens_after_the_period_is_not_known_in_it():
    of = "before_end(opened_at) and resolved_at is null"
    assert compute(measures(shape="count", unit="count", of=of), ROWS).value == 2  # 4 and 5, not 7


def test_later_by_an_empty_number_of_days_is_empty_and_not_a_thousand_days():
    rows = [
        {"id": "1", "opened_at": "2026-09-01T00:00:00Z", "effort_h": 3.0},
        {"id": "2", "opened_at": "2026-09-01T00:00:00Z", "effort_h": None},
    ]
    said = kpi(of="in_period(opened_at)", where="later(opened_at, effort_h) is null")

    assert compute(f"measures: {{own: {said}}}", rows).numerator == 1


def test_statistics_of_numbers():
    rows = [
        {"id": str(n), "opened_at": "2026-09-01 00:00", "resolved_at": f"2026-09-01 {n:02}:00"} for n in range(1, 11)
    ]
    rows += [{"id": "backwards", "opened_at": "2026-09-03 00:00", "resolved_at": "2026-09-02 00:00"}]
    parts = {"unit": "h", "better": "lower", "of": "in_period(resolved_at)", "value": "hours(opened_at, resolved_at)"}
    known = {"sum": 55.0, "mean": 5.5, "median": 5.5, "p90": 9.1}
    for shape, value in known.items():
        found = compute(measures(shape=shape, **parts), rows)
        assert (found.value, found.n, found.excluded) == (pytest.approx(value), 10, {"not_given": 1}), shape


DISPATCHES = "columns:\n  incident: {returned: count, dispatches: count}\n"


def test_a_ratio_of_sums_and_its_complement_add_up_row_by_row():
    rows = [
        {"id": "1", "opened_at": "2026-09-01 00:00", "returned": 1, "dispatches": 3},
        {"id": "2", "opened_at": "2026-09-01 00:00", "returned": 0, "dispatches": 1},
        {"id": "3", "opened_at": "2026-09-01 00:00", "returned": None, "dispatches": 5},
        {"id": "4", "opened_at": "2026-08-01 00:00", "returned": 9, "dispatches": 9},
    ]
    text = DISPATCHES + measures(
        shape="ratio", of="in_period(opened_at)", numerator="sum(returned)", denominator="sum(dispatches)",
        complement="true",
    )  # fmt: skip
    found = compute(text, rows)
    assert (found.value, found.numerator, found.denominator) == (3 / 4, 3, 4)
    assert (tuple(found.against), found.excluded) == (("1",), {"not_given": 1})
    assert found.basis.amounts.tolist() == [2, 1, 0, 0]


def test_a_ratio_may_count_cases_and_is_not_applicable_without_any():
    parts = {"shape": "ratio", "of": "in_period(opened_at)", "denominator": "count(*)"}
    text = measures(numerator="count_if(reopen_count > 0)", **parts)
    found = compute(text, ROWS)
    assert (found.numerator, found.denominator) == (2, 4)  # 2 and 4 of 1, 2, 4, 5; of 3 it is not known
    assert compute(text, [{"id": "1", "opened_at": "2026-07-01 00:00", "reopen_count": 1}]).value is None


def test_it_needs_its_columns_and_counts_its_values():
    text = measures(of="in_period(resolved_at)", where="state in ('done', 'gone') and filled(title)")
    found = measure(text)
    assert found.needs == ("resolved_at", "state", "title")
    assert found.counts_values == (("state", "done"), ("state", "gone"))
    assert found.date_column == "resolved_at"


AMOUNTS = {
    "a total of nothing that anybody gave": ({"shape": "sum", "value": "effort_h"}, [None, None], None, 0),
    "a total of what was given": ({"shape": "sum", "value": "effort_h"}, [None, 2.5], 2.5, 1),
    "a total of no rows": ({"shape": "sum", "value": "effort_h"}, [], 0.0, 0),
    "an id in the column of hours": ({"shape": "sum", "value": "effort_h"}, [1e19, 2.5], 2.5, 1),
    "parts of an hour": ({"numerator": "count(*)", "denominator": "sum(effort_h)"}, [0.25, 0.25], 4.0, 1),
    "a whole below nothing": ({"numerator": "count(*)", "denominator": "sum(effort_h)"}, [-5.0, 3.0], None, 0),
    "a whole of nothing": ({"numerator": "count(*)", "denominator": "sum(effort_h)"}, [-3.0, 3.0], None, 0),
    "a whole that is almost nothing": ({"numerator": "count(*)", "denominator": "sum(effort_h)"}, [1e-320], None, 1),
    "sums beyond all": ({"numerator": "count(*)", "denominator": "sum(effort_h)"}, [9e14] * 99, 1 / 9e14, 2**53),
}  # fmt: skip


@pytest.mark.parametrize("name", AMOUNTS)
def test_amounts_that_make_no_figure(name):
    parts, amounts, value, n = AMOUNTS[name]
    rows = [{"id": str(at), "opened_at": "2026-09-02 00:00", "effort_h": one} for at, one in enumerate(amounts)]
    rows.append({"id": "before", "opened_at": "2026-08-02 00:00", "effort_h": 1.0})

    found = compute(measures(of="in_period(opened_at)", unit="h", **{"shape": "ratio", **parts}), rows)

    assert (found.value, found.n) == (pytest.approx(value), n)
