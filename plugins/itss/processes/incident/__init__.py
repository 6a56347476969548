"""Incidents (事件): one row per incident in its latest state."""

from __future__ import annotations

from itss.processes import columns as c
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
from itss.processes.base import Process
from itss.processes.incident.events import around, major_incidents
from itss.processes.incident.measures import MEASURES
from itss.text import text

PROCESS = Process(
    id="incident",
    name=text("事件管理", "Incident management"),
    event=text("新增事件", "openings"),
    columns=(
        *COLUMNS,
        c.IS_MAJOR,
        c.reference("caused_by_change", "引发的变更", "id of the change that caused it", "change"),
        c.reference("problem", "所属问题", "id of the problem behind it", "problem"),
        c.CAUSE,
        c.ACTION,
    ),
    expectations=EXPECTATIONS,
    measures=MEASURES,
    dimensions=DIMENSIONS,
    major_events=major_incidents,
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
    around=around,
    reasons=REASONS,
)
