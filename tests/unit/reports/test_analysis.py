"""The written analysis: every number stands in the figures, nothing is called a signal that is none, parts add up."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from itss.agreements.models import AgreementVersion, ServiceHours, Target, TimeTarget
from itss.measures.compute import Measured, measure_all
from itss.periods import parse_period
from itss.processes import PROCESSES
from itss.reports import catalogue, content
from itss.reports.cells import Cells
from itss.reports.composition import composition, largest
from itss.reports.content import Report, ReportInputs
from itss.reports.document import OwnWords
from itss.reports.verdict import movement
from itss.reports.writer import Writer
from report_parts import contents

SEPTEMBER = parse_period("2026-09", "month", "Asia/Shanghai")
SERVICES, PRIORITIES = ("Email", "ERP", "VPN"), ("High", "Low")
OUTCOMES = ["successful"] * 9 + ["failed"]
KEYS = ("incident", "change", "satisfaction")
AGREED = AgreementVersion(
    version="2026",
    effective_from=dt.date(2020, 1, 1),
    service_hours=ServiceHours(always=True),
    time_targets={name: TimeTarget(response_h=None, resolution_h=20) for name in PRIORITIES},
    targets=tuple(
        Target(process=process, measure=measure, at_least=least)
        for process, measure, least in (
            ("incident", "resolution_compliance", 0.7),
            ("change", "change_success_rate", 0.9),
            ("satisfaction", "csat_top2", 0.6),
        )
    ),
)


def drawn(seed: int, months: int) -> dict[str, pd.DataFrame]:
    """Incidents, changes and answers of the months up to September, more or fewer of them from month to month."""
    rng = np.random.default_rng(seed)
    rows: dict[str, list[dict[str, Any]]] = {key: [] for key in KEYS}
    for back in range(months - 1, -1, -1):
        month = SEPTEMBER.shift(-back)
        for key, most in (("incident", 80), ("change", 30), ("satisfaction", 40)):
            for number in range(int(rng.integers(most // 3, most))):
                at = pd.Timestamp(month.start) + pd.Timedelta(hours=float(rng.uniform(1, 600)))
                end = at + pd.Timedelta(hours=float(rng.exponential(15)))
                common = {
                    "id": f"{key[:3].upper()}-{back:02d}-{number}",
                    "service": str(rng.choice(SERVICES)),
                    "priority": str(rng.choice(PRIORITIES)),
                }
                dates = {
                    "incident": {"opened_at": at, "resolved_at": end, "is_major": bool(rng.random() < 0.02)},
                    "change": {"opened_at": at, "ended_at": end, "outcome": str(rng.choice(OUTCOMES))},
                    "satisfaction": {"sent_at": at, "answered_at": end, "score": float(rng.integers(1, 6)),
                                     "scale_min": 1.0, "scale_max": 5.0},
                }  # fmt: skip
                rows[key].append(common | dates[key])
    return {key: _typed(key, pd.DataFrame(rows[key])) for key in KEYS}


def _typed(process: str, frame: pd.DataFrame) -> pd.DataFrame:
    known = {column.name: column.type for column in PROCESSES[process].columns}
    frame = frame[[name for name in frame if name in known]]
    for name in frame:
        if known[name] == "instant":
            frame[name] = pd.to_datetime(frame[name], utc=True).dt.floor("s").dt.as_unit("us")
        elif known[name] == "boolean":
            frame[name] = frame[name].astype("boolean")
    return frame


def inputs(material: ModuleType, language: str, measured: Measured, **changes: Any) -> ReportInputs:
    processes = {key: PROCESSES[key] for key in KEYS}
    measures = {(m.process, m.id): m for process in processes.values() for m in process.measures}
    frames = {name: getattr(measured, name) for name in Measured.__dataclass_fields__}
    given: ReportInputs = material.make(
        language, measured=frames, measures=measures, processes=processes, agreement=AGREED, findings=[], **changes
    )
    return given


def writer(given: ReportInputs) -> Writer:
    return Writer(given, Cells(catalogue.load(given.entry.language), given.period.zone))


@pytest.fixture(scope="module", params=[(1, 14), (2, 14), (3, 4), (4, 1)], ids=lambda p: f"{p[1]} months")
def measured(request: pytest.FixtureRequest) -> Measured:
    seed, months = request.param
    known = {key: PROCESSES[key] for key in KEYS}
    return measure_all(drawn(seed, months), known, SEPTEMBER, AGREED, ("service", "priority"), 14)


# every number


def said_numbers(text: str, names: list[str]) -> list[str]:
    """The numbers in a sentence, without those in names, ids, period labels and the confidence level."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, " ")
    text = re.sub(
        r"95\s?%\s?(interval|置信区间)|[A-Z]{3}-\d+-\d+|\d{4}-\d{2}-\d{2} \d{2}:\d{2}|\d{4}-\d{2}\b", " ", text
    )
    return re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)


