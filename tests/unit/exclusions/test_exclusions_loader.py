"""What is written wrongly into ``exclusions.yaml`` is named with its line, all of it at once. Each test is its file."""

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from itss.agreements.loader import load_agreements
from itss.exclusions.evidence import MAX_BYTES, read_evidence
from itss.exclusions.loader import FILE, load_exclusions
from itss.exclusions.models import Evidence, documents, from_documents
from itss.report_list.loader import load

AGREEMENT = """\
key: sla
kind: sla
title: {zh-CN: 协议, en: Agreement}
versions:
  - version: "1"
    effective_from: 2025-01-01
    service_hours: {always: true, timezone: Asia/Shanghai}
    targets: [{process: incident, measure: resolution_compliance, at_least: 0.9}]
"""
MEASURES = {"incident": ["resolution_compliance", "response_compliance"], "availability": ["availability"]}
NOW = dt.datetime(2026, 10, 5, tzinfo=dt.UTC)
MAIL = b"From: service owner"
SHA = hashlib.sha256(MAIL).hexdigest()
ONE = f"""\
sla:
  - key: carrier_works
    process: incident
    id: [INC1, INC2]
    measures: [resolution_compliance]
    reason: Works of the carrier
    evidence: {{file: evidence/mail.eml, sha256: "{SHA}"}}
    agreed_by: Service owner of Customer A
    agreed_on: 2026-09-14
"""
SECOND = ONE.removeprefix("sla:\n").replace("carrier_works", "second_one").replace("INC1, INC2", "INC3")
TIME = SECOND.replace("id: [INC3]", "{from: 2026-09-12T08:00, until: 2026-09-12T20:00}")


def of_time(since, until, key="second_one", more=""):
    times = f"from: {since}\n    until: {until}{more}"
    return SECOND.replace("id: [INC3]", times).replace("second_one", key)


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "mail.eml").write_bytes(MAIL)
    (tmp_path / "sla.yaml").write_text(AGREEMENT, encoding="utf-8")
    return tmp_path


def read(folder, words):
    (folder / FILE).write_text(words, encoding="utf-8")
    agreements = load_agreements(folder).agreements
    assert set(agreements) == {"sla"}, "the file is not taken for an agreement"
    return load_exclusions(folder, agreements, MEASURES, now=NOW, with_evidence=True)


def lines(found):
    return [(problem.line, problem.where, problem.message) for problem in found.problems]


def test_a_sound_file(folder):
    found = read(folder, ONE + of_time("2026-09-12 08:00", "2026-09-12T20:00+08:00"))
    assert found.problems == ()
    one, other = found.exclusions["sla"]
    assert (one.id, one.is_of_time) == (("INC1", "INC2"), False)
    # the moments are in the zone of the agreement, or in the one that is written
    assert [moment.isoformat() for moment in other.span] == ["2026-09-12T00:00:00+00:00", "2026-09-12T12:00:00+00:00"]
    assert from_documents(documents(found.exclusions["sla"])) == found.exclusions["sla"]


def test_no_file_is_no_exclusions(folder):
    assert load_exclusions(folder, load_agreements(folder).agreements) == load_exclusions(folder / "none", {})


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("sla:", "slo:", 1, "There is no agreement 'slo'"),
        ("process: incident", "process: incidents", 3, "There is no process 'incidents'"),
        ("[resolution_compliance]", "[resolution_complience]", 5, "has no measure 'resolution_complience'"),
        ("2026-09-14", "2026-10-06", 9, "is in the future"),
        ("2026-09-14", "2026-09-14\n    withdrawn_on: 2026-09-13", 10, "before it was agreed"),
        ("2026-09-14", "14.9.2026", 9, "write it as YYYY-MM-DD"),
        (SHA, SHA[:-1], 7, "is not allowed here"),
        (SHA, "0" * 64, 7, "is not the file that is named"),
        ("mail.eml", "mails.eml", 7, "There is no file evidence/mails.eml"),
        ("evidence/mail.eml", "../../etc/passwd", 7, "leads out of the folder"),
        ("evidence/mail.eml", "/etc/passwd", 7, "leads out of the folder"),
        ("evidence/mail.eml", r"evidence\mail.eml", 7, "leads out of the folder"),
        ("evidence/mail.eml", "evidence", 7, "There is no file evidence"),
        ("[INC1, INC2]", "[INC1, INC1]", 4, "'INC1' is listed twice"),
        ("id: [INC1, INC2]", "from: 2026-09-12T08:00", 2, "has no end"),
        ("    id: [INC1, INC2]\n", "", 2, "no records, and no time either"),
        ("[INC1, INC2]", "[INC1, INC2]\n    from: 2026-09-12T08:00", 2, "Both records and a time"),
        ("[INC1, INC2]", "[INC1]\n    service: ERP", 5, "Only a time can be that of one service"),
        ("reason: Works of the carrier", "reason: ''", 6, "It is empty"),
        ("agreed_by", "agreed_with", 8, "'agreed_with' is not a key that is known here"),
        ("process: incident", "process: incident\n    process: availability", 4, "is written twice"),
    ],
)
def test_each_slip_has_its_line(folder, old, new, line, says):
    found = read(folder, ONE.replace(old, new))
    assert any(says in message and number == line for number, _, message in lines(found)), lines(found)
    assert found.exclusions == {}
    assert found.broken == {"slo" if new == "slo:" else "sla"}


