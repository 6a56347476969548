"""That a chat failed, by mail to the report manager, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from itss.delivery.mail import Mail, letter
from itss.report_list.person import Person
from itss.settings import settings


def channel_mail(manager: Person, chats: Sequence[str], message_id: str) -> Mail:
    """The mail about the ``chats`` (Airflow connections) that did not take what was sent to them."""
    names = ", ".join(chats)
    words = {
        "chats": names,
        "recipient_zh": manager.title.zh,
        "recipient_en": manager.title.en,
        "ui_url": settings().ui_url,
    }
    subject = f"通知渠道失败 / Chat channel failed: {names}"
    return letter("channel_failed", manager, "zh-CN", subject, "channel.j2", words, message_id)
