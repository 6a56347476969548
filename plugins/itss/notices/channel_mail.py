"""That a chat failed, by mail to the report manager, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from itss.delivery.mail import Mail, one_line
from itss.delivery.templates import render
from itss.report_list.models import Person
from itss.settings import settings


def channel_mail(manager: Person, chats: Sequence[str], message_id: str) -> Mail:
    """The mail about the ``chats`` (Airflow connections) that did not take what was sent to them."""
    names = ", ".join(chats)
    subject = one_line(f"通知渠道失败 / Chat channel failed: {names}")
    words = {
        "language": "zh-CN",
        "subject": subject,
        "chats": names,
        "recipient_zh": manager.title.zh,
        "recipient_en": manager.title.en,
        "ui_url": settings().ui_url,
    }
    return Mail(
        kind="channel_failed",
        recipient=manager.title.zh,
        address=manager.email,
        language="zh-CN",
        subject=subject,
        html=render("mail_channel.j2", words),
        message_id=message_id,
    )
