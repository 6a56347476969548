"""Everything that can be wrong in ``measures.yaml`` is told at once, with line and remedy."""

import pytest
from itss.errors import ConfigurationError
from itss.own_measures import process_ids, processes_of
from itss.own_measures.judging import judged
from own_material import kpi, own, problems

OF = "in_period(opened_at)"


def one(**parts):
    return problems(f"measures:\n  own: {kpi(**{'of': OF, 'where': 'filled(title)'} | parts)}\n")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"process": "incidents"}, "There is no process 'incidents'. Did you mean 'incident'?"),
        ({"of": "in_period(oepned_at)"}, "There is no column 'oepned_at'. Did you mean 'opened_at'?"),
        ({"of": "in_period(opened_at) and"}, "cannot be read at character 24, near 'and'. Write one value of a row."),
        ({"of": "opened_at"}, "'opened_at' is an instant, but yes or no is expected. Write in_period(column)"),
        ({"where": "title = 3"}, "'title = 3' compares a text with a number. Put a text into single quotes."),
        ({"where": "sum(pause_h) > 3"}, "A sum or count of rows has no place here: 'SUM(pause_h)'."),
        ({"where": "states = 'x'"}, "'states' is a history, which tells what happened after the period too."),
        ({"where": "title like '%x%'"}, "There is no LIKE: 'title LIKE '%x%''. Write contains(column, 'part')"),
        ({"where": "hours(opened_at) > 3"}, "hours is not called like that. Write hours(from, to)."),
        ({"where": "lower(pause_h) = 'x'"}, "lower: 'pause_h' is a number, but a text is expected. Write lower(text)."),
        ({"where": "period_end > opened_at"}, "'period_end' is a function. Write period_end()."),
        ({"section": "g"}, "'g' is not one of the possible values. Write one of: a, b, c, d, e, f."),
        ({"shape": "sum", "unit": "h"}, "A sum needs `value`. Write it like `value:"),
        ({"shape": "count", "unit": "count"}, "A count has no `where`. It is made of of."),
        ({"unit": "h"}, "A share has the unit `share`. Write `unit: share`."),
        ({"shape": "mean", "value": "pause_h"}, "A mean of shares is no share of cases."),
        ({"shape": "ratio", "numerator": "pause_h", "denominator": "count(*)"}, "'pause_h' is no sum and no count"),
        ({"judged_from": "0"}, "'0' is not allowed here: input should be greater than or equal to 1."),
        ({"formula": "1"}, "'formula' is not a key that is known here."),
    ],
)
def test_a_slip_is_told_with_its_line_and_remedy(parts, said):
    found = one(**parts)
    assert any(said in line and line.startswith("measures.yaml:2: measures.own") for line in found), found


def test_a_value_that_a_closed_set_does_not_have():
    found = one(process="release", of="in_period(outcome_at)", where="outcome = 'succesful'")
    assert "'outcome' is never 'succesful'. Did you mean 'successful'?" in found[0]


def test_a_key_of_the_product_and_two_of_one_key():
    text = f"measures:\n  opened: {kpi(of=OF, where='filled(title)')}\n  own: {kpi(of=OF, where='filled(title)')}\n"
    assert "The process incident has a measure 'opened' already." in problems(text)[0]
    twice = f"measures:\n  own: {kpi(of=OF, where='filled(title)')}\n  own: {kpi(of=OF, where='filled(title)')}\n"
    assert "'own' is written twice here, on lines 2 and 3." in problems(twice)[0]


def test_columns_and_processes():
    text = """
columns:
  incident: {title: string, seen: instant, seen_at: string, level: count}
  parts: {x: count}
processes:
  change: {title: {zh-CN: 变, en: c}, leading: at_at, columns: {at_at: instant}}
  part: {title: {zh-CN: 备, en: p}, leading: counted_at, columns: {id: string, checked: count}, dimensions: [checked]}
  hall: {title: {zh-CN: 馆, en: h}, leading: built_at, columns: {built_at: instant}}
"""
    found = problems(text)
    for said in (
        "The process incident has a column 'title' already.",
        "The name of an instant ends with _at, and no other name does. Write seen_at_at."[:60],
        "There is no process 'parts'.",
        "The product has a process 'change' already.",
        "The column 'id' is always there, a text.",
        "'counted_at' is not an instant among the columns.",
        "'checked' is not a text among the columns.",
    ):
        assert any(said in line for line in found), (said, found)
    assert problems(
        "processes:\n  hall: {title: {zh-CN: 馆, en: h}, leading: built_at, columns: {built_at: instant}}\n"
    ) == ["measures.yaml:2: processes.hall: No KPI is of the process 'hall'. Write one below `measures:`."]


def test_one_bad_kpi_hides_no_other_and_no_report_is_made_without_it():
    text = (
        f"measures:\n  bad: {kpi(of='nonsense', where='filled(title)')}\n  good: {kpi(of=OF, where='filled(title)')}\n"
    )
    found = judged(own(text))
    assert [one.id for one in found.processes["incident"].measures][-1] == "good"
    with pytest.raises(ConfigurationError, match="There is no column 'nonsense'"):
        processes_of(own(text), ["incident", "change"])
    assert list(processes_of(own(text), ["change"])) == ["change"]


@pytest.mark.parametrize("process", ["incidnt", "", "null"])
def test_a_kpi_of_no_process_stops_every_report_since_it_may_be_of_any(process):
    text = f"measures:\n  own: {kpi(process=process, of=OF, where='filled(title)')}\n"
    with pytest.raises(ConfigurationError, match="are not usable"):
        processes_of(own(text), ["change"])


@pytest.mark.parametrize(
    "text", ["- a", "measures: 3", "measures: {a: }", "processes: []", "columns: {incident: 3}", "x: y"]
)
def test_what_is_no_such_file_is_told_and_never_raised(text):
    assert problems(text)
    assert own(text).broken >= ({"incident"} if "columns" in text else {"incident", "change", "availability"})
    assert process_ids(own(text))


def test_an_empty_file_and_none_are_nothing():
    assert problems("") == problems("# nothing yet\n") == problems("measures: {}\n") == []
