"""Which sheets a workbook has, in which of its parts each lies, and from which year its days are counted."""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_TRUE = ("1", "true")


@dataclass(frozen=True)
class SheetEntry:
    """A sheet of cells: its name, the name of its part as `part_name` spells it, and whether a person sees it."""

    name: str
    part: str
    is_visible: bool


@dataclass(frozen=True)
class Index:
    """The sheets of cells, in the order of the workbook; charts that are sheets are none."""

    sheets: tuple[SheetEntry, ...]
    counts_from_1904: bool
    """Whether day 0 is 1904-01-01, as in workbooks that began on a Macintosh, and not 1899-12-30."""


def read_index(archive: zipfile.ZipFile) -> Index:
    """The index of an opened workbook, whose parts have no document types; `KeyError` where one is missing."""
    parts = {part_name(name): name for name in archive.namelist()}
    book = _parsed(archive, parts["xl/workbook.xml"])
    targets = {
        one.get("Id"): part_name(posixpath.normpath(posixpath.join("/xl", one.get("Target", ""))))
        for one in _parsed(archive, parts["xl/_rels/workbook.xml.rels"])
        if one.get("Type", "").endswith("/worksheet")
    }
    found = [one for one in book.iter() if _local(one) == "sheet"]
    sheets = tuple(
        SheetEntry(one.get("name", ""), targets[identity], one.get("state", "visible") == "visible")
        for one in found
        if (identity := one.get(_RELATION) or one.get(_STRICT_RELATION)) in targets
    )
    settings = next((one for one in book.iter() if _local(one) == "workbookPr"), None)
    return Index(sheets, settings is not None and settings.get("date1904") in _TRUE)


def read_properties(path: Path) -> dict[str, str]:
    """The custom properties of a workbook that has been scanned: what a template says that it is for."""
    with zipfile.ZipFile(path) as archive:
        part = next((name for name in archive.namelist() if part_name(name) == "docprops/custom.xml"), None)
        found = _parsed(archive, part) if part else ()
        return {one.get("name", ""): "".join(one.itertext()) for one in found}


def part_name(name: str) -> str:
    """The name of a part as it is compared: without regard to case, and whichever slash its writer used."""
    return name.replace("\\", "/").lstrip("/").lower()


def _parsed(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    return ElementTree.fromstring(archive.read(part))  # noqa: S314 - the scan has refused document types


def _local(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]
