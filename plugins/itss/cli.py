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
    "check": ("itss.configuration", "main"),
    "preview": ("itss.preview", "main"),
    "run": ("itss.standalone.run", "main"),
    "demo": ("itss.standalone.run", "demo"),
    "rows": ("itss.figure_rows", "main"),
    "sample": ("itss.sample", "main"),
    "audit": ("itss.audit", "main"),
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

    preview = _command(commands, "preview", "collect, check, measure and render one report into a folder")
    preview.add_argument("--report", metavar="KEY", required=True, help="key of the entry")
    preview.add_argument("--period", metavar="LABEL", help="e.g. 2026-09, 2026-Q3 (default: the last complete one)")
    preview.add_argument("--out", metavar="DIR", required=True, help="folder for workbook, page, figures and findings")
    _add_list(preview)

    run = _command(commands, "run", "run one report through every step in an embedded Airflow, and end it")
    run.add_argument("--report", metavar="KEY", help="key of the entry (default: the first customer report)")
    run.add_argument("--period", metavar="LABEL", help="e.g. 2026-09, 2026-Q3 (default: the last complete one)")

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

    audit = _command(commands, "audit", "compare every sealed version with its manifest and the register")
    audit.add_argument("report", nargs="?", metavar="KEY", help="key of one report (default: all)")
    audit.add_argument("period", nargs="?", metavar="LABEL", help="one period of it, e.g. 2026-09")
    audit.add_argument(
        "--sample", metavar="N", type=int, default=3, help="how many to compute and render again (default: 3)"
    )
    audit.add_argument("--all", action="store_true", help="compute and render every one of them again")
    audit.add_argument("--seed", metavar="WORD", default="", help="another word chooses another sample")

    sample = _command(commands, "sample", "generate the sample ITSM database")
    sample.add_argument("--out", metavar="FILE", help="SQLite file (default: the one of the connection itsm_sample)")
    sample.add_argument("--last-month", metavar="MONTH", help="e.g. 2026-09 (default: the last full month)")
    sample.add_argument("--months", metavar="N", type=int, default=15, help="how many months (default: 15)")
    return parser


_Commands = argparse._SubParsersAction  # argparse has no public name for what add_subparsers returns


def _command(commands: _Commands[argparse.ArgumentParser], name: str, words: str) -> argparse.ArgumentParser:
    return commands.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")


def _add_list(parser: argparse.ArgumentParser) -> None:
    words = "report list; agreements/ and sql/ are looked for beside it (default: include/report_list.yaml)"
    parser.add_argument("--list", metavar="FILE", help=words)
