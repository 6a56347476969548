"""Agreed exclusions that are handed in: refused by row, collected, signed with the sheet, a new revision when later."""

import datetime as dt
import hashlib
import json

import openpyxl
import pandas as pd
import pytest
import yaml
from itss import steps
from itss.audit.versions import audit
from itss.cli import main
from itss.errors import ConfigurationError, DataMissingError
from itss.hand_in.place import find_place
from itss.hand_in.receiving import MarkedRefusalError, hand_in
from itss.hand_in.template import column_of, template
from itss.report_list.loader import load
from itss.settings import settings
from itss.steps.collected import all_exclusions
from itss.steps.opened import opened
from test_agreed_exclusions import MAIL, agreement_of, enter, figure, workspace
from walk import KEY, NOW, PERIOD, register, sign

ONE = {
    "id": "carrier_works",
    "process": "incident",
    "records": "INC1",
    "measures": "opened",
    "reason": "Works of the carrier",
    "agreed_by": "Service owner of Customer A",
    "agreed_at": dt.datetime(2026, 10, 1),  # noqa: DTZ001 - a workbook knows no zones
}
LIST = ("list", "report_list.yaml")


@pytest.fixture
def listed(house):
    """The house, whose report also takes a sheet of exclusions."""
    change(house, {"hand_in": True, "timezone": "Asia/Shanghai", "mandatory": False})
    return house


def change(house, source):
    path = house.joinpath(*LIST)
    document = yaml.safe_load(path.read_text())
    document["reports"][0]["data_source"]["exclusion"] = source
    path.write_text(yaml.safe_dump(document, allow_unicode=True))


def place(period=PERIOD):
    return find_place(settings(), KEY, period, "exclusion", NOW)


def filled(house, *rows, period=PERIOD, name="agreed.xlsx"):
    """The template of the period with ``rows`` typed into it."""
    path = house / name
    path.write_bytes(template(place(period), None))
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    at = {column_of(cell.value): cell.column for cell in sheet[1]}
    for line, row in enumerate(rows, 2):
        for column, value in row.items():
            sheet.cell(line, at[column]).value = value
    book.save(path)
    return path


def give(house, *rows, period=PERIOD, name="agreed.xlsx"):
    path = filled(house, *rows, period=period, name=name)
    record = register()
    record.upgrade()
    return hand_in(settings(), record, place(period), path, "data_provider", NOW), path


def refused(house, *rows, **more):
    with pytest.raises(MarkedRefusalError) as caught:
        give(house, *rows, **more)
    return {(one.row, one.column): one.what for one in caught.value.faults}


def draft(run="run-1"):
    job = steps.open_report(KEY, PERIOD, run, NOW)
    for process in ("incident", "exclusion"):
        steps.collect(job, process)
    steps.check(job)
    steps.measure(job)
    return job, steps.render(job)


def seal(run="run-1"):
    job, _ = draft(run)
    sign(job)
    steps.release(job)
    steps.deliver(job)
    return steps.seal(job)


def test_what_is_handed_in_is_judged_kept_and_signed_and_the_sheet_is_its_evidence(mail, listed):
    receipt, path = give(listed, ONE)
    assert (receipt.version.number, receipt.version.rows, receipt.warnings) == (1, 1, ())
    draft()
    assert (figure()["value"], figure()["raw_value"]) == (1, 2)
    kept = workspace() / "handed_in" / "exclusion" / "agreed.xlsx"
    assert kept.read_bytes() == path.read_bytes()
    taken = pd.read_parquet(workspace() / "exclusions.parquet").iloc[0]
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (taken["id"], taken["evidence"], taken["sha256"]) == ("INC1", "agreed.xlsx", sha256)
    assert (taken["agreed_on"], taken["agreed_by"]) == ("2026-10-01", "Service owner of Customer A")
    carried = json.loads((workspace() / "statement.json").read_text())["carried"]["files"]
    assert carried["handed_in/exclusion/agreed.xlsx"]["sha256"] == sha256
    assert "data/exclusion.parquet" in carried
    assert "Works of the carrier" in (workspace() / "report.html").read_text()


