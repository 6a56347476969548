"""What every source gives: names of columns, and their cells batch by batch, for as long as the source is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from itss.errors import SourceChangedError, SourceDeniedError, SourceError
from itss.sources.columns import Cells

TIMEOUT_S = 15
"""How long is waited for a database to answer at all."""
RETRY = "Check that the database is up and reachable."


@dataclass(frozen=True)
class Rows:
    """``names`` as the source gives them; each batch has one column of cells per name, in their order."""

    names: list[str]
    batches: Iterator[Sequence[Cells]]
    note: str = ""
    """How files had to be read, for the record."""


def too_long(where: str, limit_s: int) -> SourceError:
    """The query took longer than the source's limit. Not worth a retry: it would take as long again."""
    return SourceError(
        f"{where}: the query was ended after its time limit of {limit_s} s.",
        "Let it read less (an index, a narrower condition), or raise `time_limit_s` of the data source.",
    )


def denied(where: str, said: str) -> SourceDeniedError:
    """The database refused the login, or has no such database. Not worth a retry, and an account may get locked."""
    return SourceDeniedError(
        f"{where}: {said}.", "Correct user, password or database name of the connection, or let that account read."
    )


def changed(place: str, said: str) -> SourceChangedError:
    """The query reads a table or a column that the source does not have; ``place`` is its file and line."""
    return SourceChangedError(
        f"{place}: {said}.", "The source has changed: correct the name there, or have it restored in the source."
    )
