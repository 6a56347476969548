"""What was signed is what leaves: everything that could be exchanged between a signature and the mail is refused."""

import datetime as dt
import email
import email.policy
import hashlib
import json
import re
import sqlite3
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml
from itss import steps
from itss.archive.statement import STATEMENT
from itss.errors import ContentChangedError, DecisionMissingError, ItssError, LedgerError, RegisterError
from itss.register import Register
from itss.register.canonical import canonical, sha256_of
from itss.register.ledger import line_sha256
from itss.settings import settings
from itss.steps.job import Rework
from walk import CHIEF, CLERK, GOOD, KEY, NOW, PERIOD, answer, draft, fail, register, rework, sign, to

REF = (KEY, PERIOD, 1)
RECIPIENTS = ["process_manager@example.com", "report_manager@example.com"]


def folder(number=1):
    return settings().var / "workspace" / KEY / PERIOD / f"r{number:02d}"


def relist(house, change):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    change(document)
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))


LISTS = {
    "a recipient": lambda d: d["reports"][0]["distribution"].update(recipients=["data_provider"]),
    "an address": lambda d: d["people"]["process_manager"].update(email="evil@example.com"),
    "the levels": lambda d: d["reports"][0].update(approval=d["reports"][0]["approval"][:1]),
    "marked done": lambda d: [one.update(accept_marked_done=True) for one in d["reports"][0]["approval"]],
    "an approver": lambda d: d["reports"][0]["approval"][1].update(approvers=["report_manager"]),
}


@pytest.mark.parametrize("change", LISTS)
def test_a_list_edited_after_the_first_signature_touches_nothing_that_is_signed(mail, house, change):
    job, _ = draft()
    answer(job, "initial_review", CLERK)
    relist(house, LISTS[change])
    answer(job, "approval", CHIEF)
    assert steps.release(job) == "deliver"
    steps.deliver(job)
    assert sorted(to(mail)) == RECIPIENTS


@pytest.mark.parametrize("change", LISTS)
def test_only_open_cleared_after_the_first_signature_voids_it(mail, house, change):
    """Level 1 signs; the list is edited; the author clears only `open`; level 2 answers the question it had."""
    job, made = draft()
    answer(job, "initial_review", CLERK)
    steps.ask(job, "approval")
    relist(house, LISTS[change])
    again = steps.open_report(KEY, PERIOD, "run-1", NOW + dt.timedelta(hours=1))
    old = {
        "chosen_options": ["Approve"],
        "params_input": {"comment": None, "content": made["statement_sha256"]},
        "responded_at": NOW,
        "responded_by_user": CHIEF,
    }
    with pytest.raises(ItssError):
        steps.decide(again, "approval", old)
    with pytest.raises(ItssError):
        steps.release(again, ["initial_review", "approval"])
    assert to(mail) == []
    again, _ = draft("run-1")  # the way on: drawn up anew, and everybody is asked again
    assert register().decisions(REF) == []
    told = steps.brief(again, next(iter(again_levels())), "http://localhost:8080/run")
    assert "Signatures given before are void" in told


def again_levels():
    return [level["name"] for level in json.loads((folder() / STATEMENT).read_bytes())["carried"]["levels"]]


def test_a_failed_run_taken_over_with_another_entry_counts_no_old_signature(mail, house):
    job, _ = draft()
    sign(job)
    fail(job, "release")
    relist(house, LISTS["a recipient"])
    taken, _ = draft("run-2")
    assert taken["revision"] == 1
    with pytest.raises(DecisionMissingError, match="has not answered"):
        steps.release(taken)
    assert RECIPIENTS[0] not in to(mail)


def files_of(number=1):
    return sorted(json.loads((folder(number) / STATEMENT).read_bytes())["carried"]["files"])


