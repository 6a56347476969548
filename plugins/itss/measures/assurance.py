"""Assurance: may a target be expected to be held, to be missed, or is it chance, as the process runs now?

The natural limits of a control chart against the target, as the *assurance* of NHS *Making data count*. The edge
belongs to *met*, as in `itss.measures.judge`: a limit on the target is a value that would meet it. Refuses nothing;
says nothing of a figure without a target.
"""

from __future__ import annotations

from typing import Literal

from itss.measures.judge import TOLERANCE

Assurance = Literal["", "held", "missed", "chance", "too_few"]


def assurance_of(target: float | None, lower: float | None, upper: float | None, *, is_at_least: bool) -> Assurance:
    """``held``: every value within the limits meets the target; ``missed``: none does; ``chance``: some do.

    ``too_few``: there are no limits yet. ``is_at_least`` is false where the target is a most.
    """
    if target is None:
        return ""
    if lower is None or upper is None:
        return "too_few"
    worst, best = (lower - target, upper - target) if is_at_least else (target - upper, target - lower)
    if worst >= -TOLERANCE:
        return "held"
    return "chance" if best >= -TOLERANCE else "missed"
