"""A pool for a connection: how many queries may run on one database at once, whatever reports they are for.

The list names connections with sizes; Airflow has a pool of a name of ours for each (`itss setup` makes it). A
connection that the list does not name has no limit of its own, and its tasks no pool of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from pydantic import TypeAdapter, ValidationError

from itss.problems import Fault, Loc, closest
from itss.report_list.entry_parts import PoolSize
from itss.report_list.models import Entry, ReportList

PREFIX = "itss_"
"""So begins the name of each pool of ours in Airflow, and of no other."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
"""Airflow takes any 256 characters, but counts under another name what has others than these."""
_SIZE = TypeAdapter(PoolSize)


def pool_of(connection: str | None, people: ReportList) -> str | None:
    """The Airflow pool of tasks that read from ``connection``; ``None`` where the list limits nothing."""
    return pool_name(connection) if connection is not None and connection in people.pools else None


def pool_name(connection: str) -> str:
    """The Airflow pool of a connection."""
    return PREFIX + connection


def pools_wanted(people: ReportList) -> dict[str, int]:
    """The Airflow pools of the list with their sizes, by name."""
    return {pool_name(connection): size for connection, size in sorted(people.pools.items())}


def sound_pools(section: object) -> tuple[dict[str, int], list[Fault]]:
    """The pools of the raw ``section`` that are named and sized as they may be, and the faults of the others."""
    if not isinstance(section, Mapping):
        return {}, [Fault(("pools",), "A connection with a size for each is expected here.", _EXAMPLE)]
    pools: dict[str, int] = {}
    faults: list[Fault] = []
    for connection, size in section.items():
        loc: Loc = ("pools", str(connection))
        if not isinstance(connection, str) or not _NAME.fullmatch(connection):
            message = f"'{connection}' cannot be part of a pool's name."
            faults.append(Fault(loc, message, "Name an Airflow connection: letters, digits, dots, _ and - alone."))
            continue
        try:
            pools[connection] = _SIZE.validate_python(size, strict=True)
        except ValidationError:
            faults.append(Fault(loc, f"{size!r} is no size of a pool.", "Write a whole number from 1 to 1000."))
    return pools, faults


def pool_faults(pools: Mapping[str, int], entries: Iterable[Entry]) -> Iterator[Fault]:
    """Pools of connections that no entry uses; ask where all entries are sound, or each is missed by its pool."""
    used = {source.connection for entry in entries for source in entry.data_source.values() if source.connection}
    for connection in pools.keys() - used:
        message = f"No report has a data source with the connection '{connection}', so this pool limits nothing."
        remedy = closest(connection, used, "They have") if used else "Remove it."
        yield Fault(("pools", connection), message, remedy)


_EXAMPLE = "Write each connection with the number of queries that may run on it at once, e.g. `itsm_sample: 4`."
