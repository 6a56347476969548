"""Agreements are read whole or not at all, and every slip of the hand is told with its line."""

import datetime as dt
from pathlib import Path

import pytest
from itss.agreements.loader import LoadedAgreements, load_agreements
from itss.agreements.models import Agreement
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
MEASURES = {"incident": {"reopen_rate": "share", "resolution_compliance": "share"}}


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
    ('"13:00", "18:00"', '"18:00", "18:00"', '"18:00", "18:00"', "mon[#2]", "is no interval", "whole day"),
    ('"13:00", "18:00"', '"11:00", "10:00"', '"11:00", "10:00"', "mon[#2]", "11:00 overlaps", "Join or part"),
    (
        'fri: [["22:00", "00:00"]]',
        'sun: [["22:00", "09:30"]]',
        None,
        "mon[#1]",
        "overlaps the night that began on sun",
        "one begin",
    ),
    (
        "holidays: CN",
        "holidays: CN\n      closed_days: [2026-12-24]\n      special_days: {2026-12-24: []}",
        "special_days",
        "special_days",
        "2026-12-24 is a closed day too",
        "one of the two",
    ),
    (
        "holidays: CN",
        'special_days: {2026-12-24: [["09:00", "12:00"], ["11:00", "13:00"]]}',
        "special_days",
        "special_days.2026-12-24[#2]",
        "11:00 overlaps",
        "Join or part",
    ),
    ("holidays: CN", "special_days: {24.12.2026: []}", "special_days", "special_days", "YYYY-MM-DD", "special_days"),
    ("{always: true}", "{always: true, special_days: {2026-12-24: []}}", "{always", "always", "or holidays", "Remove"),
    ('"13:00", "18:00"', '"11:30", "18:00"', '"11:30"', "mon[#2]", "11:30 overlaps", "Join or part"),
    ('"13:00", "18:00"', '"13:00-18:00"', '"13:00-18:00"', "mon[#2]", "", "weekly: {mon"),
    ('"13:00", "18:00"', '"13:00", "24:00"', '"24:00"', "mon[#2]", "'24:00'", "weekly: {mon"),
    ('"13:00", "18:00"', '"13:00", 1080', "1080", "mon[#2]", "HH:MM", "weekly: {mon"),
    ("fri:", "friday:", "friday:", "weekly.friday", "'friday' is not one", "mon, tue"),
    ("{always: true}", "{}", None, "versions[2026].service_hours", "no open hours", "always: true"),
    ("{always: true}", "{always: true, holidays: CN}", "{always", "always", "hours or holidays", "Remove"),
    ("{response_h: 1, resolution_h: 8}", "{}", "High: {}", "time_targets.High", "no time here", "response_h"),
    ("resolution_h: 8}", "resolution_h: 0.5}", "resolution_h: 0.5", "High", "longer than resolution", "Swap"),
    ("resolution_h: 8}", "resolution_h: -8}", "resolution_h: -8", "resolution_h", "-8 is not", "resolution_h: 4"),
    ("resolution_h: 8}", "resolution_h: 8h}", "8h", "resolution_h", "or none where", "resolution_h: 4"),
    ("{response_h: 1, resolution_h: 8}", "no", "High: no", "time_targets.High", "'no'", "response_h"),
    ("resolution_h: 8}", "resolution_h: 8, hours: often}", "often", "High.hours", "'often'", "always"),
    ("resolution_h: 8}", "resolution_h: 8, hours: {}}", "hours", "High.hours", "no open hours", "always: true"),
    ("at_most: 0.05", "at_least: 0.0, at_most: 0.05", "at_least: 0.0", "[reopen_rate]", "Both", "Write the one"),
    ("at_most: 0.05, warn: 0.04", "", "reopen_rate", "[reopen_rate]", "no at_least and no at_most", "Write the one"),
    ("warn: 0.04", "warn: 0.06", "warn: 0.06", "warn", "missed already", "good side"),
    ("at_least: 0.9", "at_least: 90", "at_least: 90", "at_least", "share from 0 to 1", "0.9 for 90 %"),
    ("at_least: 0.9", "at_least: -1", "at_least: -1", "at_least", "share from 0 to 1", "0.9 for 90 %"),
    ("at_least: 0.9", "at_least: 0.9, warn: 0.8", "warn: 0.8", "warn", "missed already", "good side"),
    ("at_least: 0.9", "at_least: inf", "at_least: inf", "at_least", "finite", "at_least: 0.9"),
    (", member: High", "", "dimension: priority", "targets[resolution_compliance]", "belong together", "both"),
    ("process: incident", "process: incidents", "incidents", "process", "no process 'incidents'", "'incident'?"),
    ("measure: reopen_rate", "measure: reopened_rate", "reopened_rate", "measure", "no measure", "'reopen_rate'?"),
    ("      holidays: CN\n", "      holidays: CN\n      holidays: DE\n", "holidays: DE", "holidays", "twice", "Keep"),
    ("versions:", "versions: []\nold:", "versions: []", "versions", "It is empty", "version, effective_from"),
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


