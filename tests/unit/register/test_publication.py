from __future__ import annotations

import datetime as dt
import threading

import pandas as pd
import pytest
from itss.errors import RegisterError
from itss.measures.base import FIGURE_COLUMNS
from itss.register import Register, Revision
from itss.register.__main__ import main
from walking import NOW, open_one, walk

LATER = NOW + dt.timedelta(hours=3)


@pytest.fixture
def released(register: Register) -> Revision:
    revision = open_one(register)
    walk(register, revision, "released")
    return revision


def receipt(register: Register, revision: Revision, status: str, who: str = "a", at: dt.datetime = NOW) -> None:
    register.record_delivery(revision.ref, who.upper(), f"{who}@example.com", status, f"{status}!", f"<{who}>", at)


def test_delivered_means_everybody_who_was_planned(register: Register, released: Revision) -> None:
    for _again in range(2):
        register.plan_deliveries(
            released.ref, [("A", "a@example.com", "<a>"), ("B", "b@example.com", "<b>"), ("B", "B@x", "<b>")], NOW
        )
    receipt(register, released, "sending")
    receipt(register, released, "accepted")
    with pytest.raises(RegisterError, match=r"has not reached b@example\.com \(planned"):
        register.delivered(released.ref, LATER)
    receipt(register, released, "sending", "b")
    receipt(register, released, "refused", "b")
    with pytest.raises(RegisterError, match="refused: refused!"):
        register.delivered(released.ref, LATER)
    receipt(register, released, "sending", "b", LATER)
    receipt(register, released, "accepted", "b", LATER)
    for _again in range(2):
        register.delivered(released.ref, LATER + dt.timedelta(days=9))
    assert register.revision(released.ref).delivered_at == LATER, "when the last server said yes"
    assert [(r.address, r.status, r.attempts) for r in register.deliveries(released.ref)] == [
        ("a@example.com", "accepted", 1),
        ("b@example.com", "accepted", 2),
    ]


def test_nobody_is_not_everybody(register: Register, released: Revision) -> None:
    with pytest.raises(RegisterError, match="has not reached anybody"):
        register.delivered(released.ref, NOW)


def test_an_accepted_mail_is_never_begun_again(register: Register, released: Revision) -> None:
    receipt(register, released, "sending")
    receipt(register, released, "accepted")
    receipt(register, released, "accepted")
    for status in ("sending", "deferred", "refused", "planned"):
        with pytest.raises(RegisterError, match="has it already"):
            receipt(register, released, status)


def test_of_many_who_begin_the_same_mail_one_may(register: Register, released: Revision) -> None:
    outcomes: list[str] = []

    def begin() -> None:
        try:
            receipt(register, released, "sending")
            outcomes.append("mine")
        except RegisterError:
            outcomes.append("not mine")

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["mine"] + ["not mine"] * 7


