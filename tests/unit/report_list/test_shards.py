"""Every entry is in one shard, whatever the shape of the list, and none has more DAGs than Airflow has patience for."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from itss.report_list.list_document import read_list
from itss.report_list.shards import MOST, needed, place_of, shards_of

STUBS = 32


def entries(count: int, *, each: str = "") -> str:
    more = f"\n  for_each: {each}" if each else ""
    return "".join(f"- key: report_{number:04d}{more}\n" for number in range(count))


def in_files(folder: Path, count: int, a_file: int = 1) -> None:
    (folder / "reports").mkdir()
    for number in range(0, count, a_file):
        keys = [f"- key: report_{one:04d}\n" for one in range(number, min(number + a_file, count))]
        words = "".join(keys) if a_file > 1 else keys[0].removeprefix("- ")
        (folder / "reports" / f"report_{number:04d}.yaml").write_text(words)


def in_one_file(folder: Path, count: int) -> None:
    (folder / "report_list.yaml").write_text("reports:\n" + entries(count))


def for_customers(folder: Path, count: int, file: str = "customers.yaml") -> None:
    (folder / "reports").mkdir()
    customers = "".join(f"- {{key: c{one:03d}, title: {{zh-CN: 客户, en: C}}}}\n" for one in range(count // 10))
    (folder / file).write_text("customers:\n" + customers)
    for number in range(10):
        (folder / "reports" / f"report_{number}.yaml").write_text(f"for_each: {file}\ntitle: {{zh-CN: 报, en: R}}\n")


SHAPES = {
    "a file each": in_files,
    "several a file": lambda folder, count: in_files(folder, count, 7),
    "one file": in_one_file,
    "customers": for_customers,
    "客户": lambda folder, count: for_customers(folder, count, "客户.yaml"),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [10, 100, 1000, 2000])
def test_each_is_in_one_shard_and_none_is_too_full(tmp_path: Path, shape: str, count: int) -> None:
    SHAPES[shape](tmp_path, count)
    head = tmp_path / "report_list.yaml"
    shards = shards_of(head, STUBS)
    owners: Counter[str] = Counter()
    for number in range(shards.count):
        document = read_list(head, shards.wanted(number))
        own = [
            one.data["key"]
            for one in document.entries
            if shards.is_its_own(number, one.own.document.path, one.data["key"])
        ]
        assert len(own) <= MOST, number
        owners.update(own)
    assert len(owners) == count
    assert set(owners.values()) == {1}
    assert needed(head) <= STUBS
    assert shards.count == 1 or count > MOST


def test_a_small_list_needs_one(tmp_path: Path) -> None:
    in_files(tmp_path, 90)
    assert shards_of(tmp_path / "report_list.yaml", STUBS).count == 1


def test_a_list_that_is_too_long_says_so_and_loses_nothing(tmp_path: Path) -> None:
    in_one_file(tmp_path, 9000)
    head = tmp_path / "report_list.yaml"
    assert needed(head) > STUBS
    assert shards_of(head, STUBS).count == STUBS


def test_a_shard_is_the_same_everywhere() -> None:
    digest = int(hashlib.sha256(b"customer_monthly").hexdigest()[:16], 16)
    assert place_of("customer_monthly", 32) == digest % 32
