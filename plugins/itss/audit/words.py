"""The audit in words, for people: what is wrong by version and what to do, what was checked, what was not and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from itss.audit.again import AGAIN
from itss.audit.rules import RULES
from itss.audit.rules.base import Sentence
from itss.audit.rules.removed import removed
from itss.audit.versions import Audit
from itss.audit.whole import WHOLE
from itss.text import Language, Text, text

SENTENCES: dict[str, Sentence] = {one.id: one for one in (*RULES, removed, AGAIN, *WHOLE)}


@dataclass(frozen=True)
class Wrong:
    """What is wrong at one place by one sentence."""

    where: str
    rule: Sentence
    what: tuple[Text, ...]


def grouped(found: Audit) -> list[Wrong]:
    """By place, and by sentence."""
    groups: dict[tuple[str, str], list[Text]] = {}
    for one in found.problems:
        groups.setdefault((one.where, one.rule.id), []).append(one.what)
    order = list(dict.fromkeys(where for where, _ in groups))
    return [
        Wrong(where, SENTENCES[id_], tuple(what))
        for where, id_ in sorted(groups, key=lambda key: order.index(key[0]))
        for what in [groups[where, id_]]
    ]


def unjudged(found: Audit) -> list[tuple[Text, int, list[str]]]:
    """Each reason for which something was not judged: of how many versions at most, and by which sentences."""
    counts: Counter[Text] = Counter()
    rules: dict[Text, list[str]] = {}
    for (id_, reason), count in found.unjudged.items():
        counts[reason] = max(counts[reason], count)
        rules.setdefault(reason, []).append(id_)
    return [(reason, count, sorted(rules[reason])) for reason, count in counts.most_common()]


def total(found: Audit) -> Text:
    """How many versions and problems."""
    gone_zh = f"（其中 {found.removed} 份到期已删除）" if found.removed else ""
    gone_en = f", of which {found.removed} removed after their time" if found.removed else ""
    count = len(found.problems)
    return text(
        f"封存版本 {found.sealed} 份{gone_zh}，问题 {count} 处。",
        f"{found.sealed} sealed version(s){gone_en}, {count} problem(s).",
    )


def checked(found: Audit) -> Iterator[Text]:
    """What was looked at."""
    if found.is_archive_only:
        yield text(
            f"只审核了存档，每份按 {len(RULES)} 条规则判断。",
            f"The archive alone was audited, each version by {len(RULES)} rules.",
        )
    elif not found.is_whole:
        yield text(
            f"每份按 {len(RULES)} 条规则核对；账本 {found.lines} 行的哈希、次序和签名均已核对，登记册各表未核对。",
            f"Each was judged by {len(RULES)} rules, and hash, order and signature of the {found.lines} lines of the "
            "ledger. The tables of the register were not compared, since one report alone was asked for.",
        )
    else:
        yield text(
            f"每份按 {len(RULES)} 条规则核对；账本 {found.lines} 行的哈希、次序和签名，及登记册各表，均已核对。",
            f"Each was judged by {len(RULES)} rules, and so were hash, order and signature of the {found.lines} lines "
            "of the ledger, and all tables of the register.",
        )
    if found.made_again:
        names = ", ".join(found.made_again)
        yield text(
            f"用其自身数据重新计算和编制：{names}。", f"Computed and rendered again from their own data: {names}."
        )
    if not found.is_all_again:
        count = found.sealed - found.removed - len(found.made_again)
        yield text(
            f"其余 {count} 份未重新编制（抽样；全部：audit --all）。",
            f"{count} other(s) were not made again: this was a sample (all of them: audit --all).",
        )
    for reason, count, rules in unjudged(found):
        names = ", ".join(rules)
        yield text(
            f"未判断：{count} 份，{reason.zh}（{names}）。",
            f"Not judged, of {count} version(s): {reason.en} ({names}).",
        )


def lines(found: Audit, language: Language) -> Iterator[str]:
    """The whole of it for a terminal."""
    must, do = ("应当", "处理") if language == "zh-CN" else ("must hold", "what to do")
    for group in grouped(found):
        yield from (plain(f"{group.where}: {what.of(language)}") for what in group.what)
        yield f"    {must}: {group.rule.says.of(language)} ({group.rule.id})"
        yield f"    {do}: {group.rule.remedy.of(language)}"
    yield total(found).of(language)
    yield from (plain(one.of(language)) for one in checked(found))
    if found.witness is not None:
        yield found.witness.text


def plain(words: str) -> str:
    """In one line: what somebody called a file must neither break it nor steer a terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in words)


def document(found: Audit) -> dict[str, Any]:
    """All of it as plain JSON."""
    return {
        "sealed": found.sealed,
        "removed": found.removed,
        "ledger_lines": found.lines,
        "archive_only": found.is_archive_only,
        "made_again": list(found.made_again),
        "witness": found.witness.text if found.witness else None,
        "problems": [
            {"where": plain(one.where), "rule": one.rule.id, "zh-CN": plain(one.what.zh), "en": plain(one.what.en)}
            for one in found.problems
        ],
        "rules": {
            id_: {
                "zh-CN": one.says.zh,
                "en": one.says.en,
                "held": found.held[id_],
                "not_judged": {reason.en: count for (rule, reason), count in found.unjudged.items() if rule == id_},
            }
            for id_, one in SENTENCES.items()
        },
    }
