"""Measures of incidents: those of every ticket."""

from __future__ import annotations

from itss.measures.base import Measure
from itss.measures.tickets import ticket_measures
from itss.measures.tickets_sla import TicketKind

MEASURES: tuple[Measure, ...] = ticket_measures(TicketKind("incident", "事件", "incident", "incidents"))
