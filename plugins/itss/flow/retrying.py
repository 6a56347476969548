"""Which failures are worth another try: told by the class of the exception, and by what Airflow's API answered.

Airflow 3.3 asks the policy in the task's process. Only once no try is left does it call `on_failure_callback`; a task
that will be tried again has its `on_retry_callback` called, also by the scheduler (`_execute_task_callbacks`), and we
have none: nobody is notified of what may yet succeed.
"""

from __future__ import annotations

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.definitions.retry_policy import RetryDecision
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType

from itss.archive.store import is_away

TRANSIENT = [
    "itss.errors.SourceUnreachableError",
    "itss.errors.ConnectionUnknownError",
    "itss.errors.DeliveryError",
    "itss.errors.ReviewRefusedError",
    "itss.errors.AirflowSilentError",
    "itss.errors.RegisterUnreachableError",
    "itss.errors.ArchiveUnreachableError",
    "sqlalchemy.exc.OperationalError",
    "httpx.TransportError",
    "airflow.sdk.exceptions.TaskDeferralError",  # a triggerer that could not begin the wait
    "builtins.EOFError",  # the supervisor, through which a task talks to Airflow, hung up
]


class RetryPolicy(ExceptionRetryPolicy):  # type: ignore[misc]
    """What is transient is tried again, anything else fails at once: it stays as it is however often it is tried."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: object = None
    ) -> RetryDecision:
        """As by the rules; Airflow's one class for all that its API says is judged by what it said."""
        if isinstance(exception, AirflowRuntimeError) and _is_no_answer(exception):
            return RetryDecision.retry(reason="Airflow's API server did not answer")
        if isinstance(exception, Exception) and is_away(exception):
            return RetryDecision.retry(reason="the object store did not answer")
        return super().evaluate(exception, try_number, max_tries, context)


def _is_no_answer(error: AirflowRuntimeError) -> bool:
    """No status at all (a time-out, a broken connection), or one of a server that is overloaded or broken."""
    if error.error.error is not ErrorType.API_SERVER_ERROR:
        return False
    status = (error.error.detail or {}).get("status_code")
    return status is None or status in (408, 429) or status >= 500


RETRY_POLICY = RetryPolicy(
    rules=[
        RetryRule(exception=TRANSIENT, action=RetryAction.RETRY),
        RetryRule(exception="builtins.Exception", action=RetryAction.FAIL),
    ]
)
