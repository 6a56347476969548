"""The human tasks: the author's comment and rework, sign-off of one level, the minutes of the review meeting.

A sign-off yields both answers as its result, so that a rejection is recorded with its name and comment (Airflow's
own approval operator drops it). What counts is in the register, never in XCom alone: marking a task successful
in the UI releases nothing. Every task asks the register before it asks people: an answer is put on record where it
arrives (`itss.portal.answers`), and a task that is tried again finds it there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from airflow.providers.standard.exceptions import HITLTimeoutError
from airflow.providers.standard.operators.hitl import HITLEntryOperator, HITLOperator
from airflow.sdk.exceptions import AirflowSkipException

from itss.flow.forms import CONTENT, shown_content
from itss.flow.tasks import Job, done_of, opened
from itss.flow.time_limit import within_limit
from itss.report_list.models import Entry
from itss.report_list.person import Person
from itss.settings import settings
from itss.text import Text


class _Asking(HITLOperator):  # type: ignore[misc]
    """A human task that asks the register first, and whose answer counts as it is on record.

    Its id is the name of its question: the level's, or one of ``comment``, ``rework``, ``review_meeting``.
    """

    # never subject and body, as in Airflow's own: titles and comments must not meet Jinja
    template_fields: ClassVar[tuple[str, ...]] = ()
    ui_color = "#fde9c8"

    def execute(self, context: Any) -> Any:
        """Ask, unless nobody needs to be asked."""
        with within_limit(self):
            return self.ask(context)

    def resume_execution(self, *given: Any, **named: Any) -> Any:
        """Go on with the answer."""
        with within_limit(self):
            return super().resume_execution(*given, **named)

    def ask(self, context: Any) -> Any:
        """What there is to do before anybody is asked; ends with `park`, or with what was answered already."""
        raise NotImplementedError

    def park(self, context: Any) -> Any:
        """Put the question, and end this process: the task waits without one."""
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Settle the answer that is on record; one that is on no record is judged here.

        What Airflow hands over, be it that the time is over, counts only where nothing is on record.
        """
        from itss import steps

        job = opened(context)
        done = steps.settle(job, self.task_id)
        if done is not None:
            return done
        answer = dict(super().execute_complete(context, event))
        self.log.warning("This answer is not on record as it arrived: the API server runs without the plugin itss.")
        return self.take(job, answer)

    def take(self, job: Job, answer: dict[str, Any]) -> Any:
        """Settle an answer that Airflow hands over."""
        raise NotImplementedError

    def validate_params_input(self, params_input: Any) -> None:
        """Refuse nothing here: it would fail the task, and lose what was written. The step says all that is wrong."""


