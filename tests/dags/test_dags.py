"""Integrity and policy of the DAGs that come out of the report list, parsed in a process of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from itss.report_list.rules import STEP_NAMES

HOME = Path(__file__).resolve().parents[2]
LIST = HOME / "include" / "report_list.yaml"
STEPS = ["1 登记", "2 收集", "3 生成", "4 初审", "5 审批", "6 公布", "7 回顾", "8 存档"]
Probe = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Probe:
    """Parse the DAG folder in a fresh process, optionally with another list or for one DAG only."""
    home = tmp_path_factory.mktemp("airflow")

    def run(**variables: str) -> dict[str, Any]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ITSS_")} | {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(HOME / "plugins"),  # the schedule is known by the plugin
            "ITSS_VAR": str(home / "var"),
        }
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("probe.py")), str(HOME / "dags")],
            env=environment | variables,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        result: dict[str, Any] = json.loads(done.stdout[done.stdout.index('{"heavy"') :])
        return result

    return run


@pytest.fixture(scope="module")
def parsed(probe: Probe) -> dict[str, Any]:
    return probe()


@pytest.fixture(scope="module")
def listed() -> dict[str, Any]:
    """The demo list, read without the loader."""
    found: dict[str, Any] = yaml.safe_load(LIST.read_text())
    return found


def test_every_entry_has_its_dag_and_the_list_no_problem(parsed: dict[str, Any], listed: dict[str, Any]) -> None:
    assert sorted(parsed["dags"]) == sorted(entry["key"] for entry in listed["reports"])
    assert parsed["problems"] == ""


def test_parsing_is_light_and_makes_no_new_dag_version(parsed: dict[str, Any]) -> None:
    assert parsed["heavy"] == []
    assert parsed["stable"]


def test_groups_read_as_the_eight_steps(parsed: dict[str, Any]) -> None:
    for dag in parsed["dags"].values():
        groups = [name for name in dag["groups"] if not name.startswith("退回")]
        assert [name.rsplit(" ", 1)[0] for name in groups] == STEPS


def test_schedule_is_the_entrys_cron_in_its_zone(parsed: dict[str, Any], listed: dict[str, Any]) -> None:
    for entry in listed["reports"]:
        dag = parsed["dags"][entry["key"]]
        assert dag["timetable"] == "PeriodTimetable"
        assert (dag["cron"], dag["zone"]) == (entry["period"]["schedule"], entry["period"]["timezone"])
        assert dag["catchup"] is False
        assert dag["dagrun_timeout"] is None, "an approver may take days"
        assert dag["params"] == {
            "period": ["null", "string"],
            "revision": ["null", "integer"],
            "use_todays_form": "boolean",
        }


def test_documentation_shows_the_ten_columns(parsed: dict[str, Any], listed: dict[str, Any]) -> None:
    columns = (
        "报告部门 报告模板 报告要求 报告周期 报告数据来源 "
        "报告数据收集方法 报告数据收集人员 报告撰写人员 报告审批要求 报告分发要求"
    )
    for entry in listed["reports"]:
        doc = parsed["dags"][entry["key"]]["doc"]
        for column in columns.split():
            assert f"| {column} " in doc
        assert entry["requirements"]["zh-CN"] in doc
        assert all(process in doc for process in entry["data_source"])


def test_every_task_belongs_to_the_author_and_reports_its_failure(
    parsed: dict[str, Any], listed: dict[str, Any]
) -> None:
    for entry in listed["reports"]:
        dag = parsed["dags"][entry["key"]]
        assert {entry["kind"], entry["period"]["kind"], "service-report"} == {
            one for one in dag["tags"] if ":" not in one
        }
        for task in dag["tasks"].values():
            assert task["owner"] == listed["people"][entry["author"]]["title"]["en"]
            assert task["on_failure"] == ["notify_of_failure"]
            assert task["retries"] >= 1
            (again, action), (rest, otherwise) = task["rules"]
            assert (action, rest, otherwise) == ("retry", "builtins.Exception", "fail")
            assert {"itss.errors.SourceUnreachableError", "itss.errors.DeliveryError"} <= set(again)
            assert "itss.errors.ItssError" not in again


def test_only_the_levels_approvers_are_asked_and_the_comment_is_optional(
    parsed: dict[str, Any], listed: dict[str, Any]
) -> None:
    people = listed["people"]
    for entry in listed["reports"]:
        tasks = parsed["dags"][entry["key"]]["tasks"]
        for level in entry["approval"]:
            task = tasks[level["name"]]
            assert task["assigned"] == [people[key]["user"] for key in level["approvers"]]
            assert task["options"] == ["Approve", "Reject"]
            assert task["comment"] == [["null", "string"]] * 2, "the comment, and the hash of what is shown"
        assert tasks["rework"]["assigned"] == [people[entry["author"]]["user"]]


def test_nothing_reaches_delivery_past_a_level_or_the_gate(parsed: dict[str, Any], listed: dict[str, Any]) -> None:
    for entry in listed["reports"]:
        tasks = parsed["dags"][entry["key"]]["tasks"]
        for gate in ["check", *(level["name"] for level in entry["approval"]), "release"]:
            without = {name: task["downstream"] for name, task in tasks.items() if name != gate}
            assert "deliver" not in _reachable(without, "open"), gate
        assert tasks["release"]["trigger_rule"] == "none_failed"
        assert tasks["open"]["downstream"] == sorted(f"collect_{process}" for process in entry["data_source"])


def test_a_task_process_builds_only_its_own_dag(probe: Probe) -> None:
    only = probe(_AIRFLOW_PARSING_CONTEXT_DAG_ID="internal_monthly")
    assert list(only["dags"]) == ["internal_monthly"]


def test_a_bad_entry_is_red_and_hides_no_other(probe: Probe, tmp_path: Path) -> None:
    bad = tmp_path / "report_list.yaml"
    bad.write_text(LIST.read_text().replace("key: internal_monthly", "key: internal_monthly\n    colour: red", 1))
    (tmp_path / "agreements").symlink_to(LIST.parent / "agreements")
    result = probe(ITSS_REPORT_LIST=str(bad))
    assert sorted(result["dags"]) == ["customer_monthly", "improvement_monthly", "on_time_delivery_quarterly"]
    line = 1 + bad.read_text().splitlines().index("    colour: red")
    assert f"report_list.yaml:{line}" in result["problems"]
    assert "colour" in result["problems"]


def test_the_author_is_asked_between_figures_and_report_where_the_entry_wants_it(
    probe: Probe, parsed: dict[str, Any], listed: dict[str, Any], tmp_path: Path
) -> None:
    asking = tmp_path / "report_list.yaml"
    asking.write_text(LIST.read_text().replace("key: internal_monthly", "key: internal_monthly\n    comment: true", 1))
    (tmp_path / "agreements").symlink_to(LIST.parent / "agreements")
    dags = probe(ITSS_REPORT_LIST=str(asking))["dags"]
    tasks = dags["internal_monthly"]["tasks"]
    (author,) = {entry["author"] for entry in listed["reports"] if entry["key"] == "internal_monthly"}
    assert (tasks["measure"]["downstream"], tasks["comment"]["downstream"]) == (["comment"], ["render"])
    assert tasks["comment"]["assigned"] == [listed["people"][author]["user"]]
    assert tasks["comment"]["options"] == ["OK"]
    assert tasks["comment"]["comment"] == [["null", "string"]], "an empty comment is one, too"
    assert "comment" not in parsed["dags"]["internal_monthly"]["tasks"]
    assert "comment" not in dags["customer_monthly"]["tasks"]


def test_a_review_asks_the_approvers_and_the_report_manager_and_its_minutes_stand_before_the_seal(
    parsed: dict[str, Any], listed: dict[str, Any]
) -> None:
    people, manager = listed["people"], listed["report_manager"]
    assert [entry["key"] for entry in listed["reports"] if entry.get("review")] == ["customer_monthly"]
    for entry in listed["reports"]:
        tasks = parsed["dags"][entry["key"]]["tasks"]
        if not entry.get("review"):
            assert "review_meeting" not in tasks
            assert tasks["deliver"]["downstream"] == ["no_review"]
            continue
        approvers = [key for level in entry["approval"] for key in level["approvers"]]
        form = tasks["review_meeting"]
        assert form["assigned"] == [people[key]["user"] for key in [*approvers, manager]]
        assert all("null" in kinds for kinds in form["comment"]), "a required field disables the button"
        assert tasks["deliver"]["downstream"] == ["review_meeting"]
        assert form["downstream"] == ["minutes"]
        assert form["retries"] > 10, "there is no form behind it"
        assert "itss.errors.ReviewRefusedError" in form["rules"][0][0]
        assert tasks["minutes"]["downstream"] == ["seal"]


def test_no_task_can_be_named_by_a_level(parsed: dict[str, Any], listed: dict[str, Any]) -> None:
    for entry in listed["reports"]:
        levels = {level["name"] for level in entry["approval"]}
        tasks = parsed["dags"][entry["key"]]["tasks"].keys() - levels
        assert {name for name in tasks if not name.startswith("collect_")} <= STEP_NAMES


def test_waiting_stands_before_collecting_and_holds_no_worker(probe: Probe) -> None:
    supplier = HOME / "docs" / "examples" / "supplier" / "report_list.yaml"
    found = probe(ITSS_REPORT_LIST=str(supplier))
    tasks = found["dags"]["supplier_monthly"]["tasks"]
    processes = ["availability", "capacity", "service_level"]
    assert tasks["open"]["downstream"] == [f"wait_{process}" for process in processes]
    for process in processes:
        assert tasks[f"wait_{process}"]["downstream"] == [f"collect_{process}"]
        assert tasks[f"collect_{process}"]["downstream"] == ["check"]
        assert tasks[f"wait_{process}"]["waits_for"] == process
        assert "itss.errors.DataMissingError" not in tasks[f"wait_{process}"]["rules"][0][0]
    assert found["stable"]
    assert found["heavy"] == []


def test_the_list_is_compiled_daily_whatever_is_in_it(probe: Probe, tmp_path: Path) -> None:
    for result in (probe(), probe(ITSS_REPORT_LIST=str(tmp_path / "missing.yaml"))):
        dag = result["list"]
        assert (dag["cron"], dag["zone"], dag["catchup"]) == ("0 7 * * *", "Asia/Shanghai", False)
        tasks = dag["tasks"]
        assert tasks["take_up"]["downstream"] == ["compile"]
        assert tasks["compile"]["downstream"] == ["announce", "escalate", "remind", "tell_refusals"]
        for task in tasks.values():
            assert task["on_failure"] == ["notify_of_own_failure"], "one mail a day and kind of error"
            assert task["rules"][0][1] == "retry"
            assert "itss.errors.DeliveryError" in task["rules"][0][0]


OWN = {
    "take_up": ("*/5 * * * *", ["take_up"]),
    "watch": ("*/30 * * * *", ["watch"]),
    "audit": ("0 5 2 * *", ["audit"]),
}


@pytest.mark.parametrize("name", OWN)
def test_the_products_own_dags_run_whatever_is_in_the_list(probe: Probe, tmp_path: Path, name: str) -> None:
    cron, tasks = OWN[name]
    since = "2026-11-01"  # a plain date will do
    for result in (probe(), probe(ITSS_REPORT_LIST=str(tmp_path / "missing.yaml"), ITSS_SCHEDULE_FROM=since)):
        dag = result[name]
        assert (dag["cron"], dag["zone"], dag["catchup"]) == (cron, "Asia/Shanghai", False)
        assert list(dag["tasks"]) == tasks
        for task in dag["tasks"].values():
            assert task["on_failure"] == ["notify_of_own_failure"], "one mail a day, not one every five minutes"
            assert task["rules"][0][1] == "retry"
            assert "itss.errors.AuditError" not in task["rules"][0][0]
    assert result[name]["start"].startswith(since)


def test_every_step_has_a_limit_and_a_query_its_pool(
    probe: Probe, parsed: dict[str, Any], listed: dict[str, Any], tmp_path: Path
) -> None:
    nothing_to_do = {"no_review", "no_initial_review", "next_revision"}
    for dag in parsed["dags"].values():
        limits = {name: task["limit_s"] for name, task in dag["tasks"].items() if name not in nothing_to_do}
        assert set(limits.values()) == {7200}, limits
        assert {task["pool"] for task in dag["tasks"].values()} == {"default_pool"}
    assert [parsed[name]["tasks"][name]["limit_s"] for name in ("watch", "audit")] == [7200, 86_400]

    document = yaml.safe_load(LIST.read_text())
    (entry,) = (one for one in document["reports"] if one["key"] == "internal_monthly")
    entry |= {"task_limit": "30m", "start_within": "90m"}
    entry["data_source"]["incident"]["time_limit_s"] = 3600  # longer than the step: with what comes after it
    document["pools"] = {"itsm_sample": 2}
    (tmp_path / "agreements").symlink_to(LIST.parent / "agreements")
    (tmp_path / "report_list.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))
    dag = probe(ITSS_REPORT_LIST=str(tmp_path / "report_list.yaml"), ITSS_TASK_LIMIT_S="60")
    tasks = dag["dags"]["internal_monthly"]["tasks"]
    assert tasks["collect_incident"]["limit_s"] == 3900
    assert {task["limit_s"] for name, task in tasks.items() if name not in {*nothing_to_do, "collect_incident"}} == {
        1800
    }
    in_pool = {name for name, task in tasks.items() if task["pool"] == "itss_itsm_sample"}
    assert in_pool == {f"collect_{process}" for process in entry["data_source"]}
    assert dag["watch"]["tasks"]["watch"]["limit_s"] == 60


def test_a_spread_start_is_the_schedule_and_said_in_the_documentation(probe: Probe, tmp_path: Path) -> None:
    document = yaml.safe_load(LIST.read_text())
    for entry in document["reports"]:
        entry["start_within"] = "90m"
    (tmp_path / "agreements").symlink_to(LIST.parent / "agreements")
    (tmp_path / "report_list.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))
    dags = probe(ITSS_REPORT_LIST=str(tmp_path / "report_list.yaml"))["dags"]
    shifts = set()
    for entry in document["reports"]:
        dag, (minute, hour, *day) = dags[entry["key"]], entry["period"]["schedule"].split()
        moved_minute, moved_hour, *moved_day = dag["cron"].split()
        shift = 60 * (int(moved_hour) - int(hour)) + int(moved_minute) - int(minute)
        assert moved_day == day
        assert 0 <= shift < 90
        assert f"`{dag['cron']}` (`{entry['period']['schedule']}`, within 90m)" in dag["doc"]
        shifts.add(shift)
    assert len(shifts) > 1


def test_airflow_finds_every_dag_file() -> None:
    # a file without both words is passed over without one
    for path in (HOME / "dags").glob("*.py"):
        words = path.read_bytes().lower()
        assert b"dag" in words, path
        assert b"airflow" in words, path


def test_schedules_count_from_when_the_product_was_set_up(probe: Probe) -> None:
    late = probe(ITSS_SCHEDULE_FROM="2026-11-01T00:00:00+00:00")
    assert late["dags"]["customer_monthly"]["start"].startswith("2026-11-01")


def _reachable(downstream: dict[str, list[str]], start: str) -> set[str]:
    found, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += downstream.get(name, [])
    return found


def test_no_foreign_text_meets_jinja(probe: Probe, tmp_path: Path) -> None:
    """Neither titles of the list nor, by the fields that Airflow renders and shows, what a brief or a comment says."""
    document = yaml.safe_load(LIST.read_text())
    entry = document["reports"][0]
    entry |= {"comment": True, "review": True}
    jinja = "{{ 7 * 191 }}"
    for named in (entry, *entry["approval"], *document["people"].values()):
        named["title"] = {"zh-CN": jinja, "en": jinja}
    entry["requirements"] = entry["department"] = {"zh-CN": jinja, "en": jinja}
    for agreement in (LIST.parent / "agreements").iterdir():
        (tmp_path / "agreements").mkdir(exist_ok=True)
        (tmp_path / "agreements" / agreement.name).write_text(agreement.read_text())
    (tmp_path / "report_list.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))
    parsed = probe(ITSS_REPORT_LIST=str(tmp_path / "report_list.yaml"))
    assert sorted(parsed["dags"]) == sorted(one["key"] for one in document["reports"])
    tasks = parsed["dags"][entry["key"]]["tasks"]
    assert jinja in parsed["dags"][entry["key"]]["doc"]
    assert {"initial_review", "approval", "comment", "rework", "review_meeting"} <= set(tasks)
    for name, task in tasks.items():
        assert not {"subject", "body"} & set(task["templated"]), name
        assert jinja not in str(task["templated"]), name


def test_dags_of_customers_are_found_by_entry_and_customer_and_offer_their_own_people(
    probe: Probe, tmp_path: Path
) -> None:
    shutil.copytree(HOME / "docs" / "examples" / "customers", tmp_path / "list")
    entry = tmp_path / "list" / "reports" / "service_monthly.yaml"
    entry.write_text(entry.read_text(encoding="utf-8") + "review: true\n", encoding="utf-8")
    dags = probe(ITSS_REPORT_LIST=str(tmp_path / "list" / "report_list.yaml"))["dags"]
    assert sorted(dags) == ["service_monthly.east", "service_monthly.headquarters"]
    for customer, own, other in (("east", "east_it", "headquarters"), ("headquarters", "headquarters_it", "east")):
        dag = dags[f"service_monthly.{customer}"]
        assert {"entry:service_monthly", f"customer:{customer}"} <= set(dag["tags"])
        assert own in dag["people"]
        assert other not in json.dumps(dag)
