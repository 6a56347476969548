from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from itss.archive.__main__ import main
from itss.archive.seal import seal
from itss.register import Register

NOW = dt.datetime(2026, 10, 1, 6, 0, tzinfo=dt.UTC)


def seal_one(tmp_path: Path, register: Register, period: str) -> Path:
    """One report on its whole way, from the register to the archive."""
    page = tmp_path / "report.html"
    page.write_text(f"客户服务月报 {period}", encoding="utf-8")
    content = hashlib.sha256(page.read_bytes()).hexdigest()
    opened = register.open_revision(
        report="customer_monthly",
        period=period,
        due_at=NOW,
        run="run",
        entry={},
        agreement_version="",
        code_version="",
        now=NOW,
    )
    register.record_draft(opened.ref, content, {"report.html": content})
    register.submit(opened.ref)
    register.record_decision(
        opened.ref,
        level="approval",
        title="审批",
        answer="approve",
        who={"id": "management_representative"},
        at=NOW,
        comment="",
        content_sha256=content,
    )
    register.release(opened.ref, ["approval"])
    for status in ("sending", "accepted"):
        register.record_delivery(opened.ref, "Customer", "customer@example.com", status, "", "<m>", NOW)
    register.delivered(opened.ref)
    made = seal(tmp_path / "archive", opened.ref, {"report.html": page}, {}, None, expected={"report.html": content})
    register.seal(opened.ref, str(made.path), made.manifest_sha256, NOW)
    return made.path


def test_an_auditor_sees_which_versions_are_as_sealed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path / 'register.sqlite'}"
    register = Register(url)
    register.upgrade()
    places = ["--register", url, "--archive", f"file://{tmp_path}/archive"]
    folders = [seal_one(tmp_path, register, period) for period in ("2026-08", "2026-09")]
    assert main(places) == 0
    assert "2 sealed version(s), 0 not as sealed." in capsys.readouterr().out
    forged = folders[0] / "report.html"
    forged.unlink()
    forged.write_text("better figures", encoding="utf-8")
    (folders[0] / "manifest.json").chmod(0o644)
    manifest = (folders[0] / "manifest.json").read_text(encoding="utf-8")
    true_hash = hashlib.sha256("客户服务月报 2026-08".encode()).hexdigest()
    forged_hash = hashlib.sha256(b"better figures").hexdigest()
    (folders[0] / "manifest.json").write_text(manifest.replace(true_hash, forged_hash), encoding="utf-8")
    assert main(places) == 1
    told = capsys.readouterr().out
    assert "customer_monthly 2026-08 r1: NOT AS SEALED" in told
    assert "its sha256 is not the one in the register" in told
    assert "customer_monthly 2026-09 r1: as sealed" in told
    assert main([*places, "customer_monthly", "2026-09"]) == 0


def test_a_version_that_is_gone_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path / 'register.sqlite'}"
    register = Register(url)
    register.upgrade()
    seal_one(tmp_path, register, "2026-08").rename(tmp_path / "elsewhere")
    assert main(["--register", url, "--archive", f"file://{tmp_path}/archive"]) == 1
    assert "is not complete" in capsys.readouterr().out
    assert main(["--register", url, "--archive", "relative"]) == 1
