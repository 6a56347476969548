"""The rows of a sheet of agreed exclusions: read as exclusions, and judged by the rules of ``exclusions.yaml``.

A row that names no file of evidence rests on the sheet itself, as it was handed in. Surprise: the others, with which
the rows must agree, come first when the two are compared, so that it is the row that is at fault.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from pydantic import ValidationError

from itss.exclusions.evidence import evidence_fault
from itss.exclusions.models import Exclusion, Exclusions, SheetEvidence
from itss.exclusions.overlaps import overlap_faults
from itss.exclusions.rules import Measures, faults_of
from itss.hand_in.place import Place
from itss.hand_in.reading import Fault
from itss.own_measures import processes_of
from itss.problems import Fault as Found
from itss.problems import refused
from itss.text import text

_KEYS = {
    "id": "key",
    "process": "process",
    "records": "id",
    "from_at": "from",
    "until_at": "until",
    "service": "service",
    "measures": "measures",
    "reason": "reason",
    "agreed_by": "agreed_by",
    "agreed_at": "agreed_on",
    "withdrawn_at": "withdrawn_on",
}
"""The key of ``exclusions.yaml`` that a column stands for."""
_COLUMNS = {key: column for column, key in _KEYS.items()}
_SEVERAL, _DAYS = ("id", "measures"), ("agreed_on", "withdrawn_on")
_SHAPES = {
    "id": "须以小写字母开头，由小写字母、数字和下划线组成，2至50个字符。",
    "sha256": "须为证据文件的SHA-256，64位小写十六进制数字。",
}


def exclusions_in(frame: pd.DataFrame, zone: str, sheet: SheetEvidence) -> tuple[dict[int, Exclusion], list[Found]]:
    """The exclusions by row of ``frame``, and what is wrong with the rows that are none; days are those of ``zone``."""
    found: dict[int, Exclusion] = {}
    faults: list[Found] = []
    for number, row in enumerate(frame.to_dict("records")):
        cells = {str(name): value for name, value in row.items() if pd.notna(value) and str(value).strip()}
        faults += _evidence_named((number,), cells)
        try:
            one = Exclusion.model_validate(_written(cells, ZoneInfo(zone), sheet))
        except ValidationError as error:
            faults += refused(error, Exclusion, (number,))
            continue
        found[number] = one if "evidence" in cells else one.model_copy(update={"evidence": sheet})
    return found, faults


def _written(cells: Mapping[str, Any], zone: ZoneInfo, sheet: SheetEvidence) -> dict[str, Any]:
    """A row as it would stand in ``exclusions.yaml``."""
    written: dict[str, Any] = {_KEYS[name]: value for name, value in cells.items() if name in _KEYS}
    for key in _SEVERAL:
        if key in written:
            written[key] = tuple(one.strip() for one in re.split(r"[,;，；、\n]", written[key]) if one.strip())
    for key in _DAYS:
        if key in written:
            written[key] = written[key].tz_convert(zone).date()
    for key in ("from", "until"):
        if key in written:
            written[key] = written[key].to_pydatetime()
    is_named = "evidence" in cells and "sha256" in cells
    named = {"file": cells["evidence"], "sha256": str(cells["sha256"]).lower()} if is_named else sheet.model_dump()
    return written | {"evidence": named}


def _evidence_named(loc: tuple[int], cells: Mapping[str, Any]) -> Iterator[Found]:
    if ("evidence" in cells) == ("sha256" in cells):
        return
    if "evidence" in cells:
        remedy = "Write the 64 digits of `sha256sum`, or leave both empty: then the sheet is the evidence."
        zh = "填写了证据文件，缺少其SHA-256；两者均留空时以本表为证据。"
        yield Found((*loc, "sha256"), "The file of evidence has no checksum.", remedy, zh)
    else:
        remedy = "Name the file, or leave both empty: then the sheet is the evidence."
        zh = "填写了SHA-256，缺少证据文件；两者均留空时以本表为证据。"
        yield Found((*loc, "evidence"), "There is a checksum, and no file of evidence.", remedy, zh)


def faults_among(
    found: Mapping[int, Exclusion], others: Iterable[Exclusion], place: Place, agreements: Path, now: dt.datetime
) -> Iterator[Found]:
    """What is wrong with exclusions by row: alone, among each other, and with ``others`` that hold as well.

    Evidence that is named lies in the folder ``agreements``.
    """
    zone, known = ZoneInfo(place.source.timezone), _measures(place)
    for number, one in found.items():
        yield from faults_of((number,), one, zone, known, now)
        is_file = not isinstance(one.evidence, SheetEvidence)
        if is_file and (fault := evidence_fault((number, "evidence"), one.evidence, agreements)):
            yield fault
    before = {-number: one for number, one in enumerate(others, start=1)}
    yield from (fault for fault in overlap_faults((), before | dict(found)) if int(fault.loc[0]) >= 0)


def handed_in_faults(found: Iterable[Found]) -> Iterator[Fault]:
    """The same as faults of a handed-in file: by row and column, in both languages."""
    for one in found:
        row, *names = one.loc
        if names[:1] == ["evidence"]:  # of a file, or of its checksum
            names = ["sha256" if names[1:] == ["sha256"] else "evidence"]
        column = _COLUMNS.get(str(names[0]), str(names[0])) if names else ""
        zh = one.zh or _SHAPES.get(column, "不能为空，也不能过长，请更正。")
        yield Fault(text(zh, f"{one.message} {one.remedy}".strip()), int(row), column)


def still_counting(sheets: Iterable[Exclusion], newer: Iterable[Exclusion]) -> Exclusions:
    """Those of older sheets that no newer sheet has under the same key: the newest word on an exclusion counts."""
    known = {one.key for one in newer}
    return tuple(one for one in sheets if one.key not in known)


def _measures(place: Place) -> Measures:
    processes = processes_of(place.people.own, place.entry.data_source)
    return {key: [one.id for one in process.measures] for key, process in processes.items()}
