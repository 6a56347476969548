"""The way of a PDF: made once, signed, attached, filed, offered, archived, and never made again."""

import hashlib
import json
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import yaml
from itss import steps
from itss.cli import main
from itss.errors import ConfigurationError
from itss.reports.drawing import pdf
from itss.settings import settings
from walk import KEY, PERIOD, draft, seal

PDF = "report.pdf"


@pytest.fixture
def printing(house):
    """The entry asks for a PDF, for a folder, and for a template of one page at most."""
    if why := pdf.missing():
        pytest.skip(f"{why} {pdf.REMEDY}")
    template = house / "list" / "templates" / "short"
    template.mkdir(parents=True)
    (template / "look.yaml").write_text("max_pages: 1\n")
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    entry = document["reports"][0]
    text = '{% extends "' + entry["template"] + '" %}\n'
    (template / f"report.{entry['language']}.md.j2").write_text(text)
    (house / "shared").mkdir()
    entry["template"] = "short"
    entry["distribution"] |= {"formats": ["xlsx", "html", "pdf"], "folder": str(house / "shared")}
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    return house


def archived() -> Path:
    return settings().var / "archive" / KEY / PERIOD / "r01"


def test_what_was_signed_is_what_everybody_gets_and_what_is_kept(mail, printing, capsys):
    seal("run-1")
    data = (archived() / PDF).read_bytes()
    assert pdf.pages_of(data) > 1
    carried = json.loads((archived() / "statement.json").read_text())["carried"]
    assert carried["files"][PDF] == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    reports = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in mail.mails()]
    reports = [one for one in reports if not one["Message-ID"].startswith("<asked.")]
    assert reports
    for one in reports:
        kinds = {part.get_filename().rpartition(".")[2]: part for part in one.iter_attachments()}
        assert kinds["pdf"].get_content_type() == "application/pdf"
        assert kinds["pdf"].get_content() == data
        assert kinds["xlsx"].get_content_type().endswith("spreadsheetml.sheet")
        assert kinds["html"].get_content_type() == "text/html"
        assert kinds["html"].get_payload(decode=True) == (archived() / "report.html").read_bytes()
    (filed,) = (printing / "shared" / KEY / PERIOD).glob("*.pdf")
    assert filed.read_bytes() == data
    brief = (archived() / "brief.md").read_text().replace("\\", "")
    assert f"The PDF has {pdf.pages_of(data)} pages, and the template allows 1." in brief


def test_an_audit_compares_it_and_makes_none(mail, printing, capsys, monkeypatch):
    seal("run-1")

    def refuse(*_):
        raise AssertionError("it was made again")

    monkeypatch.setattr(pdf, "render", refuse)
    capsys.readouterr()
    assert main(["audit", "--all"]) == 0, capsys.readouterr().out
    assert f"again from their own data: {KEY} {PERIOD} r01." in capsys.readouterr().out
    file = archived() / PDF
    file.chmod(0o644)
    file.write_bytes(file.read_bytes() + b" ")
    assert main(["audit"]) == 1
    assert f"{PDF}: was changed" in capsys.readouterr().out


def test_the_approver_finds_it_beside_page_and_workbook(mail, printing):
    job, _ = draft()
    steps.ask(job, "initial_review")
    text = steps.brief(job, "initial_review", "http://localhost:8080/dags/x")
    assert f"/itss/reports/{KEY}/{PERIOD}/r01/files/{PDF}" in text


def test_a_step_that_cannot_print_refuses_with_the_remedy(mail, printing, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    pdf.missing.cache_clear()
    try:
        with pytest.raises(ConfigurationError, match=r"leave pdf out of distribution\.formats"):
            draft()
        assert main(["check", "--list", str(printing / "list" / "report_list.yaml")]) == 1
    finally:
        pdf.missing.cache_clear()


def test_who_asks_for_none_needs_nothing_of_it(mail, house, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    draft()
    assert not (settings().var / "workspace" / KEY / PERIOD / "r01" / PDF).exists()
