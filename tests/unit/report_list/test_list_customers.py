"""One entry becomes a report for each customer of its file, and what a customer says wins."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml
from itss.report_list.loader import current, load, load_accepted, load_one
from itss.report_list.on_record import record_faults
from list_material import LIST, line_of

CUSTOMERS = """\
customers:
  - key: acme
    title: {zh-CN: 甲公司, en: Acme}
    language: en
    recipients: [customer]
    approvers: {approval: [manager]}
    binds: {customer: Acme Ltd, entity: 12}
    first: 2026-04-01
    retired: 2026-12-31
    was: {from_database: acme_monthly}
  - key: globex
    title: {zh-CN: 乙公司, en: Globex}
"""


@pytest.fixture
def each(written: Path) -> Path:
    """The sound list, whose first entry is made for two customers."""
    written.write_text(
        LIST.replace("kind: customer", "kind: customer\n    for_each: customers.yaml", 1), encoding="utf-8"
    )
    (written.parent / "customers.yaml").write_text(CUSTOMERS, encoding="utf-8")
    return written


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_a_customer_says_wins_over_the_entry(each: Path) -> None:
    loaded = load(each)
    assert loaded.problems == ()
    acme, globex, *rest = loaded.list.reports
    assert [one.key for one in rest] == ["from_files", "from_register"]
    assert (acme.key, acme.language, acme.title.zh, acme.title.en) == (
        "from_database.acme",
        "en",
        "月度报告 · 甲公司",
        "Monthly report · Acme",
    )
    assert acme.distribution.recipients == ("customer",)
    assert acme.approval[0].approvers == ("manager",)
    assert (acme.period.first, acme.retired) == (dt.date(2026, 4, 1), dt.date(2026, 12, 31))
    assert acme.was == "acme_monthly"
    assert acme.customer is not None
    assert acme.customer.binds == {"customer": "Acme Ltd", "entity": 12}
    assert acme.customer.value == "Acme Ltd"
    assert globex.key == "from_database.globex"
    assert globex.customer is not None
    assert globex.customer.value == "globex"
    assert (globex.language, globex.approval[0].approvers, globex.was) == ("zh-CN", ("head",), None)
    assert acme.for_each is None


def test_one_report_is_read_without_the_others(each: Path) -> None:
    assert [one.key for one in load_accepted(each, "from_database.acme").reports] == ["from_database.acme"]
    assert [one.key for one in load_one(each, "from_database.globex").list.reports] == ["from_database.globex"]
    assert load_one(each, "from_database").list.reports == (), "there is no report for nobody in particular"
    assert load_one(each, "from_database.nobody").list.reports == ()


CASES = {
    "recipient": ("recipients: [customer]", "recipients: [nobody]", ["globex"]),
    "approver": ("approvers: {approval: [manager]}", "approvers: {approval: [author]}", ["globex"]),
    "level": ("approvers: {approval: [manager]}", "approvers: {apprval: [manager]}", ["globex"]),
    "agreement": ("language: en", "agreement: none_such", ["globex"]),
    "first": ("first: 2026-04-01", "first: 2026-04-02", ["globex"]),
    "bind": ("entity: 12", "start: 12", ["globex"]),
    "unknown": ("language: en", "tongue: en", ["globex"]),
    "key": ("key: acme", "key: Acme", ["globex"]),
    "twice": ("key: globex", "key: acme", []),
    "title": ("title: {zh-CN: 乙公司, en: Globex}", "title: Globex", ["acme"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_customer_with_a_fault_gets_none_and_the_others_do(each: Path, case: str) -> None:
    old, new, left = CASES[case]
    file = each.parent / "customers.yaml"
    change(file, old, new)
    loaded = load(each)
    line = line_of(file, "Globex") - 1 if case == "twice" else line_of(file, new)
    assert (file, line) in {(one.file, one.line) for one in loaded.problems}, [str(one) for one in loaded.problems]
    made = [one.customer.key for one in loaded.list.reports if one.customer]
    assert made == left
    assert {"from_files", "from_register"} <= {one.key for one in loaded.list.reports}


def test_a_fault_of_the_entry_is_told_of_once(each: Path) -> None:
    change(each, "author: author", "author: nobody")
    lines = [str(one) for one in load(each).problems]
    assert len(lines) == 1
    assert f"report_list.yaml:{line_of(each, 'author: nobody')}:" in lines[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("for_each: customers.yaml", "for_each: clients.yaml"),
        ("key: from_database", "key: from_database.acme"),
        ("for_each: customers.yaml", "customer: {key: acme, title: {zh-CN: 甲, en: A}, binds: {customer: x}}"),
    ],
)
def test_what_only_the_loader_makes_is_not_written_by_hand(each: Path, old: str, new: str) -> None:
    change(each, old, new)
    loaded = load(each)
    assert loaded.problems
    assert [one.key for one in loaded.list.reports] == ["from_files", "from_register"]


@pytest.mark.parametrize(
    "data", ["", "customers: []", "customers: {acme: {}}", "- key: acme", "customers: [1, [2]]", "{"]
)
def test_no_customers_file_is_too_bad_to_be_told_of(each: Path, data: str) -> None:
    (each.parent / "customers.yaml").write_text(data, encoding="utf-8")
    loaded = load(each)
    assert any(problem.file.name == "customers.yaml" for problem in loaded.problems)
    assert [one.key for one in loaded.list.reports] == ["from_files", "from_register"]
    load_accepted(each, "from_database.acme")


BINDS = {
    "true": "'True' is",
    "1.5": "a text or a whole number is expected",
    "null": "a text or a whole number is expected",
    '" Acme"': "begins or ends with a blank",
    '"Ac\\u202eme"': "characters that cannot be printed",
    '""': "1 to 200 letters are expected",
    "[a]": "a text or a whole number is expected",
}


@pytest.mark.parametrize("value", BINDS)
def test_a_value_that_nobody_could_mean_is_told_of_once(each: Path, value: str) -> None:
    file = each.parent / "customers.yaml"
    change(file, "customer: Acme Ltd", f"customer: {value}")
    loaded = load(each)
    (problem,) = loaded.problems
    assert (problem.line, problem.where) == (
        line_of(file, "binds:"),
        "customers[acme].binds.customer",
    )
    assert BINDS[value] in problem.message.replace("True", "'True'")
    assert "from_database.acme" not in {one.key for one in loaded.list.reports}


def test_customers_who_would_get_the_same_rows_get_none(each: Path) -> None:
    file = each.parent / "customers.yaml"
    with file.open("a", encoding="utf-8") as written:
        written.write("    binds: {customer: Acme Ltd, entity: 12}\n")
        written.write("  - key: initech\n    title: {zh-CN: 丙公司, en: Initech}\n")
        written.write("    binds: {customer: Acme Ltd, entity: 13}\n")  # a part of the same company
    loaded = load(each)
    assert [one.where for one in loaded.problems] == ["customers[acme].binds", "customers[globex].binds"]
    assert [one.key for one in loaded.list.reports if one.customer] == ["from_database.initech"]
    assert {"from_database.acme", "from_database.globex"} <= loaded.keys


@pytest.mark.parametrize(
    ("retired", "where"),
    [
        ("soon", ("report_list.yaml", "reports[from_database].retired")),  # and not the day of the customer instead
        ("2026-01-15", ("report_list.yaml", "reports[from_database].retired")),
        ("2027-12-31", None),
    ],
)
def test_an_end_of_the_entry_is_not_hidden_by_that_of_a_customer(
    each: Path, retired: str, where: tuple[str, str] | None
) -> None:
    change(each, "    for_each:", f"    retired: {retired}\n    for_each:")
    loaded = load(each)
    found = {(one.file.name, one.where) for one in loaded.problems}
    assert found == ({where} if where else set())
    ends = {one.key: one.retired for one in loaded.list.reports if one.customer}
    assert ends == (
        {} if where else {"from_database.acme": dt.date(2026, 12, 31), "from_database.globex": dt.date(2027, 12, 31)}
    )


def test_a_former_key_under_a_wrong_name_is_told_of(each: Path) -> None:
    file = each.parent / "customers.yaml"
    change(file, "was: {from_database:", "was: {from_databse:")
    (problem,) = load(each).problems
    assert (problem.file, problem.line) == (file, line_of(file, "was:"))
    assert "'from_database'" in problem.remedy


def test_a_link_that_leads_to_itself_is_told_of_by_who_asks_often(each: Path) -> None:
    (each.parent / "reports").mkdir()
    (each.parent / "reports" / "circle.yaml").symlink_to("circle.yaml")
    (problem,) = current(each).problems
    assert problem.file.name == "circle.yaml"


@pytest.mark.parametrize("name", ["{zh-CN: 初审, en: Initial}", "[approval]", "7"])
def test_a_level_whose_name_is_none_is_told_of_with_its_line(each: Path, name: str) -> None:
    change(each, "name: approval", f"name: {name}")
    loaded = load(each)
    line = line_of(each, f"name: {name}")
    assert any(one.file == each and one.line == line for one in loaded.problems), loaded.problems
    assert [one.key for one in loaded.list.reports] == ["from_files", "from_register"]


@pytest.mark.parametrize("key", ["[acme]", "{}", "1"])
def test_odd_keys_of_customers_stop_nobody_else(each: Path, key: str) -> None:
    file = each.parent / "customers.yaml"
    more = f"  - key: {key}\n    title: {{zh-CN: 丙, en: C}}\n" * 2 + "1: x\nfoo: y\n"
    file.write_text(CUSTOMERS + more, encoding="utf-8")
    loaded = load(each)
    assert {one.file for one in loaded.problems} == {file}
    assert {"'1' is not a key that is known here.", "'foo' is not a key that is known here."} <= {
        one.message for one in loaded.problems
    }
    assert [one.key for one in loaded.list.reports] == [
        *("from_database.acme", "from_database.globex"),
        *("from_files", "from_register"),
    ]


@pytest.mark.parametrize("name", ["ku\u0308nden.yaml", "../customers.yaml", "customers", "[a]"])
def test_a_file_that_cannot_be_one_makes_no_report_for_nobody(each: Path, name: str) -> None:
    (each.parent / "ku\u0308nden.yaml").write_text(CUSTOMERS, encoding="utf-8")
    change(each, "for_each: customers.yaml", f"for_each: {name}")
    loaded = load(each)
    assert [one.key for one in loaded.list.reports] == ["from_files", "from_register"]
    assert any(
        one.where.endswith("for_each") and "not the name of a customers file" in one.message for one in loaded.problems
    )


def test_two_entries_of_one_key_run_nowhere_also_where_one_is_for_customers(each: Path) -> None:
    folder = each.parent / "reports"
    folder.mkdir()
    entry = LIST[LIST.index("  - key: from_database") : LIST.index("  - key: from_files")]
    (folder / "other.yaml").write_text("reports:\n" + entry, encoding="utf-8")
    loaded = load(each)
    assert [one.key for one in loaded.list.reports] == ["from_files", "from_register"]
    told = [one.message for one in loaded.problems if "none of these entries runs" in one.message]
    assert len(told) == 2
    assert all("report_list.yaml:" in one and "other.yaml:2" in one for one in told)
    for key in ("from_database", "from_database.acme"):
        assert load_one(each, key).list.reports == ()


def test_what_a_customer_says_is_wrong_in_the_customers_file_whatever_the_entry_is_made_of(each: Path) -> None:
    data = yaml.safe_load(each.read_text(encoding="utf-8"))
    entry = data["reports"].pop(0)
    folder = each.parent / "reports"
    folder.mkdir()
    (each.parent / "defaults.yaml").write_text(yaml.safe_dump({"approval": entry.pop("approval")}), encoding="utf-8")
    (folder / f"{entry.pop('key')}.yaml").write_text(yaml.safe_dump(entry, allow_unicode=True), encoding="utf-8")
    each.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    assert load(each).problems == ()
    file = each.parent / "customers.yaml"
    change(file, "approvers: {approval: [manager]}", "approvers: {approval: [nobody]}")
    change(file, "was: {from_database: acme_monthly}", "was: {from_database: from_files}")
    assert {(one.file, one.line) for one in load(each).problems} == {
        (file, line_of(file, "approvers: {approval: [nobody]}")),
        (file, line_of(file, "was: {from_database: from_files}")),
    }


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        ({"older.globex": "2026-08"}, None),
        ({"older": "2026-08"}, "'older'"),
        ({"newer.globex": "2026-08", "newer.acme": "2026-08"}, "'newer.acme'"),
    ],
)
def test_a_new_customer_of_a_renamed_entry_has_no_history(
    each: Path, recorded: dict[str, str], said: str | None
) -> None:
    change(each, "for_each: customers.yaml", "for_each: customers.yaml\n    was: older")
    change(each.parent / "customers.yaml", "    was: {from_database: acme_monthly}\n", "")
    acme = next(one for one in load(each).list.reports if one.key == "from_database.acme")
    found = list(record_faults({("reports", 0): acme}, {acme.key, "from_database.globex"}, recorded))
    assert [one.message for one in found] == ([] if said is None else ["No report 'older.acme' is on record."])
    assert all(said in one.remedy and "globex" not in one.remedy for one in found if said)
