"""Where anything of a customer may be: files, mails, logs, the rows of databases; each searched as that customer's."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes
from pathlib import Path
from typing import Any

from canary_search import Tally
from canary_words import Bird

WORKSPACE, ARCHIVE, MAIL, LOG, REGISTER, NOTICE, PORTAL = (
    "workspace", "archive", "mail", "log", "register", "notice", "portal page",
)  # fmt: skip
XCOM, QUESTION, RENDERED, AIRFLOW = "XCom", "question", "rendered template", "other rows of Airflow"
_OF_AIRFLOW = {"xcom": XCOM, "rendered_task_instance_fields": RENDERED}


def search_house(tally: Tally, folder: Path, birds: list[Bird]) -> None:
    """Everything but the portal, of a house that ``birds`` have walked through."""
    for bird in birds:
        tally.take_folder(bird, WORKSPACE, folder / "var" / "workspace" / bird.report)
        tally.take_folder(bird, ARCHIVE, folder / "var" / "archive" / bird.report)
        log = folder / "log" / f"{bird.name}.log"
        if log.exists():
            tally.take(bird, LOG, log.name, log.read_bytes())
    for path in sorted((folder / "mail").glob("*.eml")):
        for bird in whose_mail(tally, path):
            tally.take(bird, MAIL, path.name, path.read_bytes())
    for bird, table, row in register_rows(tally, folder / "var" / "register.sqlite"):
        tally.take(bird, NOTICE if table == "notice" else REGISTER, table, row)


def whose_mail(tally: Tally, path: Path) -> list[Bird]:
    """Whoever it was sent to, by the address; of a mail to somebody of the house, whose report it links to."""
    message = message_from_bytes(path.read_bytes())
    addressee = tally.aviary.of(str(message["X-Envelope-To"]))
    if addressee:
        return [addressee]
    about = tally.aviary.heard([str(message["Subject"]), str(message["Message-ID"]), _text(message)])
    return [tally.aviary.birds[number - 1] for number in sorted({number for number, _ in about})][:1]


def _text(message: Any) -> str:
    return "".join(
        part.get_payload(decode=True).decode() for part in message.walk() if part.get_content_type() == "text/plain"
    )


def register_rows(tally: Tally, path: Path) -> Iterator[tuple[Bird, str, str]]:
    """Every row of the register that is about one report: its table, and all of its columns."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        of_report = {bird.report: bird for bird in tally.aviary.birds}
        keys = dict(database.execute("SELECT id, key FROM report").fetchall())
        revisions = {row["id"]: keys[row["report_id"]] for row in database.execute("SELECT * FROM revision")}
        lines = {row["seq"]: row["ref"].split("/")[0] for row in database.execute("SELECT seq, ref FROM ledger")}
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f"SELECT * FROM {table}"):
                one = dict(row)
                key = one.get("report") or revisions.get(one.get("revision_id", -1)) or lines.get(one.get("seq", -1))
                key = keys.get(one.get("report_id", -1), key) if table == "revision" else key
                key = one["key"] if table == "report" else key
                if key in of_report:
                    yield of_report[key], table, json.dumps(one, ensure_ascii=False, default=str)


def airflow_rows(tally: Tally, path: Path, birds: list[Bird]) -> None:
    """Every row of Airflow's own database that names the customer's DAG, or belongs to a task of it."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        tasks = dict(database.execute("SELECT id, dag_id FROM task_instance").fetchall())
        tasks |= dict(database.execute("SELECT task_instance_id, dag_id FROM task_instance_history").fetchall())
        of_dag = {bird.report: bird for bird in birds}
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f"SELECT * FROM {table}"):
                one = dict(row)
                dag = one.get("dag_id") or tasks.get(one.get("ti_id") or one.get("ti_history_id") or "")
                if dag in of_dag:
                    place = QUESTION if table.startswith("hitl_detail") else _OF_AIRFLOW.get(table, AIRFLOW)
                    tally.take(of_dag[dag], place, table, json.dumps(one, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
