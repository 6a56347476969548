"""One revision in the making: its folder and everything that was decided when it was opened.

The entry, the people, the agreement and what was agreed not to count are written down at opening and read from there by
every later step, so a list edited while an approver thinks does not change the report under their hands.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itss.agreements.loader import load_agreements
from itss.agreements.models import Agreement, AgreementVersion
from itss.archive import version
from itss.archive.folder import RevisionFolder
from itss.archive.store import open_store
from itss.errors import ConfigurationError
from itss.exclusions.loader import load_exclusions
from itss.exclusions.models import Exclusion, Exclusions, documents, from_documents
from itss.hand_in.place import Place
from itss.own_measures import NOTHING_OWN, Own, own_of, processes_of
from itss.periods import Period, due_at
from itss.processes import EXCLUSION_SHEET
from itss.ref import Ref
from itss.report_list.after import Awaited, after_faults, awaited
from itss.report_list.audience import people_for
from itss.report_list.loader import Loaded, load, load_one
from itss.report_list.models import Entry, ReportList
from itss.settings import Settings
from itss.steps.frozen import OWN_MEASURES, Frozen, own_measures_of

if TYPE_CHECKING:  # they bring pandas, which most steps do without
    from itss.measures.base import Measure
    from itss.processes.base import Process
    from itss.register import Revision


JOB_FILE = "job.json"
DECIDED_WITHIN = dt.timedelta(days=31)
"""No case is decided later than so long after it ended."""


@dataclass(frozen=True)
class Rework:
    """How the author answered a rejection: their words by section (a to f), and whether the data stay as they were."""

    comments: Mapping[str, str] = field(default_factory=dict)
    keep_data: bool = False


@dataclass(frozen=True)
class Job:
    """What every step needs; ``folder`` is the one way to the files of the revision."""

    entry: Entry
    people: ReportList
    agreement: Agreement
    period: Period
    due_at: dt.datetime
    revision: int
    folder: RevisionFolder
    base: Path
    """Folder of the report list: its relative file sources and its own SQL lie there."""
    rework: Rework = Rework()
    """What the author said to the rejection of the revision before; nothing where there was none."""
    recorded: Mapping[str, Any] = field(default_factory=dict)
    """The document as it is on record, since a later release may spell an entry otherwise."""
    bundle_version: str = ""
    """The version of the DAG bundle that opened it, where the bundle has versions."""
    archive_only: bool = False
    """Made for the archive by a backfill: nobody is asked, nothing is mailed, and the report says so."""
    awaited: tuple[Awaited, ...] = ()
    """The versions of other reports without which it collects nothing, as the list named them when it was opened."""
    exclusions: Exclusions = ()
    """What was agreed not to count, as far as it may concern this period or those before it; see `all_exclusions`."""
    frozen: Frozen | None = None
    """The files that were copied when it was opened; ``None`` where it was opened before anything was copied."""

    @property
    def version(self) -> AgreementVersion | None:
        """The agreement's version that judges this period."""
        return self.agreement.in_force(self.period)

    @property
    def ref(self) -> Ref:
        """Its key."""
        return Ref(self.entry.key, self.period.label, self.revision)

    @property
    def handed_in(self) -> list[str]:
        """The files of data that were handed in for this revision, as they came: their names in the folder."""
        sheets = f"handed_in/{EXCLUSION_SHEET}/"  # what was agreed with the customer is no data of the report
        return [name for name in self.folder.names("handed_in") if not name.startswith(sheets)]

    def place(self, process: str) -> Place:
        """Where the data of ``process`` is handed in for this period."""
        return Place(self.entry, self.people.with_own(self.own), self.period, process)

    @cached_property
    def own(self) -> Own:
        """The KPIs, columns and processes of its ``measures.yaml``: the frozen one; before it is opened, the list's."""
        data = own_measures_of(self)
        where = f"{self.folder}/{OWN_MEASURES}" if self.recorded else self.base / OWN_MEASURES
        return NOTHING_OWN if data is None else own_of(Path(where), data)

    @property
    def processes(self) -> dict[str, Process]:
        """The processes that this report collects, in the order of the list."""
        return processes_of(self.own, self.entry.data_source)

    @property
    def measures(self) -> dict[tuple[str, str], Measure]:
        """Every measure of those processes, by (process, id)."""
        return {(m.process, m.id): m for process in self.processes.values() for m in process.measures}

    @property
    def window_start(self) -> dt.datetime:
        """Begin of the history that is collected with the period, in UTC, and of what is decided only in it.

        A resolution is judged 14 days later, and so is a change: its period needs those of the weeks before.
        """
        return self.period.shift(1 - self.entry.history).start - DECIDED_WITHIN

    def document(self) -> dict[str, Any]:
        """The job as it is written to ``job.json`` and into the register; an opened one in the words on record."""
        now = {"revision": self.revision, "rework": asdict(self.rework)}
        return {**self.recorded, **now} if self.recorded else self._described() | now

    def _described(self) -> dict[str, Any]:
        return {
            "entry": self.entry.model_dump(mode="json", by_alias=True),
            "people": {
                "report_manager": self.people.report_manager,
                # by which channel somebody is notified is that of the list of the day
                "people": {
                    key: person.model_dump(mode="json", by_alias=True, exclude={"chat"})
                    for key, person in self.people.people.items()
                },
                # the report on the reports themselves has to know which were owed
                "reports": [
                    entry.model_dump(mode="json", by_alias=True)
                    for entry in (self.people.reports if self.entry.collection_method == "register" else ())
                ],
            },
            "agreement": self.agreement.model_dump(mode="json", by_alias=True),
            **({"exclusions": documents(self.exclusions)} if self.exclusions else {}),
            "period": self.period.label,
            "due_at": self.due_at.isoformat(),
            "archive_only": self.archive_only,
            "bundle_version": self.bundle_version,
            **({"awaited": [list(one) for one in self.awaited]} if self.awaited else {}),
            **({"frozen": self.frozen.document()} if self.frozen else {}),
        }

    def save(self) -> None:
        """Write ``job.json`` into the folder."""
        self.folder.write_json(JOB_FILE, self.document())


