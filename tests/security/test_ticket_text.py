"""Text of tickets through all of the steps, in every field that has any: it stays text wherever it lands."""

import csv
import io
import zipfile
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
import yaml
from hostile import MARK, WORDS
from itss import steps
from itss.cli import main
from itss.settings import settings
from itss.standalone.sink import MailSink
from markdown_it import MarkdownIt
from walk import CLERK, KEY, PERIOD, answer, connect, draft, register, rework, sign
from walk_house import lay_out

FIELDS = ["title", "service", "customer", "category", "priority", "assignment_group", "cause", "action"]
QUERY = f"""
SELECT number AS id, opened AS opened_at, NULLIF(resolved, '') AS resolved_at, sla AS sla_met_recorded,
       major AS is_major, {", ".join(FIELDS)}
FROM source
"""
RUN = "http://localhost:8080/dags/x/runs/y"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A ticket for each of the words, which stand in every one of its fields and in its id."""
    with pytest.MonkeyPatch.context() as environment:
        house = lay_out(tmp_path_factory.mktemp("hostile"), environment)
        table = io.StringIO()
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(["number", "opened", "resolved", "sla", "major", *FIELDS])
        for at, words in enumerate(WORDS):
            clean = words.replace("\x00", "")  # DuckDB takes a zero byte for the end of what is a CSV file
            row = [f"{at} {clean}", "2026-09-02 08:00", "2026-09-03 08:00", "false", "true", *[clean] * len(FIELDS)]
            writer.writerow(row)
        (house / "list" / "log.csv").write_text(table.getvalue(), encoding="utf-8")
        (house / "list" / "sql" / "own" / "incident.sql").write_text(QUERY)
        listed = house / "list" / "report_list.yaml"
        document = yaml.safe_load(listed.read_text())
        document["reports"][0]["dimensions"] = ["service", "priority", "category"]
        document["reports"][0]["distribution"]["folder"] = str(house / "shared")
        (house / "shared").mkdir()
        listed.write_text(yaml.safe_dump(document, allow_unicode=True))
        yield house


@pytest.fixture(scope="module")
def made(hostile):
    """The report, signed, mailed, laid down and sealed: its folder, its brief, its mails."""
    with MailSink(hostile / "mail") as mail, pytest.MonkeyPatch.context() as environment:
        connect(environment, mail.port)
        job, _ = draft()
        sign(job)
        brief = steps.brief(job, "approval", RUN)
        steps.release(job)
        steps.deliver(job)
        return Path(steps.seal(job)["archive"]), brief, mail.mails()


class Page(HTMLParser):
    """What a browser would make of it: elements, what they load or run, and the words."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.runs, self.loads, self.words = set(), [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.runs += [name for name, _ in attrs if name.startswith("on")]
        self.loads += [value for name, value in attrs if name in ("src", "href", "action", "srcset")]

    def handle_data(self, data):
        self.words.append(data)


def harmless(html):
    page = Page(html)
    assert not page.tags & {"script", "img", "iframe", "form", "object", "embed", "base"}
    assert page.runs == []
    assert not [one for one in page.loads if MARK in (one or "")]
    return "".join(page.words)


def test_workbook_has_the_words_as_words(made):
    folder, _, _ = made
    data = (folder / "report.xlsx").read_bytes()
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert [cell for cell in cells if cell.hyperlink and cell.hyperlink.target] == []
    said = [str(cell.value) for cell in cells]
    for words in WORDS[:4]:
        assert any(words in one for one in said), words
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        names = parts.namelist()
        assert not [name for name in names if "externalLink" in name or "vba" in name.lower()]
        assert not [name for name in names if b'TargetMode="External"' in parts.read(name)]


def test_pages_show_the_words_and_run_nothing(made):
    folder, _, _ = made
    words = harmless((folder / "report.html").read_text(encoding="utf-8"))
    assert '<script>alert("evil")</script>' in words
    assert "{{ 7 * 191 }}" in words
    assert "1337" not in words
    harmless((folder / "checks.html").read_text(encoding="utf-8"))


