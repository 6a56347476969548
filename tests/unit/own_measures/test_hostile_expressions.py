"""Whoever writes an expression reads no file, runs no statement, and takes no memory and no time."""

import re
import time

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from itss.measures.scope import Scope
from itss.own_measures import evaluate as engine
from itss.own_measures.expression import read_aggregate, read_expression
from itss.own_measures.refusals import ExpressionError
from itss.processes import PROCESSES
from own_material import SEPTEMBER, compute, kpi, measure

COLUMNS = {one.name: one for one in (*PROCESSES["incident"].columns, *PROCESSES["incident"].derived)}

HOSTILE = [
    "read_text('/etc/passwd') = 'x'",
    "title = (select content from read_text('/etc/passwd'))",
    "exists(select 1 from duckdb_settings())",
    "title in (select title from rows_of_scope)",
    "title in (from rows_of_scope)",
    "getenv('HOME') = 'x'",
    "current_setting('home_directory') = 'x'",
    "filled(title); drop table rows_of_scope",
    "filled(title); attach '/tmp/x.db'",
    "attach '/tmp/x.db'",
    "copy rows_of_scope to '/tmp/x'",
    "install httpfs",
    "load httpfs",
    "pragma database_list",
    "set threads = 64",
    "call pragma_version()",
    "export database '/tmp/x'",
    "select true",
    "from rows_of_scope",
    "with recursive r as (select 1 union all select 1 from r) select * from r",
    "length(repeat('x', 1000000000)) > 3",
    "length(rpad('x', 1000000000, 'x')) > 3",
    "len(range(1000000000)) > 3",
    "list_sum(generate_series(1, 1000000000)) > 3",
    "regexp_matches(title, '(a+)+$')",
    "title ~ '(a|a)*$'",
    "title similar to '(a+)+'",
    "title like '%a%a%a%a%a%a%a%a%b'",
    "title glob '*a*'",
    "random() > 0.5",
    "now() > opened_at",
    "current_timestamp > opened_at",
    "today() > opened_at",
    "uuid() = title",
    "pause_h::varchar = 'x'",
    "cast(title as integer) = 3",
    "try_cast(title as integer) = 3",
    "title[1] = 'x'",
    "rows_of_scope.title = 'x'",
    "main.rows_of_scope.title = 'x'",
    "title || title = 'x'",
    "title collate nocase = 'x'",
    "sum(pause_h) over () > 3",
    "row_number() over () = 1",
    "count(*) > 3",
    "list_transform([1], x -> x + 1) = [1]",
    "{'a': 1}.a = 1",
    "$1 = 'x'",
    ":start < opened_at",
    "? = 'x'",
    "$period_start < opened_at",
    "columns('.*')",
    "*",
    "title = E'\\x41'",
    "title = $$x$$",
    "title = x'41'",
    "'x' = \"no such\"",
    "ｔｉｔｌｅ = 'x'",
    "title = 'x' --\n; drop table x",
    "title\u2028= 'x'; select 1",
    "not " * 500 + "filled(title)",
    "(" * 900 + "filled(title)" + ")" * 900,
    "abs(" * 400 + "pause_h" + ")" * 400 + " > 1",
    "pause_h > 1e999",
    "pause_h > 99999999999999999999999999",
    "pause_h > 0x7fffffffffffffff",
    "case when filled(title) then 1 else 'x' end = 1",
    "coalesce(title, 3) = 'x'",
    "unnest([1, 2]) = 1",
    "struct_pack(a := 1) is null",
    "query('select 1') is null",
    "getvariable('x') = 'x'",
    "nextval('x') = 1",
    "in_period(distinct opened_at)",
    "in_period(opened_at order by opened_at)",
    "in_period(opened_at) filter (where true)",
    "lower(title) over () = 'x'",
    "between",
    "",
    "\x00",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_it_is_refused_in_words_and_at_once(words):
    started = time.perf_counter()
    with pytest.raises(ExpressionError) as told:
        read_expression(words, COLUMNS, "yes_no")
    assert told.value.message
    assert time.perf_counter() - started < 2
    with pytest.raises(ExpressionError):
        read_aggregate(f"sum({words})", COLUMNS)


def test_arguments_that_are_written_twice_do_not_double_without_end():
    words = "1"
    for _ in range(25):
        words = f"hours(opened_at, later(opened_at, {words}))"

    with pytest.raises(ExpressionError, match="nested too deeply"):
        read_expression(words, COLUMNS, "number")


def test_what_looks_hostile_and_is_a_word_stays_a_word():
    words = "Robert'); DROP TABLE rows_of_scope;-- {0} $period_start"
    rows = [{"id": "1", "opened_at": "2026-09-01 00:00", "title": words}]
    quoted = words.replace("'", "''")
    text = (
        f"measures:\n  own: {kpi(of='in_period(opened_at)', where=f'starts_with(title, {chr(39)}{quoted}{chr(39)})')}\n"
    )
    assert compute(text, rows).value == 1.0


def test_comments_and_quotes_say_nothing():
    assert read_expression("filled(title) -- drop table x", COLUMNS, "yes_no").sql == '("title" IS NOT NULL)'
    assert read_expression('filled("title") /* x */', COLUMNS, "yes_no").sql == '("title" IS NOT NULL)'
    with pytest.raises(ExpressionError, match="There is no column"):
        read_expression('filled("title"" or 1=1 --")', COLUMNS, "yes_no")


_PARTS = """
and or not ( ) = < + / - 'x' 3 0 in is null case when then end in_period( hours( filled( later( least( , between true ;
select from -- "
"""
_WORDS = st.sampled_from([*list(COLUMNS)[:12], *_PARTS.split()])


@limits(max_examples=400, deadline=None)
@given(st.lists(_WORDS, max_size=14).map(" ".join) | st.text(max_size=40))
def test_whatever_is_written_is_refused_in_words_or_is_made_of_known_parts(words):
    try:
        found = read_expression(words, COLUMNS, "yes_no")
    except ExpressionError:
        return
    bare = re.sub(r"'(?:[^']|'')*'|\"\w+\"", "", found.sql)
    assert set(re.findall(r"[A-Za-z_$]\w*", bare)) <= _KNOWN, found.sql


_SQL = """
AND OR NOT IS NULL IN BETWEEN CASE WHEN THEN ELSE END TRUE FALSE CAST AS DOUBLE BIGINT NULLIF epoch_us to_microseconds
greatest least coalesce lower upper trim length contains starts_with ends_with abs round floor ceil $period_start
$period_end e0 E0
"""
_KNOWN = set(_SQL.split())


def test_the_database_itself_reaches_nothing():
    with engine._database() as database:
        for statement in (
            "SELECT * FROM read_csv('/etc/passwd')",
            "SELECT * FROM '/etc/passwd'",
            "ATTACH '/tmp/own_measures.db'",
            "COPY (SELECT 1) TO '/tmp/own_measures.csv'",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET enable_external_access = true",
            "SET lock_configuration = false",
            "SET memory_limit = '64GB'",
        ):
            with pytest.raises(duckdb.Error):
                database.execute(statement)
        frame = pd.DataFrame({"x": [1]})
        with pytest.raises(duckdb.Error):
            database.execute("SELECT * FROM frame")
        assert len(frame) == 1


def test_numbers_beyond_all_bounds_are_left_out_and_never_a_figure():
    rows = [
        {"id": str(n), "opened_at": "2026-09-01 00:00", "pause_h": value} for n, value in enumerate((1e308, 0.0, 5.0))
    ]
    parts = {"shape": "sum", "unit": "h", "of": "in_period(opened_at)"}
    found = compute(f"measures:\n  own: {kpi(value='10 / pause_h', **parts)}\n", rows)
    assert (found.value, found.excluded) == (pytest.approx(2.0), {"not_given": 1})


def test_a_million_rows_take_no_time(record_property, capsys):
    size = 1_000_000
    at = pd.Series(pd.date_range("2026-08-15", periods=size, freq="3s", tz="UTC")).dt.as_unit("us")
    rows = pd.DataFrame(
        {
            "id": np.arange(size).astype(str),
            "opened_at": at,
            "resolved_at": at + pd.to_timedelta(np.arange(size) % 5000, "min"),
            "priority": pd.Series(np.array(["Low", "High"])[np.arange(size) % 2], dtype="str"),
            "is_cancelled": pd.Series(np.arange(size) % 50 == 0, dtype="boolean"),
        }
    )
    share = {"of": "in_period(resolved_at)", "where": "priority = 'High' and hours(opened_at, resolved_at) <= 24"}
    found = measure(f"measures:\n  own: {kpi(**share)}\n")
    scope = Scope(rows, SEPTEMBER, None)
    found.compute(scope)
    started = time.perf_counter()
    outcome = found.compute(scope)
    took = time.perf_counter() - started
    record_property("seconds", took)
    with capsys.disabled():
        print(f"\n1,000,000 rows, a share of {outcome.n:,} cases: {took:.2f} s")
    elapsed = (rows["resolved_at"] - rows["opened_at"]).dt.total_seconds() / 3600
    cases = rows["resolved_at"].between("2026-09-01", "2026-10-01", inclusive="left") & ~rows["is_cancelled"]
    cases &= rows["opened_at"] < pd.Timestamp("2026-10-01", tz="UTC")
    assert outcome.numerator == (cases & (rows["priority"] == "High") & (elapsed <= 24)).sum()
    assert outcome.denominator == cases.sum()
    assert took < 10
