"""Why rows are left out of a figure, in words: the reasons that several processes have.

The keys stand in ``excluded`` of the figures. A process declares the words of its own reasons in its package.
"""

from __future__ import annotations

from itss.text import text

BY_AGREEMENT = "by_agreement"
"""What the customer agreed not to count (`itss.exclusions`)."""

REASONS = {
    "cancelled": text("已取消、重复或合并", "cancelled, duplicate or merged"),
    "no_target": text("无约定目标", "no agreed target"),
    "ended_before_start": text("结束早于开始", "ended before it started"),
    "blank": text("空白", "blank"),
    "no_deadline": text("无期限", "no deadline"),
    "quarantined": text("数据有误，已隔离", "cannot be true, quarantined"),
    BY_AGREEMENT: text("约定剔除", "excluded by agreement"),
    "not_given": text("口径所需的字段为空", "a field that the definition asks for is empty"),
    "not_collected": text("本期数据尚未收集", "data of the period not collected"),
}
