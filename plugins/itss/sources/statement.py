"""An SQL file: one SELECT whose only parameters are ``:start`` and ``:end``, and of an entry for a customer its binds.

Refuses anything else before it runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from itss.errors import SourceError

BINDS = frozenset({"start", "end"})
Binds = Mapping[str, datetime | str | int]
"""The values of a query's parameters: instants, and what the customers file says."""

# what is no code comes first, so that a colon inside of it is not taken for a parameter
_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`)|(?P<cast>::)"""
    r"""|(?<!\w):(?P<bind>[A-Za-z_]\w*)|(?P<end>;)""",
    re.DOTALL,
)
_REMEDY = "One SELECT a file, with no other parameters than"


@dataclass(frozen=True)
class Statement:
    """``text`` as it stands in the file; ``name`` is how the file is called in messages and in the record."""

    name: str
    text: str
    code: str
    """Without comments and without the closing semicolon; each line is where it is in the file."""
    binds: frozenset[str]

    def for_duckdb(self) -> str:
        """With DuckDB's ``$start`` for ``:start``."""
        return _TOKEN.sub(lambda m: f"${m['bind']}" if m["bind"] else m[0], self.code)

    def with_literals(self, literals: Mapping[str, str]) -> str:
        """With a literal for each parameter."""
        return _TOKEN.sub(lambda m: literals[m["bind"]] if m["bind"] else m[0], self.code)

    def place(self, error: Exception, above: int = 0) -> str:
        """The file, with the line that a database's message names; ``above`` lines were put before the statement."""
        line = self.line(error, above)
        return f"{self.name}, line {line}" if line else self.name

    def line(self, error: Exception, above: int = 0) -> int:
        """That line; 0 where none is named."""
        found = re.search(r"\bLINE (\d+):|\bat line (\d+)", str(error))
        return max(0, int(found[1] or found[2]) - above) if found else 0

    def line_with(self, name: str) -> int:
        """The first line whose code has the word ``name``."""
        found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self.code, re.IGNORECASE)
        return self.code.count("\n", 0, found.start() if found else 0) + 1

    def for_sqlalchemy(self) -> str:
        """For `sqlalchemy.text`, which would take a colon inside a string for a parameter."""
        return _TOKEN.sub(lambda m: re.sub(r"(?<!:):(?=\w)", r"\\:", m[0]) if m["quoted"] else m[0], self.code)


def read_statement(path: Path, name: str, binds: Iterable[str] = BINDS) -> Statement:
    """Read and judge the SQL file; `SourceError` naming it if it is missing, no single SELECT, or has other binds."""
    known = BINDS | frozenset(binds)
    remedy = f"{_REMEDY} {named(known)}."
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise SourceError(
            f"{name}: there is no such SQL file.", "Write it, or correct `system` in the list."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{name}: cannot be read ({error}).", "Save it as UTF-8.") from error
    code = _TOKEN.sub(lambda m: m["comment"].count("\n") * "\n" or " " if m["comment"] else m[0], text)
    code = re.sub(r"[;\s]+$", "", code)
    found = list(_TOKEN.finditer(code))
    if any(token["end"] for token in found):
        raise SourceError(f"{name}: holds more than one statement.", remedy)
    if not re.match(r"[\s(]*(SELECT|WITH|FROM)\b", code, re.IGNORECASE):
        raise SourceError(f"{name}: is not a SELECT.", remedy)
    used = frozenset(token["bind"] for token in found if token["bind"])
    if used - known:
        raise SourceError(f"{name}: unknown parameter {named(used - known)}.", remedy)
    return Statement(name, text, code, used)


def named(binds: Iterable[str]) -> str:
    """``:start, :end, :customer``: those that every query has come first."""
    return ", ".join(f":{bind}" for bind in sorted(binds, key=lambda name: (name not in BINDS, name != "start", name)))


def sql_file(base: Path, include: Path, system: str, process: str) -> Path:
    """The query of a process: beside the list if it has its own, else the product's."""
    own = base / "sql" / system / f"{process}.sql"
    return own if own.is_file() else include / "sql" / system / f"{process}.sql"
