"""Who is one person: by user or by e-mail, compared as a person would."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itss.report_list.person import Person
from itss.report_list.persons import folded, same_person


def person(user: str | None, email: str = "one@example.com") -> Person:
    return Person.model_validate({"title": {"zh-CN": "甲", "en": "One"}, "email": email, "user": user})


@pytest.mark.parametrize(
    "written",
    [
        *("wang", "WANG", " wang ", "ｗａｎｇ", "wa\u200bng", "wang\ufeff", "wa\u00adng", "\u202ewang", "wa\x00ng"),
        *("wang\t", "\u3000wang", "wang\u00a0", "wa\ufe0fng", "wa\u3164ng"),
    ],
)
def test_what_looks_alike_is_one_user(written: str) -> None:
    assert folded(written) == "wang"
    assert same_person(person("wang", "one@example.com"), person(written, "two@example.com"))


@pytest.mark.parametrize(
    ("one", "other"),
    [("straße", "STRASSE"), ("é", "e\u0301"), ("ﬁrst", "FIRST"), ("Σίσυφος", "ΣΊΣΥΦΟΣ"), ("wang  li", "wang\u3000li")],
)
def test_case_and_unicode_form_tell_nobody_apart(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("wang", "wang1"), ("wang li", "wangli"), ("王", "黄"), ("", "a")])
def test_what_reads_differently_is_not_folded_together(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert folded(text.upper().lower()) == folded(unicodedata.normalize("NFD", text.upper().lower()))


def test_one_mailbox_is_one_person_whatever_their_users() -> None:
    assert same_person(person("wang", "Wang@Example.com"), person("li", "wang@example.com "[:-1]))
    assert same_person(person(None), person("li"))
    assert not same_person(person("wang", "wang@example.com"), person("li", "li@example.com"))
    assert not same_person(person(None, "wang@example.com"), person(None, "li@example.com"))
