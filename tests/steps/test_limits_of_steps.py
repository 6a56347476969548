"""A step that its limit ends in the middle of something: the record is whole, and nobody gets a mail twice."""

import threading

import pytest
from itss import steps
from itss.errors import DeliveryError, TimeLimitError
from itss.register import Register
from itss.time_limit import limited
from walk import KEY, PERIOD, draft, register, sign, to

REF = (KEY, PERIOD, 1)


def test_a_transaction_is_whole_or_not_at_all(mail):
    draft()
    before = [line.kind for line in register().lines()]

    def write_half():
        with limited("The step", 0.3), register().writing() as desk:
            desk.note("register", "rebuilt", "report_manager")
            desk.revision(REF).note = "half"
            desk.session.flush()
            threading.Event().wait(60)

    with pytest.raises(TimeLimitError):
        write_half()
    assert register().revision(REF).note == ""
    assert [line.kind for line in register().lines()] == before
    assert register().verify() == []
    assert register().differences()[0] == []
    register().fail(REF, "nobody holds its lock")


def test_a_mail_whose_receipt_it_took_away_is_not_sent_again(mail, monkeypatch):
    job, _ = draft()
    sign(job)
    steps.release(job)
    record = Register.record_delivery

    def stuck(self, ref, recipient, address, status, *rest):
        if status == "accepted":
            threading.Event().wait(60)
        return record(self, ref, recipient, address, status, *rest)

    monkeypatch.setattr(Register, "record_delivery", stuck)
    with pytest.raises(TimeLimitError), limited("The step deliver", 3):
        steps.deliver(job)
    monkeypatch.setattr(Register, "record_delivery", record)
    (first,) = to(mail)
    with pytest.raises(DeliveryError, match="how it ended is not known"):
        steps.deliver(job)
    assert to(mail).count(first) == 1
    assert {one.address: one.status for one in register().deliveries(REF)}[first] == "sending"
