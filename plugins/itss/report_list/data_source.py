"""报告数据来源: where the rows of one process come from, what the source covers, and what is demanded of it."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from itss.model import Day, Model, TextEncoding

TEMPLATE = "template"
"""The system of handed-in files that are the product's own workbook."""


class Covers(Model):
    """What a source covers by its own word, where its rows alone cannot say: it was begun or ended, or sleeps."""

    since: Day | None = Field(
        None, alias="from", description="first day of which it has everything", examples=["2026-01-01"]
    )
    until: Day | None = Field(
        None, description="last day of which it has everything; empty: it goes on", examples=["2026-09-30"]
    )


class DataSource(Model):
    """报告数据来源 – where the rows of one process come from.

    Exactly one of ``connection`` (SQL), ``file`` (path or glob, queried through DuckDB), ``hand_in`` (a file that
    people hand in each period) or ``register``; the query is ``include/sql/<system>/<process>.sql``. The system
    ``template`` needs none: it is the product's own workbook, whose headers are the columns of the process.
    """

    system: str = Field(
        TEMPLATE,
        pattern=r"^[a-z][a-z0-9_]{1,49}$",
        description="source system: the folder of its queries, `sql/<system>/<process>.sql`; `template` is the "
        "product's own workbook to fill in, for `hand_in` only",
        examples=["itss"],
    )
    connection: str | None = Field(
        None, min_length=1, description="Airflow connection of a database", examples=["itsm_sample"]
    )
    file: str | None = Field(
        None,
        min_length=1,
        description="path, folder or glob of CSV, XLSX, Parquet or JSON lines, relative to the folder of the list, "
        "or in an object store",
        examples=["handed_in/capacity_*.csv"],
    )
    hand_in: bool = Field(
        False,
        description="people hand in a file each period; the report waits for it. `timezone` must then be given",
        examples=["false"],
    )
    timezone: str = Field("UTC", description="IANA zone of times that carry none", examples=["UTC"])
    encoding: TextEncoding | None = Field(
        None,
        description="encoding of CSV and JSON files that do not show it themselves (by a byte order mark, by being "
        "UTF-8); default: GB18030 or Windows-1252, whichever the letters are",
        examples=["gb18030"],
    )
    mandatory: bool = Field(
        True, description="no rows stop the report; otherwise its section says that there is no data", examples=["true"]
    )
    fresh_days: float | None = Field(
        None,
        gt=0,
        le=3660,
        description="the newest record may be so many days older than the end of the period; default: 2 for incident "
        "and request, the length of the period for the others",
        examples=["4"],
    )
    quarantine_share: float = Field(
        0.01,
        ge=0,
        le=1,
        description="rows that cannot be true are left out of the figures; more than this share of them stops the "
        "report, but up to 3 (1 in 10 at most) never do; 0 tolerates none",
        examples=["0.01"],
    )
    earliest: Day = Field(
        dt.date(2000, 1, 1),
        description="no instant of a row is before this day: an earlier one is a typing error, and its row is left out",
        examples=["2000-01-01"],
    )
    covers: Covers | None = Field(
        None,
        description="what the source covers, where its rows alone would say otherwise: a service that began or ended, "
        "an extract of some months. Periods that are not covered are in no trend and no comparison",
        examples=["{from: 2026-01-01, until: 2026-09-30}"],
    )
    cannot_tell: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="by column, the values that this source can never yield; measures that count them are not "
        "available. A query says the same in a comment: `-- cannot tell: outcome = backed_out`",
        examples=["{outcome: [backed_out]}"],
    )
    time_limit_s: int = Field(
        600,
        gt=0,
        le=86_400,
        description="seconds after which the source's query is ended, and the step fails; a day at most",
        examples=["600"],
    )
