"""Step 1 for the list as a whole: compile the register, notify who owes what. Runs daily."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

from itss.archive.store import write
from itss.errors import ConfigurationError
from itss.register import Register
from itss.report_list.loader import load
from itss.report_list.models import ReportList
from itss.settings import Settings, settings

if TYPE_CHECKING:
    from itss.hand_in.owed import Kind


def compile_register(now: dt.datetime) -> str:
    """Write 服务报告信息收集登记表.xlsx into the inbox, where those who hand in find it; returns its name."""
    from itss.hand_in.register_workbook import NAME, collected_periods, register_workbook

    place, people, register = _opened()
    hand_ins = register.hand_ins(periods=collected_periods(people, now))
    write(place.inbox / NAME, register_workbook(people, hand_ins, now))
    return NAME


def notify_of_data(kind: str, now: dt.datetime) -> list[str]:
    """Announce, remind, escalate or notify of refusals: each person once of each thing; the addresses mailed now."""
    from itss.notices import data_owed

    place, people, register = _opened()
    return data_owed.notify(cast("Kind", kind), people, register, place, now)


def _opened() -> tuple[Settings, ReportList, Register]:
    place = settings()
    people = load(place.report_list).list
    if not people.reports:
        raise ConfigurationError(f"{place.report_list.name} has no valid entry.", "Correct it: python -m itss check.")
    register = Register(place.register_url)
    register.upgrade()
    return place, people, register
