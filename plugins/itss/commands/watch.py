"""`python -m itss watch`: is anything overdue or missing – asked without Airflow, for cron and for monitoring.

It works while the scheduler is down, which is when the DAG `report_watch` does not. With ``--airflow`` it also asks a
running Airflow whether it is as the list says.
"""

from __future__ import annotations

import datetime as dt
import sys
from argparse import Namespace
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from itss.errors import DeliveryError, ItssError, RegisterUnreachableError
from itss.monitoring import exposition
from itss.settings import Settings, head_of_list, settings
from itss.steps import watching
from itss.watch.gauges import failed
from itss.watch.list_and_record import existing_register
from itss.watch.matter import OF_AIRFLOW, Kind, Matter


def main(args: Namespace) -> int:
    """Print a line for everything that is due, overdue or missing; 1 if something is overdue or missing."""
    now = dt.datetime.now(dt.UTC)
    try:
        return _watch(args, now)
    except DeliveryError:  # the numbers are those of now, and some of them say so
        raise
    except ItssError as error:
        if args.metrics:
            exposition.write(Path(args.metrics), failed(watching.BY_COMMAND, error))
        raise


def _watch(args: Namespace, now: dt.datetime) -> int:
    place, found, unasked = _look(args, now)
    for matter in found:
        print(matter.line)
    for note in watching.notes_on(place):
        print(f"note: {note}")
    late = sum(matter.is_late for matter in found)
    print(f"{len(found)} to be notified of, {late} of them overdue.")
    if args.metrics:
        exposition.write(Path(args.metrics), watching.metrics(place, found, now, unasked))
    if args.notify:
        for address in watching.notify_all(place, found, now, unasked=unasked):
            print(f"Mailed {address}.")
    return 1 if late else 0


def _look(args: Namespace, now: dt.datetime) -> tuple[Settings, list[Matter], Collection[Kind]]:
    """Where it looked, what it found, and the kinds that nobody was asked about."""
    place = settings()
    if args.list:
        place = replace(place, report_list=head_of_list(Path(args.list).resolve()))
    print(f"By the list {place.report_list.absolute()}:", file=sys.stderr)
    _refuse_no_register(place)
    found = watching.look(place, now)
    if args.airflow is None:
        return place, found, OF_AIRFLOW
    of_airflow, error = watching.look_at_airflow(place, now, args.airflow)
    return place, [*found, *of_airflow], () if error is None else OF_AIRFLOW


def _refuse_no_register(place: Settings) -> None:
    """An empty one made here would have every report as missing, and a restore is refused once it has notices."""
    register = existing_register(place.register_url)
    if register is None or register.version() is None:
        raise RegisterUnreachableError(
            "The register is not there, or has no tables: nothing was looked at, and nobody is notified.",
            "For a new installation make it: python -m itss setup. Else restore it (docs/how-to/backup.md), or correct "
            "ITSS_REGISTER_URL.",
        )
