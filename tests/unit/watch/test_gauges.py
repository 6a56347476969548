"""What the watch sends to a monitoring system: of the record, zeros too, and when the register is away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pytest
from itss.cli import main
from itss.errors import ItssError, RegisterUnreachableError
from itss.monitoring import emitting
from itss.settings import settings
from itss.standalone.sink import MailSink
from itss.steps import watching
from itss.watch.matter import KINDS, OF_AIRFLOW
from prometheus_client.parser import text_string_to_metric_families
from watched import change, deliver, open_one, shanghai, submit

Found = dict[tuple[str, str], float]
ASKED_AT, NOW = shanghai(10, 9, 10), shanghai(10, 9, 12)


class Kept:
    """Gauges as they were sent last, by name and the value of their tag."""

    def __init__(self) -> None:
        self.gauges: Found = {}

    def gauge(self, stat: str, value: float, *, tags: Mapping[str, str]) -> None:
        self.gauges[stat.removeprefix("itss."), "".join(tags.values())] = value

    def incr(self, stat: str, count: int, *, tags: Mapping[str, str]) -> None:
        """Counters are not looked at here."""

    def timing(self, stat: str, dt: float, *, tags: Mapping[str, str]) -> None:
        """Nor are times."""


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    exporter = Kept()
    monkeypatch.setattr(emitting, "_to", [exporter])
    return exporter


def test_questions_and_states_are_counted_and_what_is_over_is_zero(house: Path, mail: MailSink, kept: Kept) -> None:
    ref = open_one(ASKED_AT)
    submit(ref, ASKED_AT)
    watching.watch(NOW)
    found = kept.gauges
    assert found["questions.open", "initial_review"] == 1
    assert found["questions.oldest", "initial_review"] == (NOW - ASKED_AT).total_seconds()
    assert found["questions.open", "approval"] == found["questions.oldest", "approval"] == 0
    assert (found["revisions", "submitted"], found["revisions", "sealed"]) == (1, 0)
    assert found["watch.last_look", "dag"] == NOW.timestamp()
    assert found["register.reachable", "dag"] == 1
    asked = {kind for name, kind in found if name == "matters"}
    assert asked == set(KINDS) - OF_AIRFLOW  # Airflow was not asked


def test_mails_that_did_not_arrive_are_counted_until_they_have(house: Path, mail: MailSink, kept: Kept) -> None:
    deliver(open_one(ASKED_AT), ASKED_AT, report_manager="refused")
    watching.watch(NOW)
    assert kept.gauges["deliveries.unsettled", "refused"] == 1
    assert kept.gauges["deliveries.unsettled", "deferred"] == 0


def test_a_register_that_is_away_is_said_before_the_task_fails(
    house: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITSS_REGISTER_URL", "postgresql+psycopg://nobody@127.0.0.1:1/register")
    with pytest.raises(RegisterUnreachableError):
        watching.watch(NOW)
    assert kept.gauges == {("register.reachable", "dag"): 0}


def test_the_command_writes_the_same_for_prometheus(house: Path, tmp_path: Path) -> None:
    file = tmp_path / "itss.prom"
    open_one(dt.datetime.now(dt.UTC) - dt.timedelta(hours=1))
    main(["watch", "--metrics", str(file)])
    found = _read(file)
    assert found["itss_revisions", "open"] == 1
    assert found["itss_register_reachable", "command"] == 1
    assert ("itss_watch_last_look", "dag") not in found


def test_the_command_says_that_the_register_is_away(
    house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "itss.prom"
    monkeypatch.setenv("ITSS_REGISTER_URL", "postgresql+psycopg://nobody@127.0.0.1:1/register")
    assert main(["watch", "--metrics", str(file)]) == 1
    assert _read(file) == {("itss_register_reachable", "command"): 0}


@pytest.mark.parametrize(
    ("name", "value"),
    [("ITSS_REPORT_LIST", "/nowhere/report_list.yaml"), ("ITSS_SCHEDULE_FROM", "2026-13-01")],
)
def test_a_look_that_fails_leaves_no_number_of_the_look_before(
    house: Path, tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    file = tmp_path / "itss.prom"
    watching.opened(settings())  # makes the register
    change(lambda entry: entry["period"].update(first="2100-01-01"))
    assert main(["watch", "--metrics", str(file)]) == 0
    monkeypatch.setenv(name, value)
    assert main(["watch", "--metrics", str(file)]) == 1
    assert _read(file) == {("itss_matters", "watch_blind"): 1}
    with pytest.raises(ItssError):
        watching.watch(NOW)
    assert kept.gauges["matters", "watch_blind"] == 1


def test_a_key_that_cannot_be_read_is_said_by_the_file_and_a_mail_server_that_is_down_is_not(
    house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, key = tmp_path / "itss.prom", tmp_path / "no.pem"
    watching.opened(settings())  # makes the register
    change(lambda document: document["reports"].append({"key": "broken_monthly"}), whole=True)
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", "smtp://127.0.0.1:9")
    assert main(["watch", "--notify", "--metrics", str(file)]) == 1
    assert _read(file)["itss_matters", "list_broken"] == 1
    change(lambda document: document["reports"].append({"key": "another_monthly"}), whole=True)
    key.write_text("words", encoding="utf-8")
    monkeypatch.setenv("ITSS_SIGNING_KEY", str(key))
    assert main(["watch", "--notify", "--metrics", str(file)]) == 1
    assert _read(file) == {("itss_matters", "watch_blind"): 1}


def test_an_audit_that_never_ran_is_long_ago(house: Path, mail: MailSink, kept: Kept) -> None:
    watching.watch(NOW)
    assert kept.gauges["audit.last", ""] == 0
    record = watching.opened(settings())[1]
    record.record_audit("audit", {"problems": 2})
    watching.watch(NOW)
    assert kept.gauges["audit.last", ""] > 0
    assert kept.gauges["audit.problems", ""] == 2


def _read(file: Path) -> Found:
    families = text_string_to_metric_families(file.read_text(encoding="utf-8"))
    return {(one.name, "".join(one.labels.values())): one.value for family in families for one in family.samples}
