"""Whether Airflow's DAG processor still reads every DAG file of the product to its end. Pure.

A file whose DAGs were not read for long, while the DAG processor is alive and knows no import error, is one that it
kills: `[dag_processor] dag_file_processor_timeout`. Airflow shows that nowhere but in a metric; in time it takes the
DAGs of such a file for stale, and they vanish from its pages.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from itss.text import text
from itss.watch.airflow_here import OWN, Here, shortened
from itss.watch.airflow_seen import Processor, Seen, SeenDag
from itss.watch.matter import Matter, local

LIST_CHECK = "report_list_check.py"
"""Is red as long as the list has problems, of which there is a matter anyway."""
STARTS = 2
"""So often within `_lately` a person may start the DAG processor again, as for an upgrade and its correction."""
NEAR = 0.6
"""That share of the time limit of a DAG file is near to it: a busy machine takes twice as long."""


def file_matters(here: Here, seen: Seen) -> Iterator[Matter]:
    """Files that cannot be imported, are killed, or may soon be; and what reads them, if it does not stay up."""
    yield from _unsteady(here, seen)
    yield from _slow(here, seen)
    yield from _broken(here, seen)
    yield from _killed(here, unread(here, seen))


def broken_files(seen: Seen) -> set[str]:
    """The files that fail when they are imported: their DAGs stay as they were, until they are taken for stale."""
    return {one.file for one in seen.broken}


def begins_anew(here: Here, seen: Seen) -> bool:
    """Whether the DAG processor was started so lately that it may not have read every file: so may be all the rest.

    Not if it was started before that lately, too: one that never stays up would excuse everything for ever.
    """
    return _is_new(here, seen) and (not _ended(here, seen) or was_off(here, seen, here.grace))


def is_to_read(here: Here, seen: Seen, dag: SeenDag) -> bool:
    """Whether the DAG processor, started lately, has yet to read it; an upgrade may take more starts than one."""
    since = seen.reading_since
    is_old = since is not None and (dag.parsed_at is None or dag.parsed_at < since)
    return is_old and _is_new(here, seen)


def was_off(here: Here, seen: Seen, within: dt.timedelta) -> bool:
    """Whether Airflow was off, as for a night, and was started ``within`` that time."""
    since = seen.up_since
    return since is not None and here.now - since <= within and len(_ended(here, seen)) <= STARTS


def _is_new(here: Here, seen: Seen) -> bool:
    return seen.reading_since is not None and here.now - seen.reading_since <= here.grace


def _lately(here: Here) -> dt.timedelta:
    """Longer than between two looks, and than between two starts that could excuse something by turns."""
    return 4 * here.grace


def _ended(here: Here, seen: Seen) -> list[Processor]:
    """The DAG processors that have begun and ended lately; of two that run side by side none has, when they are new."""
    return [one for one in seen.processors if not one.is_alive and here.now - one.began_at <= _lately(here)]


def _unsteady(here: Here, seen: Seen) -> Iterator[Matter]:
    ended = _ended(here, seen)
    if len(ended) <= STARTS:
        return
    minutes, last = _lately(here) // dt.timedelta(minutes=1), local(max(one.heard_at for one in ended), "UTC")
    yield here.matter(
        "airflow_setup",
        text(
            f"Airflow 的 DAG 处理器在 {minutes} 分钟内结束了 {len(ended)} 次，最后一次在 {last} UTC",
            f"Airflow's DAG processor has ended {len(ended)} times within {minutes} minutes, last at {last} UTC",
        ),
        text(
            "请查看其日志、内存限制，以及是否有探针或定时任务重新启动它。",
            "See its log, its limit of memory, and whether a probe or a cron job starts it again.",
        ),
        "unsteady",
    )


def _files(seen: Seen) -> dict[str, list[SeenDag]]:
    files: dict[str, list[SeenDag]] = {}
    for dag in seen.dags.values():
        files.setdefault(dag.file, []).append(dag)
    return files


def unread(here: Here, seen: Seen) -> dict[str, list[SeenDag]]:
    """The files of which no DAG was read within the grace, with those of their DAGs that somebody wants.

    None where no DAG processor runs, which is a matter of its own, or it cannot have read them all yet.
    """
    if not seen.services["dag_processor"].is_healthy or begins_anew(here, seen):
        return {}
    files = {name: dags for name, dags in _files(seen).items() if name not in broken_files(seen)}
    old = {
        name: [dag for dag in dags if dag.key in here.marks or dag.key in OWN]
        for name, dags in files.items()
        if all(dag.parsed_at is None or here.now - dag.parsed_at > here.grace for dag in dags)
    }
    return {name: dags for name, dags in old.items() if dags}


def _killed(here: Here, old: dict[str, list[SeenDag]]) -> Iterator[Matter]:
    for file, dags in sorted(old.items()):
        last = max((dag.parsed_at for dag in dags if dag.parsed_at), default=None)
        since = local(last, "UTC") if last else "?"
        names = shortened(dag.key for dag in dags)
        yield here.matter(
            "airflow_list",
            text(
                f"DAG 处理器自 {since} UTC 起没有读完文件 {file}，其中有 {len(dags)} 个 DAG：{names}",
                f"the DAG processor has not read {file} to its end since {since} UTC; {len(dags)} DAG(s) are from it: "
                f"{names}",
            ),
            text(
                "该文件可能因超时而被终止：请调高 [dag_processor] dag_file_processor_timeout，并查看 DAG 处理器的日志；"
                "也可能该文件已不存在。",
                "It is probably killed for taking too long: raise [dag_processor] dag_file_processor_timeout, and see "
                "the log of the DAG processor; or the file is not there any more.",
            ),
            "killed",
            file,
            since,
        )


def _slow(here: Here, seen: Seen) -> Iterator[Matter]:
    """One for all files, once a month: which of them are near the limit changes with every reading."""
    took = {name: max(dag.parse_s for dag in dags) for name, dags in _files(seen).items()}
    near = [name for name, seconds in took.items() if seconds > NEAR * here.limit_s]
    if near:
        worst, limit, names = max(took.values()), f"{here.limit_s:g}", shortened(near)
        yield here.matter(
            "airflow_slow",
            text(
                f"DAG 处理器读取文件最长用了 {worst:.0f} 秒，超过 {limit} 秒的文件读不完：{names}",
                f"the DAG processor took up to {worst:.0f} s to read a file; what takes longer than {limit} s is not "
                f"read to its end: {names}",
            ),
            text(
                "请调高 [core] dagbag_import_timeout 和 [dag_processor] dag_file_processor_timeout，"
                "或减轻该机器的负载。",
                "Raise [core] dagbag_import_timeout and [dag_processor] dag_file_processor_timeout, or give the "
                "machine less to do.",
            ),
            "slow",
            limit,
        )


def _broken(here: Here, seen: Seen) -> Iterator[Matter]:
    for one in seen.broken:
        if one.file != LIST_CHECK:
            since = local(one.at, "UTC") if one.at else "?"
            yield here.matter(
                "airflow_list",
                text(
                    f"DAG 文件 {one.file} 无法导入（{since} UTC）",
                    f"the DAG file {one.file} cannot be imported ({since} UTC)",
                ),
                text(
                    "原因见 Airflow 首页的 Dag Import Errors；更正后 DAG 处理器会自行再次读取。",
                    "Airflow's home page says why, under Dag Import Errors; once it is fixed the DAG processor reads "
                    "the file again by itself.",
                ),
                "broken",
                one.id,
            )
