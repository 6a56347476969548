"""Each person's way through the portal, in a real Chromium, against a running Airflow.

One file, and its tests go on where the one before ended: as the reports do, from one person to the next. All of them
look for what a person looks for: roles and words of the page.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from itss import links
from itss.ref import Ref
from playwright.sync_api import expect
from visitors import (
    PHONE,
    SIGNED,
    WAITING,
    WIDE,
    House,
    cell_below,
    clicks_counted,
    fill_login,
    filled,
    hand_in,
    links_of,
    shown,
    words,
)

pytestmark = pytest.mark.flow

EN = words("en")
expect.set_options(timeout=60_000)  # a loaded machine
REASON = 'Explain the <b>late</b> ones <script>alert("comment")</script><img src=x onerror=alert("comment")>'


@pytest.fixture(scope="module")
def runs(house: House) -> dict[tuple[str, int], str]:
    """Every run of these tests by its report and how many periods ago it is, triggered at once."""
    wanted = [(SIGNED, 0), (SIGNED, 1), (WAITING, 0)]
    return {(report, back): house.start(report, house.period(report, back).label) for report, back in wanted}


@pytest.fixture
def signed(house: House, runs: dict[tuple[str, int], str]) -> Ref:
    """The revision that is signed as it is."""
    return Ref(SIGNED, house.period(SIGNED).label, 1)


@pytest.fixture
def returned(house: House, runs: dict[tuple[str, int], str]) -> Ref:
    """The revision that is rejected; its second one is signed."""
    return Ref(SIGNED, house.period(SIGNED, 1).label, 1)


def test_a_page_without_login_goes_to_the_login_and_back(house: House) -> None:
    with house.visit() as page:
        page.goto("/itss/turn")
        fill_login(page, "stranger", house.airflow.users()["stranger"])
        page.wait_for_url("**/itss/turn")
        expect(page.get_by_text(EN("turn.empty"))).to_be_visible()


def test_an_approver_signs_from_the_mail_in_three_clicks(house: House, signed: Ref) -> None:
    house.wait(lambda: house.asked(signed, "initial_review"), "the initial review")
    house.wait(lambda: bool(house.mails_to("head_of_department", signed.period, "请")), "its notice")
    mail = house.mails_to("head_of_department", signed.period, "请")[-1]
    (link,) = {one for one in links_of(mail) if one.endswith(links.revision_path(signed))}
    with house.visit() as page, clicks_counted(page) as clicks:
        shown(page, mail)
        page.locator(f'a[href="{link}"]').first.click()
        fill_login(page, "head_of_department", house.airflow.users()["head_of_department"])
        page.wait_for_url(f"**{links.revision_path(signed)}")
        report = page.frame_locator(f'iframe[title="{EN("revision.the_report")}"]')
        expect(report.get_by_text("客户事件月报").first).to_be_visible()
        expect(page.get_by_role("heading", name=EN("revision.since_period"))).to_be_visible()
        house.picture(page, "sign")
        page.get_by_role("button", name=EN("revision.approve"), exact=True).click()
        expect(page.get_by_role("status")).to_have_text(EN("revision.approved"))
        expect(page.get_by_role("button", name=EN("revision.reject"))).to_have_count(0)
    assert clicks == ["link", "Sign in", EN("revision.approve")]
    house.wait(lambda: house.asked(signed, "approval"), "the approval")
    (decision,) = house.register.decisions(signed)
    assert (decision.level, decision.answer, decision.who_id) == ("initial_review", "approve", "head_of_department")


def test_a_rejection_wants_a_comment_and_a_second_tab_comes_too_late(house: House, returned: Ref) -> None:
    house.wait(lambda: house.asked(returned, "initial_review"), "the initial review")
    with house.visit("head_of_department") as page:
        sent: list[str] = []
        page.on("request", lambda one: sent.append(one.url) if one.method == "PATCH" else None)
        page.goto(links.revision_path(returned))
        other = page.context.new_page()
        other.goto(links.revision_path(returned))
        page.get_by_role("button", name=EN("revision.reject")).click()
        expect(page.get_by_role("status")).to_have_text(EN("revision.comment_needed"))
        expect(page.get_by_label(EN("revision.comment"), exact=True)).to_be_focused()
        assert sent == []
        page.get_by_label(EN("revision.comment"), exact=True).fill(REASON)
        page.get_by_role("button", name=EN("revision.reject")).click()
        expect(page.get_by_role("status")).to_have_text(EN("revision.rejected"))
        assert len(sent) == 1
        other.get_by_role("button", name=EN("revision.approve")).click()
        expect(other.get_by_role("status")).to_contain_text("head_of_department")
        house.picture(other, "too_late")
    house.wait(lambda: house.asked(returned, "rework"), "the rework")
    assert [one.answer for one in house.register.decisions(returned)] == ["reject"]


def test_the_author_reworks_and_the_next_revision_says_what_has_changed(house: House, returned: Ref) -> None:
    house.wait(lambda: bool(house.mails_to("report_author", returned.period, "late")), "the mail of the rejection")
    with house.visit("report_author") as page:
        page.goto(links.turn_path())
        page.get_by_role("listitem").filter(has_text=returned.period).get_by_role("link").first.click()
        expect(page.locator("#decisions")).to_contain_text(REASON)
        page.get_by_label(re.compile(r"^a\)")).fill("因两次支付故障。 <script>alert('section')</script>")
        page.get_by_role("button", name=EN("revision.send")).click()
        expect(page.get_by_role("status")).to_have_text(EN("revision.kept"))
    second = Ref(returned.report, returned.period, 2)
    house.wait(lambda: house.asked(second, "initial_review"), "the second revision")
    with house.visit("head_of_department", width=PHONE, scheme="dark") as page:
        page.goto(links.revision_path(second))
        expect(page.locator("#difference")).to_contain_text("late")
        report = page.frame_locator(f'iframe[title="{EN("revision.the_report")}"]')
        expect(report.get_by_text("因两次支付故障").first).to_be_attached()
        house.picture(page, "second_revision.phone.dark")


def test_airflows_own_form_answers_too(house: House, returned: Ref) -> None:
    second = Ref(returned.report, returned.period, 2)
    run = house.register.revision(second).run
    with house.visit("head_of_department") as page:
        page.goto(f"/dags/{SIGNED}/runs/{run}/tasks/initial_review/required_actions")
        page.get_by_role("button", name="Approve", exact=True).click()
        house.wait(lambda: house.asked(second, "approval"), "the approval")
        house.picture(page, "required_actions")
    (decision,) = house.register.decisions(second)
    assert (decision.answer, decision.who_id) == ("approve", "head_of_department")


def test_the_portal_is_in_the_navigation_and_signs_inside_the_frame(house: House, signed: Ref) -> None:
    with house.visit("management_representative") as page:
        page.goto("/")
        page.get_by_role("link", name="ITSS 报告").click()
        portal = page.frame_locator("iframe")
        portal.get_by_role("link", name=EN("turn.title")).click()
        waiting = portal.get_by_role("listitem").filter(has_text=signed.period)
        waiting.get_by_role("link", name=EN("turn.go.level")).click()
        portal.get_by_role("button", name=EN("revision.approve"), exact=True).click()
        expect(portal.get_by_role("status")).to_have_text(EN("revision.approved"))
        house.picture(page, "frame")
    house.wait(lambda: house.register.revision(signed).state in ("delivered", "sealed"), "the delivery")


def test_airflows_home_is_green_and_a_task_leads_to_its_output(house: House, signed: Ref) -> None:
    with house.visit("report_author") as page:
        health = page.request.get("/api/v2/monitor/health").json()
        assert {part: state["status"] for part, state in health.items()} == dict.fromkeys(health, "healthy")
        page.goto("/")
        expect(page.get_by_text("Triggerer")).to_be_visible()
        house.picture(page, "home")
        page.goto(f"/dags/{SIGNED}/runs/{house.register.revision(signed).run}/tasks/render/details")
        output = page.locator(f'a[href*="{links.revision_path(signed)}"]').first
        expect(output).to_be_visible()
        assert str(output.get_attribute("href")).startswith(house.airflow.base + links.PORTAL)


def test_a_reader_reads_the_report_and_finds_no_button_and_no_address(house: House, signed: Ref, returned: Ref) -> None:
    with house.visit("customer_representative", language="zh-CN") as page:
        zh = words("zh-CN")
        page.goto(links.revision_path(signed))
        report = page.frame_locator(f'iframe[title="{zh("revision.the_report")}"]')
        expect(report.get_by_text("客户事件月报").first).to_be_visible()
        assert page.get_by_role("button").count() == 0
        assert "@example.com" not in page.content()
        with page.expect_download() as download:
            page.get_by_role("link", name=zh("revision.workbook")).click()
        assert download.value.path().read_bytes().startswith(b"PK")
        house.picture(page, "reader.zh-CN")
        draft = page.goto(links.revision_path(returned))
        assert draft is not None
        assert draft.status == 403, "what may be rejected is not a reader's"


def test_script_in_a_ticket_and_in_a_comment_stays_text(house: House, signed: Ref, returned: Ref) -> None:
    """`House.visit` fails on any dialog; here, on any request for what is not the portal's, too."""
    with house.visit("report_author") as page:
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url))
        for ref in (signed, returned, Ref(returned.report, returned.period, 2)):
            page.goto(links.revision_path(ref))
            page.wait_for_load_state("networkidle")
        (frame,) = (one for one in page.frames if one.url.endswith("/files/report.html"))
        expect(frame.get_by_text("<script>alert").first).to_be_attached()
        assert frame.evaluate("() => self.origin") == "null"
        assert frame.evaluate("() => { try { return document.cookie } catch (error) { return error.name } }") == (
            "SecurityError"
        )
        assert [one for one in asked if f"{house.airflow.base}{links.PORTAL}/" not in one] == []
        alone = page.goto(f"{links.revision_path(signed)}/files/report.html")
        assert alone is not None
        policy = alone.headers["content-security-policy"]
        assert "sandbox" in policy.replace(";", " ").split()
        assert "allow-scripts" not in policy
        assert "allow-same-origin" not in policy
        assert page.evaluate("() => self.origin") == "null"
    main = _headers(house, links.revision_path(signed))
    assert "script-src 'self'" in main["content-security-policy"]
    assert "unsafe" not in main["content-security-policy"]


