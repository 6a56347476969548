"""What an agreement is about beside its targets: the services it covers, and which answers count as satisfied.

Refuses a service that is named twice for one day, and answers outside of their scale. Surprise: a scale may be turned
round (1 is the best answer), so the satisfied answers may be its lowest ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from pydantic import Field

from itss.model import EARLIEST, LATEST, Day, Model
from itss.problems import Fault, Loc


class AgreedService(Model):
    """One service of the agreement, for as long as it belongs to it: the whole time where no day is said."""

    name: str = Field(min_length=1, description="the service, as the source spells it", examples=["ERP"])
    since: Day | None = Field(
        None, alias="from", description="first local day on which it is agreed", examples=["2026-04-01"]
    )
    until: Day | None = Field(None, description="last local day on which it is agreed", examples=["2026-12-31"])


class SatisfiedAnswers(Model):
    """Which answers of one scale count as satisfied; the scale is its lowest and its highest answer."""

    scale: tuple[float, float] = Field(
        description="the lowest and the highest answer of the scale", examples=["[1, 4]"]
    )
    answers: tuple[float, ...] = Field(
        min_length=1,
        description="these answers, and those between them, count as satisfied; where 1 is the best, the lowest ones",
        examples=["[1, 2]"],
    )


ONE_TO_FIVE = SatisfiedAnswers(scale=(1, 5), answers=(4, 5))
"""The one scale that is understood without a declaration."""


def service_faults(loc: Loc, services: Sequence[AgreedService]) -> Iterator[Fault]:
    """Services that end before they begin, and two that are the same one on the same day."""
    for number, one in enumerate(services):
        if one.since and one.until and one.until < one.since:
            message = f"'{one.name}' is agreed until {one.until}, before it is agreed from {one.since}."
            yield Fault((*loc, number), message, "Swap or correct the two days.")
    for (_, one), (number, other) in combinations(enumerate(services), 2):
        if one.name == other.name and _overlap(one, other):
            message = f"The service '{one.name}' is named twice for the same days."
            yield Fault((*loc, number), message, "Keep one, or end the first before the second begins.")


def satisfied_faults(loc: Loc, scales: Sequence[SatisfiedAnswers]) -> Iterator[Fault]:
    """Scales without width or named twice, answers outside of them, and scales of which every answer would do."""
    for number, one in enumerate(scales):
        low, high = one.scale
        if low >= high:
            yield Fault((*loc, number, "scale"), f"The scale ends at {high:g}, not above {low:g}.", "Write [1, 5].")
        elif min(one.answers) < low or max(one.answers) > high:
            message = f"There are answers outside of the scale {low:g} to {high:g}."
            yield Fault((*loc, number, "answers"), message, "Name answers that the scale has.")
        elif min(one.answers) == low and max(one.answers) == high:
            message = f"Every answer from {low:g} to {high:g} would count as satisfied."
            yield Fault((*loc, number, "answers"), message, "Name the satisfied ones only.")
        if one.scale in [other.scale for other in scales[:number]]:
            yield Fault((*loc, number, "scale"), f"The scale {low:g} to {high:g} is named twice.", "Keep one of them.")


def _overlap(one: AgreedService, other: AgreedService) -> bool:
    return (one.since or EARLIEST) <= (other.until or LATEST) and (other.since or EARLIEST) <= (one.until or LATEST)
