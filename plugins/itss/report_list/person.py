"""The people of the list (人员): who holds a role, under which key, and who answers for whom while they are away."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from itss.model import Day, Model
from itss.ref import KEY
from itss.text import Text

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,49}$")]
ReportKey = Annotated[str, Field(pattern=f"^{KEY}$")]
"""The key of an entry; of an entry for one customer, ``entry.customer``."""
Email = Annotated[str, Field(pattern=r"^[^@\s<>,;\"]+@[^@\s<>,;\"]+$", max_length=254)]


class Person(Model):
    """A role holder: the Airflow user who answers tasks (``user``) and the address mails go to."""

    title: Text = Field(description="the role, in both languages", examples=["{zh-CN: 报告编制人, en: Report author}"])
    email: Email = Field(description="where mails go", examples=["report_author@example.com"])
    user: str | None = Field(
        None,
        min_length=1,
        description="id of the Airflow user who answers tasks; authors and approvers need one",
        examples=["report_author"],
    )
    chat: str | None = Field(
        None,
        description="Airflow connection of a chat (DingTalk, WeCom, Feishu, Slack, Teams, …) to which what has nothing "
        "attached is sent instead of a mail: questions, reminders, alarms, rejections",
        examples=["approvers_dingtalk"],
    )


def _in_both(value: Any) -> Any:
    return {"zh-CN": value, "en": value} if isinstance(value, str) else value


class Delegate(Model):
    """代理 – who answers for an approver who is away. Offered whenever named; the days count when they answer."""

    for_: Key = Field(
        alias="for", description="the approver, or report manager, who is away", examples=["head_of_department"]
    )
    to: Key = Field(description="the person who answers for them; they need a `user`", examples=["deputy"])
    since: Day = Field(
        alias="from", description="first day, in the time zone of the report's `period`", examples=["2026-12-01"]
    )
    until: Day = Field(description="last day", examples=["2026-12-20"])
    reason: Annotated[Text, BeforeValidator(_in_both)] = Field(
        description="why, for the record: plain, or in both languages", examples=["annual leave"]
    )

    def covers(self, day: dt.date) -> bool:
        """Whether they stand in on ``day``."""
        return self.since <= day <= self.until

    def overlaps(self, other: Delegate) -> bool:
        """Whether the two share a day."""
        return self.since <= other.until and other.since <= self.until
