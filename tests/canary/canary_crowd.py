"""All customers, two at a time, in processes that may be killed; and whoever was not done is done again."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from queue import Empty, SimpleQueue

from canary_list import mail_connection
from canary_walk import is_sealed, walk
from canary_words import Bird
from itss.register import Register
from itss.standalone.sink import MailSink

WORKERS = 2


def walk_all(
    folder: Path, birds: list[Bird], environment: dict[str, str], doomed: int, say: Callable[[str], None]
) -> int:
    """Walk every customer to the end; how many rounds that took: each kill begins one.

    A pool of one process for each worker: a pool that loses one process ends its others too, wherever they are, and
    a mail that a neighbour was sending would rightly wait for a person to say whether it came.
    """
    url = f"sqlite:///{folder / 'var' / 'register.sqlite'}"
    Register(url, key=environment["ITSS_SIGNING_KEY"]).upgrade()
    left: SimpleQueue[Bird] = SimpleQueue()
    for one in birds:
        if not is_sealed(one, folder):
            left.put(one)
    began = time.monotonic()
    with MailSink(folder / "mail") as sink, ThreadPoolExecutor(WORKERS) as workers:
        given = environment | {"AIRFLOW_CONN_SMTP_DEFAULT": mail_connection(sink.port)}

        def work(_: int) -> int:
            kills = 0
            while not left.empty():
                with ProcessPoolExecutor(
                    1, mp_context=multiprocessing.get_context("spawn"), initializer=_enter, initargs=(given,)
                ) as pool:
                    kills += _walk_until_killed(pool)
            return kills

        def _walk_until_killed(pool: ProcessPoolExecutor) -> int:
            while True:
                try:
                    one = left.get_nowait()
                except Empty:
                    return 0
                try:
                    pool.submit(walk, one, folder, is_doomed=one.number == doomed).result()
                except BrokenProcessPool:
                    left.put(one)
                    say(f"{one.report} was killed, and goes on")
                    return 1
                say(f"{one.report} is done after {time.monotonic() - began:.0f} s")

        return 1 + sum(workers.map(work, range(WORKERS)))


def _enter(given: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("ITSS_")]:
        del os.environ[name]
    os.environ.update(given)
    _import()


def _import() -> None:
    """Once, as Airflow's scheduler does, before the first walk: what it says is nobody's log."""
    import itss.checks.run
    import itss.steps  # noqa: F401
