"""Changed definitions: what was published under an old one beside what it comes to under the new one, once.

Owns since when a measure is published under its present definition, and the baseline proposed for it. Refuses nothing.
Surprise: *once* means in every revision of the first period that is reported under the new definition; as soon as that
period is published, the next one has nothing to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from itss.measures.base import Measure
from itss.measures.baseline import Baseline, fix

REDEFINED_COLUMNS = ["measure", "process", "period", "was", "version", "published", "recomputed"]
"""A published figure: under version ``was`` of its definition ``published``, under ``version`` ``recomputed``."""
PROPOSAL_COLUMNS = ["measure", "process", "version", "points", "first", "last", "mean", "lower", "upper"]
"""A baseline of the series under ``version``, from ``points`` periods; without limits where these are too few."""

Key = tuple[str, str]
"""Process and measure."""


def empty_redefined() -> pd.DataFrame:
    """No definition has changed."""
    return _typed(pd.DataFrame(columns=REDEFINED_COLUMNS))


def empty_proposals() -> pd.DataFrame:
    """No proposed baseline."""
    return _typed(pd.DataFrame(columns=PROPOSAL_COLUMNS))


def redefined(
    computed: pd.DataFrame, published: pd.DataFrame | None, measures: Iterable[Measure], periods: Sequence[str]
) -> pd.DataFrame:
    """The points (`REDEFINED_COLUMNS`) of the measures whose definition is another than the last published one.

    ``periods`` are those of the history, oldest first; the last is the one being reported.
    """
    label = periods[-1]
    changed = [
        points[points["is_other"] & points["period"].isin(periods) & (points["status"] != "not_available")].assign(
            now=measure.version
        )
        for measure, points in _published_points(published, measures, label)
        if _is_changed(points, label)
    ]
    if not changed:
        return empty_redefined()
    values = computed[["process", "measure", "period", "value"]].rename(columns={"value": "recomputed"})
    names = {"value": "published", "version": "was", "now": "version"}
    both = pd.concat(changed).rename(columns=names).merge(values, on=["process", "measure", "period"], how="left")
    return _typed(both[REDEFINED_COLUMNS])


def _is_changed(points: pd.DataFrame, label: str) -> bool:
    """Whether the newest figure before ``label``, or one of ``label`` itself, has another definition."""
    before = points.loc[points["period"] < label, "is_other"]
    return bool(before.tail(1).any() or points.loc[points["period"] == label, "is_other"].any())


def defined_since(published: pd.DataFrame | None, measures: Iterable[Measure], label: str) -> Mapping[Key, str]:
    """Of each measure that was published under another definition before, the first period under the present one.

    ``label`` is the period being reported, the first one where none was published under it yet.
    """
    since: dict[Key, str] = {}
    for measure, points in _published_points(published, measures, label):
        others = points.loc[points["is_other"] & (points["period"] < label), "period"]
        if len(others):
            later = points.loc[points["period"] > others.max(), "period"]
            since[measure.process, measure.id] = str(later.iloc[0]) if len(later) else label
    return since


def _published_points(
    published: pd.DataFrame | None, measures: Iterable[Measure], label: str
) -> Iterator[tuple[Measure, pd.DataFrame]]:
    """What was published of each measure up to ``label``, oldest first, with whether its definition is another one."""
    if published is None or published.empty:
        return
    known = published[published["version"].notna() & (published["period"] <= label)].sort_values("period")
    groups = dict(tuple(known.groupby(["process", "measure"], sort=False)))
    for measure in measures:
        if (points := groups.get((measure.process, measure.id))) is not None:
            yield measure, points.assign(is_other=(points["version"] != measure.version).to_numpy(dtype=bool))


def proposals(
    changed: pd.DataFrame,
    history: pd.DataFrame,
    measures: Iterable[Measure],
    baselines: Iterable[Baseline],
    on_cases: Collection[tuple[str, str]] = (),
) -> pd.DataFrame:
    """A baseline (`PROPOSAL_COLUMNS`) for each measure of ``changed``, from its series under the new definition.

    None where somebody has fixed one for that definition already. A figure on few cases of a measure ``on_cases`` is no
    point.
    """
    fixed = {(one.process, one.measure, one.definition) for one in baselines}
    asked = set(zip(changed["process"], changed["measure"], strict=True))
    rows = []
    for measure in measures:
        key = measure.process, measure.id
        if key in asked and (*key, measure.version) not in fixed:
            points = history[(history["process"] == key[0]) & (history["measure"] == key[1]) & history["value"].notna()]
            points = points[~(points["n"] < measure.few_below).fillna(False)] if key in on_cases else points
            rows.append(_proposal(measure, points))
    return _typed(pd.DataFrame(rows, columns=PROPOSAL_COLUMNS))


def _proposal(measure: Measure, points: pd.DataFrame) -> dict[str, Any]:
    made = fix(measure.process, measure.id, measure.unit, 0, measure.version, points)
    ends = (str(points["period"].iloc[at]) if len(points) else "" for at in (0, -1))
    limits = {name: getattr(made, name) if made else None for name in ("mean", "lower", "upper")}
    row = {"measure": measure.id, "process": measure.process, "version": measure.version, "points": len(points)}
    return row | dict(zip(("first", "last"), ends, strict=True)) | limits


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    numbers = [name for name in ("published", "recomputed", "mean", "lower", "upper") if name in frame]
    whole = [name for name in ("was", "version", "points") if name in frame]
    return frame.reset_index(drop=True).astype(dict.fromkeys(numbers, "float64") | dict.fromkeys(whole, "int64"))
