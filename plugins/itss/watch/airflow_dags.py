"""Whether Airflow's DAGs are those of the list: what is missing, left over, paused, or made of other files. Pure.

What a whole file suffers from is said of the file (`airflow_files`), and not once more of each of its DAGs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from itss.text import Text, text
from itss.watch.airflow_files import begins_anew, broken_files, is_to_read, unread
from itss.watch.airflow_here import OWN, Here, shortened
from itss.watch.airflow_seen import Seen
from itss.watch.matter import Matter

PARTS: dict[str, Text] = {"list": text("列表", "list"), "sql": text("SQL", "SQL"), "code": text("程序", "code")}


def dag_matters(here: Here, seen: Seen) -> Iterator[Matter]:
    """Paused ones, and, while a DAG processor is there to read anything, those that are not as the list says."""
    yield from _paused(here, seen)
    if not seen.services["dag_processor"].is_healthy or begins_anew(here, seen):
        return
    files = broken_files(seen) | unread(here, seen).keys()
    excused = {key for key, dag in seen.dags.items() if dag.file in files}
    if here.is_settled:
        yield from _missing(here, seen, excused)
        yield from _other(here, seen, excused)
        yield from _left(here, seen, excused)


def parts(names: Collection[str]) -> Text:
    """List, SQL or code, in words."""
    known = [PARTS[name] for name in names]
    return text("、".join(one.zh for one in known), " and ".join(one.en for one in known))


def _missing(here: Here, seen: Seen, excused: Collection[str]) -> Iterator[Matter]:
    """Listed and not there, or there and stale: the file that had it was read without it."""
    there = {key for key, dag in seen.dags.items() if not dag.is_stale}
    if gone := {*here.marks, *OWN} - there - set(excused):
        yield here.matter(
            "airflow_list",
            text(
                f"Airflow 没有列表中的 {len(gone)} 个 DAG：{shortened(gone)}",
                f"Airflow lacks {len(gone)} DAG(s) of the list: {shortened(gone)}",
            ),
            text(
                "请确认 DAG 处理器读取同一列表（ITSS_REPORT_LIST）和 dags/，查看其日志；并确认所用的用户可以读取这些 "
                "DAG。",
                "See that the DAG processor reads this list (ITSS_REPORT_LIST) and dags/, see its log, and that the "
                "user who asks may read these DAGs.",
            ),
            "missing",
            *sorted(gone),
        )


def _other(here: Here, seen: Seen, excused: Collection[str]) -> Iterator[Matter]:
    """DAGs that were read from another list, SQL or code than is here, one matter for each way of differing."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for key, mine in here.marks.items():
        dag = seen.dags.get(key)
        if dag is None or dag.is_stale or key in excused or key in seen.fresh or is_to_read(here, seen, dag):
            continue
        if differs := mine.differs(dag.mark) if dag.mark else ("code",):
            found.setdefault(differs, {})[key] = dag.mark.tag if dag.mark else ""
    for differs, tags in sorted(found.items()):
        words = parts(differs)
        wanted = [here.marks[key].tag for key in sorted(tags)]
        yield here.matter(
            "airflow_list",
            text(
                f"Airflow 有 {len(tags)} 个 DAG 所依据的{words.zh}与 {here.host} 上的不同：{shortened(tags)}",
                f"{len(tags)} DAG(s) of Airflow are of another {words.en} than is on {here.host}: {shortened(tags)}",
            ),
            text(
                "请让 DAG 处理器与各工作节点使用相同的文件和版本；升级后请重新启动 DAG 处理器。",
                "Give the DAG processor and every worker the same files and the same release; after an upgrade restart "
                "the DAG processor.",
            ),
            "other",
            here.host,
            *sorted(tags.items()),
            *wanted,
        )


def _left(here: Here, seen: Seen, excused: Collection[str]) -> Iterator[Matter]:
    """Report DAGs of which neither list nor record knows anything."""
    known = {*here.marks, *here.living, *excused, *seen.fresh}
    left = {key for key, dag in seen.dags.items() if dag.mark and not dag.is_stale and key not in known}
    if left:
        yield here.matter(
            "airflow_list",
            text(
                f"Airflow 有 {len(left)} 个不在 {here.host} 的列表中的 DAG：{shortened(left)}",
                f"Airflow has {len(left)} DAG(s) that are not in the list on {here.host}: {shortened(left)}",
            ),
            text(
                "请让 DAG 处理器与各工作节点使用同一列表。",
                "Give the DAG processor and every worker the same list.",
            ),
            "left",
            *sorted(left),
        )


def _paused(here: Here, seen: Seen) -> Iterator[Matter]:
    wanted = {entry.key for entry in here.people.reports if entry.retired is None} | OWN
    if paused := {key for key, dag in seen.dags.items() if dag.is_paused and not dag.is_stale and key in wanted}:
        yield here.matter(
            "airflow_list",
            text(
                f"{len(paused)} 个 DAG 已暂停，其报告不会按期开始：{shortened(paused)}",
                f"{len(paused)} DAG(s) are paused, and nothing of theirs starts: {shortened(paused)}",
            ),
            text(
                "请在 Airflow 中启用（Unpause）；报告已终止的，在条目中写 retired: <日期>。",
                "Unpause them in Airflow; where a report has ended, write retired: <day> into its entry.",
            ),
            "paused",
            *sorted(paused),
        )
