"""A failure, by mail to the report manager."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from itss.delivery.mail import Mail, letter, one_line
from itss.report_list.person import Person
from itss.text import Text

_NAMED = 30
"""So many reports at most are named in the mail of a failure that concerns them all."""


def failed_mail(
    entry_key: str,
    job: Mapping[str, Any] | None,
    person: Person,
    task: str,
    reason: str,
    *,
    message_id: str,
    remedy: Text,
    source: str = "",
    affected: Sequence[str] = (),
    run_url: str = "",
    page_url: str = "",
) -> Mail:
    """A failure, with its reason and remedy, to the report manager.

    ``source`` is what fails for all the ``affected`` reports alike; empty where it is a matter of this run.
    """
    period = str(job["period"]) if job else ""
    what = " ".join(filter(None, [entry_key, period]))
    said = f"Reports failed: {source}, {what}" if source else f"Report failed: {what}"
    subject = one_line(f"服务报告出错 / {said} ({task})")
    words = {
        "report": entry_key,
        "period": period,
        "revision": job["revision"] if job else None,
        "task": task,
        "reason": reason.strip(),
        "remedy": remedy,
        "source": source,
        "affected": affected[:_NAMED],
        "more": max(len(affected) - _NAMED, 0),
        "recipient_zh": person.title.zh,
        "recipient_en": person.title.en,
        "run_url": run_url,
        "page_url": page_url,
    }
    made = letter("failed", person, "zh-CN", subject, "failed.j2", words, message_id)
    return replace(made, chat=person.chat or "")