def test_every_file_of_the_statement_is_one_that_cannot_be_exchanged(mail):
    """One at a time, exchanged, emptied or removed: the gate voids the signatures and names it; nothing is mailed.

    One file of each kind suffers all three, its likes take turns: each forging costs another rendering.
    """
    job, made = draft()
    names = files_of()
    wanted = {"brief.md", "figures.csv", "figures.parquet", "checks.html", "report.html", "report.xlsx"}
    assert wanted | {"sql/incident.sql", "mails/process_manager.html"} <= set(names)
    kinds: set[tuple[Path, str]] = set()
    for number, name in enumerate(names):
        sound = (folder() / name).read_bytes()
        forgings, kind = (sound + b" ", b"", None), (Path(name).parent, Path(name).suffix)
        chosen = forgings[number % 3 :][:1] if kind in kinds else forgings
        kinds.add(kind)
        for forged in chosen:
            sign(job)
            (folder() / name).unlink() if forged is None else (folder() / name).write_bytes(forged)
            with pytest.raises(ContentChangedError, match=re.escape(name)):
                steps.release(job)
            (folder() / name).write_bytes(sound)
            assert register().decisions(REF) == [], f"{name}: the signatures are void"
            assert steps.render(job)["statement_sha256"] == made["statement_sha256"], "the very same is asked again"
    sign(job)
    assert steps.release(job) == "deliver"
    assert to(mail) == []


def test_a_file_added_before_the_gate_voids_and_one_added_after_it_is_not_archived(mail):
    job, _ = draft()
    sign(job)
    (folder() / "extra.html").write_text("not signed")
    with pytest.raises(ContentChangedError, match=r"files\.extra\.html"):
        steps.release(job)
    (folder() / "extra.html").unlink()
    steps.render(job)
    sign(job)
    steps.release(job)
    (folder() / "extra.html").write_text("not signed")
    (folder() / "data" / "extra.parquet").write_bytes(b"PAR1")
    steps.deliver(job)
    archive = Path(steps.seal(job)["archive"])
    assert not (archive / "extra.html").exists()
    assert not (archive / "data" / "extra.parquet").exists()
    assert "extra" not in (archive / "manifest.json").read_text()


@pytest.mark.parametrize("name", ["mails/process_manager.html", "report.xlsx", "brief.md"])
def test_what_an_approver_reads_and_what_is_mailed_is_verified_as_it_is_read(mail, name):
    job, _ = draft()
    if name == "brief.md":
        (folder() / name).write_text("all is well")
        with pytest.raises(ContentChangedError, match="is not the file that was signed"):
            steps.brief(job, "initial_review", "http://localhost:8080")
        return
    sign(job)
    steps.release(job)
    for file in (folder() / name, folder() / "released" / name):
        if file.exists():
            file.write_bytes(file.read_bytes() + b"!")
    with pytest.raises(ItssError, match="is not the file that was signed"):
        steps.deliver(job)
    assert to(mail) == []


def test_a_statement_exchanged_in_the_workspace_is_no_statement(mail):
    job, _ = draft()
    sign(job)
    path = folder() / STATEMENT
    path.write_bytes(path.read_bytes().replace(b"process_manager@example.com", b"somebody_evil@e.example.com"))
    for step in (steps.release, steps.deliver, steps.seal, lambda one: steps.ask(one, "approval")):
        with pytest.raises(ItssError, match="is not the statement that was signed"):
            step(job)
    assert to(mail) == []


@pytest.mark.parametrize("way", ["another run", "the same run", "another approver"])
def test_a_rejected_revision_never_leaves(mail, house, way):
    """Whatever another run, another approver of the level or a second collection says."""
    job, _ = draft()
    answer(job, "initial_review", CLERK, "Reject", "wrong")
    if way == "another approver":
        answer(job, "approval", CHIEF)
        assert steps.release(job) == "return"
        return
    fail(job, "notify_author")
    (house / "list" / "log.csv").write_text(GOOD + "INC3,2026-09-03 08:00,\n")
    with pytest.raises(DecisionMissingError, match="reject"):
        draft("run-2" if way == "another run" else "run-1")
    assert steps.return_to_author(job)["comment"] == "wrong"
    with pytest.raises(ItssError, match="rework"):
        draft("run-2")
    rework(job)
    again, _ = draft("run-2")
    assert again["revision"] == 2
    assert steps.release(job) == "return"
    with pytest.raises(ItssError):
        steps.deliver(job)
    assert not set(RECIPIENTS[:1]) & set(to(mail))


