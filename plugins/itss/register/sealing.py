"""The end of a revision: it is in the archive, under one manifest and no other."""

from __future__ import annotations

import datetime as dt

from itss.errors import RegisterError
from itss.register.desk import Desk
from itss.register.life import advance
from itss.register.queries import ref_of
from itss.register.records import State
from itss.register.schema import RevisionRow


def seal(desk: Desk, row: RevisionRow, archive_path: str, manifest_sha256: str, now: dt.datetime) -> None:
    """It is in the archive under this manifest. Another manifest for a sealed revision is refused."""
    if row.reached == "sealed" and (row.archive_path, row.manifest_sha256) != (archive_path, manifest_sha256):
        raise RegisterError(
            f"{ref_of(row)} is sealed as {row.manifest_sha256} in {row.archive_path}, "
            f"not as {manifest_sha256} in {archive_path}.",
            "Find out who wrote a second version; the recorded one stands.",
        )
    # what a backfill made for the archive went to nobody, and so to no approver
    before: State = "rendered" if row.entry.get("archive_only") else "delivered"
    if advance(desk, row, "sealed", before, manifest_sha256=manifest_sha256):
        row.archive_path, row.manifest_sha256, row.sealed_at = archive_path, manifest_sha256, now
