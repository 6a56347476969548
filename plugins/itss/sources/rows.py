"""What every source gives: names of columns, and their cells batch by batch, for as long as the source is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from itss.errors import SourceError
from itss.sources.columns import Cells

TIMEOUT_S = 15
"""How long is waited for a database to answer at all."""
RETRY = "Check that the database is up and reachable; the task tries again by itself."


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
