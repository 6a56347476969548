"""A process that is declared in ``measures.yaml`` and handed in: template, register workbook, inbox, report, DAG."""

import datetime as dt
import os
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
import yaml
from itss.cli import main
from itss.hand_in.place import place_in
from itss.hand_in.register_workbook import register_workbook
from itss.report_list.loader import load

SUPPLIER = Path(__file__).resolve().parents[2] / "docs" / "examples" / "supplier"
MEASURES = SUPPLIER.parent / "kpi" / "measures.yaml"
REPORT, PERIOD = "supplier_monthly", "2026-09"
NOW = dt.datetime(2026, 10, 2, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def listed(tmp_path, monkeypatch):
    """The supplier's example, which hands in stock counts and outages with a further column instead."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "list" / "report_list.yaml"
    (path.parent / "agreements").mkdir(parents=True)
    (path.parent / "agreements" / "cloud_uc.yaml").write_bytes((SUPPLIER / "agreements" / "cloud_uc.yaml").read_bytes())
    document = yaml.safe_load((SUPPLIER / "report_list.yaml").read_text(encoding="utf-8"))
    handed_in = {"hand_in": True, "timezone": "Asia/Shanghai"}
    document["reports"][0] |= {"data_source": {"spare_part": handed_in, "service_level": handed_in}}
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    own = yaml.safe_load(MEASURES.read_text(encoding="utf-8"))
    measures = {"spare_part_availability": own["measures"]["spare_part_availability"]}
    declared = {"spare_part": own["processes"]["spare_part"]}
    columns = {"service_level": {"penalty_at": "instant", "penalties": "count"}}
    text = yaml.safe_dump({"measures": measures, "processes": declared, "columns": columns}, allow_unicode=True)
    (path.parent / "measures.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("ITSS_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(path))
    return path


def headers(path):
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return {re.match(r"\w+", str(cell.value))[0]: cell.column for cell in sheet[1]}


def fill(process, *rows):
    assert main(["template", REPORT, process, "--period", PERIOD]) == 0
    path = Path(f"{REPORT}_{PERIOD}_{process}.xlsx")
    book, named = openpyxl.load_workbook(path), headers(path)
    for line, row in enumerate(rows, start=2):
        for name, value in row.items():
            book.worksheets[0].cell(line, named[name], value)
    book.save(path)
    return main(["hand-in", REPORT, PERIOD, process, str(path), "--by", "data_provider"])


def test_the_template_has_the_declared_and_the_further_columns(listed):
    for process in ("spare_part", "service_level"):
        assert main(["template", REPORT, process, "--period", PERIOD]) == 0
    assert headers(f"{REPORT}_{PERIOD}_spare_part.xlsx").keys() >= {"id", "counted_at", "service", "checked", "good"}
    assert headers(f"{REPORT}_{PERIOD}_service_level.xlsx").keys() >= {"id", "achieved", "penalty_at", "penalties"}


def test_what_is_handed_in_is_judged_and_becomes_a_figure(listed, capsys):
    part = {"counted_at": dt.datetime(2026, 9, 3, 10), "checked": 10}  # noqa: DTZ001 - a workbook has no zones
    measured = {"measured_at": dt.datetime(2026, 9, 30, 8), "target": 0.99, "achieved": 0.995}  # noqa: DTZ001
    assert fill("service_level", {"id": "S1", "service": "Cloud", "penalties": 2} | measured) == 0
    assert fill("spare_part", {"id": "P1", "good": -1} | part) == 1
    assert "good is outside [0, ∞]" in "".join(capsys.readouterr())
    assert fill("spare_part", {"id": "P1", "good": 9} | part, {"id": "P2", "good": 10} | part) == 0
    assert main(["preview", "--report", REPORT, "--period", PERIOD, "--out", "out"]) == 0
    figures = Path("out/figures.csv").read_text(encoding="utf-8")
    assert "spare_part_availability,spare_part,2026-09,,,0.95,share,19.0,20.0,20," in figures
    assert "Spare parts" in Path("out/report.html").read_text(encoding="utf-8")
    assert "备件管理" in Path("out/checks.html").read_text(encoding="utf-8")


def test_whoever_speaks_of_it_knows_its_name(listed):
    people = load(listed).list
    place = place_in(people, REPORT, PERIOD, "spare_part", NOW)
    assert (place.process_name.zh, place.declared.leading) == ("备件管理", "counted_at")
    path = Path("register.xlsx")
    path.write_bytes(register_workbook(people, [], NOW))
    cells = [str(cell.value) for sheet in openpyxl.load_workbook(path) for row in sheet for cell in row]
    assert any("备件管理 Spare parts" in cell for cell in cells)


def test_reading_the_list_needs_no_pandas_and_knows_the_process(listed):
    code = (
        "import sys; from pathlib import Path; from itss.report_list.loader import load; "
        f"found = load(Path({str(listed)!r})); "
        "print(len(found.list.reports), found.problems, {'pandas', 'numpy', 'sqlglot', 'duckdb'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert said.stdout.strip() == "1 () set()"


def test_a_broken_declaration_breaks_the_entries_that_need_it_and_says_so(listed):
    path = listed.parent / "measures.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("leading: counted_at", "leading: 3"), encoding="utf-8")
    found = load(listed)
    assert found.list.reports == ()
    told = "\n".join(map(str, found.problems))
    assert "What measures.yaml says of 'spare_part' has problems of its own." in told
    assert re.search(r"measures\.yaml:\d+: processes\.spare_part\.leading: 3 is a number, text is expected", told)
