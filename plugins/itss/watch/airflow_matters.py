"""The whole question about a running Airflow in one: is it as the list says? Asked by the DAG and by the command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from itss.errors import ConfigurationError
from itss.text import text
from itss.watch.airflow_dags import dag_matters
from itss.watch.airflow_files import file_matters
from itss.watch.airflow_here import Here, shortened
from itss.watch.airflow_parts import part_matters
from itss.watch.airflow_seen import Seen
from itss.watch.airflow_waiting import waiting_matters
from itss.watch.matter import Matter


def airflow_matters(here: Here, seen: Seen) -> Iterator[Matter]:
    """Everything in Airflow that is not as it is to be, by kind."""
    yield from file_matters(here, seen)
    yield from dag_matters(here, seen)
    yield from part_matters(here, seen)
    yield from waiting_matters(here, seen)


def silent(here: Here, error: ConfigurationError) -> Matter:
    """That Airflow could not be asked; once a day while it lasts."""
    what = text(f"无法询问 Airflow：{error.what}", f"Airflow could not be asked: {error.what}")
    return here.matter("airflow_setup", what, text(error.remedy, error.remedy), "silent", f"{here.now:%Y-%m-%d}")


def user_matter(here: Here, names: Sequence[str]) -> Matter:
    """That people of the list cannot sign in, so that nobody could answer what they are asked."""
    what = text(
        f"Airflow 没有列表中的 {len(names)} 个用户，或其未启用：{shortened(names)}",
        f"Airflow lacks {len(names)} user(s) of the list, or they are not active: {shortened(names)}",
    )
    remedy = text(
        "请写登录名（使用 FAB 时为用户名，不是编号），或创建该用户；检查：python -m itss check --airflow。",
        "Write the name by which they sign in (with FAB the username, not its number), or create the user; look again: "
        "python -m itss check --airflow.",
    )
    return here.matter("airflow_setup", what, remedy, "users", *names)
