"""What is tried again and what fails at once: asked of the policy that the tasks have."""

from __future__ import annotations

from typing import Any

import botocore.exceptions
import httpx
import pytest
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse
from itss import errors
from itss.flow.retrying import RETRY_POLICY
from sqlalchemy.exc import OperationalError


def api(kind: ErrorType, **detail: Any) -> AirflowRuntimeError:
    return AirflowRuntimeError(ErrorResponse(error=kind, detail=detail or None))


TIMED_OUT = {"status_code": None, "message": "timed out", "exception_type": "ReadTimeout"}


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (api(ErrorType.API_SERVER_ERROR, **TIMED_OUT), "retry"),
        (api(ErrorType.API_SERVER_ERROR), "retry"),
        (api(ErrorType.API_SERVER_ERROR, status_code=503), "retry"),
        (api(ErrorType.API_SERVER_ERROR, status_code=429), "retry"),
        (api(ErrorType.API_SERVER_ERROR, status_code=404), "fail"),
        (api(ErrorType.API_SERVER_ERROR, status_code=409), "fail"),
        (api(ErrorType.XCOM_NOT_FOUND, key="told"), "fail"),
        (api(ErrorType.PERMISSION_DENIED, status_code=None), "fail"),
        (httpx.ReadTimeout("timed out"), "retry"),
        (httpx.ConnectError("refused"), "retry"),
        (ConnectionResetError("by peer"), "retry"),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="http://store"), "retry"),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="http://store"), "retry"),
        (botocore.exceptions.NoCredentialsError(), "fail"),
        (EOFError("Request socket closed before length"), "retry"),
        (OperationalError("SELECT 1", {}, Exception("locked")), "retry"),
        (errors.SourceUnreachableError("no answer"), "retry"),
        (errors.ConnectionUnknownError("not defined"), "retry"),
        (errors.DeliveryError("deferred"), "retry"),
        (errors.SourceDeniedError("access denied"), "fail"),
        (errors.SourceChangedError("no such column"), "fail"),
        (errors.SourceError("two statements"), "fail"),
        (errors.PeriodError("not over"), "fail"),
        (errors.DataRefusedError("critical"), "fail"),
        (MemoryError(), "fail"),
        (ZeroDivisionError(), "fail"),
    ],
)
def test_what_is_transient_is_tried_again_and_nothing_else(error: Exception, action: str) -> None:
    assert RETRY_POLICY.evaluate(error, 1, 3).action.value == action
