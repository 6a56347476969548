"""Agreements are read whole or not at all, and every slip of the hand is told with its line."""

import datetime as dt
from pathlib import Path

import pytest
from itss.agreements.loader import LoadedAgreements, load_agreements
from itss.periods import parse_period

AGREEMENT = """\
key: sla
kind: sla
title: {zh-CN: 协议, en: Agreement}
versions:
  - version: "2025"
    effective_from: 2025-01-01
    service_hours:
      weekly:
        mon: [["09:00", "12:00"], ["13:00", "18:00"]]
        fri: [["22:00", "00:00"]]
      holidays: CN
    time_targets:
      High: {response_h: 1, resolution_h: 8}
    targets:
      - {process: incident, measure: reopen_rate, at_most: 0.05, warn: 0.04}
      - {process: incident, measure: resolution_compliance, at_least: 0.9, dimension: priority, member: High}
  - version: "2026"
    effective_from: 2026-02-01
    service_hours: {always: true}
"""
MEASURES = {"incident": {"reopen_rate", "resolution_compliance"}}


def loaded(folder: Path, old: str = "", new: str = "", name: str = "sla.yaml") -> LoadedAgreements:
    assert old in AGREEMENT
    (folder / name).write_text(AGREEMENT.replace(old, new, 1), encoding="utf-8")
    return load_agreements(folder, MEASURES)


def test_a_sound_agreement(tmp_path: Path) -> None:
    result = loaded(tmp_path)
    assert [str(problem) for problem in result.problems] == []
    newest_first = result.agreements["sla"].versions[::-1]
    assert [version.version for version in newest_first] == ["2026", "2025"]
    assert newest_first[1].service_hours.weekly["fri"] == ((dt.time(22), dt.time(0)),)
    assert newest_first[1].time_targets["High"].resolution_h == 8


@pytest.mark.parametrize(
    ("label", "version"),
    [("2024-12", None), ("2025-01", "2025"), ("2026-01", "2025"), ("2026-02", "2026"), ("2030-06", "2026")],
)
def test_the_version_of_the_last_day_of_a_period_judges_it(tmp_path: Path, label: str, version: str | None) -> None:
    found = loaded(tmp_path).agreements["sla"].in_force(parse_period(label, "month", "Asia/Shanghai"))
    assert (found and found.version) == version


BROKEN = [
    # old, new, words on the line, where, message, remedy
    ("kind: sla", "kind: ola", "kind: ola", "kind", "'ola' is not one", "sla, uc, kpi"),
    ("key: sla", "key: other", "key: other", "key", "not the name of the file", "key: sla"),
    ('version: "2025"', "version: 2025", "version: 2025", "version", "2025 is a number", '"2025"'),
    ('version: "2026"', 'version: "2025"', "version: ", "version", "Two versions are called '2025'", "Rename"),
    ("2026-02-01", "2025-01-01", None, "versions[2026].effective_from", "both effective from 2025-01-01", "its own"),
    ("2026-02-01", "2024-01-01", "2024-01-01", "effective_from", "comes before 2025-01-01", "oldest version first"),
    ("2026-02-01", "01.02.2026", "01.02.2026", "effective_from", "YYYY-MM-DD", "effective_from: 2026"),
    ("holidays: CN", "holidays: XX", "holidays: XX", "service_hours.holidays", "'XX'", "ISO 3166"),
    ("holidays: CN", "timezone: Asia/Beijing", "Beijing", "timezone", "'Asia/Beijing'", "Asia/Shanghai"),
    ("holidays: CN", "holidays: CN\n      makeup_like: sun", "makeup_like", "makeup_like", "'sun'", "mon, fri"),
    (
        "holidays: CN",
        "closed_days: [2026-05-04]\n      makeup_days: [2026-05-04]",
        "makeup_days",
        "makeup_days",
        "2026-05-04 is a closed day too",
        "one of the two",
    ),
    ('"13:00", "18:00"', '"18:00", "13:00"', '"18:00", "13:00"', "mon[#2]", "ends before it begins", "00:00–13:00"),
    ('"13:00", "18:00"', '"11:30", "18:00"', '"11:30"', "mon[#2]", "11:30 overlaps", "Join or part"),
    ('"13:00", "18:00"', '"13:00-18:00"', '"13:00-18:00"', "mon[#2]", "", "weekly: {mon"),
    ('"13:00", "18:00"', '"13:00", "24:00"', '"24:00"', "mon[#2]", "'24:00'", "weekly: {mon"),
    ('"13:00", "18:00"', '"13:00", 1080', "1080", "mon[#2]", "HH:MM", "weekly: {mon"),
    ("fri:", "friday:", "friday:", "weekly.friday", "'friday' is not one", "mon, tue"),
    ("{always: true}", "{}", None, "versions[2026].service_hours", "no open hours", "always: true"),
    ("{always: true}", "{always: true, holidays: CN}", "{always", "always", "hours or holidays", "Remove"),
    ("{response_h: 1, resolution_h: 8}", "{}", "High: {}", "time_targets.High", "no time here", "response_h"),
    ("resolution_h: 8}", "resolution_h: 0.5}", "resolution_h: 0.5", "High", "longer than resolution", "Swap"),
    ("resolution_h: 8}", "resolution_h: -8}", "resolution_h: -8", "resolution_h", "-8 cannot", "resolution_h: 4"),
    ("resolution_h: 8}", "resolution_h: 8h}", "8h", "resolution_h", "a number is expected", "resolution_h: 4"),
    ("at_most: 0.05", "at_least: 0.0, at_most: 0.05", "at_least: 0.0", "[reopen_rate]", "Both", "Write the one"),
    ("at_most: 0.05, warn: 0.04", "", "reopen_rate", "[reopen_rate]", "no at_least and no at_most", "Write the one"),
    ("warn: 0.04", "warn: 0.06", "warn: 0.06", "warn", "missed already", "good side"),
    ("at_least: 0.9", "at_least: 0.9, warn: 0.8", "warn: 0.8", "warn", "missed already", "good side"),
    ("at_least: 0.9", "at_least: inf", "at_least: inf", "at_least", "finite", "at_least: 0.9"),
    (", member: High", "", "dimension: priority", "targets[resolution_compliance]", "belong together", "both"),
    ("process: incident", "process: incidents", "incidents", "process", "no process 'incidents'", "'incident'?"),
    ("measure: reopen_rate", "measure: reopened_rate", "reopened_rate", "measure", "no measure", "'reopen_rate'?"),
    ("      holidays: CN\n", "      holidays: CN\n      holidays: DE\n", "holidays: DE", "holidays", "twice", "Keep"),
    ("versions:", "versions: []\nold:", "versions: []", "versions", "Nothing stands here", "version, effective_from"),
]


