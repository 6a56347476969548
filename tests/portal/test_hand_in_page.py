"""The page *hand in*: judged like the inbox, answered where one stands, and only for those whom the entry names."""

from __future__ import annotations

import datetime as dt
import re
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from itss import steps
from itss.hand_in import receiving
from itss.hand_in.owed import due_now
from itss.hand_in.place import find_place
from itss.report_list.loader import load
from itss.settings import settings
from visitor import ORIGIN

sys.path.append(str(Path(__file__).parents[1] / "unit" / "hand_in"))

from bucket import install
from handing import BAD, NOW, REPORT, ROWS, place, register, rest, wall, workbook

if TYPE_CHECKING:
    pass

from hand_in_house import HERE, OTHERS, PERIOD, THOSE, Visit, cells, change, lay_out, send


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return lay_out(tmp_path, monkeypatch)


def test_accepted_file_is_a_version_by_the_persons_key(visit: Visit, house: Path) -> None:
    file = workbook(house / "容量 9月.xlsx", place())
    provider = visit("data_provider")
    answer = send(provider, file)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/itss{HERE.removesuffix('/capacity')}#capacity")
    page = provider.get(PERIOD).text
    assert "Version 1 counts: 容量 9月.xlsx, 2 rows, by Data provider at " in page
    assert "clears its waiting task" in page, "the deadline has long passed"
    zh = visit("data_provider", language="zh-CN").get(PERIOD).text
    assert "采用第 1 版：容量 9月.xlsx，2 行，数据提供人 于 " in zh
    (record,) = register().hand_ins()
    assert (record.who, record.number, record.rows) == ("data_provider", 1, 2)
    assert (settings().inbox / record.path).read_bytes() == file.read_bytes()


def test_refused_file_shows_its_errors_with_their_cells(visit: Visit, house: Path) -> None:
    file = workbook(house / "bad.xlsx", place(), BAD)
    provider = visit("data_provider")
    assert send(provider, file).status_code == 303
    sheet = openpyxl.load_workbook(file).worksheets[0]
    at = {str(cell.value).split()[0]: cell.column_letter for cell in sheet[1]}
    expected = [f"{at[name]}{row}" for name, row in (("kind", 2), ("utilisation", 2), ("sampled_at", 3), ("id", 3))]
    rows = cells(provider.get(PERIOD).text)
    assert [(row[0], row[1]) for row in rows] == [(sheet.title, cell) for cell in expected]
    assert [row[2] for row in rows] == ["kind", "utilisation", "sampled_at", "id"]
    assert rows[2][3] == "Required, and empty."
    assert cells(visit("data_provider", language="zh-CN").get(PERIOD).text)[2][3] == "必填，不能为空。"
    people = load(settings().report_list).list
    assert due_now("refused", people, register(), dt.datetime.now(dt.UTC)) == [], "who reads it here gets no mail"


def test_marked_copy_is_downloaded_corrected_and_handed_in(visit: Visit, house: Path) -> None:
    provider = visit("data_provider")
    send(provider, workbook(house / "bad.xlsx", place(), [ROWS[0] | {"utilisation": "half"}]))
    (link,) = set(re.findall(r'href="/itss(/hand-in/[^"]*/refused/[^"]*)"', provider.get(PERIOD).text))
    answer = provider.get(link)
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''bad.errors.xlsx")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    book = openpyxl.load_workbook(BytesIO(answer.content))
    (marked,) = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.comment]
    marked.value = 0.5
    book.save(house / "corrected.xlsx")
    send(provider, house / "corrected.xlsx")
    page = provider.get(PERIOD).text
    assert "Version 1 counts: corrected.xlsx" in page
    assert 'class="faults"' not in page


def test_template_is_downloaded_and_can_be_handed_in_filled(visit: Visit, house: Path) -> None:
    provider = visit("data_provider")
    answer = provider.get(f"{HERE}/template")
    assert answer.headers["content-disposition"].startswith("attachment;")
    book = openpyxl.load_workbook(BytesIO(answer.content))
    head = {str(cell.value).split()[0]: cell.column for cell in book.worksheets[0][1]}
    for name, value in ROWS[0].items():
        book.worksheets[0].cell(2, head[name]).value = value
    book.save(house / "filled.xlsx")
    send(provider, house / "filled.xlsx")
    assert "Version 1 counts: filled.xlsx, 1 rows" in provider.get(PERIOD).text


