"""Numbers and instants in the words of a language: every figure that a person reads is written here.

Surprise: a rounded figure never looks as if it met a target that it missed. 94.97 % against 95 % is printed with as
many decimals as it takes to tell them apart.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd

from itss.measures.base import Unit
from itss.periods import Period
from itss.reports.catalogue import Catalogue
from itss.reports.document import Cell, Kind, Tone

DIGITS: dict[Kind, int] = {"share": 1, "h": 1, "min": 1, "score": 2, "days": 0, "count": 0}
MAX_DIGITS = 4
MAX_RATIO = 9.99
"""A change of more than this many times the earlier figure is no percentage any more."""
STATUS_TONES: dict[str, Tone] = {
    "met": "met",
    "at_risk": "at_risk",
    "missed": "missed",
    "not_applicable": "muted",
    "not_available": "muted",
    "not_judged": "muted",  # of versions that were made when satisfaction on few answers was not judged
    "": "muted",
}
STATUS_SYMBOLS = {"met": "✓", "at_risk": "!", "missed": "✗"}


class Cells:
    """Writes cells in one language and one time zone."""

    def __init__(self, words: Catalogue, zone: str) -> None:
        self.words = words
        self.zone = ZoneInfo(zone)

    def text(self, value: object, tone: Tone = "", *, strong: bool = False) -> Cell:
        """Words as they are; nothing becomes a dash."""
        words = "" if value is None or value is pd.NA or value != value else str(value)
        return Cell(words or "–", tone=tone if words else "muted", strong=strong)

    def code(self, value: str) -> Cell:
        """An id or a checksum, in fixed width."""
        return Cell(value or "–", kind="code")

    def number(self, value: float | None, unit: Kind, digits: int | None = None, tone: Tone = "") -> Cell:
        """A figure with its unit, at ``digits`` decimals (default: the unit's own)."""
        if value is None:
            return Cell("–", tone="muted")
        places = _places(value, unit) if digits is None else digits
        return Cell(self.plain(value, unit, places), value, unit, places, tone=tone)

    def plain(self, value: float, unit: Kind, digits: int | None = None) -> str:
        """The words of a figure."""
        places = _places(value, unit) if digits is None else digits
        scaled = value * 100 if unit == "share" else value
        sign = "−" if round(scaled, places) < 0 else ""
        return sign + self.words(f"unit.{unit}", n=f"{abs(scaled):,.{places}f}")

    def target(self, value: float | None, unit: Unit, at_least: bool) -> Cell:
        """``≥ 95.0%`` or ``≤ 8.0 h``."""
        if value is None:
            return Cell("–", tone="muted")
        places = next((d for d in range(DIGITS[unit], MAX_DIGITS) if _is_exact(value, unit, d)), MAX_DIGITS)
        prefix = "≥ " if at_least else "≤ "
        return Cell(prefix + self.plain(value, unit, places), value, unit, places, prefix=prefix)

    def against(self, value: float | None, target: float | None, unit: Unit, status: str, tone: Tone = "") -> Cell:
        """A figure printed precisely enough to be told from a target that it missed."""
        places = DIGITS[unit] if value is None else _places(value, unit)
        if value is not None and target is not None and status == "missed":
            scale = 100 if unit == "share" else 1
            while places < MAX_DIGITS and round(value * scale, places) == round(target * scale, places):
                places += 1
        return self.number(value, unit, places, tone)

    def change(self, value: float | None, before: float | None, unit: Unit) -> Cell:
        """Against an earlier figure: percentage points for shares, percent for the rest.

        The plain difference where there was nothing before, or so little that percent would be an absurd number.
        """
        if value is None or before is None:
            return Cell("–", tone="muted")
        if unit in ("share", "score") or before == 0 or abs(value - before) > abs(before) * MAX_RATIO:
            return self.gap(value, before, unit, places=2 if unit == "score" else 1)
        return self._signed((value - before) / abs(before), "change", 100, 1)

    def gap(self, value: float | None, target: float | None, unit: Unit, places: int = 0) -> Cell:
        """The plain difference, precise enough not to vanish where ``places`` is left to the unit."""
        if value is None or target is None:
            return Cell("–", tone="muted")
        delta = value - target
        kind: Kind = {"share": "points", "score": "number"}.get(unit, unit)  # type: ignore[assignment]
        scale = 100 if unit == "share" else 1
        if not places:
            places = next((d for d in range(DIGITS[unit], MAX_DIGITS) if round(delta * scale, d)), DIGITS[unit])
        return self._signed(delta, kind, scale, _places(delta, "count") if unit == "count" else places)

    def _signed(self, delta: float, kind: Kind, scale: int, places: int) -> Cell:
        shown = round(delta * scale, places)
        if shown == 0:
            return Cell(self.words("unit.same"), tone="muted")
        sign = "+" if shown > 0 else "−"
        words = sign + self.words(f"unit.{kind}", n=f"{abs(shown):,.{places}f}")
        return Cell(words, delta, kind, places, signed=True)

    def count(self, value: float, tone: Tone = "") -> Cell:
        """A number of things."""
        return Cell(f"{value:,.0f}", value, "count", tone=tone)

    def status(self, status: str) -> Cell:
        """A status with its symbol: never by colour alone."""
        symbol = STATUS_SYMBOLS.get(status, "")
        return Cell(f"{symbol} {self.words('status.' + (status or 'none'))}".strip(), tone=STATUS_TONES[status])

    def instant(self, value: object) -> Cell:
        """An instant in the report's zone, to the minute."""
        if value is None or pd.isna(value):  # type: ignore[call-overload]
            return Cell("–", tone="muted")
        local = pd.Timestamp(value).tz_convert(self.zone).to_pydatetime(warn=False).replace(tzinfo=None)  # type: ignore[arg-type]
        return Cell(f"{local:%Y-%m-%d %H:%M}", local, "instant")

    def period(self, period: Period) -> str:
        """The period as people say it: 2026年9月, September 2026."""
        key = f"period.{'fiscal_' if period.is_fiscal else ''}{period.kind}"
        if period.kind == "half_year":
            key += f"_{period.number}"
        day = period.year_begins if period.is_fiscal else period.first_day
        month = self.words("months").split()[day.month - 1]
        return self.words(key, year=str(period.year_begins.year), number=str(period.number), month=month)

    def days(self, period: Period) -> str:
        """First and last day of the period, and the zone."""
        last = period.next_day - dt.timedelta(days=1)
        return self.words("period.days", first=period.first_day, last=last, zone=period.zone)


def _places(value: float, unit: Kind) -> int:
    """Decimals of a figure; a count that is a mean (per working day) has one.

    It has as many as it takes to tell hardly any from none, and a share also nearly all from all: 0.04 is not 0.0, and
    99.96 % is not 100.0 %.
    """
    if unit == "share" and 0 < value < 1:
        return next((d for d in range(DIGITS[unit], MAX_DIGITS) if 0 < round(value * 100, d) < 100), MAX_DIGITS)
    least = 1 if unit == "count" and not float(value).is_integer() else DIGITS.get(unit, 1)
    return next((d for d in range(least, MAX_DIGITS) if value == 0 or round(value, d)), MAX_DIGITS)


def _is_exact(value: float, unit: str, digits: int) -> bool:
    scaled = value * 100 if unit == "share" else value
    return abs(round(scaled, digits) - scaled) < 1e-9
