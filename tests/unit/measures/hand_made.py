"""Rows written by hand: local times of Asia/Shanghai as text, only the columns that a row of the table has."""

import datetime as dt

import pandas as pd
from itss.agreements.models import AgreementVersion, ServiceHours, Target, TimeTarget
from itss.measures.base import Outcome
from itss.measures.scope import Scope
from itss.periods import parse_period
from itss.processes import PROCESSES

ZONE = "Asia/Shanghai"
START, LAST, END = "2026-09-01 00:00", "2026-09-30 23:59:59.999999", "2026-10-01 00:00"
SEPTEMBER = parse_period("2026-09", "month", ZONE)
OFFICE = ServiceHours(
    weekly={day: ((dt.time(9), dt.time(18)),) for day in ("mon", "tue", "wed", "thu", "fri")}, holidays="CN"
)
ALWAYS = ServiceHours(always=True)
_DTYPES = {
    "string": "str",
    "intervals": "str",
    "history": "str",
    "number": "float64",
    "integer": "Int64",
    "boolean": "boolean",
}


def month(label):
    return parse_period(label, "month", ZONE)


def agreement(*targets, hours=OFFICE, times=None, version="1", since="2020-01-01"):
    return AgreementVersion(
        version=version,
        effective_from=dt.date.fromisoformat(since),
        service_hours=hours,
        time_targets={key: TimeTarget(response_h=a, resolution_h=b) for key, (a, b) in (times or {}).items()},
        targets=[Target(**target) for target in targets],
    )


def frame(process, rows, columns=()):
    """A conformed frame: the columns that any row has, and those of ``columns``, typed as the process says."""
    names = [c.name for c in PROCESSES[process].columns if c.name in columns or any(c.name in row for row in rows)]
    unknown = {key for row in rows for key in row} - set(names)
    if unknown:
        raise ValueError(f"unknown columns {unknown}")
    types = {c.name: c.type for c in PROCESSES[process].columns}
    return pd.DataFrame({name: _typed([row.get(name) for row in rows], types[name]) for name in names})


def _typed(values, kind):
    if kind != "instant":
        return pd.Series(values, dtype=_DTYPES[kind])
    local = pd.to_datetime(pd.Series(values, dtype="object"), format="ISO8601").dt.tz_localize(ZONE)
    return local.dt.tz_convert("UTC").dt.as_unit("us")


def scope(process, rows, period=SEPTEMBER, version=None, others=None):
    rows = rows if isinstance(rows, pd.DataFrame) else frame(process, rows)
    whole = Scope(rows, period, version, others or {})
    derive = PROCESSES[process].derive
    return Scope(derive(whole), period, version, whole.others) if derive else whole


def is_available(process, measure, *args, **kwargs):
    return set(_measure(process, measure).needs) <= set(scope(process, *args, **kwargs).rows.columns)


def outcome(process, measure, *args, **kwargs) -> Outcome:
    """The outcome of one measure, which must be available."""
    found = scope(process, *args, **kwargs)
    missing = set(_measure(process, measure).needs) - set(found.rows.columns)
    if missing:
        raise ValueError(f"{measure} is not available: {missing}")
    return _measure(process, measure).compute(found)


def value(*args, **kwargs):
    return outcome(*args, **kwargs).value


def _measure(process, measure):
    return next(m for m in PROCESSES[process].measures if m.id == measure)
