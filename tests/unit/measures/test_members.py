"""Members counted from the masks of the whole, against the measure computed on the rows of the member alone."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hand_made import OFFICE, SEPTEMBER, agreement, scope
from itss.measures.base import Outcome
from itss.measures.basis import Basis, Figure, Groups
from itss.measures.outcomes import count, member_outcomes, outcome_of, ratio, share, statistic, total
from itss.processes import PROCESSES

TIMES = {"Critical": (0.5, 4), "High": (1, 24), "Moderate": (8, 72), "Low": (24, 240)}
TARGET = {"process": "incident", "measure": "ttr_mean_h", "at_most": 20}


def plain(outcome):
    """Its value, and the rest without the basis; the value apart, since a sum in another order has another last bit."""
    fields = {f.name: getattr(outcome, f.name) for f in dataclasses.fields(Outcome) if f.name != "basis"}
    against = tuple(fields.pop("against"))
    return fields.pop("value"), dict(fields.pop("excluded")), against, fields


@pytest.mark.parametrize("process", PROCESSES)
def test_every_member_of_every_measure(random_frames, process):
    whole = scope(process, random_frames[process], SEPTEMBER, agreement(TARGET, times=TIMES), random_frames)
    compared = 0
    for dimension in PROCESSES[process].dimensions:
        labels = whole.rows[dimension].astype("str").where(whole.rows[dimension].notna(), "(blank)")
        groups = Groups.by(labels)
        for measure in PROCESSES[process].measures:
            found = measure.compute(whole)
            members = member_outcomes(found.basis, groups)
            if members is None or not measure.by_dimension:
                continue
            for member, outcome in zip(groups.members, members, strict=True):
                alone = measure.compute(dataclasses.replace(whole, rows=whole.rows[(labels == member).to_numpy()]))
                value, *rest = plain(outcome)
                expected, *others = plain(alone)
                wanted = expected if expected is None else pytest.approx(expected, rel=1e-12)
                assert value == wanted, (measure.id, member)
                assert rest == others, (measure.id, member)
                compared += 1
    assert compared or process == "capacity"


ROWS = pd.DataFrame({"id": ["a", "b", "c", "d", "e"]})
GROUPS = Groups.by(pd.Series(["x", "y", "x", "y", "x"]))


def mask(letters):
    return ROWS["id"].isin(list(letters)).to_numpy()


def test_a_share_by_hand():
    whole = share(ROWS, mask("ab"), mask("abcd"), {"out": mask("e"), "none": mask("")})
    assert (whole.value, whole.n, whole.excluded, whole.against) == (0.5, 4, {"out": 1}, ("c", "d"))
    x, y = member_outcomes(whole.basis, GROUPS)
    assert (x.value, x.n, x.excluded, x.against) == (0.5, 2, {"out": 1}, ("c",))
    assert (y.value, y.n, y.excluded, y.against) == (0.5, 2, {}, ("d",))
    assert [bool(one.against) for one in (x, y, share(ROWS, mask("a"), mask("a")))] == [True, True, False]
    assert y.against.positions.tolist() == [3]


def test_a_count_among_and_a_count_per():
    among = count(ROWS, mask("a"), among=mask("abc"), against=True)
    assert (among.value, among.n, among.against) == (1, 3, ("a",))
    per = count(ROWS, mask("abc"), per=2)
    assert (per.value, per.n, per.denominator) == (1.5, 3, 2)
    assert [one.value for one in member_outcomes(per.basis, GROUPS)] == [1, 0.5]
    assert count(ROWS, mask("a"), per=0).value is None


def test_a_ratio_adds_up_amounts_of_its_rows():
    part, whole = np.array([1.0, np.nan, 2.0, 0.0, 0.0]), np.array([2.0, np.nan, 2.0, 3.0, 0.0])
    found = ratio(ROWS, part, whole, {"out": mask("b")}, against=mask("ad"))
    assert (found.value, found.n, found.numerator, found.denominator) == (3 / 7, 7, 3, 7)
    assert (found.excluded, found.against) == ({"out": 1}, ("a", "d"))
    assert ["".join(ROWS["id"][one]) for one in (found.basis.numerator, found.basis.denominator)] == ["ac", "acd"]
    x, y = member_outcomes(found.basis, GROUPS)
    assert (x.value, x.numerator, x.denominator, x.against) == (3 / 4, 3, 4, ("a",))
    assert (y.value, y.numerator, y.denominator, y.against) == (0, 0, 3, ("d",))
    assert ratio(ROWS, part * 0, whole * 0).value is None


def test_a_total_is_nought_without_rows():
    found = total(ROWS, np.array([1.5, np.nan, 2.0, np.nan, 0.0]), against=mask("a"))
    assert (found.value, found.n, found.against) == (3.5, 3, ("a",))
    assert [(one.value, one.n) for one in member_outcomes(found.basis, GROUPS)] == [(3.5, 3), (0, 0)]


def test_a_shape_of_its_own_keeps_its_rows_and_has_no_members():
    found = outcome_of(Basis(ROWS, mask("ab"), excluded={"out": mask("c")}, against=mask("b")), Figure(7, 2))
    assert (found.value, found.n, found.excluded, found.against) == (7, 2, {"out": 1}, ("b",))
    assert member_outcomes(found.basis, GROUPS) is None


def test_a_statistic_takes_what_is_a_number_in_ascending_order_and_forgets_no_change():
    seen = []

    def largest(values):
        seen.append(values.tolist())
        return float(values[-1])

    values = pd.Series([3.0, 2.0, None, 7.0, 1.0]).to_numpy()
    whole = statistic(values, largest)
    assert [one.value for one in member_outcomes(whole.basis, GROUPS)] == [3, 7]
    assert seen == [[1, 2, 3, 7], [1, 3], [2, 7]]
    # another column of the same length, and nothing but empty cells for one member
    other = statistic(pd.Series([None, 5.0, None, 4.0, None]).to_numpy(), largest)
    assert [one.value for one in member_outcomes(other.basis, GROUPS)] == [None, 5]
    assert values.tolist()[:2] == [3, 2]


@pytest.mark.parametrize("members", [3, 40])
def test_many_rows_against_a_grouping_by_pandas(members):
    random = np.random.default_rng(members)
    frame = pd.DataFrame({"member": random.integers(members, size=400_000), "hours": random.normal(size=400_000)})
    frame.loc[random.random(len(frame)) < 0.1, "hours"] = np.nan
    frame["part"], frame["whole"] = random.random(len(frame)) < 0.2, random.random(len(frame)) < 0.5
    frame["id"] = frame.index.astype("str")
    groups = Groups.by(frame["member"])
    grouped = frame.groupby("member")
    assert groups.members == [str(member) for member in grouped.groups]
    sums = grouped[["part", "whole"]].sum()
    assert [groups.sums(frame[name].to_numpy()) for name in sums] == [sums[name].tolist() for name in sums]
    medians = member_outcomes(statistic(frame["hours"].to_numpy(), lambda hours: float(np.median(hours))).basis, groups)
    assert [one.value for one in medians] == grouped["hours"].median().tolist()
    wrong = member_outcomes(count(frame, frame["part"].to_numpy(), against=True).basis, groups)
    expected = frame[frame["part"]].groupby("member")["id"].agg(tuple)
    assert [tuple(one.against) for one in wrong] == expected.tolist()


def test_service_hours_of_a_scope_default_to_the_agreements():
    version = agreement(hours=OFFICE)
    found = scope("incident", [{"id": "1", "opened_at": "2026-09-01 10:00"}], version=version)
    assert found.service_hours == ((version.effective_from, OFFICE),)
    assert dataclasses.replace(found, agreement=None).service_hours is None
