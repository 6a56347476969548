"""Every way to break the list is told with file, line and remedy, and costs only the entry it stands in."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from itss.flow.labels import COLLECT_PREFIX, TASKS
from itss.report_list.loader import Loaded, load, load_accepted
from itss.report_list.rules import STEP_NAMES
from list_material import KEYS, LIST, line_of

Change = Callable[[str, str], Loaded]


def test_the_sound_list_has_no_problems(written: Path) -> None:
    loaded = load(written)
    assert [str(problem) for problem in loaded.problems] == []
    assert [entry.key for entry in loaded.list.reports] == KEYS
    assert loaded.list.report_manager == "manager"
    assert loaded.list.people["customer"].user is None
    assert list(loaded.agreements) == ["sla"]
    assert loaded.list.entry("from_files").data_source["incident"].file == "handed_in/*.csv"


def test_entries_people_and_agreements_survive_as_json(written: Path) -> None:
    """A revision keeps them as JSON and is carried on from there."""
    loaded = load(written)
    for record in (*loaded.list.reports, *loaded.list.people.values(), *loaded.agreements.values()):
        assert type(record).model_validate_json(record.model_dump_json(by_alias=True)) == record


# old text, new text, words on the line that must be named, where, message, remedy
BROKEN_ENTRIES = [
    # shape
    ("department:", "departement:", "departement:", "departement", "not a key that is known", "'department'?"),
    ("    author: author\n", "", "key: from_database", "author", "'author' is missing", "author: report_author"),
    ("{zh-CN: 月度报告, en: Monthly report}", "Monthly", "Monthly", "title", "group of keys", "{zh-CN: "),
    ("{zh-CN: 月度报告, en: Monthly report}", "{zh-CN: 月}", "{zh-CN: 月}", "title.en", "'en' is missing", "en: "),
    ("{zh-CN: 月度报告, en: Monthly report}", "{cn: 月, en: M}", "{cn: 月", "title.cn", "not a key", "zh-CN"),
    ("language: zh-CN", "language: de", "language: de", "language", "'de' is not one", "zh-CN, en"),
    ("key: from_database", "key: ../etc", "key: ../etc", "[../etc].key", "'../etc'", "lower-case"),
    ("key: from_database", "key: 2026", "key: 2026", "key", "2026 is a number", 'quotes: "2026"'),
    ("recipients: [customer, manager]", "recipients: customer", "recipients: customer", "recipients", "list", "[cust"),
    ("recipients: [customer, manager]", "recipients: []", "distribution:", "distribution", "goes to nobody", "folder"),
    *(
        ("recipients: [customer, manager]", f"folder: {url}", f"folder: {url}", "distribution.folder", said, "/srv/")
        for url, said in (
            ("published", "not absolute"),
            ("file://published", "not absolute"),
            ("s3:///published", "not absolute"),
            ("/srv/reports/../archive", "leads out of itself"),
            ("s3://key:PASSWORD@bucket/x", "no place in the address"),
            ("s3://bucket/x?secret=PASSWORD", "no place in the address"),
            ("https://[bad/x", "neither a path nor a URL"),
        )
    ),
    (
        "    agreement: sla",
        "    agreement: sla\n    history: 0",
        "history: 0",
        "history",
        "0 is not allowed",
        "history: 14",
    ),
    (
        "    agreement: sla",
        "    agreement: sla\n    review: maybe",
        "review:",
        "review",
        "true or false",
        "review: false",
    ),
    ("      - name: approval", "      - nam: approval", "nam:", "approval[#1].nam", "'nam'", "'name'?"),
    # people
    ("    author: author", "    author: autor", "author: autor", "author", "'autor' is not in people", "'author'?"),
    ("approvers: [head]", "approvers: [haed]", "[haed]", "approvers[#1]", "'haed'", "'head'?"),
    ("data_collector: [head]", "data_collector: [nobody]", "[nobody]", "data_collector[#1]", "'nobody'", "People are"),
    ("[customer, manager]", "[customer, custmer]", "custmer", "recipients[#2]", "'custmer'", "'customer'?"),
    (
        "approvers: [head]",
        "approvers: [author]",
        "[author]",
        "approvers[#1]",
        "report of their own",
        "another approver",
    ),
    ("approvers: [head]", "approvers: [customer]", "[customer]", "approvers[#1]", "no user", "people.customer"),
    ("    author: author", "    author: customer", "author: customer", "author", "no user", "people.customer"),
    ("approvers: [head]", "approvers: [head, head]", "[head, head]", "approvers[#2]", "twice", "Keep one"),
    ("[customer, manager]", "[customer, customer]", "[customer, customer]", "recipients[#2]", "twice", "Keep one"),
    ("      - name: approval", "      - name: release", "name: release", "approval[release].name", "step", "Rename"),
    ("      - name: approval", "      - name: collect_incident", "name: coll", "name", "step", "Rename"),
    # sources
    ("incident: {", "incidents: {", "incidents", "data_source.incidents", "no process 'incidents'", "'incident'?"),
    (
        "itss, connection: itsm_sample",
        "itss",
        "{system: itss}",
        "incident",
        "no `connection` and no `file`",
        "Give one",
    ),
    ("connection: itsm_sample", "connection: a, file: b.csv", "b.csv", "incident", "Both", "Give one"),
    (
        "connection: itsm_sample",
        "connection: itsm_sample, covers: {from: 2026-09-01, until: 2026-01-01}",
        "covers",
        "covers",
        "which is before that",
        "Swap",
    ),
    ("connection: itsm_sample", "connection: ''", "connection: ''", "connection", "empty", "connection: itsm_sample"),
    ("handed_in/*.csv", "https://example.com/a.csv", "https", "incident.file", "neither a path nor", "s3://"),
    (
        "handed_in/*.csv",
        "s3://key:secret@bucket/a.csv",
        "s3:",
        "incident.file",
        "holds a password",
        "s3://<connection>@",
    ),
    ("connection: itsm_sample", "connection: a, timezone: Mars/A", "Mars", "timezone", "'Mars/A'", "Asia/Shanghai"),
    ("system: itss", "system: ../x", "../x", "incident.system", "'../x'", "lower-case"),
    (
        "collection_method: sql",
        "collection_method: file",
        "method: file",
        "collection_method",
        "no data source",
        "Write",
    ),
    (
        "collection_method: sql",
        "collection_method: register",
        "itsm_sample",
        "incident",
        "not 'incident'",
        "sql or file",
    ),
    (
        "collection_method: register",
        "collection_method: sql",
        "system: register",
        "reporting",
        "register",
        "entry of its",
    ),
    ("{system: register}", "{system: register, file: a}", "file: a", "reporting.file", "not from a file", "Remove"),
    # period
    ('"0 6 1 * *"', '"0 6 1 *"', '"0 6 1 *"', "schedule", "not a cron expression", "0 6 1 * *"),
    ('"0 6 1 * *"', '"0 6 32 * *"', "0 6 32", "schedule", "not a cron expression", "0 6 1 * *"),
    ('"0 6 1 * *"', '"@monthly"', "@monthly", "schedule", "not a cron expression", "five fields"),
    ('"0 6 1 * *"', '"0 6 * * *"', "0 6 * * *", "schedule", "more than once in 2026-02", "0 6 1 * *"),
    ('"0 6 1 * *"', '"0 6 30 * *"', "0 6 30", "schedule", "never in 2026-02", "0 6 1 * *"),
    ('"0 6 1 * *"', '"0 6 20 * *"', "0 6 20", "schedule", "due on 2026-02-06 18:00", "Start earlier"),
    ("first: 2026-01-01", "first: 2026-01-15", "2026-01-15", "first", "not the first day of a month", "2026-01-01"),
    ("first: 2026-01-01", "first: 2026-02-30", "2026-02-30", "first", "2026-02-30", "first: 2026-01-01"),
    ("first: 2026-01-01", "first: 20260101", "20260101", "first", "YYYY-MM-DD", "first: 2026-01-01"),
    ("first: 2026-01-01", "first: 2025-01-01", "agreement: sla", "agreement", "No version of 'sla'", "effective from"),
    ("      kind: month", "      kind: month\n      due_time: 18", "due_time: 18", "due_time", "HH:MM", '"18:00"'),
    ("      kind: month", "      kind: month\n      timezone: Asia", "timezone: Asia", "timezone", "'Asia'", "IANA"),
    ("      kind: month", "      kind: month\n      holidays: XX", "holidays: XX", "holidays", "'XX'", "ISO 3166"),
    ("kind: month", "kind: monthly", "kind: monthly", "period.kind", "'monthly' is not one", "week, month, quarter"),
    # agreement
    ("    agreement: sla", "    agreement: sal", "agreement: sal", "agreement", "no agreement 'sal'", "'sla'?"),
]


@pytest.mark.parametrize(
    ("old", "new", "line_words", "where", "message", "remedy"),
    BROKEN_ENTRIES,
    ids=[case[1][:40] for case in BROKEN_ENTRIES],
)
def test_a_broken_entry_is_told_and_the_others_live(
    with_change: Change, written: Path, old: str, new: str, line_words: str, where: str, message: str, remedy: str
) -> None:
    loaded = with_change(old, new)
    hits = [problem for problem in loaded.problems if message in problem.message]
    assert hits, [str(problem) for problem in loaded.problems]
    problem = hits[0]
    assert problem.line == line_of(written, line_words)
    assert problem.file == written
    assert where in problem.where
    assert remedy in problem.remedy
    assert str(problem).startswith(f"{written}:{problem.line}: {problem.where}: ")
    assert len(loaded.list.reports) == 2


def test_the_names_of_all_steps_are_taken() -> None:
    assert set(TASKS) == STEP_NAMES
    assert COLLECT_PREFIX == "collect_"


def test_an_item_that_is_no_entry_at_all(with_change: Change, written: Path) -> None:
    loaded = with_change("  - key: from_database", "  - hello\n  - key: from_database")
    assert [entry.key for entry in loaded.list.reports] == KEYS
    assert [(p.where, p.line) for p in loaded.problems] == [("reports[#1]", line_of(written, "- hello"))]


def test_nothing_of_two_entries_with_one_key_runs_and_both_are_named(with_change: Change, written: Path) -> None:
    loaded = with_change("key: from_files", "key: from_database")
    first, second = line_of(written, "key: from_database"), line_of(written, "title: {zh-CN: 季度报告") - 2
    assert [problem.line for problem in loaded.problems] == [first, second]
    assert all(f"lines {first} and {second}" in problem.message for problem in loaded.problems)
    assert [entry.key for entry in loaded.list.reports] == ["from_register"]


def test_all_problems_are_told_at_once_in_the_order_of_the_file(with_change: Change, written: Path) -> None:
    with_change("language: zh-CN", "language: xx")
    with_change("kind: quarter", "kind: quarterly")
    loaded = with_change("reporting: {", "reportings: {")
    assert [problem.line for problem in loaded.problems] == [
        line_of(written, words) for words in ("language: xx", "kind: quarterly", "reportings: {")
    ]
    assert loaded.list.reports == ()


def test_an_approver_who_is_the_author_under_another_key_is_found_by_user(with_change: Change) -> None:
    loaded = with_change("    user: head\n", "    user: author\n")
    assert [entry.key for entry in loaded.list.reports] == ["from_register"]
    assert "both are the user 'author'" in loaded.problems[0].message


def test_two_recipients_with_one_address_would_get_two_mails(with_change: Change) -> None:
    loaded = with_change("email: customer@example.com", "email: Manager@example.com")
    assert [entry.key for entry in loaded.list.reports] == ["from_files", "from_register"]
    assert "same address" in loaded.problems[0].message


def test_two_levels_with_one_name(with_change: Change, written: Path) -> None:
    level = "      - name: approval\n        title: {zh-CN: 初审, en: Review}\n        approvers: [manager]\n"
    loaded = with_change("    distribution:\n", level + "    distribution:\n")
    assert [problem.line for problem in loaded.problems] == [line_of(written, "初审") - 1]
    assert "Two levels" in loaded.problems[0].message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    email: head@example.com", "    email: head", "'head' is not allowed here"),
        ("    email: head@example.com", '    email: "a@b.c, d@e.f"', "is not allowed here"),
        ("    email: head@example.com", "    mail: head@example.com", "'email' is missing"),
        ("    user: head\n", "    user: head\n    user: head2\n", "'user' is written twice"),
        ("  head:\n", "  Head Of:\n", "is not allowed here"),
    ],
)
def test_a_broken_person_breaks_the_entries_that_need_them(
    with_change: Change, old: str, new: str, message: str
) -> None:
    loaded = with_change(old, new)
    assert message in " ".join(problem.message for problem in loaded.problems)
    assert [entry.key for entry in loaded.list.reports] == ["from_register"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("report_manager: manager\n", "", "'report_manager' is missing"),
        ("report_manager: manager\n", "report_manager: boss\n", "'boss' is not in people"),
        ("report_manager: manager\n", "report_manager: manager\nreport_manager: head\n", "is written twice"),
        ("people:\n", "peple:\n", "nobody in 'people'"),
        ("people:\n", "people:\n  manager: {}\npeople:\n", "'people' is written twice"),
        ("reports:\n", "report:\n", "no report in 'reports'"),
        (LIST, "", "does not hold a report list"),
        (LIST, "- 1\n", "does not hold a report list"),
        (LIST, "report_manager: [", "This is not YAML"),
        (LIST, LIST + "\n---\na: 1\n", "This is not YAML"),
        (LIST, "a: !!python/object/apply:os.system [ls]\n", "This is not YAML"),
    ],
)
def test_without_a_manager_or_a_readable_list_no_report_runs(
    with_change: Change, old: str, new: str, message: str
) -> None:
    loaded = with_change(old, new)
    assert loaded.list.reports == ()
    assert message in " ".join(problem.message for problem in loaded.problems)
    assert all(problem.remedy and problem.line >= 1 for problem in loaded.problems)


def test_a_doubled_key_breaks_its_entry_wherever_it_stands(with_change: Change) -> None:
    loaded = with_change("      kind: month\n", "      kind: month\n      kind: week\n")
    assert [entry.key for entry in loaded.list.reports] == KEYS[1:]


def test_a_doubled_key_in_shared_yaml_breaks_every_entry_that_shares_it(with_change: Change) -> None:
    with_change("department: {zh-CN: 运维部, en: Operations}", "department: &d {zh-CN: 甲, zh-CN: 乙, en: Operations}")
    loaded = with_change("department: {zh-CN: 运维部, en: Operations}", "department: *d")
    assert [entry.key for entry in loaded.list.reports] == ["from_register"]


def test_missing_file_and_missing_agreements(tmp_path: Path, written: Path) -> None:
    loaded = load(tmp_path / "nothing.yaml")
    assert "cannot be read" in loaded.problems[0].message
    (tmp_path / "agreements" / "sla.yaml").unlink()
    loaded = load(written)
    assert loaded.list.reports == ()
    assert "agreements/sla.yaml" in loaded.problems[0].remedy


def test_an_agreement_with_problems_is_told_once_and_breaks_its_entries(written: Path) -> None:
    agreement = written.parent / "agreements" / "sla.yaml"
    agreement.write_text(agreement.read_text(encoding="utf-8").replace("kind: sla", "kind: slo"), encoding="utf-8")
    loaded = load(written)
    assert loaded.list.reports == ()
    assert [problem.file for problem in loaded.problems] == [written] * 3 + [agreement]
    assert "problems of its own" in loaded.problems[0].message


def test_a_tasks_process_reads_what_was_accepted_without_judging_it_again(written: Path) -> None:
    accepted = load(written).list
    assert load_accepted(written) == accepted
    agreement = written.parent / "agreements" / "sla.yaml"
    agreement.write_text(agreement.read_text(encoding="utf-8").replace("kind: sla", "kind: slo"), encoding="utf-8")
    assert load(written).list.reports == ()
    assert load_accepted(written) == accepted
    # what has not its shape is no entry for anybody
    written.write_text(written.read_text(encoding="utf-8").replace("    author: author\n", "", 1), encoding="utf-8")
    assert [entry.key for entry in load_accepted(written).reports] == KEYS[1:]
    written.write_text("reports: [", encoding="utf-8")
    assert load_accepted(written).reports == ()


@pytest.mark.parametrize(("reader", "reports", "more"), [("load", ".list", ""), ("load_accepted", "", "holidays")])
def test_reading_the_list_loads_no_frame_library(written: Path, reader: str, reports: str, more: str) -> None:
    """DAG files read it at every parse: pandas alone would cost a second; so does a task at its start."""
    code = (
        f"import sys; from pathlib import Path; from itss.report_list.loader import {reader}; "
        f"assert {reader}(Path({str(written)!r})){reports}.reports; "
        f"heavy = {{'pandas', 'numpy', 'duckdb', 'great_expectations', 'airflow', {more!r}}}; "
        "print(heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
