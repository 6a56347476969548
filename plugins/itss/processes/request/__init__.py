"""Service requests (服务请求): one row per request in its latest state; *resolved* = fulfilled."""

from __future__ import annotations

from itss.processes._tickets.clocks import derive_tickets
from itss.processes._tickets.columns import (
    COLUMNS,
    DERIVED,
    DIMENSIONS,
    ENDED_BY,
    EXPECTATIONS,
    FRESH_DAYS,
    HEADLINE,
    REASONS,
)
from itss.processes._tickets.measures import ticket_measures
from itss.processes._tickets.sla import TicketKind
from itss.processes._tickets.solved import solved_measures
from itss.processes._tickets.workload import workload_measures
from itss.processes.base import Process
from itss.text import text

KIND = TicketKind("request", "服务请求", "request", "requests")

PROCESS = Process(
    id="request",
    name=text("服务请求管理", "Request fulfilment"),
    event=text("新增请求", "openings"),
    columns=COLUMNS,
    expectations=EXPECTATIONS,
    measures=(*ticket_measures(KIND), *solved_measures(KIND), *workload_measures(KIND)),
    dimensions=DIMENSIONS,
    derive=derive_tickets,
    derived=DERIVED,
    fresh_days=FRESH_DAYS,
    ended_by=ENDED_BY,
    is_timed=True,
    inflow="opened",
    outflow="resolved",
    stock="backlog",
    aged_stock="backlog_over_30d",
    daily_inflow="volume_per_workday",
    headline=HEADLINE,
    breaches=("sla_breached_open",),
    reasons=REASONS,
)
