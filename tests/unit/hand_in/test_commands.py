"""Handing in from the command line, the template of every process, and a layout that an SQL file maps."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
import yaml
from handing import NOW, REPORT, ROOT, ROWS, place, register, workbook
from itss.cli import main
from itss.hand_in.place import agreed_version, find_place
from itss.hand_in.receiving import hand_in
from itss.hand_in.template import DATA, EXAMPLE, HELP, template
from itss.processes import PROCESSES
from itss.report_list.loader import load
from itss.settings import settings


def edit(house: Path, **sources: object) -> None:
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0]["data_source"] = sources
    listed.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))


@pytest.mark.parametrize("process", [name for name in PROCESSES if name != "reporting"])
def test_the_example_of_every_template_is_itself_accepted(house: Path, process: str) -> None:
    edit(house, **{process: {"hand_in": True, "timezone": "Asia/Shanghai"}})
    where = place(process)
    book = openpyxl.load_workbook(BytesIO(template(where, agreed_version(settings(), where))))
    assert book.sheetnames == [DATA, EXAMPLE, HELP]
    data, example = book[DATA], book[EXAMPLE]
    assert data.max_row == 1
    for row in example.iter_rows(min_row=2):
        for cell in row:
            data.cell(cell.row, cell.column).value = cell.value
    book.save(house / "filled.xlsx")
    assert hand_in(settings(), register(), where, house / "filled.xlsx", "data_provider", NOW).version.rows == 2


def test_the_template_offers_what_may_be_chosen_and_is_the_same_to_the_byte(house: Path) -> None:
    where = place()
    first = template(where, None)
    assert first == template(where, None)
    book = openpyxl.load_workbook(BytesIO(first))
    sheet = book[DATA]
    heads = {str(cell.value).split("\n")[0]: cell for cell in sheet[1]}
    assert list(heads) == ["id *", "resource", "service", "kind", "sampled_at *", "utilisation", "threshold"]
    assert heads["kind"].value == "kind\n资源类型\nkind of resource"
    rules = {
        str(rule.sqref).split("1048576")[0].rstrip("0123456789:"): rule
        for rule in sheet.data_validations.dataValidation
    }
    kind = next(rule for cells, rule in rules.items() if cells.startswith(heads["kind"].column_letter))
    assert (kind.type, kind.formula1) == ("list", '"cpu,memory,storage,network"')
    column = heads["sampled_at *"].column_letter
    assert sheet.column_dimensions[column].number_format == "yyyy-mm-dd hh:mm"
    words = "\n".join(str(row[0].value) for row in book[HELP].iter_rows())
    assert "请在 2026-10-12 18:00 (Asia/Shanghai) 前提交" in words
    assert "Hand it in by 2026-10-12 18:00 (Asia/Shanghai)" in words


def test_a_person_hands_in_by_command(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(house)
    assert main(["template", REPORT, "capacity", "--period", "2026-09"]) == 0
    made = house / f"{REPORT}_2026-09_capacity.xlsx"
    assert made.read_bytes() == template(place(), agreed_version(settings(), place()))
    call = ["hand-in", REPORT, "2026-09", "capacity", "filled.xlsx", "--by"]
    workbook(house / "filled.xlsx", place(), [ROWS[0] | {"utilisation": 2}])
    assert main([*call, "data_provider"]) == 1
    told = capsys.readouterr().err
    assert "data row 1, utilisation" in told
    assert "filled.errors.xlsx" in told
    workbook(house / "filled.xlsx", place())
    assert main([*call, "supplier_manager"]) == 1
    assert "may not hand in" in capsys.readouterr().err
    assert main([*call, "data_provider"]) == 0
    assert "Accepted as version 1: 2 rows" in capsys.readouterr().out
    assert main([*call, "data_provider"]) == 0
    assert "This is version 1 already" in capsys.readouterr().out
    assert main(["register-workbook", "--to", "register.xlsx"]) == 0
    assert openpyxl.load_workbook("register.xlsx").sheetnames[:2] == ["登记表", "Register"]
    assert main(["register-workbook", "--collector", "nobody"]) == 1


def test_any_layout_is_mapped_by_one_sql_file(house: Path) -> None:
    edit(house, capacity={"hand_in": True, "timezone": "Asia/Shanghai", "system": "vendor"})
    query = house / "list" / "sql" / "vendor" / "capacity.sql"
    query.parent.mkdir(parents=True)
    query.write_text(
        """SELECT "Nr." AS id, Host AS resource, as_instant("Zeit", '%d.%m.%Y %H:%M') AS sampled_at, """
        """TRY_CAST(Last AS DOUBLE) / 100 AS utilisation FROM source"""
    )
    assert main(["check", "--list", str(house / "list" / "report_list.yaml")]) == 0
    path = house / "export.csv"
    path.write_text("Nr.;Host;Zeit;Last\n1;A;01.09.2026 08:00;50\n2;A;02.09.2026 08:00;250\n", encoding="utf-8")
    with pytest.raises(Exception, match=r"outside \[0, 1\].*: 2\)") as caught:
        hand_in(settings(), register(), place(), path, "data_provider", NOW)
    assert "as exports" not in str(caught.value)
    path.write_text("Nr.;Host;Zeit;Last\n1;A;01.09.2026 08:00;50\n", encoding="utf-8")
    assert hand_in(settings(), register(), place(), path, "data_provider", NOW).version.rows == 1
    assert main(["template", REPORT, "capacity"]) == 1


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"hand_in": True}, "times in a workbook are local"),
        ({"hand_in": True, "timezone": "Asia/Shanghai", "file": "x.csv"}, "Both `file` and `hand_in`"),
        ({"file": "x.csv"}, "'template' is the workbook"),
        ({"system": "itss"}, "nor `hand_in`"),
    ],
)
def test_the_list_says_what_is_wrong_with_a_source(house: Path, source: dict[str, object], words: str) -> None:
    edit(house, capacity=source)
    loaded = load(house / "list" / "report_list.yaml")
    assert any(words in str(problem) for problem in loaded.problems), loaded.problems
    assert loaded.list.reports == ()


def test_no_entry_is_called_like_a_dag_of_the_product(house: Path) -> None:
    listed = house / "list" / "report_list.yaml"
    listed.write_text(listed.read_text().replace("key: supplier_monthly", "key: report_list"))
    (problem,) = load(listed).problems
    assert "name of a DAG" in str(problem)


def test_every_weeks_data_is_announced_and_due_within_a_week(house: Path) -> None:
    from itss.report_list.due import data_due_at, recent_periods, reminder_at

    entry = find_place(settings(), REPORT, "2026-09", "capacity", NOW).entry
    weekly = entry.period.model_copy(update={"kind": "week", "due_working_days": 1, "first": dt.date(2026, 9, 7)})
    # week 36 begins on 31 August; the first owed one on Monday 7 September
    monday = dt.datetime(2026, 9, 21, 2, tzinfo=dt.UTC)
    periods = list(recent_periods(entry.model_copy(update={"period": weekly}), monday))
    assert [period.label for period in periods] == ["2026-W37", "2026-W38", "2026-W39"]
    assert data_due_at(weekly, periods[1]) == dt.datetime(2026, 9, 21, 10, tzinfo=dt.UTC)
    assert reminder_at(weekly, periods[1], 5) == dt.datetime(2026, 9, 20, 16, tzinfo=dt.UTC)
    assert (ROOT / "docs" / "hand-in.md").exists()
