"""After a restore nothing goes out a second time: what may have been mailed waits for a person's word."""

import datetime as dt

import pytest
from backup_kept import confirm, lose
from itss import steps
from itss.cli import main
from itss.errors import RegisterError
from itss.periods import Period
from itss.register import Register
from itss.register.__main__ import main as decide
from itss.settings import settings
from walk import KEY, NOW, PERIOD, draft, register, seal, sign, to


def test_a_report_that_nothing_is_on_record_of_is_pointed_out_when_it_is_confirmed(
    sealed, backup, kept, tmp_path, monkeypatch, capsys
):
    assert backup() == 0
    assert lose(kept, monkeypatch, tmp_path) == 0
    capsys.readouterr()
    confirm(KEY)
    assert "is it spelt so" not in capsys.readouterr().out
    confirm(KEY + "s")
    assert f"{KEY}s may go on. Nothing of it is on record: is it spelt so?" in capsys.readouterr().out


def gone(*_asked):
    return "gone"


def test_what_was_mailed_after_the_backup_is_not_mailed_again_before_somebody_has_looked(
    mail, house, backup, kept, tmp_path, monkeypatch, capsys
):
    """Neither by the run that the register believes in, nor by the next, nor by hand: the archive is lost, too."""
    job, _ = draft()
    sign(job)
    assert backup() == 0
    steps.release(job)
    steps.deliver(job)
    before = to(mail)
    assert len(before) == 2
    assert lose(kept, monkeypatch, tmp_path) == 0
    assert register().revision((KEY, PERIOD, 1)).state == "submitted"
    for attempt in (
        lambda: steps.release(job),
        lambda: steps.open_report(KEY, PERIOD, "run-2", NOW, ask_run=gone),
    ):
        with pytest.raises(RegisterError, match="cannot know whether servicenow_incidents 2026-09 went out"):
            attempt()
    assert to(mail) == before
    letters = sorted(str(path) for path in mail.mails())
    capsys.readouterr()
    assert main(["audit", "--witness", *letters]) == 1, "the mails hold a line that this register has never written"
    assert "line" in capsys.readouterr().out
    confirm(KEY, PERIOD)
    again = steps.open_report(KEY, PERIOD, "run-2", NOW, ask_run=gone)
    assert register().kept((KEY, PERIOD, 1)) == "statement", "its draft came with the backup, or was there"
    assert steps.settle(again, "approval") == {"answer": "approve"}, "nobody is asked twice"
    assert steps.release(again) == "deliver"
    assert main(["audit", "--all"]) == 0


def test_a_release_that_was_half_sent_when_the_backup_was_made_waits_too(
    mail, house, backup, kept, tmp_path, monkeypatch
):
    job, _ = draft()
    sign(job)
    steps.release(job)
    assert backup() == 0
    steps.deliver(job)
    before = to(mail)
    assert lose(kept, monkeypatch, tmp_path) == 0
    with pytest.raises(RegisterError, match="cannot know"):
        steps.deliver(job)
    assert main(["resend", KEY, PERIOD]) == 1
    assert to(mail) == before


def test_a_period_that_was_not_over_needs_nobodys_word(mail, house, backup, kept, tmp_path, monkeypatch):
    seal("run-1")
    assert backup() == 0
    assert lose(kept, monkeypatch, tmp_path) == 0
    at = register().unconfirmed_since(KEY, "2099-01")
    assert at is not None
    assert steps.after_restore.refuse_unconfirmed(register(), KEY, month(2099)) is None
    with pytest.raises(RegisterError, match="cannot know"):
        steps.after_restore.refuse_unconfirmed(register(), KEY, month(2026))
    confirm(KEY)
    steps.after_restore.refuse_unconfirmed(register(), KEY, month(2026))
    with pytest.raises(RegisterError, match="cannot know"):
        steps.after_restore.refuse_unconfirmed(register(), "another", month(2026))
    confirm()
    steps.after_restore.refuse_unconfirmed(register(), "another", month(2026))


def month(year):
    return Period("month", dt.date(year, 1, 1), "UTC")


def test_an_archive_that_is_newer_than_the_backup_stops_the_report(
    mail, house, backup, kept, tmp_path, monkeypatch, capsys
):
    """Whatever a person has confirmed: the version itself says that it went out."""
    job, _ = draft()
    sign(job)
    assert backup() == 0
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)
    assert lose(kept, monkeypatch, tmp_path) == 0
    assert f"{KEY}/{PERIOD}/r01 is newer than this state" in capsys.readouterr().out
    confirm()
    with pytest.raises(RegisterError, match="is sealed, and the register has it as submitted"):
        steps.open_report(KEY, PERIOD, "run-2", NOW, ask_run=gone)
    assert main(["audit", "--archive-only", str(settings().var / "archive"), "--public-key", public_key(tmp_path)]) == 0


def public_key(folder):
    file = folder / "public.txt"
    file.write_text(register().key().public)
    return str(file)


def test_a_seal_that_was_cut_off_before_its_line_goes_on(mail, house, monkeypatch):
    job, _ = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    with monkeypatch.context() as cut:
        cut.setattr(Register, "seal", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            steps.seal(job)
    again = steps.open_report(KEY, PERIOD, "run-2", NOW, ask_run=gone)
    steps.render(again)
    steps.release(again)
    steps.deliver(again)
    steps.seal(again)
    assert register().revision((KEY, PERIOD, 1)).state == "sealed"
    assert main(["audit", "--all"]) == 0


def test_a_report_that_is_called_as_the_register_confirms_no_other(sealed, backup, kept, tmp_path, monkeypatch, capsys):
    assert backup() == 0
    assert lose(kept, monkeypatch, tmp_path) == 0
    assert decide(["confirm", "register", "--reason", "x"]) == 1
    confirm("register", PERIOD)
    with pytest.raises(RegisterError, match="cannot know"):
        steps.after_restore.refuse_unconfirmed(register(), KEY, month(2026))