def numbers_of(given: ReportInputs) -> set[str]:
    """Every number that the tables carry, their differences and counts, in all the ways it may be printed."""
    tables = given.measured
    raw: list[float] = [float(n) for n in range(16)]  # how many targets, points, periods there are
    for frame in (tables.figures, tables.before, tables.trends, tables.history, tables.major_events):
        for name in frame.select_dtypes("number"):
            raw += frame[name].dropna().astype(float).tolist()
    trends = tables.trends
    for earlier in ("previous", "last_year"):
        raw += (trends["value"] - trends[earlier]).dropna().tolist()
        raw += ((trends["value"] - trends[earlier]) / trends[earlier].abs().replace(0, np.nan)).dropna().tolist()
    raw += _against(tables)
    events = tables.major_events
    for pair in ("opened", "breaches"):
        if f"{pair}_before_7d" in events:
            before, after = events[f"{pair}_before_7d"].astype(float), events[f"{pair}_after_7d"].astype(float)
            raw += [*(after - before), *((after - before) / before.replace(0, np.nan)).dropna()]
    rows = tables.nonconformities.drop_duplicates(["process", "id"])
    raw += [len(rows), *rows["service"].value_counts(), *rows["priority"].value_counts()]
    raw += [(trends["signal"]).sum(), *trends["limits"].value_counts(), *trends["direction"].value_counts()]
    raw += [count - 3 for count in [trends["signal"].sum(), *trends["direction"].value_counts()]]  # *and n more*
    return {f"{abs(value) * scale:,.{places}f}" for value in raw for scale in (1, 100) for places in range(5)}


def _against(tables: Measured) -> list[float]:
    """The cases against each share, and how every count and these changed, by member."""
    keys = ["process", "measure", "dimension", "member"]
    now, then = (
        frame.set_index(keys)[["value", "numerator", "denominator"]] for frame in (tables.figures, tables.before)
    )
    both = now.join(then.add_suffix("_then"), how="outer").fillna(0.0)
    found = (both["value"] - both["value_then"]).tolist()
    for numerator in (both["numerator"], both["denominator"] - both["numerator"]):
        found += numerator.tolist()
    for part, part_then in (
        (both["numerator"], both["numerator_then"]),
        (both["denominator"] - both["numerator"], both["denominator_then"] - both["numerator_then"]),
    ):
        found += [*part_then, *(part - part_then)]
    return found


def sentences(report: Report) -> Iterator[tuple[str, str]]:
    for section in contents(report):
        for text in (*section.lead, *section.analysis):
            yield section.key, text


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_number_in_a_sentence_stands_in_the_figures(
    material: ModuleType, measured: Measured, language: str
) -> None:
    given = inputs(material, language, measured)
    carried = numbers_of(given)
    names = [m.name.of(language) for m in given.measures.values()]
    told = 0
    for key, text in sentences(content.build(given)):
        if key == "a" and AGREED.version in text:
            continue  # the agreement's version is no figure
        for number in said_numbers(text, names):
            assert number in carried, text
            told += 1
    assert told > 5


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_two_to_five_sentences_a_section(material: ModuleType, measured: Measured, language: str) -> None:
    report = content.build(inputs(material, language, measured))
    stops = ("。",) if language == "zh-CN" else (".",)
    for section in contents(report):
        assert all(text.endswith(stops) for text in section.analysis), section.analysis
        assert len(set(section.analysis)) == len(section.analysis)
        # section c begins with a line for each of its processes
        told_before = min(len(section.lead), 1) if section.key == "c" else len(section.lead)
        assert told_before + len(section.analysis) <= 5
    if len(measured.before):
        told = {section.key: len(section.lead) + len(section.analysis) for section in contents(report)}
        assert min(told[key] for key in "abcef") >= 2, told


# signals


