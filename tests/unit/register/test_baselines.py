"""Frozen limits and restatements on record: who set them, that they are kept, that two runs fix one."""

from __future__ import annotations

import threading

import pandas as pd
import pytest
from itss.checks.findings import Finding
from itss.errors import RegisterError
from itss.measures.base import FIGURE_COLUMNS, Measure, Outcome
from itss.periods import parse_period
from itss.register import Register
from itss.register.__main__ import main
from itss.text import text
from walking import open_one, walk

WORDS = text("积压", "Backlog")
BACKLOG = Measure("backlog", "incident", "count", "lower", "c", WORDS, WORDS, lambda _: Outcome(None, 0))
PERIODS = [f"2025-{month:02d}" for month in range(1, 13)] + [f"2026-{month:02d}" for month in range(1, 9)]


def publish(register: Register, values: list[float], version: int = 1, since: int = 0) -> None:
    for period, value in zip(PERIODS[since:], values, strict=False):
        revision = open_one(register, f"run-{period}", period=period)
        row = ["backlog", "incident", period, "", "", value, "count", None, None, 5, None, "", version]
        register.record_figures(revision.ref, pd.DataFrame([row], columns=[*FIGURE_COLUMNS, "version"]))
        walk(register, revision, "sealed")


def test_limits_are_fixed_once_and_by_one_of_many_runs(register: Register) -> None:
    publish(register, [9, 11] * 6)
    assert register.fix_baselines("customer_monthly", [BACKLOG]) == []
    publish(register, [10], since=12)
    fixed: list[object] = []
    runs = [
        threading.Thread(target=lambda: fixed.extend(register.fix_baselines("customer_monthly", [BACKLOG])))
        for _ in range(4)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert fixed == register.baselines("customer_monthly")
    (only,) = register.baselines("customer_monthly")
    assert (only.number, only.first, only.last, only.mean) == (1, "2025-01", "2026-01", 10)
    assert register.baselines("another_report") == []


def test_a_person_sets_a_new_version_and_the_old_one_stays(
    register: Register, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(register, [9, 11] * 6 + [10] + [20] * 7)
    register.fix_baselines("customer_monthly", [BACKLOG])
    words = ["baseline", "customer_monthly", "incident", "backlog", "--reason", "two desks became one"]
    assert main(["--url", url, *words, "--first", "2025-08", "--last", "2026-08"]) == 0
    assert "baseline version 2 from 13 published figures" in capsys.readouterr().out
    assert [(one.number, one.first) for one in register.baselines("customer_monthly")] == [
        (1, "2025-01"),
        (2, "2025-08"),
    ]
    assert main(["--url", url, "baselines", "customer_monthly"]) == 0
    assert "incident.backlog v2 2025-08…2026-08 (13 points" in capsys.readouterr().out
    assert main(["--url", url, *words, "--first", "2025-09", "--last", "2026-08"]) == 1
    assert "Only 12 figures" in capsys.readouterr().err


def _uncovered(process: str = "incident") -> Finding:
    said = text("部分覆盖", "covered in part")
    return Finding(process, "covered", "warning", "", 1, 9, (), said, said, "desk.csv")


def test_what_was_published_of_a_period_that_was_not_covered_is_known_and_is_no_point(register: Register) -> None:
    for number, period in enumerate(PERIODS[:14]):
        revision = open_one(register, f"run-{period}", period=period)
        register.record_submissions(
            revision.ref,
            [{"process": "incident", "source": "desk.csv", "rows": 100 + number, "sha256": "a" * 64,
              "collected_at": revision.opened_at, "missing": ""}],
        )  # fmt: skip
        finding = _uncovered() if period == "2025-03" else _uncovered("change")
        register.record_findings(revision.ref, [finding])
        row = ["backlog", "incident", period, "", "", 10.0, "count", None, None, 5, None, "", 1]
        register.record_figures(revision.ref, pd.DataFrame([row], columns=[*FIGURE_COLUMNS, "version"]))
        walk(register, revision, "sealed")
    history = register.published_history("customer_monthly")
    assert history.loc[~history["is_covered"], "period"].tolist() == ["2025-03"]
    (only,) = register.fix_baselines("customer_monthly", [BACKLOG])
    assert (only.first, only.last, only.points) == ("2025-01", "2026-02", 13)
    counts = register.past("customer_monthly", parse_period("2026-03", "month", "Asia/Shanghai")).rows["incident"]
    assert counts == tuple(100 + number for number in range(14) if number != 2)


def test_what_was_never_published_has_no_baseline(register: Register) -> None:
    with pytest.raises(RegisterError, match="was ever published"):
        register.set_baseline(
            "customer_monthly", "incident", "opened", first="2025-01", last="2026-08", who="a", reason="b"
        )


def test_figures_of_an_older_definition_do_not_count(register: Register) -> None:
    publish(register, [1.0] * 13, version=1)
    revision = open_one(register, "newer", period="2026-02")
    row = ["backlog", "incident", "2026-02", "", "", 1.0, "count", None, None, 5, None, "", 2]
    register.record_figures(revision.ref, pd.DataFrame([row], columns=[*FIGURE_COLUMNS, "version"]))
    walk(register, revision, "sealed")
    with pytest.raises(RegisterError, match=r"Only 1 figures .* of definition version 2"):
        register.set_baseline(
            "customer_monthly", "incident", "backlog", first="2025-01", last="2026-08", who="a", reason="b"
        )


def test_restatements_are_kept_with_the_revision_and_replaced_when_it_is_measured_again(register: Register) -> None:
    revision = open_one(register)
    columns = ["measure", "process", "period", "published", "recomputed"]
    frame = pd.DataFrame(
        [["opened", "incident", "2026-08", 5.0, 2.0], ["a", "b", "2026-07", None, 1.0]], columns=columns
    )
    for _again in range(2):
        register.record_restatements(revision.ref, frame)
        pd.testing.assert_frame_equal(register.restatements(revision.ref), frame)
    register.record_restatements(revision.ref, frame.head(0))
    assert register.restatements(revision.ref).empty
