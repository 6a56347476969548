"""Tasks of the product that wait, and nothing of their queue and pool runs: no worker, no slot. Pure.

Such a task is no failure for Airflow: it stays *scheduled* or *queued*. Where other tasks of the same queue and pool
run, or began lately, it is only its turn that has not come, and that is nobody's matter.
"""

from __future__ import annotations

from collections.abc import Iterator

from itss.text import text
from itss.watch import airflow_parts
from itss.watch.airflow_files import begins_anew
from itss.watch.airflow_here import Here, shortened
from itss.watch.airflow_seen import Seen
from itss.watch.matter import Matter, local


def waiting_matters(here: Here, seen: Seen) -> Iterator[Matter]:
    """An alarm for each queue and pool in which tasks wait and nothing begins."""
    # which is said of it alone; or all of it was off for a night
    if not seen.services["scheduler"].is_healthy or begins_anew(here, seen):
        return
    for one in seen.waiting:
        if one.since > here.now - airflow_parts.SILENT_FOR or one.goes_on:
            continue
        since, names = f"{local(one.since, 'UTC')} UTC", shortened(one.tasks)
        yield here.matter(
            "airflow_setup",
            text(
                f"{len(one.tasks)} 个任务自 {since} 起等待，而队列 {one.queue}、池 {one.pool} 中没有任务开始：{names}",
                f"{len(one.tasks)} task(s) have waited since {since}, and nothing begins in queue {one.queue}, pool "
                f"{one.pool}: {names}",
            ),
            text(
                f"请启动服务于队列 {one.queue} 的工作节点，并确认池 {one.pool} 有槽位、[core] parallelism 不为 0。",
                f"Start a worker that serves the queue {one.queue}; see that the pool {one.pool} has slots, and that "
                "[core] parallelism is not 0.",
            ),
            "waiting",
            one.queue,
            one.pool,
            f"{one.since:%Y-%m-%d}",
        )
