"""The fields of the human tasks' forms, in both languages side by side: comment, rework, minutes.

No field is required in Airflow's terms: a required one disables the button without a word, and the step that takes
the answer names everything that is missing at once.
"""

from __future__ import annotations

from airflow.sdk import Param

from itss.choices import COLLECT, KEEP
from itss.report_list.models import ReportList
from itss.text import Text, text

CONTENT = "content"
COMMENT = text("意见", "Comment")
AUTHORS_COMMENT = text("编制人意见（可留空）", "Author's comment (may stay empty)")
SECTIONS = {
    "a": text("服务级别目标绩效", "performance against targets"),
    "b": text("不符合项和问题", "nonconformities and issues"),
    "c": text("工作量特征", "workload"),
    "d": text("重大事件后的绩效", "performance after major events"),
    "e": text("趋势信息", "trends"),
    "f": text("满意度分析", "satisfaction"),
}
NOTHING = text("若无内容请写“无”。", "Write: none, if there is nothing to say.")
REVIEW_BOXES = {
    "guests": (
        text("其他参会人员", "Guests"),
        text("每行一个姓名或角色，可留空。", "A name or role a line; may stay empty."),
    ),
    "gaps": (
        text("差距分析", "Gap analysis"),
        text("实际与目标的差距及其原因。" + NOTHING.zh, "What falls short of its target, and why. " + NOTHING.en),
    ),
    "items": (
        text("待改善点", "Items to improve"),
        text(
            "每行一项：内容 | 责任人 | 完成日期。例如：增加备用线路 | report_author | 2026-12-31。可留空。",
            "One line an item: what | owner | date. Such as: Add a second line | report_author | 2026-12-31. "
            "May stay empty.",
        ),
    ),
    "trends": (
        text("趋势分析", "Trend analysis"),
        text("各期变化说明了什么。" + NOTHING.zh, "What the course of the figures says. " + NOTHING.en),
    ),
    "measures": (
        text("主动预防措施", "Preventive measures"),
        text("为防止问题发生而采取的措施。" + NOTHING.zh, "What is done before something happens. " + NOTHING.en),
    ),
}


def sign_off_form() -> dict[str, Param]:
    """The comment, and unseen the hash of the content that the question shows: it comes back with the answer."""
    return comment_box(COMMENT) | {CONTENT: Param(None, type=["null", "string"])}


def shown_content(sha256: str) -> Param:
    """The hash as a field that Airflow hides."""
    return Param(sha256, type="string", const=sha256, source="task")


def comment_box(title: Text) -> dict[str, Param]:
    """A text box that may stay empty: a required one would disable the buttons."""
    return {
        "comment": Param(None, type=["null", "string"], format="multiline", title=f"{title.zh} / {title.en}"),
    }


def rework_form() -> dict[str, Param]:
    """A box for each section that may stay empty, and the choice about the data."""
    boxes = {
        f"section_{key}": Param(
            None, type=["null", "string"], format="multiline", title=f"{key}) {words.zh} / {words.en}"
        )
        for key, words in SECTIONS.items()
    }
    return {"data": Param(COLLECT, type="string", enum=[COLLECT, KEEP], title="数据 / Data"), **boxes}


def minutes_form(people: ReportList) -> dict[str, Param]:
    """The fields of the minutes. None is required here: the step says at once what is missing and what is wrong."""
    keys = list(people.people)
    day = text("会议日期", "Date of the meeting")
    present = text("参会人员", "Attendees")
    chosen = text("选择报告列表中的人员。", "Choose from the people of the report list.")
    return {
        "held_on": Param(None, type=["null", "string"], format="date", title=f"{day.zh} / {day.en}"),
        "attendees": Param(
            None,
            type=["null", "array"],
            examples=keys,
            values_display={key: f"{one.title.zh} / {one.title.en}" for key, one in people.people.items()},
            title=f"{present.zh} / {present.en}",
            description=f"{chosen.zh} {chosen.en}",
        ),
    } | {
        name: Param(
            None,
            type=["null", "string"],
            format="multiline",
            title=f"{title.zh} / {title.en}",
            description=f"{help_.zh} {help_.en}",
        )
        for name, (title, help_) in REVIEW_BOXES.items()
    }
