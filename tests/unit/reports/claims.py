"""What must be true of the data for each sentence of the catalogue that claims something: a table, and no code of ours.

``CLAIMS`` has a condition by key, ``NEUTRAL`` the words that claim nothing (titles, units, labels) or that stand beside
the very number they are about. A key of the catalogue that is in neither fails a test. A condition is computed from the
rows that the case was made of and from the figures of the measures, never by the writer of the report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

Values = Mapping[str, Any]
FEW = 10
NAMES = {
    "zh-CN": {"incident": "重大事件", "change": "重大变更"},
    "en": {"incident": "Major incident", "change": "Major change"},
}


@dataclass(frozen=True)
class Facts:
    """One case: the rows by process (none of what was not collected), what is covered, and the measured frames."""

    language: str
    processes: tuple[str, ...]
    rows: Mapping[str, pd.DataFrame]
    covered: Mapping[str, str]
    measured: Any
    labels: Mapping[tuple[str, str], str]
    """*Process · measure* by key, in the language."""
    findings: int = 0

    @cached_property
    def targets(self) -> pd.DataFrame:
        found = self.measured.figures[self.measured.figures["target"].notna()]
        return found.assign(is_covered=[self.covered.get(p, "whole") == "whole" for p in found["process"]])

    def status(self, *names: str, covered: bool | None = None) -> int:
        is_asked = self.targets["status"].isin(names)
        if covered is not None:
            is_asked &= self.targets["is_covered"] == covered
        return int(is_asked.sum())

    @property
    def met(self) -> int:
        return self.status("met", "at_risk", covered=True)

    @property
    def judged(self) -> int:
        return self.met + self.status("missed")

    def has_event(self, process: str) -> bool:
        rows = self.rows.get(process)
        if rows is None or "is_major" not in rows:
            return False
        begin = rows["opened_at"] if process == "incident" else rows["started_at"].fillna(rows["ended_at"])
        end = rows["resolved_at" if process == "incident" else "ended_at"]
        start, stop = pd.Timestamp("2026-08-31T16:00Z"), pd.Timestamp("2026-09-30T16:00Z")
        return bool((rows["is_major"].fillna(False).astype(bool) & (begin < stop) & ~(end < start)).any())

    def state(self, process: str) -> str:
        """Why a process can or cannot be asked for its major events."""
        rows = self.rows.get(process)
        if rows is None or rows.empty:
            return "not_collected"
        if "is_major" not in rows or rows["is_major"].isna().all():
            return "not_recorded"
        return "told" if self.covered.get(process, "whole") == "whole" else "not_covered"

    def events(self, values: Values) -> list[str]:
        return [process for process, name in NAMES[self.language].items() if name in str(values["events"])]

    # whole figures and what they may be compared with

    @cached_property
    def whole(self) -> pd.DataFrame:
        rows = self.measured.figures
        rows = rows[(rows["dimension"] == "") & rows["value"].notna()]
        line = self.measured.history.set_index(["process", "measure", "period"])[["value", "n"]]
        keys = pd.MultiIndex.from_arrays([rows["process"], rows["measure"], ["2026-08"] * len(rows)])
        before = line.reindex(keys)
        trends = self.measured.trends.set_index(["process", "measure"])
        now = trends.reindex(pd.MultiIndex.from_arrays([rows["process"], rows["measure"]]))
        is_of_cases = rows["unit"].isin(["share", "h", "score"]) & (rows["measure"] != "effort_h")
        n_before = before["n"].astype("float64").fillna(FEW).to_numpy()
        return rows.assign(
            previous=before["value"].to_numpy(),
            is_few=is_of_cases & ((rows["n"] < FEW) | (n_before < FEW)),
            is_covered=[self.covered.get(p, "whole") == "whole" for p in rows["process"]],
            upper=now["upper"].to_numpy(dtype="float64"),
            is_signal=now["signal"].fillna(False).to_numpy(dtype=bool),
            direction=now["direction"].to_numpy(),
            is_in_history=now["n_points"].notna().to_numpy(),
        )

    @property
    def compared(self) -> pd.DataFrame:
        rows = self.whole
        return rows[~rows["is_few"] & rows["is_covered"] & rows["previous"].notna()]

    @property
    def in_trends(self) -> pd.DataFrame:
        rows = self.whole
        return rows[rows["is_covered"] & rows["is_in_history"]]

    def named(self, text: object) -> pd.DataFrame:
        """The whole figures that a text names, the longest names first."""
        rest, found = str(text), []
        for key, label in sorted(self.labels.items(), key=lambda item: -len(item[1])):
            if label in rest:
                rest = rest.replace(label, " ")
                found.append(key)
        keys = list(zip(self.whole["process"], self.whole["measure"], strict=True))
        return self.whole[[key in found for key in keys]]

    def may_be_compared(self, text: object) -> bool:
        rows = self.named(text)
        return len(rows) == 1 and bool((~rows["is_few"] & rows["is_covered"] & rows["previous"].notna()).all())

    def have(self, text: object, **wanted: Any) -> bool:
        """Every figure that a text names is covered, stands on enough cases, and is as wanted."""
        rows = self.named(text)
        fits = ~rows["is_few"] & rows["is_covered"]
        for name, value in wanted.items():
            fits &= rows[name] == value
        return len(rows) > 0 and bool(fits.all())

    def statuses(self, text: object, status: str) -> bool:
        rows = self.named(text)
        asked = self.targets.merge(rows[["process", "measure"]], on=["process", "measure"])
        return len(rows) > 0 and bool(
            asked.groupby(["process", "measure"])["status"].apply(lambda s: (s == status).any()).all()
        )

    @property
    def before(self) -> pd.Series:
        rows = self.measured.before
        status = rows.loc[rows["target"].notna(), "status"]
        return status[status.isin(["met", "at_risk", "missed"])]

    @property
    def with_rows(self) -> set[str]:
        return {process for process, rows in self.rows.items() if len(rows)}

    @property
    def breaches(self) -> pd.DataFrame:
        return self.measured.nonconformities

    @property
    def records(self) -> int:
        return len(self.breaches.drop_duplicates(["process", "id"]))


def n(values: Values) -> int:
    return int(str(values["n"]).replace(",", ""))


def _all(facts: Facts, values: Values, state: str) -> bool:
    asked = facts.events(values)
    return bool(asked) and all(facts.state(process) == state and not facts.has_event(process) for process in asked)


Condition = Callable[[Facts, Values], bool]

CLAIMS: dict[str, Condition] = {
    # targets
    "headline.no_targets": lambda f, v: f.targets.empty,
    "headline.met": lambda f, v: (v["met"], n(v), f.status("not_available")) == (f.met, len(f.targets), 0),
    "headline.measured": lambda f, v: (
        (v["met"], v["measured"], n(v)) == (f.met, len(f.targets) - f.status("not_available"), len(f.targets))
        and f.status("not_available") > 0
    ),
    "headline.missed": lambda f, v: n(v) == f.status("missed"),
    "headline.at_risk": lambda f, v: n(v) == f.status("at_risk", covered=True),
    "headline.uncovered": lambda f, v: n(v) == f.status("met", "at_risk", covered=False) > 0,
    "headline.unjudged": lambda f, v: n(v) == f.status("not_judged", "not_applicable"),
    "targets.none_agreed": lambda f, v: f.targets.empty,
    "targets.none_judged": lambda f, v: f.judged == 0 and n(v) == len(f.targets) > 0,
    "targets.all_met": lambda f, v: n(v) == len(f.targets) == f.met > 0,
    "targets.judged_met": lambda f, v: (
        (v["judged"], v["total"]) == (f.judged, len(f.targets)) and 0 < f.judged == f.met < len(f.targets)
    ),
    "section.a.no_targets": lambda f, v: f.targets.empty,
    "section.b.no_targets": lambda f, v: f.targets.empty and f.breaches.empty,
    "section.b.recorded": lambda f, v: f.targets.empty and len(f.breaches) > 0,
    "section.b.none": lambda f, v: f.breaches.empty and 0 < f.met == len(f.targets),
    "section.b.lead": lambda f, v: n(v) == f.status("missed") > 0,
    "section.b.rows": lambda f, v: n(v) == f.records,
    "section.b.twice": lambda f, v: int(v["sum"]) == len(f.breaches) > f.records,
    "analysis.missed": lambda f, v: f.statuses(v["items"], "missed"),
    "analysis.at_risk": lambda f, v: f.statuses(v["items"], "at_risk"),
    "analysis.none_missed_before": lambda f, v: n(v) == len(f.before) > 0 == (f.before == "missed").sum(),
    "analysis.missed_before": lambda f, v: n(v) == (f.before == "missed").sum() > 0,
    "analysis.missed_again": lambda f, v: f.statuses(v["names"], "missed"),
    "note.met_members": lambda f, v: (
        n(v) == ((f.targets["status"] == "met") & (f.targets["dimension"] != "")).sum() > 2
    ),
    "wrong.more": lambda f, v: n(v) == f.status("missed") - 5,
    "wrong.not_measured": lambda f, v: f.status("not_available") > 0,
    "wrong.more_not_measured": lambda f, v: n(v) == f.status("not_available") - 5,
    "wrong.of_all": lambda f, v: ((f.targets["dimension"] != "") & (f.targets["status"] == "missed")).any(),
    "wrong.recorded": lambda f, v: f.targets.empty and len(f.breaches) >= n(v) > 0,
    "lacking.missing": lambda f, v: any(p not in f.rows for p in f.processes),
    "remedy.nothing": lambda f, v: f.status("missed") > 0,
    "basis.part": lambda f, v: "part" in f.covered.values(),
    "basis.none": lambda f, v: "none" in f.covered.values(),
    "basis.few_said": lambda f, v: bool((f.measured.figures["n"] < FEW).any()),
    "basis.few_cases": lambda f, v: 0 < n(v) < FEW,
    "basis.few": lambda f, v: bool(f.whole["is_few"].any()) or bool((f.measured.figures["n"] < FEW).any()),
    # events
    "section.d.none": lambda f, v: _all(f, v, "told"),
    "section.d.not_recorded": lambda f, v: _all(f, v, "not_recorded"),
    "section.d.not_collected": lambda f, v: _all(f, v, "not_collected"),
    "section.d.not_covered": lambda f, v: _all(f, v, "not_covered"),
    "section.d.incident": lambda f, v: f.has_event("incident"),
    "section.d.change": lambda f, v: f.has_event("change"),
    "section.d.lead": lambda f, v: f.has_event("incident") or f.has_event("change"),
    "section.d.longest": lambda f, v: f.measured.major_events["ended_at"].notna().all(),
    "section.d.longest_ended": lambda f, v: 0 < f.measured.major_events["ended_at"].notna().mean() < 1,
    "section.d.lasting": lambda f, v: n(v) == f.measured.major_events["ended_at"].isna().sum() > 0,
    "section.d.no_aftermath": lambda f, v: f.covered.get("incident", "whole") != "whole",
    "analysis.aftermath": lambda f, v: f.covered.get("incident", "whole") == "whole",
    "wrong.more_events": lambda f, v: n(v) > 0,
    # changes and trends
    "front.nothing_before": lambda f, v: f.compared.empty,
    "front.nothing_moved": lambda f, v: n(v) == f.compared["upper"].notna().sum() and not f.compared["is_signal"].any(),
    "front.nothing_changed": lambda f, v: n(v) == f.compared["upper"].isna().sum(),
    "front.not_compared": lambda f, v: n(v) == len(f.whole) - len(f.compared),
    "analysis.moved": lambda f, v: f.may_be_compared(v["name"]),
    "analysis.stayed": lambda f, v: f.may_be_compared(v["name"]),
    "analysis.inside": lambda f, v: bool((f.compared["upper"].notna() & ~f.compared["is_signal"]).any()),
    "analysis.outside": lambda f, v: bool(f.compared["is_signal"].any()),
    "analysis.shift": lambda f, v: bool(f.compared["is_signal"].any()),
    "analysis.untold": lambda f, v: bool(f.compared["upper"].isna().any()),
    "analysis.made_of_count": lambda f, v: f.may_be_compared(v["name"]),
    "analysis.made_of_cases": lambda f, v: f.may_be_compared(v["name"]),
    "analysis.largest": lambda f, v: len(f.named(v["name"])) == 1,
    "analysis.signals": lambda f, v: f.have(v["items"], is_signal=True),
    "analysis.no_signal": lambda f, v: (
        n(v) == (f.in_trends["upper"].notna() & ~f.in_trends["is_few"]).sum() and not f.in_trends["is_signal"].any()
    ),
    "analysis.no_limits": lambda f, v: not (f.in_trends["upper"].notna() & ~f.in_trends["is_few"]).any(),
    "analysis.not_limited": lambda f, v: n(v) == (f.in_trends["upper"].isna() | f.in_trends["is_few"]).sum() > 0,
    "analysis.worsening": lambda f, v: f.have(v["names"], direction="worsening"),
    "analysis.improving": lambda f, v: f.have(v["names"], direction="improving"),
    "moved.outside": lambda f, v: bool(f.in_trends["is_signal"].any()),
    "moved.shift": lambda f, v: bool(f.in_trends["is_signal"].any()),
    "moved.improving": lambda f, v: bool((f.compared["direction"] == "improving").any()),
    "moved.worsening": lambda f, v: bool((f.compared["direction"] == "worsening").any()),
    "moved.alone": lambda f, v: bool((f.in_trends["previous"].isna() & f.in_trends["is_signal"]).any()),
    "section.e.first": lambda f, v: f.measured.history["period"].nunique() <= 1,
    "section.e.lead": lambda f, v: n(v) == len(f.in_trends),
    "section.e.limited": lambda f, v: (v["signals"], v["limited"]) == (
        (f.in_trends["is_signal"] & ~f.in_trends["is_few"]).sum(),
        (f.in_trends["upper"].notna() & ~f.in_trends["is_few"]).sum(),
    ),
    "section.e.few_cases": lambda f, v: n(v) == f.in_trends["is_few"].sum() > 0,
    **{
        f"section.e.{course}": lambda f, v, course=course: (
            n(v) == (~f.in_trends["is_few"] & (f.in_trends["direction"] == course)).sum() > 0
        )
        for course in ("improving", "worsening", "rising", "falling", "no_trend", "too_few")
    },
    "analysis.all_fixed": lambda f, v: set(f.measured.trends["limits"]) <= {"fixed", ""},
    "analysis.all_provisional": lambda f, v: set(f.measured.trends["limits"]) <= {"provisional", ""},
    "analysis.fixed": lambda f, v: {"fixed", "provisional"} <= set(f.measured.trends["limits"]),
    "analysis.none_published": lambda f, v: set(f.measured.history["origin"]) == {"computed"},
    "analysis.all_published": lambda f, v: _origins(f) == {"published"},
    "analysis.some_published": lambda f, v: _origins(f) == {"published", "computed"},
    "standing.all": lambda f, v: True,  # the only row of its table
    # what was collected
    "quality.no_findings": lambda f, v: f.findings == 0 and f.with_rows == set(f.processes),
    "quality.no_findings_but": lambda f, v: f.findings == 0 and 0 < len(f.with_rows) < len(f.processes),
    "quality.nothing_checked": lambda f, v: not f.with_rows,
    "empty.missing": lambda f, v: any(p not in f.rows for p in f.processes),
    "empty.no_rows": lambda f, v: any(len(rows) == 0 for rows in f.rows.values()),
    "empty.unavailable": lambda f, v: f.whole.empty or f.measured.figures["value"].isna().any(),
    "wrong.missing": lambda f, v: any(p not in f.rows for p in f.processes),
    "coverage.none": lambda f, v: "none" in f.covered.values(),
    "coverage.part": lambda f, v: "part" in f.covered.values(),
    "changes.first": lambda f, v: True,  # every case is a first revision
}  # fmt: skip


def _origins(facts: Facts) -> set[str]:
    history = facts.measured.history
    return set(history.loc[history["period"] != "2026-09", "origin"])


ELSEWHERE = frozenset(
    """
    lacking.value lacking.columns lacking.derived lacking.takes lacking.member lacking.fields lacking.year
    coverage.unknown
    remedy.open remedy.overdue remedy.last remedy.comment remedy.only_action remedy.only_cause lacking.note
    section.f.few empty.no_source analysis.interval_above
    analysis.interval_below analysis.interval_around analysis.restated changes.none minutes.items_none
    agreement.none improvement.wrong_text wrong.data_text finding.since remedy.causes remedy.corrections
    remedy.unsaid misses.of misses.acted misses.overdue misses.known misses.unsaid misses.cut
    note.cut assurance.held
    assurance.missed assurance.chance assurance.left assurance.too_few front.attention note.missed_above
    note.recorded_late note.redefined note.proposals
    headline.by_agreement exclusion.records exclusion.time exclusion.turned exclusion.more
    mark.preview mark.archive_only mark.internal mark.corrected page.no_rows brief.none
    mail.met mail.short mail.missed mail.unjudged
    analysis.shift_7 analysis.trend_7 analysis.two_of_three moved.shift_7 moved.trend_7 moved.two_of_three
    """.split()  # noqa: SIM905 - a list of words is read as one
)
"""Claims that have tests of their own."""

FAMILIES = frozenset(
    """
    agreement.version appendix audience basis.cases basis.minutes definition basis.of brief caption chart column comment
    dimension event fact finding headline.separator improvement kind label list meeting member minutes months on_axis
    page period rules quality.every_figure revision severity sheet sign_off signal since source standing state status
    stop tally trend unit unit_name link
    """.split()  # noqa: SIM905 - a list of words is read as one
)
"""Titles, labels, units and states, by the beginning of their keys."""

NEUTRAL = frozenset(
    """
    remedy.titled remedy.was_due remedy.more misses.caption misses.cases misses.nobody misses.no_day
    front.noted moved.worse
    moved.better moved.neither moved.more moved.more_text note.score note.matrix
    front.targets front.wrong front.moved front.facts front.contents lacking.column lacking.of wrong.missed
    wrong.missed_share wrong.more_text wrong.more_not_measured_text wrong.more_events_text wrong.event_text
    wrong.data moved.text moved.reason section.a.title section.a.sheet section.a.lead section.b.title
    section.b.sheet section.b.of section.c.title section.c.sheet section.c.counted section.c.change section.c.joint
    section.d.title section.d.sheet section.d.or section.e.title section.e.sheet
    section.e.hollow section.e.chosen section.f.title section.f.sheet section.f.top2 section.f.interval
    section.f.answers section.f.rate analysis.over analysis.title analysis.joint
    analysis.limits_fixed analysis.limits_provisional
    analysis.part analysis.part_member analysis.part_joint analysis.against analysis.more analysis.places
    analysis.after_opened analysis.after_breaches analysis.signal_outside analysis.signal_shift
    analysis.signal_shift_7 analysis.signal_trend_7 analysis.signal_two_of_three empty.head
    empty.separator note.improvements note.scorecard note.trends note.status note.left_out note.members_cut
    note.allowance note.false_alarms exclusion.raw exclusion.raw_count exclusion.see exclusion.span exclusion.breach
    exclusion.counted note.exclusions note.raw note.raw_members
    note.remedies note.concentration note.places note.not_available note.rows note.rows_cut
    note.quarantine note.aftermath note.sources note.excluded note.changes note.restatements note.standing
    """.split()  # noqa: SIM905 - a list of words is read as one
)
