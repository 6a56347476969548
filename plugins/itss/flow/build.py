"""An entry of the report list becomes a DAG: the procedure's eight steps as task groups, in its words.

Parsed again before every task, so nothing here reads a database or a network, and no room that needs pandas is
imported. The loader has refused what cannot become a DAG, such as a level named like a task.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import (
    DAG,
    TaskGroup,
    TriggerRule,
)

from itss.flow import tasks
from itss.flow.approval import AuthorComment, ReviewMeeting, Rework, SignOff, heading, users
from itss.flow.forms import AUTHORS_COMMENT, comment_box, minutes_form, rework_form, sign_off_form
from itss.flow.labels import GROUPS, TASKS, collect_label, wait_label
from itss.flow.output_link import link_outputs
from itss.flow.report_head import empty_dag, schedule_of
from itss.flow.run_form import run_form
from itss.flow.sealed_event import asset_of
from itss.flow.standing_entries import Opened, united
from itss.flow.time_limit import limit_steps
from itss.flow.waiting import WaitForHandIn, WaitForVersions
from itss.report_list.audience import named_by, people_for
from itss.report_list.entry_parts import ApprovalLevel
from itss.report_list.models import Entry, ReportList
from itss.report_list.pools import pool_of
from itss.settings import settings
from itss.text import text

ASK_AGAIN_S = 10.0
TRIES_OF_A_FORM = 20
"""So often may a form of the minutes that nobody refused as it arrived have something wrong before its task fails."""
REWORK = text("修改后确认，生成新版本", "Rework, then confirm: a new revision is made")
REVIEW = text("服务报告回顾会议", "Service report review meeting")


def report_dag(entry: Entry, people: ReportList, revisions: Sequence[Opened] = (), *, is_listed: bool = True) -> DAG:
    """The DAG of ``entry``; ``people`` is the list it stands in.

    It has the tasks that its open ``revisions`` need, too; a run skips what the entry that it was opened with does not
    have. Nothing starts by itself once the entry is retired, or not in the list any more (``is_listed``).
    """
    schedule = schedule_of(entry, dt.datetime.now(dt.UTC)) if is_listed else None
    people = people_for(entry, people)
    with empty_dag(entry, people, settings(), schedule) as dag:
        entry, people = _as_needed(entry, people, revisions)
        opened = _register(entry)
        waiting, collected = _collect(entry, people)
        check, rendered = _generate(entry, people)
        levels = _sign_offs(entry, people)
        release, deliver = _publish(entry)
        review = _review(entry, people)
        notify = _return(entry, people)
        with _group("archive"):
            # behind the gate directly where a backfill made it for the archive
            seal = PythonOperator(
                python_callable=tasks.seal,
                outlets=[asset_of(entry.key)],
                trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
                **_named("seal"),
            )
        opened >> waiting
        collected >> check
        rendered >> levels[0]
        levels[-1] >> release >> [deliver, notify, seal]
        deliver >> review[0]
        review[-1] >> seal
    # only now: each task would take over the form of the run, and Airflow checks its schema once for every task
    dag.params = run_form(entry.period)
    link_outputs(dag)
    limit_steps(dag, entry)
    return dag


def _as_needed(entry: Entry, people: ReportList, revisions: Sequence[Opened]) -> tuple[Entry, ReportList]:
    """The entry that has all tasks, and everybody whom it names; today's people win."""
    known = dict(people.people)
    for one in reversed(revisions):
        # of a report that was no customer's when it was opened the record has everybody of the list
        theirs = one.people.people if entry.customer is None else one.people.named(named_by(one.entry))
        known = {**known, **{key: person for key, person in theirs.items() if key not in known}}
    return united(entry, [one.entry for one in revisions]), people.model_copy(update={"people": known})


def _register(entry: Entry) -> Any:
    with _group("register"):
        rule = entry.period
        given = {"entry": entry.key, "kind": rule.kind, "zone": rule.timezone, "year_starts": rule.year_starts}
        # no job = the load of a source, or the schedule, has opened the period already: everything behind it is skipped
        return ShortCircuitOperator(
            python_callable=tasks.open_report,
            op_kwargs=given | {"has_loads": entry.when is not None},
            **_named("open"),
        )


def _collect(entry: Entry, people: ReportList) -> tuple[list[Any], list[Any]]:
    """The first and the last tasks of the group: what is waited for stands before collecting.

    Handed-in data is waited for while the versions of other reports are; nothing is collected before both are there.
    """
    first: list[Any] = []
    last: list[Any] = []
    with _group("collect"):
        versions = [WaitForVersions(**_named("await_versions"))] if entry.after else []
        for process, source in entry.data_source.items():
            last.append(_collecting(process, pool_of(source.connection, people)))
            before = [*versions, *([_wait(process)] if source.hand_in else [])]
            for one in before:
                one >> last[-1]
            first += before or last[-1:]
    return list({one.task_id: one for one in first}.values()), last


