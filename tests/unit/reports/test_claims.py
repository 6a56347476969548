"""Every sentence that claims something, over generated cases: wherever it is printed, its condition holds."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from claims import CLAIMS, ELSEWHERE, FAMILIES, NEUTRAL, Facts
from itss.agreements.models import AgreementVersion, ServiceHours, Target, TimeTarget
from itss.measures.compute import Measured, measure_all
from itss.measures.coverage import Collected
from itss.measures.scoping import SourceFacts
from itss.periods import parse_period
from itss.processes import PROCESSES
from itss.reports import catalogue, content
from itss.reports.catalogue import Catalogue
from itss.reports.content import Report, Submission
from itss.reports.document import Chart, Listing, Paragraph, Table
from report_parts import Content, appendices, contents

SEPTEMBER = parse_period("2026-09", "month", "Asia/Shanghai")
KEYS = ("incident", "change", "satisfaction")
AXES: dict[str, tuple[str, ...]] = {
    "major": ("none", "absent", "blank", "happened", "lasts"),
    "change": ("collected", "missing", "no rows", "never filled"),
    "covered": ("whole", "part", "none"),
    "volume": ("many", "few now", "few before", "few", "one", "none now"),
    "outcome": ("all met", "none met", "mixed", "better", "worse", "stepped", "drifting"),
    "agreed": ("nothing", "three", "one", "with unmeasured"),
    "months": ("14", "3", "1"),
}
Case = dict[str, str]
WHOLE = {
    "major": "none",
    "change": "collected",
    "covered": "whole",
    "volume": "many",
    "agreed": "three",
    "months": "14",
}


def cases() -> list[Case]:
    """Few cases that have each pair of settings in one of them at least, and those of a long whole series."""
    rng = np.random.default_rng(11)
    pairs = {
        ((one, a), (other, b)) for one, other in itertools.combinations(AXES, 2) for a in AXES[one] for b in AXES[other]
    }
    found: list[Case] = []
    while pairs:
        drawn = [{name: str(rng.choice(values)) for name, values in AXES.items()} for _ in range(60)]
        best = max(drawn, key=lambda case: len(pairs & _pairs(case)))
        if _pairs(best) & pairs:
            found.append(best)
            pairs -= _pairs(best)
    whole = [WHOLE | {"outcome": outcome} for outcome in AXES["outcome"]]
    return [*found, *whole, *(whole[0] | {"major": major} for major in ("happened", "lasts"))]


def _pairs(case: Case) -> set[tuple[tuple[str, str], tuple[str, str]]]:
    return set(itertools.combinations(case.items(), 2))  # type: ignore[arg-type]


# the rows of a case


def rows_of(case: Case) -> dict[str, pd.DataFrame]:
    months = int(case["months"])
    incidents = [row for back in range(months) for row in _month(case, SEPTEMBER.shift(-back), back)]
    found = {"incident": _typed("incident", incidents, case)}
    if case["change"] != "missing":
        changes = [row for back in range(months) for row in _changes(case, SEPTEMBER.shift(-back), back)]
        found["change"] = _typed("change", [] if case["change"] == "no rows" else changes, case)
    surveys = [row for back in range(months) for row in _surveys(case, SEPTEMBER.shift(-back), back)]
    found["satisfaction"] = _typed("satisfaction", surveys, case)
    return found


def _count(case: Case, back: int) -> int:
    now = {"few now": 3, "few": 3, "one": 1, "none now": 0}.get(case["volume"], 40)
    then = {"few before": 3, "few": 3, "one": 1}.get(case["volume"], 40)
    return now if back == 0 else then + (back % 3 if then > 10 else 0)


def _share(case: Case, back: int) -> float:
    """How many of the month's rows go well."""
    sawtooth = 0.1 * (back % 2)
    course = {
        "all met": 1.0,
        "none met": 0.0,
        "mixed": 0.8,
        "better": 0.95 - 0.04 * back,
        "worse": 0.4 + 0.04 * back,
        "stepped": (0.8 if back < 8 else 0.65) + sawtooth,
        "drifting": 0.85 - 0.015 * back - sawtooth,
    }
    return course[case["outcome"]]


def _has_major(case: Case) -> bool:
    return case["major"] in ("happened", "lasts")


