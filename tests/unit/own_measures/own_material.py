"""KPIs written as people write them, with rows of plain values; no file but ``measures.yaml``."""

from pathlib import Path

import pandas as pd
from itss.measures.scope import Scope
from itss.own_measures import own_of
from itss.own_measures.judging import judged
from itss.periods import parse_period
from itss.sources.conform import conform

SEPTEMBER = parse_period("2026-09", "month", "UTC")
HEAD = "{name: {zh-CN: 名, en: name}, definition: {zh-CN: 义, en: what it is}, "


def own(text):
    """What a ``measures.yaml`` of this text declares."""
    return own_of(Path("measures.yaml"), text.encode())


def problems(text):
    """Its problems, as they are printed."""
    return [str(one) for one in judged(own(text)).problems]


def kpi(process="incident", section="a", unit="share", better="higher", shape="share", **parts):
    """One KPI called ``own``, as a flow mapping of YAML."""
    said = ", ".join(f'{name}: "{value}"' for name, value in parts.items())
    return (
        f"{{{HEAD[1:]}section: {section}, process: {process}, shape: {shape}, unit: {unit}, better: {better}, {said}}}"
    )


def measure(text, key="own", process="incident"):
    """The measure ``key`` of a sound file."""
    found = judged(own(text))
    assert not found.problems, found.problems
    return next(one for one in found.processes[process].measures if one.id == key)


def compute(text, rows, key="own", process="incident", period=SEPTEMBER):
    """Its outcome over ``rows`` (dictionaries; instants as text, UTC)."""
    found = judged(own(text)).processes[process]
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names}
    return measure(text, key, process).compute(Scope(conform(found, cells, "UTC"), period, None))
