"""The gate, with the real Great Expectations: one bad row at a time, and what it says."""

import pandas as pd
import pytest
from itss.checks.findings_frame import findings_frame, findings_from_frame
from itss.checks.run import check
from itss.checks.verdicts import About
from itss.errors import ConfigurationError
from itss.periods import parse_period
from itss.processes import PROCESSES
from itss.processes.base import Expectation
from itss.sources.conform import conform
from itss.text import text

INCIDENT = PROCESSES["incident"]
SOURCE = "connection itsm_sample, include/sql/itss/incident.sql"
SEPTEMBER = parse_period("2026-09", "month", "Asia/Shanghai")


def incidents(**changed):
    """Thirty sound incidents of September; ``changed`` replaces single cells: ``title={3: "…"}``."""
    columns = {
        "id": [f"INC{n:02d}" for n in range(30)],
        "title": [f"邮件 {n}" for n in range(30)],
        "priority": ["Low"] * 30,
        "opened_at": [f"2026-09-{n + 1:02d} 08:00" for n in range(30)],
        "resolved_at": [f"2026-09-{n + 1:02d} 09:00" for n in range(30)],
        "reopen_count": ["0"] * 30,
    }
    for name, cells in changed.items():
        for row, value in cells.items():
            columns[name][row] = value
    return conform(INCIDENT, {name: pd.Series(cells, dtype=object) for name, cells in columns.items()}, "UTC")


def checked(frame, process=INCIDENT, **about):
    return check([(process, frame, SOURCE)], {process.id: About(**{"period": SEPTEMBER} | about)})


def found(frame, **about):
    return {f.rule: f for f in checked(frame, **about).findings}


def test_sound_rows_have_no_findings():
    assert found(incidents()) == {}


@pytest.mark.parametrize(
    ("changed", "rule", "severity", "column", "rows"),
    [
        ({"opened_at": {3: "31/13/2026"}}, "unparsed", "warning", "opened_at", ("INC03: opened_at='31/13/2026'",)),
        ({"reopen_count": {7: "many"}}, "unparsed", "warning", "reopen_count", ("INC07: reopen_count='many'",)),
        ({"id": {4: "INC03"}}, "id_unique", "critical", "id", ("INC03",)),
        ({"id": {4: " "}}, "id_present", "warning", "id", ("row 30",)),
        ({"opened_at": {5: None}}, "opened_at_present", "warning", "opened_at", ("INC05",)),
        ({"resolved_at": {6: "2026-09-01 00:00"}}, "resolved_at_not_before_opened_at", "warning",
         "resolved_at, opened_at", ("INC06",)),
        ({"title": {2: "=HYPERLINK(\"http://x\")", 9: "-2+3+cmd|' /C calc'!A0", 11: "+SUM(A1)", 12: " @SUM(A1)"}},
         "title_formula", "warning", "title", ("INC02", "INC09", "INC11", "INC12")),
        ({"title": {2: "<script>alert(1)</script>", 8: "<img src=x onerror=y"}}, "title_markup", "warning", "title",
         ("INC02", "INC08")),
    ],
)  # fmt: skip
def test_a_bad_row_is_found_and_named(changed, rule, severity, column, rows):
    finding = found(incidents(**changed))[rule]
    assert (finding.severity, finding.column, finding.rows, finding.source) == (severity, column, rows, SOURCE)
    assert finding.total == 30
    assert finding.failed == (2 if rule == "id_unique" else len(rows))
    assert finding.why.zh
    assert finding.remedy.en


@pytest.mark.parametrize(
    "title",
    [
        "a < b and c > d",
        "mail to <desk@example.com>",
        "5 - 3",
        "x=1",
        "C++ build",
        "邮件=慢",
        "-1",
        "+3.5",
        "+86 138 0000 0000",
        "+86-10-5555",
        "- -",
        "--",
        "=====",
        "- printer (3rd floor)",
        "- restart(s)",
        "-10% traffic",
        "@desk please call",
    ],
)
def test_ordinary_text_is_no_code(title):
    assert found(incidents(title={0: title})) == {}


def test_no_rows_are_critical_where_they_are_mandatory_and_a_warning_elsewhere():
    nothing = incidents().iloc[:0]
    assert [(f.rule, f.severity) for f in found(nothing).values()] == [("not_empty", "critical")]
    assert [(f.rule, f.severity) for f in found(nothing, mandatory=False).values()] == [("not_empty", "warning")]


def test_at_most_twenty_rows_are_named_and_all_are_counted():
    finding = found(incidents(opened_at=dict.fromkeys(range(25), "x")))["unparsed"]
    assert (finding.failed, len(finding.rows)) == (25, 20)


def test_critical_findings_come_first():
    rules = [f.severity for f in checked(incidents(title={0: "=1"}, id={4: "INC03"})).findings]
    assert set(rules) == {"critical", "warning"}
    assert rules == sorted(rules)


