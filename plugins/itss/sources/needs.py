"""What a query says that it needs: ``-- needs: postgresql``, ``-- needs column: Opened or opened_at``.

The kinds are ``postgresql``, ``mysql``, ``sqlite`` and ``files``; a query without such a line runs anywhere. Columns
are those that an export must have, by any of the names that it may give them; capitals do not matter. Owns the
comparison with what the source is, asked by the check as far as that is known there and before every collection.
Surprise: MariaDB and MySQL are one kind, as their drivers are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from itss.errors import ExportError, SourceError
from itss.problems import closest
from itss.sources.statement import Statement

FILES = "files"
KINDS = {"postgresql": "PostgreSQL", "mysql": "MariaDB or MySQL", "sqlite": "SQLite", FILES: "files"}

_KIND = re.compile(r"^[ \t]*--[ \t]*needs[ \t]*:[ \t]*(\w+)", re.IGNORECASE | re.MULTILINE)
_COLUMN = re.compile(r"^[ \t]*--[ \t]*needs column[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)


def mismatch(sql: str, kind: str) -> tuple[str, str] | None:
    """Message and remedy where the query ``sql`` cannot run on a source of ``kind``; an empty kind is not known."""
    found = _KIND.search(sql)
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


def needed_columns(statement: Statement) -> list[str]:
    """The columns that ``statement`` says it needs, each with the other names that it may have."""
    return [" / ".join(line.strip().split(" or ")) for line in _COLUMN.findall(statement.text)]


def refuse_lacking(statement: Statement, columns: Iterable[str], where: str) -> None:
    """`ExportError` naming every column that ``statement`` needs and that files with ``columns`` lack."""
    has = {name.lower() for name in columns}
    needed = [line.strip().split(" or ") for line in _COLUMN.findall(statement.text)]
    lacking = [names for names in needed if not any(name.strip().lower() in has for name in names)]
    if lacking:
        en = ", ".join(names[0] + (f" (or {', '.join(names[1:])})" if names[1:] else "") for names in lacking)
        zh = "、".join(names[0] + (f"（或 {'、'.join(names[1:])}）" if names[1:] else "") for names in lacking)
        raise ExportError(
            f"{where}: the export lacks {en}. It has: {', '.join(columns)}.",
            "The person who exports the file adds the missing columns, under one of these names, and exports it again.",
            f"{where}：导出文件缺少列 {zh}。现有列：{'、'.join(columns)}。请导出人补充（使用上述任一列名）后重新导出。",
        )
