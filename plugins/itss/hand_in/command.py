"""``python -m itss template``, ``hand-in`` and ``register-workbook``: handing in without Airflow."""

from __future__ import annotations

import datetime as dt
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from itss.archive.store import write
from itss.errors import ConfigurationError
from itss.hand_in.place import agreed_version, find_place
from itss.hand_in.receiving import hand_in
from itss.hand_in.register_workbook import NAME, collected_periods, register_workbook
from itss.hand_in.template import template
from itss.problems import closest
from itss.register import Register
from itss.report_list.data_source import TEMPLATE
from itss.report_list.loader import load
from itss.settings import Settings, head_of_list, settings


def write_template(args: Namespace) -> int:
    """Write the workbook to fill in for ``args.report``, ``args.period`` and ``args.process``."""
    place, now = _settings(args), dt.datetime.now(dt.UTC)
    label = args.period or _last_complete(place, args.report, now)
    # the workbook of a period that is still running may be prepared, it is handed in after its end
    wanted = find_place(place, args.report, label, args.process, None)
    if wanted.source.system != TEMPLATE:
        raise ConfigurationError(
            f"{args.report}: '{args.process}' is handed in as {wanted.source.system} exports it.",
            f"There is no template; sql/{wanted.source.system}/{args.process}.sql says which columns it needs.",
        )
    path = Path(args.to or "_".join(wanted.key) + ".xlsx")
    write(path, template(wanted, agreed_version(place, wanted)))
    print(path)
    return 0


def receive(args: Namespace) -> int:
    """Hand in ``args.file``; raises what refused it."""
    place, now = _settings(args), dt.datetime.now(dt.UTC)
    wanted = find_place(place, args.report, args.period, args.process, now)
    register = Register(place.register_url)
    register.upgrade()
    receipt = hand_in(place, register, wanted, Path(args.file), args.by, now)
    version = receipt.version
    if not receipt.is_new:
        print(
            f"This is version {version.number} already, handed in by {version.who} at {version.at:%Y-%m-%d %H:%M} UTC."
        )
        return 0
    for warning in receipt.warnings:
        print(f"  {warning}")
    print(f"Accepted as version {version.number}: {version.rows} rows, sha256 {version.sha256}.")
    made = [one for one in register.revisions(*wanted.key[:2]) if one.reached != "open"]
    if made:
        print(f"Revision {made[-1].number} of the report was made before; trigger the report anew to use this version.")
    return 0


def write_register(args: Namespace) -> int:
    """Write 服务报告信息收集登记表.xlsx."""
    place, now = _settings(args), dt.datetime.now(dt.UTC)
    people = load(place.report_list).list
    if args.collector and args.collector not in people.people:
        raise ConfigurationError(f"There is no person '{args.collector}'.", closest(args.collector, people.people))
    register = Register(place.register_url)
    register.upgrade()
    path = Path(args.to or NAME)
    hand_ins = register.hand_ins(periods=collected_periods(people, now))
    write(path, register_workbook(people, hand_ins, now, args.collector))
    print(path)
    return 0


def _settings(args: Namespace) -> Settings:
    return replace(settings(), report_list=head_of_list(Path(args.list).resolve())) if args.list else settings()


def _last_complete(place: Settings, report: str, now: dt.datetime) -> str:
    entries = {entry.key: entry for entry in load(place.report_list).list.reports}
    if report not in entries:
        return ""  # told by `find_place`, with the reports there are
    rule = entries[report].period
    return rule.closed("", now).label
