"""The human tasks: the author's comment and rework, sign-off of one level, the minutes of the review meeting.

A sign-off yields both answers as its result, so that a rejection is recorded with its name and comment (Airflow's
own approval operator drops it). What counts is in the register, never in XCom alone: marking a task successful
in the UI releases nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from airflow.providers.common.compat.sdk import BranchMixIn
from airflow.providers.standard.exceptions import HITLTimeoutError
from airflow.providers.standard.operators.hitl import HITLEntryOperator, HITLOperator
from airflow.sdk.exceptions import AirflowSkipException

from itss.errors import ReviewRefusedError
from itss.flow.forms import CONTENT, shown_content
from itss.flow.tasks import opened
from itss.report_list.models import Entry, Person
from itss.settings import settings
from itss.text import Text


class SignOff(HITLOperator):  # type: ignore[misc]
    """Approve or Reject of one level. The first level hands the draft in; a later one skips after a rejection.

    A question that nobody answers in time ends as *expired* and fails the task; it never counts as an approval.
    Surprise: a task that is cleared or tried again keeps the question it had first. So the hash of what it shows is
    part of the question, and an answer to another content than the present one counts for nothing.
    """

    # never subject and body, as in Airflow's own: titles and comments must not meet Jinja
    template_fields: ClassVar[tuple[str, ...]] = ()
    ui_color = "#fde9c8"

    def __init__(self, *, level: str, heading: str, **kwargs: Any) -> None:
        super().__init__(options=["Approve", "Reject"], subject=heading, **kwargs)
        self.level = level
        self.heading = heading

    def execute(self, context: Any) -> Any:
        """Show the brief and wait."""
        from itss import steps

        job = opened(context)
        if job["archive_only"]:
            raise AirflowSkipException("A backfill for the archive asks nobody.")
        if not steps.has_level(job, self.level):
            raise AirflowSkipException("The entry had no such level when the revision was opened.")
        if steps.is_rejected(job):
            raise AirflowSkipException("It has been rejected.")
        statement_sha256 = steps.ask(job, self.level)
        self.subject = f"{self.heading} {job['period']} r{job['revision']:02d}"
        self.body = steps.brief(job, self.level, run_url(job, context))
        self.params[CONTENT] = shown_content(statement_sha256)
        # whoever was to answer when the revision was opened, not those of the list that the DAG was made of
        self.assigned_users = by_name(steps.approvers(job, self.level))
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> dict[str, str]:
        """Record the answer, bound to the content that was shown."""
        from itss import steps

        try:
            answer = super().execute_complete(context, event)
        except HITLTimeoutError:
            steps.expire(opened(context), self.level)
            raise
        return steps.decide(opened(context), self.level, dict(answer))


class AuthorComment(HITLEntryOperator):  # type: ignore[misc]
    """The form for the author's comment (编制人意见): it shows the figures; what is written goes into the report."""

    template_fields: ClassVar[tuple[str, ...]] = ()
    ui_color = "#fde9c8"

    def __init__(self, *, heading: str, **kwargs: Any) -> None:
        super().__init__(subject=heading, **kwargs)
        self.heading = heading

    def execute(self, context: Any) -> Any:
        """Show the figures and wait."""
        from itss import steps

        job = opened(context)
        if job["archive_only"]:
            raise AirflowSkipException("A backfill for the archive asks nobody.")
        if "comment" not in job["asks"]:
            raise AirflowSkipException("The entry asked for no comment when the revision was opened.")
        if steps.is_said_already(job):
            raise AirflowSkipException("The last sealed version says the same.")
        self.assigned_users = by_name([job["author"]])
        self.subject = f"{self.heading} {job['period']} r{job['revision']:02d}"
        self.body = steps.figures_brief(job)
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> dict[str, Any]:
        """Keep the comment for the report."""
        from itss import steps

        answer = super().execute_complete(context, event)
        return steps.comment(opened(context), dict(answer))


class Rework(HITLEntryOperator):  # type: ignore[misc]
    """The author's answer to a rejection: a word to each section, and whether the data are collected again."""

    template_fields: ClassVar[tuple[str, ...]] = ()
    ui_color = "#fde9c8"

    def execute(self, context: Any) -> Any:
        """Show why it was returned, and wait."""
        self.body = context["ti"].xcom_pull(task_ids="notify_author")["told"]
        self.assigned_users = by_name([opened(context)["author"]])
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> dict[str, Any]:
        """Keep the answer for the next revision."""
        from itss import steps

        answer = super().execute_complete(context, event)
        return steps.rework(opened(context), dict(answer))


class ReviewMeeting(HITLEntryOperator, BranchMixIn):  # type: ignore[misc]
    """The form for the minutes (会议纪要). It goes on with ``then``; what is wrong in it is asked for again.

    Airflow keeps the text and the fields of a question when its task is tried again. So a refused form hands over to
    another task, ``again``, whose question is new; only the last one, which has none, is tried again itself.
    """

    inherits_from_skipmixin = True
    template_fields: ClassVar[tuple[str, ...]] = ()
    ui_color = "#fde9c8"

    def __init__(self, *, heading: str, then: str, again: str = "", is_mend: bool = False, **kwargs: Any) -> None:
        super().__init__(subject=heading, **kwargs)
        self.heading = heading
        self.then = then
        self.again = again
        self.is_mend = is_mend

    def execute(self, context: Any) -> Any:
        """Show what the meeting is about, and wait; nobody is asked once the minutes are on record."""
        from itss import steps

        job = opened(context)
        if job["archive_only"]:
            raise AirflowSkipException("A backfill for the archive asks nobody.")
        if "review" not in job["asks"]:
            raise AirflowSkipException("The entry asked for no review when the revision was opened.")
        if steps.is_reviewed(job):
            return self._go_on(context, self.then)
        self.assigned_users = by_name(steps.reviewers(job))
        if self.is_mend and not steps.is_refused(job):
            raise AirflowSkipException("The form before was marked as done; nothing of it was refused.")
        self.subject = f"{self.heading} {job['period']} r{job['revision']:02d}"
        self.body, filled = steps.review_form(job)
        for name, value in filled.items():
            self.params.get_param(name).value = value
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Put the minutes on record; or keep what was written and ask again."""
        from itss import steps

        answer = super().execute_complete(context, event)
        try:
            steps.hold_review(opened(context), dict(answer))
        except ReviewRefusedError as refused:
            if not self.again:
                raise
            self.log.warning("%s", refused)
            return self._go_on(context, self.again)
        return self._go_on(context, self.then)

    def validate_params_input(self, params_input: Any) -> None:
        """Refuse nothing here: it would fail the task, and lose what was written. The step tells all that is wrong."""

    def _go_on(self, context: Any, task: str) -> Any:
        return self.do_branch(context, task) if self.again else None


def users(people: list[Person]) -> list[dict[str, str]]:
    """Who may answer, in Airflow's terms, each once. A person without an Airflow user cannot."""
    return by_name([person.user for person in people]) or []


def by_name(known: Sequence[str | None]) -> list[dict[str, str]] | None:
    """The same of users by their names; nobody named is everybody whom Airflow lets answer."""
    return [{"id": user, "name": user} for user in dict.fromkeys(known) if user] or None


def heading(entry: Entry, what: Text) -> str:
    """The subject of a human task, in the entry's language."""
    return f"{what.of(entry.language)} · {entry.title.of(entry.language)}"


def run_url(job: dict[str, Any], context: Any) -> str:
    """Where the run is in the UI; its id comes from whoever triggered it."""
    return f"{settings().ui_url}/dags/{job['report']}/runs/{quote(context['dag_run'].run_id, safe='')}"
