"""The register: the one writer of the record; what it knows is asked in ``reader``.

Every method is one transaction and may be called again with the same arguments. Nothing is deleted but a draft's
own evidence when it is collected anew; every change leaves a line in the log. Refusals are `RegisterError`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from itss.errors import RegisterError
from itss.ref import Ref
from itss.register import (
    baselines,
    database,
    decisions,
    deliveries,
    drafting,
    hand_ins,
    life,
    notices,
    opening,
    reading,
    reviews,
)
from itss.register.reader import RegisterReader
from itss.register.records import (
    Answer,
    DeliveryStatus,
    HandIn,
    Improvement,
    ImprovementState,
    Item,
    Notice,
    Review,
    Revision,
    State,
)
from itss.register.schema import RevisionRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from itss.checks.findings import Finding
    from itss.measures.base import Measure
    from itss.measures.baseline import Baseline


class Register(RegisterReader):
    """The register at a SQLAlchemy URL. Cheap to make; holds no connection between calls, so it survives a fork."""

    def upgrade(self) -> None:
        """Make or migrate the tables; safe when several processes do it at once."""
        database.upgrade(self._engine)

    # the way of a revision

    def open_revision(
        self,
        *,
        report: str,
        period: str,
        due_at: dt.datetime,
        run: str,
        entry: Mapping[str, Any],
        agreement_version: str,
        code_version: str,
        now: dt.datetime,
        number: int | None = None,
    ) -> Revision:
        """The revision that ``run`` is to work on.

        Its own again if it has one (a failed one is open again and keeps what it has); the latest one, with its
        number, if that failed or was unchanged in another run; the next number if the latest is sealed, returned or
        superseded. `RevisionBusyError` when another run is at work; `RegisterError` when ``number`` is not the next.
        """
        asked = opening.Opening(report, period, due_at, run, entry, agreement_version, code_version, now, number)
        with database.writing(self._engine) as session:
            return reading.record_of(opening.open_revision(life.Desk(session, self._clock), asked))

    def record_submissions(self, ref: Ref, submissions: Iterable[Mapping[str, Any]]) -> None:
        """Replace what was handed in: mappings of process, source, rows, sha256, collected_at and missing."""
        with self._at(ref) as (desk, row):
            drafting.record_submissions(desk, row, submissions)

    def record_findings(self, ref: Ref, findings: Sequence[Finding]) -> None:
        """Replace the findings."""
        with self._at(ref) as (desk, row):
            drafting.record_findings(desk, row, findings)

    def record_figures(self, ref: Ref, figures: pd.DataFrame) -> None:
        """Replace the figures; the frame has `FIGURE_COLUMNS`, and perhaps low, high, excluded and version."""
        with self._at(ref) as (desk, row):
            drafting.record_figures(desk, row, figures)

    def record_restatements(self, ref: Ref, restatements: pd.DataFrame) -> None:
        """Replace the restatements; the frame has measure, process, period, published and recomputed."""
        with self._at(ref) as (desk, row):
            drafting.record_restatements(desk, row, restatements)

    def fix_baselines(self, report: str, measures: Iterable[Measure]) -> list[Baseline]:
        """Fix the limits of each measure that has enough published figures and no baseline yet; returns those."""
        with database.writing(self._engine) as session:
            return baselines.fix_due(life.Desk(session, self._clock), report, measures)

    def set_baseline(
        self, report: str, process: str, measure: str, *, first: str, last: str, who: str, reason: str
    ) -> Baseline:
        """A new version of a measure's limits, from what was published for ``first`` to ``last``."""
        with database.writing(self._engine) as session:
            desk = life.Desk(session, self._clock)
            return baselines.replace(desk, report, process, measure, first=first, last=last, who=who, reason=reason)

    def record_draft(self, ref: Ref, content_sha256: str, files: Mapping[str, str]) -> bool:
        """Bind the revision to its content. ``True``, and state unchanged, when the last sealed one says the same."""
        with self._at(ref) as (desk, row):
            return drafting.record_draft(desk, row, content_sha256, files)

    def submit(self, ref: Ref) -> None:
        """The draft is what the approvers are shown from now on."""
        with self._at(ref) as (desk, row):
            if life.advance(desk, row, "submitted", after="rendered"):
                row.submitted_at = self._clock()

    def ask(self, ref: Ref, level: str) -> None:
        """Note that a level, or the author for his comment, is asked from now on."""
        with self._at(ref) as (desk, row):
            desk.log(row, "asked", level=level)

    def commented(self, ref: Ref, who: str) -> None:
        """Note that the author has answered the question for his comment."""
        with self._at(ref) as (desk, row):
            desk.log(row, "commented", who=who)

    def record_decision(
        self,
        ref: Ref,
        *,
        level: str,
        title: str,
        answer: Answer,
        who: Mapping[str, Any] | None,
        at: dt.datetime,
        comment: str,
        content_sha256: str | None,
    ) -> None:
        """Put one level's answer on record, with ``who`` (``id``, ``name``) gave it to which content.

        The same answer again changes nothing; another answer to the same content in the same run is refused.
        """
        if content_sha256 is None:
            raise RegisterError(f"{ref} has no content to decide on.", "Render it first.")
        with self._at(ref) as (desk, row):
            decisions.record_decision(
                desk,
                row,
                level=level,
                title=title,
                answer=answer,
                who=who,
                at=at,
                comment=comment,
                content_sha256=content_sha256,
            )

    def release(self, ref: Ref, levels: Sequence[str], marked_done: Collection[str] = ()) -> None:
        """Let it leave: every level has approved this very content, by a person; else `DecisionMissingError`.

        For the levels of ``marked_done`` their task marked as done in Airflow is approval enough.
        """
        with self._at(ref) as (desk, row):
            decisions.release(desk, row, levels, marked_done)

    def return_revision(self, ref: Ref, comment: str) -> None:
        """Back to the author; the next revision of the period has the next number."""
        with self._at(ref) as (desk, row):
            decisions.return_revision(desk, row, comment)

    def rework(self, ref: Ref, comments: Mapping[str, str], *, keep_data: bool, who: str) -> None:
        """Note what the author said to each section of a returned revision, and whether its data are kept."""
        with self._at(ref) as (desk, row):
            if row.reached != "returned":
                raise RegisterError(f"{ref} is {row.reached}, not returned.", "There is nothing to rework.")
            desk.log(row, "reworked", who=who, comments=dict(comments), keep_data=keep_data)

    def plan_deliveries(self, ref: Ref, mails: Iterable[tuple[str, str, str]], at: dt.datetime) -> None:
        """Write down everybody the release goes to: (recipient, address, message id)."""
        with self._at(ref) as (desk, row):
            deliveries.plan(desk, row, mails, at)

    def record_delivery(
        self,
        ref: Ref,
        recipient: str,
        address: str,
        status: DeliveryStatus,
        answer: str,
        message_id: str,
        at: dt.datetime,
    ) -> None:
        """Write a receipt: ``sending`` before a mail leaves, the server's answer after.

        Refuses ``sending`` for a mail that was accepted, or whose end is not known.
        """
        with self._at(ref) as (desk, row):
            deliveries.record_delivery(desk, row, recipient, address, status, answer, message_id, at)

    def resend(self, ref: Ref, addresses: Mapping[str, str], only: str | None, who: str) -> None:
        """Note that ``who`` has what is missing sent again, to corrected ``addresses`` by key of a person."""
        with self._at(ref) as (desk, row):
            desk.log(row, "resent", who=who, addresses=dict(addresses), only=only or "")

    def addresses(self, ref: Ref) -> dict[str, str]:
        """The addresses that were corrected after the revision was opened, by key of the person."""
        told = [event.details["addresses"] for event in self.events(ref) if event.what == "resent"]
        return {key: address for addresses in told for key, address in addresses.items()}

    def delivered(self, ref: Ref, now: dt.datetime | None = None) -> None:  # noqa: ARG002
        """Everybody planned has accepted it; the instant is that of the last receipt, not ``now``."""
        with self._at(ref) as (desk, row):
            deliveries.delivered(desk, row)

    def seal(self, ref: Ref, archive_path: str, manifest_sha256: str, now: dt.datetime) -> None:
        """It lies in the archive under this manifest. Another manifest for a sealed revision is refused."""
        with self._at(ref) as (desk, row):
            if row.reached == "sealed" and (row.archive_path, row.manifest_sha256) != (archive_path, manifest_sha256):
                raise RegisterError(
                    f"{ref} is sealed as {row.manifest_sha256} in {row.archive_path}, "
                    f"not as {manifest_sha256} in {archive_path}.",
                    "Find out who wrote a second version; the recorded one stands.",
                )
            # what a backfill made for the archive went to nobody, and so to no approver
            before: State = "rendered" if row.entry.get("archive_only") else "delivered"
            if life.advance(desk, row, "sealed", after=before):
                row.archive_path, row.manifest_sha256, row.sealed_at = archive_path, manifest_sha256, now

    def fail(self, ref: Ref, reason: str, who: str = "") -> None:
        """Note that its run failed; what it reached is kept. A revision that has come to its end stays as it is."""
        with self._at(ref) as (desk, row):
            desk.log(row, "failed", who=who, reason=reason, reached=row.reached)
            if row.reached not in life.CLOSED:
                row.state, row.note = "failed", reason

    def supersede(self, ref: Ref, reason: str, who: str = "") -> None:
        """Give a failed revision up for good, so that the next run opens the next number."""
        with self._at(ref) as (desk, row):
            if row.state == "superseded":
                return
            if row.state != "failed":
                raise RegisterError(f"{ref} is {row.state}, not failed.", "Only a failed one is given up.")
            row.state = row.reached = "superseded"
            row.note = reason
            desk.log(row, "superseded", who=who, reason=reason)

    def remove(self, ref: Ref, who: str, reason: str, kept_until: dt.date) -> None:
        """Put on record that the files of a sealed version are removed from now on; its second call changes nothing."""
        with self._at(ref) as (desk, row):
            if row.state != "sealed":
                raise RegisterError(f"{ref} is {row.state}, not sealed.", "There is nothing to remove.")
            if ref not in reading.removed(desk.session):
                desk.log(row, "removed", who=who, reason=reason, kept_until=kept_until.isoformat())

    # the review meeting, and what is to be improved

    def record_review(self, ref: Ref, review: Review, items: Sequence[Item], zone: str) -> None:
        """Put the minutes of a delivered revision's review and its items on record; their days are those of ``zone``.

        The same again changes nothing; another review of the revision is refused.
        """
        with self._at(ref) as (desk, row):
            reviews.record(desk, row, review, items, zone)

    def refuse_review(self, ref: Ref, who: str, given: Mapping[str, str], problems: Sequence[str]) -> None:
        """Keep what was written into a form that has wrong lines, for its next try."""
        with self._at(ref) as (desk, row):
            reviews.refuse(desk, row, who, given, problems)

    def record_minutes(self, ref: Ref, files: Mapping[str, str]) -> None:
        """Bind the review to the documents made of it: the sha256 of each by its name."""
        with self._at(ref) as (desk, row):
            reviews.record_files(desk, row, files)

    def close_improvement(self, key: str, state: ImprovementState, result: str, who: str) -> Improvement:
        """Close an open item as done or cancelled, and log who did; the same again changes nothing."""
        with database.writing(self._engine) as session:
            return reviews.close(life.Desk(session, self._clock), key, state, result, who)

    # what people hand in, and what they are told

    def accept_hand_in(self, place: hand_ins.Place, file: hand_ins.Handed) -> tuple[HandIn, bool]:
        """The next version, and ``True``; the newest one, and ``False``, if that has the very same bytes."""
        with database.writing(self._engine) as session:
            return hand_ins.accept(session, place, file)

    def refuse_hand_in(self, place: hand_ins.Place, file: hand_ins.Handed, errors: int) -> HandIn:
        """Put on record that ``file`` was refused for ``errors`` reasons."""
        with database.writing(self._engine) as session:
            return hand_ins.refuse(session, place, file, errors)

    def plan_notices(self, planned: Iterable[Notice]) -> None:
        """Write down whom to tell of what; whoever is on record for it already stays as he is."""
        with database.writing(self._engine) as session:
            notices.plan(session, planned)

    def record_notice(self, message_id: str, status: DeliveryStatus, answer: str, at: dt.datetime) -> None:
        """Write the receipt of one mail onto every notice in it. Refuses to begin a mail whose end is not known."""
        with database.writing(self._engine) as session:
            notices.record(session, message_id, status, answer, at)

    @contextmanager
    def _at(self, ref: Ref) -> Iterator[tuple[life.Desk, RevisionRow]]:
        with database.writing(self._engine) as session:
            desk = life.Desk(session, self._clock)
            yield desk, desk.revision(ref)
