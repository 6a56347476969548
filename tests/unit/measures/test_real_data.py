"""Real exports through their queries, and the same figures by plain SQL over the very files; skipped without them."""

from pathlib import Path

import duckdb
import pytest
from hand_made import ALWAYS, agreement
from itss.agreements.terms import AgreedService
from itss.checks.run import check
from itss.measures.compute import measure_all
from itss.periods import parse_period
from itss.processes import PROCESSES
from itss.report_list.data_source import DataSource
from itss.settings import settings
from itss.sources.collect import collect
from itss.sources.snapshot import read_frame

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
OSG = DATA / "osg_maintenance" / "maintenance_2018_2023.csv"
GITHUB = DATA / "github_status" / "incidents.jsonl"
NO_DATA = "the real data is not beside the project"


def read(process, system, file, folder):
    if not file.exists():
        pytest.skip(NO_DATA)
    everything = parse_period("2010", "year", "UTC").start, parse_period("2030", "year", "UTC").end
    collected = collect(
        PROCESSES[process],
        DataSource(system=system, file=str(file)),
        sql_file=settings().shipped / "sql" / system / f"{process}.sql",
        base=file.parent,
        start=everything[0],
        end=everything[1],
        connection_url=lambda name: pytest.fail(name),
        to=folder / f"{process}.parquet",
    )
    return read_frame(collected.path)


