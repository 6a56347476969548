"""Forged answers, parameters, jobs and files: none skips an approval, chooses a recipient or leads out of a folder."""

import datetime as dt
import json
import re
from types import SimpleNamespace

import pytest
from itss import steps
from itss.archive.version import folder_of
from itss.errors import (
    ArchiveError,
    ConfigurationError,
    ContentChangedError,
    DecisionMissingError,
    ItssError,
    PeriodError,
)
from itss.flow import tasks
from itss.hand_in.place import find_place
from itss.settings import settings
from itss.steps.job import folder_of as workspace_folder
from walk import CHIEF, CLERK, KEY, NOW, PERIOD, answer, draft, register, sign, to

AUTHOR = "report_author"


def reply(**given):
    return {"chosen_options": ["Approve"], "params_input": {}, "responded_at": NOW, "responded_by_user": CLERK} | given


FORGED = {
    "nobody": reply(responded_by_user=None),
    "no id": reply(responded_by_user={"name": CLERK["name"]}),
    "an empty id": reply(responded_by_user={"id": "", "name": CLERK["name"]}),
    "the author": reply(responded_by_user={"id": AUTHOR, "name": AUTHOR}),
    "the author under the approver's name": reply(responded_by_user={"id": AUTHOR, "name": CLERK["name"]}),
    "another level's approver": reply(responded_by_user=CHIEF),
    "an id in other letters": reply(responded_by_user={"id": CLERK["id"].upper(), "name": CLERK["name"]}),
    "named in the form only": reply(responded_by_user=None, params_input={"responded_by_user": CLERK}),
    "both answers": reply(chosen_options=["Approve", "Reject"]),
    "no answer": reply(chosen_options=[]),
    "an answer of his own": reply(chosen_options=["Approve all"]),
    "an answer that is no list": reply(chosen_options="Approve"),
}


def refused(what, call, error, match=""):
    """Fails by name for what was not refused."""
    try:
        call()
    except error as raised:
        said = str(raised)
    else:
        pytest.fail(f"{what} was not refused")
    assert re.search(match, said), f"{what}: {said}"


def test_answers_that_count_for_nothing(mail):
    job, _ = draft()
    shown = {"content": steps.ask(job, "initial_review")}
    for name, forged in FORGED.items():
        given = forged | {"params_input": forged["params_input"] | shown}
        refused(name, lambda given=given: steps.decide(job, "initial_review", given), DecisionMissingError)
        assert register().decisions((KEY, PERIOD, 1)) == [], name
    answer(job, "approval", CHIEF)
    refused("the gate", lambda: steps.release(job), DecisionMissingError, "initial_review")
    refused("the delivery", lambda: steps.deliver(job), ItssError)
    assert to(mail) == []
    answer(job, "initial_review", CLERK)
    assert steps.release(job) == "deliver"


def test_a_level_that_the_entry_does_not_have(mail):
    job, _ = draft()
    steps.ask(job, "initial_review")
    for level in ("approval; --", "", "nobody"):
        with pytest.raises(DecisionMissingError, match="no approval level"):
            steps.decide(job, level, reply())


def test_marking_everything_as_done_releases_nothing(mail):
    job, _ = draft()
    steps.ask(job, "initial_review")
    with pytest.raises(DecisionMissingError, match=r"initial_review: its task was marked as done.*approval: its task"):
        steps.release(job, ["initial_review", "approval", "release", "deliver"])
    assert to(mail) == []


def opened_by(params, run_type="manual"):
    run = SimpleNamespace(run_id="forged", run_type=run_type, run_after=NOW, conf=params)
    instance = SimpleNamespace(bundle_instance=SimpleNamespace(version=None))
    dag = SimpleNamespace(tags=())
    context = {"params": params, "dag": dag, "dag_run": run, "data_interval_end": None, "ti": instance}
    return tasks.open_report(KEY, "month", "UTC", **context)


PERIODS = [
    "../../2026-09",
    "2026-09/../../x",
    "2026-09\x00",
    "2026-9",
    "{{ 7 * 191 }}",
    "2026-09'; DROP TABLE revision; --",
    "9999-99",
    "99999999-01",
    "2026-Q3",
    ["2026-09"],
    {"period": "2026-09"},
    202609,
    10**30,
    True,
]


@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_a_period_that_is_none(house, period):
    with pytest.raises(PeriodError):
        opened_by({"period": period})
    assert not (house / "var" / "workspace").exists()


@pytest.mark.parametrize("revision", [0, -1, 7, 10**30, 1.5, True, "1; --", "../r01", [1], {"a": 1}], ids=str)
def test_a_revision_that_is_not_the_next(house, revision):
    with pytest.raises(ItssError):
        opened_by({"period": PERIOD, "revision": revision})
    assert not (house / "var" / "workspace").exists()


