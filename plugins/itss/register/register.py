"""The register: the one reader and writer of the record. Its methods are the functions of this package, bound.

Every method is one transaction and may be called again with the same arguments. Nothing is deleted but a draft's own
evidence when it is collected again; every change is a line of the ledger, written in its transaction. Refusals are
`RegisterError`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from itss.monitoring.emitting import emit
from itss.monitoring.of_lines import samples_of_line
from itss.ref import Ref
from itss.register import (
    answers,
    at_once,
    audited,
    binding,
    counts,
    database,
    drafting,
    going_on,
    ledger,
    life,
    opening,
    projection,
    published,
    queries,
    questions,
    removals,
    renaming,
    restored,
    reviews,
    sealing,
    signing,
    transfer,
    verification,
    versions,
)

# those that have a method of their own name are called otherwise here
from itss.register import baselines as _baselines
from itss.register import decisions as _decisions
from itss.register import deliveries as _deliveries
from itss.register import hand_ins as _hand_ins
from itss.register import notices as _notices
from itss.register import progress as _progress
from itss.register import proposals as _proposals
from itss.register.desk import REGISTER, Clock, Desk


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Register:
    """The register at a SQLAlchemy URL. Cheap to make; holds no connection between calls, so it survives a fork.

    ``key`` is where its signing key is (default: the settings'); it is read when the first line is signed or verified.
    """

    def __init__(self, url: str, clock: Clock = _utc_now, key: str | None = None) -> None:
        self._engine = database.open_engine(url)
        self._clock = clock
        self._location = key
        self._loaded: signing.Key | None = None

    def upgrade(self) -> None:
        """Make or migrate the tables; safe when several processes do it at once."""
        database.upgrade(self._engine, self.key, self._clock)

    def version(self) -> str | None:
        """The version of the tables; ``None`` where there are none."""
        return database.version(self._engine)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads."""
        with database.reading(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Desk]:
        """A transaction that ends with its lines in the ledger, or changes nothing; then they are counted."""
        with database.writing(self._engine, lambda session: Desk(session, self._clock, self.key), ledger.close) as desk:
            yield desk
        emit(one for entry in desk.entries for one in samples_of_line(entry.kind, entry.details))

    def key(self) -> signing.Key:
        """The key that signs."""
        if self._loaded is None:
            self._loaded = signing.load(self._location)
        return self._loaded

    def prove(self, ref: Ref) -> None:
        """`LedgerError` unless the lines of a revision are as they were signed, and the tables are what they say."""
        with self.reading() as session:
            row = queries.find(session, ref)
            path = queries.ref_of(row).path
            verification.verify_lines(session, path, self.key().public)
            projection.refuse_other_rows(session, path, row.id)

    # the way of a revision

    open_revision = binding.change(opening.open_revision)
    record_submissions = binding.change_of(drafting.record_submissions)
    record_findings = binding.change_of(drafting.record_findings)
    record_figures = binding.change_of(drafting.record_figures)
    record_restatements = binding.change_of(drafting.record_restatements)
    record_draft = binding.change_of(drafting.record_draft)
    submit = binding.change_of(life.submit)
    ask = binding.change_of(questions.ask)
    commented = binding.change_of(questions.commented)
    receive_answer = binding.change_of(questions.receive)
    refuse_form = binding.change_of(questions.refuse_form)
    cancel_answer = binding.change_of(answers.cancel)
    record_decision = binding.change_of(_decisions.record_decision)
    void = binding.change_of(life.void)
    release = binding.change_of(_decisions.release)
    return_revision = binding.change_of(_decisions.return_revision)
    rework = binding.change_of(_decisions.rework)
    plan_deliveries = binding.change_of(_deliveries.plan)
    record_delivery = binding.change_of(_deliveries.record_delivery)
    resend = binding.change_of(_deliveries.resend)
    delivered = binding.change_of(_deliveries.delivered)
    seal = binding.change_of(sealing.seal)
    record_awaited = binding.change_of(versions.record_awaited)
    fail = binding.change_of(life.fail)
    supersede = binding.change_of(life.supersede)
    remove = binding.change_of(removals.remove)

    # what is asked about one revision

    revision = binding.question_of(queries.revision)
    entry = binding.question_of(queries.entry)
    events = binding.question_of(queries.events)
    submissions = binding.question_of(queries.submissions)
    findings = binding.question_of(queries.findings)
    figures = binding.question_of(published.figures)
    restatements = binding.question_of(published.restatements)
    decisions = binding.question_of(_decisions.counting)
    all_decisions = binding.question_of(_decisions.every)
    rejected = binding.question_of(_decisions.rejected)
    settled = binding.question_of(_decisions.settled)
    answered = binding.question_of(answers.answered)
    refuse_not_open = binding.question_of(questions.refuse_not_open)
    is_commented = binding.question_of(questions.is_commented)
    is_reworked = binding.question_of(_decisions.is_reworked)
    reworked = binding.question_of(queries.reworked)
    released_files = binding.question_of(queries.released_files)
    deliveries = binding.question_of(_deliveries.deliveries)
    addresses = binding.question_of(queries.addresses)
    review = binding.question_of(reviews.review)
    refused_review = binding.question_of(reviews.refused)
    raised = binding.question_of(reviews.raised)
    corrects = binding.question(queries.corrects)
    kept = binding.question_of(going_on.kept)
    held_since = binding.question_of(going_on.held_since)
    failed_by = binding.question_of(going_on.failed_by)
    is_measured = binding.question_of(going_on.is_measured)
    is_out = binding.question_of(life.is_out)

    # what is asked about many revisions at once

    entries = binding.question(at_once.entries)
    target_counts = binding.question(at_once.target_counts)
    decided_by = binding.question(at_once.decided_by)

    # what is asked about a report, or about all

    revisions = binding.question(queries.revisions)
    latest = binding.question(queries.latest)
    of_run = binding.question(queries.of_run)
    living = binding.question(queries.living)
    drafts = binding.question(queries.drafts)
    renamings = binding.question(queries.renamings)
    newest_opening = binding.question(queries.newest_opening)
    keys_on_record = binding.question(queries.keys_on_record)
    sealed = binding.question(queries.sealed)
    last_sealed = binding.question(queries.last_sealed)
    newest_versions = binding.question(versions.newest_versions)
    unsealed = binding.question(queries.unsealed)
    removed = binding.question(queries.removed)
    count = binding.question(queries.count)
    asked = binding.question(questions.open_questions)
    unsettled = binding.question(answers.unsettled)
    findings_by_revision = binding.question(queries.findings_by_revision)
    progress = binding.question(_progress.progress)
    opened_with = binding.question(_progress.opened_with)
    past = binding.question(published.past)
    published_history = binding.question(published.published_history)
    delivered_reports = binding.question(published.delivered_reports)
    source_rows = binding.question(published.source_rows)
    baselines = binding.question(_baselines.baselines)
    improvements = binding.question(reviews.improvements)
    improvement_rows = binding.question(reviews.improvement_rows)

    # baselines, reviews, keys

    fix_baselines = binding.change(_baselines.fix_due)
    set_baseline = binding.change(_baselines.replace)
    record_review = binding.change_of(reviews.record)
    refuse_review = binding.change_of(reviews.refuse)
    record_minutes = binding.change_of(reviews.record_files)
    close_improvement = binding.change(reviews.close)
    move_improvement = binding.change(reviews.move)
    rename = binding.change(renaming.rename)

    # what people propose, and what audits found

    propose = binding.change(_proposals.propose)
    answer_proposal = binding.change(_proposals.answer_proposal)
    proposals = binding.question(_proposals.proposals)
    record_audit = binding.change(audited.record_audit)
    last_audit = binding.question(audited.last_audit)
    counts = binding.question(counts.counts)

    # what people hand in, and what they are notified of

    accept_hand_in = binding.change(_hand_ins.accept)
    refuse_hand_in = binding.change(_hand_ins.refuse)
    newest_hand_in = binding.question(_hand_ins.newest)
    accepted_hand_ins = binding.question(_hand_ins.accepted)
    hand_ins = binding.question(_hand_ins.hand_ins)
    plan_notices = binding.change(_notices.plan)
    mark_notices = binding.change(_notices.mark)
    record_notice = binding.change(_notices.record)
    notices = binding.question(_notices.notices)
    plan_failure = binding.change(_notices.plan_failure)
    failures = binding.question(_notices.failures)

    # what a backup cannot know

    note_restored = binding.change(restored.note_restored)
    confirm = binding.change(restored.confirm)
    restored_at = binding.question(restored.restored_at)
    unconfirmed_since = binding.question(restored.unconfirmed_since)

    # the ledger

    head = binding.question(ledger.head)
    sha256_at = binding.question(ledger.sha256_at)

    def lines(self, ref: str | None = None) -> Iterator[ledger.Line]:
        """The lines of the ledger in their order: all, or those about a revision (the path of its `Ref`) or a place."""
        with self.reading() as session:
            yield from ledger.lines(session, ref)

    def verify(self) -> list[verification.LedgerProblem]:
        """Everything in the ledger that is not as it was signed."""
        with self.reading() as session:
            return verification.verify(session, self.key().public)

    def differences(self) -> tuple[list[projection.Difference], int]:
        """What the tables have otherwise than the ledger, and how many rows are known by their hash alone."""
        with self.reading() as session:
            return projection.differences(session)

    def rebuild(self, who: str) -> tuple[list[projection.Difference], list[projection.Difference]]:
        """Write the tables as the ledger says; what was written, and what cannot be. `LedgerError` if it is broken."""
        with self.writing() as desk:
            verification.refuse_broken(desk.session, self.key().public)
            written, left = projection.rebuild(desk.session)
            if written:
                desk.note(REGISTER, "rebuilt", who, rows=[str(one) for one in written])
            return written, left

    def rotate_key(self, new: Path, who: str) -> str:
        """Bring in the key at ``new``, made if it is not there; returns its public half."""
        signing.make(new)
        key = signing.load(str(new))
        with self.writing() as desk:
            ledger.rotate(desk, self.key(), key, who)
        return key.public

    # all of it

    def save(self, file: Path) -> None:
        """Write a copy, as the register is at one instant, into a new SQLite file; nobody waits meanwhile."""
        with database.told(self._engine):
            transfer.save(self._engine, file)

    def problems(self) -> list[verification.LedgerProblem | projection.Difference]:
        """What is not as it was signed, or otherwise than the lines say."""
        with self.reading() as session:
            return transfer.problems_of(session, self.key().public)

    def is_empty(self) -> bool:
        """Whether nothing is on record that a restored register could take the place of."""
        with self.reading() as session:
            return transfer.is_empty(session.connection())

    def load(self, file: Path, who: str, said: Mapping[str, Any]) -> None:
        """Fill an empty register from such a copy, with a line that says so; ``said`` is on record with it."""
        database.prepare(self._engine)
        with self.writing() as desk:
            transfer.load(desk, file, who, said)