def plan(settings: Settings, key: str, period_label: str, now: dt.datetime) -> Job:
    """The job of an entry and a period (empty: the last complete one), not yet opened: revision 0, folder unset.

    Raises `ConfigurationError` (no such valid entry, no agreement) and `PeriodError` (unreadable, not over).
    """
    entry, people = _listed(settings, key)
    rule = entry.period
    period = rule.closed(period_label, now)
    agreement, exclusions = _agreed(settings.report_list.parent / "agreements", entry, now)
    job = Job(
        entry=entry,
        people=people_for(entry, people),
        agreement=agreement,
        period=period,
        due_at=due_at(period, rule.due_working_days, rule.due_time, rule.holidays),
        revision=0,
        folder=RevisionFolder(Path()),
        base=settings.report_list.parent,
        awaited=_awaited(settings, entry, period),
    )
    return replace(job, exclusions=tuple(concerning(job, exclusions)))


def _listed(settings: Settings, key: str) -> tuple[Entry, ReportList]:
    """The entry, and the list that it is of."""
    loaded = _loaded(settings, key)
    entries = {entry.key: entry for entry in loaded.list.reports}
    if key not in entries:
        there = f" (there are: {', '.join(entries) or 'none'})."
        problems = "".join(f"\n  {problem}" for problem in loaded.problems)
        raise ConfigurationError(
            # of a customer's report the log is read by those who may see that customer, and no other
            f"{settings.report_list}: there is no valid entry '{key}'{'.' if '.' in key else there + problems}",
            "Name one that there is, or correct the list: python -m itss check.",
        )
    return entries[key], loaded.list


