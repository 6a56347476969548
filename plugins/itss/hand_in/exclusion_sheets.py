"""Step 2 for handed-in exclusions: those of the period's sheet, and those that earlier periods' sheets still hold.

The sheets as they came, and the files of evidence that they name, are kept in the revision under
``handed_in/exclusion/``. Refuses, with every row, what was sound when it was handed in and is not any more: evidence
that was changed, or an exclusion that takes out the same as one that was written down since.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from itss.agreements.loader import load_agreements
from itss.errors import ConfigurationError, SourceError
from itss.exclusions.evidence import read_evidence
from itss.exclusions.loader import load_exclusions
from itss.exclusions.models import Exclusion, Exclusions, SheetEvidence
from itss.hand_in.collecting import FOLDER, kept_file, read_kept
from itss.hand_in.excluded import exclusions_in, faults_among, handed_in_faults, still_counting
from itss.hand_in.place import Place
from itss.hand_in.reading import Fault, Rows
from itss.problems import Fault as Found
from itss.processes import EXCLUSION_SHEET
from itss.processes.exclusion_sheet import SHEET
from itss.register import HandIn
from itss.settings import Settings
from itss.sources.conform import empty_frame

Newest = Callable[[str], HandIn | None]
_PLACE = f"{FOLDER}/{EXCLUSION_SHEET}"


@dataclass
class Sheets:
    """``frame`` has the rows of all sheets, each with its evidence; ``files`` are to be kept, by name in the folder."""

    frame: pd.DataFrame
    files: dict[str, bytes] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)

    @property
    def source(self) -> str:
        """Which files, versions and persons they are from."""
        return "; ".join(self.sources) or "nothing was handed in"


@dataclass(frozen=True)
class _Sheet:
    """One accepted sheet: its exclusions by row, what is wrong with other rows, its rows with their evidence, bytes."""

    version: HandIn
    name: str
    found: dict[int, Exclusion]
    faults: list[Found]
    frame: pd.DataFrame
    data: bytes


def collect_sheets(place: Place, settings: Settings, newest: Newest, agreed: Exclusions, now: dt.datetime) -> Sheets:
    """The exclusions handed in for ``place`` and the periods of its history; ``agreed`` are those of the file.

    `SourceError` where a sheet is mandatory and none was accepted for the period, `ConfigurationError` with all rows
    that cannot hold any more.
    """
    if place.source.mandatory and newest(place.period.label) is None:
        raise SourceError(
            f"{place.process}: nothing was handed in for {place.period.label}.",
            f"Hand it in, also without rows: python -m itss hand-in {' '.join(place.key)} FILE --by PERSON.",
        )
    names = [column.name for column in SHEET.columns]
    gathered, holding = Sheets(empty_frame(SHEET, names)), Exclusions()
    frames, problems = [], list[str]()
    folder = settings.report_list.parent / "agreements"
    for sheet in _sheets(place, settings, newest):
        kept = {row: one for row, one in sheet.found.items() if one.key not in {other.key for other in holding}}
        # a rule may be newer than the sheet
        found = handed_in_faults([*sheet.faults, *faults_among(kept, (*agreed, *holding), place, folder, now)])
        problems += [f"\n  {sheet.version.name} ({sheet.version.period}), {fault.line()}" for fault in found]
        holding += tuple(kept.values())
        frames.append(sheet.frame.iloc[list(kept)])
        gathered.files[sheet.name] = sheet.data
        gathered.sources.append(_said(sheet.version))
    if problems:
        remedy = "Correct the sheet and hand it in again, or correct agreements/exclusions.yaml."
        raise ConfigurationError(f"Agreed exclusions that were handed in do not hold:{''.join(problems)}\n", remedy)
    for one in holding:
        if not isinstance(one.evidence, SheetEvidence):
            gathered.files[f"{_PLACE}/{one.evidence.kept_as}"] = read_evidence(one.evidence, folder)
    if any(len(frame) for frame in frames):
        rows = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
        gathered.frame = rows.reindex(columns=list(gathered.frame.columns)).sort_values("id", ignore_index=True)
    return gathered


def exclusions_of_frame(frame: pd.DataFrame, zone: str) -> Exclusions:
    """The exclusions of a collected frame, each with its evidence."""
    found, faults = exclusions_in(frame, zone, SheetEvidence(file="–", sha256="0" * 64))
    if faults:
        raise SourceError("The collected exclusions cannot be read.", "Clear the run from 'collect' on.")
    return tuple(found.values())


def sheet_faults(rows: Rows, place: Place, settings: Settings, newest: Newest | None, now: dt.datetime) -> list[Fault]:
    """What is wrong with a sheet that is handed in, beyond its cells: by the file of today and by earlier sheets.

    A file of today with problems of its own is not compared with: a report stops for that one.
    """
    folder = settings.report_list.parent / "agreements"
    sheet = SheetEvidence(file=rows.where, sha256="0" * 64)
    found, faults = exclusions_in(rows.in_order, place.source.timezone, sheet)
    agreements = load_agreements(folder).agreements
    whose = place.entry.customer.key if place.entry.customer else None
    known = load_exclusions(folder, agreements).exclusions.get(place.entry.agreement, ())
    written = [one for one in known if one.customer in (None, whose)]  # what is wrong names the others
    earlier = Exclusions()
    for older in _sheets(place, settings, newest, first=1) if newest else ():
        earlier += still_counting(older.found.values(), (*earlier, *found.values()))
    return list(handed_in_faults([*faults, *faults_among(found, (*written, *earlier), place, folder, now)]))


def _sheets(place: Place, settings: Settings, newest: Newest, first: int = 0) -> Iterator[_Sheet]:
    """The accepted sheets of the period and those before it, the newest first; from so many periods back on."""
    for back in range(first, place.entry.history):
        label = place.period.shift(-back).label
        version = newest(label)
        if version is None:
            continue
        with kept_file(settings, version) as kept:
            frame, data = read_kept(kept, place, settings).in_order, kept.read_bytes()
        name = f"{_PLACE}/{version.name}" if back == 0 else f"{_PLACE}/{label}/{version.name}"
        evidence = SheetEvidence(file=name, sha256=version.sha256)
        found, faults = exclusions_in(frame, place.source.timezone, evidence)
        named = {row: one.evidence for row, one in found.items()}
        frame = frame.assign(
            evidence=pd.Series({row: one.file for row, one in named.items()}, dtype="str"),
            sha256=pd.Series({row: one.sha256 for row, one in named.items()}, dtype="str"),
        )
        if back == 0 or found or faults:
            yield _Sheet(version, name, found, faults, frame, data)


def _said(version: HandIn) -> str:
    at = f"{version.at:%Y-%m-%d %H:%M} UTC"
    return f"{version.name}, {version.period}, version {version.number} by {version.who} at {at}"