def test_the_brief_has_no_link_but_ours(made):
    _, brief, _ = made
    assert MARK in brief
    tokens = MarkdownIt("gfm-like", {"linkify": True, "html": True}).parse(brief)
    leaves = [leaf for token in tokens for leaf in (token, *(token.children or []))]
    page = f"http://localhost:8080/itss/reports/{KEY}/{PERIOD}/r01"
    hrefs = [leaf.attrs["href"] for leaf in leaves if leaf.type == "link_open"]
    assert hrefs == [page, f"{page}/files/report.xlsx", f"{page}#checks", RUN]
    assert not [leaf for leaf in leaves if leaf.type in ("image", "html_inline", "html_block")]


def test_a_mail_has_the_headers_and_the_text_that_we_wrote(made):
    _, _, mails = made
    readers = {"process_manager@example.com", "report_manager@example.com"}
    approvers = {"head_of_department@example.com", "management_representative@example.com"}
    assert len(mails) == len(readers | approvers)
    for path in mails:
        message = message_from_bytes(path.read_bytes(), policy=default)
        assert MARK not in "".join(f"{name}: {value}" for name, value in message.items())
        assert message["Bcc"] is None
        assert message["X-Envelope-To"] in readers | approvers
        harmless(message.get_body(("html",)).get_content())


@pytest.mark.parametrize("name", ["figures.csv", "findings.csv"])
def test_csv_files_compute_nothing(made, name):
    folder, _, _ = made
    with (folder / name).open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert [cell for cell in cells if _computes(cell)] == []
    if name == "figures.csv":
        assert "'" + WORDS[0] in cells, "the words are all there, behind an apostrophe"


def test_rows_behind_a_figure_compute_nothing(hostile, capsys):
    to = hostile / "rows.csv"
    listed = str(hostile / "list" / "report_list.yaml")
    asked = ["--report", KEY, "--period", PERIOD, "--measure", "opened", "--out", str(to), "--list", listed]
    assert main(["rows", *asked]) == 0, capsys.readouterr().err
    with to.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert any(WORDS[0] in cell for cell in cells)
    assert [cell for cell in cells if _computes(cell)] == []


def _computes(cell):
    """Whether a spreadsheet program might take it for a formula; plain numbers are none."""
    try:
        float(cell)
    except ValueError:
        return cell.strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    return False


def test_the_record_is_unharmed(made):
    folder, _, _ = made
    record = register()
    assert record.revision((KEY, PERIOD, 1)).state == "sealed"
    assert len(record.deliveries((KEY, PERIOD, 1))) == 3
    members = set(record.figures((KEY, PERIOD, 1))["member"])
    assert WORDS[0] in members
    assert WORDS[15] in members
    assert main(["audit", "--all"]) == 0
    laid = list((settings().var.parent / "shared").rglob("*"))
    assert [path.name for path in laid if MARK in str(path.relative_to(settings().var.parent))] == []
    assert [path for path in folder.rglob("*") if MARK in path.name] == []


@pytest.mark.parametrize("words", ["\n".join(WORDS), "evil\r\nBcc: everybody@evil.example"], ids=["all", "header"])
def test_an_approvers_words_are_words(tmp_path, monkeypatch, words):
    """His comment goes by mail, into the author's form, and into the next revision's brief."""
    lay_out(tmp_path, monkeypatch)
    with MailSink(tmp_path / "mail") as mail:
        connect(monkeypatch, mail.port)
        job, _ = draft()
        answer(job, "initial_review", CLERK, "Reject", words)
        assert steps.release(job) == "return"
        told = steps.return_to_author(job)["told"]
        rework(job)
        again, _ = draft("run-2")
    assert len(mail.mails()) == 3, "the approver who was asked, the author and the report manager"
    for path in mail.mails():
        message = message_from_bytes(path.read_bytes(), policy=default)
        assert MARK not in "".join(f"{name}: {value}" for name, value in message.items())
        harmless(message.get_body(("html",)).get_content())
    for text in (told, steps.brief(again, "approval", "run").rpartition("####")[0]):
        assert MARK in text
        tokens = MarkdownIt("gfm-like", {"linkify": True, "html": True}).parse(text)
        kinds = {leaf.type for token in tokens for leaf in (token, *(token.children or []))}
        assert not kinds & {"link_open", "image", "html_inline", "html_block"}
