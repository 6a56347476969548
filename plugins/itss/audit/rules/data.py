"""Are the data those that were collected: rows and hashes as the submissions on record say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from itss.audit.documents import Collected
from itss.audit.facts import Version
from itss.audit.rules.base import RESTORE, other, rule
from itss.text import Text


@rule(
    "submissions",
    "数据文件的行数和哈希即登记的提交内容",
    "the data files have the rows and hashes that their submissions on record say",
    RESTORE,
)
def submissions(version: Version) -> Iterator[Text]:
    """Rows are counted from the file's footer, without reading them."""
    rows = {known.columns["process"]: known.columns for known in version.rows.rows["submission"].values()}
    for process, row in sorted(rows.items()):
        said = version.document(f"data/{process}.json", Collected)
        for name in ("process", "source", "rows", "sha256", "missing"):
            if getattr(said, name) != row[name]:
                yield other(f"data/{process}.json {name}", row[name], getattr(said, name))
        collected = dt.datetime.fromisoformat(version.plain(f"data/{process}.json")["collected_at"])
        if collected != dt.datetime.fromisoformat(row["collected_at"]):
            yield other(f"data/{process}.json collected_at", row["collected_at"], collected.isoformat())
        if row["missing"]:
            continue
        file = f"data/{process}.parquet"
        sealed = next((one for one in version.manifest.files if one.name == file), None)
        if sealed is None or version.files.listing.files.get(file) != sealed.bytes:
            continue  # not the file that was sealed, which is reported by itself; its hash is not needed
        if version.files.sha256(file) != row["sha256"]:
            yield other(f"{file} sha256", row["sha256"][:16], version.files.sha256(file)[:16])
        elif (count := _rows(version, file)) != row["rows"]:
            yield other(f"{file} rows", row["rows"], count)


def _rows(version: Version, file: str) -> int:
    import pyarrow.parquet as pq

    with version.files.opened(file) as data:
        return int(pq.read_metadata(data).num_rows)


RULES = (submissions,)
