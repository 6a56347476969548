"""On the way of a real report everybody hears of their turn once, with what the report itself says of its targets."""

import json
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import yaml
from itss import steps
from itss.archive.statement import STATEMENT
from itss.audit.seals import verify
from itss.settings import settings
from walk import AUTHOR, CHIEF, CLERK, KEY, NOW, PERIOD, answer, asked, register

PAGE = f"http://localhost:8080/itss/reports/{KEY}/{PERIOD}/r01"


def subjects(mail):
    found = [message_from_bytes(path.read_bytes(), policy=default) for path in mail.mails()]
    return [str(one["Subject"]) for one in found if str(one["Message-ID"]).startswith("<asked.")]


def agree(house, **at_most):
    """Add targets for incidents to the agreement of the report."""
    (path,) = (house / "list" / "agreements").glob("servicenow*.yaml")
    document = yaml.safe_load(path.read_text())
    targets = [{"process": "incident", "measure": name, "at_most": limit} for name, limit in at_most.items()]
    document["versions"][0]["targets"] = targets
    path.write_text(yaml.safe_dump(document, allow_unicode=True))


def test_everybody_is_notified_once_when_it_is_their_turn(mail, house):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0] |= {"comment": True, "review": True}
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    agree(house, backlog_over_7d=0, backlog_over_90d=5)  # INC2 has been open since 2 September
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    steps.collect(job, "incident")
    steps.check(job)
    steps.measure(job)
    for _ in range(2):  # a retried task asks once
        steps.figures_brief(job)
    assert asked(mail) == ["report_author@example.com"]
    said = {"chosen_options": ["OK"], "params_input": {"comment": "ok"}, "responded_at": NOW}
    steps.comment(job, said | {"responded_by_user": AUTHOR})
    steps.render(job)
    for level, who in (("initial_review", CLERK), ("approval", CHIEF)):
        for _ in range(2):
            steps.ask(job, level)
        answer(job, level, who)
    steps.release(job)
    steps.deliver(job)
    steps.deliver(job)
    register().prove((KEY, PERIOD, 1))  # the lines of the revision say what its rows have become
    reviewers = ["head_of_department@example.com", "management_representative@example.com"]
    first = ["report_author@example.com", *reviewers]
    assert asked(mail) == [*first, *reviewers, "report_manager@example.com"]

    folder = settings().var / "workspace" / KEY / PERIOD / "r01"
    assert "1 of 2 targets met" in (folder / "brief.md").read_text()
    verbs = [subject.split(" · ")[0] for subject in subjects(mail)]
    assert verbs[:3] == ["Please comment", "For your initial review", "Please approve"]
    assert set(verbs[3:]) == {"Please write the minutes of the review"}
    assert {subject.split(" · ")[2] for subject in subjects(mail)} == {"1/2 met"}
    statement = json.loads((folder / STATEMENT).read_text())
    assert "summary.json" in statement["carried"]["files"], "what the notice says is signed with the report"


def test_what_a_backfill_makes_for_the_archive_notifies_nobody(mail):
    job = steps.open_report(KEY, PERIOD, "run-1", NOW, backfill=True)
    steps.collect(job, "incident")
    steps.check(job)
    steps.measure(job)
    steps.render(job)
    assert steps.release(job) == "archive"
    sealed = Path(steps.seal(job)["archive"])
    assert verify(sealed) == []
    assert (sealed / "summary.json").is_file()
    assert mail.mails() == []
    assert register().notices() == []
