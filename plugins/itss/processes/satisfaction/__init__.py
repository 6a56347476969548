"""Satisfaction (满意度): one row per survey that was sent, answered or not."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes.base import Opinion, Process
from itss.processes.rows import not_above, ordered
from itss.processes.satisfaction.measures import MEASURES
from itss.text import text

REASONS = {
    "no_scale": text("评分无量表", "score without a scale"),
    "out_of_scale": text("评分超出量表", "score outside its scale"),
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
        c.number("scale_min", "最低分", "worst score of its scale"),
        c.number("scale_max", "最高分", "best score of its scale"),
        c.string("comment", "评语", "comment of the customer", says="title"),
    ),
    expectations=(
        ordered("sent_at", "answered_at", "warning"),
        not_above("scale_min", "score", "warning"),
        not_above("score", "scale_max", "warning"),
    ),
    measures=MEASURES,
    dimensions=("service", "customer"),
    headline=("csat_top2", "csat_response_rate"),
    opinion=Opinion("csat_top2", "csat_answers", "csat_response_rate", "csat_mean"),
    reasons=REASONS,
)