def _with(process, **rule):
    from dataclasses import replace

    said = text("原因", "why")
    return replace(process, expectations=(Expectation("own", severity="info", why=said, remedy=said, **rule),))


def test_a_rule_of_the_process_is_run_with_its_severity_and_skipped_without_its_column():
    rule = {"type": "ExpectColumnValuesToBeInSet", "kwargs": {"column": "priority", "value_set": ["High"]}}
    process = _with(INCIDENT, **rule)
    (finding,) = checked(incidents(), process).findings
    assert (finding.rule, finding.severity, finding.failed) == ("own", "info", 30)
    assert checked(incidents().drop(columns="priority"), process).findings == []


def test_a_rule_that_cannot_be_evaluated_is_critical():
    rule = {"type": "ExpectColumnValuesToBeBetween", "kwargs": {"column": "title", "min_value": 1}}
    (finding,) = checked(incidents(), _with(INCIDENT, **rule)).findings
    assert (finding.rule, finding.severity) == ("own", "critical")
    assert "could not be evaluated" in finding.why.en


def test_a_rule_that_great_expectations_does_not_know():
    with pytest.raises(ConfigurationError, match=r"incident\.own: Great Expectations has no ExpectMagic"):
        checked(incidents(), _with(INCIDENT, type="ExpectMagic", kwargs={"column": "id"}))


def _nothing_in(process):
    columns = {column.name: pd.Series([], dtype=object) for column in process.columns}
    return conform(process, columns, "UTC")


def test_findings_survive_the_table(tmp_path):
    from itss.sources.snapshot import read_frame, write_frame

    findings = checked(incidents(title={0: "=1, 2; 3"}, id={1: 'a,"b"; 邮', 2: 'a,"b"; 邮'})).findings
    assert len(findings) == 2
    write_frame(tmp_path / "findings.parquet", findings_frame(findings))
    assert findings_from_frame(read_frame(tmp_path / "findings.parquet")) == findings
    write_frame(tmp_path / "none.parquet", findings_frame([]))
    assert findings_from_frame(read_frame(tmp_path / "none.parquet")) == []


def _changes(outcomes, ended):
    cells = {
        "id": ["C1", "C2", "C3", "C4"],
        "opened_at": ["2026-09-01 08:00"] * 4,
        "outcome": outcomes,
        "ended_at": ended,
    }
    frame = {name: pd.Series(values, dtype=object) for name, values in cells.items()}
    return conform(PROCESSES["change"], frame, "UTC")


@pytest.mark.parametrize(
    ("outcomes", "named"),
    [
        (["failed", "cancelled", None, "successful"], ("C1",)),  # what was never implemented has no end
        (["failed", "backed_out", "successful", None], ("C1", "C2", "C3")),
        ([None, "cancelled", None, "successful"], ()),
        ([None] * 4, ()),
    ],
)
def test_what_tells_that_something_happened_and_not_when(outcomes, named):
    frame = _changes(outcomes, [None, None, None, "2026-09-02 08:00"])
    rule = "ended_at_given_with_outcome"
    verdicts = {one.rule.id: one for one in checked(frame, PROCESSES["change"]).suites[0].verdicts}
    assert verdicts[rule].result == ("failed" if named else "passed")
    findings = {one.rule: one for one in checked(frame, PROCESSES["change"]).findings}
    assert (findings[rule].rows if named else ()) == named
    assert verdicts[rule].rule.severity == "warning"


def test_it_is_not_asked_where_nothing_tells_that_it_happened():
    frame = _changes([None] * 4, [None] * 4).drop(columns="outcome")
    verdicts = {one.rule.id: one for one in checked(frame, PROCESSES["change"]).suites[0].verdicts}
    assert verdicts["ended_at_given_with_outcome"].result == "not asked"


def _levels(target, achieved, comparison="at_least"):
    frame = {"id": "S1", "measured_at": "2026-09-30 23:00", "target": target, "achieved": achieved,
             "comparison": comparison}  # fmt: skip
    return conform(
        PROCESSES["service_level"], {name: pd.Series([cell], dtype=object) for name, cell in frame.items()}, "UTC"
    )


@pytest.mark.parametrize(
    ("target", "achieved", "comparison", "is_told"),
    [
        ("99.9", "0.9995", "at_least", True),
        ("99.9", "1", "at_least", True),
        ("0.999", "99.95", "at_least", True),
        ("99.9", "0", "at_least", False),  # nothing at all is nothing on any scale
        ("99.9", "98.7", "at_least", False),
        ("0.999", "0.2", "at_least", False),
        ("5", "1", "at_least", False),  # five trainings were agreed, one was held
        ("60", "0.8", "at_most", False),  # minutes
        ("99.9", None, "at_least", False),
    ],
)
def test_a_target_in_per_cent_and_a_share_beside_it(target, achieved, comparison, is_told):
    frame = _levels(target, achieved, comparison)
    said = {one.rule for one in checked(frame, PROCESSES["service_level"]).findings if one.column == "achieved"}
    assert bool(said) is is_told
