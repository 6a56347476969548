"""Whatever steps are run, killed, repeated and mixed up: nothing is sent unapproved, twice, or forgotten."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from itss.errors import ItssError
from itss.register import Register, Revision
from walking import NOW, answer, draft, leave, open_one

LEVELS = ["initial_review", "approval"]
ADDRESSES = ["a@example.com", "b@example.com"]
CONTENTS = ["c" * 64, "d" * 64]
ENDED = ("sealed", "returned", "superseded")


class Walk:
    """Runs steps by chance, mostly proper ones, and keeps by itself what the recipients' mailboxes would hold."""

    def __init__(self, url: str, seed: int) -> None:
        self.register = Register(url)
        self.register.upgrade()
        self.chance = random.Random(seed)
        self.at: Revision = open_one(self.register, "run-0")
        self.mailbox: Counter[tuple[int, str]] = Counter()
        self.sent: dict[int, set[str]] = {}
        self.answers: dict[tuple[int, str, str], str] = {}
        self.ended: dict[int, Revision] = {}
        self.refused = 0

    def step(self) -> None:
        proper = {
            "open": self.render,
            "rendered": self.submit,
            "submitted": self.chance.choice([self.decide, self.release]),
            "released": self.chance.choice([self.deliver_one, self.deliver_one, self.count]),
            "delivered": self.seal,
        }
        anything = [self.render, self.submit, self.decide, self.release, self.send_back, self.deliver_one]
        anything += [self.count, self.seal, self.fail, self.fail, self.open_it, self.open_it]
        reached = self.register.revision(self.at.ref).reached
        chosen = proper.get(reached, self.open_it) if self.chance.random() < 0.6 else self.chance.choice(anything)
        try:
            chosen()
        except ItssError:
            self.refused += 1
        self.check()

    def open_it(self) -> None:
        self.at = open_one(self.register, f"run-{self.chance.randint(0, 3)}")

    def render(self) -> None:
        content = self.chance.choice(CONTENTS)
        draft(self.register, self.at, content)

    def submit(self) -> None:
        self.register.submit(self.at.ref)

    def decide(self) -> None:
        level, said = self.chance.choice(LEVELS), self.chance.choice(["approve"] * 9 + ["reject"])
        shown = str(self.register.revision(self.at.ref).statement_sha256)
        content = self.chance.choice([shown, shown, shown, *CONTENTS])
        answer(self.register, self.at, level, said, content)
        self.answers[self.at.number, level, content] = said

    def release(self) -> None:
        leave(self.register, self.at, LEVELS, str(self.register.revision(self.at.ref).statement_sha256))

    def send_back(self) -> None:
        self.register.return_revision(self.at.ref, "again")
        if self.chance.random() < 0.7:
            self.register.rework(self.at.ref, {}, keep_data=False, who="author")

    def deliver_one(self) -> None:
        ref, to, end = (
            self.at.ref,
            self.chance.choice(ADDRESSES),
            self.chance.choice(["accepted", "deferred", "killed"]),
        )
        self.register.plan_deliveries(ref, [(a, a, f"<{a}>") for a in ADDRESSES], NOW)
        self.register.record_delivery(ref, to, to, "sending", "", f"<{to}>", NOW)
        content = str(self.register.revision(ref).statement_sha256)
        assert {self.answers.get((ref[2], level, content)) for level in LEVELS} == {"approve"}
        if end != "deferred":
            self.mailbox[ref[2], to] += 1
            self.sent.setdefault(ref[2], set()).add(content)
        if end != "killed":
            self.register.record_delivery(ref, to, to, end, "", f"<{to}>", NOW)
        elif self.chance.random() < 0.7:  # a person looks into the mail server's log
            self.register.record_delivery(ref, to, to, "accepted", "by hand", f"<{to}>", NOW)

    def count(self) -> None:
        self.register.delivered(self.at.ref, NOW)

    def seal(self) -> None:
        self.register.seal(self.at.ref, "/archive", "5" * 64, NOW)

    def fail(self) -> None:
        self.register.fail(self.at.ref, "killed")
        if self.chance.random() < 0.1:
            self.register.supersede(self.at.ref, "given up")

    def check(self) -> None:
        assert set(self.mailbox.values()) <= {1}, "nobody gets a revision twice"
        assert all(len(contents) == 1 for contents in self.sent.values()), "nor anybody another content of it"
        revisions = self.register.revisions("customer_monthly", "2026-09")
        assert [revision.number for revision in revisions] == list(range(1, len(revisions) + 1))
        assert all(revision.state in ENDED for revision in revisions[:-1]), "one revision at a time"
        for revision in revisions:
            assert revision == self.ended.get(revision.number, revision), "what came to its end stays"
            if revision.state in ENDED:
                self.ended[revision.number] = revision
            if revision.state in ("delivered", "sealed"):
                assert all(self.mailbox[revision.number, address] for address in ADDRESSES), "nobody is forgotten"


@pytest.mark.parametrize("seed", range(6))
def test_any_way(tmp_path: Path, seed: int) -> None:
    walk = Walk(f"sqlite:///{tmp_path / 'register.sqlite'}", seed)
    for _ in range(150):
        walk.step()
    assert walk.ended, "the walk came somewhere"
    assert walk.refused, "and was refused something"
