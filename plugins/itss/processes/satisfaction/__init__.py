"""Satisfaction (满意度): one row per survey that was sent, answered or not."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes.base import Opinion, Process
from itss.processes.rows import dated, not_above, ordered
from itss.processes.satisfaction.measures import MEASURES, derive_satisfaction
from itss.text import text

DERIVED = (
    c.instant("window_ends_at", "回答期限", "until when it may be answered"),
    c.string("scale", "量表", "its lowest and highest score, where the answers of the period are on several scales"),
)

REASONS = {
    "no_scale": text("评分无量表", "score without a scale"),
    "out_of_scale": text("评分超出量表", "score outside its scale"),
    "scale_undeclared": text(
        "协议未声明该量表的满意评分", "the agreement does not say which answers of its scale are satisfied"
    ),
    "mixed_scales": text("量表不同，不能合并平均", "on several scales, of which there is no one mean"),
}

PROCESS = Process(
    id="satisfaction",
    name=text("满意度", "Satisfaction"),
    event=text("问卷发出", "sendings of surveys"),
    columns=(
        c.ID,
        c.SERVICE,
        c.CUSTOMER,
        c.reference("incident", "事件编号", "id of the incident asked about", "incident"),
        c.instant("sent_at", "发出时间", "survey sent", required=True),
        c.instant("answered_at", "回答时间", "answered; empty = no answer"),
        c.number("score", "评分", "the answer; empty = no answer"),
        c.deadline("expires_at", "回答期限", "to be answered by; without this column 14 days after it was sent"),
        c.number("scale_min", "最低分", "lowest score of its scale"),
        c.number("scale_max", "最高分", "highest score of its scale"),
        c.string("comment", "评语", "comment of the customer", says="title"),
    ),
    expectations=(
        ordered("sent_at", "answered_at", "warning"),
        ordered("sent_at", "expires_at", "warning"),
        dated("score", "answered_at", text("评分", "an answer")),
        not_above("scale_min", "score", "warning"),
        not_above("score", "scale_max", "warning"),
    ),
    measures=MEASURES,
    dimensions=("service", "customer", "scale"),
    always_by=("scale",),
    derive=derive_satisfaction,
    derived=DERIVED,
    headline=("csat_top2", "csat_response_rate"),
    opinion=Opinion("csat_top2", "csat_answers", "csat_response_rate", "csat_mean"),
    reasons=REASONS,
)
