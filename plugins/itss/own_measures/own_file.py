"""``measures.yaml`` read: its sound parts, and every problem of its shape with line and remedy.

Here nothing is computed and nothing heavy imported. What the expressions say is judged by `judging`, which knows the
columns of the processes. Surprise: a file that is not there is `NOTHING_OWN`, and no problem.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from itss.model import Model
from itss.own_measures.models import OwnColumn, OwnFile, OwnMeasure, OwnProcess
from itss.problems import Fault, Problem, closest, refused
from itss.processes import EXCLUSION_SHEET, PROCESS_IDS
from itss.yaml_file import Document, read_document

FILE = "measures.yaml"
_M = TypeVar("_M", bound=Model)


@dataclass(frozen=True)
class Own:
    """What one ``measures.yaml`` declares; two are equal if their files say the same.

    ``problems`` are those of its shape: the parts that have some are not in ``content``.
    """

    file: Path
    sha256: str
    content: OwnFile = field(compare=False)
    problems: tuple[Problem, ...] = field(default=(), compare=False)
    document: Document | None = field(default=None, compare=False, repr=False)

    def problem(self, fault: Fault) -> Problem:
        """The fault with its line in the file."""
        if self.document is None:
            return Problem(self.file, 1, "", fault.message, fault.remedy)
        return self.document.problem(fault)

    @property
    def declared(self) -> tuple[str, ...]:
        """The ids of the processes that it declares, in its order; also of those with a problem in them."""
        data = self.document.data if self.document else None
        section = data.get("processes") if isinstance(data, dict) else None
        named = [str(key) for key in section] if isinstance(section, dict) else []
        return tuple(dict.fromkeys((*self.content.processes, *named)))

    @property
    def broken(self) -> frozenset[str]:
        """The processes that nobody can be sure of, because of a problem."""
        return self.speaks_of if self.problems else frozenset()

    @property
    def speaks_of(self) -> frozenset[str]:
        """The processes of which the file says anything; all of them, where nobody can tell."""
        every = frozenset((*PROCESS_IDS, *self.declared))
        data = self.document.data if self.document else None
        if not isinstance(data, dict) or data.keys() - set(OwnFile.model_fields):
            return every
        if any(not isinstance(section, dict | None) for section in data.values()):
            return every
        named = {str(key) for name in ("columns", "processes") for key in data.get(name) or ()}
        items = (data.get("measures") or {}).values()
        named |= {str(one.get("process")) if isinstance(one, dict) else "" for one in items}
        return frozenset(named) if named <= every else every


NOTHING_OWN = Own(Path(FILE), "", OwnFile())


def own_beside(report_list: Path) -> Own:
    """What the file beside the list declares; read again only when it has changed."""
    return own_in(report_list.parent)


def own_in(folder: Path) -> Own:
    """The same, of the folder of a list."""
    path = folder / FILE
    try:
        state = path.stat()
    except OSError:
        return NOTHING_OWN
    return _own_beside(path, state.st_mtime_ns, state.st_size, state.st_ino)


@lru_cache(maxsize=4)
def _own_beside(path: Path, *_state: int) -> Own:
    try:
        return own_of(path, path.read_bytes())
    except OSError as error:
        problem = Problem(path, 1, "", f"The file cannot be read ({error.strerror}).", "Check its permissions.")
        return Own(path, "unreadable", OwnFile(), (problem,))


@lru_cache(maxsize=8)
def own_of(path: Path, data: bytes) -> Own:
    """What the bytes of a file declare; ``path`` is what its problems are told of."""
    sha256 = hashlib.sha256(data).hexdigest()
    document = read_document(path, data)
    if isinstance(document, Problem):
        return Own(path, sha256, OwnFile(), (document,))
    faults = list(document.doubled)
    content = _content(document.data, faults)
    faults += _collisions(content)
    problems = sorted((document.problem(fault) for fault in faults), key=lambda problem: problem.line)
    sound = OwnFile.model_construct(
        measures=_without(content.measures, faults, "measures"),
        columns=content.columns,
        processes=_without(content.processes, faults, "processes"),
    )
    return Own(path, sha256, sound, tuple(problems), document)


def _content(data: Any, faults: list[Fault]) -> OwnFile:
    """The parts that are sound, each read alone, so that one bad KPI does not hide the others."""
    if data is None:
        return OwnFile()
    if not isinstance(data, dict):
        faults.append(Fault((), "The file does not hold KPIs.", "It has the keys measures, columns, processes."))
        return OwnFile()
    for name in data.keys() - set(OwnFile.model_fields):
        remedy = closest(str(name), OwnFile.model_fields, "Known are")
        faults.append(Fault((str(name),), f"'{name}' is not a key that is known here.", remedy))
    columns = {
        str(process): _sound(part, OwnColumn, ("columns", str(process)), faults)
        for process, part in _group(data, "columns", faults).items()
    }
    return OwnFile.model_construct(
        measures=_sound(_group(data, "measures", faults), OwnMeasure, ("measures",), faults),
        columns=columns,
        processes=_sound(_group(data, "processes", faults), OwnProcess, ("processes",), faults),
    )


def _group(data: Mapping[str, Any], name: str, faults: list[Fault]) -> dict[str, Any]:
    section = data.get(name)
    if section is None or isinstance(section, dict):
        return section or {}
    faults.append(Fault((name,), "A group of keys is expected here.", f"Write each as `key: {{…}}` below `{name}:`."))
    return {}


def _sound(section: Any, model: type[_M], loc: tuple[str, ...], faults: list[Fault]) -> dict[str, _M]:
    if not isinstance(section, dict):
        faults.append(Fault(loc, "A group of keys is expected here.", "Write each as `name: type`."))
        return {}
    found: dict[str, _M] = {}
    for key, value in section.items():
        try:
            # the key is judged with the part, as a mapping of one
            OwnFile.model_validate(_around(loc, key, value))
            found[str(key)] = model.model_validate(value)
        except ValidationError as error:
            faults += refused(error, OwnFile)
    return found


def _around(loc: tuple[str, ...], key: Any, value: Any) -> dict[str, Any]:
    inner: Any = {key: value}
    for step in reversed(loc):
        inner = {step: inner}
    return dict(inner)


def _collisions(content: OwnFile) -> Iterator[Fault]:
    """What can be told without the columns: ids of processes, and columns that a declared process asks for."""
    known = (*PROCESS_IDS, *content.processes)
    for key in content.processes:
        if key in (*PROCESS_IDS, EXCLUSION_SHEET):
            yield Fault(("processes", key), f"The product has a process '{key}' already.", "Choose another id.")
    for process in content.columns:
        if process in content.processes:
            message = f"'{process}' is declared in this file."
            yield Fault(("columns", process), message, f"Write the columns into processes.{process}.columns.")
        elif process not in PROCESS_IDS:
            message = f"There is no process '{process}'."
            yield Fault(("columns", process), message, closest(process, PROCESS_IDS, "Processes are"))
    for key, measure in content.measures.items():
        if measure.process not in known:
            message = f"There is no process '{measure.process}'."
            yield Fault(("measures", key, "process"), message, closest(measure.process, known, "Processes are"))


def _without(parts: Mapping[str, _M], faults: list[Fault], section: str) -> dict[str, _M]:
    bad = {fault.loc[1] for fault in faults if fault.loc[:1] == (section,) and len(fault.loc) > 1}
    return {key: part for key, part in parts.items() if key not in bad}
