"""Whether a target may be expected to be held: the limits of the control chart against the target.

Nothing is expected on limits that do not stand: of members, of what is not covered, on fewer points than limits need.
Source: NHS England, *Making data count*, assurance icons.
"""

from __future__ import annotations

from typing import Literal

from itss.reports.figure import Figure, Trend
from itss.reports.writer import Writer

Assurance = Literal["held", "missed", "chance", "too_few"]


def assurance(figure: Figure, trend: Trend | None) -> Assurance:
    """``held`` where all that is within the limits meets the target, ``missed`` where none does, else ``chance``."""
    if trend is None or trend.is_few or trend.lower is None or trend.upper is None or figure.target is None:
        return "too_few"
    worst, best = (trend.lower, trend.upper) if figure.at_least else (-trend.upper, -trend.lower)
    target = figure.target if figure.at_least else -figure.target
    if worst >= target:
        return "held"
    return "missed" if best < target else "chance"


def word(writer: Writer, figure: Figure) -> str:
    """The expectation in words; empty for members, which have no control chart of their own."""
    if figure.dimension or figure.target is None:
        return ""
    return writer.words(f"assurance.{assurance(figure, writer.trend(figure))}")
