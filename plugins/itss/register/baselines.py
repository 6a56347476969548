"""The frozen limits of the control charts: fixed from what was published, replaced only by a person.

Rows are never changed or deleted: a new version is a new row, with who set it and why, so the table is its own log.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from itss.errors import RegisterError
from itss.register.desk import Desk
from itss.register.published import published_history
from itss.register.queries import keys_of, last_sealed
from itss.register.schema import BaselineRow

if TYPE_CHECKING:
    import pandas as pd

    from itss.measures.base import Measure
    from itss.measures.baseline import Baseline

AUTOMATIC = "fixed by itself: enough figures are published"


def baselines(session: Session, report: str) -> list[Baseline]:
    """The frozen limits of a report's control charts, all versions, by measure and number."""
    from itss.measures.baseline import Baseline

    rows = session.scalars(
        select(BaselineRow)
        .where(BaselineRow.report.in_(keys_of(session, report)))
        .order_by(BaselineRow.process, BaselineRow.measure, BaselineRow.number)
    )
    names = Baseline.__dataclass_fields__
    return [Baseline(**{name: getattr(row, name) for name in names}) for row in rows]


def fix_due(desk: Desk, report: str, measures: Iterable[Measure]) -> list[Baseline]:
    """Fix the limits of each measure that has enough published figures and no baseline yet; returns those."""
    from itss.measures.baseline import due

    known = baselines(desk.session, report)
    done = {(one.process, one.measure, one.definition) for one in known}
    open_ones = [one for one in measures if (one.process, one.id, one.version) not in done]
    if not open_ones:  # as it is for years, once there were enough figures
        return []
    points = published_history(desk.session, report, measures={one.id for one in open_ones})
    found = due(open_ones, points, known)
    return [one for one in found if _add(desk, report, one, "", AUTOMATIC)]


def replace(
    desk: Desk,
    report: str,
    process: str,
    measure: str,
    *,
    first: str,
    last: str,
    who: str,
    reason: str,
    recomputed_in: str = "",
) -> Baseline:
    """A new version of a measure's limits, from what was published for ``first`` to ``last``.

    After a change of definition, from the series that the sealed report of ``recomputed_in`` shows under the new one.
    `RegisterError` when that is too little.
    """
    from itss.measures.baseline import chartable, fix
    from itss.measures.limits import CHART_FROM

    name = f"{process}.{measure} of {report}"
    known = [one for one in baselines(desk.session, report) if (one.process, one.measure) == (process, measure)]
    published = published_history(desk.session, report)
    points = published[(published["process"] == process) & (published["measure"] == measure)]
    if recomputed_in:
        points = points[points["period"] == recomputed_in]
    if points.empty:
        raise RegisterError(
            f"No figure {name} was ever published{f' for {recomputed_in}' if recomputed_in else ''}.",
            "Name report, process and measure by their ids.",
        )
    newest = points.sort_values("period").iloc[-1]
    unit, definition = newest["unit"], int(newest["version"])
    series = _recomputed(desk, report, process, measure, recomputed_in) if recomputed_in else None
    chosen = chartable(points, definition) if series is None else series
    chosen = chosen[chosen["period"].between(first, last)]
    made = fix(process, measure, unit, max((one.number for one in known), default=0) + 1, definition, chosen)
    if made is None:
        came = f"are in the report of {recomputed_in}" if recomputed_in else "were published"
        raise RegisterError(
            f"Only {len(chosen)} figures {name} of definition version {definition} {came} from {first} to {last}.",
            f"A baseline needs {CHART_FROM} or more.",
        )
    if not _add(desk, report, made, who, reason):
        raise RegisterError(f"Somebody else has just set a baseline for {name}.", "Look at it, then decide again.")
    return made


def _recomputed(desk: Desk, report: str, process: str, measure: str, period: str) -> pd.DataFrame:
    from itss.register.sealed_series import sealed_points

    sealed = last_sealed(desk.session, report, period)
    if sealed is None:
        raise RegisterError(f"No report {report} of {period} is sealed.", "Wait for it, then fix the baseline.")
    return sealed_points(sealed, process, measure)


def _add(desk: Desk, report: str, made: Baseline, who: str, reason: str) -> bool:
    """Write it down; ``False`` when another transaction was faster with this number."""
    try:
        with desk.session.begin_nested():
            desk.session.add(BaselineRow(report=report, **asdict(made), set_at=desk.clock(), who=who, reason=reason))
    except IntegrityError:
        return False
    said: dict[str, Any] = {"process": made.process, "measure": made.measure, "number": made.number, "reason": reason}
    desk.note(report, "baseline", who or "measure", **said)
    return True
