"""The ITSM processes a report can be made of, by id.

``PROCESSES`` is built on first use: its measures need pandas, which a DAG file that only asks whether an id exists
(``PROCESS_IDS``) must not load.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itss.processes.base import Process

PROCESS_IDS = tuple(
    sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg and module.name[0] != "_")
)
"""A package in this folder is a process, unless its name begins with ``_``: such a one holds what several share.

A new process: its package with a ``PROCESS`` of that id, and one SQL file.
"""

EXCLUSION_SHEET = "exclusion"
"""Handed in like the rows of a process, and no process: the sheet of agreed exclusions (`exclusion_sheet`)."""

PROCESSES: Mapping[str, Process]
"""Every process by id, in that order."""


def __getattr__(name: str) -> object:
    if name != "PROCESSES":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    modules = {key: importlib.import_module(f"{__name__}.{key}") for key in PROCESS_IDS}
    globals()["PROCESSES"] = {key: module.PROCESS for key, module in modules.items()}
    return globals()["PROCESSES"]
