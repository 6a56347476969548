"""What a query needs of its source: ``-- needs: postgresql`` in its comments, or ``mysql``, ``sqlite``, ``files``.

A query without such a line runs anywhere. Owns the comparison with what the data source is, asked by the check as far
as that is known there and before every collection. Surprise: MariaDB and MySQL are one kind, as their drivers are.
"""

from __future__ import annotations

import re

from itss.errors import SourceError
from itss.problems import closest
from itss.sources.statement import Statement

FILES = "files"
KINDS = {"postgresql": "PostgreSQL", "mysql": "MariaDB or MySQL", "sqlite": "SQLite", FILES: "files"}

_LINE = re.compile(r"^[ \t]*--[ \t]*needs[ \t]*:[ \t]*(\w+)", re.IGNORECASE | re.MULTILINE)


def mismatch(sql: str, kind: str) -> tuple[str, str] | None:
    """Message and remedy where the query ``sql`` cannot run on a source of ``kind``; an empty kind is not known."""
    found = _LINE.search(sql)
    needed = found[1].lower() if found else ""
    if needed and needed not in KINDS:
        return f"'needs: {needed}' is no kind of source.", closest(needed, list(KINDS), "Its kinds are")
    if not needed or not kind or needed == kind:
        return None
    place = "files" if needed == FILES else f"a connection to {KINDS[needed]}"
    return (
        f"This query is for {KINDS[needed]}, and the source is {KINDS.get(kind, kind)}.",
        f"Whoever keeps the report list: name {place}, or write the query anew beside the list, in sql/.",
    )


def refuse_mismatch(statement: Statement, kind: str, where: str) -> None:
    """`SourceError` naming ``where`` if ``statement`` cannot run on a source of ``kind``."""
    if (found := mismatch(statement.text, kind)) is not None:
        message, remedy = found
        raise SourceError(f"{where}: {message[0].lower()}{message[1:]}", remedy)
