"""A version that release 0.3.0 sealed is corrected only by something new: no field, frame or form of today is.

``sealed_by_0_3_0.json`` is what that release wrote of the small house of these tests: the job, and the hashes of what
the report says. Where one of its parts comes out otherwise, every rerun of a version of then would be a correction
that goes to everybody: a new field or column must not be in what is said while it has nothing to say.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from itss import steps
from itss.archive.folder import RevisionFolder
from itss.audit.versions import audit
from itss.settings import settings
from itss.steps import own_form, rendering, stating, workflow
from itss.steps.job import job_of
from itss.steps.opened import opened
from walk import CHIEF, CLERK, GOOD, KEY, NOW, PERIOD, answer, draft

SEALED = json.loads((Path(__file__).parent / "sealed_by_0_3_0.json").read_text())


@pytest.fixture
def older(mail, house, monkeypatch):
    """The house with a version that was sealed before anything was copied at the opening."""
    with monkeypatch.context() as then:
        then.setattr(workflow, "copies_for", lambda *_, **__: own_form.Copies({}, None))
        issue(draft("run-1")[0])
    folder = settings().var / "archive" / KEY / PERIOD / "r01"
    assert "frozen" not in json.loads((folder / "job.json").read_text())
    assert not (folder / "template").exists()
    return house


def issue(job):
    answer(job, "initial_review", CLERK)
    answer(job, "approval", CHIEF)
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)


def said(number):
    path = settings().var / "workspace" / KEY / PERIOD / f"r{number:02d}" / "statement.json"
    return json.loads(path.read_text())["said"]


def test_entry_and_agreement_say_the_same_when_they_are_read_today(house):
    job = job_of(settings(), SEALED["job"], RevisionFolder(house))
    again = replace(job, recorded={})  # not in the words on record, but as the models of today write them
    document = again.document()
    assert document["entry"].keys() > SEALED["job"]["entry"].keys(), "there are fields that it did not have"
    parts = stating._said_by_the_register(again)
    assert parts == {name: SEALED["said"][name] for name in parts}


def test_each_part_of_the_same_report_says_the_same(older):
    assert said(1) == SEALED["said"]


def test_a_rerun_with_nothing_new_is_unchanged(older):
    assert draft("run-2")[1]["unchanged"]


def test_a_rerun_with_new_data_has_todays_form_and_does_not_call_it_new(older):
    (older / "list" / "log.csv").write_text(GOOD + "INC3,2026-09-03 08:00,2026-09-03 10:00\n")
    job, made = draft("run-2")
    assert not made["unchanged"]
    assert said(2).keys() == said(1).keys(), "neither template nor own measures are said"
    assert rendering.inputs(opened(job)[0], preview=False).reformed == ()
    issue(job)
    assert draft("run-3")[1]["unchanged"]
    assert audit(settings()).problems == []


def test_todays_form_is_new_where_somebody_asks_for_it(older):
    job = steps.open_report(KEY, PERIOD, "run-2", NOW, todays_form=True)
    steps.collect(job, "incident")
    steps.check(job)
    steps.measure(job)
    assert not steps.render(job)["unchanged"]
    assert said(2).keys() - said(1).keys() == {"template"}
