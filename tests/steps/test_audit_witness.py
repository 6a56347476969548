"""Mails that left the house against the ledger: what was cut off or rewritten since is found by whoever holds one."""

import base64
import quopri
import sqlite3
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from itss.cli import main
from itss.register import Register
from itss.settings import settings
from walk import register


@pytest.fixture
def witness(sealed):
    """The line that the newest mail holds."""
    mails = sorted((settings().var.parent / "mail").glob("*.eml"))
    return mails[-1]


def asked(capsys, *files, more=()):
    code = main(["audit", *more, "--witness", *map(str, files)])
    return code, capsys.readouterr().out


def drop_triggers(database):
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {name}")


def test_a_mail_that_left_still_agrees(witness, capsys):
    code, told = asked(capsys, witness)
    assert (code, told) == (0, f"{witness}: line 45: the ledger still says the same\n")


def test_a_ledger_that_was_cut_off_is_found_by_a_later_mail_alone(sealed, witness, capsys):
    with sqlite3.connect(settings().var / "register.sqlite") as database:
        drop_triggers(database)
        for table in ("payload", "ledger"):
            database.execute(f"DELETE FROM {table} WHERE seq > 30")
    code, told = asked(capsys, witness)
    assert code == 1
    assert "line 45 is not in the ledger any more, which has 30 lines: it was cut off" in told


def test_a_ledger_that_was_rewritten_with_its_own_key_is_found(witness, capsys):
    """Whoever has the key can write another ledger that is in order; they cannot change what was mailed."""
    key, path = register().key(), settings().var / "register.sqlite"
    with sqlite3.connect(path) as database:
        drop_triggers(database)
        other = "0" * 64
        database.execute("UPDATE ledger SET sha256 = ?, signature = ? WHERE seq = 45", (other, key.sign(other)))
    code, told = asked(capsys, witness)
    assert code == 1
    assert "line 45: the ledger says otherwise now, it was rewritten" in told


def test_a_forged_mail_is_no_witness(sealed, tmp_path, capsys):
    head = register().head()
    forged = tmp_path / "forged.txt"
    forged.write_text(head.text.replace(head.sha256, "0" * 64))
    code, told = asked(capsys, forged)
    assert code == 1
    assert "is not signed by any key of the ledger, so the mail is no witness" in told


def test_a_file_without_a_line_is_told(sealed, tmp_path, capsys):
    empty, absent = tmp_path / "empty.eml", tmp_path / "absent.eml"
    empty.write_text("Subject: hello\n\nno line\n")
    code, told = asked(capsys, empty, absent)
    assert code == 1
    assert told.splitlines() == [f"{empty}: holds no witness line", f"{absent}: cannot be read (it is no plain file)"]


def plain(line):
    return line.encode()


def quoted(line):
    return ("> " + line.replace(" ", "\n> ")).encode()


def utf16(line):
    return line.encode("utf-16")


def quoted_printable(line):
    mail = MIMEBase("text", "html", charset="utf-8")
    mail.set_payload(quopri.encodestring(f"<p>一<b>{line}</b></p>".encode()).decode())
    mail["Content-Transfer-Encoding"] = "quoted-printable"
    return mail.as_bytes()


def in_base64(line):
    mail = MIMEBase("text", "html", charset="utf-8")
    mail.set_payload(
        base64.encodebytes(f"<p>{line.replace('+', '&#43;').replace('=', '&#x3D;')}</p>".encode()).decode()
    )
    mail["Content-Transfer-Encoding"] = "base64"
    return mail.as_bytes()


def forwarded(line):
    outer, inner = MIMEMultipart(), MIMEMultipart("alternative")
    inner.attach(MIMEText(f"<html><body>{line}</body></html>", "html", "gb18030"))
    message = MIMEBase("message", "rfc822")
    message.set_payload([inner])
    outer.attach(message)
    return outer.as_bytes()


def with_markup(line):
    return f"<p>{line[:40]}<wbr>{line[40:]}</p>".encode()


@pytest.mark.parametrize("saved", [plain, quoted, utf16, quoted_printable, in_base64, forwarded, with_markup])
def test_however_it_was_saved(sealed, tmp_path, capsys, saved):
    file = tmp_path / "saved.eml"
    file.write_bytes(saved(register().head().text))
    assert asked(capsys, file) == (0, f"{file}: line 54: the ledger still says the same\n")


def test_the_archive_alone_and_a_public_key_are_enough(witness, tmp_path, capsys):
    key = next(line.details["public"] for line in Register(settings().register_url).lines() if line.kind == "key")
    file = tmp_path / "key.txt"
    file.write_text(f"fingerprint x\npublic key {key}\n")
    (settings().var / "register.sqlite").unlink()
    code, told = asked(capsys, witness, more=("--archive-only", "--public-key", str(file)))
    assert (code, told) == (0, f"{witness}: line 45: the ledger still says the same\n")
    assert main(["audit", "--archive-only", "--public-key", str(file), "--sample", "0"]) == 0
    told = capsys.readouterr().out
    assert "The archive alone was audited" in told
    assert "Not judged, of 2 version(s): archive only: there is no register (registered)." in told


@pytest.mark.parametrize("content", ["", "public key x", "public key QUJD", "-----BEGIN PUBLIC KEY-----\nx"])
def test_a_file_that_is_no_key_is_refused(sealed, tmp_path, capsys, content):
    file = tmp_path / "key.txt"
    file.write_text(content)
    assert main(["audit", "--archive-only", "--public-key", str(file)]) == 1
    assert "is no public key of Ed25519" in capsys.readouterr().err