def _awaited(settings: Settings, entry: Entry, period: Period) -> tuple[Awaited, ...]:
    """What it is made after, by the entries of today; `ConfigurationError` where one of them cannot be waited for."""
    if not entry.after:
        return ()

    @cache
    def find(key: str) -> Entry | None:
        return next(iter(load_one(settings.report_list, key).list.reports), None)

    faults = [f"\n  {entry.key}: after: {fault.message} {fault.remedy}" for fault in after_faults(entry, find)]
    if faults:
        raise ConfigurationError(
            f"{settings.report_list}: what {entry.key} is made after cannot be waited for.{''.join(faults)}",
            "Correct the list: python -m itss check.",
        )
    return awaited(entry, period, find)


def _agreed(folder: Path, entry: Entry, now: dt.datetime) -> tuple[Agreement, Exclusions]:
    """Its agreement, with what was agreed not to count."""
    found = load_agreements(folder, named={entry.agreement})
    agreement = found.agreements.get(entry.agreement)
    excluded = load_exclusions(
        folder,
        {entry.agreement: agreement} if agreement else {},
        broken=[one.stem for one in folder.glob("*.yaml")],
        now=now,
        with_evidence=True,
    )
    if agreement is None or entry.agreement in excluded.broken:
        # of a customer's report the log is read by those who may see that customer, and no other
        named = () if entry.customer else (*found.problems, *excluded.problems)
        lines = "".join(f"\n  {problem}" for problem in named)
        raise ConfigurationError(
            f"{entry.key}: agreement '{entry.agreement}' is not usable.{lines}", "Correct it: python -m itss check."
        )
    return agreement, excluded.exclusions.get(entry.agreement, ())


def _loaded(settings: Settings, key: str) -> Loaded:
    """The list as far as the report of ``key`` needs it; a report on the reports needs all, and so does an error."""
    loaded = load_one(settings.report_list, key)
    found = loaded.list.reports
    return loaded if found and found[0].collection_method != "register" else load(settings.report_list)


def concerning(job: Job, exclusions: Exclusions) -> Iterator[Exclusion]:
    """Those that still count and may take out something of the job's periods; of records nobody knows before.

    One that was agreed with a customer concerns the reports of that customer alone.
    """
    whose = job.entry.customer.key if job.entry.customer else None
    for one in exclusions:
        if one.customer not in (None, whose):
            continue
        is_seen = not one.is_of_time or (one.span[0] < job.period.end and one.span[1] > job.window_start)
        if is_seen and not one.withdrawn_on:
            yield one


def ref_of(job: Mapping[str, Any]) -> Ref:
    """The revision that the small JSON between the steps names."""
    return Ref(str(job["report"]), str(job["period"]), int(job["revision"]))


def folder_now(settings: Settings, revision: Revision) -> RevisionFolder:
    """The folder of a revision: in the archive once it is sealed, in the workspace before."""
    if not revision.archive_path:
        return folder_of(settings, revision.ref)
    return RevisionFolder(version.sealed_folder(open_store(settings.archive_url), revision.ref, revision.archive_path))


def folder_of(settings: Settings, ref: Ref) -> RevisionFolder:
    """The workspace folder of a revision, laid out as in the archive; `ArchiveError` if ``ref`` led out of it."""
    return RevisionFolder(version.folder_of(open_store(settings.workspace_url), ref))


def job_of(settings: Settings, document: Mapping[str, Any], folder: RevisionFolder) -> Job:
    """The job that ``document`` (of ``job.json`` or the register) describes."""
    entry = Entry.model_validate(document["entry"])
    return Job(
        entry=entry,
        people=ReportList.model_validate(document["people"]),
        agreement=Agreement.model_validate(document["agreement"]),
        period=entry.period.parse(document["period"]),
        due_at=dt.datetime.fromisoformat(document["due_at"]),
        revision=document["revision"],
        folder=folder,
        base=settings.report_list.parent,
        bundle_version=document.get("bundle_version", ""),
        archive_only=document["archive_only"],
        awaited=tuple((report, label) for report, label in document.get("awaited", ())),
        frozen=Frozen.read(document.get("frozen")),
        rework=Rework(**document.get("rework", {})),
        exclusions=from_documents(document.get("exclusions", ())),
        recorded=document,
    )
