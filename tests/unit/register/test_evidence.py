from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from itss.checks.findings import Finding
from itss.errors import RegisterError
from itss.measures.base import FIGURE_COLUMNS
from itss.register import Register
from itss.text import text
from walking import NOW, answer, draft, open_one, release, walk


def submission(process: str = "incident", sha256: str = "1" * 64, **more: object) -> dict[str, object]:
    return {
        "process": process,
        "source": "connection itsm_sample, include/sql/itss/incident.sql",
        "rows": 812,
        "sha256": sha256,
        "collected_at": "2026-10-01T06:00:01+00:00",
        "missing": "",
    } | more


FINDING = Finding(
    process="incident",
    rule="order_of_times",
    severity="warning",
    column="resolved_at",
    failed=2,
    total=812,
    rows=("INC001", "=HYPERLINK(1)"),
    why=text("解决早于登记", "Resolved before opened"),
    remedy=text("请更正", "Correct it"),
    source="itsm_sample",
)


def figures(*values: float | None) -> pd.DataFrame:
    frame = pd.DataFrame({"value": list(values), "numerator": list(values)}, dtype="float64")
    frame["n"] = range(10**9, 10**9 + len(values))
    frame["dimension"] = ["", "priority", "priority"][: len(values)]
    frame["member"] = ["", "P1", "P2"][: len(values)]
    fixed = {"measure": "backlog", "process": "incident", "period": "2026-09", "unit": "count", "denominator": None}
    more = {"target": 0.1 + 0.2, "status": "met", "low": None, "high": 1.5, "excluded": '{"no_clock": 3}', "version": 1}
    return frame.assign(**fixed, **more)[[*FIGURE_COLUMNS, "low", "high", "excluded", "version"]]


def test_recording_again_replaces_what_the_draft_had(register: Register) -> None:
    ref = open_one(register).ref
    for collected in ([submission(), submission("change")], [submission(rows=900, sha256="2" * 64)]):
        register.record_submissions(ref, collected)
        register.record_findings(ref, [FINDING, FINDING])
        register.record_figures(ref, figures(1.0, 2.0))
    register.record_findings(ref, [FINDING])
    register.record_figures(ref, figures(3.5))
    handed_in = register.submissions(ref)
    assert [(item.process, item.rows, item.sha256) for item in handed_in] == [("incident", 900, "2" * 64)]
    assert handed_in[0].collected_at == dt.datetime(2026, 10, 1, 6, 0, 1, tzinfo=dt.UTC)
    assert register.findings(ref) == [FINDING]
    assert register.figures(ref)["value"].tolist() == [3.5]


def test_a_missing_optional_source_keeps_its_reason(register: Register) -> None:
    ref = open_one(register).ref
    register.record_submissions(ref, [submission(rows=0, sha256="", missing="/srv/x.csv: no such file.")])
    assert register.submissions(ref)[0].missing == "/srv/x.csv: no such file."


def test_figures_come_back_as_they_went_in(register: Register) -> None:
    ref = open_one(register).ref
    given = figures(1 / 3, None, 5e-324)
    register.record_figures(ref, given)
    got = register.figures(ref)
    assert list(got.columns) == list(given.columns)
    assert got["value"].iloc[[0, 2]].tolist() == [1 / 3, 5e-324]
    assert pd.isna(got["value"][1])
    assert (got["target"] == 0.1 + 0.2).all()
    assert got["n"].tolist() == [10**9, 10**9 + 1, 10**9 + 2]
    assert got[["dimension", "member"]].to_numpy().tolist() == [["", ""], ["priority", "P1"], ["priority", "P2"]]
    assert got["excluded"].unique().tolist() == ['{"no_clock": 3}']


def test_figures_without_their_columns_are_refused(register: Register) -> None:
    ref = open_one(register).ref
    with pytest.raises(RegisterError, match="lack the columns status"):
        register.record_figures(ref, figures(1.0).drop(columns="status"))
    register.record_figures(ref, figures(1.0)[FIGURE_COLUMNS].iloc[:0])
    assert register.figures(ref).empty


