"""Samples and their way out: declared names alone, nothing where nobody listens, and never an error of a step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from itss.errors import ConfigurationError
from itss.flow.labels import OWN_TASKS, TASKS
from itss.monitoring import emitting
from itss.monitoring.exposition import exposition, write
from itss.monitoring.of_lines import samples_of_line
from itss.monitoring.of_steps import SIGN_OFF, samples_of_rows, samples_of_step, step_of
from itss.monitoring.series import ALL, NONE, Sample, sample
from prometheus_client.parser import text_string_to_metric_families

Sent = list[tuple[str, str, float, Mapping[str, str]]]


class Kept:
    """An exporter that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: Sent = []

    def incr(self, stat: str, count: int, *, tags: Mapping[str, str]) -> None:
        self.sent.append(("counter", stat, count, tags))

    def gauge(self, stat: str, value: float, *, tags: Mapping[str, str]) -> None:
        self.sent.append(("gauge", stat, value, tags))

    def timing(self, stat: str, dt: float, *, tags: Mapping[str, str]) -> None:
        self.sent.append(("timer", stat, dt, tags))


class Broken(Kept):
    def incr(self, stat: str, count: int, *, tags: Mapping[str, str]) -> None:
        raise OSError("no route")


@pytest.fixture
def kept() -> Iterator[Kept]:
    exporter = Kept()
    emitting.send_by(exporter)
    yield exporter
    emitting.send_by(None)


def test_each_form_goes_its_way_with_all_tags_and_a_time_in_milliseconds(kept: Kept) -> None:
    emitting.emit(samples_of_step("collect_incident", 1.5, "ok"))
    emitting.emit(
        [sample("matters", 3, kind="report_late"), sample("failures", step="check", cause="DataRefusedError")]
    )
    emitting.emit([sample("rows", 0, process="incident")])
    assert kept.sent == [
        ("timer", "itss.step", 1500, {"step": "collect", "process": "incident", "outcome": "ok"}),
        ("gauge", "itss.matters", 3, {"kind": "report_late"}),
        ("counter", "itss.failures", 1, {"step": "check", "cause": "DataRefusedError"}),
    ]


def test_a_tag_that_an_exporter_would_drop_is_spelled_so_that_it_does_not(kept: Kept) -> None:
    emitting.emit([sample("questions.open", 1, level="部门,a=b"), sample("step", 1, step="seal", outcome="ok")])
    assert [tags for *_, tags in kept.sent] == [
        {"level": "___a_b"},
        {"step": "seal", "process": NONE, "outcome": "ok"},
    ]


def test_what_is_not_declared_cannot_be_sent() -> None:
    with pytest.raises(KeyError):
        sample("reports")
    with pytest.raises(KeyError, match="report"):
        sample("matters", 1, kind="report_late", report="customer_monthly")
    assert not {"report", "period", "revision"} & {tag for series in ALL.values() for tag in series.tags}


def test_nothing_is_made_where_nobody_listens() -> None:
    def samples() -> Iterator[Sample]:
        raise AssertionError("made")
        yield

    emitting.emit(samples())


def test_a_store_that_does_not_say_a_size_fails_nothing_else(kept: Kept) -> None:
    def size() -> int:
        raise OSError("no route")

    emitting.emit(samples_of_rows("incident", 7, size))
    assert [name for _, name, *_ in kept.sent] == ["itss.rows"]


def test_a_configuration_that_is_wrong_fails_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    def wrong(name: str) -> bool:
        raise ValueError(f"{name} is no boolean")

    emitting.switch_on(wrong, Kept)
    emitting.switch_on(lambda _: False, Kept)
    assert not emitting.is_on()
    assert "Metrics are not sent: ValueError: statsd_on is no boolean" in caplog.text
    emitting.switch_on(lambda name: name == "otel_on", Kept)
    assert emitting.is_on()
    emitting.send_by(None)


def test_an_exporter_that_fails_fails_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    emitting.send_by(Broken())
    try:
        emitting.emit([sample("failures", step="check", cause="X")])
    finally:
        emitting.send_by(None)
    assert "A metric could not be sent: OSError: no route" in caplog.text


@pytest.mark.parametrize(
    ("task", "step"),
    [
        ("collect_incident", ("collect", "incident")),
        ("wait_risk_log", ("wait", "risk_log")),
        ("approval", (SIGN_OFF, "")),
    ],
)
def test_steps_are_named_without_what_a_list_names(task: str, step: tuple[str, str]) -> None:
    assert step_of(task) == step


def test_every_task_of_the_product_is_a_step_of_its_name() -> None:
    idle = {"no_review", "next_revision"}  # of Airflow's own operators
    for task in (TASKS.keys() | OWN_TASKS.keys()) - idle:
        assert step_of(task) == (task, "")


@pytest.mark.parametrize(
    ("kind", "details", "counted"),
    [
        ("sealed", {}, {}),
        ("findings", {"severities": {"critical": 2, "info": 1}}, {"findings.found": 3}),
        ("delivery", {"status": "refused", "address": "a@example.com"}, {"deliveries": 1}),
        ("delivery", {"status": "sending"}, {}),
        ("answered", {"chosen": ["Approve"], "question": "approval"}, {"answers": 1}),
        ("answered", {"state": "declined", "key": "proposal-1"}, {}),
    ],
)
def test_lines_are_counted(kind: str, details: dict[str, object], counted: dict[str, float]) -> None:
    first, *others = samples_of_line(kind, details)
    assert (first.series.name, first.tags) == ("ledger.lines", {"kind": kind})
    sums: dict[str, float] = {}
    for one in others:
        sums[one.series.name] = sums.get(one.series.name, 0) + one.value
    assert sums == counted


def test_prometheus_reads_the_file_and_it_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "itss.prom"
    file.write_text("something else")
    found = [
        sample("matters", 2, kind='a"\\\n'),
        sample("matters", 0, kind="b"),
        sample("watch.last_look", 1795944892.21, by="dag"),
    ]
    write(file, found)
    read = {
        (one.name, tuple(one.labels.items())): one.value
        for family in text_string_to_metric_families(file.read_text(encoding="utf-8"))
        for one in family.samples
    }
    assert read == {
        ("itss_matters", (("kind", 'a"\\\n'),)): 2,
        ("itss_matters", (("kind", "b"),)): 0,
        ("itss_watch_last_look", (("by", "dag"),)): 1795944892.21,
    }
    assert [path.name for path in tmp_path.iterdir()] == ["itss.prom"]
    assert exposition(found).count("# TYPE itss_matters gauge") == 1


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"away/itss\.prom cannot be written"):
        write(tmp_path / "away" / "itss.prom", [])
