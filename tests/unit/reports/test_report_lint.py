"""Every shipped report keeps the rules for reports, whatever its data; and each rule finds what breaks it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import pytest
import report_lint
import report_material
from itss.reports import catalogue, content
from itss.reports.document import Block, Cell, Chart, Column, Facts, Paragraph, Part, Points, Report, Series, Table
from itss.reports.inputs import ReportInputs

TEMPLATES = ("customer", "internal", "supplier", "on_time", "improvement")
LANGUAGES = ("zh-CN", "en")


def without_targets(language: str, template: str) -> ReportInputs:
    figures = report_material.figures().assign(target=None, status="")
    return report_material.make(language, template, measured={"figures": figures}, agreement=None)


def with_nothing(language: str, template: str) -> ReportInputs:
    history, trends = report_material.history_and_trends()
    frames = {
        "figures": report_material.figures().head(0), "history": history.head(0), "trends": trends.head(0),
        "nonconformities": report_material.nonconformities(0), "major_events": report_material.major_events().head(0),
    }  # fmt: skip
    return report_material.make(language, template, measured=frames, findings=[])


def of_two_periods(language: str, template: str) -> ReportInputs:
    history, trends = report_material.history_and_trends()
    history = history[history["period"].isin(["2026-08", "2026-09"])]
    trends = trends.assign(n_points=2, mean=None, lower=None, upper=None, signal=None, direction="too_few", p=None)
    return report_material.make(language, template, measured={"history": history, "trends": trends})


CASES: dict[str, Callable[[str, str], ReportInputs]] = {
    "a month like others": report_material.make,
    "forty misses": lambda language, template: report_material.crowded(language, template=template),
    "no targets": without_targets,
    "nothing at all": with_nothing,
    "two periods": of_two_periods,
}


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {name for names in report_material._PROCESSES.values() for name in names}
    monkeypatch.setattr(report_lint, "PROCESS_NAMES", names)


@cache
def built(case: str, language: str, template: str) -> Report:
    return content.build(CASES[case](language, template))


@pytest.mark.parametrize(("template", "language", "case"), list(itertools.product(TEMPLATES, LANGUAGES, CASES)))
def test_shipped_reports_keep_the_rules(template: str, language: str, case: str) -> None:
    found = report_lint.lint(built(case, language, template))
    assert not found, "\n".join(found)


def test_targets_and_series_are_drawn_alike_everywhere() -> None:
    reports = [built(case, "en", template) for template, case in itertools.product(TEMPLATES, CASES)]
    assert not list(report_lint.drawn_alike(reports))


WORDS = catalogue.load("en")
GOOD = Chart("control", "Incident · Reopen rate", ("2026-08", "2026-09"), (Series("Reopen rate", (0.1, 0.2)),), "share",
             target=0.95, target_text="≥ 95.0%")  # fmt: skip


def report_of(*blocks: Block) -> Report:
    """A report that keeps every rule, and these blocks."""
    good = built("a month like others", "en", "customer")
    facts = Facts("About", ((WORDS("fact.author"), good.author),))
    return replace(good, body=(Part("front", "", "Summary", (facts,)), Part("a", "Targets", "a", tuple(blocks))))


def table(*titles: str, row: tuple[Cell, ...] = (), caption: str = "Incident") -> Table:
    return Table(caption, tuple(Column(title) for title in titles), (row,) if row else ())


def rate(text: str = "91.2%", **changes: object) -> Cell:
    return replace(Cell(text, 0.912, "share", 1), **changes)  # type: ignore[arg-type]


def broken() -> Iterator[tuple[str, Report, str]]:
    value, target, status, change, basis = (
        WORDS(f"column.{name}") for name in ("value", "target", "status", "change", "basis")
    )
    good = report_of()
    yield "title", replace(good, period=""), "lacks its title"
    yield "title", replace(good, body=(good.body[0], replace(good.body[1], title=""))), "part a has no title"
    yield "title", report_of(table("x", caption="")), "has no title"
    yield "title", report_of(GOOD, GOOD), "two exhibits are called"
    yield "title", report_of(replace(GOOD, title="Opened by service")), "does not say of which process"
    yield "time", report_of(replace(GOOD, categories=("2026-09", "2026-08"))), "left to right"
    yield "time", report_of(table("x", "2026-09", "2026-08")), "left to right"
    yield "look", report_of(table("x", target, value)), "stand as"
    yield "look", report_of(table("x", value, target, status, value)), "stand as"
    plan = replace(GOOD, series=(*GOOD.series, Series("Target", (0.9, 0.9))))
    yield "look", report_of(plan), "a series of its own"
    yield "look", report_of(replace(GOOD, target_text="")), "says no target"
    yield (
        "scale",
        report_of(GOOD, replace(GOOD, title="Incident · Rate", series=(Series("Rate", (0.9, 0.91)),))),
        "scales",
    )
    yield "sign", report_of(table("x", value, basis, row=(Cell("a"), Cell("+3"), Cell("9")))), "is no difference"
    yield "sign", report_of(table("x", change, row=(Cell("a"), Cell("3", 3.0, "count")))), "has no sign"
    yield "contact", replace(good, body=(replace(good.body[0], blocks=()), good.body[1])), "nobody is named"
    yield "contact", replace(good, author=""), "nobody is named"
    yield "base", report_of(table("x", value, row=(Cell("a"), rate()))), "says not of how many"
    yield "trend", report_of(Paragraph("Reopen rate is improving.", "lead")), "calls something a trend"
    yield "trend", report_of(Paragraph("Reopen rate is improving over 2 periods.", "lead")), "calls something a trend"


def test_a_report_that_keeps_the_rules_is_left_alone() -> None:
    value, basis = WORDS("column.value"), WORDS("column.basis")
    with_base = table("x", value, basis, row=(Cell("a"), rate(), Cell("730 / 800")))
    in_cell = table("x", value, row=(Cell("a"), rate("91.2% (n = 800)")), caption="Change")
    said = Paragraph("Reopen rate is improving over 12 periods.", "lead")
    assert report_lint.lint(report_of(GOOD, with_base, in_cell, said, Points("x", (), "none"))) == []


def test_each_rule_finds_what_breaks_it() -> None:
    for rule, report, wanted in broken():
        found = report_lint.lint(report)
        assert any(one.startswith(f"{rule}: ") and wanted in one for one in found), (rule, wanted, found)


def test_every_rule_is_tried() -> None:
    assert {rule for rule, _, _ in broken()} == report_lint.RULES.keys()


def test_a_target_line_of_another_look_is_found() -> None:
    drawings = ['<line class="target" stroke="#9a5b00"/>', '<line class="target" stroke="#ff0000"/>']
    looks = {look for drawing in drawings for _, look in report_lint.line_looks(drawing)}
    assert len(looks) == 2