def is_signal_by_hand(values: list[float], unit: str) -> bool | None:
    """The last point against limits of all of them, or eight on one side; None below thirteen."""
    if len(values) < 13:
        return None
    mean = sum(values) / len(values)
    spread = 2.66 * sum(abs(b - a) for a, b in itertools.pairwise(values)) / (len(values) - 1)
    low, high = (
        (max(0, mean - spread), min(1, mean + spread)) if unit == "share" else (max(0, mean - spread), mean + spread)
    )
    outside = values[-1] < low - 1e-12 or values[-1] > high + 1e-12
    last = values[-8:]
    return outside or all(v > mean + 1e-12 for v in last) or all(v < mean - 1e-12 for v in last)


def test_only_a_signal_is_called_one(material: ModuleType, measured: Measured) -> None:
    desk = writer(inputs(material, "en", measured))
    seen = set()
    for figure in desk.given.whole.values():
        text = movement(desk, figure)
        line = measured.history.query(f"process == '{figure.key[0]}' and measure == '{figure.key[1]}'")[
            "value"
        ].dropna()
        if not text or figure.measure.unit == "score" or line.nunique() < 2:
            continue
        wanted = is_signal_by_hand(line.tolist(), figure.measure.unit)
        assert text.endswith(": a signal.") == (wanted is True), text
        assert text.endswith("no signal.") == (wanted is False), text
        is_untold = wanted is None and "stayed at" not in text
        assert ("too few to judge whether that is a signal" in text) == is_untold, text
        seen.add(wanted)
    assert seen <= {True, False, None}
    assert (len(measured.before) == 0) == (not seen)


def test_without_a_signal_a_met_change_is_not_taken_apart(material: ModuleType, measured: Measured) -> None:
    report = content.build(inputs(material, "en", measured))
    by_name = {f"{desk_name}": trend for desk_name, trend in _trends_by_label(report, material, measured).items()}
    for _, text in sentences(report):
        found = re.match(r"(?:The cases that count against )?(.+?) went from", text)
        if found and found[1] in by_name:
            figure, trend = by_name[found[1]]
            assert trend.is_signal or figure.status == "missed" or trend.upper is None


def _trends_by_label(report: Report, material: ModuleType, measured: Measured) -> dict[str, Any]:
    desk = writer(inputs(material, "en", measured))
    return {desk.label(f): (f, desk.trend(f)) for f in desk.given.whole.values() if desk.trend(f)}


# what a change is made of, by hand


def incidents(*counts: tuple[int, str, str, int, float]) -> dict[str, pd.DataFrame]:
    """(month, service, priority, how many, hours to solve)."""
    rows = []
    for month, service, priority, count, hours in counts:
        for number in range(count):
            at = pd.Timestamp(f"2026-{month:02d}-03T00:00Z") + pd.Timedelta(hours=number)
            rows.append(
                {"id": f"INC-{month}-{len(rows)}", "service": service, "priority": priority, "opened_at": at,
                 "resolved_at": at + pd.Timedelta(hours=hours)}
            )  # fmt: skip
    return {"incident": _typed("incident", pd.DataFrame(rows))}


def by_hand(material: ModuleType, *counts: tuple[int, str, str, int, float], language: str = "en") -> Writer:
    known = {"incident": PROCESSES["incident"]}
    measured = measure_all(incidents(*counts), known, SEPTEMBER, AGREED, ("service", "priority"), 14)
    return writer(inputs(material, language, measured))


def test_parts_are_named_until_half_of_the_change_is(material: ModuleType) -> None:
    desk = by_hand(
        material,
        (8, "Email", "Low", 4, 1), (8, "ERP", "High", 4, 1), (8, "VPN", "Low", 2, 1),
        (9, "Email", "Low", 10, 1), (9, "ERP", "High", 7, 1), (9, "VPN", "Low", 1, 1),
    )  # fmt: skip
    opened = desk.given.whole["incident", "opened"]
    assert composition(desk, opened) == (
        "Incident management · Opened went from 10 to 18 (+8); the largest parts: by service Email (+6); "
        "by priority Low (+5)."
    )
    assert largest(desk, opened) == (
        "The largest parts of Incident management · Opened 18: by service Email (10); by priority Low (11)."
    )


