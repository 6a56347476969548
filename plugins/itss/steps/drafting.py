"""From a measured draft to its statement: the mails as they are signed, and that all of it is what is on record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from itss.archive.statement import Statement
from itss.delivery.mail import RELEASED
from itss.errors import ContentChangedError
from itss.register import Register
from itss.steps import stating
from itss.steps.collected import all_submissions
from itss.steps.job import Job

if TYPE_CHECKING:
    import pandas as pd

    from itss.delivery.mail import Mail
    from itss.reports.content import ReportInputs

MAILS = "mails"
_SUBMITTED = ("process", "source", "rows", "sha256", "missing")


def draft_statement(job: Job, given: ReportInputs, *, corrects: bool) -> Statement:
    """Write the mail to each recipient and return the statement; what was made for an earlier one is removed."""
    from itss.delivery.folder import shared_copy
    from itss.delivery.mail import report_mail

    for name in (*job.folder.names(MAILS), *job.folder.names(RELEASED)):
        job.folder.remove(name)
    mails: dict[str, tuple[str, Mail]] = {}
    for key in () if job.archive_only else job.entry.distribution.recipients:
        mail = report_mail(job, job.people.people[key], given=given, is_correction=corrects)
        mails[key] = (f"{MAILS}/{key}.html", mail)
        job.folder.write(mails[key][0], mail.html.encode())
    copy = None if job.archive_only else shared_copy(job, is_correction=corrects)
    return stating.state(job, stating.said(job, given), mails, copy, corrects=corrects)


def refuse_unrecorded(job: Job, register: Register, given: ReportInputs) -> None:
    """`ContentChangedError` unless data, findings and figures of the folder are those that are on record."""
    rows = [tuple(one[name] for name in _SUBMITTED) for one in all_submissions(job)]
    known = [tuple(getattr(one, name) for name in _SUBMITTED) for one in register.submissions(job.ref)]
    found = [replace(one, since="") for one in given.findings]
    figures = register.figures(job.ref)
    for name, is_recorded in (
        ("data/*.json", rows == known),
        ("findings.parquet", found == register.findings(job.ref)),
        ("figures.parquet", _rows(given.measured.figures, figures.columns) == _rows(figures, figures.columns)),
    ):
        if not is_recorded:
            raise ContentChangedError(
                f"{job.folder}/{name} is not what is on record.",
                "Find out who changed it, then clear the run from its first task on.",
            )


def _rows(frame: pd.DataFrame, columns: Any) -> list[tuple[Any, ...]]:
    """Plain values; a missing text is an empty one, as in the register."""
    plain = frame.reindex(columns=columns).astype(object)
    return list(plain.where(plain.notna(), "").itertuples(index=False, name=None))
