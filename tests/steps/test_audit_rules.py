"""Each rule on one real version of which one thing is told otherwise, as if a broken gate had let it pass."""

import datetime as dt
import shutil
from dataclasses import replace

import pytest
from itss.audit.facts import Registered, Version
from itss.audit.files import VersionFiles
from itss.audit.rules import judge
from itss.delivery.mail import message_id
from itss.ref import Ref
from itss.register import Register
from walk import CHIEF, CLERK, KEY, PERIOD

REF = Ref(KEY, PERIOD, 2)
MANAGER = "report_manager"


@pytest.fixture(scope="module")
def lines(twice_sealed):
    register = Register(f"sqlite:///{twice_sealed / 'var' / 'register.sqlite'}")
    return tuple(register.lines(REF.path)), {line.seq: (line.sha256, line.signature) for line in register.lines()}


@pytest.fixture
def judged(twice_sealed, lines):
    """What is wrong, by rule, of the version with its lines as ``change`` leaves them."""
    folder = twice_sealed / "var" / "archive" / REF.path
    manifests = [VersionFiles(folder.with_name(name)).sha256("manifest.json") for name in ("r01", "r02")]

    def judge_with(change=lambda told: told, folder=folder, **facts):
        said = {
            "told": tuple(change(list(lines[0]))),
            "registered": Registered(manifests[1], manifests[0]),
            "witnessed": lines[1].get,
            "earlier": {manifests[0]: frozenset({REF._replace(number=1)})},
        }
        found = judge(Version(REF, VersionFiles(folder), **(said | facts)))
        return {one.rule.id: [what.en for what in one.wrong] for one in found if one.wrong}

    return judge_with


def of(told, kind, **wanted):
    """The number of the one line of a kind whose details are these."""
    (found,) = [n for n, one in enumerate(told) if one.kind == kind and wanted.items() <= one.details.items()]
    return found


def row(table, where=lambda row: True, **columns):
    """One row told otherwise, in whatever line tells of it; which one, its first line says."""

    def change(told):
        every = [one for line in told for one in line.changes or () if one["table"] == table]
        ids = {one["row"]["id"] for one in every if one["op"] == "insert" and where(one["row"])}
        for n, line in enumerate(told):
            changes = [
                one | {"row": one["row"] | columns}
                if one["table"] == table and "row" in one and one["row"]["id"] in ids
                else one
                for one in line.changes or ()
            ]
            told[n] = replace(line, changes=changes)
        return told

    return change


def details(kind, **said):
    def change(told):
        return [replace(one, details=one.details | said) if one.kind == kind else one for one in told]

    return change


def level(name, **columns):
    return row("decision", lambda one: one["level"] == name, **columns)


def mail(key, **columns):
    return row("delivery", lambda one: one["message_id"] == message_id(REF, f"{key}@example.com"), **columns)


def without(kind, **wanted):
    def change(told):
        del told[of(told, kind, **wanted)]
        return told

    return change


def inserted(kind, before, who="somebody", **said):
    """A line more, with a number of its own between two others."""

    def change(told):
        at = next(n for n, one in enumerate(told) if one.kind == before)
        told = [replace(one, seq=one.seq * 10) for one in told]
        return [
            *told[:at],
            replace(told[at], seq=told[at].seq - 5, kind=kind, who=who, details=said, changes=[]),
            *told[at:],
        ]

    return change


def moved(kind, before):
    def change(told):
        at = next(n for n, one in enumerate(told) if one.kind == kind)
        to = next(n for n, one in enumerate(told) if one.kind == before)
        told.insert(to, told.pop(at))
        return [replace(one, seq=number) for number, one in enumerate(told, 1)]

    return change


def arrived(before, level="initial_review", who=CLERK["id"], chosen="Approve", comment=""):
    """The line of an answer to the very statement that was released, before the first line of a kind."""

    def change(told):
        signed = next(one.details["statement_sha256"] for one in told if one.kind == "released")
        said = {"question": level, "number": 1, "content": signed, "chosen": [chosen], "given": {"comment": comment}}
        return inserted("answered", before, who, **said)(told)

    return change


