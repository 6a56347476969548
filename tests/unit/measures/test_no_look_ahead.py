"""No figure of a closed period waits for the future: the data cut at its end gives the same figures as all of it.

Of a ticket with states and priorities the columns that say the same of *now* may hold anything, and do.
"""

import numpy as np
import pandas as pd
import pytest
from hand_made import OFFICE, agreement, month
from itss.measures.compute import measure_all
from itss.processes import PROCESSES

STATES = ("open", "paused", "solved", "closed", "cancelled")
LEVELS = ("Critical", "High", "Moderate", "Low", "P5")
NOW = ("resolved_at", "closed_at", "reopened_at", "reopen_count", "is_cancelled", "pause_h", "pauses", "state")
EVENTS = {"responded_at": (), "cause_known_at": (), "outcome_at": ("outcome", "is_outcome_recorded")}
"""What happens once, with what is told of it."""
VERSION = agreement(hours=OFFICE, times={"Critical": (0.5, 4), "High": (1, 8), "Moderate": (4, 24)})


def lives(opened, words, first, rng):
    """Entries from the opening on, many of them after the period."""
    texts = []
    for begin in opened.dt.floor("s"):
        moments = begin + pd.to_timedelta(np.sort(rng.integers(1, 60 * 24, rng.integers(0, 8))), "h")
        told = [(begin, first or rng.choice(words)), *((moment, rng.choice(words)) for moment in moments)]
        texts.append(";".join(f"{moment:%Y-%m-%dT%H:%M:%SZ}={word}" for moment, word in told))
    return pd.Series(texts, dtype="str")


def cut(rows, end):
    """What the source would have said at ``end``; what it says of now is gone."""
    known = rows[rows["opened_at"] < end].reset_index(drop=True)
    stamp = f"{end:%Y-%m-%dT%H:%M:%SZ}"
    for column in ("states", "priorities"):
        kept = known[column].map(lambda text: ";".join(entry for entry in text.split(";") if entry[:20] < stamp))
        known[column] = kept.where(kept != "", None).astype("str")
    for event, told in EVENTS.items():
        if event in known:
            late = known[event] >= end
            known = known.assign(**{name: known[name].mask(late) for name in (event, *told)})
    gone = [name for name in (*NOW, "priority") if name in known]
    return known.assign(**{name: pd.Series(None, known.index, known[name].dtype) for name in gone})


@pytest.mark.parametrize("label", ["2026-09", "2026-08"])
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("process", ["incident", "request", "problem", "change"])
def test_figures_of_the_cut_data_are_those_of_all_data(random_frames, process, seed, label):
    rng, period = np.random.default_rng(seed), month(label)
    frames = {
        name: random_frames[name].assign(
            states=lives(random_frames[name]["opened_at"], STATES, "open", rng),
            priorities=lives(random_frames[name]["opened_at"], LEVELS, "", rng),
        )
        for name in {process, "incident"}
    }
    frames["incident"] = linked(frames)
    end, asked = pd.Timestamp(period.end), {process: PROCESSES[process]}
    both = [
        measure_all(data, asked, period, VERSION, ("service", "priority"), 3)
        for data in ({name: cut(frame, end) for name, frame in frames.items()}, frames)
    ]
    for table in ("figures", "before", "history", "nonconformities"):
        tables = [getattr(one, table) for one in both]
        if table in ("figures", "before"):
            tables = [one[~is_of_nobody(one)].reset_index(drop=True) for one in tables]
        pd.testing.assert_frame_equal(*tables)
    figures = both[0].figures
    assert set(figures["status"]) & {"met", "missed", ""}
    assert figures.loc[figures["status"] == "not_available", "measure"].tolist() == []
    assert (figures["n"] > 0).mean() > 0.7


def linked(frames):
    """The incidents, each naming only what was there when it was opened: a link is known as it is now."""
    incidents = frames["incident"]
    for column, process in (("problem", "problem"), ("caused_by_change", "change")):
        if process in frames:
            opened = incidents[column].map(frames[process].set_index("id")["opened_at"])
            incidents = incidents.assign(**{column: incidents[column].where(opened <= incidents["opened_at"])})
    return incidents


def is_of_nobody(figures):
    """Members that only later tickets have are no members at the end of the period."""
    return (figures["dimension"] != "") & figures["value"].isin([0.0, np.nan]) & (figures["n"] == 0)
