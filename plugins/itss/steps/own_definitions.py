"""The KPIs of one's own beside those of the version that was reported last: a changed definition has a new version.

Asked when a report is opened, which it stops, and by ``itss check``. Surprise: only versions of this and earlier
periods are asked, so that an old period may be reported again as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from itss.errors import ConfigurationError, ItssError
from itss.own_measures import NOTHING_OWN, Own, own_of, processes_of
from itss.own_measures.versions import unversioned
from itss.periods import Period
from itss.problems import Fault
from itss.register import Register, Revision
from itss.report_list.models import Entry
from itss.settings import Settings
from itss.steps.frozen import OWN_MEASURES, Frozen
from itss.steps.job import folder_now

_BACK = 15
"""So many periods are looked back for a version that was reported."""


def refuse_unusable(
    place: Settings, register: Register, entry: Entry, period: Period, files: Mapping[str, bytes]
) -> None:
    """`ConfigurationError` where a KPI in the files of a new revision has a problem, or changed under its version."""
    if OWN_MEASURES not in files:
        return
    now = own_of(place.report_list.parent / OWN_MEASURES, files[OWN_MEASURES])
    processes_of(now, entry.data_source)
    if found := unversioned_since(place, register, entry.key, period, now):
        told = "".join(f"\n  {now.problem(fault)}" for fault in found)
        raise ConfigurationError(f"A KPI changed under its old version:{told}", "Correct measures.yaml.")


def unversioned_since(place: Settings, register: Register, report: str, period: Period, now: Own) -> list[Fault]:
    """What changed without a new version since the report was made last, up to ``period``."""
    if not now.content.measures:
        return []
    removed = register.removed()
    for back in range(_BACK):
        for one in reversed(register.revisions(report, period.shift(-back).label)):
            if (one.released_at or one.sealed_at) and one.ref not in removed:
                return list(unversioned(_own_of(place, register, one), now))
    return []


def _own_of(place: Settings, register: Register, revision: Revision) -> Own:
    """What a version was made by; nothing where it had none, or its files cannot be read any more."""
    kept = Frozen.read(register.entry(revision.ref).get("frozen"))
    if kept is None or not kept.own_measures:
        return NOTHING_OWN
    folder = folder_now(place, revision)
    try:
        return own_of(Path(OWN_MEASURES), folder.bind({OWN_MEASURES: kept.own_measures}).read(OWN_MEASURES))
    except (ItssError, OSError):
        return NOTHING_OWN
