"""Why rows are left out of a figure, in words. The keys stand in ``excluded`` of the figures."""

from __future__ import annotations

from itss.text import text

REASONS = {
    "cancelled": text("已取消、重复或合并", "cancelled, duplicate or merged"),
    "no_flag": text("来源未记录SLA标志", "the source has no SLA flag"),
    "no_counter": text("来源未记录重开次数", "the source has no reopen counter"),
    "no_history": text("无状态历史", "no history of its states"),
    "impossible_pause": text("挂起时长超过受理至解决（或期末）的时间", "paused for longer than it took"),
    "no_target": text("无约定目标", "no agreed target"),
    "ended_before_start": text("结束早于开始", "ended before it started"),
    "not_resolved": text("未经解决即关闭", "closed without a resolution"),
    "ended_unanswered": text("期限前已结束且无响应记录", "ended before the deadline, no response recorded"),
    "no_outcome": text("未记录结果", "no outcome known"),
    "outcome_not_yet": text("期末尚不知结果", "outcome not known yet when the period ended"),
    "no_type": text("未记录变更类型", "no type of change known"),
    "no_window": text("无计划或实际时间窗口", "no planned or actual window"),
    "open_ended": text("计划窗口无结束时间", "planned window without an end"),
    "no_length": text("计划窗口无结束时间或结束早于开始", "planned window without an end, or ending before it starts"),
    "no_achieved": text("无达成值", "no measured value"),
    "no_comparison": text("未约定比较方式", "no side of the target agreed"),
    "blank": text("空白", "blank"),
    "no_scale": text("评分无量表", "score without a scale"),
    "out_of_scale": text("评分超出量表", "score outside its scale"),
    "scale_undeclared": text(
        "协议未声明该量表的满意评分", "the agreement does not say which answers of its scale are satisfied"
    ),
    "mixed_scales": text("量表不同，不能合并平均", "on several scales, of which there is no one mean"),
    "gaps": text("缺失的采样", "missing samples"),
    "no_threshold": text("无阈值", "no threshold"),
    "too_few_samples": text("采样不足", "too few samples"),
    "not_rising": text("未见上升", "not rising"),
    "no_deadline": text("无期限", "no deadline"),
    "no_contact": text("来源未记录是否首次解决", "the source does not say whether at first contact"),
    "no_effort": text("未登记工时", "no hours booked"),
    "planned": text("计划停机", "planned downtime"),
    "service_not_agreed": text("协议未列该服务", "of a service that the agreement does not name"),
    "outside_hours": text("不在约定服务时间内", "outside the agreed service time"),
    "quarantined": text("数据有误，已隔离", "cannot be true, quarantined"),
    "not_collected": text("本期数据尚未收集", "data of the period not collected"),
}
"""Reason to words. Two count no rows of the period: `gaps` are samples that never came, `not_rising` are resources."""
