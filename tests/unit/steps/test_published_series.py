"""A report month after month: what was published stays, restatements are told, the author is heard."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from itss import steps
from itss.errors import DecisionMissingError
from itss.measures.base import FIGURE_COLUMNS
from itss.register import Register
from itss.register.__main__ import main
from itss.settings import settings

ROOT = Path(__file__).resolve().parents[3]
NOW = dt.datetime(2026, 9, 10, tzinfo=dt.UTC)
REPORT = "good_monthly"
AUTHOR = {"id": "report_author", "name": "report_author"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list of one CSV report that asks its author, and empty places for register, workspace and archive."""
    shutil.copytree(ROOT / "tests" / "flow" / "list", tmp_path / "list")
    listed = tmp_path / "list" / "report_list.yaml"
    listed.write_text(listed.read_text().replace("key: good_monthly", "key: good_monthly\n    comment: true", 1))
    monkeypatch.setenv("ITSS_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("ITSS_REPORT_LIST", str(listed))
    return tmp_path


def hand_in(folder: Path, counts: dict[int, int]) -> None:
    """So many incidents in each month of 2026, each solved after five hours."""
    lines = ["id,title,priority,opened_at,resolved_at"]
    for month, count in counts.items():
        for day in range(1, count + 1):
            at = f"2026-{month:02d}-{day:02d}"
            lines.append(f"INC{month:02d}{day:02d},Printer,High,{at} 10:00:00,{at} 15:00:00")
    (folder / "list" / "good.csv").write_text("\n".join(lines) + "\n")


def measure(period: str) -> dict[str, Any]:
    job = steps.open_report(REPORT, period, f"run-{period}", NOW)
    steps.collect(job, "incident")
    steps.check(job)
    steps.measure(job)
    return job


def publish(job: dict[str, Any], comment: str | None = None) -> None:
    """The rest of the way, with the register's own word for a mail that arrived."""
    steps.comment(job, _answer(AUTHOR, comment))
    steps.render(job)
    for level, user in (("initial_review", "head_of_department"), ("approval", "management_representative")):
        given = {"content": steps.ask(job, level)}
        steps.decide(job, level, _answer({"id": user, "name": user}, None, "Approve", given))
    assert steps.release(job) == "deliver"
    register, ref = Register(settings().register_url), (REPORT, job["period"], job["revision"])
    for status in ("sending", "accepted"):
        register.record_delivery(ref, "C", "c@example.com", status, "250", f"<{job['period']}>", NOW)
    register.delivered(ref, NOW)


def _answer(
    who: dict[str, str], comment: str | None, choice: str = "OK", given: dict[str, str] | None = None
) -> dict[str, Any]:
    return {
        "chosen_options": [choice],
        "params_input": {"comment": comment, **(given or {})},
        "responded_at": NOW.isoformat(),
        "responded_by_user": who,
    }


def file(job: dict[str, Any], name: str) -> Path:
    return settings().var / "workspace" / REPORT / job["period"] / f"r{job['revision']:02d}" / name


def test_what_was_published_stays_and_a_late_row_is_a_restatement(folder: Path) -> None:
    hand_in(folder, {3: 4, 4: 6, 5: 5})
    publish(measure("2026-04"))
    hand_in(folder, {3: 4, 4: 9, 5: 5})  # three incidents of April were entered late
    job = measure("2026-05")
    history = pd.read_parquet(file(job, "history.parquet")).query("measure == 'opened'")
    assert history[["period", "value", "origin"]].to_numpy().tolist() == [
        ["2026-03", 4.0, "computed"],
        ["2026-04", 6.0, "published"],
        ["2026-05", 5.0, "computed"],
    ]
    register = Register(settings().register_url)
    found = register.restatements((REPORT, "2026-05", 1)).set_index("measure")
    assert found.loc["opened", ["period", "published", "recomputed"]].tolist() == ["2026-04", 6.0, 9.0]
    assert len(pd.read_parquet(file(job, "published.parquet"))) > 0, "kept, so that the archive can be measured again"
    publish(job)
    page, brief = file(job, "report.html").read_text(), file(job, "brief.md").read_text()
    assert "已公布但现在算出不同结果的数字" in page
    assert "已公布但现在算出不同结果的数字" in brief
    assert "| 2026-04 | 6 | 9 | +3 |" in brief


def test_the_authors_comment_is_shown_marked_and_his_alone(folder: Path) -> None:
    hand_in(folder, {4: 6, 5: 5})
    job = measure("2026-05")
    asked = steps.figures_brief(job)
    assert "新增" in asked or "|" in asked
    with pytest.raises(DecisionMissingError, match="head_of_department, not by the author report_author"):
        steps.comment(job, _answer({"id": "head_of_department", "name": "x"}, "I too"))
    with pytest.raises(DecisionMissingError, match="nobody named"):
        steps.comment(job, _answer({}, "I too"))
    said = "五月更换了打印机。<script>alert(1)</script>\n[链接](http://evil.example)"
    publish(job, f"  {said}\n")
    assert json.loads(file(job, "comment.json").read_text())["comment"] == said
    page, brief = file(job, "report.html").read_text(), file(job, "brief.md").read_text()
    assert "编制人意见" in page
    assert "五月更换了打印机。&lt;script&gt;" in page
    assert "> 五月更换了打印机。" in brief
    assert r"\[链接\](" in brief, "no link comes of it"


def test_new_figures_forget_the_comment_and_none_leaves_no_mark(folder: Path) -> None:
    hand_in(folder, {4: 6, 5: 5})
    job = measure("2026-05")
    steps.comment(job, _answer(AUTHOR, "about five incidents"))
    hand_in(folder, {4: 6, 5: 7})
    again = measure("2026-05")
    assert not file(again, "comment.json").exists()
    publish(again, None)
    assert json.loads(file(again, "comment.json").read_text())["comment"] == ""
    assert "编制人意见" not in file(again, "report.html").read_text()


def test_another_comment_is_another_content(folder: Path) -> None:
    hand_in(folder, {4: 6, 5: 5})
    job = measure("2026-05")
    hashes = set()
    for comment in ("", "one", "two", "one"):
        steps.comment(job, _answer(AUTHOR, comment))
        hashes.add(steps.render(job)["statement_sha256"])
    assert len(hashes) == 3


def on_record(periods: list[str], version: int) -> Register:
    """A register in which *opened* was published, 9 and 11 in turn, under ``version`` of its definition."""
    register = Register(settings().register_url)
    register.upgrade()
    for at, period in enumerate(periods):
        revision = register.open_revision(
            report=REPORT, period=period, due_at=NOW, run=period, entry={}, agreement_version="", code_version="",
            now=NOW,
        )  # fmt: skip
        row = ["opened", "incident", period, "", "", 9.0 + 2 * (at % 2), "count", None, None, 9, None, "", version]
        register.record_figures(revision.ref, pd.DataFrame([row], columns=[*FIGURE_COLUMNS, "version"]))
        register.record_draft(revision.ref, said_sha256="c" * 64, statement_sha256="c" * 64)
        register.submit(revision.ref)
        register.record_decision(
            revision.ref, level="approval", title="", answer="approve", who=AUTHOR, at=NOW, comment="",
            statement_sha256="c" * 64,
        )  # fmt: skip
        register.release(revision.ref, ["approval"], statement_sha256="c" * 64, files={})
        for status in ("sending", "accepted"):
            register.record_delivery(revision.ref, "C", "c@example.com", status, "250", "<m>", NOW)
        register.delivered(revision.ref, NOW)
    return register


PERIODS = [f"2025-{month:02d}" for month in range(3, 13)] + [f"2026-{month:02d}" for month in range(1, 5)]


def test_thirteen_published_months_freeze_the_limits_of_what_was_published(folder: Path) -> None:
    register = on_record(PERIODS, version=1)
    hand_in(folder, {4: 11, 5: 25})
    trends = pd.read_parquet(file(measure("2026-05"), "trends.parquet")).set_index("measure")
    opened = trends.loc["opened"]
    assert opened[["limits", "baseline_first", "baseline_last"]].tolist() == ["fixed", "2025-03", "2026-03"]
    assert bool(opened["signal"]), "25 lies outside 10 ± 5.3, and one month more than the baseline is enough to see it"
    assert trends.loc["backlog", "limits"] == "", "never published, and too few points of its own"
    (only,) = register.baselines(REPORT)
    assert (only.measure, only.points) == ("opened", 13)
    measure("2026-05")
    assert register.baselines(REPORT) == [only]


def test_a_changed_definition_is_shown_marked_and_its_new_baseline_fixed_by_a_person(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Published under version 0, computed under version 1 today; one incident on each of the first days of a month."""
    listed = folder / "list" / "report_list.yaml"
    written = listed.read_text().replace("    history: 3\n", "    history: 14\n", 1)
    listed.write_text(written.replace("template: customer", "template: internal"))  # its page has what is revised
    register = on_record(PERIODS, version=0)
    lines = ["id,title,priority,opened_at,resolved_at"]
    counts = {label: 2 + at % 3 for at, label in enumerate([*PERIODS, "2026-05"])}
    for label, count in counts.items():
        for day in range(1, count + 1):
            lines.append(f"INC{label}{day},Printer,High,{label}-{day:02d} 10:00:00,{label}-{day:02d} 15:00:00")
    (folder / "list" / "good.csv").write_text("\n".join(lines) + "\n")
    job = measure("2026-05")
    shown = pd.read_parquet(file(job, "redefined.parquet")).set_index("period")
    assert shown.loc["2026-04", ["measure", "was", "version", "published", "recomputed"]].tolist() == [
        "opened", 0, 1, 11.0, float(counts["2026-04"]),
    ]  # fmt: skip
    publish(job)
    page, brief = file(job, "report.html").read_text(), file(job, "brief.md").read_text()
    for words in ("定义变更：公布值与按新定义重新计算的值", "第 0 版 → 第 1 版", "为变更后的定义建议的基线"):
        assert words in page
        assert words in brief
    assert "--recomputed-in 2026-05" in page
    assert "2026-05 启用新定义" in page, "a mark on the axis of its chart"
    assert "自 2026-05 起为第 1 版定义" in page

    words = ["baseline", REPORT, "incident", "opened", "--first", "2025-04", "--last", "2026-05", "--reason", "r"]
    given = ["--url", settings().register_url, *words, "--recomputed-in", "2026-05"]
    assert main(given) == 1
    assert "No report good_monthly of 2026-05 is sealed." in capsys.readouterr().err
    steps.seal(job)
    assert main(given) == 0
    (made,) = register.baselines(REPORT)
    series = [counts[label] for label in sorted(counts) if label >= "2025-04"]
    assert (made.definition, made.first, made.last, made.points) == (1, "2025-04", "2026-05", 14)
    assert made.mean == pytest.approx(sum(series) / 14)
    assert "baseline version 1 from 14 figures of the report of 2026-05" in capsys.readouterr().out
    (history,) = settings().var.glob(f"archive/{REPORT}/2026-05/r01/history.parquet")
    history.chmod(0o644)
    history.write_bytes(history.read_bytes() + b" ")
    assert main(given) == 1
    assert "is not the file that was signed" in capsys.readouterr().err
