"""The incident measures by one hand-written DuckDB query: what ours are held against, in figures and in time."""

from __future__ import annotations

from pathlib import Path

import duckdb
import holidays
import numpy as np
import pandas as pd
import pyarrow as pa
from itss.measures.workdays import workdays
from itss.periods import Period

from benchmarks.incident_rows import AGREEMENT, TIMES

QUERY = (Path(__file__).parent / "incidents.sql").read_text(encoding="utf-8")
_HOURS_A_DAY = 9
_TOLERANCE = 1e-6


def connect(rows: pd.DataFrame, period: Period) -> duckdb.DuckDBPyConnection:
    """A database in memory that holds the incidents and the calendar, as the query wants them."""
    connection = duckdb.connect()
    plain = rows.apply(lambda c: c.dt.tz_localize(None) if isinstance(c.dtype, pd.DatetimeTZDtype) else c)
    connection.register("given", pa.Table.from_pandas(plain, preserve_index=False))
    connection.execute("create table incident as from given")
    connection.unregister("given")
    connection.register("given_days", _days(rows, period))
    connection.execute("create table days as from given_days")
    times = ", ".join(f"('{priority}', {response}, {resolution})" for priority, (response, resolution) in TIMES.items())
    connection.execute(f"create table agreed as from (values {times}) t(priority, response_h, resolution_h)")
    # whole numbers, which the database divides faster than it takes dates apart
    connection.execute("create macro local_day(x) as (epoch_us(x) + 28800000000) // 86400000000")
    connection.execute("create macro hours(x) as ((epoch_us(x) + 28800000000) % 86400000000) / 3600000000 - 9")
    for name, moment in (("p0", period.start), ("p1", period.end)):
        connection.execute(f"create macro {name}() as timestamp '{moment.replace(tzinfo=None).isoformat()}'")
    connection.execute(f"create macro workdays() as {workdays(period, AGREEMENT)}")
    return connection


def figures(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """All figures, a row for the whole (service and priority empty), each service and each priority."""
    return connection.execute(QUERY).df()


def compare(measured: pd.DataFrame, queried: pd.DataFrame) -> None:
    """Raise if a figure that was measured differs from the query's, or has none there."""
    expected = {}
    for row in queried.to_dict("records"):
        by = next((name for name in ("service", "priority") if isinstance(row[name], str)), "")
        expected |= {(by, row.get(by, ""), measure): value for measure, value in row.items()}
    for figure in measured[measured["value"].notna()].itertuples():
        found = expected.get((figure.dimension, figure.member, figure.measure))
        if found is None or abs(found - figure.value) > _TOLERANCE:
            raise SystemExit(f"{figure.measure} of {figure.member or 'the whole'}: {figure.value}, by SQL {found}")


def _days(rows: pd.DataFrame, period: Period) -> pd.DataFrame:
    """The calendar by day number since 1970, from some days before the first instant to some after the last."""
    instants = [rows[name] for name in ("opened_at", "responded_at", "resolved_at", "closed_at")]
    first = min(min(values.min() for values in instants), pd.Timestamp(period.start)) - pd.Timedelta(days=2)
    last = max(max(values.max() for values in instants), pd.Timestamp(period.end)) + pd.Timedelta(days=2)
    dates = pd.date_range(first.date(), last.date())
    china = holidays.country_holidays("CN")
    is_open = np.array([china.is_working_day(day.date()) for day in dates], dtype=np.int64)
    numbers = dates.to_numpy(dtype="datetime64[D]").astype(np.int64)
    return pd.DataFrame({"day": numbers, "worked": (np.cumsum(is_open) - is_open) * _HOURS_A_DAY, "is_open": is_open})
