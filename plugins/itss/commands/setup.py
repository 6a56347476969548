"""``python -m itss setup``: makes what the product needs in register and Airflow, and says what is still missing.

May be run as often as one likes, after each change of the list or of the release; it deletes nothing. Problems of
single entries do not stop it, and are no failure of it: `itss check` has them.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from itss.airflow_pools import Pools, PoolsByCommand, PoolsByRest, make_pools
from itss.airflow_rest import Rest
from itss.errors import ConfigurationError, ItssError
from itss.register import Register
from itss.register.schema import HEAD
from itss.report_list.loader import Loaded, load
from itss.report_list.pools import pools_wanted
from itss.running_airflow import airflow_problems
from itss.settings import Settings, settings
from itss.watch.list_and_record import existing_register


def main(args: Namespace) -> int:
    """Print a line for everything that was made, is there or is missing; 1 if something is missing."""
    place = settings()
    place.verify()
    path = Path(args.list) if args.list else place.report_list
    loaded = load(path)
    if not loaded.list.people:
        raise ConfigurationError(f"{path} has no valid head.", "See python -m itss check.")
    url = None if args.airflow is None else args.airflow or place.airflow_url
    missing: list[str] = []
    try:
        print(_register(place, dry_run=args.dry_run))
    except ItssError as error:
        missing.append(f"register: {error}")
    try:
        for line in _pools(loaded, url, dry_run=args.dry_run):
            print(line)
    except ItssError as error:
        missing.append(f"pools: {error}")
    else:
        missing += _asked(path, loaded, place, url, dry_run=args.dry_run)
    if loaded.problems:
        print(f"list: {len(loaded.problems)} problem(s), see python -m itss check")
    for line in missing:
        print(line, file=sys.stderr)
    return 1 if missing else 0


def _register(place: Settings, *, dry_run: bool) -> str:
    """Make or migrate the tables; what came of it."""
    register = existing_register(place.register_url)
    before = register.version() if register else None
    if before == HEAD:
        return f"register: at version {HEAD}, as it was"
    if not dry_run:
        Register(place.register_url).upgrade()
    would = "would be " if dry_run else ""
    return (
        f"register: {would}made, version {HEAD}" if before is None else f"register: {would}migrated, {before} to {HEAD}"
    )


def _pools(loaded: Loaded, url: str | None, *, dry_run: bool) -> list[str]:
    wanted = pools_wanted(loaded.list)
    if not wanted and url is None:  # the command takes seconds to say that there is nothing
        return ["pools: the list names none"]
    airflow: Pools = PoolsByCommand() if url is None else PoolsByRest(Rest(url))
    return make_pools(wanted, airflow, dry_run=dry_run) or ["pools: the list names none"]


def _asked(path: Path, loaded: Loaded, place: Settings, url: str | None, *, dry_run: bool) -> list[str]:
    """What a running Airflow lacks besides; only a running one can be asked."""
    if url is None:
        print("users, connections: not asked; name a running Airflow by --airflow URL")
        return []
    people = loaded.list.model_copy(update={"pools": {}}) if dry_run else loaded.list
    return [str(problem) for problem in airflow_problems(path, replace(loaded, list=people), place, url)]
