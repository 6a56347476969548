"""`python -m itss watch`: is anything overdue or missing – asked without Airflow, for cron and for monitoring.

It works while the scheduler is down, which is when the DAG `report_watch` does not. With ``--airflow`` it also asks a
running Airflow whether it is as the list says.
"""

from __future__ import annotations

import datetime as dt
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from itss.errors import RegisterError
from itss.monitoring import exposition
from itss.settings import Settings, head_of_list, settings
from itss.steps import watching
from itss.watch.gauges import unreachable
from itss.watch.list_and_record import existing_register
from itss.watch.matter import OF_AIRFLOW


def main(args: Namespace) -> int:
    """Print a line for everything that is due, overdue or missing; 1 if something is overdue or missing."""
    place, now = settings(), dt.datetime.now(dt.UTC)
    if args.list:
        place = replace(place, report_list=head_of_list(Path(args.list).resolve()))
    print(f"By the list {place.report_list.absolute()}:", file=sys.stderr)
    try:
        _refuse_no_register(place)
        found, is_asked = watching.look(place, now), False
    except RegisterError:
        if args.metrics:
            exposition.write(Path(args.metrics), unreachable(watching.BY_COMMAND))
        raise
    if args.airflow is not None:
        of_airflow, error = watching.look_at_airflow(place, now, args.airflow)
        found, is_asked = [*found, *of_airflow], error is None
    for matter in found:
        print(matter.line)
    for note in watching.notes_on(place):
        print(f"note: {note}")
    late = sum(matter.is_late for matter in found)
    print(f"{len(found)} to be notified of, {late} of them overdue.")
    unasked = () if is_asked else OF_AIRFLOW
    if args.metrics:
        exposition.write(Path(args.metrics), watching.metrics(place, found, now, unasked))
    if args.notify:
        for address in watching.notify_all(place, found, now, unasked=unasked):
            print(f"Mailed {address}.")
    return 1 if late else 0


def _refuse_no_register(place: Settings) -> None:
    """An empty one made here would have every report as missing, and a restore is refused once it has notices."""
    register = existing_register(place.register_url)
    if register is None or register.version() is None:
        raise RegisterError(
            "The register is not there, or has no tables: nothing was looked at, and nobody is notified.",
            "For a new installation make it: python -m itss setup. Else restore it (docs/how-to/backup.md), or correct "
            "ITSS_REGISTER_URL.",
        )
