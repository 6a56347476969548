"""The same fault a second time is said a second time; what lasts, or is gone for a moment, is not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from itss.notices import notifying
from itss.settings import settings
from itss.standalone.sink import MailSink
from itss.steps import watching
from itss.watch.airflow_dags import _paused
from itss.watch.airflow_here import here
from itss.watch.airflow_seen import Seen, SeenDag
from itss.watch.matter import KINDS, RETURNING, Addressed, Matter
from watched import KEY, MANAGER, change, mails, open_one, register

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
NOW = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def nothing_else_is_due(house: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITSS_SCHEDULE_FROM", "2026-11-01")
    change(lambda entry: entry["period"].update(first="2027-06-01"))


def break_list() -> None:
    change(lambda document: document["reports"].append({"key": "broken_monthly"}), whole=True)


def fix_list() -> None:
    change(lambda document: document["reports"].pop(), whole=True)


def look(at: dt.datetime, *others: Matter) -> list[str]:
    """The addresses mailed at ``at`` by a look that was also asked of Airflow."""
    return watching.notify_all(settings(), [*watching.look(settings(), at), *others], at, unasked=())


def paused(at: dt.datetime) -> Matter:
    seen = SeenDag(KEY, "service_reports_00.py", False, True, frozenset(), at, 1.0)
    (matter,) = _paused(
        here(watching.opened(settings())[0].list, frozenset(), settings(), at), Seen({KEY: seen}, {}, at)
    )
    return matter


def test_a_list_that_is_broken_fixed_and_broken_again(mail: MailSink) -> None:
    break_list()
    assert look(NOW) == [MANAGER]
    assert look(NOW + HOUR) == []
    fix_list()
    assert look(NOW + 2 * HOUR) == []
    assert [one.status for one in register(NOW).notices(kind="list_broken")] == ["over"]
    break_list()
    assert look(NOW + 18 * DAY) == [MANAGER]
    assert look(NOW + 18 * DAY + 2 * HOUR) == []
    assert look(NOW + 27 * DAY) == []
    assert look(NOW + 30 * DAY) == [MANAGER], "what lasts is said again in the next month"
    first, again, lasting = [one["Message-ID"] for one in mails(mail)]
    assert len({first, again, lasting}) == 3, "a mail server drops a second mail of one id"


def test_a_dag_that_is_paused_unpaused_and_paused_again(mail: MailSink) -> None:
    assert look(NOW, paused(NOW)) == [MANAGER]
    assert look(NOW + DAY) == []
    assert look(NOW + 14 * DAY, paused(NOW + 14 * DAY)) == [MANAGER]
    assert look(NOW + 15 * DAY, paused(NOW + 15 * DAY)) == []
    watching.notify_all(settings(), [], NOW + 16 * DAY)  # by somebody who has not asked Airflow
    assert look(NOW + 17 * DAY, paused(NOW + 17 * DAY)) == []


def test_an_entry_that_is_deleted_twice_while_its_report_is_open(mail: MailSink) -> None:
    change(lambda entry: entry["period"].update(first="2026-09-01"))
    open_one(NOW - DAY)
    for key, at, whom in (("new", NOW, [MANAGER]), (KEY, NOW + DAY, []), ("new", NOW + 2 * DAY, [MANAGER])):
        change(lambda entry, key=key: entry.update(key=key))
        assert look(at) == whom


def test_two_that_look_and_do_not_see_the_same_mail_once(mail: MailSink) -> None:
    """One on each machine, half an hour apart in all: only the first one has the broken list."""
    for minutes in range(0, 8 * 60, 30):
        break_list()
        assert look(NOW + minutes * MINUTE) == ([] if minutes else [MANAGER])
        fix_list()
        assert look(NOW + (minutes + 15) * MINUTE) == []


def test_what_was_over_before_any_mail_got_out_is_said_when_it_returns(
    mail: MailSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = NOW + DAY
    with monkeypatch.context() as down:
        down.setenv("AIRFLOW_CONN_SMTP_DEFAULT", "smtp://127.0.0.1:9")
        with pytest.raises(Exception, match="could not be sent"):
            look(NOW, paused(NOW))
    assert look(NOW + HOUR) == []
    assert [one.status for one in register(NOW).notices(kind="airflow_list")] == ["waived"]
    assert look(at, paused(at)) == [MANAGER]


def test_who_was_excused_by_a_person_stays_excused(mail: MailSink, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as down:
        down.setenv("AIRFLOW_CONN_SMTP_DEFAULT", "smtp://127.0.0.1:9")
        with pytest.raises(Exception, match="could not be sent"):
            look(NOW, paused(NOW))
    (notice,) = register(NOW).notices(kind="airflow_list")
    register(NOW).record_notice(notice.message_id, "waived", "decided by root", NOW)
    assert look(NOW + DAY, paused(NOW + DAY)) == []


def test_each_kind_but_a_deadline_may_return(mail: MailSink) -> None:
    """By the notices themselves, whatever a kind is about."""
    matter, known = paused(NOW), register(NOW)
    for kind in KINDS:
        of_kind = Addressed(matter.people[0], replace(matter, kind=kind))
        said = []
        for day, wanted in enumerate(([of_kind], [of_kind], [], [of_kind], [of_kind])):
            given = (watching.partial(watching.watch_mail, kind, settings()), known, settings().smtp_connection)
            said.append(len(notifying.notify(kind, wanted, *given, NOW + day * DAY)))
        is_deadline = kind.partition("_")[2] in ("due", "late")
        assert said == [1, 0, 0, 0 if is_deadline else 1, 0], kind
        assert (kind in RETURNING) is not is_deadline
    assert known.verify() == []
    assert known.differences()[0] == []
