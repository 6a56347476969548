"""Section e) in sentences: the signals, the lasting directions, and what limits and series stand on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from itss.reports.figure import Figure, Trend
from itss.reports.verdict import bound_text
from itss.reports.writer import Writer

MAX_ITEMS = 3
Known = tuple[Figure, Trend]


def sentences(writer: Writer) -> Iterable[str]:
    """Signals or their absence, directions, then where the points and the limits come from."""
    known = [
        (figure, trend)
        for figure in writer.given.whole.values()
        if figure.value is not None and (trend := writer.trend(figure))
    ]
    if not known or len(writer.periods) < 2:
        return
    yield _signals(writer, known)
    yield _directions(writer, known)
    if writer.given.restatements:
        yield writer.plural("analysis.restated", len(writer.given.restatements))
    basis = [text for text in (_limits(writer, known), _origin(writer)) if text]
    said = writer.words("analysis.part_joint").join(basis)
    yield said[0].upper() + said[1:] + writer.words("stop") if said else ""


def _signals(writer: Writer, known: Sequence[Known]) -> str:
    judged = [trend for _, trend in known if trend.upper is not None and not trend.is_few]
    found = [(figure, trend) for figure, trend in known if trend.is_signal]
    if not judged:
        return writer.words("analysis.no_limits")
    if not found:
        rest = len(known) - len(judged)
        left = writer.plural("analysis.not_limited", rest) if rest else ""
        return writer.plural("analysis.no_signal", len(judged)) + left + writer.words("stop")
    ranked = sorted(found, key=lambda pair: (pair[0].target is None, not pair[1].is_outside))
    items = [
        writer.words(
            f"analysis.signal_{trend.rule}",
            name=writer.label(figure),
            value=writer.shown(figure),
            lower=bound_text(writer, figure, trend.lower),
            upper=bound_text(writer, figure, trend.upper),
            mean=writer.cells.number(trend.mean, figure.measure.unit).text,
        )
        for figure, trend in ranked[:MAX_ITEMS]
    ]
    said = writer.plural("analysis.signals", len(found), items=writer.words("analysis.part_joint").join(items))
    return said + _more(writer, len(found)) + writer.words("stop")


def _directions(writer: Writer, known: Sequence[Known]) -> str:
    parts = []
    for direction in ("worsening", "improving"):
        found = [
            writer.words("analysis.over", name=writer.label(figure), n=trend.n_points)
            for figure, trend in known
            if trend.direction == direction
        ]
        if found:
            names = writer.cells.words.join(found[:MAX_ITEMS])
            parts.append(writer.words(f"analysis.{direction}", names=names) + _more(writer, len(found)))
    return writer.words("analysis.joint").join(part + writer.words("stop") for part in parts)


def _limits(writer: Writer, known: Sequence[Known]) -> str:
    fixed = sum(trend.limits == "fixed" for _, trend in known)
    provisional = sum(trend.limits == "provisional" for _, trend in known)
    if not fixed and not provisional:
        return ""
    if not fixed or not provisional:
        return writer.words("analysis.all_fixed" if fixed else "analysis.all_provisional")
    return writer.words("analysis.fixed", fixed=fixed, provisional=provisional)


def _origin(writer: Writer) -> str:
    """How many earlier points are as published, and which periods had to be computed."""
    given = writer.given
    earlier = [label for label in writer.periods if label != given.period.label]
    computed = {label for labels in given.computed.values() for label in labels}
    if not earlier:
        return ""
    if not computed:
        return writer.words("analysis.all_published", n=len(earlier))
    if all(
        given.computed.get(key, frozenset()) >= line.keys() - {given.period.label}
        for key, line in given.history.items()
    ):
        return writer.words("analysis.none_published", n=len(earlier))
    return writer.words("analysis.some_published", periods=writer.span(sorted(computed)))


def _more(writer: Writer, total: int) -> str:
    return writer.plural("analysis.more", total - MAX_ITEMS) if total > MAX_ITEMS else ""