@pytest.fixture(scope="module")
def maintenance(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maintenance")
    return {process: read(process, "osg_topology", OSG, folder) for process in ("change", "availability")}


@pytest.fixture(scope="module")
def status_page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("status_page")
    return {process: read(process, "github_status", GITHUB, folder) for process in ("incident", "availability")}


def figures(frames, period, dimensions=(), services=()):
    processes = {name: PROCESSES[name] for name in frames}
    agreed = agreement(hours=ALWAYS).model_copy(update={"services": tuple(AgreedService(name=one) for one in services)})
    found = measure_all(frames, processes, period, agreed, dimensions, 1).figures
    return found.set_index(["process", "measure", "member"])


def ask(file, period, query):
    """The answer of plain SQL; p0 and p1 are the edges of the period, rows are text as they stand in the file."""
    reader = "read_csv('{}', all_varchar = true)" if file.suffix == ".csv" else "read_json('{}')"
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name, moment in (("p0", period.start), ("p1", period.end)):
            connection.execute(f"create macro {name}() as timestamptz '{moment.isoformat()}'")
        connection.execute(f"create view source as from {reader.format(file)}")
        return connection.execute(query).fetchone()


# a window is decided when it ends, or when its planned end passes; it was raised at its begin at the latest, but
# announced when it was first recorded, which may be after its start: that notice is negative
DECIDED = """
with w as (select planned_start::timestamptz as ps, planned_end::timestamptz as pe, final_start::timestamptz as fs,
    final_end::timestamptz as fe, least(first_commit, final_start)::timestamptz as raised,
    first_commit::timestamptz as announced, withdrawn is not distinct from 'cancelled' as never
from source where class = 'SCHEDULED'),
done as (from w where least(fe, pe) >= p0() and least(fe, pe) < p1() and not never and pe <= ps + interval 366 days),
planned as (select *, epoch(pe - ps) / 3600 as h, epoch(ps - coalesce(announced, raised)) / 3600 as notice from w
    where ps >= p0() and ps < p1() and not never)
select (select count(*) from w where fe >= p0() and fe < p1() and not never),
    avg((fs >= ps and fe <= pe)::int), count(*) filter (fe > pe), count(*) filter (fe < pe), count(*) filter (fs <> ps),
    (select count(*) from w where raised >= p0() and raised < p1() and not never),
    (select count(*) from w where raised < p1() and fe >= p1() and not never),
    (select count(*) from planned), (select avg(h) from planned where h between 0 and 366 * 24),
    (select quantile_cont(h, 0.9) from planned where h between 0 and 366 * 24),
    (select avg(notice) from planned), (select count(*) from planned where notice < 24)
from done
"""


@pytest.mark.parametrize("label", ["2019", "2020", "2021", "2022", "2023"])
def test_maintenance_windows_as_changes(maintenance, label):
    period = parse_period(label, "year", "UTC")
    value = figures(maintenance, period).loc["change"]["value"].droplevel("member")
    names = ("resolved", "on_schedule_rate", "overran", "ended_early", "start_moved", "opened", "backlog")
    names += ("windows", "window_h_mean", "window_h_p90", "notice_h_mean", "short_notice")
    assert tuple(value[list(names)]) == pytest.approx(ask(OSG, period, DECIDED))
    assert value["resolved"] > 20


def test_without_an_outcome_there_is_no_success_rate(maintenance):
    found = figures(maintenance, parse_period("2022", "year", "UTC")).loc["change"].droplevel("member")
    for measure in (
        "change_success_rate",
        "change_success_rate_strict",
        "change_success_rate_procedure",
        "emergency_ratio",
    ):
        assert found.loc[measure, "status"] == "not_available"


# down in the edges: between two neighbouring edges of a component it is down, or it is not
DOWN = """
with w as ({rows}),
clipped as (select name, planned, greatest(a, p0()) as a, least(coalesce(b, p1()), p1()) as b from w),
span as (from clipped where a < b),
edge as (select name, a as t from span union select name, b from span),
slice as (select name, t as a, lead(t) over (partition by name order by t) as b from edge),
down as (from slice where b is not null
    and exists (from span s where s.name = slice.name and not planned and s.a <= slice.a and s.b >= slice.b)
    and not exists (from span s where s.name = slice.name and planned and s.a <= slice.a and s.b >= slice.b))
select sum(epoch(b - a)) / 60, (select count(distinct name) from w) * epoch(p1() - p0()) / 60 from down
"""
OSG_ROWS = """select resource as name, class = 'SCHEDULED' as planned, final_start::timestamptz as a,
    case when final_end < '2038' then final_end::timestamptz end as b
from source where severity <> 'No Significant Outage Expected' and withdrawn is distinct from 'cancelled'"""
GITHUB_ROWS = """select unnest(components) as name, false as planned, downtime_start::timestamptz as a,
    downtime_end::timestamptz as b
from source where impact not in ('maintenance', 'none')"""


@pytest.mark.parametrize("label", ["2019-Q1", "2021-Q3", "2022-Q2"])
def test_downtime_of_resources_less_their_planned_windows(maintenance, label):
    period = parse_period(label, "quarter", "UTC")
    found = figures(maintenance, period).loc["availability"]
    minutes, _ = ask(OSG, period, DOWN.format(rows=OSG_ROWS))
    assert found.loc[("downtime_min", ""), "value"] == pytest.approx(minutes)
    assert minutes > 0


@pytest.mark.parametrize("label", ["2023-05", "2024-02", "2025-10", "2026-08"])
def test_overlapping_incidents_of_a_component_are_one_downtime(status_page, label):
    period = parse_period(label, "month", "UTC")
    components = status_page["availability"]["service"].dropna().unique()
    found = figures(status_page, period, services=components).loc["availability"]
    minutes, agreed = ask(GITHUB, period, DOWN.format(rows=GITHUB_ROWS))
    assert found.loc[("downtime_min", ""), "value"] == pytest.approx(minutes)
    assert found.loc[("availability", ""), "value"] == pytest.approx(1 - minutes / agreed)
    assert found.loc[("availability", ""), "denominator"] == agreed
    plain = f"""select sum(epoch(least(b, p1()) - greatest(a, p0()))) / 60 from ({GITHUB_ROWS})
        where a < p1() and b > p0()"""
    assert minutes <= ask(GITHUB, period, plain)[0]


def test_status_page_incidents(status_page):
    period = parse_period("2025-10", "month", "UTC")
    value = figures(status_page, period, ("priority",)).loc["incident"]["value"]
    expected = ask(
        GITHUB,
        period,
        "select count(*), avg(epoch(resolved_at::timestamptz - started_at::timestamptz)) / 3600, "
        "median(epoch(resolved_at::timestamptz - started_at::timestamptz)) / 3600 from source "
        "where impact <> 'maintenance' and resolved_at::timestamptz >= p0() and resolved_at::timestamptz < p1()",
    )
    names = ("resolved", "ttr_clock_mean_h", "ttr_clock_median_h")
    assert tuple(value[[(name, "") for name in names]]) == pytest.approx(expected)


@pytest.mark.parametrize("data", ["maintenance", "status_page"])
def test_the_checks_accept_them(data, request):
    batches = [(PROCESSES[name], frame, "real") for name, frame in request.getfixturevalue(data).items()]
    critical = [finding.line() for finding in check(batches).findings if finding.severity == "critical"]
    assert critical == []
