"""An Airflow that is upgraded while a report waits for its second approval: ``before`` and ``after``, in one folder.

Each half is run by the Python of its own release: what is between them is what an upgrade finds.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "flow"), str(TESTS)]

import airflow  # noqa: E402
from flow_list import LIST, write_incidents  # noqa: E402
from house import GOOD, House  # noqa: E402
from itss.cli import main as itss  # noqa: E402
from itss.register import Register  # noqa: E402
from itss.settings import Settings, settings  # noqa: E402
from itss.standalone import embedded, rest  # noqa: E402
from itss.standalone.embedded import Embedded  # noqa: E402
from itss.standalone.prepare import report_list  # noqa: E402
from itss.standalone.sink import MailSink  # noqa: E402

PERIOD = "2026-08"
embedded.START_TIMEOUT_S, rest.TIMEOUT_S = 900, 120  # an environment that was just made has nothing compiled yet


def lay_out(folder: Path) -> Settings:
    """The list of the flow tests in ``folder``, made where it is not there."""
    if not (folder / "list").exists():
        shutil.copytree(LIST, folder / "list")
        write_incidents(folder / "list" / "good.csv", resolved_after_h=5)
    os.environ["ITSS_VAR"] = str(folder / "var")
    os.environ["ITSS_REPORT_LIST"] = str(folder / "list" / "report_list.yaml")
    return settings()


def before(place: Settings) -> None:
    """The older Airflow, as far as the first level has signed and the second is asked."""
    Register(place.register_url).upgrade()
    with MailSink(place.var / "mail") as sink, Embedded(place, report_list(place), sink.port) as running:
        house = House(place, report_list(place), running, sink.port)
        watch = house.start(GOOD, PERIOD)
        for level, user in (("initial_review", "head_of_department"), ("approval", "")):
            running.wait(lambda level=level: state(running, watch.run, level) == "awaiting_input", 1800, level)
            if user:
                running.client(user).answer(GOOD, watch.run, level, "Approve", None)
        running.wait(lambda: asked(house) == 2, 120, "the mail to the second level")
    print(f"Airflow {airflow.__version__}: {GOOD} {PERIOD} waits for its second level, run {watch.run}")


def after(place: Settings) -> None:
    """Today's Airflow over the same folder: migrated, answered, sealed, and nobody asked twice."""
    register = Register(place.register_url)
    (revision,) = register.revisions(GOOD, PERIOD)
    assert revision.state == "submitted", revision
    with MailSink(place.var / "mail") as sink, Embedded(place, report_list(place), sink.port) as running:
        house = House(place, report_list(place), running, sink.port)
        # the newer code parses the DAG anew; the run goes on with what its operators say now
        running.wait(lambda: state(running, revision.run, "approval") == "awaiting_input", 900, "the question")
        running.client("management_representative").answer(GOOD, revision.run, "approval", "Approve", None)
        running.wait(lambda: register.revisions(GOOD, PERIOD)[0].state == "sealed", 1800, "the seal")
        assert asked(house) == 2, "one mail to each level, before and after"
        assert sorted(house.receivers(PERIOD).values()) == [1, 1], house.receivers(PERIOD)
        decided = [(one.level, one.who_name) for one in register.decisions(revision.ref)]
        assert [level for level, _ in decided] == ["initial_review", "approval"], decided
    assert len(register.revisions(GOOD, PERIOD)) == 1
    assert itss(["audit", "--all"]) == 0
    print(
        f"Airflow {airflow.__version__}: the same run was answered, delivered once and sealed; nobody was asked twice"
    )


def state(running: Embedded, run: str, task: str) -> str | None:
    """The state of a task."""
    return next((one["state"] for one in running.client().tasks(GOOD, run) if one["task_id"] == task), None)


def asked(house: House) -> int:
    """How many mails asked somebody."""
    return len(house.questions(PERIOD))


if __name__ == "__main__":
    {"before": before, "after": after}[sys.argv[1]](lay_out(Path(sys.argv[2])))
