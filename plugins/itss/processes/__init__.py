"""The ITSM processes a report can be made of, by id.

``PROCESSES`` is built on first use: its measures need pandas, which a DAG file that only asks whether an id exists
(``PROCESS_IDS``) must not load.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itss.processes.base import Process

PROCESS_IDS = ("incident", "change", "service_level", "satisfaction", "capacity", "security", "reporting")
"""In the order of a report. A new process: its module here, named like its id, with ``PROCESS``, and one SQL file."""

PROCESSES: Mapping[str, Process]
"""Every process by id, in the order of `PROCESS_IDS`."""


def __getattr__(name: str) -> object:
    if name != "PROCESSES":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    modules = {key: importlib.import_module(f"{__name__}.{key}") for key in PROCESS_IDS}
    globals()["PROCESSES"] = {key: module.PROCESS for key, module in modules.items()}
    return globals()["PROCESSES"]
