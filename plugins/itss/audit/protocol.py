"""The monthly audit (定期审核) with its protocol: kept and mailed to the report manager whatever came of it.

Fails then, if anything is wrong.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from itss.audit import on_record, words
from itss.audit.versions import Asked, Audit, audit
from itss.delivery.mail import Mail, letter
from itss.errors import AuditError, RegisterError
from itss.notices import notifying
from itss.register import Register
from itss.settings import Settings, settings
from itss.steps.watching import opened

log = logging.getLogger(__name__)

_SHOWN = 100


def audit_month(now: dt.datetime) -> dict[str, Any]:
    """Audit the archive with the month as seed, keep and mail the protocol; `AuditError` with a line a problem.

    The same result of the same month is mailed once; of another one they are notified, too.
    """
    place = settings()
    loaded, register = opened(place)
    month = f"{now:%Y-%m}"
    found = audit(place, Asked(seed=month, now=now))
    _keep(register, found, month)
    manager = loaded.list.people[loaded.list.report_manager]
    # not of the whole: the mail about it is itself a line of the ledger
    result = (found.sealed, found.removed, found.made_again, [(one.where, one.what.en) for one in found.problems])
    about = hashlib.sha256(repr(result).encode("utf-8", "backslashreplace")).hexdigest()[:32]
    one = notifying.Plain(manager, "zh-CN", ("report_audit", month, about))
    write = partial(_protocol, found, place)
    notifying.notify("audit", [one], write, register, place.smtp_connection, now)
    if found.problems:
        raise AuditError(
            f"{len(found.problems)} problem(s) in {found.sealed} sealed version(s):\n"
            + "\n".join(words.plain(f"{one.where}: {one.what.en}") for one in found.problems)
            + "\n",
            "Find out who changed them and restore them from a backup; nothing is repaired by the audit.",
        )
    return {"sealed": found.sealed, "removed": found.removed, "made_again": list(found.made_again)}


def _keep(register: Register, found: Audit, month: str) -> None:
    """Put the protocol on record. Where nothing can be, the log has what was found, and the failure is mailed."""
    try:
        on_record.keep(register, found, month)
    except RegisterError:
        for one in found.problems:
            log.error("%s", words.plain(f"{one.where}: {one.what.en}"))
        raise


def _protocol(found: Audit, place: Settings, about: Sequence[notifying.Plain], message_id: str, _folder: Path) -> Mail:
    """The protocol, in both languages, for nobody knows in which one the report manager reads."""
    person, (_, month, _) = about[0].person, about[0].key
    count = len(found.problems)
    came_zh, came_en = (f"发现 {count} 处问题", f"{count} problem(s)") if count else ("无异常", "no problem")
    subject = f"服务报告审核 {month}：{came_zh} / Audit of the service reports {month}: {came_en}"
    groups = words.grouped(found)
    said = {
        "total": words.total(found),
        "checked": list(words.checked(found)),
        "groups": groups[:_SHOWN],
        "more": max(len(groups) - _SHOWN, 0),
        "shown": _SHOWN,
        "plain": words.plain,
        "recipient_zh": person.title.zh,
        "recipient_en": person.title.en,
        "witness": found.witness.text if found.witness else "",
        "ui_url": place.ui_url,
    }
    return letter("audit", person, "zh-CN", subject, "audit.j2", said, message_id)