def test_a_draft_that_says_what_is_sealed_already_is_unchanged(register: Register) -> None:
    first = open_one(register, "run-a")
    walk(register, first, "sealed", "c" * 64)
    second = open_one(register, "run-b")
    for _again in range(2):
        assert draft(register, second, "c" * 64) is True
    assert register.revision(second.ref).state == "unchanged"
    with pytest.raises(RegisterError, match="is unchanged and cannot become submitted"):
        register.submit(second.ref)
    third = open_one(register, "run-c")
    assert third.number == 2
    assert draft(register, third, "d" * 64) is False
    assert register.revision(third.ref).state == "rendered"


def test_only_the_last_sealed_content_counts_as_unchanged(register: Register) -> None:
    for run, content in (("run-a", "a"), ("run-b", "b")):
        walk(register, open_one(register, run), "sealed", content * 64)
    back = open_one(register, "run-c")
    assert draft(register, back, "a" * 64) is False, "going back to old figures is news"


def test_what_is_sealed_is_news_to_whom_a_later_revision_has_reached(register: Register) -> None:
    """That one was given up half-way, so whoever has it holds other figures than the archive."""
    walk(register, open_one(register, "run-a"), "sealed", "a" * 64)
    second = open_one(register, "run-b")
    walk(register, second, "released", "b" * 64)
    for status in ("sending", "accepted"):
        register.record_delivery(second.ref, "Customer", "customer@example.com", status, "250 OK", "m2", NOW)
    with pytest.raises(RegisterError, match="has reached at least one recipient"):
        draft(register, second, "a" * 64)
    third = open_one(register, "run-c")
    assert third.number == 3
    assert draft(register, third, "a" * 64) is False


def test_a_rendered_again_draft_must_be_approved_again(register: Register) -> None:
    first = open_one(register)
    walk(register, first, "released")
    assert draft(register, first, "d" * 64) is False
    assert (register.revision(first.ref).state, register.revision(first.ref).released_at) == ("rendered", None)
    assert register.decisions(first.ref) == []
    assert len(register.all_decisions(first.ref)) == 2
    register.submit(first.ref)
    release(register, first, "d" * 64)
    assert register.revision(first.ref).state == "released"


def test_rendering_the_same_again_takes_no_step_back(register: Register) -> None:
    first = open_one(register)
    walk(register, first, "released")
    register.fail(first.ref, "killed")
    assert draft(register, first, "c" * 64) is False
    assert register.revision(first.ref).state == "released"


@pytest.mark.parametrize("what", ["data", "content"])
def test_evidence_of_what_somebody_holds_in_his_hands_stands(register: Register, what: str) -> None:
    first = open_one(register)
    register.record_submissions(first.ref, [submission()])
    register.record_figures(first.ref, figures(1.0))
    walk(register, first, "released")
    register.record_delivery(first.ref, "Customer", "customer@example.com", "sending", "", "m1", NOW)
    register.record_delivery(first.ref, "Customer", "customer@example.com", "accepted", "250", "m1", NOW)
    register.record_submissions(first.ref, [submission(rows=1)])
    register.record_figures(first.ref, figures(7.0))
    assert register.revision(first.ref).state == "released", "the same data again is no harm"
    changes = {
        "data": lambda: register.record_submissions(first.ref, [submission(sha256="3" * 64)]),
        "content": lambda: draft(register, first, "d" * 64),
    }
    with pytest.raises(RegisterError, match="it becomes revision 2"):
        changes[what]()
    kept = register.revision(first.ref)
    assert (kept.state, kept.statement_sha256) == ("superseded", "c" * 64)
    assert register.submissions(first.ref)[0].rows == 812
    assert register.figures(first.ref)["value"].tolist() == [1.0]
    assert open_one(register, "run-b").number == 2


@pytest.mark.parametrize("end", ["sealed", "returned"])
def test_nothing_of_a_closed_revision_is_rewritten(register: Register, end: str) -> None:
    first = open_one(register)
    register.record_submissions(first.ref, [submission()])
    walk(register, first, "submitted" if end == "returned" else "sealed")
    if end == "returned":
        answer(register, first, "approval", "reject")
        register.return_revision(first.ref, "数字不符")
    before = register.revision(first.ref)
    for write in (
        lambda: register.record_submissions(first.ref, []),
        lambda: register.record_findings(first.ref, []),
        lambda: register.record_figures(first.ref, figures()),
        lambda: draft(register, first, "d" * 64),
    ):
        with pytest.raises(RegisterError, match=f"is {end}"):
            write()
    register.fail(first.ref, "a late callback")
    assert register.revision(first.ref) == before
    assert len(register.submissions(first.ref)) == 1
