"""What the register knows: the reading half of `itss.register.Register`, each question a transaction of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from itss.ref import Ref
from itss.register import (
    baselines,
    database,
    decisions,
    deliveries,
    hand_ins,
    life,
    notices,
    questions,
    reading,
    reviews,
)
from itss.register.records import (
    Asked,
    Decision,
    Delivery,
    Event,
    FoundAt,
    HandIn,
    Improvement,
    Notice,
    Review,
    Revision,
    Submission,
)

if TYPE_CHECKING:
    import pandas as pd

    from itss.checks.findings import Finding
    from itss.checks.verdicts import Past
    from itss.measures.baseline import Baseline
    from itss.periods import Period


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class RegisterReader:
    """Asks the register at a SQLAlchemy URL; holds no connection between calls, so it survives a fork."""

    def __init__(self, url: str, clock: life.Clock = _utc_now) -> None:
        self._engine = database.open_engine(url)
        self._clock = clock

    def revision(self, ref: Ref) -> Revision:
        """One revision."""
        with self._reading() as session:
            return reading.record_of(life.find(session, ref))

    def revisions(self, report: str, period: str) -> list[Revision]:
        """All revisions of one report and period, by number."""
        with self._reading() as session:
            return reading.revisions(session, report, period)

    def sealed(self, report: str | None = None, period: str | None = None) -> list[Revision]:
        """Every sealed revision, by report, period and number."""
        with self._reading() as session:
            return reading.sealed(session, report, period)

    def unsealed(self, before: dt.datetime) -> list[Revision]:
        """Every revision that was delivered before that instant and has not been sealed since."""
        with self._reading() as session:
            return reading.unsealed(session, before)

    def removed(self) -> dict[Ref, Event]:
        """The sealed versions whose files were removed after their time, with who did it and why."""
        with self._reading() as session:
            return reading.removed(session)

    def last_sealed(self, report: str, period: str, before: int | None = None) -> Revision | None:
        """The newest sealed revision of the period, if any; with ``before``, the newest below that number."""
        sealed = [
            item
            for item in self.revisions(report, period)
            if item.state == "sealed" and (before is None or item.number < before)
        ]
        return sealed[-1] if sealed else None

    def corrects(self, ref: Ref) -> bool:
        """Whether an earlier revision of the period has reached anybody, so that this one is a correction to him."""
        report, period, number = ref
        earlier = [item.ref for item in self.revisions(report, period) if item.number < number]
        with self._reading() as session:
            return any(life.is_out(session, life.find(session, item)) for item in earlier)

    def entry(self, ref: Ref) -> dict[str, Any]:
        """The list's entry as it stood when the revision was opened."""
        with self._reading() as session:
            return dict(life.find(session, ref).entry)

    def submissions(self, ref: Ref) -> list[Submission]:
        """What was handed in."""
        with self._reading() as session:
            return reading.submissions(session, ref)

    def reworked(self, ref: Ref) -> Mapping[str, Any]:
        """What the author said last to a returned revision: ``comments`` by section and ``keep_data``; or nothing."""
        told = [event.details for event in self.events(ref) if event.what == "reworked"]
        return told[-1] if told else {}

    def findings(self, ref: Ref) -> list[Finding]:
        """What the expectations found."""
        with self._reading() as session:
            return reading.findings(session, ref)

    def findings_by_revision(self, report: str, process: str = "") -> list[FoundAt]:
        """What was found in every revision of a report (or of one process in it), oldest first."""
        with self._reading() as session:
            return reading.findings_by_revision(session, report, process)

    def past(self, report: str, period: Period) -> Past:
        """What the checks of ``period`` compare with: earlier row counts, the published backlog, earlier findings."""
        with self._reading() as session:
            return reading.past(session, report, period)

    def figures(self, ref: Ref) -> pd.DataFrame:
        """The figures: `FIGURE_COLUMNS` and low, high, excluded, version."""
        with self._reading() as session:
            return reading.figures(session, ref)

    def restatements(self, ref: Ref) -> pd.DataFrame:
        """Figures that were published otherwise."""
        with self._reading() as session:
            return reading.restatements(session, ref)

    def baselines(self, report: str) -> list[Baseline]:
        """The frozen limits of a report's control charts, all versions, by measure and number."""
        with self._reading() as session:
            return baselines.baselines(session, report)

    def decisions(self, ref: Ref) -> list[Decision]:
        """The answers that count: the newest of each level to the present content."""
        with self._reading() as session:
            return decisions.counting(session, life.find(session, ref))

    def all_decisions(self, ref: Ref) -> list[Decision]:
        """Every answer ever given to any content of the revision."""
        with self._reading() as session:
            return decisions.every(session, life.find(session, ref))

    def deliveries(self, ref: Ref) -> list[Delivery]:
        """The receipts."""
        with self._reading() as session:
            return deliveries.deliveries(session, life.find(session, ref))

    def review(self, ref: Ref) -> Review | None:
        """The minutes of the review meeting, if it was held."""
        with self._reading() as session:
            return reviews.review(session, life.find(session, ref))

    def refused_review(self, ref: Ref) -> tuple[dict[str, str], list[str]]:
        """What was last written into the form of the review and refused, and what was wrong with it."""
        with self._reading() as session:
            return reviews.refused(session, life.find(session, ref))

    def raised(self, ref: Ref) -> list[Improvement]:
        """The items that the review of this revision raised."""
        with self._reading() as session:
            return reviews.raised(session, life.find(session, ref))

    def improvements(self, report: str | None = None, *, is_open: bool = False) -> list[Improvement]:
        """The items of every report, or of one, in the order in which they were raised."""
        with self._reading() as session:
            return reviews.improvements(session, report, is_open=is_open)

    def improvement_rows(self) -> pd.DataFrame:
        """Every item as a row of the process *improvement*, by `IMPROVEMENT_COLUMNS`."""
        with self._reading() as session:
            return reviews.rows(session)

    def events(self, ref: Ref) -> list[Event]:
        """The log."""
        with self._reading() as session:
            return reading.events(session, ref)

    def delivered_reports(self) -> pd.DataFrame:
        """One row per report and period on record, with its first delivery (null while there is none)."""
        with self._reading() as session:
            return reading.delivered_reports(session)

    def source_rows(self, process: str) -> pd.DataFrame:
        """The rows of a process whose source is the register itself: *reporting* or *improvement*."""
        return self.improvement_rows() if process == "improvement" else self.delivered_reports()

    def published_history(self, report: str) -> pd.DataFrame:
        """The figures that went out for each period of a report, from the newest published revision."""
        with self._reading() as session:
            return reading.published_history(session, report)

    def asked(self) -> list[Asked]:
        """Every question that is open, oldest first: levels, the author's comment, rework, the review meeting."""
        with self._reading() as session:
            return questions.asked(session)

    def newest_hand_in(self, place: hand_ins.Place) -> HandIn | None:
        """The newest accepted version, if any."""
        with self._reading() as session:
            return hand_ins.newest(session, place)

    def hand_ins(self, report: str | None = None, period: str | None = None) -> list[HandIn]:
        """Everything that was handed in, refused or not, in the order in which it came."""
        with self._reading() as session:
            return hand_ins.hand_ins(session, report, period)

    def notices(self, report: str | None = None, period: str | None = None) -> list[Notice]:
        """Everybody who was, or is to be, told."""
        with self._reading() as session:
            return notices.notices(session, report, period)

    def _reading(self) -> AbstractContextManager[Session]:
        return database.reading(self._engine)
