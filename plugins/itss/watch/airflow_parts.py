"""Whether what runs the DAGs is there: services, pools, and workers that read the same files as the scheduler. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from itss.report_list.pools import pools_wanted
from itss.text import Text, text
from itss.watch.airflow_dags import parts
from itss.watch.airflow_files import was_off
from itss.watch.airflow_here import Here
from itss.watch.airflow_seen import CLOCKS, Opening, Seen
from itss.watch.matter import Matter, local

SILENT_FOR = dt.timedelta(minutes=5)
"""A service that is started again gives no sign of life for a minute."""
WATCHED_WITHIN = dt.timedelta(hours=2)
"""`report_watch` looks every half hour, and a look that failed is tried again."""
WATCH = "report_watch"
SERVICES: dict[str, Text] = {
    "scheduler": text("调度器", "scheduler"),
    "dag_processor": text("DAG 处理器", "DAG processor"),
    "triggerer": text("触发器", "triggerer"),
}


def part_matters(here: Here, seen: Seen) -> Iterator[Matter]:
    """Services that are down, pools that are missing or of another size, workers that read other files."""
    yield from _services(here, seen)
    yield from _pools(here, seen)
    yield from _workers(here, seen)
    yield from _watch(here, seen)
    yield from _clocks(here, seen)


def _services(here: Here, seen: Seen) -> Iterator[Matter]:
    if was_off(here, seen, SILENT_FOR):  # and the others may follow in a moment
        return
    for name, words in SERVICES.items():
        one = seen.services[name]
        is_silent = one.heard_at is None or here.now - one.heard_at > SILENT_FOR
        if one.is_healthy or not is_silent or (name == "triggerer" and not _needs_triggerer(here, seen)):
            continue
        since = f"{local(one.heard_at, 'UTC')} UTC" if one.heard_at else ""
        yield here.matter(
            "airflow_setup",
            text(
                f"Airflow 的{words.zh}没有运行" + (f"，最后一次心跳在 {since}" if since else ""),
                f"Airflow's {words.en} does not run" + (f"; its last sign of life was at {since}" if since else ""),
            ),
            text(f"请启动{words.zh}，并查看其日志。", f"Start the {words.en}, and see its log."),
            "service",
            name,
            since,
        )


def _needs_triggerer(here: Here, seen: Seen) -> bool:
    waits = any(source.hand_in for entry in here.people.reports for source in entry.data_source.values())
    return waits or seen.has_deferred


def _pools(here: Here, seen: Seen) -> Iterator[Matter]:
    for name, size in pools_wanted(here.people).items():
        slots = seen.pools.get(name)
        if slots == size:
            continue
        is_missing = slots is None
        yield here.matter(
            "airflow_setup",
            text(
                f"Airflow 没有池 {name}，使用它的任务永远不会开始"
                if is_missing
                else f"Airflow 的池 {name} 有 {slots} 个槽位，列表中是 {size}",
                f"Airflow has no pool {name}, and no task that needs it ever starts"
                if is_missing
                else f"Airflow's pool {name} has {slots} slots, and the list says {size}",
            ),
            text("请执行 python -m itss setup。", "Run: python -m itss setup."),
            "pool",
            name,
            size,
            slots,
        )


def _workers(here: Here, seen: Seen) -> Iterator[Matter]:
    """By host, whose task *open* read other files than the DAG processor did, long after both could have the same."""
    for one in seen.openings:
        dag, version = seen.dags.get(one.report), seen.versions.get(one.report)
        if dag is None or dag.mark is None or one.mark is None or version is None:
            continue
        is_comparable = one.version == version.number and one.at - version.since > here.grace
        # what is here and there alike is news that the DAG processor has not read yet: `airflow_dags` waits for it
        if is_comparable and one.mark != here.marks.get(one.report) and (differs := one.mark.differs(dag.mark)):
            yield _worker(here, one, parts(differs), dag.mark.tag)


def _watch(here: Here, seen: Seen) -> Iterator[Matter]:
    """Nobody else misses the watch itself; it is given its time after a night in which all of it was off.

    And where it is new: who may not ask when the DAG processor began can still see since when there is this DAG.
    """
    dag, version = seen.dags.get(WATCH), seen.versions.get(WATCH)
    if dag is None or dag.is_stale or dag.is_paused:  # which is said already
        return
    made_at = version.since if version else None
    known = [at for at in (seen.watched_at, made_at) if at is not None]
    if was_off(here, seen, WATCHED_WITHIN) or (known and here.now - max(known) <= WATCHED_WITHIN):
        return
    since = f"{local(seen.watched_at, 'UTC')} UTC" if seen.watched_at else ""
    yield here.matter(
        "airflow_setup",
        text(
            "督办 report_watch 没有运行" + (f"，最后一次成功在 {since}" if since else ""),
            "report_watch does not look for what is missing" + (f"; it last did at {since}" if since else ""),
        ),
        text(
            "请查看 DAG report_watch 的运行及其日志；ITSS_SCHEDULE_FROM 不应在将来。",
            "See the runs of the DAG report_watch and their log; ITSS_SCHEDULE_FROM must not be in the future.",
        ),
        "watch",
        f"{here.now:%Y-%m-%d}",
    )


def _clocks(here: Here, seen: Seen) -> Iterator[Matter]:
    """What Airflow takes for alive, and whose sign of life is not of now by the clock of whoever asks."""
    apart = {
        name: one.heard_at
        for name, one in seen.services.items()
        if one.is_healthy and one.heard_at is not None and abs(one.heard_at - here.now) > CLOCKS
    }
    if not apart:
        return
    at, own = local(next(iter(apart.values())), "UTC"), local(here.now, "UTC")
    yield here.matter(
        "airflow_setup",
        text(
            f"时钟不一致：Airflow 的时间是 {at} UTC，而 {here.host} 的时间是 {own} UTC",
            f"the clocks differ: it is {at} UTC at Airflow and {own} UTC on {here.host}",
        ),
        text(
            "请校准两台机器的时钟（NTP）：报告按时钟开始和到期。",
            "Set the clocks of both machines (NTP): reports start and are due by them.",
        ),
        "clock",
        here.host,
        f"{here.now:%Y-%m-%d}",
    )


def _worker(here: Here, one: Opening, words: Text, tag: str) -> Matter:
    at = local(one.at, "UTC")
    own = one.mark.tag if one.mark else ""
    return here.matter(
        "airflow_worker",
        text(
            f"工作节点 {one.host} 于 {at} UTC 登记 {one.report} 时，读取的{words.zh}与 DAG 处理器的不同",
            f"the worker {one.host} read another {words.en} than the DAG processor when it opened {one.report} at {at} "
            "UTC",
        ),
        text(
            "请让所有工作节点与调度器使用相同的列表、SQL 和版本（同一镜像、共享目录或 git 提交）。",
            "Give every worker the list, SQL and release of the scheduler: one image, one shared folder or one commit.",
        ),
        "worker",
        one.host,
        own,
        tag,
    )