def test_a_sheet_handed_in_after_the_signature_makes_a_new_revision_and_every_version_is_audited(mail, listed):
    seal("run-1")
    assert draft("run-2")[1]["unchanged"], "nothing has changed so far"
    give(listed, ONE)
    job, made = draft("run-3")
    assert not made["unchanged"]
    brief = (workspace(2) / "brief.md").read_text().replace("\u200b", "")
    assert "The agreed exclusions are others" in brief
    assert "agreed.xlsx, 2026-09, version 1 by" in brief, "approvers read which sheet it was"
    restated = register().restatements(opened(job)[0].ref)
    found = restated[(restated["measure"] == "opened") & (restated["period"] == PERIOD)].iloc[0]
    assert (found["published"], found["recomputed"]) == (2, 1)
    sign(job)
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)
    found = audit(settings())
    assert found.problems == []
    assert len(found.made_again) == 2


def test_file_and_sheet_are_put_together_by_the_same_rules(mail, listed):
    enter(listed, ["INC1"])
    told = refused(listed, ONE)
    assert "two exclusions 'carrier_works'" in told[0, "id"].en
    assert "标识" in told[0, "id"].zh
    assert "'INC1' is taken out by 'carrier_works' already" in refused(listed, ONE | {"id": "again"})[0, "records"].en
    give(listed, ONE | {"id": "second", "records": "INC2"})
    job, _ = draft()
    assert {one.key for one in all_exclusions(opened(job)[0])} == {"carrier_works", "second"}
    assert figure()["raw_value"] == 2


def test_what_was_written_into_the_file_after_the_sheet_stops_the_report_and_says_where(mail, listed):
    give(listed, ONE | {"id": "second", "records": "INC2"}, ONE)
    enter(listed, ["INC9"])
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    with pytest.raises(ConfigurationError, match=r"agreed\.xlsx \(2026-09\), data row 2, id: .*two exclusions"):
        steps.collect(job, "exclusion")


def test_every_broken_row_is_named_in_both_languages_and_nothing_is_lost(listed):
    late = dt.datetime(2026, 10, 20)  # noqa: DTZ001
    told = refused(
        listed,
        ONE | {"id": "Not A Key"},
        ONE | {"id": "no_such_process", "process": "incidents"},
        ONE | {"id": "no_measure", "records": "INC2", "measures": "opened, opend"},
        ONE | {"id": "both", "records": "INC3", "from_at": late, "until_at": late},
        ONE | {"id": "future", "records": "INC4", "agreed_at": late},
        ONE | {"id": "half", "records": "INC5", "evidence": "evidence/mail.eml"},
        ONE | {"id": "nobody", "records": "INC6", "agreed_by": None},
        ONE | {"id": "twice", "records": "INC7, INC7"},
    )
    places = [(0, "id"), (1, "process"), (2, "measures"), (3, ""), (4, "agreed_at"), (5, "sha256"), (6, "agreed_by")]
    assert {*places, (7, "records")} <= told.keys()
    assert "Did you mean 'incident'?" in told[1, "process"].en
    assert "Required, and empty." in told[6, "agreed_by"].en
    for what in told.values():
        assert what.zh.strip() != what.en.strip()
        assert any("\u4e00" <= sign <= "\u9fff" for sign in what.zh)
    (kept,) = register().hand_ins()
    assert (kept.status, kept.name) == ("refused", "agreed.xlsx")


def test_named_evidence_must_be_the_file_and_is_kept_with_the_revision(mail, listed):
    named = ONE | {"evidence": "evidence/mail.eml", "sha256": hashlib.sha256(MAIL).hexdigest()}
    assert "no file evidence/mail.eml" in refused(listed, named)[0, "evidence"].en
    assert "leads out" in refused(listed, named | {"evidence": "../report_list.yaml"})[0, "evidence"].en
    folder = listed / "list" / "agreements" / "evidence"
    folder.mkdir()
    (folder / "mail.eml").write_bytes(b"another")
    assert "is not the file that is named" in refused(listed, named)[0, "sha256"].en
    (folder / "mail.eml").write_bytes(MAIL)
    give(listed, named)
    draft()
    assert (workspace() / "handed_in" / "exclusion" / "evidence" / "mail.eml").read_bytes() == MAIL
    assert pd.read_parquet(workspace() / "exclusions.parquet").iloc[0]["evidence"] == "mail.eml"
    (folder / "mail.eml").write_bytes(b"changed meanwhile")
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    with pytest.raises(ConfigurationError, match=r"data row 1, sha256: evidence/mail\.eml is not the file"):
        steps.collect(job, "exclusion")


