"""A list of one report over a CSV file, and a mail server of its own."""

import shutil

import pytest
import yaml
from itss.standalone.sink import MailSink
from walk import GOOD, ROOT, connect


def lay_out(folder, monkeypatch):
    """The list in ``folder``, and everything the product keeps below it."""
    shutil.copytree(ROOT / "docs" / "examples" / "servicenow", folder / "list")
    listed = folder / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0]["data_source"]["incident"] |= {"system": "own", "file": "log.csv", "fresh_days": 31}
    document["reports"][0]["period"]["first"] = "2026-01-01"
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    query = folder / "list" / "sql" / "own" / "incident.sql"
    query.parent.mkdir(parents=True)
    query.write_text("SELECT number AS id, opened AS opened_at, NULLIF(resolved, '') AS resolved_at FROM source")
    (folder / "list" / "log.csv").write_text(GOOD)
    monkeypatch.setenv("ITSS_VAR", str(folder / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(listed))
    return folder


def make_for(folder, key):
    """Have the one report of the list made for a customer, so that its key is ``key``: ``entry.customer``."""
    entry, _, customer = key.partition(".")
    listed = folder / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0] |= {"key": entry, "for_each": "customers.yaml"}
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    made = {"key": customer, "title": {"zh-CN": "甲公司", "en": "Acme"}}
    (folder / "list" / "customers.yaml").write_text(yaml.safe_dump({"customers": [made]}, allow_unicode=True))
    source = next(iter(document["reports"][0]["data_source"].values()))
    if "file" in source:
        rows = (folder / "list" / "log.csv").read_text().splitlines()
        named = [f"{line},{word}" for line, word in zip(rows, ["customer", *[customer] * len(rows)], strict=False)]
        (folder / "list" / "log.csv").write_text("\n".join(named) + "\n")
        query = folder / "list" / "sql" / "own" / "incident.sql"
        query.write_text(query.read_text().replace("FROM", ", customer FROM"))


@pytest.fixture
def house(tmp_path, monkeypatch):
    return lay_out(tmp_path, monkeypatch)


@pytest.fixture
def mail(house, monkeypatch):
    with MailSink(house / "mail") as sink:
        connect(monkeypatch, sink.port)
        yield sink
