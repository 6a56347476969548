"""The report as a document tree: what stands in it, in the report's own language, and nothing about how it is drawn.

Workbook, page and brief are three drawings of one tree, so they cannot disagree. A cell carries both its words and
its raw number: the page prints the words, the workbook writes the number with a number format.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from itss.reports.template.look import Look
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
    look: Literal["", "score", "missed"] = ""
    """``score`` is the table of targets on the first page, ``missed`` that of the missed ones with their remedies."""


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
class Run:
    """A piece of running text in one look; ``href`` is an ``https:`` or ``mailto:`` address that the template names."""

    text: str
    strong: bool = False
    emphasis: bool = False
    tone: Tone = ""
    href: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Running text. ``empty`` marks the statement that there is no data, and why; ``lead`` a generated statement.

    ``runs`` are the pieces of ``text`` where they do not all look the same.
    """

    text: str
    role: Literal["", "empty", "note", "lead", "quote"] = ""
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True)
class Heading:
    """A heading inside a part; ``level`` 3 or 4, since a part's own title is 2 and the report's is 1."""

    text: str
    level: Literal[3, 4] = 3


@dataclass(frozen=True)
class Items:
    """A list that the template's author wrote."""

    items: tuple[Paragraph, ...]
    is_ordered: bool = False


@dataclass(frozen=True)
class Mark:
    """Something that happened on the time axis of a chart, in category ``at``."""

    at: int
    kind: Literal["agreement", "definition", "baseline", "event", "improvement"]
    text: str


@dataclass(frozen=True)
class Series:
    """One line or column group of a chart; ``flagged`` are the positions that the rules of the chart mark.

    ``hollow`` are those that were never published, but computed from the source.
    """

    name: str
    values: tuple[float | None, ...]
    flagged: tuple[int, ...] = ()
    hollow: tuple[int, ...] = ()
    tones: tuple[Tone, ...] = ()


@dataclass(frozen=True)
class Chart:
    """``control``: one line with mean and limits; ``lines``, ``columns``, ``stacked``: over periods; ``bars``: members.

    ``span`` is the value axis (least, greatest) where charts beside each other shall have one scale.
    """

    kind: Literal["control", "lines", "columns", "stacked", "bars"]
    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: Kind
    mean: float | None = None
    lower: float | None = None
    upper: float | None = None
    target: float | None = None
    target_text: str = ""
    thresholds: tuple[float | None, ...] = ()
    value_text: str = ""
    alt: str = ""
    tone: Tone = ""
    marks: tuple[Mark, ...] = ()
    span: tuple[float, float] | None = None


@dataclass(frozen=True)
class Picture:
    """A picture of the template's folder; ``media_type`` is image/png, image/jpeg or image/svg+xml."""

    data: bytes
    media_type: str
    alt: str


@dataclass(frozen=True)
class PageBreak:
    """What follows begins a page where there are pages."""


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
class Verdict:
    """Whether the targets were met: one line, and how many stand where."""

    headline: str
    tone: Tone
    tallies: tuple[Tally, ...]


@dataclass(frozen=True)
class Points:
    """Lines under a title of their own; ``nothing`` says what an empty list means."""

    title: str
    points: tuple[Point, ...]
    nothing: str


@dataclass(frozen=True)
class Facts:
    """Names and values under a title."""

    title: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sentences:
    """The generated analysis: what the figures say in words."""

    title: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class OwnWords:
    """What the author wrote, marked as theirs; ``by`` says whose."""

    title: str
    text: str
    by: str


@dataclass(frozen=True)
class Beside:
    """Two columns where the paper is wide enough, one below the other where it is not."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]


Block = (
    Paragraph
    | Heading
    | Items
    | Table
    | Listing
    | Chart
    | Picture
    | PageBreak
    | Verdict
    | Points
    | Facts
    | Sentences
    | OwnWords
    | Beside
)


@dataclass(frozen=True)
class Part:
    """What stands under one title: a section of the page, a sheet of the workbook.

    ``key`` is ``front`` for what stands before the first title, ``a`` to ``f`` for the six contents, else a word.
    """

    key: str
    title: str
    sheet: str
    blocks: tuple[Block, ...]
    is_only_in_workbook: bool = False
    is_appendix: bool = False


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
    body: tuple[Part, ...]


@dataclass(frozen=True)
class Report(Paper):
    """The whole report."""

    headline: str
    tone: Tone
    tallies: tuple[Tally, ...]
    wrong: tuple[Point, ...]
    moved: tuple[Point, ...]
    calm: tuple[str, str, str]
    """What stands in the place of nothing wrong, nothing moved and no findings."""
    scorecard: Table
    findings: tuple[Point, ...] = ()
    changes: Table | None = field(default=None)
    restatements: Table | None = None
    redefined: Table | None = None
    proposals: Table | None = None
    improvements: Table | None = None
    since: tuple[Point, ...] = ()
    """What else changed since the last revision; its approvers read it, the report's readers do not."""
    look: Look = field(default_factory=Look)
    logo: Picture | None = None
    body: tuple[Part, ...] = ()
    """What the template put together, in its order; the first part is the first page."""
