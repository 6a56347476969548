"""A mail server that is down, slow, refuses one of three, or breaks off anywhere; a sender killed at the same points.

The mails are counted at the server. Where only its log can tell whether a mail arrived, the test asks it, as a person
would.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

import pytest
from bad_mail_server import CUT, HANG, KEPT, KEPT_AND_CUT, REPLIED_AND_CUT, BadMailServer, killing
from itss.errors import DeliveryError
from ledger import IS_THOROUGH, Injected
from way import KEY, ORDER, PERIOD, REF, House, lost_and_doubled, way, whole

ONE = "process_manager@example.com"
REST = ORDER[ORDER.index("deliver") :]

REFUSED = {
    "4xx for one of three": ("RCPT", "451 4.7.1 greylisted"),
    "5xx for one of three": ("RCPT", "550 5.1.1 no such mailbox"),
    "4xx after DATA for one of three": ("MESSAGE", "452 4.3.1 disk full"),
    "5xx after DATA for one of three": ("MESSAGE", "554 5.6.0 not wanted"),
}
BEFORE = {
    "cut before DATA": ("DATA", CUT),
    "slow at RCPT": ("RCPT", HANG),
}
BROKEN = {
    "cut in DATA": ("PART", CUT),
    "cut after DATA, not kept": ("MESSAGE", CUT),
    "cut after DATA, kept": ("MESSAGE", KEPT_AND_CUT),
    "slow after DATA": ("MESSAGE", HANG),
    "no code after DATA, kept": ("MESSAGE", KEPT + "OK"),
    "8,192 bytes and more after DATA, kept": ("MESSAGE", KEPT + "550 " + "x" * 9000),
}
TAKEN = {"200 after DATA": KEPT + "200 taken", "251 after DATA": KEPT + "251 will forward"}


@pytest.mark.parametrize("fault", REFUSED)
def test_one_of_three_is_refused(walked: House, injected: Injected, fault: str) -> None:
    walked.back_to("deliver")
    verb, answer = REFUSED[fault]
    with injected(f"SMTP {fault}") as count:
        walked.box.on[verb, ONE] = answer
        failed = walked.task(way()["deliver"], "deliver")
        assert failed.error == DeliveryError.__name__
        assert {to for to, _ in walked.box.reports()} == {"data_provider@example.com", "report_manager@example.com"}
        (alarm,) = walked.box.alarms()
        assert answer in alarm
        assert f"{KEY} {PERIOD} (deliver)" in alarm
        assert ONE in alarm
        walked.box.heal()
        walked.walk(REST)
        whole(walked)
        count.lost, count.doubled = lost_and_doubled(walked)


@pytest.mark.parametrize("fault", BEFORE)
def test_the_connection_breaks_before_the_mail_is_handed_over(walked: House, injected: Injected, fault: str) -> None:
    """Nothing is on its way, so the next run sends it, and nobody has to decide."""
    walked.back_to("deliver")
    with injected(f"SMTP {fault}") as count:
        walked.box.on[BEFORE[fault][0], ONE] = BEFORE[fault][1]
        failed = walked.task(way()["deliver"], "deliver")
        assert f"{ONE}: deferred, the connection broke before the mail was handed over" in failed.text
        walked.box.heal()
        walked.walk(REST)
        whole(walked)
        count.lost, count.doubled = lost_and_doubled(walked)


@pytest.mark.parametrize("fault", TAKEN)
def test_another_2xx_takes_the_mail(walked: House, injected: Injected, fault: str) -> None:
    walked.back_to("deliver")
    with injected(f"SMTP {fault}") as count:
        walked.box.on["MESSAGE", ONE] = TAKEN[fault]
        walked.walk(REST)
        whole(walked)
        count.lost, count.doubled = lost_and_doubled(walked)


@pytest.mark.parametrize("fault", BROKEN)
def test_the_connection_breaks_for_one_of_three(walked: House, injected: Injected, fault: str) -> None:
    walked.back_to("deliver")
    verb, action = BROKEN[fault]
    with injected(f"SMTP {fault}") as count:
        walked.box.on[verb, ONE] = action
        assert walked.task(way()["deliver"], "deliver").error == DeliveryError.__name__
        walked.box.heal()
        a_person_decides(walked)
        count.lost, count.doubled = lost_and_doubled(walked)


def test_the_connection_is_cut_after_the_reply(walked: House, injected: Injected) -> None:
    walked.back_to("deliver")
    with injected("SMTP cut after the reply") as count:
        walked.box.on["MESSAGE", ONE] = REPLIED_AND_CUT
        walked.walk(REST)
        whole(walked)
        count.lost, count.doubled = lost_and_doubled(walked)


POINTS = [("DATA", False), ("MESSAGE", False), ("MESSAGE", True)]
POINTS += [("RCPT", False), ("PART", False)] if IS_THOROUGH else []


@pytest.mark.parametrize(("verb", "is_kept"), POINTS)
def test_the_sender_is_killed_while_the_server_has_the_word(
    walked: House, injected: Injected, verb: str, is_kept: bool
) -> None:
    walked.back_to("deliver")
    with injected(f"kill -9 of the sender at {verb}{', kept' if is_kept else ''}") as count:
        walked.box.on[verb, ONE] = killing(walked.pid, is_kept=is_kept)
        assert walked.task(way()["deliver"], "deliver").signal == signal.SIGKILL
        walked.box.heal()
        a_person_decides(walked)
        count.lost, count.doubled = lost_and_doubled(walked)


def a_person_decides(house: House) -> None:
    """Run again it sends nothing to whom it may have reached, says so, and goes on once that is decided."""
    before = house.box.reports()[ONE, ""]
    again = house.task(way()["deliver"], "deliver")
    assert "how it ended is not known" in again.text
    assert f"python -m itss.register delivery {KEY} {PERIOD} 1 {ONE} accepted (or deferred" in again.text
    assert house.box.reports()[ONE, ""] == before
    assert sum(house.box.reports().values()) == len(house.box.reports()), "nobody got it twice"
    assert "how it ended is not known" in house.box.alarms()[-1]
    assert house.decide_by_the_servers_log() == 1
    house.walk(REST)
    whole(house)


def closed(house: House) -> BadMailServer:
    """No server at all: the port answers nobody."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    away = BadMailServer.__new__(BadMailServer)
    away.port = port
    return away


def hanging(house: House) -> BadMailServer:
    house.box.on["CONNECT", "*"] = HANG
    return house.box


@pytest.mark.parametrize(("fault", "box"), [("down", closed), ("slow to greet", hanging)])
def test_no_server_answers(
    walked: House, injected: Injected, fault: str, box: Callable[[House], BadMailServer]
) -> None:
    """The alarm cannot leave by mail either; it is on record, and the task is red."""
    walked.back_to("deliver")
    sound = walked.box
    with injected(f"SMTP {fault}") as count:
        walked.box = box(walked)
        try:
            failed = walked.task(way()["deliver"], "deliver")
        finally:
            walked.box = sound
        assert "3 of 4 recipients have not got it" in failed.text
        assert "does not answer" in failed.text
        assert not sound.reports()
        with walked.placed() as register:
            revision = register.revision(REF)
            assert (revision.state, revision.reached) == ("failed", "released")
            assert "does not answer" in revision.note
        sound.heal()
        walked.walk(REST)
        whole(walked)
        count.lost, count.doubled = lost_and_doubled(walked)