@pytest.mark.parametrize(
    ("since", "until", "says"),
    [
        ("2026-09-12T08:00", "2026-09-12T08:00", "ends before it begins"),
        ("2026-09-15T08:00", "2026-09-15T20:00", "before what it is about began"),
        ("2026-09-12", "2026-09-13", "write it as"),
        ("12", "2026-09-13T00:00", "write it as"),
    ],
)
def test_a_time_that_is_none(folder, since, until, says):
    assert any(says in message for _, _, message in lines(read(folder, "sla:\n" + of_time(since, until))))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (ONE + SECOND.replace("INC3", "INC2"), "'INC2' is taken out by 'carrier_works' already"),
        (ONE + SECOND.replace("second_one", "carrier_works"), "There are two exclusions 'carrier_works'"),
        (
            "sla:\n"
            + of_time("2026-09-12T08:00", "2026-09-12T20:00")
            + of_time("2026-09-12T19:59", "2026-09-12T21:00", "third_one"),
            "overlaps with that of 'second_one'",
        ),
        (ONE + SECOND.replace(SHA, "1" * 64), "another file of the same name"),
    ],
)
def test_two_that_say_the_same(folder, words, says):
    assert any(says in message for _, _, message in lines(read(folder, words)))


@pytest.mark.parametrize(
    "words",
    [
        ONE + SECOND.replace("INC3", "INC2").replace("[resolution_compliance]", "[response_compliance]"),
        ONE + SECOND.replace("INC3", "INC2") + "    withdrawn_on: 2026-10-01\n",
        "sla:\n"
        + of_time("2026-09-12T08:00", "2026-09-12T20:00")
        + of_time("2026-09-12T20:00", "2026-09-12T21:00", "third_one"),
        "sla:\n"
        + of_time("2026-09-12T08:00", "2026-09-12T20:00", more="\n    service: ERP")
        + of_time("2026-09-12T08:00", "2026-09-12T20:00", "third_one", "\n    service: CRM"),
    ],
)
def test_two_that_do_not(folder, words):
    assert read(folder, words).problems == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Works of the carrier", '" \\u3000"', "there are only blanks"),
        ("Works of the carrier", '"Works \\u202e of"', "cannot be printed"),
        ("Service owner of Customer A", '" "', "there are only blanks"),
        ("INC1, INC2", '" "', "there are only blanks"),
        (SHA, SHA.upper(), "64 small hexadecimal digits"),
    ],
)
def test_words_that_nobody_sees_are_no_words(folder, old, new, says):
    assert any(says in str(problem) for problem in read(folder, ONE.replace(old, new)).problems)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"])
def test_the_ends_of_the_calendar_are_named_and_no_traceback(folder, moment):
    for since, until in ((moment, "2026-09-01T00:00"), ("2026-09-01T00:00", moment)):
        (problem,) = read(folder, ONE + of_time(since, until)).problems
        assert "the year is from 1990 to 2199" in problem.message


def test_a_service_of_blanks_is_not_every_service(folder):
    blank = of_time("2026-09-01T00:00", "2026-09-02T00:00", more='\n    service: " "')
    assert "there are only blanks" in str(read(folder, ONE + blank).problems)


def test_blanks_around_an_id_are_none_of_it(folder):
    assert read(folder, ONE.replace("INC1, INC2", '" INC1 "')).exclusions["sla"][0].id == ("INC1",)


def test_all_problems_are_named_at_once(folder):
    words = (ONE + SECOND).replace("process: incident", "process: incidents").replace("2026-09-14", "2026-12-14")
    assert [line for line, _, _ in lines(read(folder, words))] == [3, 9, 11, 17]


@pytest.mark.parametrize("words", ["- key: one", "sla: {key: one}", "sla: [one]", "a: [", "", "\x00"])
def test_what_is_no_list_of_exclusions_makes_no_report(folder, words):
    found = read(folder, words)
    assert found.problems
    assert found.broken == {"sla"} or "a: [" in words
    assert found.exclusions == {}


def test_thousands_of_exclusions_are_judged_in_a_moment(folder):
    """A DAG file reads them at every parse, so nothing may grow with the square of their number."""
    many = "".join(
        SECOND.replace("second_one", f"e{number}").replace("INC3", f"INC{number}") for number in range(2_000)
    )
    assert len(read(folder, "sla:\n" + many).exclusions["sla"]) == 2_000


def test_evidence_is_not_read_through_a_link_out_of_the_folder(folder, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    secret.write_bytes(MAIL)
    (folder / "evidence" / "mail.eml").unlink()
    (folder / "evidence" / "mail.eml").symlink_to(secret)
    assert any("leads out of the folder" in message for _, _, message in lines(read(folder, ONE)))


def test_evidence_may_be_large_but_not_endless(folder):
    large = folder / "evidence" / "mail.eml"
    with large.open("wb") as file:
        file.truncate(MAX_BYTES)
    assert len(read_evidence(Evidence(file="evidence/mail.eml", sha256="0" * 64), folder)) == MAX_BYTES
    with large.open("ab") as file:
        file.write(b"x")
    assert any("has more than 20 MB" in message for _, _, message in lines(read(folder, ONE)))


def test_an_entry_that_rests_on_a_faulty_exclusion_is_not_made(tmp_path):
    from itss.settings import settings

    include = settings().shipped
    (tmp_path / "agreements").mkdir()
    for file in (include / "agreements").glob("*.yaml"):
        (tmp_path / "agreements" / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "report_list.yaml"
    path.write_bytes((include / "report_list.yaml").read_bytes())
    sound = {entry.key: entry.agreement for entry in load(path).list.reports}
    (tmp_path / "agreements" / FILE).write_text(ONE.replace("sla:", "process_kpi:").replace("id:", "ids:"))
    left = {entry.key: entry.agreement for entry in load(path).list.reports}
    assert left == {key: agreement for key, agreement in sound.items() if agreement != "process_kpi"}
    assert len(left) < len(sound)
