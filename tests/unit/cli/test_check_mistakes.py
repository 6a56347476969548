"""One list with each of the mistakes that people make in lists, agreements and queries of files: a line each."""

import re
from pathlib import Path

import pytest
from itss.cli import main

LIST = """\
report_manager: head
people:
  author: {title: {zh-CN: 编制, en: Author}, email: author@example.com, user: author}
  head: {title: {zh-CN: 负责人, en: Head}, email: head@example.com, user: head}
reports:
"""
ENTRY = """\
  - key: KEY
    kind: customer
    title: {zh-CN: 报告, en: Report}
    language: en
    department: {zh-CN: 部门, en: Department}
    template: internal
    requirements: {zh-CN: 按协议, en: As agreed}
    period: {kind: month, schedule: "0 6 1 * *", first: 2026-01-01}
    data_source:
      incident: SOURCE
    collection_method: file
    data_collector: [head]
    author: author
    approval: [{name: approval, title: {zh-CN: 审批, en: Approval}, approvers: [head]}]
    distribution: {recipients: [head]}
    agreement: sla
    dimensions: [priority]
"""
AGREEMENT = """\
key: sla
kind: sla
title: {zh-CN: 协议, en: Agreement}
versions:
  - version: "1"
    effective_from: 2000-01-01
    service_hours:
      timezone: UTC
      weekly: {mon: [["08:00", "23:59"]]}
    time_targets: {High: {resolution_h: 4}}
"""
SQL = {
    "reserved": "SELECT id,\n opened_at,\n order AS title\nFROM source",
    "lacking": "SELECT id, opened_at,\n urgency AS priority, team AS assignment_group\nFROM source",
    "unknown_function": "SELECT id,\n to_moment(opened_at) AS opened_at\nFROM source",
    "not_yet_there": "SELECT id, opened_at\nFROM source\nWHERE (opened_at < :end",
    "cannot_tell": "-- cannot tell: stat = closed\nSELECT id, opened_at FROM source",
    "no_column": "SELECT id, opened_at,\n state AS stat\nFROM source",
    "sound": "SELECT id, opened_at, state FROM source",
}
WORDS = {
    "reserved": (3, r"syntax error at or near \"AS\""),
    "lacking": (2, r"export.csv lacks the column\(s\) urgency, team.*The person who exports the file adds them"),
    "unknown_function": (2, r"to_moment does not exist"),
    "not_yet_there": (3, r"not SQL|syntax error"),
    "cannot_tell": (1, r"stat"),
    "no_column": (2, r"no column 'stat'.*'state'"),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "agreements").mkdir()
    (tmp_path / "agreements" / "sla.yaml").write_text(AGREEMENT, encoding="utf-8")
    (tmp_path / "export.csv").write_text("id,opened_at,state\nA,2026-09-01 08:00,open\n", encoding="utf-8")
    entries = ""
    for system, sql in SQL.items():
        (tmp_path / "sql" / system).mkdir(parents=True)
        (tmp_path / "sql" / system / "incident.sql").write_text(sql, encoding="utf-8")
        file = "later_*.csv" if system == "not_yet_there" else "export.csv"
        entries += ENTRY.replace("KEY", f"report_{system}").replace("SOURCE", f"{{system: {system}, file: {file}}}")
    strange = ENTRY.replace("KEY", "encoding").replace("SOURCE", "{system: sound, file: export.csv, encoding: klingon}")
    (tmp_path / "list.yaml").write_text(LIST + entries + strange, encoding="utf-8")
    return tmp_path


def test_each_mistake_is_a_line_with_its_place_and_remedy(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--list", str(place / "list.yaml")]) == 1
    out = capsys.readouterr().out
    for system, (line, words) in WORDS.items():
        found = re.findall(rf"^\S*sql/{system}/incident\.sql:(\d+): (.*)$", out, re.MULTILINE)
        assert [int(at) for at, _ in found] == [line], (system, out)
        assert re.search(words, found[0][1]), found
    assert "sql/sound" not in out
    line = (place / "list.yaml").read_text(encoding="utf-8").splitlines()
    number = next(at for at, written in enumerate(line, 1) if "klingon" in written)
    assert re.search(
        rf"list\.yaml:{number}: .*encoding: 'klingon' is not allowed here: it is not the name of an enc", out
    )
    assert re.search(r"sla\.yaml:\d+: .*(23:59|midnight)", out)


def test_a_list_without_them_has_none(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = ENTRY.replace("KEY", "report_sound").replace("SOURCE", "{system: sound, file: export.csv, encoding: GBK}")
    (place / "list.yaml").write_text(LIST + entry, encoding="utf-8")
    for system in WORDS:
        (place / "sql" / system / "incident.sql").unlink()
    assert main(["check", "--list", str(place / "list.yaml")]) == 0, capsys.readouterr().out


def test_a_target_over_the_year_needs_a_history_that_reaches_back(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = ENTRY.replace("KEY", "report_sound").replace("SOURCE", "{system: sound, file: export.csv, encoding: GBK}")
    target = "    targets: [{process: incident, measure: opened, at_most: 100, over: year}]\n"
    sla = place / "agreements" / "sla.yaml"
    sla.write_text(sla.read_text(encoding="utf-8") + target, encoding="utf-8")
    for system in WORDS:
        (place / "sql" / system / "incident.sql").unlink()
    for history, code in ((11, 1), (12, 0)):
        (place / "list.yaml").write_text(f"{LIST}{entry}    history: {history}\n", encoding="utf-8")
        assert main(["check", "--list", str(place / "list.yaml")]) == code
    out = capsys.readouterr().out
    assert "target over the year for incident.opened, and 11 periods do not reach back" in out
    assert "Write `history: 12` or more." in out
