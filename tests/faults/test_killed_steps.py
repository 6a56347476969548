"""Kill -9 at every point of every step: another process runs the step again, and the run goes on to its end."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from itss.choices import COLLECT
from ledger import Injected
from way import JOB, KEY, ORDER, PERIOD, House, lost_and_doubled, opening, said, way, whole


def chosen(points: Sequence[str], *, all_of_them: bool) -> list[int]:
    """Every point; or those of the first mail up to its receipt, the last rename and the end of the last commit."""
    if all_of_them:
        return list(range(len(points)))
    last = {what: at for at, what in enumerate(points) if what in ("rename", "after commit")}
    mail = points.index("message") if "message" in points else 0
    first = points.index("after commit", mail) if mail else 0
    return sorted({*last.values(), *range(mail and mail - 1, first)})


@pytest.mark.parametrize("step", ORDER)
def test_killed_and_run_again(walked: House, injected: Injected, step: str, thorough: bool) -> None:
    walked.back_to("end")
    content = whole(walked)
    walked.back_to(step)
    points = walked.task(way()[step], step).points
    assert points, "a step that leaves no trace has no place in the flow"
    for at in chosen(points, all_of_them=thorough):
        walked.back_to(step)
        with injected(f"kill -9: {step}") as count:
            cut = walked.task(way()[step], step, at=at)
            assert cut.signal == signal.SIGKILL, (at, points[at], cut)
            if ORDER.index(step) < ORDER.index("deliver"):
                assert not walked.box.reports(), "nothing leaves unsigned"
            go_on(walked, step)
            assert whole(walked) == content, f"killed before {points[at]} ({at} of {len(points)})"
            count.lost, count.doubled = lost_and_doubled(walked)


def go_on(house: House, step: str) -> None:
    """The same task again; where it says that a person has to decide, he does, and it is cleared."""
    again = house.task(way()[step], step)
    if not again.is_done:
        assert step == "deliver", again.trace
        assert "how it ended is not known" in again.text
        assert "python -m itss.register delivery" in again.text
        assert any("how it ended is not known" in words for words in house.box.alarms()), "the report manager is told"
        assert house.decide_by_the_servers_log() == 1
        house.walk([step])
    house.walk(ORDER[ORDER.index(step) + 1 :])


SECOND = JOB | {"revision": 2}
BACK = {
    "rejected": {
        "call": "decide",
        "args": [JOB, "initial_review", said("head_of_department", "Reject", comment="why?")],
    },
    "not released": {"call": "release", "args": [JOB, ["initial_review"]]},
    "given back": {"call": "return_to_author", "args": [JOB]},
    "rework": {"call": "rework", "args": [JOB, said("report_author", "OK", data=COLLECT, section_a="an answer")]},
    "next revision": opening("rework", number=2),
}


@pytest.mark.parametrize("step", BACK)
def test_killed_on_the_way_back_to_the_author(walked: House, injected: Injected, step: str, thorough: bool) -> None:
    """The next revision is one, with the author's words in it; author and report manager have been told."""
    before, behind = list(BACK.values())[: list(BACK).index(step)], list(BACK.values())[list(BACK).index(step) + 1 :]
    walked.back_to("first answer")
    walked.run(before)
    walked.keep(step)
    points = walked.task(BACK[step], step).points
    for at in chosen(points, all_of_them=thorough):
        walked.back_to(step)
        with injected(f"kill -9: {step}") as count:
            assert walked.task(BACK[step], step, at=at).signal == signal.SIGKILL
            walked.run([BACK[step], *behind, *list(way(SECOND).values())[1:]])
            with walked.placed() as register:
                assert [one.state for one in register.revisions(KEY, PERIOD)] == ["returned", "sealed"]
                (rejected,) = register.all_decisions((KEY, PERIOD, 1))
                assert (rejected.answer, rejected.comment) == ("reject", "why?")
                assert register.reworked((KEY, PERIOD, 1))["comments"] == {"a": "an answer"}
                archive = Path(str(register.revisions(KEY, PERIOD)[1].archive_path))
                assert "an answer" in (archive / "report.html").read_text()
            assert set(walked.box.returns()) == {"report_author@example.com", "report_manager@example.com"}
            count.lost, count.doubled = lost_and_doubled(walked)
