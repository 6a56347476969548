"""The command line as a person calls it: exit codes, and every problem of every file on a line of its own."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from itss.cli import main, parser
from itss.report_list.reference import document

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def include(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the product's list, agreements and queries, to be broken."""
    shutil.copytree(ROOT / "include", tmp_path / "include")
    monkeypatch.setenv("ITSS_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "include"


def change(path: Path, old: str, new: str) -> int:
    """Replace the first ``old`` and return its line."""
    words = path.read_text(encoding="utf-8")
    assert old in words
    path.write_text(words.replace(old, new, 1), encoding="utf-8")
    return words[: words.index(old)].count("\n") + 1


def test_the_products_own_files_have_no_problems() -> None:
    call = [sys.executable, "-m", "itss", "check"]
    done = subprocess.run(call, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert re.fullmatch(
        r"include/report_list.yaml: 4 reports, 4 agreements, \d+ SQL files: no problems.\n", done.stdout
    )


BREAKS = [
    ("report_list.yaml", "language: zh-CN", "langage: zh-CN", "Did you mean 'language'?"),
    ("report_list.yaml", "dimensions: [service, priority, category]", "dimensions: [categry]", "mean 'category'?"),
    ("agreements/reporting_kpi.yaml", "measure: on_time_delivery", "measure: on_time_deliver", "'on_time_delivery'?"),
    ("sql/itss/change.sql", "number AS id", "number AS ident", "The process change has no column 'ident'."),
]


def test_check_tells_the_problems_of_all_files_with_line_and_remedy(
    include: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [(file, change(include / file, old, new), words) for file, old, new, words in BREAKS]
    (include / "sql" / "itss" / "incidents.sql").write_text("SELECT 1", encoding="utf-8")
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    for file, line, words in lines:
        assert re.search(rf"^include/{file}:{line}: .*{re.escape(words)}", out, re.M), out
    assert "include/sql/itss/incidents.sql:1: There is no process 'incidents'." in out
    assert re.search(r"\n\n\d+ problems in 4 files\.\n$", out)


def test_a_list_elsewhere_brings_its_own_agreements_and_queries(
    include: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "elsewhere"
    (place / "sql" / "helpdesk").mkdir(parents=True)
    shutil.copytree(include / "agreements", place / "agreements")
    shutil.copy(include / "report_list.yaml", place / "mine.yaml")
    line = change(place / "mine.yaml", "incident: {system: itss", "incident: {system: helpdesk")
    assert main(["check", "--list", str(place / "mine.yaml")]) == 1
    out = capsys.readouterr().out
    assert f"elsewhere/mine.yaml:{line}: reports[customer_monthly].data_source.incident: There is no query" in out
    query = place / "sql" / "helpdesk" / "incident.sql"
    query.write_text("SELECT id, opened_at FROM ticket", encoding="utf-8")
    assert main(["check", "--list", str(place / "mine.yaml")]) == 0
    query.write_text("SELECT id FROM ticket", encoding="utf-8")
    assert main(["check", "--list", str(place / "mine.yaml")]) == 1
    assert "elsewhere/sql/helpdesk/incident.sql:1: The process incident needs opened_at." in capsys.readouterr().out


def test_a_target_that_nobody_would_ever_judge_is_a_problem(include: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sla = include / "agreements" / "customer_sla.yaml"
    line = change(sla, "dimension: priority, member: Critical", "dimension: resource, member: Critical")
    assert main(["check"]) == 1
    told = capsys.readouterr().out
    assert f"customer_sla.yaml:{line}: versions[2026].targets[resolution_compliance].dimension: " in told
    assert "incident.resolution_compliance cannot be split by 'resource'." in told

    change(sla, "dimension: resource, member: Critical", "dimension: category, member: Critical")
    assert main(["check"]) == 1
    told = capsys.readouterr().out
    assert "reports[customer_monthly].agreement: 'customer_sla' has a target for incident.resolution_compliance" in told
    assert "Add category to `dimensions`." in told

    change(include / "report_list.yaml", "dimensions: [service, priority]", "dimensions: [service, category]")
    assert main(["check"]) == 0


def test_a_target_for_a_misspelled_priority_is_a_problem(include: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sla = include / "agreements" / "customer_sla.yaml"
    line = change(sla, "dimension: priority, member: Critical", "dimension: priority, member: Critcal")
    assert main(["check"]) == 1
    told = capsys.readouterr().out
    assert f"customer_sla.yaml:{line}: " in told
    assert "There are no time targets for the priority 'Critcal'. Did you mean 'Critical'?" in told


def test_check_notes_how_an_agreement_was_read(include: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """None of it is a problem: the report list stays sound."""
    sla = include / "agreements" / "customer_sla.yaml"
    low = "Low: {response_h: 8, resolution_h: 40}"
    hours = '{weekly: {sat: [["00:00", "23:59"]], sun: [["18:00", "09:00"]]}}'
    cases = [
        (low, "Low: {response_h: 8}", "'Low' has no resolution_h, as the other priorities have", "resolution_h: none"),
        (
            low,
            f"Low: {{response_h: 8, resolution_h: 40, hours: {hours}}}",
            "23:59 as an end is read as midnight",
            "00:00",
        ),
        (
            low,
            f"Low: {{response_h: 8, resolution_h: 40, hours: {hours}}}",
            "18:00 to 09:00 is read as 15 hours",
            "Swap",
        ),
        (low, "Low: none", "", ""),
    ]
    original = sla.read_text(encoding="utf-8")
    for old, new, words, remedy in cases:
        line = change(sla, old, new)
        assert main(["check"]) == 0
        notes = [one for one in capsys.readouterr().out.splitlines() if one.startswith("note: ")]
        said = [one for one in notes if one.startswith(f"note: include/agreements/customer_sla.yaml:{line}: ")]
        assert not words or any(words in one and remedy in one for one in said), notes
        assert words or not notes
        sla.write_text(original, encoding="utf-8")


def test_a_missing_list_is_a_problem_not_a_crash(include: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--list", "nothing.yaml"]) == 1
    assert "nothing.yaml:1: The file cannot be read" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["chek"], ["preview"], ["check", "--lst", "x"], ["sample", "--months", "x"]])
def test_wrong_calls_exit_with_2_and_say_why(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_errors_of_the_product_are_said_not_thrown(
    include: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["preview", "--report", "no_such_report", "--out", str(tmp_path / "out")]) == 1
    assert "no_such_report" in capsys.readouterr().err


def test_help_names_every_command_without_importing_what_they_need() -> None:
    words = parser().format_help()
    assert all(name in words for name in ("check", "preview", "run", "demo", "sample"))
    code = "import sys, itss.cli; itss.cli.parser(); print({'pandas', 'airflow', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_reference_describes_every_key_as_the_models_do() -> None:
    page = ROOT / "docs" / "reference" / "report-list.md"
    assert page.read_text(encoding="utf-8") == document(), "python -m itss.report_list.reference > " + str(page)
    assert "| None |" not in document()
