"""The series of a measure as a sealed version shows it: the points under a definition that is newer than most reports.

Refuses a version that is not the one on record, and a file that is not the one that was sealed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itss.archive.folder import RevisionFolder
from itss.archive.store import digest, open_store
from itss.archive.version import MANIFEST, read_manifest, sealed_folder
from itss.errors import RegisterError
from itss.settings import settings

if TYPE_CHECKING:
    import pandas as pd

    from itss.register.records import Revision

SERIES, FIGURES = "history.parquet", "figures.parquet"


def sealed_points(sealed: Revision, process: str, measure: str) -> pd.DataFrame:
    """``period`` and ``value`` of the measure, oldest first, without periods that have none or few cases."""
    from itss.measures.few import FEW, keys_on_cases
    from itss.sources.snapshot import frame_of

    folder = sealed_folder(open_store(settings().archive_url), sealed.ref, str(sealed.archive_path))
    listed = {entry["name"]: str(entry["sha256"]) for entry in read_manifest(folder)["files"]}
    if digest(folder / MANIFEST) != sealed.manifest_sha256:
        raise RegisterError(f"{folder}: its manifest is not the one on record.", "Restore this version from a backup.")
    files = RevisionFolder(folder, listed)
    series, figures = (frame_of(files.read(name), name) for name in (SERIES, FIGURES))
    chosen = series[(series["process"] == process) & (series["measure"] == measure) & series["value"].notna()]
    if (process, measure) in keys_on_cases(figures):
        chosen = chosen[~(chosen["n"] < FEW).fillna(False)]
    return chosen.sort_values("period")[["period", "value"]]