@pytest.mark.parametrize(("old", "new", "words", "where", "message", "remedy"), BROKEN, ids=[c[1][:40] for c in BROKEN])
def test_a_broken_agreement(
    tmp_path: Path, old: str, new: str, words: str | None, where: str, message: str, remedy: str
) -> None:
    result = loaded(tmp_path, old, new)
    hits = [one for one in result.problems if message in one.message and where in one.where]
    assert hits, [str(one) for one in result.problems]
    problem = hits[0]
    lines = (tmp_path / "sla.yaml").read_text(encoding="utf-8").splitlines()
    assert words is None or words in lines[problem.line - 1], problem
    assert remedy in problem.remedy
    assert result.agreements == {}
    assert result.broken == {"sla"}


def test_a_target_twice_is_refused_but_not_one_for_another_member(tmp_path: Path) -> None:
    second = "      - {process: incident, measure: reopen_rate, at_most: 0.1}\n    time_targets: {}\n"
    result = loaded(tmp_path, '  - version: "2026"', second.split("    time")[0] + '  - version: "2026"')
    assert [problem.message for problem in result.problems] == ["There is a second target for incident.reopen_rate."]
    result = loaded(tmp_path, "at_most: 0.05, warn: 0.04", "at_most: 0.05, dimension: priority, member: Low")
    assert result.problems == ()


def test_without_the_measures_their_names_are_not_judged(tmp_path: Path) -> None:
    loaded(tmp_path, "measure: reopen_rate", "measure: something_new")
    assert load_agreements(tmp_path).problems == ()


def test_one_bad_file_does_not_hide_the_others(tmp_path: Path) -> None:
    loaded(tmp_path, "key: sla", "key: good", "good.yaml")
    loaded(tmp_path, "key: sla", "key: [", "bad.yaml")
    (tmp_path / "late.yml").write_text(AGREEMENT, encoding="utf-8")
    result = load_agreements(tmp_path)
    assert list(result.agreements) == ["good"]
    assert {(problem.file.name, problem.message.split(":")[0]) for problem in result.problems} == {
        ("bad.yaml", "This is not YAML"),
        ("late.yml", "Only files that end in .yaml are read."),
    }
    assert result.broken == {"bad", "late"}


def test_no_folder_is_no_agreements(tmp_path: Path) -> None:
    assert load_agreements(tmp_path / "nothing") == LoadedAgreements({})
