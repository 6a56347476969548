"""What must hold between the parts of an entry, beyond the shape of each: the rules of the procedure.

Each rule yields faults whose way begins at the entry; all rules run, so a person corrects everything in one go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from itss.agreements.models import Agreement
from itss.problems import Fault, Loc, closest
from itss.processes import EXCLUSION_SHEET
from itss.region import holidays_fault, zone_fault
from itss.report_list.data_source import TEMPLATE, DataSource
from itss.report_list.due import last_owed
from itss.report_list.models import Entry
from itss.report_list.person import Person
from itss.report_list.schedule import schedule_faults
from itss.report_list.separation import four_eyes

REGISTER_PROCESS = "reporting"
"""The one process whose rows come from the register, and nowhere else."""
IN_REGISTER = (REGISTER_PROCESS, "improvement")
"""The processes whose rows the register has: the reports themselves, and what their reviews want improved."""

DAG_NAMES = frozenset(
    {"report_list", "report_list_check", "report_take_up", "report_watch", "report_audit", "service_reports"}
)
"""Names of the product's own DAGs and their files; each entry is a DAG of its own."""

STEP_NAMES = frozenset(
    {
        *("open", "await_versions", "check", "measure", "comment", "render", "release", "deliver"),
        *("review_meeting", "minutes", "no_review"),
        *("seal", "notify_author", "rework", "next_revision"),
    }
)
"""Names of the steps that every report has; a level is a step of its own."""


@dataclass(frozen=True)
class Known:
    """What an entry may refer to. The broken ones exist, but have problems of their own."""

    people: Mapping[str, Person]
    broken_people: Collection[str]
    agreements: Mapping[str, Agreement]
    broken_agreements: Collection[str]
    processes: Collection[str]
    broken_processes: Collection[str] = ()


def entry_faults(entry: Entry, known: Known) -> list[Fault]:
    """Every rule that ``entry`` breaks."""
    faults = [*_key(entry), *_people(entry, known), *_approval(entry, known), *four_eyes(entry, known.people)]
    faults += [*_distribution(entry, known), *_sources(entry, known), *_period(entry)]
    # what rests on the period or the agreement is judged only once these are sound themselves
    if not any(fault.loc[0] == "period" for fault in faults):
        faults += [*schedule_faults(entry), *_agreement(entry, known)]
    return faults


def _key(entry: Entry) -> Iterator[Fault]:
    if entry.key in DAG_NAMES:
        yield Fault(("key",), f"'{entry.key}' is the name of a DAG of the product.", "Choose another key.")


def _people(entry: Entry, known: Known) -> Iterator[Fault]:
    named: list[tuple[Loc, str]] = [(("author",), entry.author)]
    named += [(("data_collector", i), key) for i, key in enumerate(entry.data_collector)]
    named += [(("distribution", "recipients", i), key) for i, key in enumerate(entry.distribution.recipients)]
    for number, level in enumerate(entry.approval):
        named += [(("approval", number, "approvers", i), key) for i, key in enumerate(level.approvers)]
    for loc, key in named:
        if fault := person_fault(loc, key, known):
            yield fault
    author = known.people.get(entry.author)
    if author is not None and author.user is None:
        yield Fault(("author",), f"'{entry.author}' has no user, so nobody can rework.", _user_remedy(entry.author))


def person_fault(loc: Loc, key: str, known: Known) -> Fault | None:
    """The fault of naming ``key`` at ``loc`` if it is nobody; none while people is empty, which is told once."""
    if key in known.people or not (known.people or known.broken_people):
        return None
    if key in known.broken_people:
        return Fault(loc, f"'{key}' has problems of its own in people.", "Correct them there.")
    return Fault(loc, f"'{key}' is not in people.", closest(key, known.people, "People are"))


def _approval(entry: Entry, known: Known) -> Iterator[Fault]:
    names: set[str] = set()
    for number, level in enumerate(entry.approval):
        if level.name in names:
            yield Fault(("approval", number, "name"), f"Two levels have the name '{level.name}'.", "Rename one.")
        names.add(level.name)
        if level.name in STEP_NAMES or level.name.startswith(("collect_", "wait_")):
            message = f"'{level.name}' is the name of another step of the report."
            yield Fault(("approval", number, "name"), message, "Rename the level, e.g. initial_review or approval.")
        for place, key in enumerate(level.approvers):
            approver = known.people.get(key)
            if approver is not None and approver.user is None and key != entry.author:
                loc = ("approval", number, "approvers", place)
                yield Fault(loc, f"'{key}' has no user and cannot answer.", _user_remedy(key))
    yield from _twice(((("approval", i, "approvers"), level.approvers) for i, level in enumerate(entry.approval)))


