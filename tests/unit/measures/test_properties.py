"""What holds whatever the rows are: shares, buckets, backlogs, and that the order of rows says nothing."""

import pandas as pd
import pytest
from hand_made import OFFICE, SEPTEMBER, agreement
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itss.measures.scope import Scope
from itss.processes import PROCESSES

VERSION = agreement(hours=OFFICE, times={"High": (1, 8), "Low": (8, 40)})
BUCKETS = ("sla_met", "sla_breached_resolved", "sla_breached_open", "sla_running", "sla_none")
BEGIN = pd.Timestamp(SEPTEMBER.start) - pd.Timedelta("45D")
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_WORDS = {"priority": ["High", "Low", "P5"], "service": ["ERP", "CRM"], "resource": ["disk", "cpu"]}
_WORDS |= {"problem": ["0", "1"], "caused_by_change": ["0", "1"]}
_PLAIN = {"number": st.integers(0, 12).map(float), "integer": st.integers(0, 3), "boolean": st.booleans()}
_KINDS = ("string", "instant", *_PLAIN)
_TYPES = {"string": "str", "number": "float64", "integer": "Int64", "boolean": "boolean"}


def cells(column):
    """Hours and minutes around the period, a few words, small numbers; and nothing, where nothing may be."""
    if column.type == "instant":
        found = st.integers(0, 100 * 24 * 4).map(lambda quarter: BEGIN + pd.Timedelta(minutes=15 * quarter))
    elif column.type == "string":
        found = st.sampled_from(list(column.values) or _WORDS.get(column.name, ["x", "y"]))
    else:
        found = _PLAIN[column.type]
    return found if column.required else st.none() | found


def rows(process, most=12):
    """Frames of a process with all columns but those whose text has a grammar of its own."""
    columns = [column for column in PROCESSES[process].columns if column.name != "id" and column.type in _KINDS]
    row = st.fixed_dictionaries({column.name: cells(column) for column in columns})
    return st.lists(row, max_size=most).map(lambda found: as_frame(columns, found))


def as_frame(columns, found):
    typed = {"id": pd.Series([str(number) for number in range(len(found))], dtype="str")}
    for column in columns:
        values = [row[column.name] for row in found]
        if column.type == "instant":
            typed[column.name] = pd.Series(pd.to_datetime(pd.Series(values, dtype=object), utc=True)).dt.as_unit("us")
        else:
            typed[column.name] = pd.Series(values, dtype=_TYPES[column.type])
    return pd.DataFrame(typed)


def computed(process, frame, others=None):
    scope = Scope(frame, SEPTEMBER, VERSION, others or {})
    derive = PROCESSES[process].derive
    if derive:
        scope = Scope(derive(scope), SEPTEMBER, VERSION, scope.others)
    return {
        measure.id: measure.compute(scope)
        for measure in PROCESSES[process].measures
        if set(measure.needs) <= set(scope.rows.columns)
    }


@pytest.mark.parametrize("process", PROCESSES)
@QUICK
@given(data=st.data())
def test_shares_lie_within_0_and_1_and_counts_are_not_negative(process, data):
    others = {"incident": data.draw(rows("incident"))} if process in ("change", "problem") else {}
    found = computed(process, data.draw(rows(process)), others)
    for measure in PROCESSES[process].measures:
        outcome = found.get(measure.id)
        if outcome is None or outcome.value is None:
            continue
        assert outcome.value >= 0 or measure.id.startswith("notice_h")  # announced after its start
        if measure.unit == "share" and process != "capacity":
            assert outcome.value <= 1
            assert outcome.numerator <= outcome.denominator
        assert outcome.low is None or outcome.low <= outcome.value <= outcome.high
        assert all(count > 0 for count in outcome.excluded.values())


@pytest.mark.parametrize("process", ["incident", "request"])
@QUICK
@given(data=st.data())
def test_the_buckets_sum_to_the_population(process, data):
    frame = data.draw(rows(process))
    found = computed(process, frame)
    counts = ~frame["is_cancelled"].fillna(False).astype(bool)
    start, end = pd.Timestamp(SEPTEMBER.start), pd.Timestamp(SEPTEMBER.end)
    resolved = counts & frame["resolved_at"].between(start, end, inclusive="left")
    resolved &= ~(frame["resolved_at"] < frame["opened_at"])
    ended = frame["resolved_at"].fillna(frame["closed_at"])
    waiting = counts & (frame["opened_at"] < end) & ~(ended < end)
    compliance = found["resolution_compliance"]
    apart = compliance.excluded.get("impossible_pause", 0)  # longer than it took: in no bucket, and said
    assert sum(found[bucket].value for bucket in BUCKETS) + apart == (resolved | waiting).sum()
    assert compliance.numerator == found["sla_met"].value
    assert compliance.denominator == sum(found[bucket].value for bucket in BUCKETS[:3])
    assert found["backlog"].value == waiting.sum()
    assert found["backlog"].value >= found["backlog_over_7d"].value >= found["backlog_over_30d"].value
    assert found["backlog_over_30d"].value >= found["backlog_over_90d"].value


@pytest.mark.parametrize("process", ["incident", "request", "problem", "change", "improvement"])
@QUICK
@given(data=st.data())
def test_a_closed_record_never_raises_the_backlog(process, data):
    frame, more = data.draw(rows(process)), data.draw(rows(process, most=3))
    closed = {
        name: pd.Timestamp(SEPTEMBER.end) - pd.Timedelta("1h")
        for name in ("resolved_at", "closed_at", "ended_at")
        if name in more
    }
    more = more.assign(**closed, id=[f"closed {number}" for number in range(len(more))])
    before, after = computed(process, frame), computed(process, pd.concat([frame, more], ignore_index=True))
    for name in before:
        if name.startswith("backlog") or name in ("improvements_open", "improvements_overdue"):
            assert after[name].value == before[name].value


@pytest.mark.parametrize("process", PROCESSES)
@QUICK
@given(data=st.data())
def test_the_order_of_rows_says_nothing(process, data):
    frame = data.draw(rows(process))
    mixed = frame.iloc[data.draw(st.permutations(range(len(frame))))].reset_index(drop=True)
    others = {"incident": data.draw(rows("incident"))} if process in ("change", "problem") else {}
    before, after = computed(process, frame, others), computed(process, mixed, others)
    for name, outcome in before.items():
        assert after[name].value == pytest.approx(outcome.value, nan_ok=True), name
        assert (after[name].n, dict(after[name].excluded)) == (outcome.n, dict(outcome.excluded)), name
        if name not in ("utilisation_p95", "utilisation_max", "longest_outage_min"):  # of equals, the first is named
            assert sorted(after[name].against) == sorted(outcome.against), name


@QUICK
@given(found=rows("availability"))
def test_downtime_is_no_more_than_the_sum_of_its_outages_and_than_the_agreed_time(found):
    outcomes = computed("availability", found)
    alone = [computed("availability", found.iloc[[place]])["downtime_min"].value for place in range(len(found))]
    assert outcomes["downtime_min"].value <= sum(alone) + 1e-6
    if len(found):
        agreed = outcomes["availability"].denominator
        begun = found[found["started_at"] < pd.Timestamp(SEPTEMBER.end)]
        assert agreed == 22 * 9 * 60 * len(begun["service"].astype(object).fillna("").unique())
        assert 0 <= outcomes["downtime_min"].value <= agreed + 1e-6
    assert outcomes["outages"].value <= outcomes["outages"].n
    longest = outcomes["longest_outage_min"].value
    assert (longest is None) == (outcomes["outages"].value == 0)
    assert longest is None or longest <= outcomes["downtime_min"].value + 1e-6
