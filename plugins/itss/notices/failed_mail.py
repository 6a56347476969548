"""A failure, by mail to the report manager.

Its one surprise: it has a new message id each time, because a mail server that drops a repeated one would turn it
into silence.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from itss.delivery.mail import DOMAIN, Mail, one_address, one_line
from itss.delivery.templates import render
from itss.report_list.models import Person
from itss.settings import settings


def failed_mail(
    entry_key: str, job: Mapping[str, Any] | None, person: Person, task: str, reason: str, has_left: bool | None = None
) -> Mail:
    """A failure, with its reason and remedy, to the report manager; ``has_left`` as far as it is known."""
    period = str(job["period"]) if job else ""
    subject = one_line(f"服务报告出错 / Report failed: {entry_key} {period} ({task})")
    words = {
        "language": "zh-CN",
        "subject": subject,
        "report": entry_key,
        "period": period,
        "revision": job["revision"] if job else None,
        "task": task,
        "reason": reason.strip(),
        "has_left": has_left,
        "recipient_zh": person.title.zh,
        "recipient_en": person.title.en,
        "ui_url": settings().ui_url,
    }
    return Mail(
        kind="failed",
        recipient=person.title.zh,
        address=one_address(person),
        language="zh-CN",
        subject=subject,
        html=render("mail_failed.j2", words),
        message_id=f"<{entry_key}.failed.{secrets.token_hex(12)}@{DOMAIN}>",
    )