def _user_remedy(key: str) -> str:
    return f"Add `user:` with the Airflow user to people.{key}."


def _twice(lists: Iterator[tuple[Loc, tuple[str, ...]]]) -> Iterator[Fault]:
    for loc, keys in lists:
        for number, key in enumerate(keys):
            if key in keys[:number]:
                yield Fault((*loc, number), f"'{key}' is written twice here.", "Keep one of the two.")


def _distribution(entry: Entry, known: Known) -> Iterator[Fault]:
    """Somebody is served, and nobody twice: neither by key nor by address."""
    if not entry.distribution.recipients and entry.distribution.folder is None:
        yield Fault(("distribution",), "The report goes to nobody.", "Name recipients, a folder, or both.")
    if entry.distribution.folder is not None and (refused := _folder(entry.distribution.folder)):
        yield Fault(("distribution", "folder"), *refused)
    loc: Loc = ("distribution", "recipients")
    yield from _twice(iter([(loc, entry.distribution.recipients), (("data_collector",), entry.data_collector)]))
    served: dict[str, str] = {}
    for number, key in enumerate(entry.distribution.recipients):
        person = known.people.get(key)
        if person is None:
            continue
        other = served.setdefault(person.email.lower(), key)
        if other != key:
            message = f"'{key}' and '{other}' have the same address {person.email}, which would get two mails."
            yield Fault((*loc, number), message, "Name one of the two.")
    if not entry.distribution.formats:
        yield Fault(
            ("distribution", "formats"), "The mail would carry nothing.", "Name xlsx, html, pdf or several of them."
        )


def _folder(url: str) -> tuple[str, str] | None:
    """Why ``url`` cannot be a shared folder, and what to write instead; its text is not repeated: it may hold a key."""
    example = "Write an absolute path like /srv/shared/reports, or a URL like s3://<connection>@<bucket>/<folder>."
    try:
        parts = urlsplit(url)
        has_secret = parts.password is not None or bool(parts.query or parts.fragment)
    except ValueError:
        return "This is neither a path nor a URL.", example
    if has_secret:
        return "A password, or a key, has no place in the address.", f"Put it into an Airflow connection. {example}"
    is_local = parts.scheme in ("", "file")
    path = url.removeprefix("file://") if is_local else parts.path
    if not path.startswith("/") if is_local else not parts.netloc:
        return "The folder is not absolute.", example
    if ".." in path.split("/") or not url.isprintable():
        return "The folder's path leads out of itself.", example
    return None


def _sources(entry: Entry, known: Known) -> Iterator[Fault]:
    for process, source in entry.data_source.items():
        loc: Loc = ("data_source", process)
        if process not in known.processes:
            yield Fault(loc, f"There is no process '{process}'.", closest(process, known.processes, "Processes are"))
        elif process in known.broken_processes:
            message = f"What measures.yaml says of '{process}' has problems of its own."
            yield Fault(loc, message, "Correct that file.")
        elif process == EXCLUSION_SHEET and not (source.hand_in and source.system == TEMPLATE):
            message = "Agreed exclusions are handed in, in the product's own workbook."
            yield Fault(loc, message, "Write only `hand_in: true`, `timezone` and, if you like, `mandatory: false`.")
        elif entry.collection_method == "register":
            yield from _from_register(process, source, loc)
        else:
            yield from _from_outside(process, source, loc)
        if fault := zone_fault((*loc, "timezone"), source.timezone):
            yield fault
        if (covers := source.covers) and covers.since and covers.until and covers.until < covers.since:
            message = f"It covers from {covers.since} until {covers.until}, which is before that."
            yield Fault((*loc, "covers"), message, "Swap or correct the two days.")
    if list(entry.data_source) == [EXCLUSION_SHEET]:
        message = "Agreed exclusions are the only source: there is nothing that they could be taken out of."
        yield Fault(("data_source",), message, "Add the process that they are about.")
    wanted = {"sql": ("connection",), "file": ("file", "hand_in")}.get(entry.collection_method)
    if wanted and not any(getattr(source, name) for source in entry.data_source.values() for name in wanted):
        message = f"The method is '{entry.collection_method}', but no data source has a `{'` or `'.join(wanted)}`."
        yield Fault(("collection_method",), message, "Write sql, file or register, as the sources are.")


