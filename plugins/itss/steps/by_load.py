"""Whether a run has anything to open, where a load starts the report beside its cron: the first of the two does.

An event opens a period only if nobody has: of the loads of a month the first after its end counts, however the period
was begun. A cron finds opened what a load has begun, and leaves it. What has failed since a cron takes over as ever.
"""

from __future__ import annotations

import datetime as dt

from itss.register import Register, Revision
from itss.register.life import LIVING
from itss.report_list.due import is_owed, report_due_at
from itss.report_list.loader import load_one
from itss.settings import Settings, settings
from itss.watch.gone_runs import AskRun

LOAD, CRON = "asset_triggered", "scheduled"
"""Types of runs, as Airflow calls them; the ids of the first begin with theirs."""


def why_not_needed(report: str, period: str, run: str, run_type: str, ask_run: AskRun) -> str:
    """Why a run of the schedule opens nothing, in a sentence for its log; empty where it is to open the period."""
    if run_type not in (LOAD, CRON):
        return ""
    place = settings()
    register = Register(place.register_url)
    register.upgrade()
    revisions = register.revisions(report, period)
    if any(one.run == run for one in revisions):  # cleared, it goes on
        return ""
    if not revisions:
        return _not_owed(place, report, period) if run_type == LOAD else ""
    latest = revisions[-1]
    known = f"{latest.ref} is {latest.state}, opened by run {latest.run}"
    if run_type == LOAD:
        return f"{known}: only the first load after the end of a period opens it."
    is_by_load = any(one.run.startswith(f"{LOAD}__") for one in revisions)
    if not is_by_load or latest.state == "failed" or _is_gone(latest, register, ask_run):
        return ""
    return f"{known}: a load has opened {period} before the schedule did."


def _is_gone(latest: Revision, register: Register, ask_run: AskRun) -> bool:
    if latest.state not in LIVING:
        return False
    return ask_run(latest.report, latest.run, register.held_since(latest.ref)) == "gone"


def _not_owed(place: Settings, report: str, label: str) -> str:
    """An event comes at any time, also before the first period that is owed, and after the last."""
    entry = next(iter(load_one(place.report_list, report).list.reports), None)
    if entry is None:  # opening says what is wrong with it
        return ""
    period = entry.period.parse(label)
    if not is_owed(entry, period):
        return f"{label} is no period that {report} owes: the load opens nothing."
    since: dt.datetime | None = place.since
    if since is not None and report_due_at(entry.period, period) < since:
        return f"{report} of {label} was due before {since.isoformat()} (ITSS_SCHEDULE_FROM): the load opens nothing."
    return ""