def test_a_provider_sees_the_cells_of_a_bad_file_and_hands_in_a_good_one(
    house: House, runs: object, tmp_path: Path
) -> None:
    label = house.period(WAITING).label
    day = house.period(WAITING).first_day.isoformat() + " 08:00"
    good = {"id": "C1", "resource": "db", "kind": "cpu", "sampled_at": day, "utilisation": 0.4, "threshold": 0.8}
    with house.visit("data_provider") as page:
        page.goto(links.hand_in_path(WAITING, label))
        with page.expect_download() as template:
            page.get_by_role("link", name=EN("hand_in.template")).first.click()
        blank = template.value.path().read_bytes()
        bad = filled(blank, tmp_path / "bad.xlsx", [good | {"sampled_at": "32.13.2026", "id": "<img onerror=x>"}])
        hand_in(page, bad, EN("hand_in.send"))
        wrong = page.get_by_role("row").filter(has_text="sampled_at")
        expect(wrong.get_by_role("cell", name=cell_below(blank, "sampled_at"), exact=True)).to_be_visible()
        house.picture(page, "hand_in_errors")
        hand_in(page, filled(blank, tmp_path / "容量.xlsx", [good]), EN("hand_in.send"))
        expect(page.get_by_role("status")).to_contain_text("1")
        house.picture(page, "hand_in_accepted")
    ref = Ref(WAITING, label, 1)
    house.wait(lambda: house.asked(ref, "initial_review"), "the report that waited for its data")


