"""Make the pictures of ``docs/gallery``: the sample list in a running Airflow, seen by each person in Chromium.

Its state is in ``var/gallery`` and is made again each time. Surprise: the sample list has nothing that is handed in,
and its customer's report is in Chinese only; so the example of the supplier and an English twin are added to it.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import printed
import yaml
from itss import links
from itss.choices import COLLECT
from itss.ref import Ref
from itss.register import Register
from itss.reports import catalogue
from itss.settings import settings
from itss.standalone.approvers import Approvers
from itss.standalone.embedded import Embedded
from itss.standalone.postbox import Postbox
from itss.standalone.prepare import report_list, request, sample
from itss.standalone.progress import Watch
from itss.standalone.run import Say
from itss.standalone.sink import MailSink
from itss.text import Language
from paint import shrink
from playwright.sync_api import Page, sync_playwright
from visitors import PHONE, WIDE, House, filled, hand_in, html_of, launch, words

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "var" / "gallery"
LIST = PLACE / "list" / "report_list.yaml"
TO = ROOT / "docs" / "gallery"
CUSTOMER, INTERNAL, SUPPLIER = "customer_monthly", "internal_monthly", "supplier_monthly"
TWIN = "customer_monthly_en"
READ: dict[Language, str] = {"zh-CN": CUSTOMER, "en": TWIN}
"""The customer's report in each language."""
LETTER = 680
"""As wide as a mail is written."""
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")


def lay_out() -> None:
    """The sample list with the supplier's example, the twin, and a user for whoever hands in or reads."""
    os.environ |= {"ITSS_VAR": str(PLACE / "var"), "ITSS_REPORT_LIST": str(LIST)}
    shutil.rmtree(PLACE, ignore_errors=True)
    for part in ("agreements", "sql"):
        shutil.copytree(ROOT / "include" / part, PLACE / "list" / part)
    example = ROOT / "docs" / "examples" / "supplier"
    shutil.copytree(example / "agreements", PLACE / "list" / "agreements", dirs_exist_ok=True)
    ours, theirs = (
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in (ROOT / "include" / "report_list.yaml", example / "report_list.yaml")
    )
    ours["people"] = theirs["people"] | ours["people"]
    for key in ("data_provider", "customer_representative"):
        ours["people"][key]["user"] = key
    ours["reports"] += [one | {"period": one["period"] | {"due_working_days": 60}} for one in theirs["reports"]]
    ours["reports"].append(
        next(one for one in ours["reports"] if one["key"] == CUSTOMER) | {"key": TWIN, "language": "en"}
    )
    text = yaml.safe_dump(ours, allow_unicode=True, sort_keys=False)
    LIST.write_text(text, encoding="utf-8")


class Walk:
    """The reports on their way: what has to have happened before there is something to see."""

    def __init__(self, house: House, sink: MailSink, say: Callable[[str], None]) -> None:
        self.house = house
        self._postbox = Postbox(sink, say)
        self._say = say

    def begin(self, report: str, back: int = 0) -> Watch:
        run = self.house.start(report, self.house.period(report, back).label)
        return Watch(self.house.airflow, report, run, self._say)

    def sign(self, watch: Watch, back: int) -> None:
        """Every answer of the report is given, until it is in the archive."""
        wanted = request(self.house.reports, watch.dag, self.house.period(watch.dag, back).label, now())
        approvers = Approvers(wanted, self.house.reports, self.house.register, self._postbox, self._say)
        if watch.until_end(approvers.answer, self._postbox.announce) != "success":
            raise SystemExit("\n".join(watch.errors()))

    def send_back(self, watch: Watch) -> None:
        """The head of department rejects, and the author explains: a second revision is begun."""
        self.wait(watch, "initial_review")
        watch.answer(
            self._task(watch, "initial_review"), "head_of_department", "Reject", "请说明高优先级事件超时的原因。"
        )
        self.wait(watch, "rework")
        said = {"data": COLLECT, "section_a": "超时集中在支付服务的两次故障，已在问题管理中立项。"}
        watch.answer(self._task(watch, "rework"), "report_author", "OK", None, said)

    def asked_again(self, watch: Watch) -> None:
        second = Ref(watch.dag, self.house.period(watch.dag).label, 2)
        self.house.wait(lambda: self.house.asked(second, "initial_review"), f"{second}: initial_review")

    def wait(self, watch: Watch, task: str) -> None:
        self.house.wait(lambda: self.house.waits(watch.dag, watch.run, task), f"{watch.dag}: {task}")

    def _task(self, watch: Watch, name: str) -> dict[str, Any]:
        return next(one for one in self.house.airflow.client().tasks(watch.dag, watch.run) if one["task_id"] == name)