def test_of_a_share_the_cases_against_it_are_taken_apart(material: ModuleType) -> None:
    desk = by_hand(
        material,
        (8, "Email", "Low", 9, 1), (8, "ERP", "High", 1, 30),
        (9, "Email", "Low", 5, 1), (9, "ERP", "High", 4, 30), (9, "VPN", "High", 1, 30),
        language="zh-CN",
    )  # fmt: skip
    rate = desk.given.whole["incident", "resolution_compliance"]
    assert (rate.value, rate.status) == (0.5, "missed")
    assert composition(desk, rate) == (
        "事件管理 · SLA达成率（解决）中不符合的件数由 1 变为 5（+4），其中变化最大的："
        "按服务为 ERP（+3）；按优先级为 High（+4）。"
    )


def test_minutes_are_no_cases(material: ModuleType) -> None:
    figures = material.figures()
    down = (figures["measure"] == "service_level_attainment") & (figures["dimension"] == "")
    figures.loc[down, ["numerator", "denominator", "n"]] = [70911.0, 71280.0, 71280]
    known = material.measures()
    key = ("service_level", "service_level_attainment")
    known[key] = replace(known[key], counted_in="minutes")
    frames = {"figures": figures, "before": figures.assign(value=1.0)}
    desk = writer(material.make("en", measured=frames, measures=known))
    assert composition(desk, desk.given.whole["service_level", "service_level_attainment"]) == ""
    told = {point.head: point.text for point in content.build(desk.given).wrong}
    assert told["Service level · Service level attainment"] == (
        "97.5% against a target of ≥ 99.0%; nobody has said yet what is being done"
    )


def test_a_change_of_many_opposite_ones_is_no_members_doing(material: ModuleType) -> None:
    desk = by_hand(
        material,
        (8, "Email", "Low", 10, 1),
        (8, "ERP", "Low", 1, 1),
        (9, "Email", "Low", 2, 1),
        (9, "ERP", "Low", 10, 1),
    )
    assert composition(desk, desk.given.whole["incident", "opened"]) == (
        "Incident management · Opened went from 11 to 12 (+1); the largest parts: by priority Low (+1)."
    ), "services went −8 and +9"


def test_a_restated_past_is_not_taken_apart(material: ModuleType) -> None:
    rows = incidents((8, "Email", "Low", 4, 1), (9, "Email", "Low", 9, 1))
    published = pd.DataFrame(
        [("opened", "incident", "2026-08", 3.0, 3, "", 1)],
        columns=["measure", "process", "period", "value", "n", "status", "version"],
    )
    known = {"incident": PROCESSES["incident"]}
    measured = measure_all(rows, known, SEPTEMBER, AGREED, ("service",), 14, published)
    desk = writer(inputs(material, "en", measured))
    opened = desk.given.whole["incident", "opened"]
    assert "against 3 in the last period" in movement(desk, opened)
    assert composition(desk, opened) == "", "the services of August add up to 4, not to the 3 that were published"


def test_a_limit_never_reads_like_the_figure_that_crossed_it(material: ModuleType) -> None:
    given = material.make("en")
    trends = given.measured.trends.assign(limits="fixed")
    one = trends["measure"] == "resolution_compliance"
    trends.loc[one, ["value", "lower", "upper", "mean", "signal"]] = [0.9124, 0.91244, 0.97, 0.95, True]
    desk = writer(material.make("en", measured={"trends": trends}))
    text = movement(desk, desk.given.whole["incident", "resolution_compliance"])
    assert "91.2% (n = 800), against 96.1% (n = 800)" in text
    assert "outside its control limits 91.244% to 97.0%: a signal." in text


def test_what_the_limits_and_points_stand_on_is_told(material: ModuleType) -> None:
    report = content.build(material.make("en", measured={"restatements": material.restatements(
        ("opened", "incident", "2026-07", 700.0, 712.0))}))  # fmt: skip
    (section,) = (s for s in contents(report) if s.key == "e")
    assert (
        "1 published figure differs from what the data yield today; it is listed in the revision history."
        in section.analysis
    )
    assert "which are computed from the source: 2025-07, 2025-08, 2025-09" not in section.analysis[-1]
    assert "computed from the source: 2025-07 to 2025-09 (3)." in section.analysis[-1]
    assert report.restatements is not None
    assert [cell.text for cell in report.restatements.rows[0]] == ["Incident · Opened", "2026-07", "700", "712", "+12"]


def test_the_comment_is_marked_as_the_authors(material: ModuleType) -> None:
    report = content.build(material.make("zh-CN", comment=" 人手不足。 "))
    assert [block.text for block in report.body[0].blocks if isinstance(block, OwnWords)] == ["人手不足。"]
    assert not any("人手不足" in text for _, text in sentences(report)), "never mixed with what was generated"
