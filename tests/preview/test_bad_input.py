"""Bad input through `preview`, as the one who writes an entry meets it: a clear refusal, and nothing rendered."""

import csv
import shutil
import zipfile
from pathlib import Path

import pytest
import yaml
from itss.cli import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "servicenow"
HEAD = "number,title,opened,resolved"
ROWS = [
    "INC1,Mail is down,2026-09-01 08:00,2026-09-01 12:00",
    "INC2,Printer,2026-09-02 08:00,2026-09-03 08:00",
    "INC3,VPN,2026-09-30 08:00,",
]
SQL = """SELECT number AS id, title, AS_INSTANT(opened, '%Y-%m-%d %H:%M') AS opened_at,
    AS_INSTANT(NULLIF(resolved, ''), '%Y-%m-%d %H:%M') AS resolved_at FROM source"""


@pytest.fixture
def house(tmp_path):
    """A report list of one entry over a small CSV, beside its own SQL; edited by each test."""
    shutil.copytree(EXAMPLE, tmp_path / "list")
    listed = tmp_path / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    entry = document["reports"][0]
    entry["data_source"]["incident"] |= {"system": "own", "file": "log.csv"}
    entry["period"]["first"] = "2026-01-01"
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    query = tmp_path / "list" / "sql" / "own" / "incident.sql"
    query.parent.mkdir(parents=True)
    query.write_text(SQL)
    write(tmp_path, ROWS)
    return tmp_path


def write(house, rows, head=HEAD):
    (house / "list" / "log.csv").write_text("\n".join([head, *rows]) + "\n")


def edit(house, change):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    change(document)
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))


def preview(house, capsys, period="2026-09"):
    listed = str(house / "list" / "report_list.yaml")
    code = main(
        ["preview", "--list", listed, "--report", "servicenow_incidents", "--period", period,
         "--out", str(house / "out")]
    )  # fmt: skip
    said = capsys.readouterr()
    return code, said.out + said.err


def refused(house, capsys, *words, period="2026-09"):
    code, said = preview(house, capsys, period)
    assert code == 1, said
    for word in words:
        assert word in said
    assert not list((house / "out").glob("report.*"))


def test_good_input_passes(house, capsys):
    code, said = preview(house, capsys)
    assert code == 0, said
    with (house / "out" / "figures.csv").open() as file:
        figures = {(r["measure"], r["member"]): r["value"] for r in csv.DictReader(file)}
    assert [float(figures[name, ""]) for name in ("opened", "resolved", "backlog")] == [3, 2, 1]


def test_missing_file(house, capsys):
    (house / "list" / "log.csv").unlink()
    refused(house, capsys, "log.csv")


def test_empty_file(house, capsys):
    (house / "list" / "log.csv").write_bytes(b"")
    refused(house, capsys, "log.csv")


def test_header_without_rows(house, capsys):
    write(house, [])
    refused(house, capsys, "log.csv", "no rows")


def test_missing_column(house, capsys):
    write(house, ["INC1,Mail,2026-09-01 08:00"], head="number,title,opened")
    refused(house, capsys, "resolved", "incident.sql")


def test_date_that_does_not_parse(house, capsys):
    write(house, [*ROWS, "INC4,Fax,31/13/2026 99:00,"])
    refused(house, capsys, "incident.unparsed", "1 of 4 rows", "INC4", "31/13/2026 99:00")


def test_resolved_before_opened(house, capsys):
    write(house, [*ROWS, "INC4,Fax,2026-09-05 08:00,2026-09-04 08:00"])
    refused(house, capsys, "resolved_at", "1 of 4 rows", "INC4")


def test_duplicate_ids(house, capsys):
    write(house, [*ROWS, ROWS[0]])
    refused(house, capsys, "2 of 4 rows", "INC1")


def test_source_that_stopped_before_the_period(house, capsys):
    refused(house, capsys, "fresh", period="2026-10")


def test_period_that_is_not_over(house, capsys):
    refused(house, capsys, "2099-12", "not over", period="2099-12")


def test_period_of_another_kind(house, capsys):
    refused(house, capsys, "2026-Q3", "Write it like 2026-09", period="2026-Q3")


def test_broken_yaml(house, capsys):
    listed = house / "list" / "report_list.yaml"
    listed.write_text(listed.read_text() + "\n\t- broken")
    refused(house, capsys, "report_list.yaml:")


def test_two_entries_with_one_key(house, capsys):
    edit(house, lambda document: document["reports"].append(document["reports"][0]))
    refused(house, capsys, "report_list.yaml:", "servicenow_incidents")


def test_approver_who_is_the_author(house, capsys):
    edit(house, lambda document: document["reports"][0].update(author="head_of_department"))
    refused(house, capsys, "report_list.yaml:", "author")


def test_unknown_column_of_the_list(house, capsys):
    edit(house, lambda document: document["reports"][0].update(recipients=["x"]))
    refused(house, capsys, "report_list.yaml:", "recipients")


HOSTILE = ['=HYPERLINK("http://evil.example/","x")', "+1+1", "-2+3", "@SUM(A1)", "<script>alert(1)</script>"]


def test_titles_that_look_like_code_stay_text(house, capsys):
    rows = [f'"INC9{i}","{title.replace(chr(34), chr(34) * 2)}",2026-09-05 08:00,' for i, title in enumerate(HOSTILE)]
    write(house, [*ROWS, *rows])
    code, said = preview(house, capsys)
    assert code == 0, said
    assert "warning" in said
    assert "INC90" in said
    assert "<script>alert" not in (house / "out" / "report.html").read_text()
    with zipfile.ZipFile(house / "out" / "report.xlsx") as workbook:
        sheets = [workbook.read(name).decode() for name in workbook.namelist() if "/worksheets/sheet" in name]
        links = [
            name for name in workbook.namelist() if name.endswith(".rels") and b"evil.example" in workbook.read(name)
        ]
    assert not any("<f>" in sheet and ("HYPERLINK(&quot;http" in sheet or "SUM(A1)" in sheet) for sheet in sheets)
    assert not links