SAME_PERSON = ["management_representative ", "Management_Representative", "ｍanagement_representative"]


@pytest.mark.parametrize("second", SAME_PERSON)
def test_one_person_does_not_answer_two_levels(mail, house, second):
    job = steps.open_report(KEY, PERIOD, "run-1", NOW)
    document = register().entry(REF)  # as it might have been opened before `check` refused levels open to anybody
    for level in document["entry"]["approval"]:
        level["approvers"] = []
    opening = {"due_at": NOW, "agreement_version": "", "code_version": "0", "now": NOW, "number": None}
    register().open_revision(report=KEY, period=PERIOD, run="run-1", entry=document, **opening)
    (folder() / "job.json").write_text(json.dumps({**document, "revision": 1, "rework": asdict(Rework())}))
    steps.collect(job, "incident")
    for step in (steps.check, steps.measure, steps.render):
        step(job)
    answer(job, "initial_review", CHIEF)
    with pytest.raises(DecisionMissingError, match="each level needs somebody else"):
        answer(job, "approval", {"id": second, "name": second})
    with pytest.raises(DecisionMissingError, match="not by"):
        answer(job, "approval", {"id": "Report_Author", "name": "x"})
    answer(job, "approval", CLERK)
    assert steps.release(job) == "deliver"


def test_a_deploy_voids_no_approval(mail, monkeypatch):
    job, _ = draft()
    answer(job, "initial_review", CLERK)
    monkeypatch.setattr("itss.__version__", "99.0.0")
    answer(job, "approval", CHIEF)
    assert steps.release(job) == "deliver"
    steps.deliver(job)
    archive = Path(steps.seal(job)["archive"])
    assert json.loads((archive / "manifest.json").read_text())["facts"]["code_version"] != "99.0.0"


def test_every_mail_is_a_witness_and_says_who_signed(mail):
    job, _ = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    released = register().released_files(REF)
    lines = {line.seq: line for line in register().lines()}
    messages = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in mail.mails()]
    reports = [one for one in messages if one["Message-ID"].startswith(f"<{KEY}.{PERIOD}.r01.report.")]
    assert reports
    for message in reports:
        html = next(part for part in message.walk() if part.get_content_type() == "text/html").get_content()
        seq, sha256, signature = re.search(r"ITSS-WITNESS (\d+) ([0-9a-f]{64}) (\S+?)<", html).groups()
        assert (lines[int(seq)].sha256, lines[int(seq)].signature) == (sha256, signature)
        assert "Signed:" in html
        assert CLERK["id"] in html
        assert "itss: release" not in html
    archive = Path(steps.seal(job)["archive"])
    assert {"released/sign_off.html", "released/mails/process_manager.html"} <= set(released)
    sheet = (archive / "released" / "sign_off.html").read_text()
    for said in (CLERK["id"], CHIEF["id"], register().revision(REF).statement_sha256):
        assert said in sheet


def test_a_run_is_what_the_register_says_and_not_what_a_task_left_in_airflow(mail):
    job, _ = draft()
    assert steps.job_of_run(KEY, "run-1") == job
    with pytest.raises(RegisterError, match="has opened no revision"):
        steps.job_of_run(KEY, "run-7")
    assert isinstance(register(), Register)


def sql(*statements):
    with sqlite3.connect(settings().var / "register.sqlite") as database:
        for statement, *values in statements:
            database.execute(statement, values)


def forged_line(kind, details):
    """A line in its place, with the right hash of the line before it, and no signature of the key."""
    body = canonical({"details": details, "changes": []})
    head = register().head()
    line = {
        "seq": head.seq + 1,
        "at": NOW,
        "kind": kind,
        "ref": f"{KEY}/{PERIOD}/r01",
        "who": "run run-1",
        "payload_sha256": sha256_of(body),
        "previous_sha256": head.sha256,
    }
    values = (*line.values(), line_sha256(line), "A" * 86 + "==")
    values = tuple(f"{v:%Y-%m-%d %H:%M:%S}.000000" if isinstance(v, dt.datetime) else v for v in values)
    sql(
        (f"INSERT INTO ledger VALUES ({', '.join('?' * len(values))})", *values),
        ("INSERT INTO payload VALUES (?, ?)", line["seq"], body),
    )