LATER = {"lines", "documents_on_record", "sign_off", "filled_mails"}
"""Rules that fail as well, because archive and lines are not those of each other any more."""

WRONG = [
    ("a level did not answer", without("decision", level="approval"), {"approved": "approval: has not answered"}),
    (
        "a level answered something else",
        level("approval", statement_sha256="0" * 64),
        {"approved": "approval: has not"},
    ),
    ("a task marked as done", level("approval", answer="marked_done"), {"approved": "approval: was marked as done"}),
    ("nobody answered in time", level("approval", answer="expired"), {"approved": "approval: the answer was expired"}),
    ("a level rejected", level("approval", answer="reject"), {"approved": "approval: the answer was reject"}),
    ("nobody is named", level("approval", who_id=None), {"named_approver": "approval: should be management_repres"}),
    ("a stranger", level("approval", who_id="intruder"), {"named_approver": "and is intruder"}),
    (
        "the author",
        level("approval", who_id="report_author"),
        {"named_approver": "and is report_author", "separate_people": "approval: report_author is the author"},
    ),
    (
        "the author, written otherwise",
        level("approval", who_id=" Ｒeport_Author\u200b"),
        {"named_approver": "and is", "separate_people": "is the author"},
    ),
    (
        "one person at two levels",
        level("approval", who_id=CLERK["id"]),
        {"named_approver": f"and is {CLERK['id']}", "separate_people": f"{CLERK['id']} has approved initial_review"},
    ),
    (
        "a rejection in another run",
        inserted("decision", "rendered", level="initial_review", answer="reject"),
        {"not_rejected": "initial_review: rejected by somebody"},
    ),
    (
        "signed before it was rendered",
        moved("decision", "rendered"),
        {"in_force": "decision (line", "order": "decision (line"},
    ),
    ("void when it was released", inserted("voided", "released", changed=[]), {"in_force": "released (line"}),
    ("taken over when it was released", inserted("taken_over", "released"), {"in_force": "released (line"}),
    (
        "taken over with what was not in force",
        inserted("taken_over", "released", kept="statement", statement_sha256="0" * 64),
        {"in_force": "taken_over (line"},
    ),
    ("never submitted", without("submitted"), {"order": "submitted (line 0)"}),
    (
        "released before it was submitted",
        moved("released", "submitted"),
        {"order": "released (line", "approved": "has not"},
    ),
    ("delivered before its release", moved("delivered", "released"), {"order": "delivered (line"}),
    ("never sealed", without("sealed"), {"order": "sealed (line 0)", "registered": "the line of the seal"}),
    ("delivered twice", inserted("delivered", "sealed"), {"order": "there are 2 lines of delivered"}),
    (
        "it left before it was released",
        inserted("delivery", "released", status="accepted", message_id="<x>"),
        {"order": "it left before its release"},
    ),
    (
        "another statement was released",
        details("released", statement_sha256="0" * 64),
        {"statement_on_record": "released"},
    ),
    (
        "another statement was rendered",
        details("rendered", statement_sha256="0" * 64),
        {"statement_on_record": "rendered"},
    ),
    ("a mail was refused", mail(MANAGER, status="refused"), {"receipts": f"{MANAGER}: has no receipt"}),
    ("a mail is still being sent", mail(MANAGER, status="sending"), {"receipts": f"{MANAGER}: has no receipt"}),
    ("excused by nobody", mail(MANAGER, status="waived", answer="no"), {"receipts": f"{MANAGER}: has no receipt"}),
    ("excused by an empty name", mail(MANAGER, status="waived", answer="decided by "), {"receipts": "has no receipt"}),
    ("another address", mail(MANAGER, address="x@example.com"), {"receipts": f"{MANAGER}.address: should be"}),
    ("another title", mail(MANAGER, recipient="Nobody"), {"receipts": f"{MANAGER}.recipient: should be"}),
    ("another message", mail(MANAGER, message_id="<x>"), {"receipts": "is no recipient that was signed for"}),
    ("delivered earlier", row("revision", delivered_at="2026-01-01T00:00:00+00:00"), {"delivered_at": "should be"}),
    ("due later", row("revision", due_at="2027-01-01T00:00:00+00:00"), {"due_date": "revision.due_at: should be"}),
    ("other files left", details("released", files={}), {"released_files": "the line of the release does not name it"}),
    (
        "one file more left",
        details("released", files={"released/x.html": "0" * 64}),
        {"released_files": "released/x.html: does not follow from the statement"},
    ),
    ("other rows were collected", row("submission", rows=7), {"submissions": "data/incident.json rows: should be 7"}),
    ("other bytes were collected", row("submission", sha256="0" * 64), {"submissions": "data/incident.parquet sha256"}),
    ("another comment was given", level("approval", comment="?"), {"documents_on_record": "decisions.json"}),
    ("another agreement judged", row("revision", agreement_version="x"), {"statement_on_record": "agreement_version"}),
    ("another run made it", row("revision", run="x"), {"composition": "manifest.json run: should be x"}),
    ("no line opened it", without("open"), {"documents_readable": "no line says that it was opened"}),
    ("another answered", arrived("decision", who="intruder"), {"as_answered": "initial_review: the decision of line"}),
    ("it was answered otherwise", arrived("decision", chosen="Reject"), {"as_answered": "is not the answer of line"}),
    ("with another comment", arrived("decision", comment="but"), {"as_answered": "is not the answer of line"}),
    (
        "an answer was passed over",
        arrived("released", level="approval", chosen="Reject"),
        {"as_answered": "approval: the answer of line"},
    ),
    ("a line is missing in between", without("asked", level="approval"), {"lines": "ledger.json: is not what"}),
]


