"""Rows to measure: drawn at random, with the edges that matter drawn often (the very begin and end of the period, empty
cells), and those of the sample ITSM system.
"""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from hand_made import SEPTEMBER
from itss.calendars.pauses import written_pauses
from itss.processes import PROCESSES
from itss.report_list.data_source import DataSource
from itss.sample import generate
from itss.settings import settings
from itss.sources.collect import collect
from itss.sources.snapshot import read_frame

SIZE = 1000
_WORDS = {
    "priority": ["Critical", "High", "Moderate", "Low", "P5"],
    "service": ["Email", "邮件", "ERP"],
    "resource": ["disk", "cpu", "lan"],
    "caused_by_change": [f"change{n}" for n in range(0, SIZE, 4)],
    "problem": [f"problem{n}" for n in range(0, SIZE, 4)],
}


@pytest.fixture(scope="session")
def random_frames():
    """A frame of every process with all of its columns."""
    # a seed for each process, so that a new one does not change the rows of the others
    return {
        key: _frame(process, np.random.default_rng([20260930, *key.encode()])) for key, process in PROCESSES.items()
    }


@pytest.fixture(scope="session")
def sample_frames(tmp_path_factory):
    """The sample's September with the months before it; the register, which is no part of it, has no rows."""
    path = tmp_path_factory.mktemp("sample") / "itsm.sqlite"
    generate(path, dt.date(2026, 9, 1), months=3)
    return {
        name: read_frame(
            collect(
                process,
                DataSource(system="itss", connection="itsm_sample"),
                sql_file=settings().shipped / "sql" / "itss" / f"{name}.sql",
                base=path.parent,
                start=SEPTEMBER.shift(-1).start,
                end=SEPTEMBER.end,
                connection_url=lambda _: sa.URL.create("sqlite", database=str(path)),
                to=path.parent / f"{name}.parquet",
            ).path
        )
        for name, process in PROCESSES.items()
        if name != "reporting"
    }


def _frame(process, rng):
    columns = {}
    for column in process.columns:
        if column.name == "id":
            columns["id"] = pd.Series([f"{process.id}{n}" for n in range(SIZE)], dtype="str")
        elif column.type == "instant":
            columns[column.name] = _instants(column, columns, rng)
        elif column.type == "intervals":
            columns[column.name] = _intervals(columns["opened_at"], rng)
        elif column.type == "history":
            columns[column.name] = _history(column, columns["opened_at"], rng)
        else:
            columns[column.name] = _values(column, rng)
    return pd.DataFrame(columns)


def _instants(column, earlier, rng):
    """Mostly some hours after one of the earlier columns, sometimes on an edge, sometimes empty or before it."""
    begin = SEPTEMBER.shift(-13).start
    edges = [SEPTEMBER.start, SEPTEMBER.end, SEPTEMBER.end - dt.timedelta(microseconds=1), SEPTEMBER.shift(-1).start]
    base = [values for values in earlier.values() if isinstance(values.dtype, pd.DatetimeTZDtype)]
    if base:
        hours = pd.Series(rng.exponential(60, SIZE).round(rng.integers(0, 3)) - 1.0)
        found = base[-1].fillna(base[0]) + pd.to_timedelta(hours, unit="h")
    else:
        found = pd.Series(pd.Timestamp(begin) + pd.to_timedelta(rng.uniform(0, 14 * 30.5 * 24, SIZE), unit="h"))
    found = found.dt.floor("min").dt.as_unit("us")
    on_edge = rng.random(SIZE) < 0.05
    found[on_edge] = [pd.Timestamp(edges[n]) for n in rng.integers(0, 4, on_edge.sum())]
    if not column.required:
        found[rng.random(SIZE) < 0.15] = pd.NaT
    return found


def _intervals(opened, rng):
    """For some rows one to three intervals, some overlapping, some before the row began, the last perhaps open."""
    row = np.sort(rng.integers(0, SIZE, SIZE // 3))
    begin = (opened.iloc[row].reset_index(drop=True) + pd.to_timedelta(rng.integers(-10, 90, len(row)), "h")).dt.floor(
        "s"
    )
    end = (begin + pd.to_timedelta(rng.exponential(30, len(row)), "h")).dt.floor("s")
    is_last = np.append(row[1:] != row[:-1], True)
    end[is_last & (rng.random(len(row)) < 0.2)] = pd.NaT
    pauses = pd.DataFrame({"row": row, "started_at": begin.dt.as_unit("us"), "ended_at": end.dt.as_unit("us")})
    return written_pauses(pauses.dropna(subset="started_at")).reindex(range(SIZE)).astype("str")


def _history(column, opened, rng):
    """For two rows in three one to six entries, the first of some before the row began, some after the period."""
    words = list(column.values) or _WORDS["priority"]
    texts = []
    for begin in opened:
        moments = begin.floor("s") + pd.to_timedelta(np.sort(rng.integers(-2, 40 * 24, rng.integers(1, 7))), "h")
        told = [f"{moment:%Y-%m-%dT%H:%M:%SZ}={rng.choice(words)}" for moment in moments]
        texts.append(";".join(told) if rng.random() < 0.67 else None)
    return pd.Series(texts, dtype="str")


def _values(column, rng):
    empty = rng.random(SIZE) < 0.1
    if column.type == "boolean":
        values = pd.Series(rng.random(SIZE) < 0.3, dtype="boolean")
    elif column.type == "integer":
        values = pd.Series(rng.integers(0, 3, SIZE), dtype="Int64")
    elif column.type == "number":
        values = pd.Series(_numbers(column.name, rng), dtype="float64")
    else:
        words = list(column.values) or _WORDS.get(column.name, ["one", "two"])
        values = pd.Series(rng.choice(words, SIZE), dtype="str")
    values[empty] = None
    return values


def _numbers(name, rng):
    fixed = {"scale_min": rng.choice([0, 1], SIZE), "scale_max": rng.choice([5, 10], SIZE)}
    if name in fixed:
        return fixed[name].astype(float)
    return rng.integers(0, 12, SIZE).astype(float) if name == "score" else rng.random(SIZE).round(2)