def test_same_bytes_again_are_said_to_be_the_same(visit: Visit, house: Path) -> None:
    provider, file = visit("data_provider"), workbook(house / "a.xlsx", place())
    send(provider, file)
    answer = send(provider, file)
    assert answer.headers["location"].endswith("?same=capacity#capacity")
    assert "the very bytes of version 1" in provider.client.get(answer.headers["location"]).text
    assert len(register().hand_ins()) == 1
    change(lambda document: document["reports"][0]["data_source"]["capacity"].update(mandatory=False))
    assert 'role="status">These' not in provider.get(PERIOD + "?same=availability").text, "said of what is there only"


@pytest.mark.parametrize("user", THOSE)
def test_those_whom_the_entry_names_may(visit: Visit, house: Path, user: str) -> None:
    visitor = visit(user)
    assert [visitor.get(path).status_code for path in ("/hand-in", PERIOD, f"{HERE}/template")] == [200] * 3
    assert send(visitor, workbook(house / "a.xlsx", place())).status_code == 303
    assert register().hand_ins()[0].who == user


@pytest.mark.parametrize("user", OTHERS)
def test_others_may_not(visit: Visit, house: Path, user: str) -> None:
    send(visit("data_provider"), workbook(house / "bad.xlsx", place(), BAD))
    (link,) = set(re.findall(r'href="/itss(/hand-in/[^"]*/refused/[^"]*)"', visit("data_provider").get(PERIOD).text))
    visitor = visit(user, role="admin")
    assert [visitor.get(path).status_code for path in (PERIOD, f"{HERE}/template", link)] == [403] * 3
    assert send(visitor, workbook(house / "a.xlsx", place())).status_code == 403
    assert "There is nothing that you hand in." in visitor.get("/hand-in").text
    assert len(register().hand_ins()) == 1


def test_nobody_is_asked_to_sign_in(visit: Visit, house: Path) -> None:
    nobody = visit("")
    assert nobody.get(PERIOD).status_code == 303
    assert nobody.get(f"{HERE}/template", Accept="*/*").status_code == 401
    assert nobody.client.post(f"/itss{HERE}", headers={"Origin": ORIGIN}).status_code == 401


def test_only_a_form_of_ours_is_taken(visit: Visit, house: Path) -> None:
    provider, files = visit("data_provider"), {"file": ("a.xlsx", workbook(house / "a.xlsx", place()).read_bytes())}
    token, other = provider.token("/hand-in"), visit("report_author").token("/hand-in")
    for given, headers in (
        ("", {"Origin": ORIGIN}),
        (other, {"Origin": ORIGIN}),
        (token, {"Origin": "https://elsewhere.example.com"}),
        (token, {}),
    ):
        answer = provider.client.post(f"/itss{HERE}", data={"token": given}, files=files, headers=headers)
        assert answer.status_code == 403
    assert register().hand_ins() == []


@pytest.mark.parametrize(
    "path",
    [
        "/hand-in/nowhere/2026-09",
        f"/hand-in/{REPORT}/2026-13",
        f"/hand-in/{REPORT}/2026-06",
        f"/hand-in/{REPORT}/2026-09/incident/template",
        f"/hand-in/{REPORT}/..%2f2026-09/capacity/template",
        f"{HERE}/refused/..%2f..%2faccepted",
        f"{HERE}/refused/%2e%2e",
        f"{HERE}/refused/20261009T020000Z_00000000",
    ],
)
def test_what_is_not_there_is_404(visit: Visit, house: Path, path: str) -> None:
    send(visit("data_provider"), workbook(house / "a.xlsx", place()))
    assert visit("data_provider").get(path).status_code == 404


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("../../../etc/passwd.xlsx", "etc passwd.xlsx"),
        ("C:\\Users\\a\\..\\b.xlsx", "b.xlsx"),
        ("<script>alert(1)</script>.xlsx", "script alert(1) script.xlsx"),
        ("\u202exslx.exe.xlsx", "xslx.exe.xlsx"),
        ("é" * 300 + ".xlsx", "é" * 75 + ".xlsx"),
        (".xlsx", "xlsx"),
    ],
)
def test_name_leads_nowhere(visit: Visit, house: Path, name: str, known_as: str) -> None:
    send(visit("data_provider"), workbook(house / "a.xlsx", place(), BAD), name=name)
    (record,) = register().hand_ins()
    assert record.name == known_as
    assert (settings().inbox / record.path).resolve().is_relative_to(place().folder(settings().inbox).resolve())
    page = visit("data_provider").get(PERIOD)
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_period_that_is_not_over_has_a_template_and_no_upload(visit: Visit, house: Path) -> None:
    now = dt.datetime.now(dt.UTC)
    entry = load(settings().report_list).list.reports[0]
    running = entry.period.period_of(now).label
    provider = visit("data_provider")
    page = provider.get(f"/hand-in/{REPORT}/{running}")
    assert "It may be handed in once the period is over" in page.text
    assert 'type="file"' not in page.text
    assert provider.get(f"/hand-in/{REPORT}/{running}/capacity/template").status_code == 200
    path = f"/hand-in/{REPORT}/{running}/capacity"
    where = find_place(settings(), REPORT, running, "capacity", None)
    assert send(provider, workbook(house / "a.xlsx", where), path).status_code == 409


