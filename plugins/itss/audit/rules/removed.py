"""What may be there of a version that was removed after its time: the manifest, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from itss.archive.version import MANIFEST
from itss.audit.facts import Version
from itss.audit.rules.base import RESTORE, rule
from itss.text import Text, text

CLOCKS = dt.timedelta(hours=1)
"""So much the clocks of two machines may differ."""


@rule(
    "removed",
    "文件在保存期满之后才删除，且有据可查；其后只留清单",
    "its files were removed after their date, by a line of the ledger that is not from the future, and the manifest "
    "alone is left",
    RESTORE,
)
def removed(version: Version) -> Iterator[Text]:
    """The day is that of the report's own zone."""
    left = version.files.listing.files.keys() - {MANIFEST} | version.files.listing.odd.keys()
    if left:
        yield text(
            f"已删除，却还有 {len(left)} 个文件：删除被中断，或其后放入",
            f"{len(left)} file(s) are there, though it was removed: cut off, or put there since",
        )
    line, until = version.removed, str(version.manifest.facts.get("keep_until", ""))
    if line is None:
        return
    zone = ZoneInfo(version.registered.zone if version.registered else "UTC")
    day = line.at.astimezone(zone).date().isoformat()
    if day <= until:
        yield text(
            f"{day} 由 {line.who} 删除，应保存至 {until}",
            f"was removed on {day} by {line.who}, and is to be kept until {until}",
        )
    if version.now is not None and line.at > version.now + CLOCKS:
        yield text(f"删除行的时间 {day} 在将来", f"the line of its removal is from the future, {day}")
    if any(one.seq < line.seq and one.at > line.at + CLOCKS for one in version.told or ()):
        yield text("删除行的时间早于其前各行", "the line of its removal is older than those before it")