def _collecting(process: str, pool: str | None) -> Any:
    """As many at once as the pool of its connection has room for; one that Airflow lacks would hold it for ever."""
    named = _named(tasks.collect_id(process), collect_label(process))
    pooled = {"pool": pool} if pool else {}
    return PythonOperator(python_callable=tasks.collect, op_kwargs={"process": process}, **pooled, **named)


def _wait(process: str) -> Any:
    return WaitForHandIn(process=process, **_named(tasks.wait_id(process), wait_label(process)))


def _generate(entry: Entry, people: ReportList) -> tuple[Any, Any]:
    with _group("generate"):
        # a process that the entry did not have when the revision was opened is skipped
        check = PythonOperator(python_callable=tasks.check, trigger_rule=TriggerRule.NONE_FAILED, **_named("check"))
        measure = _python("measure", tasks.measure)
        # no draft = nothing new to say: everything behind it is skipped
        render = ShortCircuitOperator(
            python_callable=tasks.render,
            trigger_rule=TriggerRule.NONE_FAILED,  # a backfill skips the author's comment
            **_named("render"),
        )
        check >> measure
        if entry.comment:
            measure >> _author_comment(entry, people) >> render
        else:
            measure >> render
    return check, render


def _author_comment(entry: Entry, people: ReportList) -> Any:
    return AuthorComment(
        heading=heading(entry, AUTHORS_COMMENT),
        params=comment_box(AUTHORS_COMMENT),
        assigned_users=users([people.people[entry.author]]),
        retry_delay=_soon(),
        **_named("comment"),
    )


def _sign_offs(entry: Entry, people: ReportList) -> list[Any]:
    """One task a level, in a row: the first is the initial review where there are several."""
    several = len(entry.approval) > 1
    levels: list[Any] = []
    with _group("submit"):
        if several:
            levels.append(_sign_off(entry, people, entry.approval[0]))
        else:
            levels.append(EmptyOperator(task_id="no_initial_review", task_display_name="无需初审 no initial review"))
    with _group("approve"):
        for level in entry.approval[1:] if several else entry.approval:
            levels.append(_sign_off(entry, people, level))
            levels[-2] >> levels[-1]
    return levels


def _sign_off(entry: Entry, people: ReportList, level: ApprovalLevel) -> Any:
    return SignOff(
        task_id=level.name,
        task_display_name=f"{level.title.zh} {level.title.en}",
        level=level.name,
        heading=heading(entry, level.title),
        trigger_rule=TriggerRule.NONE_FAILED,  # a level that the entry did not have when it was opened is skipped
        params=sign_off_form(),
        retry_delay=_soon(),
        response_timeout=dt.timedelta(days=level.expires_days),
        assigned_users=users(people.asked(level.approvers)) or None,  # None: whoever may answer
    )


def _soon() -> dt.timedelta:
    """An answer that overtakes the scheduler's note of the question is lost in Airflow 3.3.2: ask again soon."""
    return dt.timedelta(seconds=min(ASK_AGAIN_S, settings().retry_delay_s))


def _publish(entry: Entry) -> tuple[Any, Any]:
    with _group("publish"):
        release = BranchPythonOperator(
            python_callable=tasks.release,
            op_kwargs={"levels": [level.name for level in entry.approval]},
            trigger_rule=TriggerRule.NONE_FAILED,  # a level is skipped after a rejection
            **_named("release"),
        )
        return release, _python("deliver", tasks.deliver)


def _review(entry: Entry, people: ReportList) -> list[Any]:
    """The form and the minutes."""
    with _group("review"):
        if not entry.review:
            return [EmptyOperator(**_named("no_review"))]
        form = ReviewMeeting(
            heading=heading(entry, REVIEW),
            params=minutes_form(people),
            assigned_users=users(people.asked(people.reviewer_keys(entry))),
            retries=TRIES_OF_A_FORM,
            retry_delay=_soon(),
            **_named("review_meeting"),
        )
        minutes = _python("minutes", tasks.minutes)
        form >> minutes
    return [form, minutes]


def _return(entry: Entry, people: ReportList) -> Any:
    with _group("give_back"):
        notify = PythonOperator(
            python_callable=tasks.notify_author,
            multiple_outputs=True,
            **_named("notify_author"),
        )
        rework = Rework(
            subject=heading(entry, REWORK),
            params=rework_form(),
            assigned_users=users([people.people[entry.author]]),
            **_named("rework"),
        )
        again = TriggerDagRunOperator(
            trigger_dag_id=entry.key,
            trigger_run_id=notify.output["run"],
            conf=notify.output["conf"],
            logical_date=None,
            skip_when_already_exists=True,
            **_named("next_revision"),
        )
        notify >> rework >> again
    return notify


def _group(name: str) -> TaskGroup:
    return TaskGroup(name, group_display_name=GROUPS[name], prefix_group_id=False)


def _named(task: str, label: str = "") -> dict[str, str]:
    return {"task_id": task, "task_display_name": label or TASKS[task]}


def _python(task: str, call: Any, label: str = "", **given: Any) -> Any:
    return PythonOperator(python_callable=call, op_kwargs=given, **_named(task, label))
