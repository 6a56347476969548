"""Every measure recomputed by DuckDB from the words of its definition, over random rows, several periods, members.

Service time is 24×7 here, so that SQL can subtract instants; calendars have tests of their own. Time targets are
agreed for four priorities, a fifth has none; a second run has no agreed times, so that the source's deadlines decide.
"""

import datetime as dt

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hand_made import ALWAYS, SEPTEMBER, agreement, month
from itss.agreements.terms import AgreedService, SatisfiedAnswers
from itss.measures.compute import measure_all
from itss.periods import parse_period
from itss.processes import PROCESSES
from measures_in_sql import ALL_FIGURES, ALL_SLA_FIGURES, BY_DEADLINE, BY_TARGET, KNOWN, TIMES, VIEWS

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def frames(random_frames):
    limits = {"disk": 0.9, "cpu": 0.6, "lan": None}
    capacity = random_frames["capacity"].assign(threshold=random_frames["capacity"]["resource"].map(limits))
    outages = random_frames["availability"]
    # only what began in the last period is still down, else one endless outage, or window, would cover all others
    over = outages["started_at"] < pd.Timestamp(SEPTEMBER.start)
    ended = outages["ended_at"].where(outages["ended_at"].notna() | ~over, outages["started_at"] + pd.Timedelta("3h"))
    short = ended - outages["started_at"] < pd.Timedelta("48h")
    outages = outages.assign(ended_at=ended, is_planned=outages["is_planned"] & short)
    changes = random_frames["change"]  # every third one ends within its plan
    roomy = (changes.index % 3 == 0) & (changes["started_at"] >= changes["planned_start_at"])
    planned_end = changes["planned_end_at"].where(~roomy, changes["ended_at"] + pd.Timedelta("5h"))
    changes = changes.assign(planned_end_at=planned_end)
    surveys = random_frames["satisfaction"]  # all answers of September are on one scale, so that they have a mean
    other = surveys["answered_at"] < pd.Timestamp(SEPTEMBER.start)
    surveys = surveys.assign(scale_min=surveys["scale_min"].where(other, 0.0))
    surveys = surveys.assign(scale_max=surveys["scale_max"].where(other, 10.0))
    releases = random_frames["release"]  # every third one is planned for some hours after it is deployed
    later = releases["deployed_at"] + pd.Timedelta("5h")
    releases = releases.assign(planned_at=releases["planned_at"].where(releases.index % 3 != 0, later))
    changed = {"capacity": capacity, "availability": outages, "change": changes, "satisfaction": surveys}
    return random_frames | changed | {"release": releases}


_OF_TICKETS = ("pauses", "pause_h", "reopen_count")
"""What the views ask of every process with states; one that lacks it has none."""


def recompute(frames, period, service, figures, *views):
    """Figures by SQL over the rows of one service ('' = all); instants are UTC without zone."""
    with duckdb.connect() as connection:
        connection.execute("create macro hours(x) as epoch(x) / 3600.0")
        connection.execute(f"create macro is_asked(x) as '{service}' = '' or x = '{service}'")
        for name, moment in (("p0", period.start), ("p1", period.end)):
            connection.execute(f"create macro {name}() as timestamp '{moment.replace(tzinfo=None).isoformat()}'")
        for name, rows in frames.items():
            chosen = rows[rows["service"] == service] if service and "service" in rows else rows
            known = {column.name: column.type for column in PROCESSES[name].columns}
            absent = [column for column, kind in known.items() if kind == "instant" and column not in rows]
            absent += ["reopened_at"] if "states" in known and "reopened_at" not in rows else []
            chosen = chosen.assign(**dict.fromkeys(absent, pd.Series(pd.NaT, chosen.index, "datetime64[us, UTC]")))
            if "states" in known:
                chosen = chosen.assign(**{column: None for column in _OF_TICKETS if column not in chosen})
                name = f"{name}_raw"
            plain = chosen.apply(lambda c: c.dt.tz_localize(None) if isinstance(c.dtype, pd.DatetimeTZDtype) else c)
            connection.register(name, pa.Table.from_pandas(plain, preserve_index=False))
        for view in (KNOWN, VIEWS, *views):
            connection.execute(view)
        return {name: connection.execute(f"select {query}").fetchone()[0] for name, query in figures.items()}


