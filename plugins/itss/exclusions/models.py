"""An agreed exclusion (约定剔除): what the customer agreed not to count, why, and the evidence for it.

Either of records, by their ids, or of a stretch of time. Frozen into the document of a revision with its instants in
UTC, so that a version can be computed again without the file that people edit.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter
from pydantic_core import PydanticCustomError

from itss.model import Day, Model
from itss.text import printable

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?")
_YEARS, _ENDS = (1990, 2199), ("first", "last")
_SHAPE = "2026-09-12T08:00, or with an offset, 2026-09-12T08:00+08:00"


def _moment(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise PydanticCustomError("moment", "write it as {shape}", {"shape": _SHAPE})
    if not _YEARS[0] <= int(value[:4]) <= _YEARS[1]:  # at the ends of the calendar no other zone has it
        raise PydanticCustomError("moment", "the year is from {first} to {last}", dict(zip(_ENDS, _YEARS, strict=True)))
    return value


Moment = Annotated[dt.datetime, BeforeValidator(_moment)]
"""A moment as people write it: without an offset it is in the agreement's zone."""


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _said(words: str) -> str:
    """The words without the blanks around them; refused where nobody sees anything, or they hide something."""
    plain = words.strip()
    if not plain or printable(plain) != plain:
        raise PydanticCustomError("unseen", "there are only blanks, or characters that cannot be printed")
    return plain


_Text = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_said)]
_Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_said)]
Names = Annotated[tuple[_Name, ...], BeforeValidator(_several)]
"""One name or a list of them."""


class Evidence(Model):
    """The file that shows what was agreed: beside the list of exclusions, and unchanged since."""

    file: str = Field(
        min_length=1,
        max_length=400,
        description="path of the file, from the folder of `exclusions.yaml` on; never out of it",
        examples=["evidence/mail_of_2026-09-14.eml"],
    )
    sha256: str = Field(
        pattern=r"^[0-9a-f]{64}$",
        description="its SHA-256, 64 hexadecimal digits (`sha256sum <file>`)",
        examples=['"' + "0" * 64 + '"'],
    )

    @property
    def name(self) -> str:
        """The name of the file without its folders: so it is kept in each version."""
        return self.file.rsplit("/", 1)[-1]

    @property
    def kept_as(self) -> str:
        """Where it lies in the folder of a revision."""
        return f"evidence/{self.name}"


class SheetEvidence(Evidence):
    """The sheet itself in which an exclusion was handed in, by its path in the folder of a revision."""

    @property
    def kept_as(self) -> str:
        """Where it lies in the folder of a revision: where it was handed in."""
        return self.file


class Exclusion(Model):
    """One exclusion: of the records in `id`, or of the time from `from` to `until`."""

    key: str = Field(
        pattern=r"^[a-z][a-z0-9_]{1,49}$",
        description="name of the exclusion, once in an agreement",
        examples=["network_works_september"],
    )
    customer: str | None = Field(
        None,
        pattern=r"^[a-z][a-z0-9_]{1,49}$",
        description="key of the customer with whom it was agreed, where reports of several customers share the "
        "agreement: it is in the reports of no other, and not in one that is for no single customer",
        examples=["acme"],
    )
    process: _Name = Field(description="process id", examples=["incident"])
    id: Names = Field(
        (), description="the records that are taken out, as the source spells them", examples=["[INC0012, INC0013]"]
    )
    since: Moment | None = Field(
        None,
        alias="from",
        description="begin of the time that is taken out; without an offset in the agreement's zone",
        examples=["2026-09-12T08:00"],
    )
    until: Moment | None = Field(None, description="its end, no more part of it", examples=["2026-09-12T20:00"])
    service: Annotated[str, AfterValidator(lambda words: words and _said(words))] = Field(
        "", description="of a time: only of this service, as the source spells it", examples=["ERP"]
    )
    measures: Names = Field(
        (),
        description="ids of the measures that it concerns; not said: all of the process for which the agreement has a "
        "target",
        examples=["[resolution_compliance]"],
    )
    reason: _Text = Field(description="why, as agreed; printed in the report", examples=["Works of the carrier"])
    evidence: Evidence = Field(description="what shows that it was agreed")
    agreed_by: _Text = Field(
        description="who agreed for the customer: role or name as the evidence has it; printed in the report",
        examples=["Service owner of Customer A"],
    )
    agreed_on: Day = Field(description="the day on which they agreed", examples=["2026-09-14"])
    withdrawn_on: Day | None = Field(
        None,
        description="the day on which it was withdrawn: it counts no more, also in a new revision of an old period",
        examples=["2026-10-02"],
    )

    @property
    def is_of_time(self) -> bool:
        """Whether it takes out a stretch of time."""
        return not self.id

    @property
    def span(self) -> tuple[dt.datetime, dt.datetime]:
        """Begin and end of the time that it takes out; `ValueError` for one of records."""
        if self.since is None or self.until is None:
            raise ValueError(f"{self.key} takes out records, no time")
        return self.since, self.until

    def placed(self, zone: str) -> Exclusion:
        """The same in UTC, its moments without an offset read in ``zone``."""
        moments = {"since": _in_utc(self.since, zone), "until": _in_utc(self.until, zone)}
        return self.model_copy(update=moments)


Exclusions = tuple[Exclusion, ...]
_LIST: TypeAdapter[Exclusions] = TypeAdapter(Exclusions)


def documents(exclusions: Iterable[Exclusion]) -> list[dict[str, Any]]:
    """As they are written down with a revision; without the customer where none is named, as of releases before."""
    return [
        one.model_dump(mode="json", by_alias=True, exclude=set() if one.customer else {"customer"})
        for one in exclusions
    ]


def from_documents(written: Sequence[Any]) -> Exclusions:
    """What `documents` wrote."""
    return _LIST.validate_python(written)


def _in_utc(moment: dt.datetime | None, zone: str) -> dt.datetime | None:
    if moment is None:
        return None
    local = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(dt.UTC)
