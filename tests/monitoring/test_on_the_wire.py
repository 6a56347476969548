"""What a running Airflow puts on the wire: every series, spans and lines of logs. `make monitoring`.

It takes minutes, so it is not part of `make test`: there the list that it leaves is compared with dashboard and rules.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest
from house import BAD, GOOD
from itss.monitoring.series import ALL, NONE, PREFIX
from monitored_airflow import BAD_PERIOD, PERIOD, SLOW, Seen, monitored
from receivers import attributes
from series_of_prometheus import LIST

pytestmark = [
    pytest.mark.flow,
    pytest.mark.skipif(not os.environ.get("ITSS_MONITORING"), reason="takes minutes: make monitoring"),
]
PLAIN = {"gauge": "g", "counter": "c", "timer": "ms"}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    with monitored(tmp_path_factory.mktemp("monitored")) as found:
        yield found


def test_the_list_of_what_came_is_as_it_was(seen: Seen) -> None:
    came: dict[tuple[str, str], set[str]] = {}
    for one in seen.statsd.received:
        came.setdefault((one.name, one.kind), set()).update(one.tags)
    lines = sorted(" ".join([*key, ",".join(sorted(tags))]).rstrip() for key, tags in came.items())
    known = LIST.read_text(encoding="utf-8").splitlines() if LIST.exists() else []
    rarely = [line for line in known if line not in lines]
    LIST.write_text("\n".join(sorted({*known, *lines})) + "\n", encoding="utf-8")
    assert not [line for line in rarely if line.startswith("airflow.itss.")]
    assert not seen.statsd.strange


def test_each_series_of_the_product_came_with_its_tags_and_in_its_form(seen: Seen) -> None:
    for series in ALL.values():
        came = seen.statsd.named("airflow." + PREFIX + series.name)
        assert came, series.name
        assert {one.kind for one in came} == {PLAIN[series.form]}
        assert {tuple(one.tags) for one in came} == {series.tags}


def test_values_are_those_of_the_record(seen: Seen) -> None:
    statsd = seen.statsd

    def sums(name: str, **tags: str) -> float:
        return sum(one.value for one in statsd.named(f"airflow.itss.{name}", **tags))

    assert sums("rows", process="incident") == 3 * 6 + 4 * 6  # the file begins in January; four months of either report
    assert sums("deliveries", status="accepted") == 2
    assert sums("answers", option="approve") == 2
    assert sums("ledger.lines", kind="sealed") == 1
    assert sums("failures", step="check", cause="DataRefusedError") == 1
    assert sums("findings.found", severity="critical") == sums("findings", severity="critical") > 0
    assert sums("revisions", state="sealed") == sums("revisions", state="failed") == 1
    assert sums("ledger.lines") <= sums("ledger.head")
    assert sums("register.reachable", by="dag") == 1
    assert sums("audit.last") > 0 == sums("audit.problems")


def test_steps_that_wait_for_people_are_no_failures(seen: Seen) -> None:
    ends = [one.tags["outcome"] for one in seen.statsd.named("airflow.itss.step", step="sign_off")]
    assert sorted(ends) == ["ok", "ok", "waits", "waits"]
    (failed,) = seen.statsd.named("airflow.itss.step", outcome="failed")
    assert failed.tags == {"step": "check", "process": NONE, "outcome": "failed"}
    assert failed.value > 0


def test_a_killed_dag_file_is_counted(seen: Seen) -> None:
    assert SLOW in {one.tags["file_path"] for one in seen.statsd.named("airflow.dag_processing.processor_timeouts")}


def test_each_step_has_a_span_below_that_of_its_task(seen: Seen) -> None:
    by_id = {span.span_id: span for span in seen.traces.spans}
    ours = [span for span in seen.traces.spans if span.name.startswith("itss.")]
    for span in ours:
        parent = by_id[span.parent_span_id]
        assert parent.name.startswith("worker.")
        assert parent.trace_id == span.trace_id
    known = {"itss.report": GOOD, "itss.period": PERIOD, "itss.revision": 1}
    steps = [attributes(span)["itss.step"] for span in ours if known.items() <= attributes(span).items()]
    machine, asked = ["open", "collect", "check", "measure", "render"], ["sign_off"] * 4
    assert steps == [*machine, *asked, "release", "deliver", "seal"]
    (failed,) = [span for span in ours if attributes(span)["itss.outcome"] == "failed"]
    assert attributes(failed)["itss.period"] == BAD_PERIOD
    assert failed.status.message == "DataRefusedError"
    (event,) = failed.events
    assert (event.name, [one.key for one in event.attributes]) == ("exception", ["exception.type"])


def test_lines_of_a_step_say_which_revision_they_are_about(seen: Seen) -> None:
    for report, period, task in ((GOOD, PERIOD, "measure"), (GOOD, PERIOD, "deliver"), (BAD, BAD_PERIOD, "check")):
        own = [line for line in _lines(seen, report, task) if line["logger"].startswith("itss.")]
        assert own
        for line in own:
            assert (line["report"], line["period"], line["revision"]) == (report, period, 1)
            assert line["step"] == task


def test_logs_are_in_the_store_and_the_ui_reads_them_there(seen: Seen) -> None:
    # what was running when Airflow ended is still there
    assert not [path for path in seen.on_disk if f"dag_id={GOOD}/" in str(path)]
    (stored,) = [line for line in _lines(seen, GOOD, "measure") if line["event"].startswith("Measured: ")]
    (shown,) = [line for line in seen.in_ui if line["event"].startswith("Measured: ")]
    assert shown["event"] == stored["event"]
    assert (shown["report"], shown["period"], shown["revision"]) == (GOOD, PERIOD, 1)


def _lines(seen: Seen, report: str, task: str) -> list[dict[str, str]]:
    found = [text for key, text in seen.in_bucket.items() if f"dag_id={report}/" in key and f"task_id={task}/" in key]
    lines = [json.loads(line) for text in found for line in text.splitlines()]
    return [line for line in lines if "logger" in line]