def test_the_report_manager_finds_a_report_and_answers_a_proposal(house: House, signed: Ref) -> None:
    with house.visit("customer_representative") as page:
        page.goto("/itss/improvements")
        page.get_by_label(EN("improvements.text")).fill("Availability by week <script>alert(1)</script>")
        page.get_by_label(EN("improvements.reason"), exact=True).fill("We plan by the week.")
        page.get_by_role("button", name=EN("improvements.send"), exact=True).click()
        expect(page.get_by_text("Availability by week <script>")).to_be_visible()
    with house.visit("report_manager") as page:
        page.goto("/itss/")
        expect(page.get_by_role("table").filter(has_text=house.period(WAITING).label).first).to_be_visible()
        page.get_by_role("combobox", name=EN("board.report")).select_option(SIGNED)
        page.get_by_role("button", name=EN("board.show")).click()
        page.locator(f'a[href$="{links.revision_path(signed)}"]').first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(signed.period)
        page.goto("/itss/improvements")
        page.get_by_label(EN("improvements.answer")).fill("From January on.")
        page.get_by_role("button", name=EN("improvements.take_up")).click()
        expect(page.get_by_text("From January on.")).to_be_visible()


def test_a_stranger_sees_nothing_of_a_report(house: House, signed: Ref) -> None:
    with house.visit("stranger") as page:
        for path in (links.revision_path(signed), f"{links.revision_path(signed)}/files/report.html", "/itss/audit"):
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 403, path
        page.goto("/itss/")
        assert "事件月报" not in page.content()
        assert "incident report" not in page.content()


PAGES = {
    "board": ("report_manager", "/"),
    "turn": ("management_representative", "/turn"),
    "hand_in": ("data_provider", "/hand-in"),
    "improvements": ("report_manager", "/improvements"),
    "audit": ("auditor", "/audit"),
    "revision": ("management_representative", ""),
    "review": ("report_manager", "/review"),
}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_used_by_everybody(
    house: House, signed: Ref, returned: Ref, name: str, scheme: str, language: str
) -> None:
    """axe-core finds nothing serious; wide and on a phone nothing sticks out; a picture of each is kept."""
    user, path = PAGES[name]
    if name == "revision":
        path = links.revision_path(Ref(returned.report, returned.period, 2)).removeprefix(links.PORTAL)
    elif name == "review":
        path = links.revision_path(signed).removeprefix(links.PORTAL) + path
        house.wait(lambda: house.asked(signed, "review_meeting"), "the review")
    for width in (WIDE, PHONE):
        with house.visit(user, language, scheme, width) as page:
            answer = page.goto(links.PORTAL + path)
            assert answer is not None
            assert answer.status == 200
            expect(page.locator("html")).to_have_attribute("lang", language)
            page.wait_for_load_state("networkidle")
            house.picture(page, f"{name}.{language}.{scheme}.{width}")
            found = Axe().run(page, options={"resultTypes": ["violations"], "iframes": False}).response["violations"]
            serious = [one for one in found if one["impact"] in ("serious", "critical")]
            assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in serious] == []
            assert page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth") <= 0


def _headers(house: House, path: str) -> dict[str, str]:
    with house.visit("report_author") as page:
        answer = page.goto(path)
        assert answer is not None
        return answer.headers
