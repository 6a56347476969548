"""The pages that are looked at: report (with every kind of block), minutes, sign-off sheet, checks page."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import replace
from types import ModuleType
from typing import Any

from itss.checks.findings import Finding
from itss.checks.verdicts import Suite, Verdict
from itss.processes import PROCESSES
from itss.processes.base import Expectation
from itss.register.records import Review
from itss.reports import checks_page, content, minutes, sign_off
from itss.reports.document import (
    Heading,
    Items,
    PageBreak,
    Paragraph,
    Part,
    Picture,
    Report,
    Run,
)
from itss.reports.drawing import page
from itss.reports.template.look import Look
from itss.text import text

LANGUAGES = ("zh-CN", "en")
NAMES = ("report", "own", "minutes", "sign_off", "checks")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><rect width="90" height="30" fill="#7a1f3d"/></svg>'


def all_pages(material: ModuleType) -> dict[str, str]:
    """The pages by ``name.language``."""
    found = {}
    for language in LANGUAGES:
        report = content.build(material.make(language))
        found[f"report.{language}"] = page.render(report)
        found[f"own.{language}"] = page.render(own_look(report))
        found[f"minutes.{language}"] = _minutes(material, language)
        found[f"sign_off.{language}"] = _sign_off(language)
        found[f"checks.{language}"] = _checks()
    return found


def own_look(report: Report, **changes: Any) -> Report:
    """The report as a template of one's own may make it: own colours and logo, and every kind of block."""
    look = Look.model_validate(
        {
            "colours": {"brand": "#7a1f3d", "brand_2": "#d8a7b4"},
            "fonts": ["Source Han Sans SC"],
            "header": {"zh-CN": '仅供"某客户"', "en": 'For "Customer A" only \\ </style>'},
            "footer": {"zh-CN": "某公司", "en": "Some company"},
            "mark": {"zh-CN": "草稿", "en": "Draft"},
            "max_pages": 6,
        }
        | changes
    )
    written = Part("story", "<Story> & more", "story", blocks())
    detail = Part("detail", "Detail", "b 明细 detail", (Paragraph("only there"),), is_only_in_workbook=True)
    logo = Picture(SVG, "image/svg+xml", "某公司")
    body = (*report.body[:2], written, detail, *report.body[2:])
    marks = (*report.marks, *([look.mark.of(report.language)] if look.mark else []))  # as the contents take it over
    return replace(report, look=look, logo=logo, body=body, marks=marks)


def blocks() -> tuple[Any, ...]:
    """One of each kind that only a template can ask for."""
    runs = (
        Run("A "),
        Run("strong", strong=True),
        Run(" and "),
        Run("missed", tone="missed"),
        Run(" word, "),
        Run("at length", emphasis=True),
        Run(": "),
        Run("see there", href="https://customer.example/a?b=1&c=2"),
    )
    return (
        Heading("A heading"),
        Paragraph("A strong and missed word, at length: see there", runs=runs),
        Heading("A smaller one", 4),
        Items((Paragraph("first"), Paragraph("second", runs=(Run("sec"), Run("ond", strong=True)))), is_ordered=True),
        Items((Paragraph("<b>no markup</b>"),)),
        Paragraph("said by somebody", "quote"),
        Paragraph("a note", "note"),
        Picture(PIXEL, "image/png", "a point"),
        PageBreak(),
        Paragraph("after the break", "lead"),
    )


def _minutes(material: ModuleType, language: str) -> str:
    review = Review(
        held_on=dt.date(2026, 10, 12),
        attendees=("report_author", "A guest"),
        gaps="first line\nsecond line",
        trends="what it says",
        measures="what is done",
        who="report_author",
        at=dt.datetime(2026, 10, 12, 1, 30, tzinfo=dt.UTC),
    )
    return minutes.render(minutes.build(material.make(language), review, (), "c" * 64))


def _sign_off(language: str) -> str:
    carried = {
        "report": "customer_monthly",
        "period": "2026-09",
        "revision": 1,
        "files": {"report.html": {}, "report.xlsx": {}},
        "recipients": [{"title": "Customer representative", "address": "customer_representative@example.com"}],
        "folder": "/srv/shared/reports",
    }
    signed = [
        sign_off.Signature("Initial review", "checked", "Head of department", "head", "h1", "2026-10-12 09:30", ""),
        sign_off.Signature("Approval", "approved", "Representative", "rep", "rep", "2026-10-12 10:30", "<b>well</b>"),
    ]
    return sign_off.sheet(language, "IT operations", carried, "d" * 64, signed)  # type: ignore[arg-type]


def _checks() -> str:
    why, remedy = text("标识重复", "ids that are there twice"), text("请改正来源", "Correct the source.")
    rules = [
        Expectation(f"rule_{name}", "ExpectColumnValuesToBeUnique", {"column": "id"}, name, why, remedy)  # type: ignore[arg-type]
        for name in ("critical", "warning", "info")
    ]
    verdicts = [
        *(Verdict(rule, "failed", "", 3, 120, ("INC1", "INC2")) for rule in rules),
        Verdict(rules[0], "passed", "", 0, 120),
        Verdict(rules[0], "not asked"),
    ]
    suites = [
        Suite(process, f"connection itsm_sample, include/sql/itss/{process}.sql", 120, 3, tuple(verdicts))
        for process in ("incident", "change")
    ]
    found = [Finding("incident", "agreed", "warning", "id", 3, 120, ("INC1",), why, remedy, "x")]
    return checks_page.render("Monthly <report>", "2026-09 r01", PROCESSES, suites, found)
