"""The files and rows of a sealed revision, served from its archive: a folder, or an object store."""

from __future__ import annotations

import csv
import io
import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import fsspec
import pytest
import yaml
from furnished import furnish
from itss.reports.drawing import pdf
from itss.standalone.sink import MailSink
from visitor import Visitor
from walk import GOOD, connect, seal

PAGE = "/reports/servicenow_incidents/2026-09/r01"
READER = "process_manager"
MANY = 250
SignIn = Callable[..., Visitor]


@pytest.fixture(scope="module", params=["file", "memory"])
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it is archived; the workspace is gone."""
    from airflow.sdk.io import attach

    with pytest.MonkeyPatch.context() as monkeypatch:
        house = furnish(tmp_path_factory.mktemp("house"), monkeypatch)
        url = f"file://{house}/archive" if request.param == "file" else f"memory://{secrets.token_hex(4)}/archive"
        monkeypatch.setenv("ITSS_ARCHIVE_URL", url)
        if request.param == "memory":
            attach("memory", fs=fsspec.filesystem("memory"))
            monkeypatch.setenv("ITSS_WORKSPACE_URL", url.replace("archive", "workspace"))
        listed = house / "list" / "report_list.yaml"
        document = yaml.safe_load(listed.read_text())
        document["reports"][0] |= {"language": "zh-CN"}
        document["reports"][0]["distribution"]["formats"] = ["xlsx", "html", *(() if pdf.missing() else ("pdf",))]
        listed.write_text(yaml.safe_dump(document, allow_unicode=True))
        rows = [f"T{at:03d},2026-09-{at % 28 + 1:02d} 08:00,2026-09-{at % 28 + 1:02d} 09:00" for at in range(MANY - 3)]
        (house / "list" / "log.csv").write_text(GOOD + "=1+1,2026-09-04 08:00,\n" + "\n".join(rows) + "\n")
        with MailSink(house / "mail") as sink:
            connect(monkeypatch, sink.port)
            seal("run-1")
            shutil.rmtree(house / "var" / "workspace", ignore_errors=True)
            yield url


def test_sealed_report_is_shown_from_the_archive(sign_in: SignIn, archive: str) -> None:
    one = sign_in("report_author")
    page = one.get(PAGE).text
    assert "<iframe sandbox" in page
    assert one.get(f"{PAGE}/files/report.html").content.startswith(b"<!DOCTYPE html>")
    assert "management_representative" in one.get(f"{PAGE}/files/released/sign_off.html").text
    assert archive not in page


def test_every_page_is_in_a_sandbox_and_everything_else_an_attachment(sign_in: SignIn, archive: str) -> None:
    one = sign_in("report_author")
    page = one.get(PAGE).text
    names = [part.split('"')[0] for part in page.split(f'href="/itss{PAGE}/files/')[1:]]
    assert {"report.html", "report.xlsx", "figures.csv", "checks.html"} <= set(names)
    for name in names:
        headers = one.get(f"{PAGE}/files/{name}").headers
        assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert "script-src" not in headers["content-security-policy"]
        assert "allow" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        if name in ("report.html", "checks.html", "released/sign_off.html"):
            assert headers["content-type"] == "text/html; charset=utf-8"
        else:
            assert headers["content-disposition"].startswith("attachment; ")
            assert "html" not in headers["content-type"]


@pytest.mark.skipif(bool(pdf.missing()), reason=pdf.missing())
@pytest.mark.parametrize("who", ["report_author", READER])
def test_the_pdf_is_offered_to_whoever_may_have_the_workbook(sign_in: SignIn, archive: str, who: str) -> None:
    one = sign_in(who)
    assert f'href="/itss{PAGE}/files/report.pdf"' in one.get(PAGE).text
    answer = one.get(f"{PAGE}/files/report.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert "事件管理月度报告" in unquote(answer.headers["content-disposition"])
    assert pdf.pages_of(answer.content) > 0


def test_workbook_is_saved_under_the_name_that_recipients_got(sign_in: SignIn, archive: str) -> None:
    said = sign_in("report_author").get(f"{PAGE}/files/report.xlsx").headers["content-disposition"]
    assert said.startswith("attachment; filename=\"servicenow_incidents_2026-09_r01.xlsx\"; filename*=UTF-8''")
    assert "事件管理月度报告" in unquote(said)


@pytest.mark.parametrize(
    "name",
    [
        "../r02/report.html",
        "..%2f..%2f..%2fregister.sqlite",
        "%2fetc%2fpasswd",
        "nothing.html",
        "data",
        "a%00b",
        ".x.part",
    ],
)
def test_name_outside_of_the_statement_is_not_found(sign_in: SignIn, archive: str, name: str) -> None:
    assert sign_in("report_author").get(f"{PAGE}/files/{name}").status_code == 404


def test_reader_gets_what_was_sent_and_no_more(sign_in: SignIn, archive: str) -> None:
    one = sign_in(READER)
    page = one.get(PAGE).text
    assert "<iframe sandbox" in page
    assert one.get(f"{PAGE}/files/report.html").status_code == 200
    assert one.get(f"{PAGE}/files/report.xlsx").status_code == 200
    for name in ("checks.html", "figures.csv", "decisions.json", "receipts.json", "job.json", "data/incident.parquet"):
        assert one.get(f"{PAGE}/files/{name}").status_code == 403
    assert "@example.com" not in page
    assert "accepted: 2" in page
    assert 'id="log"' not in page


def test_receipts_name_addresses_to_the_author(sign_in: SignIn, archive: str) -> None:
    page = sign_in("report_author").get(PAGE).text
    assert "process_manager@example.com" in page
    assert "@example.com" not in sign_in("head_of_department").get(PAGE).text


def test_rows_of_a_figure_add_up_to_it(sign_in: SignIn, archive: str) -> None:
    one = sign_in("head_of_department")
    query = "process=incident&measure=opened"
    rows = list(csv.DictReader(io.StringIO(one.get(f"{PAGE}/rows.csv?{query}").text)))
    page = one.get(f"{PAGE}/rows?{query}").text
    assert len(rows) == MANY == sum(row["in_numerator"] == "True" for row in rows)
    assert page.count("<tr>") == 201  # the head, and the first 200
    assert f"The first 200 of {MANY} rows are shown." in page
    assert one.get(f"{PAGE}/rows.csv?{query}").headers["content-disposition"].startswith("attachment; ")


def test_text_of_a_row_is_no_formula(sign_in: SignIn, archive: str) -> None:
    text = sign_in("head_of_department").get(f"{PAGE}/rows.csv?process=incident&measure=opened").text
    assert "\n'=1+1," in text
    assert "\n=1+1," not in text


@pytest.mark.parametrize(
    "query",
    [
        "process=incident&measure=nothing",
        "process=nothing&measure=opened",
        "process=incident&measure=opened&dimension=priority&member=P9",
    ],
)
def test_unknown_figure_is_not_found(sign_in: SignIn, archive: str, query: str) -> None:
    assert sign_in("head_of_department").get(f"{PAGE}/rows?{query}").status_code == 404
    assert sign_in("head_of_department").get(f"{PAGE}/rows.csv?{query}").status_code == 404


def test_rows_without_a_figure_are_refused(sign_in: SignIn, archive: str) -> None:
    assert sign_in("head_of_department").get(f"{PAGE}/rows").status_code == 422


def test_files_are_what_the_statement_says(sign_in: SignIn, archive: str) -> None:
    one = sign_in("report_author")
    statement = json.loads(one.get(f"{PAGE}/files/figures.csv") and _statement(archive))
    for name, file in statement["carried"]["files"].items():
        got = one.get(f"{PAGE}/files/{name}")
        assert (got.status_code, len(got.content)) == (200, file["bytes"]), name


def _statement(archive: str) -> bytes:
    from itss.archive.store import open_store

    return (open_store(archive) / "servicenow_incidents" / "2026-09" / "r01" / "statement.json").read_bytes()
