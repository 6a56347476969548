"""The customers for whom one entry of the list is made: what differs from one to the next.

A file of them is beside the list, and an entry names it in ``for_each``. What a customer says overrides the entry,
and the entry above ``defaults.yaml``.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from itss.model import Day, Model
from itss.report_list.person import Key, ReportKey
from itss.text import Language, Text, printable

CUSTOMER = "customer"
"""The bind, and the column of the result, that name whose rows they are."""


def _bound(value: object) -> object:
    """Refused where a blank at an end, or a character that nobody sees, would make two values of one."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PydanticCustomError("bind", "a text or a whole number is expected")
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise PydanticCustomError("bind", "it is too large")
    elif not 1 <= len(value) <= 200:
        raise PydanticCustomError("bind", "1 to 200 letters are expected")
    elif value.strip() != value or printable(value) != value:
        raise PydanticCustomError("bind", "it begins or ends with a blank, or has characters that cannot be printed")
    return value


FILE_NAME = re.compile(r"[\w-]{1,60}\.yaml")
"""The file of customers that an entry names: one that is beside the list."""
BindName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
BindValue = Annotated[str | int, BeforeValidator(_bound)]


def customer_of(report: str) -> str:
    """The customer in the key of a report, ``entry.customer``; empty in any other."""
    return report.partition(".")[2]


class ForCustomer(Model):
    """The customer whom an entry was made for; ``binds`` always has ``customer``."""

    key: Key
    title: Text
    binds: dict[BindName, BindValue]
    roles: tuple[str, ...] = ()

    @property
    def value(self) -> str:
        """What the column ``customer`` of each of their rows says."""
        return str(self.binds[CUSTOMER])


class Customer(Model):
    """One customer of a file that ``for_each`` names."""

    key: Key = Field(description="the customer's name in keys, tags and DAGs: `entry.customer`", examples=["acme"])
    title: Text = Field(
        description="the customer's name, behind the title of each report", examples=["{zh-CN: 甲公司, en: Acme}"]
    )
    language: Language | None = Field(
        None, description="language of their reports (default: the entry's)", examples=["zh-CN"]
    )
    agreement: Key | None = Field(
        None, description="their agreement, `agreements/<name>.yaml` (default: the entry's)", examples=["acme_sla"]
    )
    template: Key | None = Field(None, description="their template (default: the entry's)", examples=["acme"])
    recipients: tuple[Key, ...] | None = Field(
        None, description="who gets their reports (default: the entry's)", examples=["[acme_it]"]
    )
    approvers: dict[Key, tuple[Key, ...]] = Field(
        default_factory=dict,
        description="by level, who answers it (default: the entry's)",
        examples=["{initial_review: [acme_service_manager]}"],
    )
    binds: dict[BindName, BindValue] = Field(
        default_factory=dict,
        description="values of the binds of the queries. `:customer` is the key, unless it is given here: it is what "
        "the column `customer` of each of their rows says",
        examples=["{customer: Acme Ltd, entity: 12}"],
    )
    roles: tuple[Annotated[str, Field(min_length=1, max_length=64)], ...] = Field(
        (),
        description="roles of Airflow's FAB auth manager who may see these DAGs; others see them only by a right to "
        "all DAGs",
        examples=["[acme_readers]"],
    )
    first: Day | None = Field(
        None, description="first day of the first period that is owed (default: the entry's)", examples=["2026-05-01"]
    )
    retired: Day | None = Field(
        None, description="as of an entry: nothing is owed that ends after this day", examples=["2026-12-31"]
    )
    was: dict[Key, ReportKey] = Field(
        default_factory=dict,
        description="by entry, the key that the report had before it was made by `for_each`",
        examples=["{customer_monthly: acme_monthly}"],
    )
