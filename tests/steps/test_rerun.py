"""A rerun that yields the same content changes nothing and asks nobody, whatever words or corrections went before."""

import pytest
import yaml
from itss import steps
from itss.register import Register
from itss.settings import settings
from walk import CHIEF, CLERK, GOOD, KEY, NOW, PERIOD, answer, draft, register, sign, to

AUTHOR = {"id": "report_author", "name": "report_author"}


def publish(run):
    job, made = draft(run)
    assert not made["unchanged"]
    sign(job)
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)


def written(job, **form):
    return {"chosen_options": ["OK"], "params_input": form, "responded_at": NOW, "responded_by_user": AUTHOR}


def states():
    return [one.state for one in register().revisions(KEY, PERIOD)]


def test_after_a_correction_whose_restatements_are_published_now(mail, house):
    publish("run-1")
    (house / "list" / "log.csv").write_text(GOOD + "INC3,2026-09-03 08:00,\n")
    publish("run-2")
    assert len(Register(settings().register_url).restatements((KEY, PERIOD, 2)))
    _, made = draft("run-3")
    assert made["unchanged"]
    assert states() == ["sealed", "sealed", "unchanged"]
    assert len(to(mail)) == 4


def test_after_a_rework_in_which_the_author_explained_a_figure(mail):
    job, _ = draft("run-1")
    answer(job, "initial_review", CLERK, "Reject", "why?")
    steps.release(job)
    steps.return_to_author(job)
    steps.rework(job, written(job, section_b="Two printers were replaced", data="重新收集 collect the data again"))
    publish("run-2")
    _, made = draft("run-3")
    assert made["unchanged"]
    assert states() == ["returned", "sealed", "unchanged"]


@pytest.fixture
def asking(house):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0]["comment"] = True
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))
    return house


def measured(run):
    job = steps.open_report(KEY, PERIOD, run, NOW)
    steps.collect(job, "incident")
    steps.check(job)
    steps.measure(job)
    return job


def commented(run, words):
    job = measured(run)
    assert not steps.is_said_already(job)
    steps.figures_brief(job)
    steps.comment(job, written(job, comment=words))
    assert not steps.render(job)["unchanged"]
    answer(job, "initial_review", CLERK)
    answer(job, "approval", CHIEF)
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)


def test_the_author_is_asked_for_no_comment_on_what_is_out(mail, asking):
    commented("run-1", "Quiet month")
    again = measured("run-2")
    assert steps.is_said_already(again)
    assert steps.render(again)["unchanged"]
    (asking / "list" / "log.csv").write_text(GOOD + "INC3,2026-09-03 08:00,\n")
    commented("run-3", "Quiet month")
    assert states() == ["sealed", "sealed"]


def test_a_report_that_is_rendered_again_after_somebody_signed_asks_nobody_again(mail):
    job, _ = draft("run-1")
    answer(job, "initial_review", CLERK)
    signed = register().revision((KEY, PERIOD, 1)).statement_sha256
    steps.render(job)
    assert register().revision((KEY, PERIOD, 1)).statement_sha256 == signed
    assert steps.settle(job, "initial_review") == {"answer": "approve"}
