"""`python -m itss watch`: is anything overdue or missing – asked without Airflow, for cron and for monitoring.

It works while the scheduler is down, which is when the DAG `report_watch` does not.
"""

from __future__ import annotations

import datetime as dt
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from itss.settings import settings
from itss.steps import watching


def main(args: Namespace) -> int:
    """Print a line for everything that is due, overdue or missing; 1 if something is overdue or missing."""
    place, now = settings(), dt.datetime.now(dt.UTC)
    if args.list:
        place = replace(place, report_list=Path(args.list).resolve())
    found = watching.look(place, now)
    for matter in found:
        print(matter.line)
    for note in watching.notes_on(place):
        print(f"note: {note}")
    late = sum(matter.is_late for matter in found)
    print(f"{len(found)} to be notified of, {late} of them overdue.")
    if args.notify:
        for address in watching.notify_all(place, found, now):
            print(f"Mailed {address}.")
    return 1 if late else 0
