"""What our own operators do is within the limit of their task, when they begin and when they go on after a wait."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException
from itss.flow import approval, waiting
from itss.flow.approval import AuthorComment, ReviewMeeting, Rework, SignOff
from itss.flow.forms import AUTHORS_COMMENT, comment_box
from itss.flow.waiting import WaitForHandIn

BOX: Any = {"params": comment_box(AUTHORS_COMMENT)}
OPERATORS = [
    SignOff(task_id="approval", level="approval", heading="Approval", **BOX),
    AuthorComment(task_id="comment", heading="Comment", **BOX),
    Rework(task_id="rework", subject="Rework", **BOX),
    ReviewMeeting(task_id="review_meeting", heading="Review", **BOX),
    WaitForHandIn(task_id="wait_capacity", process="capacity"),
]


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda one: one.task_id)
@pytest.mark.parametrize("way", ["begins", "goes on"])
def test_an_operator_is_within_its_limit(operator: Any, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[float] = []

    def look(_: Any) -> None:
        left.append(signal.getitimer(signal.ITIMER_REAL)[0])
        raise AirflowSkipException

    for module in (approval, waiting):
        monkeypatch.setattr(module, "opened", look)
    operator.limit_s = 500.0
    method = "execute" if isinstance(operator, WaitForHandIn) else "execute_complete"
    given = ({},) if way == "begins" else (method, {"event": {}}, {})
    call = operator.execute if way == "begins" else operator.resume_execution
    with pytest.raises(AirflowSkipException):
        call(*given)
    assert len(left) == 1
    assert 490 < left[0] <= 500
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