def test_overview_lists_recent_places_what_is_lacking_first(
    visit: Visit, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = load(settings().report_list).list.reports[0]
    last = entry.period.closed("", dt.datetime.now(dt.UTC))
    where = find_place(settings(), REPORT, last.label, "availability", None)
    provider = visit("data_provider")
    send(provider, workbook(house / "o.xlsx", where, []), f"/hand-in/{REPORT}/{last.label}/availability")
    page = provider.get("/hand-in").text
    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in page.split("<tr>")[2:]]
    states = [" ".join(row) for row in rows]
    mine = [row for row in states if f"report {last.label} " in row]
    assert len(mine) == 3
    assert "accepted" in mine[-1]
    assert "Data provider" in mine[-1]
    assert not any("accepted" in row for row in mine[:2])
    assert f'href="/itss/hand-in/{REPORT}/{last.label}#capacity"' in page
    monkeypatch.setenv("ITSS_SCHEDULE_FROM", f"{last.next_day + dt.timedelta(days=60)}")
    page = provider.get("/hand-in").text
    assert page.count("<tr>") == 2, "what was due before is not owed; what was handed in is shown"
    steps.open_report(REPORT, last.label, "run-1", dt.datetime.now(dt.UTC))
    assert provider.get("/hand-in").text.count("<tr>") == 4, "a run that was begun all the same needs all of it"
    assert f'href="/itss/hand-in/{REPORT}/{last.label}"' in provider.get("/turn").text


def test_export_of_another_system_has_its_columns_for_a_template(visit: Visit, house: Path) -> None:
    change(lambda document: document["reports"][0]["data_source"]["capacity"].update(system="own"))
    query = settings().report_list.parent / "sql" / "own" / "capacity.sql"
    query.parent.mkdir(parents=True)
    query.write_text("SELECT Nummer AS id, Zeit AS sampled_at, Last AS utilisation FROM source")
    provider = visit("data_provider")
    page = provider.get(PERIOD).text
    assert "This is handed in as own exports it." in page
    assert re.findall(r'<code class="code">(\w+)</code>', page) == ["Nummer", "Zeit", "Last"]
    assert provider.get(f"{HERE}/template").status_code == 404


def test_dropped_file_that_was_refused_is_shown_too(visit: Visit, house: Path) -> None:
    folder = place().folder(settings().inbox)
    folder.mkdir(parents=True)
    rest(workbook(folder / "bad.xlsx", place(), BAD))
    list(receiving.take_up(settings(), register(), place(), NOW))
    page = visit("data_provider").get(PERIOD).text
    assert "bad.xlsx by dropped into the inbox at 2026-10-09 10:00 is refused." in page
    assert len(cells(page)) == 4


def test_it_works_with_an_inbox_in_an_object_store(visit: Visit, house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(house / "bucket", monkeypatch)
    provider = visit("data_provider")
    send(provider, workbook(house / "bad.xlsx", place(), BAD))
    page = provider.get(PERIOD).text
    assert len(cells(page)) == 4
    (link,) = set(re.findall(r'href="/itss(/hand-in/[^"]*/refused/[^"]*)"', page))
    assert openpyxl.load_workbook(BytesIO(provider.get(link).content)).sheetnames[-1] == "错误 errors"
    send(provider, workbook(house / "good.xlsx", place()))
    assert "Version 1 counts: good.xlsx" in provider.get(PERIOD).text
    assert not (house / "var" / "inbox").exists()


def test_what_becomes_of_the_report_is_said(visit: Visit, house: Path) -> None:
    provider, file = visit("data_provider"), workbook(house / "a.xlsx", place())
    receiving.hand_in(settings(), register(), place(), file, "data_provider", NOW)
    assert "A report that waits for this data goes on within 2 minutes." in provider.get(PERIOD).text
    level = {"id": "L1", "service": "A", "measured_at": wall(9, 30, 20), "target": 0.99, "achieved": 0.995}
    where = place("service_level")
    receiving.hand_in(settings(), register(), where, workbook(house / "l.xlsx", where, [level]), "data_provider", NOW)
    job = steps.open_report(REPORT, "2026-09", "run-1", NOW)
    for process in ("capacity", "service_level", "availability"):
        steps.collect(job, process)
    steps.check(job)
    steps.measure(job)
    steps.render(job)
    assert "Revision 1 of the report was made before" in provider.get(PERIOD).text
