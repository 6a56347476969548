"""`python -m itss resend`: the failed ones only, the same mail, without the run; and the task afterwards."""

import re
import shutil
from email import message_from_bytes

import pytest
import yaml
from itss import steps
from itss.cli import main
from itss.errors import DeliveryError
from itss.settings import settings
from itss.standalone.sink import MailSink
from walk import CLERK, GOOD, KEY, PERIOD, answer, connect, draft, fail, register, sign, to

REF = (KEY, PERIOD, 1)
PM, RM = "process_manager@example.com", "report_manager@example.com"


def relist(house, change):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    change(document)
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))


@pytest.fixture
def half(house, monkeypatch):
    """Released, and delivered to one of two; its mail server goes on answering."""
    with MailSink(house / "mail", refused=[PM]) as sink:
        connect(monkeypatch, sink.port)
        job, _ = draft()
        sign(job)
        steps.release(job)
        with pytest.raises(DeliveryError, match=f"resend {KEY} {PERIOD}"):
            steps.deliver(job)
        fail(job, "deliver")
        sink.refused = frozenset()
        yield job, sink


def received(sink, subject="Monthly incident report"):
    found = [message_from_bytes(path.read_bytes()) for path in sink.mails()]
    return [one for one in found if str(one["Subject"]).startswith(subject)]


def test_only_the_failed_one_gets_the_same_mail_and_the_run_goes_on(half, capsys):
    job, sink = half
    (known,) = [one for one in register().deliveries(REF) if one.address == PM]
    assert main(["resend", KEY, PERIOD]) == 0
    told = capsys.readouterr().out
    assert f"sent to {PM}." in told
    assert re.search(rf"accepted {PM} \S+ 250 2\.0\.0 kept as \d+\.eml", told)
    assert f"clear its task 'deliver', which sends nothing again (DAG {KEY}, run run-1)" in told
    mine, theirs = sorted(received(sink), key=lambda one: one["X-Envelope-To"] == RM)
    assert (mine["X-Envelope-To"], mine["Message-ID"]) == (PM, known.message_id)
    parts = [[part.get_payload() for part in one.walk() if part.get_filename()] for one in (mine, theirs)]
    assert parts[0] == parts[1], "the same bytes"
    assert register().revision(REF).state == "delivered"
    assert main(["resend", KEY, PERIOD]) == 0
    assert "nobody was to be served; nothing sent" in capsys.readouterr().out
    steps.deliver(job)  # the task, cleared
    steps.seal(job)
    assert len(received(sink)) == 2
    assert main(["resend", KEY, PERIOD, "--revision", "1"]) == 0, "a sealed one is served already"
    assert len(received(sink)) == 2
    (event, *_) = [one for one in register().events(REF) if one.what == "resent"]
    assert event.who


def test_a_corrected_address_gets_it_and_the_old_one_is_excused(half, house, capsys):
    job, sink = half

    def change(document):
        document["people"]["process_manager"]["email"] = "new@example.com"
        document["people"]["report_manager"]["email"] = "moved@example.com"  # who has it already

    relist(house, change)
    sink.refused = frozenset([PM])
    with pytest.raises(DeliveryError, match=f"{PM}: refused"):  # not by itself: only the command takes the new one
        steps.deliver(job)
    assert main(["resend", KEY, PERIOD]) == 0
    assert {one.address: one.status for one in register().deliveries(REF)} == {
        PM: "waived",
        RM: "accepted",
        "new@example.com": "accepted",
    }
    assert [one["X-Envelope-To"] for one in received(sink)] == [RM, "new@example.com"]
    steps.deliver(job)
    assert len(received(sink)) == 2
    steps.seal(job)


def test_a_corrected_address_that_fails_stays_owed(half, house):
    job, sink = half
    relist(house, lambda document: document["people"]["process_manager"].update(email="new@example.com"))
    sink.refused = frozenset(["new@example.com"])
    assert main(["resend", KEY, PERIOD]) == 1
    with pytest.raises(DeliveryError, match=r"new@example\.com: refused"):
        steps.deliver(job)
    sink.refused = frozenset()
    steps.deliver(job)
    assert [one["X-Envelope-To"] for one in received(sink)] == [RM, "new@example.com"]


