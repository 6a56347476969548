"""The SQL files of a list, for ``itss check``: each judged once for all entries that use it in the same way.

One file may serve a thousand customers; what differs between two uses is which process it is for, in which dialects it
may be written, and which binds there are. A file that no valid entry uses is read all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from itss.problems import Fault, Problem, shown
from itss.processes.base import Process
from itss.report_list.customers import CUSTOMER
from itss.report_list.data_source import TEMPLATE, DataSource
from itss.report_list.models import Entry
from itss.sources.connections import known_backend
from itss.sources.contract import contract_problems
from itss.sources.file_check import file_problems
from itss.sources.needs import FILES, mismatch
from itss.sources.sql_check import DATABASE_DIALECTS, FILE_DIALECTS, query_problems
from itss.sources.statement import BINDS, sql_file

_Binds = frozenset[str] | None


@dataclass(frozen=True)
class _Use:
    """Which process an SQL file is for, in which dialects it may be written, and which binds there are."""

    file: Path
    process: str
    dialects: tuple[str, ...]
    binds: _Binds


@dataclass
class Queries:
    """The queries beside a list in ``folder``, and those of the product in ``include``."""

    folder: Path
    include: Path
    uses: dict[_Use, str] = field(default_factory=dict)
    """With the first entry that uses it so; empty where only the use counts."""
    _of_files: dict[tuple[Path, str | None, _Binds], DataSource] = field(default_factory=dict)

    def note(self, entry: Entry) -> Iterator[Fault]:
        """Missing queries of ``entry``, and those that cannot be for its source; notes which file is read how."""
        for process, source in entry.data_source.items():
            if entry.collection_method == "register" or source.system == TEMPLATE:
                continue
            file = sql_file(self.folder, self.include, source.system, process)
            if not file.is_file():
                remedy = f"Write it, there or as sql/{source.system}/{process}.sql beside the report list."
                yield Fault(("data_source", process), f"There is no query {shown(file)}.", remedy)
                continue
            is_file, binds = bool(source.file or source.hand_in), BINDS | entry.binds
            use = _Use(file, process, FILE_DIALECTS if is_file else DATABASE_DIALECTS, binds)
            self.uses.setdefault(use, entry.key if entry.customer else "")
            if is_file:
                self._of_files.setdefault((file, source.file, binds), source)
            kind = known_backend(source.connection) if source.connection else FILES
            if (found := mismatch(_text(file), kind)) is not None:
                yield Fault(("data_source", process, "system"), f"{shown(file)}: {found[0]}", found[1])

    @property
    def files(self) -> set[Path]:
        """The SQL files that are read, used by an entry or not."""
        return {use.file for use in self._all()}

    def problems(self, known: Mapping[str, Process], declared: Iterable[str]) -> list[Problem]:
        """What is wrong with them; of a process that is ``declared`` and not ``known`` its declaration is."""
        problems: list[Problem] = []
        for use, entry in self._all().items():
            if use.process in known:
                found = query_problems(use.file, known[use.process], use.dialects, use.binds)
                problems += [Problem(one.file, one.line, entry, one.message, one.remedy) for one in found]
                problems += _contract_problems(use.file, known[use.process])
            elif use.process not in declared:
                message = f"There is no process '{use.process}'."
                problems.append(
                    Problem(use.file, 1, "", message, "Name the file like its process: " + ", ".join(known))
                )
        return problems

    def problems_of_files(self, known: set[Path]) -> Iterator[Problem]:
        """What DuckDB says against the queries of files; those that are ``known`` to be wrong are not asked about."""
        for (sql, _, binds), source in self._of_files.items():
            if sql not in known:
                yield from file_problems(sql, source, self.folder, binds or BINDS)

    def _all(self) -> dict[_Use, str]:
        used, uses = {use.file for use in self.uses}, dict(self.uses)
        for folder in dict.fromkeys((self.folder / "sql", self.include / "sql")):
            for file in sorted(folder.glob("*/*.sql")):
                if file not in used:
                    # in whatever dialect it may be, and for whichever customers
                    binds = None if f":{CUSTOMER}" in _text(file) else BINDS
                    uses[_Use(file, file.stem, (*DATABASE_DIALECTS, *FILE_DIALECTS), binds)] = ""
        return uses


def _contract_problems(file: Path, process: Process) -> list[Problem]:
    """Lines about what the query cannot say that are wrong; a file that cannot be read is a problem already."""
    try:
        return list(contract_problems(file, file.read_text(encoding="utf-8-sig"), process))
    except (OSError, UnicodeDecodeError):
        return []


def _text(file: Path) -> str:
    """Nothing where it cannot be read, which is a problem of its SQL."""
    try:
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""
