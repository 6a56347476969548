"""Reads ``exclusions.yaml``, which lies beside the agreements: by the key of each agreement, its exclusions.

It never raises for what people wrote. An agreement with a faulty exclusion is in ``broken``: a report that rests on it
is not made, because a figure without an exclusion that was agreed is as wrong as one with an exclusion that was not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from itss.agreements.models import Agreement
from itss.exclusions.evidence import evidence_fault
from itss.exclusions.models import Exclusion, Exclusions
from itss.exclusions.overlaps import overlap_faults
from itss.exclusions.rules import Measures, faults_of
from itss.problems import Fault, Loc, Problem, closest, refused
from itss.yaml_file import Document, read_yaml

FILE = "exclusions.yaml"
_SHAPE = "Write the key of an agreement and below it a list, each item with `- key: …`."


@dataclass(frozen=True)
class LoadedExclusions:
    """The exclusions by agreement, in the order of the file and in UTC, all problems, and which agreements have some.

    A file that cannot be read may hold exclusions of any agreement: then all of them are broken.
    """

    exclusions: Mapping[str, Exclusions] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    broken: frozenset[str] = frozenset()


def load_exclusions(
    folder: Path,
    agreements: Mapping[str, Agreement],
    measures: Measures | None = None,
    *,
    broken: Collection[str] = (),
    now: dt.datetime | None = None,
    with_evidence: bool = False,
) -> LoadedExclusions:
    """Read the file in ``folder``; none is no exclusions.

    ``broken`` are agreements that exist but cannot be used. With ``measures`` (ids by process) names must fit, with
    ``now`` no day may lie in the future, and ``with_evidence`` each evidence must be there and be the one that is
    named: that reads the files, which no parse of a DAG file should.
    """
    path = folder / FILE
    if not path.exists() and not path.is_symlink():
        return LoadedExclusions()
    everything = frozenset(agreements) | frozenset(broken)
    document = read_yaml(path)
    if isinstance(document, Problem):
        return LoadedExclusions({}, (document,), everything)
    if not isinstance(document.data, dict):
        problem = document.problem(Fault((), "The file does not hold exclusions by agreement.", _SHAPE))
        return LoadedExclusions({}, (problem,), everything)
    reader = _Reader(document, folder, agreements, frozenset(broken), measures, now, with_evidence)
    found = {str(key): tuple(reader.read(str(key), value)) for key, value in document.data.items()}
    faults = [*document.doubled, *reader.faults]
    problems = sorted((document.problem(fault) for fault in faults), key=lambda problem: problem.line)
    faulty = {str(fault.loc[0]) for fault in faults if fault.loc}
    return LoadedExclusions(
        {key: one for key, one in found.items() if one and key not in faulty}, tuple(problems), frozenset(faulty)
    )


@dataclass
class _Reader:
    """One reading of one document; collects the faults on its way."""

    document: Document
    folder: Path
    agreements: Mapping[str, Agreement]
    broken: frozenset[str]
    measures: Measures | None
    now: dt.datetime | None
    with_evidence: bool
    faults: list[Fault] = field(default_factory=list)

    def read(self, key: str, value: object) -> Iterator[Exclusion]:
        """The sound exclusions of one agreement."""
        agreement = self.agreements.get(key)
        if agreement is None:
            if key not in self.broken:
                names = [*self.agreements, *self.broken]
                self.faults.append(Fault((key,), f"There is no agreement '{key}'.", closest(key, names)))
            return
        if not isinstance(value, list):
            self.faults.append(Fault((key,), "A list of exclusions is expected here.", _SHAPE))
            return
        zone = agreement.versions[-1].service_hours.timezone
        read = dict(self._models(key, value))
        placed = {number: one.placed(zone) for number, one in read.items()}
        for number, one in placed.items():
            self.faults += self._faults((key, number), one, ZoneInfo(zone))
        self.faults += overlap_faults((key,), placed)
        yield from placed.values()

    def _models(self, key: str, value: list[object]) -> Iterator[tuple[int, Exclusion]]:
        for number, item in enumerate(value):
            try:
                yield number, Exclusion.model_validate(item)
            except ValidationError as error:
                self.faults += refused(error, Exclusion, (key, number))

    def _faults(self, loc: Loc, one: Exclusion, zone: ZoneInfo) -> Iterator[Fault]:
        yield from faults_of(loc, one, zone, self.measures, self.now)
        if self.with_evidence and (fault := evidence_fault((*loc, "evidence"), one.evidence, self.folder)):
            yield fault
