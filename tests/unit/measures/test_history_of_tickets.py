"""What was known of a ticket at a moment, read from its states: against a walk through the entries, one by one."""

import datetime as dt
import random

import numpy as np
import pandas as pd
import pytest
from hand_made import SEPTEMBER, agreement, frame, month
from itss.measures.history import parse
from itss.measures.scope import Scope
from itss.processes._tickets.as_of import cancelled_at_end, known_at_end

OPENED = "2026-09-01 09:00"
FORTNIGHT = dt.timedelta(days=14)


def states(*entries):
    """Local times of September (or ``month-day hour``) with their words, in the one spelling."""
    return ";".join(
        f"{pd.Timestamp(f'2026-{at}', tz='Asia/Shanghai').tz_convert('UTC'):%Y-%m-%dT%H:%M:%SZ}={word}"
        for at, word in (entry.split("=") for entry in entries)
    )


def known(*entries, label="2026-09", **columns):
    row = {"id": "1", "opened_at": OPENED, "states": states(*entries) if entries else None} | columns
    found = known_at_end(Scope(frame("incident", [row]), month(label), None)).iloc[0]
    return {name: None if pd.isna(found[name]) else found[name] for name in found.index}


def at(text):
    return pd.Timestamp(f"2026-{text}", tz="Asia/Shanghai")


def test_solved_and_then_closed_is_one_resolution():
    found = known("09-01 09:00=open", "09-03 09:00=solved", "09-05 09:00=closed")
    assert (found["resolved_at"], found["closed_at"]) == (at("09-03 09:00"), at("09-05 09:00"))
    assert (found["is_cancelled"], found["reopen_count"], found["reopened_at"]) == (False, 0, None)


def test_closed_directly_is_resolved_then():
    found = known("09-01 09:00=open", "09-05 09:00=closed")
    assert found["resolved_at"] == found["closed_at"] == at("09-05 09:00")


def test_what_follows_the_end_of_the_period_is_not_known():
    entries = ("09-01 09:00=open", "09-20 09:00=solved", "09-28 09:00=open", "10-01 00:00=solved", "10-02 09:00=closed")
    # what the row says of itself now must not come through
    now = {"resolved_at": "2026-10-01 00:00", "closed_at": "2026-10-02 09:00", "reopen_count": 1, "is_cancelled": True}
    september, october = known(*entries, **now), known(*entries, **now, label="2026-10")
    assert (september["resolved_at"], september["closed_at"], september["reopen_count"]) == (None, None, 1)
    assert (october["resolved_at"], october["closed_at"]) == (at("10-01 00:00"), at("10-02 09:00"))
    assert not september["is_cancelled"]
    assert known(*entries, label="2026-08")["resolved_at"] is None


def test_a_reopening_after_the_period_leaves_it_resolved():
    found = known("09-01 09:00=open", "09-20 09:00=solved", "10-02 09:00=open")
    assert (found["resolved_at"], found["reopened_at"], found["reopen_count"]) == (at("09-20 09:00"), None, 0)


def test_a_second_resolution_is_the_one_that_holds():
    entries = ("09-01 09:00=open", "09-02 09:00=solved", "09-04 09:00=paused", "09-06 09:00=closed")
    assert known(*entries)["resolved_at"] == at("09-06 09:00")
    assert known(*entries)["reopened_at"] == at("09-04 09:00")


@pytest.mark.parametrize(
    ("entries", "label", "cancelled"),
    [
        (("09-01 09:00=open", "10-03 09:00=cancelled"), "2026-09", False),
        (("09-01 09:00=open", "10-03 09:00=cancelled"), "2026-10", True),
        (("09-01 09:00=open", "09-03 09:00=cancelled", "09-04 09:00=closed"), "2026-09", True),
        (("09-01 09:00=open", "09-03 09:00=cancelled", "09-04 09:00=open"), "2026-09", False),
    ],
)
def test_cancelled_as_known_then(entries, label, cancelled):
    found = known(*entries, label=label)
    assert found["is_cancelled"] == cancelled
    assert found["resolved_at"] is None
    others = {"incident": frame("incident", [{"id": "1", "opened_at": OPENED, "states": states(*entries)}])}
    assert cancelled_at_end(Scope(others["incident"], month(label), None, others), "incident").tolist() == [cancelled]


def test_the_last_entry_of_an_instant_is_what_remained():
    found = known("09-01 09:00=open", "09-03 09:00=solved", "09-03 09:00=open")
    assert (found["resolved_at"], found["reopen_count"]) == (None, 0)


def test_entries_out_of_order_are_put_in_order():
    found = known("09-05 09:00=closed", "09-01 09:00=open", "09-03 09:00=solved")
    assert (found["resolved_at"], found["closed_at"]) == (at("09-03 09:00"), at("09-05 09:00"))


def test_a_row_without_states_keeps_what_the_source_says():
    now = {"resolved_at": "2026-09-09 09:00", "closed_at": "2026-10-02 09:00", "priority": "Low", "reopen_count": 2}
    found = known(**now)
    assert (found["resolved_at"], found["closed_at"]) == (at("09-09 09:00"), at("10-02 09:00"))
    assert (found["priority"], found["reopen_count"]) == ("Low", 2)


