"""The table of transitions: complete, reachable, owned, and the very diagram that the documentation shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from itss.errors import RegisterError
from itss.ref import Ref
from itss.register import Register
from itss.register.life import CLOSED, OWNERS, TRANSITIONS, WAY, diagram
from itss.register.records import State
from walking import NOW, answer, draft, leave, open_one, walk

ROOT = Path(__file__).resolve().parents[3]
STATES = set(get_args(State))


def test_every_state_has_one_owner() -> None:
    owned = [state for states in OWNERS.values() for state in states]
    assert sorted(owned) == sorted(STATES)


def test_every_state_is_reached_from_the_beginning() -> None:
    reached: set[str] = set()
    while True:
        further = {one.after for one in TRANSITIONS if not one.before or reached & {*one.before}}
        if further <= reached:
            break
        reached |= further
    assert reached == STATES


def test_every_state_has_a_way_out_or_is_an_end() -> None:
    left = {state for one in TRANSITIONS for state in one.before if state != one.after}
    assert STATES - left == CLOSED - {"unchanged"}, "what was unchanged is taken over by the next run"
    assert OWNERS["nobody"] <= CLOSED


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/reference/record.md"])
def test_the_documentation_shows_the_table(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    (shown,) = re.findall(r"<!-- life -->\n```mermaid\n(.*?)\n```\n<!-- /life -->", text, re.S)
    assert shown == diagram()


def test_every_edge_of_the_table_is_in_the_diagram_once() -> None:
    arrows = re.findall(r"^    (\S+) --> (\S+?)(?:: .*)?$", diagram(), re.M)
    wanted = {(before, one.after) for one in TRANSITIONS for before in one.before or ("[*]",)}
    assert sorted(arrows) == sorted([*wanted, *((state, "[*]") for state in CLOSED)])


MOVES = {
    "rendered": lambda register, ref: draft(register, register.revision(ref), "e" * 64),
    "submitted": lambda register, ref: register.submit(ref),
    "released": lambda register, ref: leave(register, register.revision(ref)),
    "returned": lambda register, ref: register.return_revision(ref, ""),
    "delivered": lambda register, ref: register.delivered(ref),
    "sealed": lambda register, ref: register.seal(ref, "/archive/r01", "5" * 64, NOW),
    "voided": lambda register, ref: register.void(ref, ["recipients"]),
    "superseded": lambda register, ref: register.supersede(ref, "given up"),
    "failed": lambda register, ref: register.fail(ref, "killed"),
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("state", [*WAY, "failed", "returned"])
def test_no_method_makes_a_step_that_is_not_in_the_table(tmp_path: Path, state: str, move: str) -> None:
    register = Register(f"sqlite:///{tmp_path / 'register.sqlite'}")
    register.upgrade()
    ref = Ref(*open_one(register).ref)
    if state in WAY[1:]:
        walk(register, register.revision(ref), state)
    elif state == "failed":
        register.fail(ref, "killed")
    elif state == "returned":
        walk(register, register.revision(ref), "submitted")
        answer(register, register.revision(ref), "approval", "reject")
        register.return_revision(ref, "")
    before, newest = register.revision(ref), register.head()
    assert newest is not None
    try:
        MOVES[move](register, ref)
    except RegisterError:
        pass
    except Exception as error:
        assert type(error).__module__ == "itss.errors", error  # noqa: PT017
    after = register.revision(ref)
    lines = [line for line in register.lines(ref.path) if line.seq > newest.seq]
    if (before.state, before.reached) == (after.state, after.reached):
        return
    allowed = {
        one.line for one in TRANSITIONS if one.after == after.state and {before.state, before.reached} & {*one.before}
    }
    assert {line.kind for line in lines} & allowed
