"""The rules of a version, in the order in which they are judged and reported: is it whole, and was it valid."""

from __future__ import annotations

from itss.audit.facts import REMOVED, Version
from itss.audit.rules import approval, data, delivery, record, sealed
from itss.audit.rules.base import Judgement, Rule, judged
from itss.audit.rules.removed import removed

RULES: tuple[Rule, ...] = (*sealed.RULES, *record.RULES, *approval.RULES, *delivery.RULES, *data.RULES)
_OF_REMOVED = (sealed.manifest, sealed.previous, removed)


def judge(version: Version) -> list[Judgement]:
    """The judgement of every rule on one version; raises nothing, whatever somebody made of it."""
    if version.removed is None:
        return [judged(one, version) for one in RULES]
    skipped = [Judgement(one, unjudged=REMOVED) for one in RULES if one not in _OF_REMOVED]
    return [*(judged(one, version) for one in _OF_REMOVED), *skipped]
