"""Step 3 生成, its figures: measured, kept in the folder, and read back from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from itss.reports.csv_text import csv_text
from itss.steps.checking import measured_frames
from itss.steps.collected import all_exclusions, read_frame, source_facts, write_frame
from itss.steps.job import Job

if TYPE_CHECKING:
    import pandas as pd

    from itss.measures.baseline import Baseline
    from itss.measures.compute import Measured

FRAMES = (
    *("figures", "before", "history", "restatements", "trends", "nonconformities", "major_events", "coverage"),
    *("redefined", "proposals", "exclusions", "allowances"),
)
LATER_FRAMES = frozenset({"coverage", "redefined", "proposals", "exclusions", "allowances"})
"""Older versions were sealed without these."""
PUBLISHED, BASELINES = "published.parquet", "baselines.parquet"


def measure_rows(job: Job, published: pd.DataFrame | None = None, baselines: Sequence[Baseline] = ()) -> Measured:
    """Compute every figure; writes the tables of `Measured` and ``figures.csv``.

    What was published before and the frozen limits are kept beside them, so that the archive can be measured again.
    """
    import pandas as pd

    from itss.measures.base import FIGURE_COLUMNS, RAW_COLUMNS
    from itss.measures.compute import measure_all

    measured = measure_all(
        measured_frames(job),
        job.processes,
        job.period,
        job.agreement,
        job.entry.dimensions,
        job.entry.history,
        published,
        baselines,
        source_facts(job),
        job.entry.rules,
        all_exclusions(job),
    )
    if published is not None:
        write_frame(job, PUBLISHED, published)
        write_frame(job, BASELINES, pd.DataFrame([asdict(one) for one in baselines]))
    for name in FRAMES:
        write_frame(job, f"{name}.parquet", getattr(measured, name))
    job.folder.write("figures.csv", csv_text(measured.figures[[*FIGURE_COLUMNS, *RAW_COLUMNS]]).encode())
    return measured


def measure_again(job: Job) -> Measured:
    """`measure_rows` with what stood beside the figures when they were computed first."""
    from itss.measures.baseline import Baseline

    if not job.folder.has(PUBLISHED):
        return measure_rows(job)
    kept = [
        Baseline(**{str(name): value for name, value in row.items()})
        for row in read_frame(job, BASELINES).to_dict("records")
    ]
    return measure_rows(job, read_frame(job, PUBLISHED), kept)


def measured_rows(job: Job) -> Measured:
    """What `measure_rows` wrote."""
    from itss.measures.compute import Measured
    from itss.measures.coverage import coverage_frame

    found = {name: read_frame(job, file) for name in FRAMES if job.folder.has(file := f"{name}.parquet")}
    return Measured(**{"coverage": coverage_frame({}, job.period)} | found)
