"""A version that was sealed before some frames and fields were known is read, rendered, stated and measured again."""

import json
import shutil

import itss
import pandas as pd
import pytest
from itss.archive.folder import RevisionFolder
from itss.cli import main
from itss.reports.inputs import Submission
from itss.settings import settings
from itss.steps import measuring, rendering, stating
from itss.steps.job import job_of

LATER_FIELDS = {"outside", "empty", "absent", "columns", "unfilled", "cannot_tell", "present_value"}
"""What a submission did not say in the first release."""


@pytest.fixture
def old(sealed, tmp_path):
    """The job of the second sealed version as the first release would have left it in its folder."""
    to = tmp_path / "old"
    shutil.copytree(sealed[1], to)
    for path in [to, *to.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    for name in measuring.LATER_FRAMES:
        (to / f"{name}.parquet").unlink()
    said = to / "data" / "incident.json"
    submission = json.loads(said.read_text())
    assert set(submission) - LATER_FIELDS == {"process", "source", "rows", "sha256", "collected_at", "missing"}
    said.write_text(json.dumps({key: value for key, value in submission.items() if key not in LATER_FIELDS}))
    item = {"key": "k-1", "report": "r", "title": "t", "owner": "report_author", "due_on": "2026-08-01"}
    old_item = item | {"state": "overdue", "closed_on": None, "result": ""}
    (to / "improvements.json").write_text(json.dumps([old_item]))
    figures = pd.read_parquet(to / "figures.parquet")
    figures.loc[figures["measure"] == "reopen_rate", ["status", "target", "value"]] = ["not_judged", 0.1, 0.5]
    figures.to_parquet(to / "figures.parquet", index=False)
    return job_of(settings(), json.loads((to / "job.json").read_text()), RevisionFolder(to)), old_item


def test_the_later_fields_are_all_that_there_are():
    required = {"process", "source", "rows", "sha256", "collected_at", "missing"}
    assert set(Submission.__dataclass_fields__) == required | LATER_FIELDS


def test_it_renders_and_says_nothing_of_what_it_did_not_know(old):
    job, item = old
    given = rendering.inputs(job, preview=False)
    report, files = rendering.render_report(job, given)
    assert set(files) == {"report.xlsx", "report.html"}
    page = job.folder.read("report.html").decode()
    words = "too few cases" if report.language == "en" else "样本少，不评判"
    assert words in page, "the word that a figure had then"
    assert given.coverage == {}
    assert given.measured.redefined.empty
    assert given.measured.proposals.empty
    assert given.improvements[0].moved_to is None
    hashes = stating.said(job, given)
    assert "redefined" not in hashes
    assert hashes["improvements"] == stating._sha256(stating._json([item]))


def test_its_figures_are_measured_again(old, sealed):
    job, _ = old
    figures = measuring.measure_again(job).figures
    pd.testing.assert_frame_equal(figures, pd.read_parquet(sealed[1] / "figures.parquet"))


def test_another_release_is_audited_by_value(sealed, monkeypatch, capsys):
    monkeypatch.setattr(itss, "__version__", "0.0.9")
    assert main(["audit", "--all"]) == 0
    assert "made by another release of this program" in capsys.readouterr().out
