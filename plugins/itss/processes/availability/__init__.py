"""Availability (可用性): one row per outage or planned window of a service."""

from __future__ import annotations

from itss.processes import columns as c
from itss.processes.availability.downtime import derive_availability
from itss.processes.availability.measures import MEASURES
from itss.processes.base import Process
from itss.processes.rows import ordered
from itss.text import text

DERIVED = (
    *c.taking(
        "协议的服务时间（service_hours）",
        "the service hours of an agreement (service_hours)",
        c.number(
            "downtime_min", "停机分钟", "minutes of agreed service time that it adds to the downtime of its service"
        ),
        c.number("agreed_min", "约定分钟", "minutes of agreed service time; only in the row that stands for a service"),
    ),
    *c.taking(
        "协议列出的服务（services）",
        "the services of the agreement (services)",
        c.boolean("is_agreed", "协议服务", "its service is one that the agreement names; only where it names any"),
    ),
    *c.taking(
        "约定剔除（exclusions.yaml）",
        "an agreed exclusion of a time (exclusions.yaml)",
        c.number("cut_min", "剔除分钟", "minutes of downtime that an agreed exclusion takes out"),
    ),
    c.integer("spell", "停机段", "outages of a service that overlap or touch have the same number; empty = none"),
)
"""Where service time is agreed. What two outages share is the earlier one's, so that rows add up to the downtime."""

REASONS = {
    "service_not_agreed": text("协议未列该服务", "of a service that the agreement does not name"),
    "planned": text("计划停机", "planned downtime"),
    "outside_hours": text("不在约定服务时间内", "outside the agreed service time"),
}

PROCESS = Process(
    id="availability",
    name=text("可用性管理", "Availability management"),
    event=text("停机开始", "begins of outages"),
    columns=(
        c.ID,
        c.TITLE,
        c.SERVICE,
        c.string("component", "组件", "what failed"),
        c.GROUP,
        c.instant("started_at", "开始时间", "begin of the outage", required=True, plan_if="is_planned"),
        c.instant("ended_at", "结束时间", "end; empty = still down", plan_if="is_planned"),
        c.boolean("is_planned", "计划停机", "an agreed maintenance window: no downtime"),
        c.boolean("is_cancelled", "已取消", "withdrawn, or a duplicate: no outage of its own"),
        c.reference("incident", "事件编号", "id of the incident", "incident"),
        c.CAUSE,
        c.ACTION,
    ),
    expectations=(ordered("started_at", "ended_at", "critical"),),
    measures=MEASURES,
    dimensions=("service",),
    always_by=("service",),
    derive=derive_availability,
    derived=DERIVED,
    ended_by=("ended_at",),
    is_of_agreed_services=True,
    is_of_time=True,
    headline=("availability",),
    reasons=REASONS,
)
