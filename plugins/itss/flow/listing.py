"""From the file of the report list to DAGs, and to the one readable error that shows what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from itss.errors import ConfigurationError
from itss.flow.build import report_dag
from itss.flow.standing_entries import opened_entries
from itss.report_list.loader import load, load_accepted
from itss.settings import settings

if TYPE_CHECKING:
    from airflow.sdk import DAG


def report_dags(only: str | None = None) -> Iterator[DAG]:
    """A DAG per valid entry, or just the one of ``only`` (a task process needs no other).

    An entry that is not valid any more, or not in the list, keeps the DAG that its open revisions were opened with.
    """
    path = settings().report_list
    found = load(path).list if only is None else load_accepted(path)
    opened = opened_entries(only)
    for entry in found.reports:
        if only in (None, entry.key):
            yield report_dag(entry, found, opened.pop(entry.key, ()))
    for revisions in opened.values():
        newest = revisions[-1]
        yield report_dag(newest.entry, newest.people, revisions, is_listed=False)


def refuse_problems() -> None:
    """Raise `ConfigurationError` naming every problem of the list; do nothing when there is none.

    The DAG file that calls this fails, red in the UI, as long as an entry is broken, while all others run.
    """
    lines = [str(problem) for problem in load(settings().report_list).problems]
    if lines:
        raise ConfigurationError(
            f"The report list has {len(lines)} problem(s); the reports concerned do not run:\n"
            + "\n".join(lines)
            + "\n",
            "Correct them, then look again with: python -m itss check.",
        )
