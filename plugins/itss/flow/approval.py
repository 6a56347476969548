"""The human tasks: the author's comment and rework, sign-off of one level, the minutes of the review meeting.

A sign-off yields both answers as its result, so that a rejection is recorded with its name and comment (Airflow's
own approval operator drops it). What counts is in the register, never in XCom alone: marking a task successful
in the UI releases nothing.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from airflow.providers.standard.exceptions import HITLTimeoutError
from airflow.providers.standard.operators.hitl import HITLEntryOperator, HITLOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowSkipException

from itss.flow.tasks import opened
from itss.report_list.models import Entry, Person
from itss.settings import settings
from itss.steps.job import COLLECT, KEEP
from itss.text import Text, text

COMMENT = text("意见", "Comment")
AUTHORS_COMMENT = text("编制人意见（可留空）", "Author's comment (may stay empty)")
SECTIONS = {
    "a": text("服务级别目标绩效", "performance against targets"),
    "b": text("不符合项和问题", "nonconformities and issues"),
    "c": text("工作量特征", "workload"),
    "d": text("重大事件后的绩效", "performance after major events"),
    "e": text("趋势信息", "trends"),
    "f": text("满意度分析", "satisfaction"),
}
MINUTES = text("会议纪要", "Minutes: gap analysis, items to improve, trend analysis, preventive measures")


class SignOff(HITLOperator):  # type: ignore[misc]
    """Approve or Reject of one level. The first level hands the draft in; a later one skips after a rejection.

    A question that nobody answers in time ends as *expired* and fails the task; it never counts as an approval.
    """

    template_fields: ClassVar[tuple[str, ...]] = ("subject", "body", "earlier")
    ui_color = "#fde9c8"

    def __init__(self, *, level: str, heading: str, earlier: Any = None, **kwargs: Any) -> None:
        super().__init__(options=["Approve", "Reject"], subject=heading, **kwargs)
        self.level = level
        self.heading = heading
        self.earlier = earlier

    def execute(self, context: Any) -> Any:
        """Show the brief and wait."""
        from itss import steps

        if self.earlier and self.earlier["answer"] == "reject":
            raise AirflowSkipException("An earlier level has rejected it.")
        job = opened(context)
        if job["archive_only"]:
            raise AirflowSkipException("A backfill for the archive asks nobody.")
        steps.ask(job, self.level)
        # set here and not in the DAG: ticket titles in the brief must never meet Jinja
        self.subject = f"{self.heading} {job['period']} r{job['revision']:02d}"
        self.body = steps.brief(job, links(job, context))
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
        # set here and not in the DAG: ticket titles in the brief must never meet Jinja
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

    ui_color = "#fde9c8"

    def execute(self, context: Any) -> Any:
        """Show why it was returned, and wait."""
        # set here and not in the DAG: an approver's words must never meet Jinja
        self.body = context["ti"].xcom_pull(task_ids="notify_author")["told"]
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> dict[str, Any]:
        """Keep the answer for the next revision."""
        from itss import steps

        answer = super().execute_complete(context, event)
        return steps.rework(opened(context), dict(answer))


class ReviewMeeting(HITLEntryOperator):  # type: ignore[misc]
    """The form for the minutes (会议纪要); they are archived with the report."""

    def execute_complete(self, context: Any, event: dict[str, Any]) -> dict[str, Any]:
        """Keep the minutes beside the report."""
        from itss.archive.store import write
        from itss.steps.job import folder_of

        answer = super().execute_complete(context, event)
        minutes = {
            "minutes": (answer["params_input"] or {}).get("comment") or "",
            "at": answer["responded_at"].isoformat(),
            "by": answer["responded_by_user"],
        }
        job = opened(context)
        folder = folder_of(settings(), (job["report"], job["period"], job["revision"]))
        write(folder / "minutes.json", json.dumps(minutes, ensure_ascii=False, indent=1).encode())
        return {"at": minutes["at"]}


def comment_box(title: Text) -> dict[str, Param]:
    """A text box that may stay empty: a required one would disable the buttons."""
    return {
        "comment": Param(None, type=["null", "string"], format="multiline", title=f"{title.zh} / {title.en}"),
    }


def rework_form() -> dict[str, Param]:
    """A box for each section that may stay empty, and the choice about the data."""
    boxes = {
        f"section_{key}": Param(
            None, type=["null", "string"], format="multiline", title=f"{key}) {words.zh} / {words.en}"
        )
        for key, words in SECTIONS.items()
    }
    return {"data": Param(COLLECT, type="string", enum=[COLLECT, KEEP], title="数据 / Data"), **boxes}


def users(people: list[Person]) -> list[dict[str, str]]:
    """Who may answer, in Airflow's terms. A person without an Airflow user cannot."""
    return [{"id": person.user, "name": person.user} for person in people if person.user]


def heading(entry: Entry, what: Text) -> str:
    """The subject of a human task, in the entry's language."""
    return f"{what.of(entry.language)} · {entry.title.of(entry.language)}"


def links(job: dict[str, Any], context: Any) -> dict[str, str]:
    """Where the approver finds page, workbook and the run."""
    from itss.steps.job import folder_of

    folder = folder_of(settings(), (job["report"], job["period"], job["revision"]))
    run = f"{settings().ui_url}/dags/{job['report']}/runs/{context['dag_run'].run_id}"
    return {f"{folder / name}": f"file://{folder / name}" for name in ("report.html", "report.xlsx")} | {"Airflow": run}