def main() -> None:
    if printed.missing():
        raise SystemExit(f"Install first, as root: apt-get install {' '.join(printed.missing())}")
    say = Say()
    lay_out()
    place = settings()
    reports = report_list(place)
    sample(place, reports, now())
    Register(place.register_url).upgrade()
    with ExitStack() as stack:
        sink = stack.enter_context(MailSink(place.var / "mail"))
        airflow = stack.enter_context(Embedded(place, reports, sink.port, {"ITSS_POKE_S": "10"}))
        house = House(place, reports, airflow, launch(stack.enter_context(sync_playwright())), PLACE / "raw")
        walk = Walk(house, sink, say)
        before = [walk.begin(report, 1) for report in READ.values()]
        current, internal = walk.begin(CUSTOMER), walk.begin(INTERNAL)
        walk.send_back(current)
        for watch in before:
            walk.sign(watch, 1)
        walk.asked_again(current)
        walk.wait(internal, "initial_review")
        Pictures(house).take()
    taken = sum(path.stat().st_size for path in TO.glob("*.png"))
    say(f"{TO}: {len(list(TO.glob('*.png')))} pictures, {taken / 1e6:.1f} MB")


class Pictures:
    """Each page as the person for whom it is made sees it, in both languages, wide and on a phone."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.waiting = Ref(CUSTOMER, house.period(CUSTOMER).label, 2)
        self.owed = house.period(SUPPLIER).label
        self._painter = house.browser.new_page()

    def take(self) -> None:
        for language in LANGUAGES:
            for width, size in ((WIDE, ""), (PHONE, ".phone")):
                self._of(f"board{size}", "report_manager", links.PORTAL + "/", language, width)
                self._of(f"revision{size}", "head_of_department", links.revision_path(self.waiting), language, width)
                self._of(f"turn{size}", "head_of_department", links.turn_path(), language, width)
                self._of(f"improvements{size}", "report_manager", links.PORTAL + "/improvements", language, width)
                self._hand_in(f"hand_in{size}", language, width)
                self._mail(f"mail{size}", language, width)
            self._documents(language)
        self._file(Ref(INTERNAL, self.house.period(INTERNAL).label, 1), "report.html", "page.internal", WIDE, 1700)
        self._of_airflow()

    def _of_airflow(self) -> None:
        run = f"rework__{self.waiting.period}__r02"
        with self.house.visit("head_of_department", "en") as page:
            page.goto(f"/dags/{CUSTOMER}/runs/{run}")
            page.get_by_role("button", name="Show Graph").or_(page.get_by_label("Show Graph")).first.click()
            page.locator(".react-flow__node").first.wait_for()
            page.wait_for_load_state("networkidle")
            self._shoot(page, "graph")
            page.goto(f"/dags/{CUSTOMER}/runs/{run}/tasks/initial_review/required_actions")
            page.get_by_role("button", name="Approve").wait_for()
            self._shoot(page, "approval")
            page.goto("/plugin/itss")
            page.wait_for_load_state("networkidle")  # the page loads once more in the language of the UI
            page.frame_locator("iframe").get_by_role("heading", level=1).wait_for()
            self._shoot(page, "navigation")

    def _documents(self, language: Language) -> None:
        """The customer's report of the month before, as it was signed and sent, and the minutes of its review."""
        ref = Ref(READ[language], self.house.period(CUSTOMER, 1).label, 1)
        for name, width, height in (("page", WIDE, 1700), ("page.phone", PHONE, 1500)):
            self._file(ref, "report.html", f"{name}.{language}", width, height)
        self._file(ref, "minutes.html", f"minutes.{language}", WIDE, 900)
        for name, width in (("delivered", WIDE), ("delivered.phone", PHONE)):
            self._letter(f"{name}.{language}", self._delivered(ref), language, width)
        paper = printed.pages(self._bytes(ref, "report.pdf"))
        self._keep(f"print.{language}", printed.laid_out(self._painter, paper, 3 if len(paper) > 4 else 2, 1300))
        self._keep(f"print.first.{language}", printed.laid_out(self._painter, paper[:1], 1, 940))
        said = catalogue.load(language)
        sheets = printed.sheets(
            self._bytes(ref, "report.xlsx"), [f"{one} {said(f'section.{one}.title')}" for one in "acf"]
        )
        self._keep(f"workbook.{language}", printed.laid_out(self._painter, sheets, 2, 1500))

    def _delivered(self, ref: Ref) -> EmailMessage:
        title = self.house.reports.entry(ref.report).title.of("zh-CN" if ref.report == CUSTOMER else "en")
        mails = self.house.mails_to("customer_representative", title)
        return next(mail for mail in mails if any(mail.iter_attachments()))

    def _file(self, ref: Ref, file: str, name: str, width: int, height: int) -> None:
        """The upper part of a page as the portal gives it."""
        with self.house.visit("head_of_department", width=width) as page:
            page.set_viewport_size({"width": width, "height": height})
            page.goto(f"{links.revision_path(ref)}/files/{file}")
            self._shoot(page, name)

    def _bytes(self, ref: Ref, file: str) -> bytes:
        with self.house.visit("head_of_department") as page:
            answer = page.request.get(f"{links.revision_path(ref)}/files/{file}")
            assert answer.ok, f"{ref} {file}: {answer.status}"
            return answer.body()

    def _of(self, name: str, user: str, path: str, language: Language, width: int) -> None:
        with self.house.visit(user, language, width=width) as page:
            page.goto(path)
            page.wait_for_load_state("networkidle")
            self._shoot(page, f"{name}.{language}")

    def _hand_in(self, name: str, language: Language, width: int) -> None:
        with self.house.visit("data_provider", language, width=width) as page:
            path = links.hand_in_path(SUPPLIER, self.owed)
            template = page.request.get(f"{path}/capacity/template").body()
            wrong = {"id": "C1", "resource": "db", "kind": "memory", "sampled_at": "32.13.2026", "utilisation": 140}
            file = filled(template, PLACE / "capacity.xlsx", [wrong, wrong | {"utilisation": "much"}])
            page.goto(path)
            hand_in(page, file, words(language)("hand_in.send"))
            self._shoot(page, f"{name}.{language}")

    def _mail(self, name: str, language: Language, width: int) -> None:
        """The notice of a Chinese report, and of an English one."""
        report = CUSTOMER if language == "zh-CN" else INTERNAL
        mail = self.house.mails_to("head_of_department", self.house.period(report).label, report)[-1]
        self._letter(f"{name}.{language}", mail, language, width)

    def _letter(self, name: str, mail: EmailMessage, language: Language, width: int) -> None:
        with self.house.visit("", language, width=min(width, LETTER)) as page:
            page.set_content(html_of(mail))
            self._shoot(page, name)

    def _shoot(self, page: Page, name: str) -> None:
        self._keep(name, page.screenshot(animations="disabled"))

    def _keep(self, name: str, png: bytes) -> None:
        (TO / f"{name}.png").write_bytes(shrink(png))


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


if __name__ == "__main__":
    sys.exit(main())