TIMES = """\
    time_targets:
      Critical: {response_h: none, resolution_h: 4, hours: always}
      High: {response_h: 1, resolution_h: 8, hours: {weekly: {mon: [["08:00", "20:00"]]}}}
      Medium: {resolution_h: 24}
      Low: none
"""


def test_times_that_are_none_not_said_or_in_hours_of_their_own(tmp_path: Path) -> None:
    old = "    time_targets:\n      High: {response_h: 1, resolution_h: 8}\n"
    read = loaded(tmp_path, old, TIMES)
    assert read.problems == ()
    version = read.agreements["sla"].versions[0]
    promised = {
        name: (target.response_h, target.promised("response_h"), target.promised("resolution_h"))
        for name, target in version.time_targets.items()
    }
    assert promised == {
        "Critical": ("none", None, 4),
        "High": (1, 1, 8),
        "Medium": (None, None, 24),
        "Low": ("none", None, None),
    }
    assert version.hours_of("Critical").always
    assert version.hours_of("High").weekly == {"mon": ((dt.time(8), dt.time(20)),)}
    assert [version.hours_of(name) for name in ("Medium", "Low", "Unheard", None)] == [version.service_hours] * 4


def test_hours_of_a_priority_are_in_the_zone_of_the_agreement_and_stay_so_in_the_archive(tmp_path: Path) -> None:
    old = "      holidays: CN\n    time_targets:\n      High: {response_h: 1, resolution_h: 8}\n"
    read = loaded(tmp_path, old, "      timezone: Europe/Berlin\n" + TIMES)
    agreement = read.agreements["sla"]
    again = Agreement.model_validate(agreement.model_dump(mode="json"))
    for one in (agreement, again):
        version = one.versions[0]
        assert {version.hours_of(name).timezone for name in ("Critical", "High", "Low")} == {"Europe/Berlin"}
    assert again == agreement


def test_hours_of_a_priority_by_the_version_of_each_day(tmp_path: Path) -> None:
    """From February on everything is round the clock, and no priority has hours of its own."""
    old = "    time_targets:\n      High: {response_h: 1, resolution_h: 8}\n"
    agreement = loaded(tmp_path, old, TIMES).agreements["sla"]
    first, second = (parse_period(label, "month", "Asia/Shanghai") for label in ("2026-01", "2026-02"))
    own = agreement.own_hours_until(second)
    assert set(own) == set(agreement.own_hours_until(first)) == {"Critical", "High"}
    assert [(str(day), hours.always) for day, hours in own["Critical"]] == [("2025-01-01", True), ("2026-02-01", True)]
    assert [(str(day), hours.always) for day, hours in own["High"]] == [("2025-01-01", False), ("2026-02-01", True)]
    assert own["High"] == agreement.hours_until(second, "High")
    assert agreement.hours_until(second, "Low") == agreement.hours_until(second)


def test_a_target_twice_is_refused_but_not_one_for_another_member(tmp_path: Path) -> None:
    second = "      - {process: incident, measure: reopen_rate, at_most: 0.1}\n    time_targets: {}\n"
    result = loaded(tmp_path, '  - version: "2026"', second.split("    time")[0] + '  - version: "2026"')
    assert [problem.message for problem in result.problems] == ["There is a second target for incident.reopen_rate."]
    result = loaded(tmp_path, "at_most: 0.05, warn: 0.04", "at_most: 0.05, dimension: priority, member: Low")
    assert result.problems == ()


def test_a_measure_may_have_a_target_of_the_period_and_one_of_the_year(tmp_path: Path) -> None:
    line = "      - {process: incident, measure: reopen_rate, at_most: 0.1, over: year}\n"
    assert loaded(tmp_path, '  - version: "2026"', line + '  - version: "2026"').problems == ()
    twice = loaded(tmp_path, '  - version: "2026"', line + line + '  - version: "2026"')
    assert [problem.message for problem in twice.problems] == ["There is a second target for incident.reopen_rate."]


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
