"""What the report manager does about a failure, by the class of what was raised: what cures it, and nothing else.

The message of a failure names file, line, source or person; these sentences say how the report goes on from there.
"""

from __future__ import annotations

from itss.text import Text, text

KILLED = "Killed"
"""In place of a class: nobody could say what was raised, for the process is gone."""


def _then_clear(zh: str, en: str) -> Text:
    return text(
        f"{zh}，然后清除（Clear）失败的任务：流程从该处继续，已完成的步骤不会重做。",
        f"{en}, then clear the failed task: the run goes on from there and repeats nothing that is done.",
    )


_REMEDIES: dict[str, Text] = {
    "ItssError": _then_clear("请按上文处理", "Do what is said above"),
    "ConfigurationError": _then_clear(
        "请更正上文所指的文件（python -m itss check 给出行号）",
        "Correct the file that is named above (python -m itss check gives the line)",
    ),
    "SourceUnreachableError": _then_clear(
        "已多次重试，数据源仍未应答，之后不再自动重试：请联系其维护人员，待其恢复",
        "The source did not answer several times, and is not asked again by itself: ask whoever runs it, wait until it "
        "answers",
    ),
    "SourceDeniedError": _then_clear(
        "等待无济于事：请在该连接中更正用户、密码或数据库名，或请对方开通权限",
        "Waiting does not cure it: correct user, password or database name of the connection, or have the account "
        "admitted",
    ),
    "SourceChangedError": _then_clear(
        "数据源的表或字段已变更：请在上文所指的查询文件中改正该名称，或请对方恢复",
        "A table or column of the source has changed: correct its name in the query file that is named above, or have "
        "it restored",
    ),
    "ConnectionUnknownError": _then_clear(
        "请在 Airflow 中建立该连接（Admin、Connections），或更正列表中的名称",
        "Add the connection in Airflow (Admin, Connections), or correct its name in the list",
    ),
    "ExportError": _then_clear(
        "请导出文件的人员按上文更正并重新导出",
        "Have the person who exports the file export it again, as is said above",
    ),
    "OtherCustomerError": _then_clear(
        "查询返回了其他客户的行（均未保留）：请更正查询，使其只返回该客户的数据",
        "The query returned rows that are not this customer's; none was kept. Correct it, so that it returns theirs "
        "alone",
    ),
    "DataMissingError": _then_clear("请催促上述人员提交，待数据被接收", "Have the data handed in and accepted"),
    "VersionsMissingError": _then_clear(
        "请先完成上述各期报告，直至存档；若不应再等待，请在列表中从 after 删除该报告，并为同一周期重新触发本报告",
        "Bring the reports that are named above to their end, until they are archived; if this one is to wait no "
        "longer, remove them from `after` in the list and trigger it again for the same period",
    ),
    "RegisterUnreachableError": _then_clear("请待登记库恢复应答", "Wait until the register answers again"),
    "ArchiveUnreachableError": _then_clear(
        "请待归档位置恢复并有足够空间", "See that the archive's place answers and has room"
    ),
    "AirflowRuntimeError": _then_clear(
        "Airflow 的 API 未应答或拒绝了请求：请检查 API server 的日志和负载",
        "Airflow's API refused or did not answer: look at the log and the load of its API server",
    ),
    "TimeLimitError": _then_clear(
        "该步骤因超过时限被终止，再次执行通常同样超时：任务日志指明其所在之处，"
        "请减少工作量，或调高列表中该报告的 task_limit",
        "It was ended because it took too long, and would again: the task's log names the place. Let it do less, or "
        "raise task_limit of the entry",
    ),
    KILLED: _then_clear(
        "任务进程被终止，未能说明原因，且已无重试：任务日志若以 Timeout 和各线程的位置结尾，即为超过时限，"
        "见其所指之处；否则请查看该工作节点的日志和内存",
        "The process of the task was killed, and no try is left: where the log of the task ends with Timeout and the "
        "place of each thread, it took too long, and there; else look into the log and the memory of the worker",
    ),
    "Exception": _then_clear(
        "这是程序未预料到的错误，仅清除通常会再次失败：请先将任务日志交给维护人员处理",
        "The product did not expect this, and clearing alone is likely to fail again: have whoever maintains it look "
        "at the task's log",
    ),
    "DeliveryError": text(
        "请更正地址或邮件服务器，然后清除该任务，或运行 python -m itss resend：已送达的收件人不会再次收到。",
        "Correct the address or the mail server, then clear the task, or run python -m itss resend: whoever has it "
        "does not get it twice.",
    ),
    "DataRefusedError": text(
        "请在数据源中更正这些记录，然后清除各 collect 任务及其下游：仅清除 check 会再次检查同样的数据。",
        "Correct these records in the source, then clear the collect tasks with everything downstream: check alone "
        "would judge the same rows again.",
    ),
    "PeriodError": text(
        "清除无济于事，运行的周期不会改变：请以正确的周期重新触发该报告。",
        "Clearing does not cure it, for a run keeps its period: trigger the report again with the right one.",
    ),
    "RevisionBusyError": text(
        "两个运行不能同时编制同一期报告：请先结束上述运行，再清除该任务。",
        "Two runs cannot make the same report: let the other one end first, then clear the task.",
    ),
    "RunGoneError": text(
        "Airflow 的记录被删除（如 airflow db clean 的截止时间过近）：请为同一周期重新触发该报告，新的运行接管该版，"
        "答复不会丢失。",
        "Airflow's records were deleted, as by airflow db clean with too late a cut-off: trigger the report for its "
        "period again. The new run takes the revision over, and no answer is lost.",
    ),
    "LedgerError": text(
        "清除无济于事：请先查明是谁改动了记录，并从备份恢复登记库。",
        "Clearing does not cure it: find out who changed the record, and restore the register from its backup.",
    ),
    "ContentChangedError": text(
        "清除不能恢复已失效的签字：请查明改动，将该运行设为失败，再为同一周期重新触发，各级将重新审批。",
        "Clearing does not bring void signatures back: find out who changed it, set the run to failed and trigger the "
        "report for its period again. Every level is asked again.",
    ),
}


def remedy(error: BaseException | None) -> Text:
    """How the report goes on after ``error``; ``None`` where its process was killed."""
    names = [KILLED] if error is None else [one.__name__ for one in type(error).__mro__]
    return next((_REMEDIES[name] for name in names if name in _REMEDIES), _REMEDIES["Exception"])