def test_one_address_alone(half, capsys):
    _, sink = half
    assert main(["resend", KEY, PERIOD, "--to", "nobody@example.com"]) == 1
    assert f"Name one of: {PM}, {RM}" in capsys.readouterr().err
    assert main(["resend", KEY, PERIOD, "--to", RM]) == 0
    assert f"It is not delivered yet: {PM} to be served." in capsys.readouterr().out
    assert len(received(sink)) == 1
    assert main(["resend", KEY, PERIOD, "--to", PM]) == 0
    assert register().revision(REF).state == "delivered"


def test_a_mail_whose_end_is_not_known_is_not_sent_again(half, capsys):
    _, sink = half
    (known,) = [one for one in register().deliveries(REF) if one.address == PM]
    register().record_delivery(REF, known.recipient, PM, "sending", "", known.message_id, known.at)
    assert main(["resend", KEY, PERIOD]) == 1
    assert "how it ended is not known" in capsys.readouterr().err
    assert len(received(sink)) == 1


@pytest.mark.parametrize("state", ["nothing", "draft", "rejected", "other period", "other revision", "elsewhere"])
def test_what_was_not_released_is_refused(mail, capsys, state):
    report, period, more = KEY, PERIOD, []
    register().upgrade()
    if state != "nothing":
        job, _ = draft()
    if state == "rejected":
        answer(job, "initial_review", CLERK, "Reject", "no")
        steps.release(job)
        steps.return_to_author(job)
    if state in ("other period", "elsewhere"):
        sign(job)
        steps.release(job)
        report, period = (KEY, "2026-08") if state == "other period" else (f"../{KEY}", "../../etc")
    if state == "other revision":
        sign(job)
        steps.release(job)
        more = ["--revision", "2"]
    assert main(["resend", report, period, *more]) == 1
    assert "was not released" in capsys.readouterr().err
    assert [one for one in to(mail) if one == PM] == []


def test_a_changed_file_is_not_sent(half, capsys):
    _, sink = half
    page = settings().var / "workspace" / KEY / PERIOD / "r01" / "report.html"
    page.write_text(page.read_text() + " ")
    assert main(["resend", KEY, PERIOD]) == 1
    assert "is not the file that was signed" in capsys.readouterr().err
    assert len(received(sink)) == 1


def test_the_shared_folder_is_served_and_sealed_with_its_receipt(mail, house, capsys):
    shared = house / "shared"
    relist(house, lambda document: document["reports"][0]["distribution"].update(folder=str(shared), recipients=[]))
    job, _ = draft()
    sign(job)
    steps.release(job)
    with pytest.raises(DeliveryError, match="is not there"):
        steps.deliver(job)
    shared.mkdir()
    assert main(["resend", KEY, PERIOD]) == 0
    assert f"sent to {shared}/{KEY}/{PERIOD}." in capsys.readouterr().out
    assert sorted(path.suffix for path in (shared / KEY / PERIOD).iterdir()) == [".html", ".xlsx"]
    sealed = steps.seal(job)
    assert str(shared) in (settings().var / "archive" / KEY / PERIOD / "r01" / "receipts.json").read_text()
    shutil.rmtree(settings().var / "workspace")
    assert sealed["manifest_sha256"]
    (house / "list" / "log.csv").write_text(GOOD + "INC3,2026-09-03 08:00,\n")
    again, _ = draft("run-2")
    sign(again)
    steps.release(again)
    steps.deliver(again)
    names = [path.name for path in (shared / KEY / PERIOD).iterdir()]
    assert sorted(names) == sorted(
        f"Monthly incident report 2026-09{mark}.{form}" for mark in ("", " r2 corrected") for form in ("html", "xlsx")
    )
    assert to(mail) == []
