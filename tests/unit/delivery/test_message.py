"""The bytes of a mail, read back by the older parser, and no line too long for a server."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import collapse_rfc2231_value
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itss.delivery.mail import DOMAIN, Mail
from itss.delivery.message import message_bytes

SENDER = "reports@example.com"


def mail(subject: str, message_id: str = f"<a@{DOMAIN}>") -> Mail:
    return Mail("report", "客户", "customer@example.com", "zh-CN", subject, "<p>你好</p>", message_id)


def read(raw: bytes) -> Message:
    """The message, once what RFC 5321 and 5322 ask of the bytes has been seen."""
    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    return message_from_bytes(raw)


def subject(raw: bytes) -> str:
    return str(make_header(decode_header("".join(str(read(raw)["Subject"]).splitlines()))))


@pytest.mark.parametrize(
    "words",
    [
        "客户服务月报 2026-09",
        "客户服务月报" * 500,
        "a" * 5000,
        "Monthly report " * 200 + "end",
        "=?utf-8?q?Bcc=3A?=",
        "Report =?x?= 客户",
        "😀" * 300,
        "Отчёт " * 100 + "конец",
    ],
)
def test_a_subject_of_any_length_and_language(words: str) -> None:
    assert subject(message_bytes(mail(words), SENDER, [])) == words


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from('客 户报=? _("'), min_size=1, max_size=400)
)
def test_every_subject_arrives(words: str) -> None:
    words = " ".join(words.split()) or "x"
    assert subject(message_bytes(mail(words), SENDER, [])) == words


@pytest.mark.parametrize("name", ["报" * 80 + ".xlsx", "a" * 250 + ".csv", "quoted \"%'’ name; x=1.csv", "plain.html"])
def test_a_name_of_any_length_and_language(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x00\r\n.\n" * 100)
    raw = message_bytes(mail("x"), SENDER, [str(tmp_path / name)])
    (part,) = [one for one in read(raw).walk() if one.get_content_disposition() == "attachment"]
    assert part.get_filename() == name
    assert collapse_rfc2231_value(part.get_param("name")) == name  # type: ignore[arg-type]
    assert part.get_payload(decode=True) == b"\x00\r\n.\n" * 100


def test_what_cannot_travel_is_replaced(tmp_path: Path) -> None:
    name = "a\r\nBcc: x@example.com\udcff.csv"
    (tmp_path / name).write_bytes(b"x")
    given = replace(mail("客户\nBcc: x@example.com\udcff"), html="<p>\udcff</p>")
    raw = message_bytes(given, SENDER, [str(tmp_path / name)])
    body, part = read(raw).get_payload()
    assert subject(raw) == "客户?Bcc: x@example.com?"
    assert read(raw)["Bcc"] is None
    assert part.get_filename() == "a??Bcc: x@example.com?.csv"
    forms = [(one.get_content_type(), one.get_payload(decode=True).strip()) for one in body.get_payload()]
    assert forms == [("text/plain", b"?"), ("text/html", b"<p>?</p>")], "the last form is the one to show"


def test_the_longest_message_id_stays_whole() -> None:
    id_ = f"<{'k' * 50}.2026-09.r01.report.{'0' * 32}@{DOMAIN}>"
    assert read(message_bytes(mail("x", id_), SENDER, []))["Message-ID"].strip() == id_


@pytest.mark.parametrize(
    ("name", "data", "type_", "charset"),
    [
        ("report.xlsx", b"PK\x03", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", None),
        ("report.pdf", b"%PDF-1.7\n", "application/pdf", None),
        ("report.html", "<p>月报</p>\n".encode(), "text/html", "utf-8"),
        ("rows.csv", "编号\r\n1\n".encode(), "text/csv", "utf-8"),
        ("handed_in.CSV", "编号\r\n1\n".encode("gb18030"), "text/csv", None),
        ("mail.eml", b"From: x\n\n", "application/octet-stream", None),
    ],
)
def test_an_attachment_has_its_type_and_its_very_bytes(
    tmp_path: Path, name: str, data: bytes, type_: str, charset: str | None
) -> None:
    (tmp_path / name).write_bytes(data)
    attached = list(read(message_bytes(mail("x"), SENDER, [str(tmp_path / name)])).walk())[-1]
    assert attached.get_content_type() == type_
    assert attached.get_param("charset") == charset
    assert attached.get_payload(decode=True) == data
    assert attached.get_filename() == name


def test_a_reply_goes_to_whom_the_mail_names() -> None:
    assert read(message_bytes(replace(mail("x"), reply_to="author@example.com"), SENDER, []))["Reply-To"] == (
        "author@example.com"
    )
    assert read(message_bytes(mail("x"), SENDER, []))["Reply-To"] is None
