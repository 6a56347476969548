"""A KPI of outages counts outages, and not the rows that stand for the agreed time of services that were never down."""

import datetime as dt

from itss.agreements.models import AgreementVersion, ServiceHours
from itss.agreements.terms import AgreedService
from itss.measures.scope import Scope
from itss.processes import PROCESSES
from itss.sources.conform import conform
from own_material import SEPTEMBER, kpi, measure
from pandas import Series

NOT_DOWN = "measures:\n  own: " + kpi(
    process="availability", shape="count", unit="count", better="lower", of="not (is_planned is true)"
)


def test_only_outages_count():
    version = AgreementVersion(
        version="1",
        effective_from=dt.date(2026, 1, 1),
        service_hours=ServiceHours(always=True),
        services=[AgreedService(name=name) for name in ("ERP", "CRM", "VPN")],
    )
    cells = {"id": ["O1"], "service": ["ERP"], "started_at": ["2026-09-03 08:00"], "ended_at": ["2026-09-03 09:00"]}
    process = PROCESSES["availability"]
    rows = conform(process, {name: Series(given, dtype=object) for name, given in cells.items()}, "UTC")
    derived = process.derive(Scope(rows, SEPTEMBER, version))
    assert len(derived) > 1
    rows = derived.assign(is_planned=Series([None] * len(derived), dtype="boolean"))
    assert measure(NOT_DOWN, process="availability").compute(Scope(rows, SEPTEMBER, version)).value == 1
