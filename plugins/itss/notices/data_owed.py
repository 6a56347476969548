"""Notifies people of the data that they owe: asked of the list and the record, sent by `itss.notices.notifying`."""

from __future__ import annotations

import datetime as dt
import logging

from itss.errors import DeliveryError
from itss.hand_in.owed import Kind, due_now
from itss.hand_in.register_workbook import collected_periods
from itss.notices import notifying
from itss.notices.data_mails import notice_mail
from itss.register import Register
from itss.report_list.models import ReportList
from itss.settings import Settings

log = logging.getLogger(__name__)


def notify(
    kind: Kind, people: ReportList, register: Register, settings: Settings, now: dt.datetime, *, is_all: bool = True
) -> list[str]:
    """Notify everybody who is to be notified and was not; returns the addresses that were mailed now.

    `DeliveryError` names whoever could not be reached; the next run tries them again. ``is_all`` as of
    `notifying.notify`: false where ``people`` is not the whole list.
    """
    wanted = due_now(kind, people, register, now, settings.since)
    periods = {one.period.label for one in wanted} | collected_periods(people, now) if wanted else set()
    hand_ins = register.hand_ins(periods=periods) if wanted else []
    return notifying.notify(
        kind,
        wanted,
        lambda about, id_, folder: notice_mail(kind, about, people, hand_ins, settings, now, id_, folder),
        register,
        settings.smtp_connection,
        now,
        is_all=is_all,
    )


def notify_refusals(people: ReportList, register: Register, settings: Settings, now: dt.datetime) -> None:
    """Notify those who collect the data of refused files. Data that is there need not wait for a mail server.

    ``people`` may be a part of the list: what waits to be mailed about other reports is left alone.
    """
    try:
        notify("refused", people, register, settings, now, is_all=False)
    except DeliveryError as error:
        log.error("Somebody could not be notified of a refusal yet; the daily run tries again: %s", error)
