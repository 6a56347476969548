"""The monthly audit: its protocol goes to the report manager whatever came of it, and it is red where that is bad."""

import datetime as dt
from email import message_from_bytes
from email.policy import default

import pytest
from itss.audit import on_record
from itss.audit.protocol import audit_month
from itss.errors import AuditError, DeliveryError
from itss.register import Witness
from itss.standalone.sink import MailSink
from walk import KEY, PERIOD, connect, register

SECOND_OF = dt.datetime(2027, 1, 1, 21, tzinfo=dt.UTC)


@pytest.fixture
def sink(sealed, monkeypatch, tmp_path):
    with MailSink(tmp_path / "mail") as server:
        connect(monkeypatch, server.port)
        yield server


def mails(sink):
    return [message_from_bytes(path.read_bytes(), policy=default) for path in sink.mails()]


def words(mail):
    return mail.get_body(("html",)).get_content()


def test_a_clean_audit_is_reported_once_with_what_was_made_again(sealed, sink):
    key = register().propose(KEY, "Show mails", "asked for", "process_manager").key
    register().answer_proposal(key, "declined", "not agreed", "report_manager")
    for _ in range(2):
        found = audit_month(SECOND_OF)
        made = found.pop("made_again")
        assert found == {"sealed": 2, "removed": 0}
        assert sorted(made) == [f"{KEY} {PERIOD} r01", f"{KEY} {PERIOD} r02"]
    (protocol,) = mails(sink)
    assert protocol["X-Envelope-To"] == "report_manager@example.com"
    assert protocol["Subject"] == "服务报告审核 2027-01：无异常 / Audit of the service reports 2027-01: no problem"
    assert ", ".join(made) in words(protocol)
    assert "全部与签署和封存时一致" in words(protocol)
    assert Witness.read(words(protocol))[0].seq < register().head().seq
    at, kept = on_record.last(register())
    assert at <= dt.datetime.now(dt.UTC)
    assert (kept.month, kept.problems, kept.groups) == ("2027-01", 0, ())
    assert kept.total.en == "2 sealed version(s), 0 problem(s)."
    said = [line.details["protocol"]["witness"] for line in register().lines("audit")]
    assert said[0] == Witness.read(words(protocol))[0].text, "what is kept and what was mailed have one witness"
    assert said[1] == kept.witness
    (note,) = [one for one in register().notices() if one.kind == "audit"]
    assert (note.report, note.period, note.status) == ("report_audit", "2027-01", "accepted")


def test_a_problem_is_reported_and_red_and_another_one_is_reported_too(sealed, sink):
    (sealed[0] / "<b>.html").write_text("?")
    for _ in range(2):
        with pytest.raises(AuditError, match=r"r01: <b>\.html: was not sealed"):
            audit_month(SECOND_OF)
    (protocol,) = mails(sink)
    assert "发现 1 处问题" in protocol["Subject"]
    assert f"{KEY} {PERIOD} r01</h2>" in words(protocol)
    assert "&lt;b&gt;.html: was not sealed" in words(protocol)
    assert "What to do: Find out who changed it" in words(protocol)
    _, kept = on_record.last(register())
    assert [(one.where, [what.en for what in one.what]) for one in kept.groups] == [
        (f"{KEY} {PERIOD} r01", ["<b>.html: was not sealed"])
    ]
    (sealed[1] / "report.html").unlink()
    with pytest.raises(AuditError, match=r"2 problem\(s\) in 2 sealed version"):
        audit_month(SECOND_OF)
    assert len(mails(sink)) == 2
    with pytest.raises(AuditError):
        audit_month(SECOND_OF + dt.timedelta(days=31))
    assert [one.period for one in register().notices() if one.kind == "audit"] == ["2027-01", "2027-01", "2027-02"]


def test_a_protocol_that_cannot_be_mailed_is_tried_again(sealed, monkeypatch, tmp_path):
    with MailSink(tmp_path / "mail") as sink:
        port = sink.port
    connect(monkeypatch, port)
    with pytest.raises(DeliveryError):
        audit_month(SECOND_OF)
    with MailSink(tmp_path / "mail") as sink:
        connect(monkeypatch, sink.port)
        assert audit_month(SECOND_OF)["sealed"] == 2
        assert len(mails(sink)) == 1
