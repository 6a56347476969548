"""The list names the connection of a chat, never its address: that is a secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from itss.report_list.loader import load
from list_material import LIST

HEAD = "    email: head@example.com\n"


def test_a_person_may_read_a_chat(written: Path) -> None:
    written.write_text(LIST.replace(HEAD, f"{HEAD}    chat: ops-chat_1.x\n"), encoding="utf-8")
    loaded = load(written)
    assert loaded.problems == ()
    assert {key: one.chat for key, one in loaded.list.people.items() if one.chat} == {"head": "ops-chat_1.x"}


@pytest.mark.parametrize("chat", ["dingtalk://t0psecret", '""', '"a chat t0psecret"', "群聊t0psecret"])
def test_an_address_in_the_place_of_its_name_is_refused_and_not_repeated(written: Path, chat: str) -> None:
    written.write_text(LIST.replace(HEAD, f"{HEAD}    chat: {chat}\n"), encoding="utf-8")
    line = written.read_text(encoding="utf-8").splitlines().index(f"    chat: {chat}") + 1
    problems = [str(one) for one in load(written).problems]
    assert f"report_list.yaml:{line}: people.head.chat: This is not the name of an Airflow connection." in problems[0]
    assert "t0psecret" not in "".join(problems)
