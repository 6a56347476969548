"""The life of tickets read from their states: resolutions, reopenings, pauses, closings, cancellations.

A *resolution* begins with ``solved``, or with ``closed`` where nothing solved it before; solved and then closed is one.
Leaving it for ``open`` or ``paused`` is a *reopening*, and the time between the two is no pause. Surprise: closing what
was cancelled does not make it a resolution; it stays cancelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from itss.measures.rows import Instants, Mask

if TYPE_CHECKING:
    from itss.measures.history import History, Places

STATES = ("open", "paused", "solved", "closed", "cancelled")
"""The words of the column ``states``."""
OPEN, PAUSED, SOLVED, CLOSED, CANCELLED = range(len(STATES))
_NONE = -1
_NAT = np.datetime64("NaT", "us")


@dataclass(frozen=True, eq=False)
class AtMoment:
    """What was known of each row at a moment; rows without an entry before it have ``state`` -1 and no instants."""

    state: npt.NDArray[np.int64]
    resolved_at: Instants
    closed_at: Instants
    """Closed or cancelled since; a cancellation closes, too."""
    reopened_at: Instants
    """The first reopening."""
    reopen_count: npt.NDArray[np.int64]


class Lifecycle:
    """Changes of state only, in order of row and time, and what they mean."""

    def __init__(self, history: History) -> None:
        number = {word: place for place, word in enumerate(STATES)}
        codes = np.array([number[word] for word in history.words], np.int64)[history.code]
        entries, codes = _changes(history, codes)
        was_cancelled = np.append(False, codes[:-1] == CANCELLED)[: len(codes)] & _follows(entries)
        entries, self.state = _changes(entries, np.where(was_cancelled & (codes == CLOSED), CANCELLED, codes))
        self.entries = entries
        follows = _follows(entries)
        before = np.where(follows, np.append(_NONE, self.state[:-1])[: len(follows)], _NONE)
        is_done, was_done = _is_done(self.state), _is_done(before)
        self.begins: Mask = is_done & ~was_done
        self.leaves: Mask = was_done & ~is_done
        self.reopens: Mask = self.leaves & (self.state != CANCELLED)

    @cached_property
    def resolutions(self) -> tuple[Places, Instants, Instants]:
        """Row, begin and reopening (NaT: it holds, or was cancelled) of every resolution."""
        begin, leave = np.flatnonzero(self.begins), np.flatnonzero(self.leaves)
        row, at = self.entries.row, self.entries.at
        place = np.searchsorted(leave, begin)
        left = np.append(leave, len(row))[place]
        ends = np.append(row, -1)[left] == row[begin]
        is_reopening = ends & np.append(self.reopens, False)[left]
        return row[begin], at[begin], np.where(is_reopening, np.append(at, _NAT)[left], _NAT)

    @cached_property
    def pauses(self) -> tuple[Places, Instants, Instants]:
        """Row, begin and end (NaT: it lasts) of every spell in ``paused``, in order."""
        begin = np.flatnonzero(self.state == PAUSED)
        follows = np.append(_follows(self.entries), False)[begin + 1]
        return (
            self.entries.row[begin],
            self.entries.at[begin],
            np.where(follows, np.append(self.entries.at, _NAT)[begin + 1], _NAT),
        )

    def at(self, moment: np.datetime64) -> AtMoment:
        """What was known at ``moment``: an entry of that very instant is later."""
        last = self.entries.last_before(moment)
        state = np.append(self.state, _NONE)[last]
        since = np.append(self.entries.at, _NAT)[last]
        begun = np.append(self._resolved_at, _NAT)[last]
        count = np.append(self._reopenings, 0)
        reopened = np.where(last < 0, 0, count[last] - np.append(0, count)[self.entries.starts])
        return AtMoment(
            state,
            begun,
            np.where((state == CLOSED) | (state == CANCELLED), since, _NAT),
            np.where(self._first_reopened_at < moment, self._first_reopened_at, _NAT),
            reopened,
        )

    @cached_property
    def _resolved_at(self) -> Instants:
        """By entry the begin of the resolution that it belongs to."""
        places = np.maximum.accumulate(np.where(self.begins, np.arange(len(self.begins)), 0))
        return np.where(_is_done(self.state), self.entries.at[places], _NAT)

    @cached_property
    def _reopenings(self) -> Places:
        return np.cumsum(self.reopens)

    @cached_property
    def _first_reopened_at(self) -> Instants:
        found = np.flatnonzero(self.reopens)[::-1]  # of one row the first is written last
        first = np.full(self.entries.size, _NAT)
        first[self.entries.row[found]] = self.entries.at[found]
        return first


def _is_done(state: npt.NDArray[np.int64]) -> Mask:
    done: Mask = (state == SOLVED) | (state == CLOSED)
    return done


def _follows(history: History) -> Mask:
    """Which entries follow another one of their row."""
    return np.append(False, history.row[1:] == history.row[:-1])[: len(history.row)]


def _changes(history: History, codes: npt.NDArray[np.int64]) -> tuple[History, npt.NDArray[np.int64]]:
    """The entries whose code differs from that of the entry before."""
    same = np.append(False, codes[1:] == codes[:-1])[: len(codes)] & _follows(history)
    return (history.only(~same), codes[~same]) if same.any() else (history, codes)
