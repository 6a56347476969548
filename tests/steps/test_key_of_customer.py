"""A key of two names, ``entry.customer``, as long as one may be: the whole way, and apart from every other key."""

import datetime as dt
import json
from email import message_from_bytes
from pathlib import Path

import hypothesis
import pytest
import walk
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from itss import steps
from itss.archive.seal import folder_of
from itss.cli import main
from itss.delivery.mail import message_id
from itss.errors import ArchiveError, ConfigurationError, DeliveryError
from itss.links import hand_in_path, revision_path, run_path
from itss.ref import LONGEST_KEY, Ref
from itss.register.__main__ import main as register_main
from itss.settings import settings
from itss.standalone.sink import MailSink
from walk import CLERK, PERIOD, answer, connect, draft, fail, register, rework, sign, to
from walk_house import make_for

LONGEST = f"{'monthly_report_of_services_'.ljust(50, 'x')}.{'customer_with_a_long_name_'.ljust(50, 'y')}"
PM, RM = "process_manager@example.com", "report_manager@example.com"
NAMES = st.text("az09_", min_size=1, max_size=49).map("k{}".format)
KEYS = NAMES | st.tuples(NAMES, NAMES).map(".".join)


@pytest.fixture
def long_key(house, monkeypatch):
    """The list, whose one report is made for a customer and called so."""
    make_for(house, LONGEST)
    relist(house, {"review": True})
    monkeypatch.setattr(walk, "KEY", LONGEST)
    return LONGEST


def relist(house, given):
    listed = house / "list" / "report_list.yaml"
    document = yaml.safe_load(listed.read_text())
    document["reports"][0] |= given
    listed.write_text(yaml.safe_dump(document, allow_unicode=True))


def answered(capsys, *words, by=main):
    code = by(list(words))
    return code, capsys.readouterr().out


def test_nothing_of_another_customer_is_in_what_stops_one(house, long_key):
    file = house / "list" / "customers.yaml"
    other = {"key": "other_customer", "title": {"zh-CN": "乙", "en": "B"}, "recipients": ["canary_person"]}
    customers = yaml.safe_load(file.read_text())["customers"]
    file.write_text(yaml.safe_dump({"customers": [customers[0] | {"recipients": ["nobody_here"]}, other]}))
    with pytest.raises(ConfigurationError, match=f"no valid entry '{long_key}'") as stopped:
        draft()
    said = f"{stopped.value} {stopped.value.what} {stopped.value.remedy}"
    assert not {word for word in ("other_customer", "canary", "nobody_here") if word in said}


def test_longest_key_walks_the_whole_way(house, long_key, monkeypatch, capsys):
    assert len(long_key) == LONGEST_KEY
    ref = Ref(long_key, PERIOD, 1)
    with MailSink(house / "mail", refused=[PM]) as sink:
        connect(monkeypatch, sink.port)
        rejected, _ = draft("run-0")
        answer(rejected, "initial_review", CLERK, "Reject", "Name the customer.")
        steps.return_to_author(rejected)
        rework(rejected, section_a="The customer is named.")
        ref = Ref(long_key, PERIOD, 2)
        job, _ = draft()
        sign(job)
        steps.release(job)
        with pytest.raises(DeliveryError, match=f"resend {long_key} {PERIOD}"):
            steps.deliver(job)
        fail(job, "deliver")
        sink.refused = frozenset()
        assert answered(capsys, "resend", long_key, PERIOD)[0] == 0
        steps.deliver(job)
        form = {"attendees": ["report_manager"], "guests": None, "gaps": "none", "trends": "none", "measures": "none"}
        now = dt.datetime.now(dt.UTC)
        day, later = f"{now:%Y-%m-%d}", f"{now + dt.timedelta(days=30):%Y-%m-%d}"
        held = form | {"held_on": day, "items": f"Call back | process_manager | {later}"}
        payload = {"chosen_options": ["OK"], "params_input": held, "responded_at": now, "responded_by_user": CLERK}
        steps.hold_review(job, payload)
        steps.send_minutes(job)
        sealed = Path(steps.seal(job)["archive"])
        ids = [message_from_bytes(path.read_bytes())["Message-ID"] for path in sink.mails()]
    assert {PM, RM} <= set(to(sink))
    assert len(set(ids)) == len(ids)
    assert all(len(one.encode("ascii")) < 250 and " " not in one for one in ids)
    assert sealed.relative_to(settings().archive_url.removeprefix("file://")).parts == (long_key, PERIOD, "r02")
    assert json.loads((sealed / "manifest.json").read_text())["report"] == long_key
    (item,) = register().improvements(long_key)
    assert item.key == f"{long_key}-{PERIOD}-1"
    assert register().revision(ref).state == "sealed"
    _is_found_by_the_commands(capsys, long_key, item.key)


def _is_found_by_the_commands(capsys, key, item):
    code, said = answered(capsys, "audit", key, "--all")
    assert (code, f"again from their own data: {key} {PERIOD} r02." in said) == (0, True), said
    assert answered(capsys, "retention")[0] == 0
    for words, found in (
        (["list", key, PERIOD], "r2 sealed"),
        (["improvements", key], item),
        (["improvement", item, "done", "--result", "called"], f"{item} is done"),
        (["rebuild", "--check"], "add up to"),
    ):
        code, said = answered(capsys, *words, by=register_main)
        assert (code, found in said) == (0, True), said
    assert register().propose(key, "By week", "We plan by week", "report_manager").report == key


def test_a_report_that_gets_a_key_of_two_names_keeps_its_history(mail, house, monkeypatch):
    """As an entry of before that is made by ``for_each`` now, with ``was``."""
    before = walk.KEY
    walk.seal("run-1")
    make_for(house, LONGEST)
    customers = house / "list" / "customers.yaml"
    document = yaml.safe_load(customers.read_text())
    document["customers"][0]["was"] = {LONGEST.partition(".")[0]: before}
    customers.write_text(yaml.safe_dump(document, allow_unicode=True))
    monkeypatch.setattr(walk, "KEY", LONGEST)
    again, _ = draft("run-2")
    assert (again["report"], again["revision"]) == (LONGEST, 2)
    assert [one.report for one in register().revisions(LONGEST, PERIOD)] == [before, LONGEST]


@hypothesis.settings(derandomize=True)
@given(one=KEYS, other=KEYS)
def test_whatever_names_a_report_is_another_for_another_key(one, other):
    assume(one != other)
    assert len(one) <= LONGEST_KEY
    for named in (
        lambda key: str(folder_of(Path("/archive"), Ref(key, PERIOD, 1))),
        lambda key: Ref(key, PERIOD, 1).path,
        lambda key: message_id(Ref(key, PERIOD, 1), PM),
        lambda key: revision_path(Ref(key, PERIOD, 1)),
        lambda key: hand_in_path(key, PERIOD),
        run_path,
    ):
        assert named(one) != named(other)
        assert one in named(one)


@pytest.mark.parametrize(
    "key", ["a", ".ab", "ab.", "ab..cd", "ab.cd.ef", "ab.c", "ab/cd", "ab.Cd", "ab.cd\n", "..", "x" * 51]
)
def test_what_is_no_key_names_no_folder(key):
    with pytest.raises(ArchiveError, match="does not name a version"):
        folder_of(Path("/archive"), Ref(key, PERIOD, 1))