@pytest.mark.parametrize(("change", "expected"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG])
def test_a_rule_says_no(judged, change, expected):
    found = judged(change)
    for rule, said in expected.items():
        assert any(said in what for what in found[rule]), found


ALLOWED = [
    ("untouched", lambda told: told),
    ("excused by name", mail("process_manager", status="waived", answer="decided by clerk")),
    ("another statement, released and rendered again before anything had left", lambda told: released_before(told)),
    ("planned for somebody who is no recipient any more", lambda told: planned(told)),
    ("an answer that arrived, and became the decision", arrived("decision")),
    (
        "an answer that Airflow refused",
        lambda told: inserted("answer_cancelled", "decision", question="initial_review", number=1)(
            arrived("decision", chosen="Reject")(told)
        ),
    ),
    ("a failure, gone on from", inserted("failed", "submitted", reason="?")),
    ("marked as done, where the statement takes that", level("approval", answer="approve")),
    (
        "rendered and submitted again after the run was cleared, with the very same statement",
        lambda told: again(again(inserted("reopened", "released")(told), "rendered"), "submitted"),
    ),
]


def released_before(told):
    other = {"statement_sha256": "0" * 64, "said_sha256": "0" * 64, "files": {}}
    at = next(n for n, one in enumerate(told) if one.kind == "rendered")
    before = [replace(told[at], kind=kind, details=other, changes=[]) for kind in ("rendered", "released")]
    return [replace(one, seq=number) for number, one in enumerate([*told[:at], *before, *told[at:]], 1)]


def planned(told):
    """A receipt more, of a mail that was planned, never begun, and excused when the recipients were others."""
    at = next(n for n, one in enumerate(told) if one.kind == "delivery")
    gone = {"id": 99, "message_id": "<gone>", "address": "gone@example.com", "recipient": "?", "status": "waived"}
    gone |= {"answer": "no recipient any more", "attempts": 0, "at": "2026-01-01T00:00:00+00:00"}
    changes = [*(told[at].changes or ()), {"table": "delivery", "op": "insert", "row": gone}]
    told[at] = replace(told[at], changes=changes)
    return told