class SignOff(_Asking):
    """Approve or Reject of one level. The first level hands the draft in; a later one skips after a rejection.

    A question that nobody answers in time ends as *expired* and fails the task; it never counts as an approval.
    Surprise: a task that is cleared or tried again keeps the question it had first. So the hash of what it shows is
    part of the question, and an answer to another content than the present one counts for nothing.
    """

    def __init__(self, *, level: str, heading: str, **kwargs: Any) -> None:
        super().__init__(options=["Approve", "Reject"], subject=heading, **kwargs)
        self.level = level
        self.heading = heading

    def ask(self, context: Any) -> Any:
        """Show the brief and wait; nobody is asked who has answered, nor after a level that has not."""
        from itss import steps

        job = opened(context)
        if job["archive_only"]:
            raise AirflowSkipException("A backfill for the archive asks nobody.")
        if not steps.has_level(job, self.level):
            raise AirflowSkipException("The entry had no such level when the revision was opened.")
        if steps.is_rejected(job):
            raise AirflowSkipException("It has been rejected.")
        steps.refuse_unanswered(job, self.level, done_of(context, steps.levels_before(job, self.level)))
        if steps.is_rejected(job):  # by an answer that was on record and not settled
            raise AirflowSkipException("It has been rejected.")
        done = steps.settle(job, self.task_id)
        if done is not None:
            return done
        statement_sha256 = steps.ask(job, self.level)
        self.subject = f"{self.heading} {job['period']} r{job['revision']:02d}"
        self.body = steps.brief(job, self.level, run_url(job, context))
        self.params[CONTENT] = shown_content(statement_sha256)
        # whoever was to answer when the revision was opened, not those of the list that the DAG was made of
        self.assigned_users = by_name(steps.approvers(job, self.level))
        return self.park(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Record the answer, bound to the content that was shown."""
        from itss import steps

        try:
            return super().execute_complete(context, event)
        except HITLTimeoutError:
            return steps.expire(opened(context), self.level)

    def take(self, job: Job, answer: dict[str, Any]) -> dict[str, str]:
        """As its decision."""
        from itss import steps

        return steps.decide(job, self.level, answer)


class _Form(_Asking, HITLEntryOperator):  # type: ignore[misc]
    """A form with one button."""


class AuthorComment(_Form):
    """The form for the author's comment (编制人意见): it shows the figures; what is written goes into the report."""

    def __init__(self, *, heading: str, **kwargs: Any) -> None:
        super().__init__(subject=heading, **kwargs)
        self.heading = heading

    def ask(self, context: Any) -> Any:
        """Show the figures and wait."""
        from itss import steps

        job = opened(context)
        if job["archive_only"]:
            raise AirflowSkipException("A backfill for the archive asks nobody.")
        if "comment" not in job["asks"]:
            raise AirflowSkipException("The entry asked for no comment when the revision was opened.")
        if steps.is_said_already(job):
            raise AirflowSkipException("The last sealed version says the same.")
        done = steps.settle(job, self.task_id)
        if done is not None:
            return done
        self.assigned_users = by_name([job["author"]])
        self.subject = f"{self.heading} {job['period']} r{job['revision']:02d}"
        self.body = steps.figures_brief(job)
        return self.park(context)

    def take(self, job: Job, answer: dict[str, Any]) -> dict[str, int]:
        """Keep the comment for the report."""
        from itss import steps

        return steps.comment(job, answer)


class Rework(_Form):
    """The author's answer to a rejection: a word to each section, and whether the data are collected again."""

    def ask(self, context: Any) -> Any:
        """Show why it was returned, and wait."""
        from itss import steps

        job = opened(context)
        done = steps.settle(job, self.task_id)
        if done is not None:
            return done
        self.body = context["ti"].xcom_pull(task_ids="notify_author")["told"]
        self.assigned_users = by_name([job["author"]])
        return self.park(context)

    def take(self, job: Job, answer: dict[str, Any]) -> dict[str, Any]:
        """Keep the answer for the next revision."""
        from itss import steps

        return steps.rework(job, answer)


class ReviewMeeting(_Form):
    """The form for the minutes (会议纪要). A form with something wrong in it is refused as it arrives.

    Where nothing refuses it there, the task is tried again and asks again, with the text that Airflow kept of the
    question; what was written is kept, and the portal shows it.
    """

    def __init__(self, *, heading: str, **kwargs: Any) -> None:
        super().__init__(subject=heading, **kwargs)
        self.heading = heading

    def ask(self, context: Any) -> Any:
        """Show what the meeting is about, and wait; nobody is asked once the minutes are on record."""
        from itss import steps

        job = opened(context)
        if job["archive_only"]:
            raise AirflowSkipException("A backfill for the archive asks nobody.")
        if "review" not in job["asks"]:
            raise AirflowSkipException("The entry asked for no review when the revision was opened.")
        done = steps.settle(job, self.task_id)
        if done is not None:
            return done
        self.assigned_users = by_name(steps.reviewers(job))
        self.subject = f"{self.heading} {job['period']} r{job['revision']:02d}"
        self.body, filled = steps.review_form(job)
        for name, value in filled.items():
            self.params.get_param(name).value = value
        return self.park(context)

    def take(self, job: Job, answer: dict[str, Any]) -> dict[str, int]:
        """Put the minutes on record; or keep what was written and ask again."""
        from itss import steps

        return steps.hold_review(job, answer)


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