def _from_register(process: str, source: DataSource, loc: Loc) -> Iterator[Fault]:
    if process not in IN_REGISTER:
        message = f"The register holds the reports themselves and their improvements, not '{process}'."
        yield Fault(
            loc, message, f"Use it for {' and '.join(IN_REGISTER)} only, and the method sql or file for others."
        )
        return
    for name in ("connection", "file", "hand_in"):
        if getattr(source, name):
            yield Fault((*loc, name), f"The rows come from the register, not from a {name}.", f"Remove `{name}`.")


def _from_outside(process: str, source: DataSource, loc: Loc) -> Iterator[Fault]:
    if process == REGISTER_PROCESS:
        message = f"The rows of '{process}' come from the register."
        yield Fault(loc, message, "Give it an entry of its own with `collection_method: register`.")
    elif len(given := [name for name in _PLACES if getattr(source, name)]) != 1:
        message = f"Both `{given[0]}` and `{given[1]}` are given." if given else _NO_PLACE
        yield Fault(loc, message, "Give one: the Airflow connection of a database, a file path or glob, or hand_in.")
    elif source.hand_in and "timezone" not in source.model_fields_set:
        message = "The times in a workbook are local, and nobody knows where."
        yield Fault(loc, message, "Write `timezone:`, e.g. Asia/Shanghai.")
    elif source.system == TEMPLATE and not source.hand_in:
        message = f"The system '{TEMPLATE}' is the workbook that people hand in."
        yield Fault((*loc, "system"), message, "Write the source system, or `hand_in: true`.")
    elif source.file and (fault := _no_store(source.file)):
        remedy = (
            "Give a path, absolute or relative to the list, or an object store: s3://<connection>@<bucket>/<folder>."
        )
        yield Fault((*loc, "file"), fault, remedy)


def _no_store(file: str) -> str:
    """What is wrong with a ``file`` that is an address and none of an object store."""
    parts = urlsplit(file) if "://" in file else None
    if parts and parts.password:
        return f"An address with scheme '{parts.scheme}' holds a password."
    return f"'{file}' is neither a path nor an object store." if parts and parts.scheme in _NO_STORES else ""


_NO_STORES = ("file", "http", "https", "ftp")


_PLACES = ("connection", "file", "hand_in")
_NO_PLACE = "There is no `connection` and no `file`, nor `hand_in`."


def _period(entry: Entry) -> Iterator[Fault]:
    period = entry.period
    if fault := zone_fault(("period", "timezone"), period.timezone):
        yield fault
        return
    if fault := holidays_fault(("period", "holidays"), period.holidays):
        yield fault
    begins = period.first_period().first_day
    if begins != period.first:
        message = f"{period.first} is not the first day of a {period.kind.replace('_', ' ')}."
        yield Fault(("period", "first"), message, f"Write {begins} or another first day.")
    elif entry.retired is not None and last_owed(entry) is None:
        message = f"The report would end on {entry.retired}, before its first period does: none would ever be owed."
        yield Fault(("retired",), message, "Write a later day, or remove the entry if it never ran.")


def _agreement(entry: Entry, known: Known) -> Iterator[Fault]:
    loc: Loc = ("agreement",)
    if entry.agreement in known.broken_agreements:
        yield Fault(loc, f"The agreement '{entry.agreement}' has problems of its own.", "Correct its file.")
        return
    agreement = known.agreements.get(entry.agreement)
    if agreement is None:
        remedy = closest(entry.agreement, known.agreements, "Agreements are")
        if not known.agreements:
            remedy = f"Write it as agreements/{entry.agreement}.yaml beside the list."
        yield Fault(loc, f"There is no agreement '{entry.agreement}'.", remedy)
        return
    first = entry.period.first_period()
    if agreement.in_force(first) is None:
        message = f"No version of '{agreement.key}' is in force in {first.label}, the first period owed."
        remedy = f"Let `first` be later, or the oldest version effective from {entry.period.first} or before."
        yield Fault(loc, message, remedy)
