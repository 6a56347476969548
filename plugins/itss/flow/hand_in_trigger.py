"""What a report that waits for handed-in data leaves in the triggerer: a question to the register, and no process."""

from __future__ import annotations

from typing import Any

from itss.flow.rounds import RegisterTrigger


class HandInTrigger(RegisterTrigger):
    """Fires once when a version was accepted for one process of a report and period, at the latest at ``until``."""

    found = "accepted"

    def __init__(self, report: str, period: str, process: str, until: str, poke_s: float) -> None:
        super().__init__([(report, period, process)], until, poke_s)

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Where it is, and what it is made of."""
        ((report, period, process),) = self.places
        given = {"report": report, "period": period, "process": process, "until": self.until, "poke_s": self.poke_s}
        return f"{type(self).__module__}.{type(self).__qualname__}", given
