"""Are the data those that were collected, and are template, own measures and exclusions those of the opening."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from itss.audit.documents import Collected
from itss.audit.facts import Version
from itss.audit.rules.base import ASK, RESTORE, other, rule
from itss.steps.frozen import Frozen, is_frozen
from itss.steps.job import JOB_FILE
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


@rule(
    "copied_files",
    "报告模板、自定义KPI和约定剔除即登记时复制的文件",
    "template, own measures and agreed exclusions are the files that were copied when the revision was opened",
    ASK,
)
def copied_files(version: Version) -> Iterator[Text]:
    """Those of the statement against those of the job; earlier releases copied none."""
    frozen = Frozen.read(version.plain(JOB_FILE).get("frozen"))
    copied = frozen.files if frozen else {}
    signed = {name: one.sha256 for name, one in version.carried.files.items() if is_frozen(name)}
    for name in sorted(copied.keys() | signed.keys()):
        if copied.get(name) != signed.get(name):
            yield other(name, copied.get(name, "–")[:16], signed.get(name, "–")[:16])


RULES = (submissions, copied_files)
