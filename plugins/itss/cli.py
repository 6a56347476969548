"""The command line: what there is, and which module does it.

Each command's module is imported only when it is asked for, so that help and usage errors are instant. Exit codes
of all of them: 0 it worked, 1 there is a problem (said on stderr or in the list), 2 it was called wrongly.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence

from itss import __version__
from itss.errors import ItssError

_MAIN = {
    "check": ("itss.commands.check", "main"),
    "setup": ("itss.commands.setup", "main"),
    "preview": ("itss.commands.preview", "main"),
    "run": ("itss.standalone.run", "main"),
    "demo": ("itss.standalone.run", "demo"),
    "template": ("itss.hand_in.command", "write_template"),
    "hand-in": ("itss.hand_in.command", "receive"),
    "register-workbook": ("itss.hand_in.command", "write_register"),
    "rows": ("itss.commands.rows", "main"),
    "sample": ("itss.sample", "main"),
    "audit": ("itss.commands.audit", "main"),
    "resend": ("itss.commands.resend", "main"),
    "retention": ("itss.commands.retention", "main"),
    "watch": ("itss.commands.watch", "main"),
    "backup": ("itss.commands.backup", "main"),
    "restore": ("itss.commands.backup", "bring_back"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that ``arguments`` (default: those of the process) name; returns the exit code."""
    args = parser().parse_args(arguments)
    module, function = _MAIN[args.command]
    command: Callable[[argparse.Namespace], int] = getattr(importlib.import_module(module), function)
    try:
        return command(args)
    except ItssError as error:
        print(f"{args.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{args.command}: interrupted", file=sys.stderr)
        return 130  # what a shell reports for Ctrl-C


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    parser = argparse.ArgumentParser(
        prog="python -m itss", description="IT service reporting after the ITSS service report management procedure."
    )
    parser.add_argument("--version", action="version", version=f"itss {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    check = _command(commands, "check", "validate the report list, the agreements and the SQL files")
    _add_list(check)
    _add_airflow(check, "also ask this running Airflow for its users, connections and pools")

    ready = _command(commands, "setup", "make or migrate the register, and the pools of the list in Airflow")
    _add_airflow(ready, "through this running Airflow, which is then asked for its users, too, instead of its command")
    ready.add_argument("--dry-run", action="store_true", help="change nothing, say what would be changed")
    _add_list(ready)

    preview = _command(commands, "preview", "collect, check, measure and render one report into a folder")
    preview.add_argument("--report", metavar="KEY", required=True, help="key of the entry")
    preview.add_argument("--period", metavar="LABEL", help="e.g. 2026-09, 2026-Q3 (default: the last complete one)")
    preview.add_argument("--out", metavar="DIR", required=True, help="folder for workbook, page, figures and findings")
    preview.add_argument("--watch", action="store_true", help="draw again at every save of a template, until Ctrl-C")
    _add_list(preview)

    run = _command(commands, "run", "run one report through every step in an embedded Airflow, and end it")
    run.add_argument("--report", metavar="KEY", help="key of the entry (default: the first customer report)")
    run.add_argument("--period", metavar="LABEL", help="e.g. 2026-09, 2026-Q3 (default: the last complete one)")
    todays = "make a period that went out again with today's template and own KPIs (default: with those of then)"
    run.add_argument("--todays-form", action="store_true", help=todays)

    _command(commands, "demo", "start the embedded Airflow, trigger last month's reports, stay up until Ctrl-C")

    rows = _command(commands, "rows", "list the rows behind one figure of a report")
    which = rows.add_mutually_exclusive_group(required=True)
    which.add_argument("--report", metavar="KEY", help="key of the entry; its sources are collected now")
    which.add_argument("--version", metavar="DIR", help="folder of a sealed version: its own data, as it was published")
    rows.add_argument("--period", metavar="LABEL", help="e.g. 2026-09, 2026-Q3 (default: the last complete one)")
    rows.add_argument("--measure", metavar="ID", required=True, help="id of the measure, e.g. resolution_compliance")
    rows.add_argument("--process", metavar="ID", help="its process, where several have a measure of that name")
    rows.add_argument("--dimension", metavar="NAME", help="with --member: for one member of a dimension only")
    rows.add_argument("--member", metavar="NAME", help="the member, as in figures.csv")
    rows.add_argument("--out", metavar="FILE", help="write the rows into this CSV file (default: to the screen)")
    _add_list(rows)

    audit = _command(commands, "audit", "judge every sealed version: is it what was signed, and was it valid")
    audit.add_argument("report", nargs="?", metavar="KEY", help="key of one report (default: all)")
    audit.add_argument("period", nargs="?", metavar="LABEL", help="one period of it, e.g. 2026-09")
    audit.add_argument(
        "--sample", metavar="N", type=int, default=3, help="how many to compute and render again (default: 3)"
    )
    audit.add_argument("--all", action="store_true", help="compute and render every one of them again")
    audit.add_argument("--seed", metavar="WORD", default="", help="another word chooses another sample")
    audit.add_argument(
        "--archive-only",
        nargs="?",
        const="",
        metavar="DIR",
        help="judge an archive alone, by what it contains (default: the archive of the settings)",
    )
    audit.add_argument(
        "--public-key",
        action="append",
        default=[],
        metavar="FILE",
        help="a public key that signed the record, for --archive-only; once for each key that it has had",
    )
    audit.add_argument(
        "--witness",
        nargs="+",
        default=[],
        metavar="FILE",
        help="judge no version: does the ledger still say what these mails (.eml, .txt) witness",
    )
    audit.add_argument("--json", metavar="FILE", help="write all of it into this file, too")
    audit.add_argument("--language", choices=("en", "zh-CN"), default="en", help="of what is shown (default: en)")

    again = _command(commands, "resend", "send a released report to those who have not got it, and to nobody twice")
    again.add_argument("report", metavar="KEY", help="key of the entry")
    again.add_argument("period", metavar="LABEL", help="e.g. 2026-09, 2026-Q3")
    again.add_argument("--revision", metavar="N", type=int, help="its revision (default: the newest released one)")
    again.add_argument("--to", metavar="ADDRESS", help="only to this recipient's address, or into the shared folder")

    kept = _command(commands, "retention", "list the sealed versions that need not be kept any longer")
    kept.add_argument("report", nargs="?", metavar="KEY", help="key of one report (default: all)")
    kept.add_argument("period", nargs="?", metavar="LABEL", help="one period of it, e.g. 2019-09")
    kept.add_argument("--delete", action="store_true", help="remove their files; manifest and record stay")
    kept.add_argument("--reason", metavar="WORDS", default="", help="with --delete: why, for the record")
    _add_list(kept)

    saved = _command(commands, "backup", "copy register, archive, inbox and drafts as one state, while reports run")
    saved.add_argument("dir", metavar="DIR", help="folder of backups, or s3://<connection>@<bucket>/<folder>")
    saved.add_argument("--keep", metavar="N", type=int, default=7, help="how many states are kept (default: 7)")
    saved.add_argument(
        "--with-key", action="store_true", help="put the signing key into it, too: guard it like the key"
    )

    back = _command(commands, "restore", "bring a state of a backup into an empty register and archive")
    back.add_argument("dir", metavar="DIR", help="folder of backups")
    back.add_argument("--at", metavar="TIME", default="", help="the state whose name begins so (default: the newest)")
    back.add_argument("--register-only", action="store_true", help="the archive has survived: leave it as it is")
    back.add_argument("--dry-run", action="store_true", help="change nothing, say what would be done")

    watched = _command(commands, "watch", "say what is overdue or missing: reports, approvals; 1 if anything is")
    watched.add_argument("--notify", "--tell", action="store_true", help="also mail it: each person once of each thing")
    _add_airflow(
        watched, "also ask this running Airflow whether its DAGs, pools, services and workers are as they should be"
    )
    watched.add_argument("--metrics", metavar="FILE", help="also write what was found as numbers that Prometheus reads")
    _add_list(watched)

    made = _command(commands, "template", "write the workbook to fill in for one process of a report")
    _add_place(made)
    made.add_argument("--period", metavar="LABEL", help="e.g. 2026-09, 2026-Q3 (default: the last complete one)")
    made.add_argument("--to", metavar="FILE", help="default: <report>_<period>_<process>.xlsx in this folder")

    handed = _command(commands, "hand-in", "hand in a file: it is checked at once, then refused or kept as a version")
    _add_place(handed, "period")
    handed.add_argument("file", metavar="FILE", help="the filled in workbook, or the export of the system")
    handed.add_argument("--by", metavar="PERSON", required=True, help="key of the person in the list who hands it in")

    form = _command(commands, "register-workbook", "write 服务报告信息收集登记表.xlsx: the ten columns and what is due")
    form.add_argument("--to", metavar="FILE", help="default: 服务报告信息收集登记表.xlsx in this folder")
    form.add_argument("--collector", metavar="PERSON", help="only what this person collects data for")
    _add_list(form)

    sample = _command(commands, "sample", "generate the sample ITSM database")
    sample.add_argument("--out", metavar="FILE", help="SQLite file (default: the one of the connection itsm_sample)")
    sample.add_argument("--last-month", metavar="MONTH", help="e.g. 2026-09 (default: the last full month)")
    sample.add_argument("--months", metavar="N", type=int, default=15, help="how many months (default: 15)")
    return parser


def _add_place(parser: argparse.ArgumentParser, *middle: str) -> None:
    names = {"report": "key of the entry", "period": "e.g. 2026-09, 2026-Q3", "process": "e.g. capacity"}
    for name in ("report", *middle, "process"):
        parser.add_argument(name, metavar=name.upper(), help=names[name])
    _add_list(parser)


_Commands = argparse._SubParsersAction  # argparse has no public name for what add_subparsers returns


def _command(commands: _Commands[argparse.ArgumentParser], name: str, words: str) -> argparse.ArgumentParser:
    return commands.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")


def _add_airflow(parser: argparse.ArgumentParser, words: str) -> None:
    sign_in = "sign-in by ITSS_AIRFLOW_USER and ITSS_AIRFLOW_PASSWORD, or ITSS_AIRFLOW_TOKEN"
    help_words = f"{words} (default: ITSS_AIRFLOW_URL, else AIRFLOW__API__BASE_URL); {sign_in}"
    parser.add_argument("--airflow", nargs="?", const="", metavar="URL", help=help_words)


def _add_list(parser: argparse.ArgumentParser) -> None:
    words = "report list; agreements/ and sql/ are looked for beside it (default: include/report_list.yaml)"
    parser.add_argument("--list", metavar="FILE", help=words)
