"""Lets tasks go on whose answer is on record, while Airflow did not take it: its server died, or the question was new.

A loop in every API server, beside its requests. It never ends by an error; what it does is done once, however many
servers do it (`airflow_api.resume`). Now and then it also sees to who may read the DAGs of a customer (`fab_roles`).
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from itss.portal import airflow_api, fab_roles
from itss.steps.answering import unsettled

EVERY_S = 15.0
SHARED_EVERY = 4
"""Every so many turns the roles of customers are seen to: a minute after a change at most."""
PATIENCE = dt.timedelta(seconds=20)
"""So long has the request that brought an answer for taking it to Airflow itself."""


@asynccontextmanager
async def resuming(_app: FastAPI) -> AsyncIterator[None]:
    """The loop, as long as the app lives."""
    airflow_api.switch_on_metrics()
    loop = asyncio.create_task(_loop())
    try:
        yield
    finally:
        loop.cancel()
        with suppress(asyncio.CancelledError):
            await loop


async def _loop() -> None:
    for turn in count():
        await asyncio.sleep(EVERY_S)
        try:
            await run_in_threadpool(resume_all, dt.datetime.now(dt.UTC))
            await run_in_threadpool(airflow_api.align)
            if turn % SHARED_EVERY == 0:
                await run_in_threadpool(fab_roles.share_dags)
        except Exception:
            airflow_api.log.exception("What waits for answers could not be looked at; it is looked at again")


def resume_all(now: dt.datetime) -> int:
    """Resume every task that waits although its answer is on record; how many. One that fails hinders no other."""
    resumed = 0
    for given in unsettled(now, PATIENCE):
        try:
            if airflow_api.resume(given):
                resumed += 1
                airflow_api.log.info("%s of run %s goes on with the answer on record", given.task, given.run)
        except Exception:
            airflow_api.log.exception("%s of run %s could not be resumed; it is tried again", given.task, given.run)
    return resumed
