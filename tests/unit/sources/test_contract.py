"""What a query says of itself in its comments, and what comes of it: figures, findings, and the lines of the check."""

from pathlib import Path

import pytest
from itss.checks.run import check
from itss.checks.verdicts import About
from itss.commands.check import check as check_list
from itss.processes import PROCESSES
from itss.sources.contract import contract_of, contract_problems

CHANGE = PROCESSES["change"]


@pytest.mark.parametrize(
    ("sql", "cannot_tell", "present"),
    [
        ("SELECT 1", {}, ()),
        ("-- cannot tell: outcome = backed_out\nSELECT 1", {"outcome": ("backed_out",)}, ()),
        ("  --Cannot tell : outcome=failed, backed_out.\nSELECT 1", {"outcome": ("failed", "backed_out")}, ()),
        (
            "-- cannot tell: outcome = failed\n-- cannot tell: outcome = failed\n-- cannot tell: type = normal\n",
            {"outcome": ("failed",), "type": ("normal",)},
            (),
        ),
        (
            "-- present value: service, customer\r\n-- present value: cause，service\r\n",
            {},
            ("service", "customer", "cause"),
        ),
        ("SELECT '-- nothing' AS id -- cannot tell: outcome = failed", {}, ()),
    ],
)
def test_the_lines_are_read(sql, cannot_tell, present):
    found = contract_of(sql)
    assert (found.cannot_tell, found.present_value) == (cannot_tell, present)


def test_the_list_and_the_query_are_joined():
    found = contract_of("-- cannot tell: outcome = failed", {"outcome": ("backed_out",), "type": ("normal",)})
    assert found.cannot_tell == {"outcome": ("backed_out", "failed"), "type": ("normal",)}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-- cannot tell: outcom = backed_out", "has no column 'outcom'. Did you mean 'outcome'?"),
        ("-- cannot tell: outcome = backedout", "has no value 'backedout'. Did you mean 'backed_out'?"),
        ("-- cannot tell: outcome", "names no column and value"),
        ("-- cannot tell: outcome =", "names no column and value"),
        ("-- cannot tell: title = anything", "has no closed set of values"),
        ("-- present value: servce", "has no column 'servce'. Did you mean 'service'?"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(line, said):
    (found,) = contract_problems(Path("change.sql"), f"-- Changes.\n{line}\nSELECT 1", CHANGE)
    assert found.line == 2
    assert said in str(found)


def test_a_value_that_the_source_cannot_tell_is_a_critical_finding():
    import pandas as pd

    rows = pd.DataFrame(
        {
            "id": pd.Series(["1", "2"], dtype="str"),
            "opened_at": pd.to_datetime(["2026-09-01", "2026-09-02"], utc=True).as_unit("us"),
            "outcome": pd.Series(["successful", "backed_out"], dtype="str"),
        }
    )
    about = {"change": About(cannot_tell={"outcome": ("backed_out",), "type": ("normal",)})}
    found = [one for one in check([(CHANGE, rows, "file.csv")], about).findings if one.severity == "critical"]
    assert [(one.rule, one.rows, one.failed) for one in found] == [("outcome_cannot_tell", ("2",), 1)]
    assert not [one for one in check([(CHANGE, rows, "file.csv")], {}).findings if one.severity == "critical"]


def test_the_check_of_the_list_reads_both(tmp_path):
    include = Path(__file__).resolve().parents[3] / "include"
    text = (include / "report_list.yaml").read_text("utf-8")
    where = "change: {system: itss, connection: itsm_sample"
    assert where in text
    (tmp_path / "agreements").symlink_to(include / "agreements")
    path = tmp_path / "report_list.yaml"
    path.write_text(text.replace(where, f"{where}, cannot_tell: {{outcome: [rolled_back]}}", 1), "utf-8")
    folder = tmp_path / "sql" / "own"
    folder.mkdir(parents=True)
    (folder / "change.sql").write_text(
        "-- cannot tell: outcom = failed\nSELECT a AS id, b AS opened_at FROM t\n", "utf-8"
    )
    said = [str(problem) for problem in check_list(path, include)[1]]
    assert any("change.outcome has no value 'rolled_back'" in line for line in said)
    assert any("own/change.sql:1" in line and "has no column 'outcom'" in line for line in said)
    assert len(said) == 2
