"""Which DAG file makes the DAGs of which entries, so that none makes more than Airflow has the patience for.

One file with 1,000 DAGs is killed by Airflow without a word, and the DAGs of before stay. So the entries are spread
over as many of the shipped DAG files as they need: by the name of the file that an entry is in, which is known without
reading it. A file that makes many DAGs by itself (a long list, a hundred customers) is read by all, and its DAGs are
spread by their ids. How many files take part doubles as the list grows; the others stay empty.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from itss.report_list import list_files
from itss.report_list.list_files import Wanted

STUBS = "service_reports_*.py"
"""The DAG files of the reports; each is a shard, and all have the same lines."""
MOST = 100
"""DAGs that one DAG file makes at most: some 7 s of one processor, where Airflow's time limits are 30 s and 50 s."""
SPREAD_FROM = (25, 5, 1)
"""A file that makes more DAGs than this is spread over all shards; the later numbers where files are too uneven."""
_UNEVEN = 1.3
"""How much more than its share a shard may get of what is spread by a hash."""


@dataclass(frozen=True)
class Shards:
    """How a list is spread over ``count`` DAG files."""

    count: int
    spread: frozenset[str]
    """Names of files whose DAGs are spread one by one."""
    in_doubt: frozenset[str] = frozenset()
    """Names of files that may claim the key of another one: all read them, so that no two make one DAG."""

    def wanted(self, number: int) -> Wanted:
        """What the shard ``number`` reads."""
        by_all = self.spread | self.in_doubt
        return Wanted(lambda file: file.name in by_all or self._place(file) == number)

    def is_its_own(self, number: int, file: Path, key: str) -> bool:
        """Whether the entry ``key`` of ``file`` belongs to the shard ``number``."""
        return (place_of(key, self.count) if file.name in self.spread else self._place(file)) == number

    def _place(self, file: Path) -> int:
        return place_of(file.stem, self.count)


def place_of(name: str, count: int) -> int:
    """The shard of a name: the same in every process and on every machine."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % count


def shards_of(head: Path, stubs: int) -> Shards:
    """How the list is spread over at most ``stubs`` DAG files: the fewest, of 1, 2, 4 …, of which none is too full.

    Where even all of them are too few, all are used; `itss check` says so.
    """
    shards = _spread(_weights(head), stubs)[0]
    return shards if shards.count == 1 else replace(shards, in_doubt=list_files.in_doubt(head))


def needed(head: Path) -> int:
    """How many DAG files the list needs."""
    weights, stubs = _weights(head), 1
    while _spread(weights, stubs)[1] > MOST:
        stubs *= 2
    return stubs


def _spread(weights: Mapping[str, int], stubs: int) -> tuple[Shards, int]:
    """The shards, and how many DAGs the fullest one has."""
    for least in SPREAD_FROM:
        spread = frozenset(name for name, weight in weights.items() if weight > least)
        count = 1
        while count < stubs and _fullest(weights, spread, count) > MOST:
            count = min(count * 2, stubs)
        if (fullest := _fullest(weights, spread, count)) <= MOST:
            break
    return Shards(count, spread), fullest


def _weights(head: Path) -> Mapping[str, int]:
    """By the name of each file with entries, how many DAGs it makes."""

    @lru_cache
    def customers(name: str) -> int:
        return list_files.count(list_files.customers_file(head, name), lambda _: 0)

    heads = [one for one in (head, head.parent / list_files.PEOPLE) if one.exists()]
    weights: Counter[str] = Counter()
    for file in (*heads, *list_files.entry_files(head)):
        weights[file.name] += list_files.count(file, customers)
    return weights


def _fullest(weights: Mapping[str, int], spread: frozenset[str], count: int) -> int:
    """The DAGs of the fullest of ``count`` shards, with an allowance for those that are spread one by one."""
    filled = [0] * count
    for name, weight in weights.items():
        if name not in spread:
            filled[place_of(Path(name).stem, count)] += weight
    one_by_one = sum(weights[name] for name in spread)
    return max(filled) + round(one_by_one / count * (_UNEVEN if count > 1 else 1))