def _month(case: Case, month: Any, back: int) -> Iterator[dict[str, Any]]:
    count = _count(case, back)
    for number in range(count):
        at = pd.Timestamp(month.start) + pd.Timedelta(hours=1 + number * 600 // max(count, 1))
        is_good = number < round(_share(case, back) * count)
        is_major = _has_major(case) and back + number == 0
        resolved = at + pd.Timedelta(hours=5 if is_good else 30)
        yield {
            "id": f"INC-{back:02d}-{number}",
            "service": ("Email", "ERP")[number % 2], "priority": ("High", "Low")[number % 2],
            "opened_at": at,
            "resolved_at": pd.NaT if is_major and case["major"] == "lasts" else resolved,
            "is_major": is_major,
        }  # fmt: skip


def _changes(case: Case, month: Any, back: int) -> Iterator[dict[str, Any]]:
    for number in range(12):
        at = pd.Timestamp(month.start) + pd.Timedelta(hours=1 + number * 24)
        is_major = None if case["change"] == "never filled" else _has_major(case) and back + number == 0
        yield {
            "id": f"CHG-{back:02d}-{number}", "service": "ERP", "priority": "Low", "opened_at": at, "started_at": at,
            "ended_at": at + pd.Timedelta(hours=2), "is_major": is_major,
            "outcome": "successful" if case["outcome"] != "none met" else "failed",
        }  # fmt: skip


def _surveys(case: Case, month: Any, back: int) -> Iterator[dict[str, Any]]:
    count = _count(case, back)
    for number in range(count):
        at = pd.Timestamp(month.start) + pd.Timedelta(hours=1 + number * 600 // max(count, 1))
        score = 5.0 if number < round(_share(case, back) * count) else 1.0
        yield {
            "id": f"SAT-{back:02d}-{number}", "service": "ERP", "sent_at": at,
            "answered_at": at + pd.Timedelta(hours=1), "score": score, "scale_min": 1.0, "scale_max": 5.0,
        }  # fmt: skip


def _typed(process: str, rows: list[dict[str, Any]], case: Case) -> pd.DataFrame:
    known = {column.name: column.type for column in PROCESSES[process].columns}
    names = [
        "id",
        "opened_at",
        "started_at",
        "resolved_at",
        "ended_at",
        "is_major",
        "outcome",
        "sent_at",
        "answered_at",
    ]
    frame = pd.DataFrame(rows, columns=None if rows else [name for name in names if name in known])
    for name in frame:
        if known[name] == "instant":
            frame[name] = pd.to_datetime(frame[name], utc=True).dt.as_unit("us")
        elif known[name] == "boolean":
            frame[name] = frame[name].astype("boolean")
    if process == "incident" and case["major"] == "absent":
        frame = frame.drop(columns="is_major", errors="ignore")
    if process == "incident" and case["major"] == "blank":
        frame["is_major"] = pd.Series(pd.NA, index=frame.index, dtype="boolean")
    return frame


def agreement(case: Case) -> AgreementVersion:
    wanted = {
        "nothing": [],
        "one": [("incident", "resolution_compliance", "", "")],
        "three": [
            ("incident", "resolution_compliance", "", ""),
            ("incident", "resolution_compliance", "priority", "High"),
            ("change", "change_success_rate", "", ""),
            ("satisfaction", "csat_top2", "", ""),
        ],
        "with unmeasured": [
            ("incident", "response_compliance", "", ""),  # there is no time of response
            ("incident", "resolution_compliance", "", ""),
            ("change", "change_success_rate", "", ""),
        ],
    }[case["agreed"]]
    return AgreementVersion(
        version="1",
        effective_from=SEPTEMBER.shift(-30).first_day,
        service_hours=ServiceHours(always=True),
        time_targets={name: TimeTarget(response_h=4, resolution_h=20) for name in ("High", "Low")},
        targets=tuple(
            Target(process=process, measure=measure, at_least=0.8, warn=0.9, dimension=dimension, member=member)
            for process, measure, dimension, member in wanted
        ),
    )


def collected(case: Case) -> dict[str, Collected]:
    """What the sources say of themselves: all of it, but for the incidents of the case."""
    start, end = SEPTEMBER.shift(1 - int(case["months"])).start, SEPTEMBER.end
    days = {"whole": 0, "part": 20, "none": 45}[case["covered"]]
    found = {key: Collected(end, start, end) for key in KEYS}
    return found | {"incident": Collected(end, start, end - dt.timedelta(days=days))}


# what is printed


def printed(report: Report) -> list[str]:
    """Every text of the report that a reader sees."""
    calm = [
        text
        for text, items in zip(report.calm, (report.wrong, report.moved, report.findings), strict=True)
        if not items
    ]
    points = [text for point in (*report.wrong, *report.moved, *report.findings) for text in (point.head, point.text)]
    parts = [*(text for one in (*contents(report), *appendices(report)) for text in _of_section(one))]
    return [report.headline, *calm, *points, *_of_table(report.scorecard), *parts]


def _of_section(section: Content) -> Iterator[str]:
    yield from (*section.lead, *section.analysis)
    for block in section.blocks:
        if isinstance(block, Table):
            yield from _of_table(block)
        elif isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, (Listing, Chart)):
            yield block.caption if isinstance(block, Listing) else block.title


def _of_table(table: Table) -> Iterator[str]:
    yield from (table.caption, table.note, table.cut, *(cell.text for row in table.rows for cell in row))


@pytest.fixture(scope="module")
def measured() -> list[tuple[Case, dict[str, pd.DataFrame], Measured]]:
    known = {key: PROCESSES[key] for key in KEYS}
    found = []
    for case in cases():
        rows = rows_of(case)
        figures = measure_all(
            rows, known, SEPTEMBER, agreement(case), ("service", "priority"), 14, facts=SourceFacts(collected(case))
        )
        found.append((case, rows, figures))
    return found


def inputs(material: ModuleType, language: str, case: Case, rows: dict[str, pd.DataFrame], measured: Measured) -> Any:
    processes = {key: PROCESSES[key] for key in KEYS}
    frames = {name: getattr(measured, name) for name in Measured.__dataclass_fields__}
    is_agreed = frames["figures"]["status"].eq("not_available") & frames["figures"]["measure"].isin(
        target.measure for target in agreement(case).targets
    )
    frames["figures"] = frames["figures"].assign(target=frames["figures"]["target"].mask(is_agreed, 0.8))
    given = material.make(language)
    return material.make(
        language,
        measured=frames,
        measures={(m.process, m.id): m for process in processes.values() for m in process.measures},
        processes=processes,
        agreement=agreement(case),
        findings=[],
        submissions=[
            Submission(key, "a source", len(rows[key]), "0" * 64, given.cutoff_at, columns=tuple(rows[key]),
                       unfilled=tuple(name for name in rows[key] if rows[key][name].isna().all()))
            if key in rows else Submission(key, "a source", 0, "", given.cutoff_at, "It was not there.")
            for key in KEYS
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def said(material: ModuleType, measured: list[tuple[Case, dict[str, pd.DataFrame], Measured]]) -> list[tuple[str, str]]:
    """(what was claimed wrongly, where) and, in ``seen``, every claim that was printed; made once for all cases."""
    spoken: list[tuple[str, dict[str, object], str]] = []
    plain = Catalogue.__call__

    def record(self: Catalogue, key: str, /, **values: object) -> str:
        text = plain(self, key, **values)
        spoken.append((key, values, text))
        return text

    wrong: list[tuple[str, str]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Catalogue, "__call__", record)
        for (case, rows, figures), language in itertools.product(measured, ("zh-CN", "en")):
            spoken.clear()
            given = inputs(material, language, case, rows, figures)
            texts = "\n".join(printed(content.build(given))).casefold()
            facts = _facts(given, language, case, rows)
            for key, values, text in list(spoken):
                claim = _key(key)
                if claim in CLAIMS and text.casefold() in texts:
                    SEEN.add(claim)
                    if not CLAIMS[claim](facts, values):
                        wrong.append((f"{key}: {text}", str(case)))
    return wrong


SEEN: set[str] = set()


def _facts(given: Any, language: str, case: Case, rows: dict[str, pd.DataFrame]) -> Facts:
    labels = {
        key: f"{PROCESSES[key[0]].name.of(language)} · {measure.name.of(language)}"  # type: ignore[arg-type]
        for key, measure in given.measures.items()
    }
    frames = SimpleNamespace(**{name: getattr(given.measured, name) for name in Measured.__dataclass_fields__})
    return Facts(language, KEYS, rows, {"incident": case["covered"]}, frames, labels)


def _key(key: str) -> str:
    return key.removesuffix(".one").removesuffix(".other")


def test_no_sentence_claims_more_than_the_data_carry(said: list[tuple[str, str]]) -> None:
    assert not said, "\n".join(f"{text}\n    {case}" for text, case in said[:20])


def test_every_claim_was_tried(said: list[tuple[str, str]]) -> None:
    never = {
        "wrong.more", "wrong.more_not_measured", "wrong.more_events", "note.met_members", "moved.alone",
        "analysis.all_fixed", "analysis.fixed", "analysis.all_published", "analysis.some_published",
        "quality.nothing_checked", "standing.all", "empty.unavailable", "moved.worsening",
    }  # fmt: skip
    missed = sorted(CLAIMS.keys() - SEEN - never)
    assert missed == [], missed


def test_every_key_of_the_catalogue_has_its_condition_or_is_neutral() -> None:
    keys = {_key(key) for language in ("zh-CN", "en") for key in catalogue.load(language).keys}  # type: ignore[arg-type]

    def is_known(key: str) -> bool:
        parts = key.split(".")
        families = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
        return key in CLAIMS or key in ELSEWHERE or key in NEUTRAL or bool(families & FAMILIES)

    assert not [key for key in sorted(keys) if not is_known(key)], "say in claims.py when this may be said"
    assert not (CLAIMS.keys() | ELSEWHERE | NEUTRAL) - keys, "these words are gone"
    assert not CLAIMS.keys() & (ELSEWHERE | NEUTRAL)
