"""docs/examples/kpi: every KPI against SQL of another engine over the same rows, for each month and each member."""

import datetime as dt
import sqlite3
import statistics
from dataclasses import replace
from pathlib import Path

import pytest
from itss.archive.folder import RevisionFolder
from itss.commands.check import check
from itss.measures.behind import behind
from itss.measures.compute import measure_all
from itss.measures.scoping import scope_of
from itss.own_measures import measures_of, own_beside
from itss.own_measures.evaluate import evaluate
from itss.own_measures.expression import read_expression
from itss.own_measures.writing import KIND_OF
from itss.sample import generate
from itss.settings import settings
from itss.steps import collecting
from itss.steps.collected import frames
from itss.steps.job import plan
from kpi_in_sql import QUOTIENTS, VALUES

LISTED = Path(__file__).resolve().parents[3] / "docs" / "examples" / "kpi" / "report_list.yaml"
NOW = dt.datetime(2026, 10, 5, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 11, 5, tzinfo=dt.UTC)
KEYS = [*QUOTIENTS, *VALUES]


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kpi")
    generate(folder / "sample.sqlite", dt.date(2026, 9, 1), 4, NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_ITSM_SAMPLE", f"sqlite:///{folder / 'sample.sqlite'}")
        place = replace(settings(), report_list=LISTED)
        made = replace(plan(place, "kpi_monthly", "2026-09", NOW), folder=RevisionFolder(folder / "out"))
        for process in made.processes:
            collecting.collect_process(made, process, place, NOW)
        yield made


@pytest.fixture(scope="module")
def rows(job):
    return frames(job)


@pytest.fixture(scope="module")
def scopes(job, rows):
    """By process and period, the rows as known at its end."""
    periods = [job.period.shift(-back) for back in range(3)]
    return {
        (key, period): scope_of(process, rows, period, job.agreement)
        for key, process in job.processes.items()
        for period in periods
    }


def table(scope, member=None):
    """The rows of a scope (of one service) as the table ``rows`` of SQLite."""
    found = scope.rows if member is None else scope.rows[scope.rows["service"] == member]
    found = found.copy()
    for name in found:
        kind = str(found[name].dtype)
        if kind.startswith("datetime"):
            found[name] = found[name].dt.strftime("%Y-%m-%d %H:%M:%S.000").astype(object)
        elif kind in ("boolean", "bool"):
            found[name] = found[name].astype("Int64").astype(object)
        found[name] = found[name].astype(object).where(found[name].notna(), None)
    if "is_cancelled" not in found:
        found["is_cancelled"] = None
    database = sqlite3.connect(":memory:")
    found.to_sql("rows", database, index=False)
    return database


def asked(database, key, period):
    """(numerator, denominator, value) by SQLite."""
    edges = {
        name: at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.000")
        for name, at in (("p0", period.start), ("p1", period.end))
    }
    if key in QUOTIENTS:
        part, whole = database.execute(QUOTIENTS[key], edges).fetchone()
        return part or 0, whole or 0, part / whole if whole else None
    kind, query = VALUES[key]
    values = [value for (value,) in database.execute(query, edges)]
    value = statistics.fmean(values) if kind == "mean" else statistics.quantiles(values, n=10, method="inclusive")[8]
    return None, len(values), value


def test_every_kpi_of_the_example_is_checked_here():
    found = {(own.process, key) for key, own in own_beside(LISTED).content.measures.items()}
    assert found == set(KEYS)


@pytest.mark.parametrize("back", range(3))
@pytest.mark.parametrize("key", KEYS, ids=[measure for _, measure in KEYS])
def test_it_is_what_sqlite_says(job, scopes, key, back):
    process, measure = key
    period = job.period.shift(-back)
    scope = scopes[process, period]
    found = measures_of(LISTED)[process][measure].compute(scope)
    part, whole, value = asked(table(scope), key, period)
    assert found.value == pytest.approx(value, rel=1e-6)
    assert whole > 0
    if part is None:
        assert found.n == whole
    else:
        assert (found.numerator, found.denominator, found.n) == (part, whole, whole)


@pytest.mark.parametrize("key", [("incident", "follow_up_coverage"), ("spare_part", "spare_part_availability")])
def test_members_are_what_sqlite_says_of_their_rows(job, rows, scopes, key):
    figures = measure_all(rows, job.processes, job.period, job.agreement, ("service",), 1).figures
    chosen = figures[(figures["measure"] == key[1]) & (figures["dimension"] == "service")]
    assert len(chosen) > 1
    for row in chosen.to_dict("records"):
        part, whole, _ = asked(table(scopes[key[0], job.period], row["member"]), key, job.period)
        assert (row["numerator"], row["denominator"]) == (part, whole)


@pytest.mark.parametrize("key", KEYS, ids=[measure for _, measure in KEYS])
def test_the_rows_behind_it_add_up_to_it(job, rows, key):
    process, measure = key
    found = behind(rows, job.processes[process], job.period, job.agreement, measure)
    if found.outcome.numerator is None:
        assert found.rows["amount"].mean() == pytest.approx(found.outcome.value) or measure.endswith("p90_min")
    elif found.rows["amount"].notna().any():
        assert found.rows["amount"].sum() == found.outcome.numerator
    else:
        assert found.rows["in_numerator"].sum() == found.outcome.numerator
        assert found.rows["in_denominator"].sum() == found.outcome.denominator
    left_out = {reason: int((found.rows["excluded"] == reason).sum()) for reason in found.outcome.excluded}
    assert left_out == dict(found.outcome.excluded)


def test_a_missed_target_lists_the_rows_against_it(job, rows):
    measured = measure_all(rows, job.processes, job.period, job.agreement, (), 1)
    status = measured.figures.set_index("measure")["status"]
    assert (status["training_completion"], status["dispatch_success"]) == ("missed", "missed")
    listed = measured.nonconformities
    assert listed.loc[listed["measure"] == "training_completion", "id"].tolist() == ["T15"]
    assert (listed["measure"] == "dispatch_success").sum() == 7


def test_the_list_has_no_problem():
    _, problems, _ = check(LISTED, settings().shipped)
    assert problems == []


def test_every_column_of_the_rows_can_be_asked_for(job, scopes):
    """Of whatever type a source or a derivation leaves it; instants that are not over yet are empty."""
    for key, process in job.processes.items():
        rows = scopes[key, job.period].rows
        columns = {one.name: one for one in (*process.columns, *process.derived) if one.type in KIND_OF}
        names = [name for name in columns if name in rows]
        asked = [read_expression(f"filled({name})", columns, "yes_no") for name in names]
        for name, found in zip(names, evaluate(rows, columns, asked, job.period), strict=True):
            given = rows[name].notna()
            if columns[name].type == "instant" and not columns[name].is_plan:
                given &= rows[name] < job.period.end
            assert found.known.all()
            assert (found.yes == given.to_numpy()).all(), (key, name)


def test_a_month_is_what_it_was_when_it_ended_whatever_happens_later(job, rows, tmp_path, monkeypatch):
    generate(tmp_path / "later.sqlite", dt.date(2026, 10, 1), 5, LATER)
    monkeypatch.setenv("AIRFLOW_CONN_ITSM_SAMPLE", f"sqlite:///{tmp_path / 'later.sqlite'}")
    place = replace(settings(), report_list=LISTED)
    later = replace(plan(place, "kpi_monthly", "2026-10", LATER), folder=RevisionFolder(tmp_path / "out"))
    for process in later.processes:
        collecting.collect_process(later, process, place, LATER)
    known = frames(later)
    assert not known["incident"].equals(rows["incident"])
    for process, measure in KEYS:
        found = [
            measures_of(LISTED)[process][measure].compute(scope_of(job.processes[process], one, job.period, None))
            for one in (rows, known)
        ]
        assert found[0] == found[1], measure