def test_further_keys_are_not_even_looked_at(mail):
    forged = {
        "period": PERIOD,
        "archive_only": True,
        "on_backfill": "full",
        "recipients": ["evil@example.com"],
        "distribution": {"recipients": ["evil"], "folder": "/tmp"},
        "approval": [],
        "run_type": "backfill",
        "entry": {"key": "evil"},
        "report": "../evil",
    }
    job = opened_by(forged)
    assert (job["report"], job["revision"], job["archive_only"]) == (KEY, 1, False)
    again, _ = draft("forged")
    assert again["revision"] == 1
    with pytest.raises(DecisionMissingError):
        steps.release(again)
    sign(again)
    steps.release(again)
    steps.deliver(again)
    assert sorted(to(mail)) == ["process_manager@example.com", "report_manager@example.com"]


KEYS = ["../../etc", "", ".", "Evil", "a/b", "a\\b", "{{ x }}", "a\n", "x" * 60]
LABELS = ["..", "../../etc", "2026-09/x", "2026-09\n", ""]


def test_no_folder_lies_outside_of_workspace_and_archive(house):
    for ref in [*((key, PERIOD, 1) for key in KEYS), *((KEY, label, 1) for label in LABELS), (KEY, PERIOD, -1)]:
        for root in (lambda given=ref: workspace_folder(settings(), given), lambda given=ref: folder_of(house, given)):
            refused(ref, root, ArchiveError, "does not name a version")


@pytest.mark.parametrize("place", [(key, PERIOD) for key in KEYS] + [(KEY, label) for label in LABELS[:3]], ids=str)
def test_nothing_is_handed_in_or_opened_elsewhere(house, place):
    with pytest.raises((ConfigurationError, PeriodError)):
        find_place(settings(), *place, "incident", None)
    with pytest.raises((ConfigurationError, PeriodError)):
        steps.open_report(*place, "run", NOW)


def job_file(number=1):
    return settings().var / "workspace" / KEY / PERIOD / f"r{number:02d}" / "job.json"


def forge(change, number=1):
    document = json.loads(job_file(number).read_text())
    change(document)
    job_file(number).write_text(json.dumps(document))


FORGERIES = {
    "recipient": lambda job: job["people"]["people"]["process_manager"].update(email="evil@example.com"),
    "recipients": lambda job: job["entry"]["distribution"].update(recipients=["data_provider"]),
    "folder": lambda job: job["entry"]["distribution"].update(folder="/tmp/evil"),
    "approver": lambda job: job["entry"]["approval"][0].update(approvers=["process_manager"]),
    "approver's user": lambda job: job["people"]["people"]["head_of_department"].update(user="evil"),
    "author": lambda job: job["entry"].update(author="process_manager"),
    "levels": lambda job: job["entry"].update(approval=job["entry"]["approval"][1:]),
    "marked done": lambda job: [level.update(accept_marked_done=True) for level in job["entry"]["approval"]],
    "backfill": lambda job: job.update(archive_only=True),
    "period": lambda job: job.update(period="2026-08"),
    "revision": lambda job: job.update(revision=2),
}


def test_a_job_file_that_somebody_changed_stops_everything(mail):
    job, _ = draft()
    sign(job)
    sound = job_file().read_text()
    for name, change in FORGERIES.items():
        forge(change)
        for what, step in (
            ("ask", lambda: steps.ask(job, "approval")),
            ("decide", lambda: steps.decide(job, "approval", reply(responded_by_user=CHIEF))),
            ("release", lambda: steps.release(job, ["initial_review", "approval"])),
            ("deliver", lambda: steps.deliver(job)),
            ("return", lambda: steps.return_to_author(job)),
            ("seal", lambda: steps.seal(job)),
        ):
            refused(f"{name}, {what}", step, ContentChangedError, r"job\.json is not what was opened")
        job_file().write_text(sound)
    forge(FORGERIES["recipient"])
    steps.open_report(KEY, PERIOD, "run-1", NOW + dt.timedelta(days=1))  # the way back: it is written anew
    assert steps.release(job) == "deliver"
    forge(FORGERIES["recipient"])
    refused("resend", lambda: steps.resend(KEY, PERIOD, None, None, "operator"), ContentChangedError)
    assert to(mail) == []


def test_a_job_that_names_another_report_is_that_of_nobody(mail):
    job, _ = draft()
    sign(job)
    for forged in ({"report": "../../" + KEY}, {"period": "../" + PERIOD}, {"revision": 7}, {"revision": -1}):
        with pytest.raises(ItssError):
            steps.release(job | forged)
    assert to(mail) == []
