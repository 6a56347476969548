"""Measures of incidents: those of every ticket, how they were solved, and the work they made."""

from __future__ import annotations

from itss.measures.base import Measure
from itss.processes._tickets.measures import ticket_measures
from itss.processes._tickets.sla import TicketKind
from itss.processes._tickets.solved import solved_measures
from itss.processes._tickets.workload import workload_measures

_KIND = TicketKind("incident", "事件", "incident", "incidents")

MEASURES: tuple[Measure, ...] = (*ticket_measures(_KIND), *solved_measures(_KIND), *workload_measures(_KIND))
