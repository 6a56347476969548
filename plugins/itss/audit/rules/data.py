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
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = {known.columns["process"]: known.columns for known in version.rows.rows["submission"].values()}
    names = {name for name in version.files.listing.files if name.startswith("data/")}
    for process, row in sorted(rows.items()):
        said = version.document(f"data/{process}.json", Collected)
        for name in ("process", "source", "rows", "sha256", "missing"):
            if getattr(said, name) != row[name]:
                yield other(f"data/{process}.json {name}", row[name], getattr(said, name))
        collected = dt.datetime.fromisoformat(version.plain(f"data/{process}.json")["collected_at"])
        if collected != dt.datetime.fromisoformat(row["collected_at"]):
            yield other(f"data/{process}.json collected_at", row["collected_at"], collected.isoformat())
        names.discard(f"data/{process}.json")
        if row["missing"]:
            continue
        file = f"data/{process}.parquet"
        names.discard(file)
        if version.files.sha256(file) != row["sha256"]:
            yield other(f"{file} sha256", row["sha256"][:16], version.files.sha256(file)[:16])
        elif (count := pq.read_metadata(pa.BufferReader(version.read(file))).num_rows) != row["rows"]:
            yield other(f"{file} rows", row["rows"], count)
    for name in sorted(names):
        yield other(name, "–", version.files.sha256(name)[:16])


RULES = (submissions,)
