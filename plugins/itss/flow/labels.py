"""Names of groups and tasks in the Airflow UI: the procedure's own words, zh and en side by side.

Ids are plain (no group prefix), so that a task is called the same in the UI, in logs and in the REST API.
"""

from __future__ import annotations

# The UI lists groups in the order of their edges, and alphabetically where that leaves a choice: hence `give_back`.
GROUPS: dict[str, str] = {
    "register": "1 登记 register",
    "collect": "2 收集 collect",
    "generate": "3 生成 generate",
    "submit": "4 初审 submit",
    "approve": "5 审批 approve",
    "publish": "6 公布 publish",
    "review": "7 回顾 review",
    "archive": "8 存档 archive",
    "give_back": "退回 return",
}

TASKS: dict[str, str] = {
    "open": "登记 open",
    "await_versions": "等待版本 wait for sealed versions",
    "check": "检查 check",
    "measure": "计算 measure",
    "comment": "编制人意见 author's comment",
    "render": "编制 render",
    "release": "放行 release",
    "deliver": "分发 deliver",
    "review_meeting": "回顾会议 review meeting",
    "minutes": "会议纪要 minutes",
    "no_review": "无需回顾 no review asked for",
    "seal": "存档 seal",
    "notify_author": "退回 return to the author",
    "rework": "修改 rework",
    "next_revision": "新版本 next revision",
}

COLLECT_PREFIX = "collect_"
WAIT_PREFIX = "wait_"

OWN_TASKS: dict[str, str] = {
    "take_up": "接收 take up what was handed in",
    "compile": "编制登记表 compile the register",
    "announce": "发布 announce what is due",
    "remind": "催交 remind",
    "escalate": "上报 escalate",
    "tell_refusals": "退回 notify of refusals",
    "watch": "督办 remind, warn, raise the alarm",
    "audit": "审核 audit the archive",
}


def wait_label(process: str) -> str:
    """The name of the task that waits for the handed-in data of ``process``."""
    return f"等待提交 wait for {process}"


def collect_label(process: str) -> str:
    """The name of the task that collects ``process``."""
    return f"收集 collect {process}"
