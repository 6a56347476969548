"""The colours of charts, made of a report's look: one palette for page, PDF and workbook.

Surprise: pale shades are the look's own colours mixed with paper, so that a brand that is red has reddish limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from itss.reports.template.look import Look

_FURTHER = ("#5E8C61", "#C8A13A")
"""Colours of a third and a fourth series, of which a look says nothing."""


@dataclass(frozen=True)
class Palette:
    """What is drawn in which colour, each ``#rrggbb``; ``series`` from the first, ``tones`` by tone."""

    ink: str
    soft: str
    grid: str
    edge: str
    rail: str
    band: str
    mean: str
    target: str
    mark: str
    series: tuple[str, ...]
    tones: Mapping[str, str]

    def of(self, at: int) -> str:
        """The colour of series ``at``; they begin again after the last."""
        return self.series[at % len(self.series)]

    def tone(self, tone: str, otherwise: str) -> str:
        """The colour of a status; ``otherwise`` where there is none."""
        return self.tones.get(tone, otherwise)


@lru_cache(maxsize=16)
def palette(look: Look) -> Palette:
    """The palette of a look."""
    colours = look.colours
    return Palette(
        ink=colours.ink,
        soft=colours.soft,
        grid=tint(colours.line, 0.7),
        edge=colours.line,
        rail=tint(colours.line, 0.5),
        band=tint(colours.brand, 0.11),
        mean=tint(colours.brand, 0.55),
        target=colours.at_risk,
        mark=colours.soft,
        series=(colours.brand, colours.brand_2, *_FURTHER),
        tones={"met": colours.met, "at_risk": colours.at_risk, "missed": colours.missed},
    )


def tint(colour: str, share: float) -> str:
    """``share`` of a colour, the rest white paper."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * share):02x}" for part in parts)
