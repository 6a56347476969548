"""Charts beside each other that a reader compares at a glance get one scale.

These are charts over the periods of rates of one process and unit whose targets bound them on the same side. Others
keep their own: on the scale of a share of 20 %, an availability of 99.9 % would be a flat line whatever it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from itss.reports.document import Block, Chart
from itss.reports.drawing.scale import extent

RATES = ("share", "h", "min", "score", "days")
Family = tuple[str, str, str]


def on_one_scale(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The same blocks, with a common span for charts of one family that stand beside each other."""
    found: list[Block] = []
    for is_chart, group in groupby(blocks, key=lambda block: isinstance(block, Chart)):
        run = list(group)
        found += _aligned([block for block in run if isinstance(block, Chart)]) if is_chart else run
    return tuple(found)


def family(chart: Chart) -> Family | None:
    """Which charts it is compared with: process, unit, and the side on which its target bounds it."""
    if chart.kind != "control" or chart.unit not in RATES or chart.target is None:
        return None
    return chart.title.partition(" · ")[0], chart.unit, chart.target_text[:1]


def _aligned(charts: Sequence[Chart]) -> Iterator[Chart]:
    spans: dict[Family | None, list[tuple[float, float]]] = {}
    for chart in charts:
        spans.setdefault(family(chart), []).append(extent(chart))
    for chart in charts:
        of_family = spans[family(chart)]
        if family(chart) is None or len(of_family) < 2:
            yield chart
        else:
            yield replace(chart, span=(min(low for low, _ in of_family), max(high for _, high in of_family)))
