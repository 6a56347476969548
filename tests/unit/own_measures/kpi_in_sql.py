"""The KPIs of docs/examples/kpi once more, as SQL for SQLite, written from their definitions and not from the YAML.

Each gives numerator and denominator, or the values that a statistic is made of, of the rows as known at the end of the
period; instants are text in UTC, ``:p0`` and ``:p1`` the period.
"""

_ALIVE = "coalesce(is_cancelled, 0) = 0"


def _share(part: str, whole: str) -> str:
    return f"SELECT coalesce(sum(CASE WHEN {part} THEN 1 ELSE 0 END), 0), count(*) FROM rows WHERE {whole}"


def _within(column: str) -> str:
    return f"{column} >= :p0 AND {column} < :p1"


_RESPONSES = f"""
    SELECT (julianday(responded_at) - julianday(opened_at)) * 1440 FROM rows
    WHERE {_within("responded_at")} AND responded_at >= opened_at AND {_ALIVE}
"""

QUOTIENTS = {
    ("dispatch", "dispatch_success"): _share(
        "is_returned = 0", f"{_within('dispatched_at')} AND is_returned IS NOT NULL"
    ),
    ("incident", "record_completeness"): _share(
        "title || service || category || priority || assignment_group IS NOT NULL",
        f"{_within('opened_at')} AND {_ALIVE}",
    ),
    ("release", "release_not_backed_out"): _share(
        "outcome IN ('successful', 'failed')", f"{_within('outcome_at')} AND outcome IS NOT NULL AND {_ALIVE}"
    ),
    ("incident", "follow_up_coverage"): _share(
        "followed_up_at < :p1 AND julianday(followed_up_at) - julianday(resolved_at) <= 7",
        f"""strftime('%Y-%m-%d %H:%M:%f', resolved_at, '+7 days') >= :p0
            AND strftime('%Y-%m-%d %H:%M:%f', resolved_at, '+7 days') < :p1 AND {_ALIVE}""",
    ),
    ("incident", "resolved_of_closed"): _share("resolved_at < :p1", f"{_within('closed_at')} AND {_ALIVE}"),
    ("incident", "resolved_of_all"): _share(
        "resolved_at < :p1",
        f"""opened_at < :p1 AND NOT coalesce(resolved_at < :p0, 0) AND NOT coalesce(closed_at < :p0, 0)
            AND {_ALIVE}""",
    ),
    ("incident", "recurrence_rate"): _share(
        "is_repeated = 1", f"{_within('opened_at')} AND is_repeated IS NOT NULL AND {_ALIVE}"
    ),
    ("request", "request_in_time"): _share(
        "NOT resolved_at > resolution_due_at",
        f"{_within('resolved_at')} AND resolution_due_at IS NOT NULL AND {_ALIVE}",
    ),
    (
        "spare_part",
        "spare_part_availability",
    ): f"SELECT sum(good), sum(checked) FROM rows WHERE {_within('counted_at')}",
    ("training", "training_completion"): _share("held_at < :p1", f"{_within('planned_at')} AND registered_at < :p1"),
    ("training", "examination_passed"): f"SELECT sum(passed), sum(examined) FROM rows WHERE {_within('held_at')}",
}
VALUES = {
    ("incident", "response_mean_min"): ("mean", _RESPONSES),
    ("incident", "response_p90_min"): ("p90", _RESPONSES),
    ("incident", "handling_mean_h"): (
        "mean",
        f"""SELECT (julianday(resolved_at) - julianday(opened_at)) * 24 FROM rows
            WHERE {_within("resolved_at")} AND resolved_at >= opened_at AND {_ALIVE}""",
    ),
}