AGREED = {
    "satisfied": (SatisfiedAnswers(scale=(0, 10), answers=(8, 10)),),
    "services": (
        AgreedService(name="Email", since=dt.date(2026, 9, 10), until=dt.date(2026, 9, 20)),
        *(AgreedService(name=name) for name in ("邮件", "ERP", "VPN")),
    ),
}


def measured(frames, period, service, version):
    version = version.model_copy(update=AGREED)
    figures = measure_all(frames, PROCESSES, period, version, ("service",), 1).figures
    figures = figures[(figures["member"] == service) & figures["dimension"].isin(["", "service"])]
    return figures.set_index(["process", "measure"])["value"]


def assert_equal(found, expected):
    values = {key: (None if pd.isna(found[key]) else found[key]) for key in expected}
    assert values == pytest.approx(expected, abs=1e-9)


PERIODS = [SEPTEMBER, month("2026-04"), parse_period("2026-Q3", "quarter", "Asia/Shanghai"), month("2024-01")]


def is_of_one_service(process, query):
    """What links incidents to the changes and problems of a service counts the incidents of every service."""
    return "service" in PROCESSES[process].dimensions and "linked" not in query and "repeats" not in query


@pytest.mark.parametrize("service", ["", "邮件"])
@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.label)
def test_every_measure_but_the_sla(frames, period, service):
    queries = {
        (process, name): query
        for (process, name), query in ALL_FIGURES.items()
        if not service or is_of_one_service(process, query)
    }
    found = measured(frames, period, service, agreement(hours=ALWAYS))
    expected = recompute(frames, period, service, queries)
    if period.label == "2024-01":  # before the first row: no day of it is covered, so nothing can be told a day
        expected |= {key: None for key in expected if key[1] == "volume_per_workday"}
    assert_equal(found, expected)


@pytest.mark.parametrize("service", ["", "邮件"])
@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.label)
@pytest.mark.parametrize("basis", ["agreed hours", "the source's deadlines"])
def test_the_sla(frames, period, service, basis):
    version, view = (agreement(hours=ALWAYS, times=TIMES), BY_TARGET) if basis == "agreed hours" else (
        agreement(hours=ALWAYS), BY_DEADLINE,
    )  # fmt: skip
    expected = recompute(frames, period, service, ALL_SLA_FIGURES, view)
    assert_equal(measured(frames, period, service, version), expected)


@pytest.mark.parametrize("service", ["", "ERP"])
@pytest.mark.parametrize("period", [SEPTEMBER, month("2026-08")], ids=lambda period: period.label)
def test_the_sample_by_both_ways(sample_frames, random_frames, period, service):
    frames = sample_frames | {"reporting": random_frames["reporting"]}
    version = agreement(hours=ALWAYS, times=TIMES)
    queries = {
        (process, name): query
        for (process, name), query in (ALL_FIGURES | ALL_SLA_FIGURES).items()
        if not service or is_of_one_service(process, query)
    }
    found, expected = measured(frames, period, service, version), recompute(frames, period, service, queries, BY_TARGET)
    assert_equal(found, expected)
    assert sum(value is not None for value in expected.values()) > 0.9 * len(expected)


def test_the_random_rows_reach_every_figure(frames):
    """Else the comparison above would be one of zeros."""
    found = recompute(frames, SEPTEMBER, "", ALL_FIGURES) | recompute(frames, SEPTEMBER, "", ALL_SLA_FIGURES, BY_TARGET)
    assert [key for key, value in found.items() if not value] == []


def test_every_measure_has_its_sql():
    written = set(ALL_FIGURES) | set(ALL_SLA_FIGURES)
    assert written == {(process.id, m.id) for process in PROCESSES.values() for m in process.measures}
