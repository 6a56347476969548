"""The table of the silences: what was caused, how, what the product said of it, to whom, and when.

Each test records rows as a property of its report; at the end of `make silence` (ITSS_SILENCE=all) they are printed and
written into docs/silence.md between its markers, so that every line of the page is one that was seen.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import marked_page
from itss.notices.watch_mails import _SUBJECTS
from itss.watch.matter import LATE, Kind

IS_WHOLE = os.environ.get("ITSS_SILENCE") == "all"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "silence.md"
ALERTS: Mapping[Kind, str] = {
    "answer_due": "–",
    "answer_late": "ItssAnswerLate",
    "answer_stuck": "ItssAnswerStuck",
    "run_gone": "ItssAnswerStuck",
    "report_due": "–",
    "report_late": "ItssReportLate",
    "report_unsealed": "ItssReportUnsealed",
    "entry_deleted": "ItssListBroken",
    "entry_missing": "ItssListBroken",
    "entry_ended": "–",
    "list_broken": "ItssListBroken",
    "watch_blind": "ItssListBroken",
    "notice_unsent": "ItssNoticeUnsent",
    "airflow_list": "ItssAirflowNotAsListed",
    "airflow_slow": "–",
    "airflow_setup": "ItssAirflowNotAsListed",
    "airflow_worker": "ItssAirflowNotAsListed",
}
"""By kind of matter, the rule of deploy/monitoring/alerts.yaml; of a warning there is none."""
HEADS = (
    "why nothing happens", "how it was caused", "what Airflow shows", "what came", "who gets it",
    "measured", "with the defaults", "Prometheus",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One silence. ``group`` orders the table; ``came`` is the kind of matter and the subject of its mail."""

    group: str
    cause: str
    how: str
    airflow: str
    came: str
    who: str
    measured: str
    default: str
    alert: str = "–"

    @property
    def line(self) -> str:
        """As a row of the page."""
        cells = (self.cause, self.how, self.airflow, self.came, self.who, self.measured, self.default, self.alert)
        return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


Tell = Callable[[Row], None]
"""Puts a row into the table, if its test passes."""


def of_watch(kind: Kind) -> str:
    """The kind, the subject of its mail, and what `itss watch` ends with."""
    return f"`{kind}`: *{_SUBJECTS[kind].en}*; `itss watch` ends with {int(kind in LATE)}"


def rows_of(terminal: Any) -> list[Row]:
    """The rows of all tests that have passed, whichever process they ran in, in the order of their groups."""
    reports = [one for one in terminal.stats.get("passed", []) if getattr(one, "when", "") == "call"]
    found = [Row(**value) for one in reports for name, value in one.user_properties if name == "silence"]
    return sorted(dict.fromkeys(found), key=lambda one: (one.group, one.cause))


def property_of(row: Row) -> tuple[str, dict[str, str]]:
    """What a test's report carries."""
    return "silence", asdict(row)


def table(rows: Iterable[Row]) -> str:
    """As Markdown, with a head for each group."""
    lines: list[str] = []
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            lines += ["", f"### {group.partition(' ')[2]}", "", f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
        lines.append(row.line)
    return "\n".join(lines) + "\n"


def write(rows: Iterable[Row]) -> None:
    """Put the table between the markers of the page."""
    marked_page.write(PAGE, "silences", table(rows))
