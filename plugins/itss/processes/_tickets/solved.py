"""Whether tickets were solved: of those closed, of those opened, and at the first contact.

Both resolution rates follow their cases, so that neither can exceed 1: of the tickets closed in the period those that
have a resolution, and of the tickets opened in the period those solved by its end.
"""

from __future__ import annotations

from functools import partial

from itss.measures.base import Measure, Outcome
from itss.measures.outcomes import share
from itss.measures.rows import before, counted_in_period, flags, given
from itss.measures.scope import Scope
from itss.processes._tickets.sla import TicketKind
from itss.text import text


def solved_measures(kind: TicketKind) -> tuple[Measure, ...]:
    """``resolution_rate``, ``resolution_rate_of_opened`` and ``first_contact_rate`` of a process of tickets."""
    measure = partial(Measure, process=kind.process, unit="share", better="higher", section="a")
    return (
        measure(
            id="resolution_rate",
            name=text(f"{kind.zh}解决率（按关闭）", "Solved, of those closed"),
            definition=text(
                f"有解决记录的 / 报告期内关闭的{kind.zh}；未经解决即关闭的计为未解决。",
                f"With a resolution / {kind.many} closed in the period; one closed without is not solved.",
            ),
            compute=_of_closed,
            needs=("closed_at", "resolved_at"),
            date_column="closed_at",
        ),
        measure(
            id="resolution_rate_of_opened",
            name=text(f"{kind.zh}解决率（按新增）", "Solved, of those opened"),
            definition=text(
                f"期末前已解决 / 报告期内提出的{kind.zh}。",
                f"Solved before the end of the period / {kind.many} opened in it.",
            ),
            compute=_of_opened,
            needs=("opened_at", "resolved_at"),
            date_column="opened_at",
        ),
        measure(
            id="first_contact_rate",
            name=text("首次解决率", "Solved at first contact"),
            definition=text(
                f"由一线解决且未转派 / 报告期内解决的{kind.zh}；来源未记录的另行计数。",
                f"Solved by the first line without reassignment / {kind.many} resolved in the period; where the "
                "source does not say, counted apart.",
            ),
            compute=_first_contact,
            needs=("resolved_at", "is_first_contact"),
            date_column="resolved_at",
        ),
    )


def _of_closed(scope: Scope) -> Outcome:
    closed, cancelled = counted_in_period(scope, "closed_at")
    return share(scope.rows, before(scope.rows, "resolved_at", scope.period.end), closed, {"cancelled": cancelled})


def _of_opened(scope: Scope) -> Outcome:
    opened, cancelled = counted_in_period(scope, "opened_at")
    solved = before(scope.rows, "resolved_at", scope.period.end)
    return share(scope.rows, solved, opened, {"cancelled": cancelled})


def _first_contact(scope: Scope) -> Outcome:
    resolved, cancelled = counted_in_period(scope, "resolved_at")
    said = given(scope.rows, "is_first_contact")
    excluded = {"cancelled": cancelled, "no_contact": resolved & ~said}
    return share(scope.rows, flags(scope.rows, "is_first_contact"), resolved & said, excluded)