def test_the_priority_is_the_one_of_that_day():
    history = "2026-09-01T01:00:00Z=Low;2026-10-02T01:00:00Z=Critical"
    assert known(priorities=history, priority="Critical")["priority"] == "Low"
    assert known(priorities=history, priority="Critical", label="2026-10")["priority"] == "Critical"
    assert known(priorities=history, priority="Critical", label="2026-08")["priority"] is None
    assert known(priorities=None, priority="Critical")["priority"] == "Critical"


def test_a_ticket_that_begins_at_the_end_has_no_end():
    early = {"opened_at": "2026-10-01 00:00", "resolved_at": "2026-09-09 09:00"}
    assert known(**early)["resolved_at"] is None
    assert known("09-01 09:00=open", "09-02 09:00=solved", **early)["resolved_at"] is None


def test_a_change_is_implemented_where_its_states_say_solved():
    row = {"id": "1", "opened_at": OPENED, "states": states("09-01 09:00=open", "09-07 09:00=solved")}
    found = known_at_end(Scope(frame("change", [row]), SEPTEMBER, None), "ended_at")
    assert found["ended_at"].tolist() == [at("09-07 09:00")]
    assert "resolved_at" not in found


def test_without_any_history_the_rows_are_the_very_same():
    rows = frame("incident", [{"id": "1", "opened_at": OPENED, "resolved_at": None}])
    assert known_at_end(Scope(rows, SEPTEMBER, agreement())) is rows


def test_nothing_at_all():
    for texts in (pd.Series([], dtype="str"), pd.Series([None, None], dtype="str")):
        history = parse(texts)
        assert history.size == len(texts)
        assert history.last_before(np.datetime64("2026-10-01", "us")).tolist() == [-1] * len(texts)
        assert not history.lifecycle.at(np.datetime64("2026-10-01", "us")).reopen_count.any()


def walk(entries, end):
    """The same by hand: a ticket's life told in a loop."""
    state, resolved, closed, reopened, count = None, None, None, None, 0
    resolutions = []
    for moment, word in entries:
        if state == "cancelled" and word == "closed":
            word = "cancelled"
        was_done, is_done = state in ("solved", "closed"), word in ("solved", "closed")
        if is_done and not was_done:
            resolutions.append([moment, None])
        if was_done and word in ("open", "paused"):
            resolutions[-1][1] = moment
        if moment < end:
            if was_done and word in ("open", "paused"):
                reopened, count = reopened or moment, count + 1
            resolved = (resolved if was_done else moment) if is_done else None
            if word != state:
                closed = moment if word in ("closed", "cancelled") else None
        state = word
        if moment < end:
            last = word
    return (last if entries[0][0] < end else None), resolved, closed, reopened, count, resolutions


def test_random_lives_are_read_as_a_walk_through_them_reads_them():
    draw = random.Random(20260930)
    words = ("open", "paused", "solved", "closed", "cancelled")
    begin = dt.datetime(2026, 8, 1, tzinfo=dt.UTC)
    lives = []
    for _ in range(500):
        moments = sorted(draw.sample(range(100 * 24), draw.randint(1, 9)))
        lives.append([(begin + dt.timedelta(hours=hours), draw.choice(words)) for hours in moments])
    texts = [";".join(f"{moment:%Y-%m-%dT%H:%M:%SZ}={word}" for moment, word in life) for life in lives]
    rows = pd.DataFrame(
        {
            "id": pd.Series(map(str, range(500)), dtype="str"),
            "opened_at": pd.Series([begin] * 500).dt.as_unit("us"),
            "states": pd.Series(texts, dtype="str"),
        }
    )
    for label in ("2026-08", "2026-09", "2026-10"):
        period = month(label)
        found = known_at_end(Scope(rows, period, None)).astype(object)
        for (_, row), life in zip(found.iterrows(), lives, strict=True):
            state, resolved, closed, reopened, count, resolutions = walk(life, period.end)
            read = [None if pd.isna(row[name]) else row[name] for name in ("resolved_at", "closed_at", "reopened_at")]
            assert read == [resolved, closed, reopened], (label, life)
            assert (row["reopen_count"], row["is_cancelled"]) == (count, state == "cancelled")
            ended = [pair for pair in resolutions if period.start <= pair[0] + FORTNIGHT < period.end]
            soon = [pair for pair in ended if pair[1] and pair[1] - pair[0] <= FORTNIGHT]
            assert (row["resolutions_decided"], row["resolutions_reopened"]) == (len(ended), len(soon))


def test_a_log_that_tells_of_no_row_makes_no_column_that_the_source_has_not():
    rows = frame("incident", [{"id": "1", "opened_at": OPENED, "states": None}])
    found = known_at_end(Scope(rows, SEPTEMBER, None))
    assert set(found) - set(rows) == {"resolutions_decided", "resolutions_reopened", "is_without_history"}
