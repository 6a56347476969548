"""The services of an agreement and its satisfied answers: as they are read, and what is refused of them."""

import datetime as dt

import pytest
from itss.agreements.loader import load_agreements

HEAD = """\
key: own
kind: sla
title: {zh-CN: 甲, en: A}
versions:
  - version: "1"
    effective_from: 2026-01-01
    service_hours: {always: true}
"""


def loaded(tmp_path, text):
    (tmp_path / "own.yaml").write_text(HEAD + text, "utf-8")
    return load_agreements(tmp_path)


def test_both_are_read(tmp_path):
    found = loaded(
        tmp_path,
        "    services: [{name: ERP}, {name: CRM, from: 2026-04-01, until: 2026-09-30}, {name: CRM, from: 2026-11-01}]\n"
        "    satisfied: [{scale: [1, 5], answers: [4, 5]}, {scale: [1, 4], answers: [1, 2]}]\n",
    )
    assert found.problems == ()
    (version,) = found.agreements["own"].versions
    assert [(one.name, one.since, one.until) for one in version.services] == [
        ("ERP", None, None),
        ("CRM", dt.date(2026, 4, 1), dt.date(2026, 9, 30)),
        ("CRM", dt.date(2026, 11, 1), None),
    ]
    assert [(one.scale, one.answers) for one in version.satisfied] == [((1, 5), (4, 5)), ((1, 4), (1, 2))]
    assert version.notice_h == 24


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services: [{name: CRM, from: 2026-04-01, until: 2026-03-31}]", "before it is agreed from 2026-04-01"),
        ("services: [{name: CRM, until: 2026-04-01}, {name: CRM, from: 2026-04-01}]", "named twice for the same days"),
        ("services: [{service: CRM}]", "service"),
        ("satisfied: [{scale: [5, 1], answers: [1]}]", "The scale ends at 1, not above 5."),
        ("satisfied: [{scale: [1, 5], answers: [4, 6]}]", "answers outside of the scale 1 to 5"),
        ("satisfied: [{scale: [1, 5], answers: [1, 5]}]", "Every answer from 1 to 5"),
        ("satisfied: [{scale: [1, 5], answers: [5]}, {scale: [1, 5], answers: [4]}]", "1 to 5 is named twice"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(tmp_path, text, said):
    found = loaded(tmp_path, f"    {text}\n")
    assert said in str(found.problems[0])
    assert found.problems[0].line == 8