def again(told, kind):
    """The line once more, just before the release."""
    at = next(n for n, one in enumerate(told) if one.kind == "released")
    line = next(one for one in told if one.kind == kind)
    told.insert(at, replace(line, changes=[]))
    return [replace(one, seq=number) for number, one in enumerate(told, 1)]


@pytest.mark.parametrize("change", [one[1] for one in ALLOWED], ids=[one[0] for one in ALLOWED])
def test_and_of_what_is_in_order_it_says_yes(judged, change):
    found = judged(change)
    assert found.keys() - LATER == set(), found


def test_an_address_that_was_corrected_on_record_is_no_other_recipient(judged):
    new = "new@example.com"
    corrected = message_id(REF, new)

    def change(told):
        told = mail(MANAGER, message_id=corrected, address=new)(told)
        at = next(n for n, one in enumerate(told) if one.kind == "delivered")
        line = replace(told[at], kind="resent", details={"addresses": {MANAGER: new}, "only": ""}, changes=[])
        return [replace(one, seq=number) for number, one in enumerate([*told[:at], line, *told[at:]], 1)]

    assert "receipts" not in judged(change)
    assert (
        "is no recipient that was signed for" in judged(mail(MANAGER, message_id=corrected, address=new))["receipts"][1]
    )


def test_a_witness_line_that_the_ledger_has_not_is_none(judged):
    assert "its witness line is not in the ledger" in judged(witnessed=lambda seq: None)["filled_mails"][0]


def test_the_manifest_is_that_of_the_register_and_follows_the_one_before(judged):
    assert judged(registered=Registered("0" * 64, "0" * 64)).keys() == {"manifest", "previous", "registered"}
    assert judged(earlier={}).keys() == {"previous"}


@pytest.mark.parametrize(
    ("name", "change", "rules"),
    [
        ("released/mails/report_manager.html", lambda text: text.replace("</body>", " </body>"), {"filled_mails"}),
        ("released/mails/report_manager.html", lambda text: text + "x", {"filled_mails"}),
        ("released/mails/report_manager.html", lambda text: text.replace(CHIEF["id"], "x"), {"sign_off"}),
        ("released/mails/report_manager.html", lambda text: text.replace("ITSS-WITNESS", "x"), {"filled_mails"}),
        ("released/sign_off.html", lambda text: text.replace(CHIEF["id"], "x"), {"sign_off"}),
        ("data/incident.json", lambda text: text.replace('"rows": 3', '"rows": 4'), {"submissions"}),
        ("job.json", lambda text: text.replace('look.yaml": "', 'look.yaml": "0'), {"copied_files"}),
        ("receipts.json", lambda text: text.replace('"attempts": 1', '"attempts": 2'), {"documents_on_record"}),
        ("decisions.json", lambda text: text.replace("approve", "reject"), {"documents_on_record"}),
        ("ledger.json", lambda text: text.replace("run run-2", "run run-3"), {"lines"}),
    ],
)
def test_a_file_is_compared_with_the_record_and_not_with_the_manifest_alone(
    judged, twice_sealed, tmp_path, name, change, rules
):
    folder = tmp_path / "r02"
    shutil.copytree(twice_sealed / "var" / "archive" / REF.path, folder)
    (folder / name).chmod(0o644)
    before = (folder / name).read_text()
    (folder / name).write_text(change(before))
    assert change(before) != before
    assert judged(folder=folder).keys() >= {"files", *rules}


def test_clocks_decide_nothing(judged):
    later = dt.timedelta(days=400)
    found = judged(lambda told: [replace(one, at=one.at + later) for one in told])
    assert found.keys() <= {"lines", "composition"}, found
