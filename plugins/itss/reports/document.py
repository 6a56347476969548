"""The report as a document tree: what stands in it, in the report's own language, and nothing about how it is drawn.

Workbook, page and brief are three drawings of one tree, so they cannot disagree. A cell carries both its words and
its raw number: the page prints the words, the workbook writes the number with a number format.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from itss.text import Language

Tone = Literal["", "met", "at_risk", "missed", "muted"]
Kind = Literal["text", "count", "share", "h", "min", "score", "days", "number", "points", "change", "instant", "code"]
Align = Literal["left", "right", "center"]


@dataclass(frozen=True)
class Cell:
    """``text`` is complete in itself; ``value`` (a number or a local instant) lets a workbook calculate with it."""

    text: str = ""
    value: float | dt.datetime | None = None
    kind: Kind = "text"
    digits: int = 0
    prefix: str = ""
    signed: bool = False
    tone: Tone = ""
    strong: bool = False
    spark: tuple[float | None, ...] = ()
    """A row of earlier values, drawn as a sparkline instead of the text."""


@dataclass(frozen=True)
class Column:
    """``width`` in characters of the workbook; ``wrap`` for running text."""

    title: str
    width: int = 12
    align: Align = "left"
    wrap: bool = False
    kind: Kind = "text"


@dataclass(frozen=True)
class Table:
    """A finished table; ``note`` says under it what a reader must know to read it.

    A page prints ``shown`` rows at most and then ``cut``, the statement of what it leaves to the workbook.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    shown: int = 0
    cut: str = ""


@dataclass(frozen=True)
class Listing:
    """Rows behind a figure, as many as there are: ``frame`` has one column per ``columns``, values raw.

    The page shows the first ``shown`` and says so; the workbook has every row, on sheets of its own.
    """

    caption: str
    sheet: str
    columns: tuple[Column, ...]
    frame: pd.DataFrame
    shown: int
    note: str


@dataclass(frozen=True)
class Paragraph:
    """Running text. ``empty`` marks the statement that there is no data, and why."""

    text: str
    role: Literal["", "empty", "note"] = ""


@dataclass(frozen=True)
class Series:
    """One line or column group of a chart; ``flagged`` are the positions outside the limits.

    ``hollow`` are those that were never published, but computed from the source.
    """

    name: str
    values: tuple[float | None, ...]
    flagged: tuple[int, ...] = ()
    hollow: tuple[int, ...] = ()
    tones: tuple[Tone, ...] = ()


@dataclass(frozen=True)
class Chart:
    """``control``: one line with mean and limits; ``lines``, ``columns``: over periods; ``bars``: over members."""

    kind: Literal["control", "lines", "columns", "bars"]
    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: Kind
    mean: float | None = None
    lower: float | None = None
    upper: float | None = None
    redefined: int | None = None
    """The first category under a new definition: the points before it were published under another."""
    target: float | None = None
    target_text: str = ""
    thresholds: tuple[float | None, ...] = ()
    value_text: str = ""
    alt: str = ""
    tone: Tone = ""


Block = Paragraph | Table | Listing | Chart


@dataclass(frozen=True)
class Section:
    """One of the six contents (``key`` a–f) or an appendix; ``lead`` are its generated statements."""

    key: str
    title: str
    sheet: str
    lead: tuple[str, ...]
    blocks: tuple[Block, ...]
    analysis: tuple[str, ...] = ()
    """Sentences that say in words what the figures say."""
    comment: str = ""
    """The author's own words on this section, given with his rework."""


@dataclass(frozen=True)
class Point:
    """One line of *what went wrong* or *what moved*: ``head`` names it, ``text`` tells it.

    ``mark`` is the sign before it: what the tone says must not be said by colour alone.
    """

    head: str
    text: str
    tone: Tone = ""
    mark: str = "•"


@dataclass(frozen=True)
class Tally:
    """How many targets stand where."""

    label: str
    count: int
    tone: Tone


@dataclass(frozen=True)
class Paper:
    """What every document says of itself, on its first page and on the edge of each. ``created_at`` is its only clock.

    A report's is the data cut-off, that of minutes the instant at which they were written.
    """

    language: Language
    title: str
    kind: str
    period: str
    revision: str
    marks: tuple[str, ...]
    created_at: dt.datetime
    author: str


@dataclass(frozen=True)
class Minutes(Paper):
    """The minutes of a review meeting (会议纪要): facts, and what was said under each heading."""

    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Report(Paper):
    """The whole report."""

    audience: Literal["customer", "internal"]
    headline: str
    tone: Tone
    tallies: tuple[Tally, ...]
    wrong: tuple[Point, ...]
    moved: tuple[Point, ...]
    calm: tuple[str, str, str]
    """What stands in the place of nothing wrong, nothing moved and no findings."""
    scorecard: Table
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    appendices: tuple[Section, ...]
    findings: tuple[Point, ...] = ()
    changes: Table | None = field(default=None)
    restatements: Table | None = None
    redefined: Table | None = None
    proposals: Table | None = None
    improvements: Table | None = None
    since: tuple[Point, ...] = ()
    """What else changed since the last revision; its approvers read it, the report's readers do not."""
    comment: str = ""
    """The author's own words, never mixed with what was generated."""
