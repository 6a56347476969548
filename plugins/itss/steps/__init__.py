"""The procedure's eight steps as plain functions, so that Airflow, the preview and a test walk the same way.

``collecting``, ``checking``, ``measuring`` and ``rendering`` make a report in a folder and know no register;
``workflow`` wraps them with the register, ``sealing`` with the archive; ``stating`` makes what people sign;
``approving``, ``releasing``, ``distribute`` and ``reviewing`` are what people decide and get. Between steps travels a
small JSON ``job``; everything else is in the job's folder.
"""

from itss.steps.answering import settle
from itss.steps.approving import (
    approvers,
    ask,
    brief,
    decide,
    expire,
    has_level,
    is_rejected,
    levels_before,
    refuse_unanswered,
    return_to_author,
)
from itss.steps.authoring import comment, figures_brief, rework
from itss.steps.awaiting import missing_versions
from itss.steps.by_load import why_not_needed
from itss.steps.distribute import deliver, resend
from itss.steps.failing import fail
from itss.steps.list_work import compile_register, notify_of_data
from itss.steps.releasing import release
from itss.steps.repeating import is_said_already
from itss.steps.reviewing import hold_review, is_reviewed, review_form, reviewers, send_minutes
from itss.steps.sealing import is_sealed, seal, sealed_as
from itss.steps.taking_up import take_up, wait_for
from itss.steps.workflow import check, collect, job_of_run, measure, open_report, render

__all__ = [
    "approvers",
    "ask",
    "brief",
    "check",
    "collect",
    "comment",
    "compile_register",
    "decide",
    "deliver",
    "expire",
    "fail",
    "figures_brief",
    "has_level",
    "hold_review",
    "is_rejected",
    "is_reviewed",
    "is_said_already",
    "is_sealed",
    "job_of_run",
    "levels_before",
    "measure",
    "missing_versions",
    "notify_of_data",
    "open_report",
    "refuse_unanswered",
    "release",
    "render",
    "resend",
    "return_to_author",
    "review_form",
    "reviewers",
    "rework",
    "seal",
    "sealed_as",
    "send_minutes",
    "settle",
    "take_up",
    "wait_for",
    "why_not_needed",
]
