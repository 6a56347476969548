"""The human tasks: the author's comment and rework, sign-off of one level, the minutes of the review meeting.

A sign-off yields both answers as its result, so that a rejection is recorded with its name and comment (Airflow's
own approval operator drops it). What counts is in the register, never in XCom alone: marking a task successful
in the UI releases nothing.
"""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.providers.common.compat.sdk import BranchMixIn
from airflow.providers.standard.exceptions import HITLTimeoutError
from airflow.providers.standard.operators.hitl import HITLEntryOperator, HITLOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowSkipException

from itss.errors import ReviewRefusedError
from itss.flow.tasks import opened
from itss.report_list.models import Entry, Person, ReportList
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
NOTHING = text("若无内容请写“无”。", "Write: none, if there is nothing to say.")
REVIEW_BOXES = {
    "guests": (
        text("其他参会人员", "Guests"),
        text("每行一个姓名或角色，可留空。", "A name or role a line; may stay empty."),
    ),
    "gaps": (
        text("差距分析", "Gap analysis"),
        text("实际与目标的差距及其原因。" + NOTHING.zh, "What falls short of its target, and why. " + NOTHING.en),
    ),
    "items": (
        text("待改善点", "Items to improve"),
        text(
            "每行一项：内容 | 责任人 | 完成日期。例如：增加备用线路 | report_author | 2026-12-31。可留空。",
            "One line an item: what | owner | date. Such as: Add a second line | report_author | 2026-12-31. "
            "May stay empty.",
        ),
    ),
    "trends": (
        text("趋势分析", "Trend analysis"),
        text("各期变化说明了什么。" + NOTHING.zh, "What the course of the figures says. " + NOTHING.en),
    ),
    "measures": (
        text("主动预防措施", "Preventive measures"),
        text("为防止问题发生而采取的措施。" + NOTHING.zh, "What is done before something happens. " + NOTHING.en),
    ),
}


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


class ReviewMeeting(HITLEntryOperator, BranchMixIn):  # type: ignore[misc]
    """The form for the minutes (会议纪要). It goes on with ``then``; what is wrong in it is asked for again.

    Airflow keeps the text and the fields of a question when its task is tried again, at least on PostgreSQL. So the
    first form hands over to a second task, ``again``, which begins filled in; without one the task is tried again.
    """

    inherits_from_skipmixin = True
    ui_color = "#fde9c8"

    def __init__(self, *, heading: str, then: str, again: str = "", **kwargs: Any) -> None:
        super().__init__(subject=heading, **kwargs)
        self.heading = heading
        self.then = then
        self.again = again

    def execute(self, context: Any) -> Any:
        """Show what the meeting is about, and wait; nobody is asked once the minutes are on record."""
        from itss import steps

        job = opened(context)
        if job["archive_only"]:
            raise AirflowSkipException("A backfill for the archive asks nobody.")
        if steps.is_reviewed(job):
            return self._go_on(context, self.then)
        # set here and not in the DAG: words of people and titles of tickets must never meet Jinja
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


def minutes_form(people: ReportList) -> dict[str, Param]:
    """The fields of the minutes. None is required here: the step tells at once what is missing and what is wrong."""
    keys = list(people.people)
    day = text("会议日期", "Date of the meeting")
    present = text("参会人员", "Attendees")
    chosen = text("选择报告列表中的人员。", "Choose from the people of the report list.")
    return {
        "held_on": Param(None, type=["null", "string"], format="date", title=f"{day.zh} / {day.en}"),
        "attendees": Param(
            None,
            type=["null", "array"],
            examples=keys,
            values_display={key: f"{one.title.zh} / {one.title.en}" for key, one in people.people.items()},
            title=f"{present.zh} / {present.en}",
            description=f"{chosen.zh} {chosen.en}",
        ),
    } | {
        name: Param(
            None,
            type=["null", "string"],
            format="multiline",
            title=f"{title.zh} / {title.en}",
            description=f"{help_.zh} {help_.en}",
        )
        for name, (title, help_) in REVIEW_BOXES.items()
    }


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
