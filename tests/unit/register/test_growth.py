"""Nothing that is asked every half hour, or for every revision, costs more the longer the record is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from itss.checks.findings import Finding
from itss.flow.standing_entries import opened_entries
from itss.measures.base import FIGURE_COLUMNS
from itss.periods import Period, parse_period
from itss.ref import Ref
from itss.register import Notice, Register, published, verification
from itss.register.hand_ins import Handed
from itss.text import text
from sqlite_work import sqlite_work
from walking import NOW, open_one, walk

REPORT, FIRST = "customer_monthly", parse_period("2026-01", "month", "Asia/Shanghai")
FEW, MANY = 5, 15
WORDS = text("无", "none")

Question = Callable[[Register, Period], object]
QUESTIONS: dict[str, Question] = {
    "past": lambda register, now: register.past(REPORT, now),
    "published_history": lambda register, now: register.published_history(REPORT, now.shift(-2).label),
    "fix_baselines": lambda register, _now: register.fix_baselines(REPORT, []),
    "improvements": lambda register, now: register.improvements(REPORT, open_at=now.start),
    "revisions": lambda register, now: register.revisions(REPORT, now.shift(-1).label),
    "latest": lambda register, now: register.latest(REPORT, now.label),
    "corrects": lambda register, now: register.corrects(Ref(REPORT, now.shift(-1).label, 2)),
    "last_sealed": lambda register, now: register.last_sealed(REPORT, now.shift(-1).label),
    "living": lambda register, _now: register.living(),
    "drafts": lambda register, _now: register.drafts(),
    "asked": lambda register, _now: register.asked(),
    "progress": lambda register, now: register.progress({REPORT}, {now.label, now.shift(-1).label}),
    "hand_ins of periods": lambda register, now: register.hand_ins(periods={now.shift(-1).label}),
    "hand_ins of late": lambda register, now: register.hand_ins(since=now.start - dt.timedelta(days=31)),
    "newest_hand_in": lambda register, now: register.newest_hand_in((REPORT, now.shift(-1).label, "incident")),
    "notices of periods": lambda register, now: register.notices(kind="remind", periods={now.shift(-1).label}),
    "notices unsent": lambda register, _now: register.notices(kind="remind", statuses=["planned", "sending"]),
    "notices of mails": lambda register, now: register.notices(message_ids=[f"<{now.shift(-1).label}>"]),
    "at parsing": lambda _register, _now: opened_entries(),
    "proof": lambda register, now: _prove(register, Ref(REPORT, now.shift(-1).label, 1)),
}
COUNTED = {"proof": 5}
"""Instructions a line, of what counts the lines of the whole ledger: two million take a tenth of a second."""


def _prove(register: Register, ref: Ref) -> None:
    """What the gate asks before a release."""
    with register.reading() as session:
        verification.verify_lines(session, ref.path, register.key().public)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, int]]:
    """What each question takes of a short record, and of the same one when it has become long, counted lines apart."""
    path: Path = tmp_path_factory.mktemp("years")
    url = f"sqlite:///{path / 'register.sqlite'}"
    register = Register(url)
    register.upgrade()
    found: dict[str, list[int]] = {name: [] for name in QUESTIONS}
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(published, "REMEMBERED", 3)
        monkeypatch.setenv("ITSS_VAR", str(path))
        monkeypatch.setenv("ITSS_REGISTER_URL", url)
        for month in range(MANY):
            _write(register, FIRST.shift(month))
            if month + 1 in (FEW, MANY):
                for name, question in QUESTIONS.items():
                    took = sqlite_work(lambda: question(register, FIRST.shift(month + 1)))  # noqa: B023
                    found[name].append(took - COUNTED.get(name, 0) * _lines(register))
    return {name: (few, many) for name, (few, many) in found.items()}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_costs_what_it_did(work: dict[str, tuple[int, int]], name: str) -> None:
    few, many = work[name]
    assert 0 < many <= few * 1.1


def _lines(register: Register) -> int:
    newest = register.head()
    return newest.seq if newest else 0


def _write(register: Register, period: Period) -> None:
    """A month: what was handed in, who was notified, and a revision that is sealed."""
    label, at = period.label, period.end
    file = Handed("a.xlsx", label * 8, 3, "data_provider", at, f"{label}/a.xlsx")
    register.accept_hand_in((REPORT, label, "incident"), file)
    register.plan_notices([Notice(REPORT, label, "remind", "", "Provider", "a@example.com", f"<{label}>", at)])
    for status in ("sending", "accepted"):
        register.record_notice(f"<{label}>", status, "250 OK", at)
    revision = open_one(register, f"run-{label}", period=label)
    collected = {"process": "incident", "source": "a", "rows": 3, "sha256": "a" * 64, "collected_at": NOW}
    register.record_submissions(revision.ref, [collected])
    finding = Finding("incident", "not_null", "warning", "id", 1, 3, ("1",), WORDS, WORDS, "a")
    register.record_findings(revision.ref, [finding])
    rows = [[name, "incident", label, "", "", 1.0, "count", None, None, 5, None, ""] for name in ("backlog", "opened")]
    register.record_figures(revision.ref, pd.DataFrame(rows, columns=FIGURE_COLUMNS))
    walk(register, revision, "sealed")
