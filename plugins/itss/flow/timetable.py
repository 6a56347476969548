"""The schedule of a report: Airflow's own, but each run is named by the period that it reports on.

A task cannot write a note on its run, and the interval that the UI shows is one of the schedule's clock; the id of a
run is what every list of runs shows. The scheduler knows the class by the plugin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.timetables.interval import CronDataIntervalTimetable
from airflow.utils.types import DagRunType

from itss.periods import Period, PeriodKind, last_complete

if TYPE_CHECKING:
    from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction
    from pendulum import DateTime


class PeriodTimetable(CronDataIntervalTimetable):  # type: ignore[misc]
    """A cron in a zone. Ids of scheduled and backfilled runs: ``scheduled__2026-10__2026-10-31T22:00:00+00:00``."""

    def __init__(self, cron: str, timezone: str, kind: PeriodKind, year_starts: int = 1) -> None:
        super().__init__(cron, timezone=timezone)
        self._zone, self._kind, self._year_starts = timezone, kind, year_starts

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """As Airflow's, but for no period a second time: a cron that was moved to later on has its run of it already.

        Else `start_within`, or a later hour in `schedule`, would start every report again at once.
        """
        last = last_automated_data_interval
        following = super().next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
        if following is None or last is None or self._period(following.data_interval) != self._period(last):
            return following
        return super().next_dagrun_info(last_automated_data_interval=following.data_interval, restriction=restriction)

    def generate_run_id(
        self, *, run_type: DagRunType, run_after: DateTime, data_interval: DataInterval | None, **extra: Any
    ) -> str:
        """With the time of the run, so that no two runs are ever called the same, whatever becomes of the schedule.

        The interval that Airflow infers for a run by hand says nothing of the period that was asked for.
        """
        if data_interval is None or run_type not in (DagRunType.SCHEDULED, DagRunType.BACKFILL_JOB):
            named = super().generate_run_id(
                run_type=run_type, run_after=run_after, data_interval=data_interval, **extra
            )
            return str(named)
        suffix = f"{self._period(data_interval).label}__{run_after.isoformat()}"
        return str(run_type.generate_run_id(suffix=suffix))

    def _period(self, interval: DataInterval) -> Period:
        """What a run of ``interval`` reports on."""
        return last_complete(interval.end, self._kind, self._zone, self._year_starts)

    def serialize(self) -> dict[str, Any]:
        """What `deserialize` takes."""
        given = {"zone": self._zone, "kind": self._kind, "year_starts": self._year_starts}
        return {"expression": self._expression, **given}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> PeriodTimetable:
        """The timetable that `serialize` described."""
        return cls(data["expression"], data["zone"], data["kind"], data["year_starts"])