def test_a_mail_cut_off_is_decided_by_a_person(
    register: Register, released: Revision, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt(register, released, "sending")
    with pytest.raises(RegisterError, match="how it ended is not known") as caught:
        receipt(register, released, "sending", at=LATER)
    command = caught.value.remedy.split("python -m itss.register ")[1].split(" (or")[0]
    assert main(["--url", url, *command.split()]) == 0
    (only,) = register.deliveries(released.ref)
    assert (only.status, only.at) == ("accepted", NOW), "it was delivered when it was sent, not when it was noticed"
    assert "customer_monthly 2026-09 r01" in capsys.readouterr().out
    assert main(["--url", url, *command.replace("a@", "nobody@").split()]) == 1
    assert "nobody@example.com" in capsys.readouterr().err


def test_whoever_cannot_be_reached_is_excused_by_a_person(register: Register, released: Revision, url: str) -> None:
    register.plan_deliveries(released.ref, [("A", "a@example.com", "<a>"), ("B", "b@example.com", "<b>")], NOW)
    receipt(register, released, "sending", "b")
    receipt(register, released, "refused", "b")
    words = ["delivery", "customer_monthly", "2026-09", "1"]
    assert main(["--url", url, *words, "b@example.com", "waived"]) == 0
    assert main(["--url", url, *words, "a@example.com", "waived"]) == 0
    with pytest.raises(RegisterError, match="has not reached anybody"):
        register.delivered(released.ref, NOW)
    receipt(register, released, "sending")
    receipt(register, released, "accepted")
    register.delivered(released.ref, NOW)
    assert [(item.address, item.status) for item in register.deliveries(released.ref)] == [
        ("a@example.com", "accepted"),
        ("b@example.com", "waived"),
    ]


def test_a_recipient_who_left_the_list_is_not_waited_for(register: Register, released: Revision) -> None:
    register.plan_deliveries(released.ref, [("A", "a@example.com", "<a>"), ("B", "b@example.com", "<b>")], NOW)
    register.plan_deliveries(released.ref, [("A", "a@example.com", "<a>")], NOW)
    receipt(register, released, "sending")
    receipt(register, released, "accepted")
    register.delivered(released.ref, NOW)
    assert register.deliveries(released.ref)[1].answer == "no recipient any more"


def test_a_revision_is_a_correction_only_to_whoever_has_the_earlier_one(register: Register) -> None:
    first = open_one(register, "a")
    register.fail(first.ref, "")
    register.supersede(first.ref, "given up")
    second = open_one(register, "b")
    assert not register.corrects(second.ref)
    walk(register, second, "sealed")
    assert register.corrects(open_one(register, "c").ref)


def test_a_deferred_one_may_be_begun_again(register: Register, released: Revision, url: str) -> None:
    receipt(register, released, "sending")
    words = ["delivery", "customer_monthly", "2026-09", "1", "a@example.com", "deferred"]
    assert main(["--url", url, *words]) == 0
    receipt(register, released, "sending", at=LATER)
    assert register.deliveries(released.ref)[0].attempts == 2


def test_sealing_twice_is_sealing_once_and_a_second_manifest_is_refused(register: Register, released: Revision) -> None:
    walk(register, released, "sealed")
    sealed = register.revision(released.ref)
    register.seal(released.ref, "/archive/r01", "5" * 64, LATER)
    assert register.revision(released.ref) == sealed
    with pytest.raises(RegisterError, match="is sealed as 5555"):
        register.seal(released.ref, "/archive/r01", "6" * 64, LATER)
    assert register.last_sealed("customer_monthly", "2026-09") == sealed
    assert register.last_sealed("customer_monthly", "2026-09", before=1) is None


def test_the_first_delivery_of_a_period_counts(register: Register) -> None:
    walk(register, open_one(register, "a", period="2026-07"), "sealed")
    walk(register, open_one(register, "b", period="2026-07"), "delivered", "d" * 64)
    late = open_one(register, "c", period="2026-08")
    register.fail(late.ref, "collect: no rows")
    frame = register.delivered_reports()
    assert list(frame.columns) == ["report", "period", "due_at", "delivered_at", "revision", "status", "submitted"]
    assert frame[["period", "revision", "status"]].to_numpy().tolist() == [
        ["2026-07", 1, "sealed"],
        ["2026-08", 1, "failed"],
    ]
    assert str(frame["delivered_at"].dtype) == "datetime64[us, UTC]"
    assert frame["delivered_at"][0] == pd.Timestamp(NOW)
    assert pd.isna(frame["delivered_at"][1])


def test_when_the_data_was_first_handed_in(register: Register) -> None:
    first = open_one(register, "a", period="2026-07")
    register.record_submissions(
        first.ref, [handed_in("incident", NOW), handed_in("change", NOW, missing="no connection")]
    )
    register.fail(first.ref, "collect: no rows")
    again = open_one(register, "b", period="2026-07")
    register.record_submissions(again.ref, [handed_in("incident", LATER), handed_in("change", LATER)])
    [submitted] = register.delivered_reports()["submitted"]
    assert submitted["change"] == LATER
    assert submitted["incident"] in (NOW, LATER)  # a failed run may be taken over, and its data with it


def handed_in(process: str, at: dt.datetime, missing: str = "") -> dict[str, object]:
    return {"process": process, "source": "desk", "rows": 1, "sha256": "0" * 64, "missing": missing,
            "collected_at": at.isoformat()}  # fmt: skip


def test_an_empty_register_has_typed_columns(register: Register) -> None:
    frame = register.delivered_reports()
    assert frame.empty
    assert str(frame["due_at"].dtype) == "datetime64[us, UTC]"
    assert register.published_history("customer_monthly").empty


def test_published_history_is_what_went_out_last_for_each_period(register: Register) -> None:
    def publish(run: str, period: str, value: float, to: str) -> None:
        revision = open_one(register, run, period=period)
        rows = [
            ["backlog", "incident", period, "", "", value, "count", None, None, 5, None, ""],
            ["backlog", "incident", period, "priority", "High", 1.0, "count", None, None, 5, None, ""],
        ]
        register.record_figures(revision.ref, pd.DataFrame(rows, columns=FIGURE_COLUMNS))
        walk(register, revision, to, run * 64)

    publish("a", "2026-07", 1.0, "sealed")
    publish("b", "2026-07", 2.0, "delivered")
    publish("c", "2026-08", 3.0, "sealed")
    publish("d", "2026-08", 4.0, "submitted")
    history = register.published_history("customer_monthly")
    assert history[["period", "value", "revision"]].to_numpy().tolist() == [["2026-07", 2.0, 2], ["2026-08", 3.0, 1]]


def test_the_desk_lists_and_gives_up(register: Register, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    open_one(register)
    place = ["customer_monthly", "2026-09", "1", "--reason", "run-a was deleted"]
    assert main(["--url", url, "fail", *place]) == 0
    assert main(["--url", url, "supersede", *place]) == 0
    assert main(["--url", url, "list", "customer_monthly", "2026-09"]) == 0
    assert "r1 superseded" in capsys.readouterr().out
    assert open_one(register, "run-b").number == 2
    assert main(["--url", url, "upgrade"]) == 0