def test_a_sheet_of_an_earlier_period_still_holds_until_a_newer_one_has_the_key(mail, listed):
    (listed / "list" / "log.csv").write_text(
        "number,opened,resolved\nINC1,2026-08-01 08:00,2026-08-01 12:00\nINC2,2026-09-02 08:00,\n"
    )
    receipt, path = give(listed, ONE | {"agreed_at": dt.datetime(2026, 9, 1)}, period="2026-08")  # noqa: DTZ001
    assert receipt.is_new
    job, _ = draft()
    assert [one.key for one in all_exclusions(opened(job)[0])] == ["carrier_works"]
    assert (workspace() / "handed_in" / "exclusion" / "2026-08" / "agreed.xlsx").read_bytes() == path.read_bytes()
    assert "taken out by 'carrier_works'" in refused(listed, ONE | {"id": "other"})[0, "records"].en
    give(listed, ONE | {"withdrawn_at": dt.datetime(2026, 10, 1)})  # noqa: DTZ001
    steps.collect(job, "exclusion")
    assert all_exclusions(opened(job)[0]) == ()


def test_a_time_is_read_in_the_zone_of_the_sheet(mail, listed):
    begin, end = dt.datetime(2026, 9, 1, 16), dt.datetime(2026, 9, 1, 17)  # noqa: DTZ001
    give(listed, {**ONE, "records": None, "from_at": begin, "until_at": end})
    draft()  # INC1 came at 08:00 UTC, which is 16:00 there
    taken = pd.read_parquet(workspace() / "exclusions.parquet")
    assert list(taken["id"]) == ["INC1"]
    assert taken.iloc[0]["since"].isoformat() == "2026-09-01T08:00:00+00:00"


def test_a_sheet_without_rows_says_that_nothing_was_agreed(mail, listed):
    change(listed, {"hand_in": True, "timezone": "Asia/Shanghai"})
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    with pytest.raises(DataMissingError, match="exclusion: nothing was handed in"):
        steps.wait_for(job, "exclusion", NOW + dt.timedelta(days=30))
    assert give(listed)[0].version.rows == 0
    assert steps.wait_for(job, "exclusion", NOW)
    for process in ("incident", "exclusion"):
        steps.collect(job, process)
    assert all_exclusions(opened(job)[0]) == ()


def test_an_optional_sheet_that_nobody_handed_in_is_no_missing_data(mail, listed):
    draft()
    assert figure()["value"] == 2
    assert json.loads((workspace() / "data" / "exclusion.json").read_text())["missing"] == ""


def test_the_rows_behind_a_figure_and_a_preview_know_the_sheet(mail, listed, capsys, monkeypatch):
    give(listed, ONE)
    monkeypatch.chdir(listed)
    asked = ["rows", "--report", KEY, "--period", PERIOD, "--measure", "opened", "--process", "incident"]
    assert main(asked) == 0
    said = capsys.readouterr()
    assert "before agreed exclusions: 2 count" in said.err
    assert "by_agreement" in said.out
    assert main(["preview", "--report", KEY, "--period", PERIOD, "--out", str(listed / "out")]) == 0
    assert "Works of the carrier" in (listed / "out" / "report.html").read_text()


def test_the_example_of_the_template_would_be_accepted(listed):
    path = listed / "example.xlsx"
    path.write_bytes(template(place(), None))
    book = openpyxl.load_workbook(path)
    rows = list(book.worksheets[1].iter_rows(min_row=2, values_only=True))
    names = [column_of(cell.value) for cell in book.worksheets[1][1]]
    first = dict(zip(names, rows[0], strict=True))
    assert give(listed, first, name="from_example.xlsx")[0].version.rows == 1


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"hand_in": True}, "timezone"),
        ({"system": "own", "file": "agreed.csv"}, "Agreed exclusions are handed in"),
        ({"system": "own", "hand_in": True, "timezone": "UTC"}, "Agreed exclusions are handed in"),
    ],
)
def test_the_list_says_what_is_wrong_with_the_source(house, source, said):
    change(house, source)
    assert any(said in str(problem) and "exclusion" in str(problem) for problem in load(house.joinpath(*LIST)).problems)


def test_agreed_exclusions_are_no_only_source(house):
    path = house.joinpath(*LIST)
    document = yaml.safe_load(path.read_text())
    document["reports"][0]["data_source"] = {"exclusion": {"hand_in": True, "timezone": "UTC"}}
    path.write_text(yaml.safe_dump(document, allow_unicode=True))
    assert any("nothing that they could be taken out of" in str(problem) for problem in load(path).problems)
    assert agreement_of(house)