def test_a_release_written_into_the_register_lets_nothing_leave(mail):
    job, _ = draft()
    answer(job, "initial_review", CLERK)
    at = "2026-10-02 08:00:00.000000"
    sql(("UPDATE revision SET state = 'released', reached = 'released', released_at = ?", at))
    (folder() / "released" / "mails").mkdir(parents=True)
    names = ["mails/process_manager.html", "mails/report_manager.html", "sign_off.html"]
    for name in names:
        (folder() / "released" / name).write_text("pay here")
    files = {f"released/{name}": hashlib.sha256(b"pay here").hexdigest() for name in names}
    forged_line("released", {"statement_sha256": register().revision(REF).statement_sha256, "files": files})
    for step in (steps.release, steps.deliver, steps.seal):
        with pytest.raises(LedgerError):
            step(job)
    assert to(mail) == []


def test_a_corrected_address_written_into_the_ledger_is_none(mail):
    job, _ = draft()
    sign(job)
    steps.release(job)
    forged_line("resent", {"addresses": {"process_manager": "evil@evil.example"}, "only": ""})
    with pytest.raises(LedgerError, match="not signed"):
        steps.deliver(job)
    with pytest.raises(LedgerError):
        steps.resend(KEY, PERIOD, None, None, "operator")
    assert to(mail) == []


ROWS = {
    "a figure": ("UPDATE figure SET value = 99 WHERE position = 0",),
    "a finding": (
        "INSERT INTO finding (revision_id, position, process, rule, severity, column_name, failed, total, sample, "
        "why_zh, why_en, remedy_zh, remedy_en, source) "
        "VALUES (1, 99, 'incident', 'x', 'info', '', 0, 0, '[]', '', '', '', '', '')",
    ),
    "the data": ("UPDATE submission SET rows = 99",),
    "an answer": ("DELETE FROM decision WHERE level = 'approval'",),
    "the entry": ("UPDATE revision SET entry = replace(entry, 'process_manager@example.com', 'evil@e.example')",),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_written_behind_the_ledger_lets_nothing_leave(mail, row):
    job, _ = draft()
    sign(job)
    sql(ROWS[row])
    with pytest.raises(ItssError):
        steps.release(job)
    assert to(mail) == []


def test_a_receipt_written_behind_the_ledger_stops_the_delivery(mail):
    job, _ = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    sql(("UPDATE delivery SET address = 'evil@e.example'",))
    with pytest.raises(LedgerError, match="delivery"):
        steps.seal(job)


def test_a_rejected_revision_is_not_given_up_to_get_round_its_author(mail):
    job, _ = draft()
    answer(job, "initial_review", CLERK, "Reject", "wrong")
    register().fail(REF, "gone")
    with pytest.raises(RegisterError, match="get round its author"):
        register().supersede(REF, "no use", "operator")


def test_a_run_id_used_again_works_on_what_it_opened_last(mail):
    job, _ = draft("x")
    sign(job)
    steps.release(job)
    steps.deliver(job)
    steps.seal(job)
    again = steps.open_report(KEY, "2026-08", "x", NOW)
    assert steps.job_of_run(KEY, "x") == again


def test_released_files_that_were_lost_are_written_again_as_they_were(mail):
    job, _ = draft()
    sign(job)
    steps.release(job)
    name = "released/mails/process_manager.html"
    before = (folder() / name).read_bytes()
    (folder() / name).unlink()
    assert steps.release(job) == "deliver"
    assert (folder() / name).read_bytes() == before
    steps.deliver(job)
    assert sorted(to(mail)) == RECIPIENTS


def test_a_resend_that_owes_nothing_leaves_no_line(mail):
    job, _ = draft()
    sign(job)
    steps.release(job)
    steps.deliver(job)
    before = register().head()
    assert steps.resend(KEY, PERIOD, None, None, "operator").sent == ()
    assert register().head() == before
