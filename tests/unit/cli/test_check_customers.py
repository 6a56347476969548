"""``itss check`` over a list with customers: their queries, their exclusions, and a thousand of them."""

import hashlib
import shutil
import time
from pathlib import Path

import pytest
import yaml
from itss.commands import check_queries
from itss.commands.check import check

ROOT = Path(__file__).resolve().parents[3]
INCLUDE = ROOT / "include"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(ROOT / "docs" / "examples" / "customers", tmp_path / "list")
    return tmp_path / "list"


def said(folder):
    _, problems, _ = check(folder / "report_list.yaml", INCLUDE)
    assert all(one.remedy for one in problems)
    return [(one.file.name, one.line, one.where, one.message) for one in problems]


def edited(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return next(
        n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if new.split("\n")[-1] in line
    )


def test_the_example_is_sound(folder):
    assert said(folder) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("customer = :customer\n    AND ", "", "The bind ':customer' is not used"),
        ("    customer,\n", "", "The column 'customer' is not selected"),
        ("    customer,\n", "    :customer AS customer,\n", "The column 'customer' is not taken from the rows"),
        (
            "    customer,\n",
            "    COALESCE(customer, :customer) AS customer,\n",
            "The column 'customer' is not taken from",
        ),
        ("    customer,\n", "    'east' AS customer,\n", "The column 'customer' is not taken from the rows"),
        ("opened < :end", "entity = :entity\n    AND opened < :end", "The bind ':entity' is not known."),
    ],
)
def test_a_query_that_could_not_tell_whose_the_rows_are(folder, old, new, message):
    sql = folder / "sql" / "itsm" / "incident.sql"
    edited(sql, old, new)
    found = said(folder)
    assert [(one[0], one[2]) for one in found] == [("incident.sql", "service_monthly.headquarters")]
    assert found[0][3].startswith(message)
    word = ":entity" if "entity" in new else ":customer" if ":customer AS" in new else ""
    lines = sql.read_text(encoding="utf-8").splitlines()
    assert not word or word in lines[found[0][1] - 1]


def test_a_bind_that_one_customer_does_not_have(folder):
    edited(folder / "customers.yaml", "binds: {customer: 总部}", "binds: {customer: 总部, entity: 7}")
    edited(folder / "sql" / "itsm" / "request.sql", "opened < :end", "opened < :end + :entity")
    assert [(one[0], one[2], one[3]) for one in said(folder)] == [
        ("request.sql", "service_monthly.east", "The bind ':entity' is not known.")
    ]


def test_a_column_of_other_parts_of_a_union(folder):
    sql = folder / "sql" / "itsm" / "incident.sql"
    query = sql.read_text(encoding="utf-8")
    part = query[query.index("SELECT") :].replace("    customer,\n", "    :customer,\n")
    sql.write_text(f"{query}UNION ALL\n{part}", encoding="utf-8")
    assert [one[3][:35] for one in said(folder)] == ["The column 'customer' is not taken "]


def test_an_entry_of_no_customer_has_no_such_bind(folder):
    edited(folder / "reports" / "service_monthly.yaml", "for_each: customers.yaml\n", "")
    edited(folder / "reports" / "service_monthly.yaml", "recipients: []", "recipients: [east_it]")
    found = said(folder)
    assert [(one[0], one[3]) for one in found] == [
        (name, "The bind ':customer' is not known.") for name in ("incident.sql", "request.sql")
    ]


def exclusion(**more):
    said = {"key": "works", "process": "incident", "reason": "Works", "agreed_by": "Owner", "agreed_on": "2026-09-14"}
    evidence = {"file": "evidence/works.eml", "sha256": hashlib.sha256(b"agreed").hexdigest()}
    return {**said, "evidence": evidence, **more}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"id": ["INC1"]}, "Reports of 2 customers have this agreement: whose records are these?"),
        ({"id": ["INC1"], "customer": "nobody"}, "There is no customer 'nobody'."),
        ({"id": ["INC1"], "customer": "east"}, None),
        ({"from": "2026-09-12T08:00", "until": "2026-09-12T20:00"}, None),
    ],
)
def test_records_that_are_taken_out_are_of_one_customer(folder, given, message):
    edited(folder / "customers.yaml", "    agreement: east_sla # a stricter one than the others have\n", "")
    evidence = folder / "agreements" / "evidence" / "works.eml"
    evidence.parent.mkdir()
    evidence.write_bytes(b"agreed")
    document = {"standard_sla": [exclusion(**given)]}
    (folder / "agreements" / "exclusions.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    assert [one[3] for one in said(folder)] == ([message] if message else [])


def test_two_customers_may_take_out_the_same_time(folder):
    edited(folder / "customers.yaml", "    agreement: east_sla # a stricter one than the others have\n", "")
    evidence = folder / "agreements" / "evidence" / "works.eml"
    evidence.parent.mkdir()
    evidence.write_bytes(b"agreed")
    span = {"from": "2026-09-12T08:00", "until": "2026-09-12T20:00"}
    both = [exclusion(key=f"of_{name}", customer=name, **span) for name in ("east", "headquarters")]
    (folder / "agreements" / "exclusions.yaml").write_text(yaml.safe_dump({"standard_sla": both}), encoding="utf-8")
    assert said(folder) == []


def test_a_thousand_customers_read_no_query_twice(folder, monkeypatch):
    customers = [
        {
            "key": f"c{n}",
            "title": {"zh-CN": f"客户{n}", "en": f"Customer {n}"},
            "recipients": ["east_it"],
            "binds": {"customer": n},
        }
        for n in range(1000)
    ]
    (folder / "customers.yaml").write_text(yaml.safe_dump({"customers": customers}), encoding="utf-8")
    asked = []
    genuine = check_queries.query_problems
    monkeypatch.setattr(check_queries, "query_problems", lambda *given: asked.append(given[0]) or genuine(*given))
    began = time.monotonic()
    loaded, problems, _ = check(folder / "report_list.yaml", INCLUDE)
    print(f"check of 1,000 entries: {time.monotonic() - began:.1f} s")
    assert (len(loaded.list.reports), problems) == (1000, [])
    assert len(asked) == len(set(asked))
