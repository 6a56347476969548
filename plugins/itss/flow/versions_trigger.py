"""What a report that is made after others leaves in the triggerer while their versions are not sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from itss.flow.rounds import RegisterTrigger


class VersionsTrigger(RegisterTrigger):
    """Fires once when each of ``versions`` (report and period) has a sealed revision, at the latest at ``until``."""

    found = "sealed"

    def __init__(self, versions: Sequence[Sequence[str]], until: str, poke_s: float) -> None:
        super().__init__([(report, period) for report, period in versions], until, poke_s)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Where it is, and what it is made of."""
        given = {"versions": sorted(map(list, self.places)), "until": self.until, "poke_s": self.poke_s}
        return f"{type(self).__module__}.{type(self).__qualname__}", given
