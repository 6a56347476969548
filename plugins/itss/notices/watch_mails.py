"""The mails of the watch: one to one person about everything of one kind that is new to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from itss.delivery.mail import Mail, letter
from itss.settings import Settings
from itss.text import Language, Text, text
from itss.watch.matter import Addressed, Kind

_SUBJECTS: dict[Kind, Text] = {
    "answer_due": text("提醒：今天是答复的最后期限", "Reminder: your answer is due today"),
    "answer_late": text("上报：逾期未答复", "Overdue: a report waits for an answer"),
    "answer_stuck": text("报警：答复已登记，任务没有继续", "Alarm: answered, and the report has not gone on"),
    "run_gone": text("报警：报告的运行已不存在", "Alarm: the run of a report is gone"),
    "report_due": text("预警：服务报告即将到期，尚未交付", "Warning: service report not delivered, and nearly due"),
    "report_late": text("报警：服务报告逾期未交付", "Alarm: service report overdue and not delivered"),
    "entry_deleted": text("报警：条目已删除，报告尚未结束", "Alarm: entry deleted while its report is open"),
    "report_unsealed": text("报警：已交付的服务报告没有存档", "Alarm: a delivered service report was never sealed"),
    "entry_missing": text(
        "报警：有报告记录的条目已不在列表中", "Alarm: a report on record is not in the list any more"
    ),
    "entry_ended": text("通知：服务报告已终止", "Notice: a service report has ended"),
    "watch_blind": text("报警：服务报告没有受到监控", "Alarm: the service reports are not watched"),
    "notice_unsent": text("报警：有通知没有发出", "Alarm: notices do not reach their recipients"),
    "list_broken": text("报警：服务报告列表有错误", "Alarm: the service report list has problems"),
    "airflow_list": text("报警：Airflow 的 DAG 与列表不一致", "Alarm: Airflow's DAGs are not those of the list"),
    "airflow_slow": text("预警：DAG 文件读取接近时限", "Warning: DAG files are near their time limit"),
    "airflow_setup": text("报警：Airflow 的运行条件不具备", "Alarm: Airflow lacks something to run the reports"),
    "airflow_worker": text(
        "报警：工作节点读取的文件与调度器不同", "Alarm: a worker reads other files than the scheduler"
    ),
}


def watch_mail(kind: Kind, settings: Settings, about: Sequence[Addressed], message_id: str, _folder: Path) -> Mail:
    """One mail that notifies one person of all these; it has nothing attached."""
    person, language = about[0].person, about[0].language
    labels = ", ".join(dict.fromkeys(one.matter.period for one in about if one.matter.period))
    subject = f"{_SUBJECTS[kind].of(language)} {labels}".rstrip()
    words = {
        "kind": kind,
        "recipient": person.title.of(language),
        "ui_url": settings.ui_url,
        "items": [_item(one, language, settings.ui_url) for one in about],
    }
    return letter("watch", person, language, subject, f"watch.{language}.j2", words, message_id)


def _item(one: Addressed, language: Language, ui_url: str) -> dict[str, str]:
    matter = one.matter
    return {
        "title": matter.title.of(language),
        "period": matter.period,
        "due": matter.due_words,
        "what": matter.what.of(language),
        "remedy": matter.remedy.of(language),
        "page": f"{ui_url}{matter.page}" if matter.page else "",
    }
