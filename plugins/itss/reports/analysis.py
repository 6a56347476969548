"""The written analysis of each section: two to five sentences that the figures carry, and not one more.

Says what was met and missed, what moved and whether that is a signal, and which services and priorities make up the
change. Refuses causes: why something happened is the author's to say, in his comment. Surprise: a change is taken
apart only where it is a signal, a missed target, or too young to be judged; what is ordinary fluctuation is left so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from itss.measures.base import Section as SectionKey
from itss.reports import analysis_of_events, analysis_of_trends
from itss.reports.composition import composition, largest
from itss.reports.figure import Figure
from itss.reports.targets import targeted
from itss.reports.verdict import movement
from itss.reports.writer import Writer

LEAST, MOST = 2, 5
MAX_ITEMS = 3


def sentences(writer: Writer, key: SectionKey, leads: int) -> tuple[str, ...]:
    """The sentences of one section, beside its ``leads`` statements; none where there are no figures."""
    parts: dict[SectionKey, Callable[[Writer], Iterable[str]]] = {
        "a": _targets,
        "b": _nonconformities,
        "c": _workload,
        "d": analysis_of_events.sentences,
        "e": analysis_of_trends.sentences,
        "f": _satisfaction,
    }
    said = dict.fromkeys(sentence for sentence in parts[key](writer) if sentence)
    # the statements of section c are a list of its processes, not sentences
    return tuple(islice(said, MOST - 1 if key == "c" else max(LEAST, MOST - leads)))


def _targets(writer: Writer) -> Iterable[str]:
    judged = targeted(writer)
    missed = [figure for figure in judged if figure.status == "missed"]
    if missed:
        yield _against(writer, "analysis.missed", missed)
    at_risk = [figure for figure in judged if figure.status == "at_risk"]
    if at_risk:
        yield _against(writer, "analysis.at_risk", at_risk)
    chosen = _most_moved(writer, [f for f in judged if not f.dimension and f.measure.section == "a"])
    chosen = chosen or _most_moved(writer, [f for f in writer.given.of_section("a") if f.measure.better != "neither"])
    for figure in chosen[:1]:
        yield movement(writer, figure)
        yield _made_of(writer, figure)
    for figure in chosen[1:2]:
        yield movement(writer, figure)


def _nonconformities(writer: Writer) -> Iterable[str]:
    yield _again(writer)
    yield _places(writer)
    own = writer.given.of_section("b")
    breaches = [f for (process, measure), f in writer.given.whole.items() if measure in writer.roles(process).breaches]
    for figure in _most_moved(writer, [f for f in (*breaches, *own) if f.value is not None])[:2]:
        yield movement(writer, figure)


def _workload(writer: Writer) -> Iterable[str]:
    figures = {f.key: f for f in writer.given.of_section("c") if f.value is not None}
    flow = {(process, role) for process, _ in figures for role in (writer.roles(process).inflow,)}
    left = {(process, role) for process, _ in figures for role in (writer.roles(process).stock,)}
    opened = _most_moved(writer, [f for key, f in figures.items() if key in flow])
    for figure in opened[:1]:
        yield movement(writer, figure)
        yield _made_of(writer, figure) or largest(writer, figure)
        daily = figures.get((figure.key[0], writer.roles(figure.key[0]).daily_inflow))
        yield movement(writer, daily) if daily else ""
    backlog = _most_moved(writer, [f for key, f in figures.items() if key in left])
    for figure in (*backlog[:1], *opened[1:2]):
        yield movement(writer, figure)
    for figure in _most_moved(writer, [f for key, f in figures.items() if key not in flow | left])[:2]:
        yield movement(writer, figure) if not opened else ""


def _satisfaction(writer: Writer) -> Iterable[str]:
    figures = {f.key: f for f in writer.given.of_section("f") if f.value is not None}
    for process, asked in writer.opinions():
        top = figures.get((process, asked.satisfied))
        if top is not None:
            yield _interval(writer, top)
            yield movement(writer, top)
            yield _made_of(writer, top)
        for key in ((process, asked.mean), (process, asked.response)):
            yield movement(writer, figures[key]) if key in figures else ""


def _interval(writer: Writer, figure: Figure) -> str:
    """Where the interval lies to the target: whether chance alone may be what parts them."""
    if figure.target is None or figure.low is None or figure.high is None:
        return ""
    if not figure.at_least:
        return ""
    where = "above" if figure.low >= figure.target else "below" if figure.high < figure.target else "around"
    low, high = (writer.cells.plain(bound, figure.measure.unit) for bound in (figure.low, figure.high))
    return writer.words(f"analysis.interval_{where}", low=low, high=high, target=writer.target(figure).text)


def _against(writer: Writer, key: str, figures: Sequence[Figure]) -> str:
    items = [
        writer.words("analysis.against", name=writer.label(f), value=_stood(writer, f), target=writer.target(f).text)
        for f in figures[:MAX_ITEMS]
    ]
    more = len(figures) - len(items)
    rest = writer.plural("analysis.more", more) if more else ""
    return writer.words(key, items=writer.cells.words.join(items)) + rest + writer.words("stop")


def _stood(writer: Writer, figure: Figure) -> str:
    """A value; that it stands on few cases, where it does."""
    if not figure.is_few:
        return writer.shown(figure)
    return writer.shown(figure) + writer.words("basis.few_cases", n=f"{figure.n:,}")


def _again(writer: Writer) -> str:
    """How many targets were missed in the period before, and which of them are missed again."""
    before = writer.given.before
    last = writer.given.period.shift(-1).label
    judged = [f for f in before.values() if f.target is not None and f.status in ("met", "at_risk", "missed")]
    if not judged:
        return ""
    if any(item.period == last for item in writer.given.restatements):
        return ""  # what was missed then is what was published then
    then = {(*f.key, f.dimension, f.member) for f in judged if f.status == "missed"}
    again = [f for f in targeted(writer) if f.status == "missed" and (*f.key, f.dimension, f.member) in then]
    if not then:
        return writer.plural("analysis.none_missed_before", len(judged))
    said = writer.plural("analysis.missed_before", len(then))
    if again:
        names = [writer.label(figure) for figure in again[:MAX_ITEMS]]
        said += writer.plural("analysis.missed_again", len(again), names=writer.cells.words.join(names))
        more = len(again) - len(names)
        said += writer.plural("analysis.more", more) if more else ""
    return said + writer.words("stop")


def _places(writer: Writer) -> str:
    """In which services and priorities most of the records in breach are."""
    rows = writer.given.measured.nonconformities.drop_duplicates(["process", "id"])
    parts = []
    for dimension in ("service", "priority"):
        counts = rows[dimension].replace("", None).dropna().value_counts()
        named = [
            writer.words("analysis.part_member", member=writer.member_name(str(name)), part=f"{count:,}")
            for name, count in islice(counts.items(), MAX_ITEMS)
        ]
        if named:
            words = writer.words(f"dimension.{dimension}")
            parts.append(writer.words("analysis.part", dimension=words, members=writer.cells.words.join(named)))
    if not parts:
        return ""
    return writer.words(
        "analysis.places", total=f"{len(rows):,}", parts=writer.words("analysis.part_joint").join(parts)
    )


def _made_of(writer: Writer, figure: Figure) -> str:
    trend = writer.trend(figure)
    if trend is None or not (trend.is_signal or figure.status == "missed" or trend.upper is None):
        return ""
    return composition(writer, figure)


def _most_moved(writer: Writer, figures: Sequence[Figure]) -> list[Figure]:
    """Figures that can be compared: signals first, then what moved at all, missed targets, agreed ones."""

    def rank(figure: Figure) -> tuple[bool, bool, bool, bool]:
        trend = writer.trend(figure)
        stayed = trend is not None and trend.previous == figure.value
        return not (trend and trend.is_signal), stayed, figure.status != "missed", figure.target is None

    able = [
        f
        for f in figures
        if (trend := writer.trend(f)) and f.value is not None and trend.previous is not None and not trend.is_few
    ]
    return sorted(able, key=rank)
