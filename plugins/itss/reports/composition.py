"""What a change is made of: the services and priorities that carry most of it.

Arithmetic and no more: the parts are the members' own changes, and nothing is said unless they add up to the change
of the whole. Of a share, what changes is the number of cases that fell short.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from itss.reports.figure import Figure
from itss.reports.writer import Writer

FOREMOST = ("service", "priority")
MAX_DIMENSIONS, MAX_MEMBERS = 2, 3
ENOUGH = 0.5
"""Members are named until they carry this much of the change."""
MAX_CROSSING = 3
"""A change that is the small rest of many opposite ones is no member's doing, so nothing is said of it."""


def composition(writer: Writer, figure: Figure) -> str:
    """The sentence on ``figure``'s change since the last period; empty where it cannot be taken apart."""
    before = writer.given.before.get((*figure.key, "", ""))
    trend = writer.trend(figure)
    if before is None or trend is None or trend.previous is None or before.value is None or trend.is_few:
        return ""
    if figure.value == trend.previous:
        return ""  # nothing changed, however many cases it stands on
    if not math.isclose(before.value, trend.previous, rel_tol=1e-9, abs_tol=1e-12):
        return ""  # published otherwise: the members of then are not those of the published figure
    now, then = _cases(figure), _cases(before)
    if now is None or then is None or now == then:
        return ""
    parts = [
        part for dimension in _dimensions(writer, figure) if (part := _part(writer, figure, dimension, now - then))
    ]
    if not parts:
        return ""
    kind = "cases" if figure.measure.unit == "share" else "count"
    return writer.words(
        f"analysis.made_of_{kind}",
        name=writer.label(figure),
        before=f"{then:,.0f}",
        now=f"{now:,.0f}",
        change=_signed(now - then),
        parts=writer.words("analysis.part_joint").join(parts),
    )


def largest(writer: Writer, figure: Figure) -> str:
    """Which members have most of a count of this period; empty where it is not split."""
    if figure.measure.unit != "count" or not figure.value:
        return ""
    parts = []
    for dimension in _dimensions(writer, figure):
        split = _members(writer, figure, dimension).items()
        members = {name: one.value for name, one in split if one.value is not None}
        if len(members) > 1 and math.isclose(sum(members.values()), figure.value):
            parts.append(_named(writer, figure, dimension, _foremost(members, figure.value), "plain"))
    if not parts:
        return ""
    joined = writer.words("analysis.part_joint").join(parts)
    return writer.words("analysis.largest", name=writer.label(figure), value=writer.shown(figure), parts=joined)


def _part(writer: Writer, figure: Figure, dimension: str, whole: float) -> str:
    now, then = _members(writer, figure, dimension), _members(writer, figure, dimension, is_before=True)
    changes: dict[str, float] = {}
    for name in dict.fromkeys([*now, *then]):
        pair = [_cases(one) if one is not None else 0.0 for one in (now.get(name), then.get(name))]
        if pair[0] is None or pair[1] is None:
            return ""
        changes[name] = pair[0] - pair[1]
    if not math.isclose(sum(changes.values()), whole, abs_tol=1e-9):
        return ""
    if sum(map(abs, changes.values())) > abs(whole) * MAX_CROSSING:
        return ""
    return _named(writer, figure, dimension, _foremost(changes, whole), "signed")


def _foremost(parts: Mapping[str, float], whole: float) -> dict[str, float]:
    """The largest parts in the direction of the whole, until they are enough of it."""
    chosen: dict[str, float] = {}
    for name, part in sorted(parts.items(), key=lambda item: (-item[1] * math.copysign(1, whole), item[0])):
        if part * whole <= 0 or len(chosen) == MAX_MEMBERS or abs(sum(chosen.values())) >= abs(whole) * ENOUGH:
            break
        chosen[name] = part
    return chosen


def _named(writer: Writer, figure: Figure, dimension: str, members: Mapping[str, float], how: str) -> str:
    named = [
        writer.words(
            "analysis.part_member",
            member=writer.member_name(name),
            part=_signed(part) if how == "signed" else f"{part:,.0f}",
        )
        for name, part in members.items()
    ]
    by = writer.dimension(figure.key[0], dimension)
    return writer.words("analysis.part", dimension=by, members=writer.cells.words.join(named))


def _cases(figure: Figure) -> float | None:
    """What adds up over members: a count itself, of a share the cases that fell short; ``None`` of anything else."""
    if figure.measure.unit == "count":
        return figure.value if figure.value is not None and float(figure.value).is_integer() else None
    if figure.measure.unit != "share" or (figure.measure.better == "neither" and figure.target is None):
        return None
    if figure.value is None:
        return 0.0 if figure.status == "not_applicable" else None
    return figure.against


def _dimensions(writer: Writer, figure: Figure) -> Iterator[str]:
    """Service and priority, where the figure is split by them."""
    known = {f.dimension for f in writer.given.figures if f.key == figure.key and f.dimension}
    yield from [dimension for dimension in FOREMOST if dimension in known][:MAX_DIMENSIONS]


def _members(writer: Writer, figure: Figure, dimension: str, *, is_before: bool = False) -> dict[str, Figure]:
    rows = writer.given.before.values() if is_before else writer.given.figures
    return {one.member: one for one in rows if one.key == figure.key and one.dimension == dimension}


def _signed(value: float) -> str:
    return ("+" if value > 0 else "−") + f"{abs(value):,.0f}"
