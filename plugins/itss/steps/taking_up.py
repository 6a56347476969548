"""Step 2 收集 of what people hand in: one take-up for the whole inbox, and the wait of one process for its data.

A file is judged by the entry that waits for it: that of the open revision, as it was opened, before that of today's
list. Surprise: a list without a valid entry, or one that has lost the entry, stops neither.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any

from pydantic import ValidationError

from itss.errors import RegisterUnreachableError
from itss.hand_in.dropped import Dropped, dropped
from itss.hand_in.place import Place
from itss.register import Register
from itss.report_list.loader import load_one
from itss.settings import Settings, settings
from itss.steps.job import folder_of, job_of
from itss.steps.opened import opened

log = logging.getLogger(__name__)

Counts = dict[str, int]


def take_up(now: dt.datetime) -> Counts:
    """Hand in what was dropped into the inbox; how many files were accepted and refused.

    Where nothing was dropped nothing else is read. A report for which it fails stops no other: its error is raised
    after them all.
    """
    place, counts, failed = settings(), {"accepted": 0, "refused": 0}, list[Exception]()
    found = {report: frozenset(keys) for report, keys in groupby(dropped(place.inbox), lambda one: one.report)}
    if not found:
        return counts
    register = Register(place.register_url)
    register.upgrade()
    for report, keys in found.items():
        try:
            taken = _taken_up(_open_places(keys, report, register, place, now), register, place, now)
        except RegisterUnreachableError:  # nor would it answer for the next one
            raise
        except Exception as error:  # of a disk, of an object store, of a workspace
            log.error("%s: %s", report, error)
            failed.append(error)
        else:
            counts = {name: counts[name] + taken[name] for name in counts}
    if failed:
        raise failed[0]
    return counts


def wait_for(job: dict[str, Any], process: str, now: dt.datetime) -> bool:
    """Whether handed-in data is there; what was dropped for it is taken up first, so that nothing in time is late.

    `DataMissingError`, naming who owes it, once mandatory data is overdue.
    """
    from itss.hand_in.collecting import awaited

    revision, register = opened(job)
    if register.kept(revision.ref):
        return True
    place = revision.place(process)
    _taken_up([place], register, settings(), now)
    return awaited(place, register, now)


def _open_places(
    keys: Collection[Dropped], report: str, register: Register, place: Settings, now: dt.datetime
) -> list[Place]:
    """Those of ``keys`` where data may be handed in at ``now``."""
    from itss.hand_in.inbox import open_places

    listed = open_places(load_one(place.report_list, report).list, now)
    found = {one.key: one for one in (*listed, *_awaited(report, register, place))}
    return [one for key, one in found.items() if key in keys]


def _awaited(report: str, register: Register, place: Settings) -> Iterator[Place]:
    """What the revisions that still need data wait for, by the entry that each was opened with."""
    for ref, document in register.living(report):
        if register.revision(ref).state not in ("open", "failed"):
            continue
        try:
            job = job_of(place, document | {"revision": ref.number}, folder_of(place, ref))
        except ValidationError as error:
            log.warning("%s was opened by another release, so nothing is taken up for it: %s", ref, error)
            continue
        yield from (job.place(process) for process, source in job.entry.data_source.items() if source.hand_in)


def _taken_up(places: Collection[Place], register: Register, place: Settings, now: dt.datetime) -> Counts:
    """Scan ``places`` and notify those who collect the data of what was refused."""
    from itss.hand_in.inbox import scan
    from itss.notices.data_owed import notify_refusals

    counts = {"accepted": 0, "refused": 0}
    for one in places:
        taken = scan([one], register, place, now)
        counts = {name: counts[name] + taken[name] for name in counts}
        if taken["refused"]:  # the list of a job may be without its entries
            notify_refusals(one.people.model_copy(update={"reports": (one.entry,)}), register, place, now)
    return counts
