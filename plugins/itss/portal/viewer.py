"""Our own rule of who sees what, beside Airflow's permission for the DAG.

Approvers, their delegates, authors, recipients and data collectors see their reports; the report manager and whoever
has the named permission see all. Surprise: a person counts by the entry with which a revision was opened as well as by
the entry of today, for a signature is read by its signer also after the list has changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException

from itss.portal import airflow_api
from itss.portal.state import report_list
from itss.report_list.models import Entry, ReportList


@dataclass(frozen=True)
class Viewer:
    """Who looks: the Airflow ``user``, the ``name`` they sign in with, and their keys in the people of the list."""

    user: Any
    name: str
    keys: frozenset[str]
    sees_all: bool
    stands_in_for: frozenset[str] = frozenset()
    """The keys of those who name them as delegate, for whatever days: the questions are theirs to read, too."""

    def may_see(self, entry: Entry, people: ReportList) -> bool:
        """Whether the report of ``entry`` is theirs; ``people`` is the list that the entry is in."""
        approvers = {key for level in entry.approval for key in level.approvers}
        is_theirs = keys_of(self.name, people) & set(concerned(entry)) or self.stands_in_for & approvers
        return self.sees_all or bool(is_theirs)

    def may_see_drafts(self, entry: Entry, people: ReportList) -> bool:
        """Whether the report of ``entry`` is theirs before it is released: they are more than its recipients."""
        approvers = {key for level in entry.approval for key in level.approvers}
        theirs = keys_of(self.name, people) & {*at_work(entry), people.report_manager}
        return self.sees_all or bool(theirs or self.stands_in_for & approvers)

    def may_read(self, report: str) -> bool:
        """Airflow's permission for the DAG."""
        return airflow_api.may_read(self.user, report)


def concerned(entry: Entry) -> Iterable[str]:
    """The keys of everybody whom an entry names."""
    yield from at_work(entry)
    yield from entry.distribution.recipients


def at_work(entry: Entry) -> Iterable[str]:
    """The keys of those who make the report: everybody but its recipients."""
    yield from (entry.author, *entry.data_collector)
    for level in entry.approval:
        yield from level.approvers


def keys_of(name: str, people: ReportList) -> frozenset[str]:
    """The keys in ``people`` of whoever signs in as ``name``: letter by letter, for a look-alike is somebody else."""
    return frozenset(key for key, one in people.people.items() if one.user and one.user == name)


def viewer(user: Annotated[Any, Depends(airflow_api.signed_in)]) -> Viewer:
    """The dependency of every route: who looks."""
    people = report_list()
    name = airflow_api.user_name(user)
    keys = keys_of(name, people)
    stands_in_for = frozenset(one.for_ for one in people.delegates if one.to in keys)
    return Viewer(user, name, keys, people.report_manager in keys or airflow_api.sees_all(user), stands_in_for)


Who = Annotated[Viewer, Depends(viewer)]


def refuse_others(who: Viewer, entries: Iterable[tuple[Entry, ReportList]], report: str) -> None:
    """403 unless Airflow lets them read the DAG and one of ``entries`` (with the people of its list) is theirs."""
    if not who.may_read(report) or not any(who.may_see(entry, people) for entry, people in entries):
        raise HTTPException(403, f"{who.name} may not see {report}.")
