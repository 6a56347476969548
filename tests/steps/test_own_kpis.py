"""KPIs and a process of one's own on the whole way of a report, from its opening to the archive."""

import csv

import pytest
import yaml
from itss import steps
from itss.audit.versions import audit
from itss.commands.check import check as check_configuration
from itss.commands.check import main as check_command
from itss.commands.rows import figure_rows
from itss.errors import ConfigurationError, DataRefusedError
from itss.settings import settings
from itss.steps.collected import read_frame
from itss.steps.opened import on_record, opened
from walk import GOOD, KEY, NOW, PERIOD, register, sign

MEASURES = """
measures:
  answered:
    process: incident
    name: {zh-CN: 已解决比例, en: Resolved share}
    definition: {zh-CN: 已解决 ÷ 提出, en: Resolved / opened.}
    shape: share
    of: in_period(opened_at)
    where: filled(resolved_at)
    unit: share
    better: higher
    section: a
  good_parts:
    process: spare_part
    name: {zh-CN: 备件可用率, en: Good spare parts}
    definition: {zh-CN: 完好数 ÷ 抽检数, en: Good / checked.}
    shape: ratio
    of: in_period(counted_at)
    numerator: sum(good)
    denominator: sum(checked)
    unit: share
    better: higher
    section: a
processes:
  spare_part:
    title: {zh-CN: 备件, en: Spare parts}
    leading: counted_at
    columns: {counted_at: instant, title: string, checked: count, good: count}
"""
PARTS = "id,counted_at,title,checked,good\nP1,2026-09-05 10:00,Disk,10,9\nP2,2026-09-06 10:00,Fan,6,6\n"


@pytest.fixture
def own(house):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0]["data_source"]["spare_part"] = {"system": "own", "file": "parts.csv", "fresh_days": 31}
    agreement = house / "list" / "agreements" / f"{document['reports'][0]['agreement']}.yaml"
    agreed = yaml.safe_load(agreement.read_text())
    target = {"process": "spare_part", "measure": "good_parts", "at_least": 0.95}
    agreed["versions"][-1].setdefault("targets", []).append(target)
    agreement.write_text(yaml.safe_dump(agreed, allow_unicode=True))
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    query = "SELECT id, counted_at, title, checked, good FROM source"
    (house / "list" / "sql" / "own" / "spare_part.sql").write_text(query)
    (house / "list" / "parts.csv").write_text(PARTS)
    (house / "list" / "measures.yaml").write_text(MEASURES)
    return house


def draft(run="run-1", **form):
    job = steps.open_report(KEY, PERIOD, run, NOW, **form)
    for process in ("incident", "spare_part"):
        steps.collect(job, process)
    steps.check(job)
    steps.measure(job)
    return job, steps.render(job)


def seal(run="run-1", **form):
    job, _ = draft(run, **form)
    sign(job)
    steps.release(job)
    steps.deliver(job)
    return job, steps.seal(job)


def figures(job):
    text = opened(job)[0].folder.read("figures.csv").decode()
    rows = csv.DictReader(text.splitlines())
    return {(row["process"], row["measure"]): row for row in rows if not row["dimension"]}


def redefine(house, **said):
    document = yaml.safe_load(MEASURES)
    document["measures"]["answered"] |= said
    (house / "list" / "measures.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))


def test_its_figures_are_recorded_signed_sealed_and_audited(mail, own):
    job, _ = seal()
    found = figures(job)
    assert (found["incident", "answered"]["numerator"], found["incident", "answered"]["denominator"]) == ("1.0", "2.0")
    parts = found["spare_part", "good_parts"]
    assert (parts["value"], parts["target"], parts["status"]) == ("0.9375", "0.95", "missed")
    published = register().published_history(KEY, PERIOD)
    names = set(zip(published["process"], published["measure"], strict=True))
    assert {("incident", "answered"), ("spare_part", "good_parts")} <= names
    listed = read_frame(opened(job)[0], "nonconformities.parquet")
    assert listed.loc[listed["measure"] == "good_parts", "id"].tolist() == ["P1"]
    found = audit(settings())
    assert (found.problems, found.made_again) == ([], (f"{KEY} {PERIOD} r01",))


def test_the_rows_behind_it_are_those_of_the_version(mail, own):
    job, _ = draft()
    found = figure_rows(opened(job)[0], "spare_part", "good_parts", "", "")
    assert found.rows[["id", "amount"]].values.tolist() == [["P1", 9.0], ["P2", 6.0]]


def test_a_rerun_keeps_the_definition_of_what_went_out(mail, own):
    seal("run-1")
    redefine(own, where="filled(closed_at)", version=2)
    (own / "list" / "log.csv").write_text(GOOD + "INC3,2026-09-03 08:00,2026-09-03 10:00\n")
    job, made = draft("run-2")
    assert not made["unchanged"]
    assert figures(job)["incident", "answered"]["numerator"] == "2.0"
    assert on_record(job)[0].own.content.measures["answered"].version == 1


def test_a_changed_definition_without_a_new_version_opens_nothing(mail, own, capsys):
    seal("run-1")
    redefine(own, of="in_period(resolved_at)")
    said = "The definition of incident.answered is not the one that was reported last: its of changed"
    with pytest.raises(ConfigurationError, match=said):
        steps.open_report(KEY, PERIOD, "run-2", NOW, todays_form=True)
    assert len(register().revisions(KEY, PERIOD)) == 1
    redefine(own, of="in_period(resolved_at)", version=2)
    job, _ = draft("run-3", todays_form=True)
    assert figures(job)["incident", "answered"]["denominator"] == "1.0"


def test_check_says_so_before(mail, own, capsys):
    class Asked:
        list, airflow = None, None

    seal("run-1")
    assert check_command(Asked()) == 0, capsys.readouterr().out
    redefine(own, where="filled(closed_at)")
    assert check_command(Asked()) == 1
    assert "its where changed. Write `version: 2`" in capsys.readouterr().out


def test_a_kpi_with_a_problem_opens_no_revision_of_its_process(mail, own):
    redefine(own, where="filled(resolvd_at)")
    with pytest.raises(ConfigurationError, match=r"measures\.yaml:.*There is no column 'resolvd_at'"):
        steps.open_report(KEY, PERIOD, "run-1", NOW)
    assert register().revisions(KEY, PERIOD) == []
    _, problems, _ = check_configuration(own / "list" / "report_list.yaml", settings().shipped)
    assert [one.where for one in problems] == ["measures.answered.where"]


def test_a_count_that_is_negative_stops_the_report(mail, own):
    (own / "list" / "parts.csv").write_text(PARTS + "P3,2026-09-07 10:00,Fan,5,-1\n")
    with pytest.raises(DataRefusedError, match=r"spare_part\.good_in_range \(good\): 1 of 3 rows, e\.g\. P3"):
        draft()
