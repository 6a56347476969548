"""A report's DAG without its tasks: when it runs, its tags, what its tasks have in common."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, Asset, AssetOrTimeSchedule

from itss.flow import failures
from itss.flow.document import describe
from itss.flow.retrying import RETRY_POLICY
from itss.flow.timetable import PeriodTimetable
from itss.report_list.due import last_owed
from itss.report_list.models import Entry, ReportList
from itss.report_list.schedule import cron_of, starts_at
from itss.settings import Settings
from itss.sources.mark import mark

RETRIES = 2


def schedule_of(entry: Entry, now: dt.datetime) -> PeriodTimetable | AssetOrTimeSchedule | None:
    """The cron, and the loads of a source where the entry names them.

    None of the two from the day before a retired entry would start a report that is not owed.

    The one clock that is read at parsing: with a DAG's `end_date` Airflow would never run the tasks of a run that
    somebody triggers later, for a period that is owed, and the run would wait for ever.
    """
    last = last_owed(entry)
    if last is not None and now >= starts_at(entry, last.shift(1)) - dt.timedelta(days=1):
        return None
    rule = entry.period
    cron = PeriodTimetable(cron_of(entry), rule.timezone, rule.kind, rule.year_starts)
    return AssetOrTimeSchedule(timetable=cron, assets=_asset(entry.when.asset)) if entry.when else cron


def _asset(named: str) -> Any:
    """A reference only: an asset of another name or URI than its owner's would keep the owner's tasks from running."""
    return Asset.ref(uri=named) if "://" in named else Asset.ref(name=named)


def empty_dag(entry: Entry, people: ReportList, place: Settings, schedule: Any) -> DAG:
    """The DAG of ``entry``, whose tasks are added within it; its start is `Settings.since` at the earliest."""
    zone = ZoneInfo(entry.period.timezone)
    start = dt.datetime.combine(entry.period.first, dt.time(), tzinfo=zone).astimezone(dt.UTC)
    start = max(start, place.since or start)
    return DAG(
        dag_id=entry.key,
        dag_display_name=entry.title.of(entry.language),
        description=entry.requirements.of(entry.language),
        doc_md=describe(entry, people),
        schedule=schedule,
        start_date=start,
        catchup=False,
        # a run waits for its approvers for days, and the next period must not wait for it
        max_active_runs=8,
        max_active_tasks=8,
        on_failure_callback=failures.notify_of_failed_run,
        tags=[
            "service-report",
            entry.kind,
            entry.period.kind,
            *_customer_tags(entry),
            mark(entry, people, place).tag,
        ],
        default_args={
            "owner": people.people[entry.author].title.en,
            "retries": RETRIES,
            "retry_delay": dt.timedelta(seconds=place.retry_delay_s),
            "retry_policy": RETRY_POLICY,
            "on_failure_callback": failures.notify_of_failure,
            "show_return_value_in_logs": False,  # our steps say in words what they did
        },
    )


def _customer_tags(entry: Entry) -> list[str]:
    """By which the DAGs of one entry, and those of one customer, are found among many."""
    return [f"entry:{entry.key.partition('.')[0]}", f"customer:{entry.customer.key}"] if entry.customer else []
