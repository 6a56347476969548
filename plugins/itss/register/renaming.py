"""A report that gets another key: its history, baselines and numbers go on, and what is on record keeps the old one."""

from __future__ import annotations

from sqlalchemy import select

from itss.errors import RegisterError
from itss.register.desk import Desk
from itss.register.queries import keys_of, renamings
from itss.register.schema import RenamingRow, ReportRow, RevisionRow


def rename(desk: Desk, old: str, new: str, who: str = "report list") -> None:
    """Note that the report ``old`` is called ``new`` from now on; the same again changes nothing.

    `RegisterError` when ``new`` has revisions of its own, or ``old`` has been renamed to something else.
    """
    present = renamings(desk.session)
    if old in keys_of(desk.session, new):
        if old == new:
            raise RegisterError(f"{old} cannot be renamed to itself.", "Name another key.")
        return
    if old in present:
        raise RegisterError(f"{old} was renamed to {present[old]} already.", "Rename that one.")
    of_its_own = select(RevisionRow.id).join(ReportRow).where(ReportRow.key == new).limit(1)
    if new in present or desk.session.scalars(of_its_own).first() is not None:
        raise RegisterError(
            f"{new} has revisions of its own, so {old} cannot be renamed to it.", "Choose a key that was never used."
        )
    desk.session.add(RenamingRow(old=old, new=new))
    desk.note(new, "renamed", who, old=old)
