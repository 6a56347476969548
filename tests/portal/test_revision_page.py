"""The page of a revision that waits for its approver, after an earlier one was rejected: what each person sees."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from furnished import furnish
from itss import steps
from itss.register import Register
from itss.settings import settings
from itss.standalone.sink import MailSink
from visitor import Visitor
from walk import CLERK, GOOD, answer, connect, draft, rework

PAGE = "/reports/servicenow_incidents/2026-09/r02"
HOSTILE = "<script>alert(1)</script>"
INSIDERS = ["report_author", "head_of_department", "management_representative", "data_provider", "report_manager"]
OWNERS = ["report_author", "report_manager"]
READER = "process_manager"
"""Is named as a recipient alone."""
SignIn = Callable[..., Visitor]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Revision 1 was rejected and reworked; revision 2, over corrected rows, waits for the head of department."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        house = furnish(tmp_path_factory.mktemp("house"), monkeypatch)
        with MailSink(house / "mail") as sink:
            connect(monkeypatch, sink.port)
            first, _ = draft()
            answer(first, "initial_review", CLERK, "Reject", "row 2 is <b>wrong</b>")
            steps.return_to_author(first)
            rework(first, section_b="it was solved")
            rows = GOOD.replace("INC2,2026-09-02 08:00,", "INC2,2026-09-02 08:00,2026-09-02 09:00")
            (house / "list" / "log.csv").write_text(f"{rows}{HOSTILE},2026-09-03 08:00,\n")
            second, _ = draft("run 2/b")
            steps.ask(second, "initial_review")
            yield house


@pytest.fixture
def register(folder: Path) -> Register:
    return Register(settings().register_url)


def test_frame_shows_the_very_bytes_that_are_signed(sign_in: SignIn, register: Register) -> None:
    one = sign_in("head_of_department")
    page, report = one.get(PAGE).text, one.get(f"{PAGE}/files/report.html").content
    assert f'<iframe sandbox src="/itss{PAGE}/files/report.html"' in page
    assert report == (settings().var / "workspace" / "servicenow_incidents/2026-09/r02/report.html").read_bytes()
    assert hashlib.sha256(report).hexdigest() in page
    assert str(register.revision(("servicenow_incidents", "2026-09", 2)).statement_sha256) in page


def test_approver_whose_turn_it_is_can_answer_to_this_content_here(sign_in: SignIn, register: Register) -> None:
    page = sign_in("head_of_department").get(PAGE).text
    content = register.revision(("servicenow_incidents", "2026-09", 2)).statement_sha256
    task = "/api/v2/dags/servicenow_incidents/dagRuns/run%202%2Fb/taskInstances/initial_review/-1/hitlDetails"
    assert f'data-task="{task}" data-content="{content}"' in page
    assert re.findall(r'name="choice" value="(\w+)"', page) == ["Approve", "Reject"]


@pytest.mark.parametrize("user", sorted({*INSIDERS} - {"head_of_department"}))
def test_nobody_else_has_buttons(sign_in: SignIn, folder: Path, user: str) -> None:
    page = sign_in(user).get(PAGE)
    assert page.status_code == 200
    assert 'name="choice"' not in page.text
    assert "Initial review" in page.text  # whom it waits for is told to all insiders


def test_airflow_viewer_has_no_buttons_that_would_not_work(sign_in: SignIn, folder: Path) -> None:
    assert 'name="choice"' not in sign_in("head_of_department", role="viewer").get(PAGE).text


def test_difference_to_the_last_revision_is_shown(sign_in: SignIn, folder: Path) -> None:
    page = sign_in("head_of_department").get(PAGE).text
    part = page[page.index('id="difference"') : page.index('id="checks"')]
    changed = re.search(r"Resolved</td><td[^>]*>1</td><td[^>]*>2</td>", part)
    assert changed, part
    assert "row 2 is &lt;b&gt;wrong&lt;/b&gt;" in part  # what became of the last revision


def test_rejected_revision_shows_who_rejected_it_and_why(sign_in: SignIn, folder: Path) -> None:
    page = sign_in("report_author").get(PAGE.replace("r02", "1")).text
    part = page[page.index('id="decisions"') : page.index('id="receipts"')]
    assert "head_of_department" in part
    assert "row 2 is &lt;b&gt;wrong&lt;/b&gt;" in part
    assert 'name="choice"' not in page


@pytest.mark.parametrize("user", [*INSIDERS, READER])
def test_no_text_of_a_ticket_or_a_person_becomes_markup(sign_in: SignIn, folder: Path, user: str) -> None:
    for path in (PAGE, PAGE.replace("r02", "r01"), f"{PAGE}/rows?process=incident&measure=opened", "/"):
        text = sign_in(user).get(path).text
        assert HOSTILE not in text
        assert "<b>wrong" not in text
    assert "&lt;script&gt;" in sign_in("report_author").get(f"{PAGE}/rows?process=incident&measure=opened").text


@pytest.mark.parametrize("user", [*INSIDERS, READER])
def test_addresses_are_for_author_and_report_manager(sign_in: SignIn, folder: Path, user: str) -> None:
    one = sign_in(user)
    allowed = user in OWNERS
    letter = one.get(f"{PAGE}/files/mails/process_manager.html").status_code
    statement = one.get(f"{PAGE}/files/statement.json").status_code
    assert (letter, statement) == ((200, 404) if allowed else (403, 403))
    assert allowed or "@example.com" not in one.get(PAGE).text


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_no_path_of_the_server_is_shown(sign_in: SignIn, folder: Path, language: str) -> None:
    for user in [*INSIDERS, READER]:
        for path in (PAGE, PAGE.replace("r02", "r01"), f"{PAGE}/rows?process=incident&measure=opened"):
            assert str(folder) not in sign_in(user, language=language).get(path).text


def test_page_is_in_the_language_of_its_reader(sign_in: SignIn, folder: Path) -> None:
    page = sign_in("head_of_department", language="zh-CN").get(PAGE).text
    assert "事件管理月度报告 · 2026-09 · 第 2 版" in page  # the report itself is in English
    assert ">同意</button>" in page
    assert "解决数量" in page


def test_reader_sees_nothing_of_what_has_not_been_released(sign_in: SignIn, folder: Path) -> None:
    one = sign_in(READER)
    for path in (PAGE, PAGE.replace("r02", "r01"), f"{PAGE}/review"):
        page = one.get(path)
        assert page.status_code == 403
        assert "row 2 is" not in page.text
    board = one.get("/").text.split("<tbody>")[1]
    assert "not released yet" in board
    for said in ("/reports/", "r02", "Head of department", "in approval", "returned"):
        assert said not in board
    assert one.get("/turn").text.count("servicenow_incidents") == 0
    for name in ("report.html", "report.xlsx", "figures.csv", "released/sign_off.html"):
        assert one.get(f"{PAGE}/files/{name}").status_code == 403
    for path in ("rows", "rows.csv"):
        assert one.get(f"{PAGE}/{path}?process=incident&measure=opened").status_code == 403


def test_whom_it_does_not_concern_gets_nothing(sign_in: SignIn, folder: Path) -> None:
    one = sign_in("bystander")
    for path in ("", "/files/report.html", "/files/report.xlsx", "/rows?process=incident&measure=opened"):
        assert one.get(PAGE + path).status_code == 403
    assert "servicenow_incidents" not in one.get("/").text


def test_auditor_sees_all(sign_in: SignIn, folder: Path) -> None:
    page = sign_in("somebody_else", role="op").get(PAGE)  # with SimpleAuthManager the role stands for the permission
    assert page.status_code == 200
    assert "row 2 is" in page.text


@pytest.mark.parametrize(
    "address",
    ["r03", "r99999999", "0", "rr1", "-1", "²", "1e1", "%2e%2e", "r01%00"],
)
def test_unknown_revision_is_not_found(sign_in: SignIn, folder: Path, address: str) -> None:
    assert sign_in("report_manager").get(f"/reports/servicenow_incidents/2026-09/{address}").status_code == 404


@pytest.mark.parametrize("place", ["nobody_knows/2026-09", "servicenow_incidents/2026-13", "..%2f../2026-09"])
def test_unknown_report_or_period_is_not_found(sign_in: SignIn, folder: Path, place: str) -> None:
    assert sign_in("report_manager").get(f"/reports/{place}/r01").status_code == 404


def test_log_says_in_words_what_happened(sign_in: SignIn, folder: Path) -> None:
    page = sign_in("report_author").get(PAGE.replace("r02", "r01")).text
    said = re.findall(r"<strong>([^<]+)</strong>", page[page.index('id="log"') :])
    assert said == [
        *("reworked", "returned to the author", "answered", "asked", "submitted", "rendered"),
        *("compared with what was published", "measured", "checked", "data collected", "opened"),
    ]
